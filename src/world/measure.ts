/** Charges for values by their size, so that a shared part costs each time it is shown, compared or stored. */
import { charge, type Evaluation } from './evaluation.ts'
import { CallLimit } from './fault.ts'

/** Structures may not nest deeper than this; canonical JSON ends at 100. */
const MAX_DEPTH = 60

/** Charges one unit for each element of a value and one for 16 characters, those of names included; gives the value back. */
export function measure<T>(cx: Evaluation, value: T, depth = 0): T {
  charge(cx, typeof value === 'string' ? 1 + (value.length >> 4) : 1)
  if (value === null || typeof value !== 'object') return value
  if (depth > MAX_DEPTH) throw new CallLimit(`a structure nested deeper than ${MAX_DEPTH}`)
  if (Array.isArray(value)) for (const item of value) measure(cx, item, depth + 1)
  // Not Object.keys: the columns of a lazy row are getters of its prototype.
  else for (const name in value) {
    charge(cx, name.length >> 4)
    measure(cx, value[name], depth + 1)
  }
  return value
}
