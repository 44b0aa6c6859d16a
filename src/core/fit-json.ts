/** Whether a value of others can be kept and sent on as JSON. */
import { unsafePlace } from './json-safe.ts'

/** What is wrong somewhere in a value, in words; undefined when nothing is. Cycles count as deep nesting. */
export function unfitPlace(value: unknown): string | undefined {
  try {
    return unsafePlace(value) ?? (hasPrototypeKey(value) ? 'a key of prototypes (__proto__)' : undefined)
  } catch {
    return 'a value that cannot be looked at'
  }
}

/** Only for values that are not nested too deep. */
function hasPrototypeKey(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false
  return Object.entries(value).some(([key, inner]) => key === '__proto__' || hasPrototypeKey(inner))
}
