/** Named draws of the generator: each choice has a name, so that one more choice moves no other. */
import { below, chance, type Key, keyOf } from '../core/keyed.ts'

/** One of a list, by a name. */
export function pickOne<T>(key: Key, name: string, from: readonly T[]): T {
  return from[below(keyOf([name], key), from.length)]!
}

/** So many different ones of a list, in the order that the draw gives. */
export function pickSome<T>(key: Key, name: string, from: readonly T[], count: number): T[] {
  const left = [...from]
  const root = keyOf([name], key)
  return Array.from({ length: Math.min(count, left.length) }, (_, i) => left.splice(below(root, left.length, i), 1)[0]!)
}

/** Whether something is so, by a name. */
export function happens(key: Key, name: string, share: number): boolean {
  return chance(keyOf([name], key), share)
}
