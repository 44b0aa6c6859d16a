/** Draws that the grammar needs besides those of lists. */
import { below, type Key, keyOf, weighted, word } from '../core/keyed.ts'

/** A whole number between two, both included, by a name. */
export function between(key: Key, name: string, least: number, most: number): number {
  return least + below(keyOf([name], key), most - least + 1)
}

/** One of a list in which each has a weight, by a name. */
export function pickWeighted<T>(key: Key, name: string, from: readonly (readonly [T, number])[]): T {
  let sum = 0
  const cumulative = from.map(([, weight]) => (sum += weight))
  return from[weighted(keyOf([name], key), cumulative)]![0]
}

/** A list in an order of its own; what an element is called decides its place, not where it stood. */
export function ranked<T>(key: Key, name: string, from: readonly T[], called: (element: T) => string): T[] {
  const root = keyOf([name], key)
  return from
    .map((element) => ({ element, rank: word(keyOf([called(element)], root)), name: called(element) }))
    .toSorted((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1))
    .map(({ element }) => element)
}
