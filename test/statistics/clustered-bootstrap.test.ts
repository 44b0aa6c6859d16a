/** The interval of a mean over clusters: against scipy 1.17.1, and what has to hold of any such interval. */
import t from 'tap'
import { below, keyOf } from '../../src/core/keyed.ts'
import { type Cluster, clusteredBootstrap, clustersOf } from '../../src/statistics/clustered-bootstrap.ts'
import { studentQuantile } from '../../src/statistics/student.ts'

const close = (found: number, expected: number, within: number): boolean => Math.abs(found - expected) <= within

const SKEWED = [0.1, 0.2, 0.2, 0.3, 0.4, 0.4, 0.5, 0.7, 0.8, 1.1, 1.3, 1.9, 2.6, 4.2, 7.5]
const singles = (values: readonly number[]): Cluster[] => values.map((sum) => ({ sum, count: 1 }))

t.test("Student's quantile: t.ppf(0.975, df)", async (t) => {
  for (const [degrees, expected, within] of [[2, 4.3026527297, 0.04], [4, 2.7764451052, 1e-3], [7.5, 2.3330396269, 1e-3], [30, 2.0422724563, 1e-6], [1000, 1.9623390808, 1e-8]] as const) {
    t.ok(close(studentQuantile(0.975, degrees), expected, within), `${degrees}: ${studentQuantile(0.975, degrees)}`)
  }
})

t.test('values of one cluster each: bootstrap(method="BCa") at the expanded level', async (t) => {
  // Means over 16 seeds of 199,999 resamples each; the ends of one seed vary by 0.002 and 0.013, scipy's as ours.
  const found = Array.from({ length: 8 }, (_, i) => clusteredBootstrap(singles(SKEWED), keyOf(['scipy', i]), 199_999))
  const meanOf = (end: 'mean' | 'low' | 'high'): number => found.reduce((sum, interval) => sum + interval[end], 0) / found.length
  t.ok(close(meanOf('mean'), 1.48, 1e-12))
  t.ok(close(meanOf('low'), 0.7263, 0.003) && close(meanOf('high'), 3.2835, 0.025), `${meanOf('low')} to ${meanOf('high')}`)
})

t.test('the same values from the other side, doubled, or moved, give the same interval so changed', async (t) => {
  const key = keyOf(['sides'])
  const clusters = Array.from({ length: 30 }, (_, i): Cluster => ({ sum: below(key, 4, i), count: 3 + (i % 2) }))
  const changed = (change: (cluster: Cluster) => number) => clusteredBootstrap(clusters.map((cluster) => ({ sum: change(cluster), count: cluster.count })), key)
  const own = changed(({ sum }) => sum)
  t.ok(own.low < own.mean && own.mean < own.high)
  const [other, doubled, moved] = [changed(({ sum, count }) => count - sum), changed(({ sum }) => 2 * sum), changed(({ sum, count }) => sum + 5 * count)]
  t.ok(close(other.low, 1 - own.high, 1e-6) && close(other.high, 1 - own.low, 1e-6), `${other.low} to ${other.high}, ${own.low} to ${own.high}`)
  t.ok(close(doubled.low, 2 * own.low, 1e-9) && close(doubled.high, 2 * own.high, 1e-9))
  t.ok(close(moved.low, own.low + 5, 1e-6) && close(moved.high, own.high + 5, 1e-6))
  t.same(changed(({ sum }) => sum), own, 'the same each time')
})

t.test('clusters count, not their members; large ones among small ones are fewer', async (t) => {
  const shares = Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? 0 : 1))
  const widthOf = (clusters: readonly Cluster[]): number => {
    const { low, high } = clusteredBootstrap(clusters, keyOf(['width']))
    return high - low
  }
  const [one, ten] = [widthOf(singles(shares)), widthOf(shares.map((share) => ({ sum: 10 * share, count: 10 })))]
  t.equal(one, ten)
  t.ok(widthOf(Array.from({ length: 400 }, (_, i) => ({ sum: shares[i % 40]!, count: 1 }))) < one / 2.5)
  t.ok(widthOf(shares.map((share, i) => ({ sum: (i < 5 ? 30 : 1) * share, count: i < 5 ? 30 : 1 }))) > 1.5 * one)
})

t.test('ends of a lattice lie between its points; few clusters and extremes do no harm', async (t) => {
  const { low, high } = clusteredBootstrap(singles([...new Array<number>(15).fill(0), ...new Array<number>(10).fill(1)]), keyOf(['lattice']))
  t.ok([low, high].every((end) => !close(end * 25, Math.round(end * 25), 1e-6)), `${low} to ${high}`)
  t.same(clusteredBootstrap([{ sum: 3, count: 4 }], keyOf(['a'])), { mean: 0.75, low: 0.75, high: 0.75 })
  t.same(clusteredBootstrap(singles([0.5, 0.5, 0.5]), keyOf(['a'])), { mean: 0.5, low: 0.5, high: 0.5 })
  t.throws(() => clusteredBootstrap([], keyOf(['a'])), RangeError)
  for (const values of [[0, 1], [0, 0, 1], [...new Array<number>(60).fill(0), 1], [0, 0, 0, 1e6]]) {
    const found = clusteredBootstrap(singles(values), keyOf(['few']))
    t.ok(found.low <= found.mean && found.mean <= found.high && found.low >= Math.min(...values) && found.high <= Math.max(...values), `${values.length}: ${found.low} to ${found.high}`)
  }
  t.ok(clusteredBootstrap([{ sum: 500, count: 1000 }, { sum: 1, count: 1 }], keyOf(['lopsided'])).high >= 0.5, 'hardly more than one cluster')
  t.same(clustersOf([1, 2, 3], (n) => String(n % 2), (n) => n), [{ sum: 4, count: 2 }, { sum: 2, count: 1 }])
})
