/** Many comparisons at once: Holm's step-down correction (Scandinavian Journal of Statistics 6, 1979). */

/** p-values that may be held against the usual level although so many were looked at; in the order given. */
export function holm(values: readonly number[]): number[] {
  const order = values.map((p, i) => ({ p, i })).sort((a, b) => a.p - b.p || a.i - b.i)
  const adjusted = new Array<number>(values.length)
  let least = 0
  order.forEach(({ p, i }, rank) => {
    least = Math.max(least, Math.min(1, p * (values.length - rank)))
    adjusted[i] = least
  })
  return adjusted
}
