/** Where two JSON values differ. */
import { sameValue } from '../world/json-value.ts'

export type Difference = { readonly path: readonly (string | number)[]; readonly expected: unknown; readonly found: unknown }

/** Differences of one comparison that are shown. */
const ENOUGH = 5

/** Differences between what is expected and what is there; of a mapping only the keys that are expected count. */
export function differences(expected: unknown, found: unknown, path: Difference['path'] = []): Difference[] {
  if (isMapping(expected) && isMapping(found)) {
    return Object.entries(expected).flatMap(([key, value]) => differences(value, Object.hasOwn(found, key) ? found[key] : undefined, [...path, key])).slice(0, ENOUGH)
  }
  if (Array.isArray(expected) && Array.isArray(found) && expected.length === found.length) {
    return expected.flatMap((value, i) => differences(value, found[i], [...path, i])).slice(0, ENOUGH)
  }
  return sameValue(expected, found) && (expected === undefined) === (found === undefined) ? [] : [{ path, expected, found }]
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** A value as it reads in a complaint. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
