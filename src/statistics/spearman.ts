/** Rank correlation: whether one thing falls or rises with another. */

/** Ranks from 1; equal values share the mean of theirs. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((value, i) => ({ value, i })).sort((a, b) => a.value - b.value || a.i - b.i)
  const out = new Array<number>(values.length)
  for (let start = 0; start < order.length;) {
    let end = start
    while (end + 1 < order.length && order[end + 1]!.value === order[start]!.value) end += 1
    for (let k = start; k <= end; k++) out[order[k]!.i] = (start + end) / 2 + 1
    start = end + 1
  }
  return out
}

/**
 * Spearman's rho: Pearson's correlation of the ranks, from -1 to 1; 0 where one of them does not vary.
 * @throws RangeError when there are fewer than two pairs, or the lists differ in length
 */
export function spearman(x: readonly number[], y: readonly number[]): number {
  if (x.length !== y.length || x.length < 2) throw new RangeError(`spearman needs two lists of one length, at least 2; got ${x.length} and ${y.length}`)
  const [a, b] = [ranks(x), ranks(y)]
  const mean = (x.length + 1) / 2
  let [both, ofA, ofB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [p, q] = [a[i]! - mean, b[i]! - mean]
    both += p * q
    ofA += p * p
    ofB += q * q
  }
  return ofA === 0 || ofB === 0 ? 0 : both / Math.sqrt(ofA * ofB)
}
