/** Wilson's interval of a share: Edwin B. Wilson, Journal of the American Statistical Association 22 (1927). */

/** 97.5% quantile of the normal distribution. */
const Z = 1.959963984540054

/** The 95% interval of so many successes among so many trials; [0, 1] without trials. */
export function wilson(successes: number, trials: number): readonly [number, number] {
  if (trials === 0) return [0, 1]
  const share = successes / trials
  const z2 = Z * Z / trials
  const middle = (share + z2 / 2) / (1 + z2)
  const half = (Z / (1 + z2)) * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials))
  // The ends are exact: rounding must not leave a share of 0 or 1 outside.
  return [successes === 0 ? 0 : Math.max(0, middle - half), successes === trials ? 1 : Math.min(1, middle + half)]
}
