/** The share of the normal distribution under a value, with functions of our own: engines differ in the last digits of theirs. */
import { exp } from '../core/portable-math.ts'

/** Coefficients of erfc for x >= 0, absolute error under 1.5e-7: Abramowitz and Stegun (1964), 7.1.26. */
const E = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592, 0]
const P = 0.3275911

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0)
}

/** The share of the distribution that lies under a value. */
export function normalShare(value: number): number {
  const x = Math.abs(value) / Math.SQRT2
  const upper = x > 26 ? 0 : 0.5 * polynomial(E, 1 / (1 + P * x)) * exp(-x * x)
  return value < 0 ? upper : 1 - upper
}
