/** Frame decoding under fire: what is written is read back, and nothing that is sent can do more than be refused. */
import { decode as reference, encode } from '@msgpack/msgpack'
import t from 'tap'
import { LIMITS, type Reply } from '../../protocol/json-rpc.ts'
import { GymError } from '../../src/core/gym-error.ts'
import type { Codec } from '../../src/server/codec.ts'
import { jsonCodec, nestsDeeper } from '../../src/server/json-codec.ts'
import { msgpackCodec } from '../../src/server/msgpack-codec.ts'
import fc from '../property.ts'

const REFUSALS = new Set(['GYM_PARSE', 'GYM_LIMIT'])

/** Decodes; a typed refusal is an answer, anything else that is thrown fails the property. */
function attempt(codec: Codec, data: Buffer): { value: unknown } | { refused: string } {
  try {
    return { value: codec.decode(data) }
  } catch (error) {
    if (error instanceof GymError && REFUSALS.has(error.gymCode)) return { refused: error.gymCode }
    throw error
  }
}

/** Values that JSON and core MessagePack both carry. -0 is left out: JSON writes it as 0. */
const data = fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }).map((value) => JSON.parse(JSON.stringify(value)) as unknown)

t.test('both codecs read back what was written', async (t) => {
  fc.assert(fc.property(data, (value) => {
    t.strictSame(jsonCodec.decode(Buffer.from(JSON.stringify(value))), value)
    t.strictSame(msgpackCodec.decode(Buffer.from(encode(value))), value)
  }), { numRuns: 300 })
})

t.test('replies in MessagePack: integers stay integers, absent fields stay absent', async (t) => {
  const reply: Reply = { jsonrpc: '2.0', id: 7, result: { luck: Number.MAX_SAFE_INTEGER, clock_ms: 2 ** 40, small: -1, half: 0.5, gone: undefined, text: 'ä€😀', none: null } }
  const frame = Buffer.from(msgpackCodec.encode(reply) as Uint8Array)
  t.ok(frame.includes(Buffer.from('cf001fffffffffffff', 'hex')), '2^53-1 is a uint64, not a double')
  t.strictSame(msgpackCodec.decode(frame), { jsonrpc: '2.0', id: 7, result: { luck: Number.MAX_SAFE_INTEGER, clock_ms: 2 ** 40, small: -1, half: 0.5, text: 'ä€😀', none: null } })
  for (const length of [0, 1, 15, 16, 256]) {
    const parts = Array.from({ length }, () => msgpackCodec.encode(reply))
    t.equal((reference(msgpackCodec.join(parts) as Uint8Array) as unknown[]).length, length, `a batch of ${length}`)
    t.equal((JSON.parse(jsonCodec.join(Array.from({ length }, () => jsonCodec.encode(reply))) as string) as unknown[]).length, length)
  }
})

t.test('__proto__ is a key like any other, and sets no prototype', async (t) => {
  const key = Buffer.concat([Buffer.from([0x81, 0xa9]), Buffer.from('__proto__'), Buffer.from([0x81, 0xa1, 0x78, 0x01])])
  for (const value of [msgpackCodec.decode(key), jsonCodec.decode(Buffer.from('{"__proto__":{"x":1}}'))] as Record<string, unknown>[]) {
    t.ok(Object.hasOwn(value, '__proto__'))
    t.equal(Object.getPrototypeOf(value), Object.prototype)
    t.equal((value as { x?: unknown }).x, undefined)
  }
})

t.test('random bytes are read or refused', async (t) => {
  let read = 0
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    for (const codec of [jsonCodec, msgpackCodec]) if ('value' in attempt(codec, Buffer.from(bytes))) read += 1
  }), { numRuns: 3000 })
  t.ok(read > 0, 'some were even valid')
})

t.test('damaged frames are read or refused, and read as the reference reads them', async (t) => {
  fc.assert(fc.property(data, fc.nat(), fc.nat(255), fc.nat(), (value, at, byte, cut) => {
    const frame = Buffer.from(encode(value))
    frame[at % frame.length] = byte
    for (const damaged of [frame, frame.subarray(0, cut % (frame.length + 1))]) {
      const outcome = attempt(msgpackCodec, damaged)
      // The reference refuses that key, which is data like any other.
      if (!('value' in outcome) || damaged.includes('__proto__')) continue
      t.strictSame(outcome.value, reference(damaged), damaged.toString('hex'))
    }
    const text = Buffer.from(JSON.stringify(value))
    text[at % text.length] = byte
    attempt(jsonCodec, text)
  }), { numRuns: 2000 })
})

t.test('depth is measured before anything is built', async (t) => {
  const deep = fc.tuple(fc.nat(130), fc.boolean(), fc.string()).map(([depth, map, text]) => {
    const quoted = JSON.stringify(text)
    return { depth, text: map ? `${`{${quoted}:`.repeat(depth)}${quoted}${'}'.repeat(depth)}` : `${'['.repeat(depth)}${quoted}${']'.repeat(depth)}` }
  })
  fc.assert(fc.property(deep, ({ depth, text }) => {
    t.equal(nestsDeeper(Buffer.from(text), LIMITS.nesting_depth), depth > LIMITS.nesting_depth, text.slice(0, 80))
    const packed = Buffer.from(encode(JSON.parse(text), { maxDepth: 200 }))
    t.strictSame(attempt(msgpackCodec, packed), depth > LIMITS.nesting_depth ? { refused: 'GYM_LIMIT' } : { value: JSON.parse(text) as unknown })
  }), { numRuns: 200 })
  const began = performance.now()
  for (const bytes of [Buffer.alloc(LIMITS.frame_bytes, '['), Buffer.alloc(LIMITS.frame_bytes, '{"a":')]) t.strictSame(attempt(jsonCodec, bytes), { refused: 'GYM_LIMIT' })
  for (const byte of [0x91, 0x81, 0xdd, 0xdf, 0xdb]) t.match(attempt(msgpackCodec, Buffer.alloc(LIMITS.frame_bytes, byte)), { refused: /GYM_/ })
  t.ok(performance.now() - began < 5000, 'the largest frames are refused quickly')
})
