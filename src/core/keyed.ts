/**
 * Keyed random draws: a draw is named, not taken from a running stream, so asking for one never moves another.
 * The hash is two 32-bit lanes of multiply-rotate mixing with a murmur finaliser; it is not cryptographic.
 */

/** A prefix of a name: two unsigned 32-bit lanes. */
export type Key = { readonly a: number; readonly b: number }

type Part = string | number

const ROOT: Key = { a: 0x243f6a88, b: 0x85a308d3 }
const TWO_32 = 4294967296

function rotl(x: number, r: number): number {
  return (x << r) | (x >>> (32 - r))
}

function mixA(a: number, b: number, word: number): number {
  const k = Math.imul(rotl(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593)
  return (Math.imul(rotl(a ^ k, 13) + b, 5) + 0xe6546b64) | 0
}

function mixB(a: number, b: number, word: number): number {
  const k = Math.imul(rotl(Math.imul(word, 0x239b961b), 16), 0xab0e9789)
  return (Math.imul(rotl(b ^ k, 17) + a, 5) + 0x561ccd1b) | 0
}

function finish(h: number): number {
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Extends a key by parts; strings and numbers never collide, and parts do not run into each other. */
export function keyOf(parts: readonly Part[], from: Key = ROOT): Key {
  let { a, b } = from
  for (const part of parts) {
    if (typeof part === 'number') {
      const low = part % TWO_32
      a = mixA(a, b, 0x6e756d)
      b = mixB(a, b, low | 0)
      const high = Math.floor(part / TWO_32) | 0
      a = mixA(a, b, high)
      b = mixB(a, b, high)
    } else {
      a = mixA(a, b, 0x737472 ^ (part.length << 8))
      b = mixB(a, b, part.length)
      for (let i = 0; i < part.length; i += 2) {
        const word = part.charCodeAt(i) | ((i + 1 < part.length ? part.charCodeAt(i + 1) : 0) << 16)
        a = mixA(a, b, word)
        b = mixB(a, b, word)
      }
    }
  }
  return { a, b }
}

/** `keyOf([n], key)` for a whole number below 2^32, at the price of four words. */
export function nth({ a, b }: Key, n: number): Key {
  let x = mixA(a, b, 0x6e756d)
  let y = mixB(x, b, n | 0)
  x = mixA(x, y, 0)
  y = mixB(x, y, 0)
  return { a: x, b: y }
}

/** The name that two names make, in this order. */
export function joined(first: Key, second: Key): Key {
  let a = mixA(first.a, first.b, second.a)
  let b = mixB(a, first.b, second.b)
  a = mixA(a, b, second.b)
  b = mixB(a, b, second.a)
  return { a, b }
}

/** The draw at (key, index): an unsigned 32-bit integer. */
export function word(key: Key, index = 0): number {
  const a = mixA(key.a, key.b, index)
  const b = mixB(a, key.b, index)
  return finish(a ^ finish(b)) >>> 0
}

/** `word(joined(first, second), index)` without making the key. */
export function joinedWord(first: Key, second: Key, index: number): number {
  let a = mixA(first.a, first.b, second.a)
  let b = mixB(a, first.b, second.b)
  a = mixA(a, b, second.b)
  b = mixB(a, b, second.a)
  a = mixA(a, b, index)
  return finish(a ^ finish(mixB(a, b, index))) >>> 0
}

/** The draw at (key, index) as an integer from 0 to 2^53-1. */
export function word53(key: Key, index = 0): number {
  return (word(key, index) & 0x1fffff) * TWO_32 + word(key, ~index)
}

/** An integer from 0 to n-1. */
export function below(key: Key, n: number, index = 0): number {
  if (n <= 0x100000) return Math.floor((word(key, index) * n) / TWO_32)
  return word53(key, index) % n
}

/** Whether the draw at (key, index) falls under a probability; a larger probability keeps every earlier yes. */
export function chance(key: Key, probability: number, index = 0): boolean {
  return word(key, index) < Math.floor(probability * TWO_32)
}

/** Index into cumulative weights (last element is the total). */
export function weighted(key: Key, cumulative: readonly number[], index = 0): number {
  const at = (word(key, index) / TWO_32) * cumulative[cumulative.length - 1]!
  let i = 0
  while (i < cumulative.length - 1 && at >= cumulative[i]!) i++
  return i
}
