/**
 * Whether paired differences are zero: under that, each cluster's difference could as well have the other sign. Exact
 * for few clusters, by random flips otherwise. Fisher, "The design of experiments" (1935), section 21.
 */
import { type Key, nth, word } from '../core/keyed.ts'

/** Clusters up to which all flips are tried. */
const EXACT = 14
const FLIPS = 9999

/** The two-sided p-value of the mean of differences, each the sum over one cluster. */
export function signFlip(differences: readonly number[], key: Key): number {
  const own = differences.filter((difference) => difference !== 0)
  if (own.length === 0) return 1
  const found = Math.abs(own.reduce((sum, difference) => sum + difference, 0))
  // Sums of the same numbers in another order may differ in the last digit.
  const bound = found - 1e-9 * own.reduce((sum, difference) => sum + Math.abs(difference), 0)
  if (own.length <= EXACT) {
    let [extreme, all] = [0, 2 ** own.length]
    for (let flips = 0; flips < all; flips++) if (Math.abs(own.reduce((sum, difference, i) => sum + (flips & (1 << i) ? -difference : difference), 0)) >= bound) extreme += 1
    return extreme / all
  }
  let extreme = 0
  for (let n = 0; n < FLIPS; n++) {
    const flip = nth(key, n)
    let [sum, signs] = [0, 0]
    for (let i = 0; i < own.length; i++) {
      if ((i & 31) === 0) signs = word(flip, i >> 5)
      sum += (signs >>> (i & 31)) & 1 ? -own[i]! : own[i]!
    }
    if (Math.abs(sum) >= bound) extreme += 1
  }
  return (extreme + 1) / (FLIPS + 1)
}
