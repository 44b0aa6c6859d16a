/** Quantiles of Student's distribution. */
import { normalQuantile } from '../core/portable-math.ts'

/**
 * The quantile of Student's distribution by its expansion about the normal one, Abramowitz and Stegun (1964), 26.7.5.
 * At 97.5% it is within 0.001 from 4 degrees of freedom on, and 0.03 too small at 2.
 * @param degrees of freedom, above 0, whole or not
 */
export function studentQuantile(share: number, degrees: number): number {
  const z = normalQuantile(share)
  const z2 = z * z
  const terms = [
    z * (z2 + 1) / 4,
    z * ((5 * z2 + 16) * z2 + 3) / 96,
    z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
    z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160,
  ]
  return z + terms.reduceRight((sum, term) => (sum + term) / degrees, 0)
}
