import { type Key, word } from './keyed.ts'

/** A keyed bijection of 0..size-1 with its inverse: scattered ids, and even draws without listing. */
export type Permutation = { forward(index: number): number; inverse(value: number): number }

const ROUNDS = 4

/** A Feistel network over the next even power of two, walked until it lands inside (size at most 2^30). */
export function permutationOf(key: Key, size: number): Permutation {
  let half = 1
  while (1 << (2 * half) < size) half++
  const mask = (1 << half) - 1

  function round(value: number, r: number): number {
    return word(key, (r << 16) ^ value) & mask
  }
  function encrypt(value: number): number {
    let left = value >>> half
    let right = value & mask
    for (let r = 0; r < ROUNDS; r++) [left, right] = [right, left ^ round(right, r)]
    return (left << half) | right
  }
  function decrypt(value: number): number {
    let left = value >>> half
    let right = value & mask
    for (let r = ROUNDS - 1; r >= 0; r--) [left, right] = [right ^ round(left, r), left]
    return (left << half) | right
  }
  function walk(value: number, turn: (value: number) => number): number {
    let at = turn(value)
    while (at >= size) at = turn(at)
    return at
  }
  return { forward: (index) => walk(index, encrypt), inverse: (value) => walk(value, decrypt) }
}
