/** How often k tries help, and how often k tries all succeed: both without bias from n tries of which c succeeded. */

function requireCounts(n: number, c: number, k: number): void {
  if (![n, c, k].every(Number.isInteger) || c < 0 || c > n || k < 1 || k > n) throw new RangeError(`pass at k needs 0 <= c <= n and 1 <= k <= n; got n = ${n}, c = ${c}, k = ${k}`)
}

/** C(a, k) / C(n, k) for a <= n: that k out of n are all among a certain a. */
function allAmong(a: number, n: number, k: number): number {
  if (a < k) return 0
  let share = 1
  for (let i = 0; i < k; i++) share *= (a - i) / (n - i)
  return share
}

/**
 * pass@k: at least one of k tries succeeds. Chen et al., "Evaluating large language models trained on code" (2021).
 * @throws RangeError
 */
export function passAtK(n: number, c: number, k: number): number {
  requireCounts(n, c, k)
  return 1 - allAmong(n - c, n, k)
}

/**
 * pass^k: all of k tries succeed. Yao et al., "tau-bench" (2024).
 * @throws RangeError
 */
export function passHatK(n: number, c: number, k: number): number {
  requireCounts(n, c, k)
  return allAmong(c, n, k)
}
