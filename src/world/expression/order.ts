/** Order of values: null first, numbers and times by value, text by code points. */
import { charge, type Evaluation } from '../evaluation.ts'
import { describeType, isNumeric, type Type } from '../type.ts'
import { compareText } from './characters.ts'
import { ExpressionError } from './scope.ts'

/** @throws ExpressionError for what has no order */
export function comparable(type: Type, offset: number): void {
  if (!isNumeric(type) && type.k !== 'string' && type.k !== 'time' && type.k !== 'json') throw new ExpressionError(`${describeType(type)} has no order`, offset, { expected: 'a number, text or time' })
}

/** Below 0 when a comes first; JSON of different kinds: null, numbers, text, then what has no order, all alike. */
export function compareKeys(a: unknown, b: unknown): number {
  if (a === b) return 0
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  return kindRank(a) - kindRank(b)
}

function kindRank(value: unknown): number {
  if (value === null || value === undefined) return 0
  return typeof value === 'number' ? 1 : typeof value === 'string' ? 2 : 3
}

/**
 * The items in the order of their keys; equal keys stay as they are, in both directions. Charged before it is done,
 * so that the units do not depend on how an engine sorts.
 */
export function sortItems(cx: Evaluation, items: readonly unknown[], keys: readonly unknown[], sign: 1 | -1): unknown[] {
  const rounds = items.length <= 2 ? 1 : 32 - Math.clz32(items.length - 1)
  let chars = 0
  for (const key of keys) if (typeof key === 'string') chars += key.length
  charge(cx, (items.length * 2 + Math.floor(chars / 16)) * rounds)
  const order = items.map((_, i) => i)
  order.sort((a, b) => compareKeys(keys[a], keys[b]) * sign || a - b)
  return order.map((i) => items[i])
}
