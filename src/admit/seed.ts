/** The seeds that admission tries. */
import { keyOf, word53 } from '../core/keyed.ts'

/** The i-th of them. */
export function seedAt(i: number): number {
  return word53(keyOf(['admission', i]))
}
