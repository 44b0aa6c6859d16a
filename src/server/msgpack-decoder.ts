/**
 * Reads core MessagePack strictly: nil, bool, numbers, strings, arrays and maps with string keys.
 * Binary and extension types, other keys, bad UTF-8 and deep nesting are refused before anything is built from them,
 * so that a decoded frame is exactly what JSON could have carried (and NaN, which the schemas refuse).
 */
import { GymError } from '../core/gym-error.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

class Reader {
  readonly #bytes: Buffer
  readonly #bound: number
  #at = 0
  #depth = 0

  constructor(bytes: Buffer, bound: number) {
    this.#bytes = bytes
    this.#bound = bound
  }

  whole(): unknown {
    const value = this.#value()
    if (this.#at !== this.#bytes.length) throw this.#fault(`${this.#bytes.length - this.#at} bytes after the end of the message`)
    return value
  }

  #fault(what: string): GymError {
    return new GymError('GYM_PARSE', `not MessagePack: ${what} at byte ${this.#at}`, { path: '', offset: this.#at, expected: 'core MessagePack with string keys' })
  }

  /** Steps over so many bytes and returns where they began. */
  #take(count: number): number {
    const from = this.#at
    if (from + count > this.#bytes.length) throw this.#fault('the frame ends too early')
    this.#at = from + count
    return from
  }

  #value(): unknown {
    const head = this.#bytes[this.#take(1)]!
    if (head < 0x80) return head
    if (head < 0x90) return this.#map(head & 0x0f)
    if (head < 0xa0) return this.#list(head & 0x0f)
    if (head < 0xc0) return this.#text(head & 0x1f)
    if (head >= 0xe0) return head - 0x100
    switch (head) {
      case 0xc0: return null
      case 0xc2: return false
      case 0xc3: return true
      case 0xca: return this.#bytes.readFloatBE(this.#take(4))
      case 0xcb: return this.#bytes.readDoubleBE(this.#take(8))
      case 0xcc: return this.#bytes.readUInt8(this.#take(1))
      case 0xcd: return this.#bytes.readUInt16BE(this.#take(2))
      case 0xce: return this.#bytes.readUInt32BE(this.#take(4))
      case 0xcf: return Number(this.#bytes.readBigUInt64BE(this.#take(8)))
      case 0xd0: return this.#bytes.readInt8(this.#take(1))
      case 0xd1: return this.#bytes.readInt16BE(this.#take(2))
      case 0xd2: return this.#bytes.readInt32BE(this.#take(4))
      case 0xd3: return Number(this.#bytes.readBigInt64BE(this.#take(8)))
      case 0xd9: return this.#text(this.#bytes.readUInt8(this.#take(1)))
      case 0xda: return this.#text(this.#bytes.readUInt16BE(this.#take(2)))
      case 0xdb: return this.#text(this.#bytes.readUInt32BE(this.#take(4)))
      case 0xdc: return this.#list(this.#bytes.readUInt16BE(this.#take(2)))
      case 0xdd: return this.#list(this.#bytes.readUInt32BE(this.#take(4)))
      case 0xde: return this.#map(this.#bytes.readUInt16BE(this.#take(2)))
      case 0xdf: return this.#map(this.#bytes.readUInt32BE(this.#take(4)))
      default:
        this.#at -= 1
        throw this.#fault(head >= 0xc4 && head <= 0xc6 ? 'binary data' : 'an extension type')
    }
  }

  /** Each entry takes at least `size` bytes, so a length that the frame cannot hold is refused at once. */
  #enter(length: number, size: number): void {
    if (length * size > this.#bytes.length - this.#at) throw this.#fault('the frame ends too early')
    this.#depth += 1
    if (this.#depth > this.#bound) throw new GymError('GYM_LIMIT', `the message nests deeper than ${this.#bound} levels`, { path: '', limit: this.#bound })
  }

  #list(length: number): unknown[] {
    this.#enter(length, 1)
    const list: unknown[] = []
    for (let index = 0; index < length; index += 1) list.push(this.#value())
    this.#depth -= 1
    return list
  }

  #map(length: number): Record<string, unknown> {
    this.#enter(length, 2)
    const map: Record<string, unknown> = {}
    for (let index = 0; index < length; index += 1) {
      const key = this.#key()
      const value = this.#value()
      // A plain assignment would set the prototype; JSON.parse makes an own field of it, and so do we.
      if (key === '__proto__') Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
      else map[key] = value
    }
    this.#depth -= 1
    return map
  }

  #key(): string {
    const head = this.#bytes[this.#at]
    if (head === undefined) throw this.#fault('the frame ends too early')
    if ((head >= 0xa0 && head < 0xc0) || (head >= 0xd9 && head <= 0xdb)) return this.#value() as string
    throw this.#fault('a key that is not a string')
  }

  #text(length: number): string {
    const from = this.#take(length)
    const bytes = this.#bytes
    let ascii = true
    for (let at = from; at < from + length; at += 1) {
      if (bytes[at]! >= 0x80) {
        ascii = false
        break
      }
    }
    if (ascii) return bytes.toString('latin1', from, from + length)
    try {
      return utf8.decode(bytes.subarray(from, from + length))
    } catch {
      throw this.#fault('text that is not UTF-8')
    }
  }
}

/**
 * Decodes one frame.
 * @param bound how deep it may nest
 * @throws GymError GYM_PARSE, GYM_LIMIT
 */
export function decodeMsgpack(data: Buffer, bound: number): unknown {
  return new Reader(data, bound).whole()
}
