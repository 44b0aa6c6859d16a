/**
 * The value below which a share of ascending values lies, between neighbours by a line: what numpy and most tables call
 * the percentile (Hyndman and Fan's seventh); 0 where there are none.
 * @param share 0 to 1
 */
export function percentile(ascending: readonly number[], share: number): number {
  const at = share * (ascending.length - 1)
  const low = Math.floor(at)
  const from = ascending[low] ?? 0
  return from + ((ascending[low + 1] ?? from) - from) * (at - low)
}
