/**
 * Intervals of a mean whose values come in clusters: repeats of one task are alike, so whole clusters are drawn again.
 * Bias-corrected and accelerated: Efron, Journal of the American Statistical Association 82 (1987), with the
 * acceleration by the jackknife over clusters. Tails are expanded for small samples: Hesterberg, The American
 * Statistician 69 (2015). Quantiles are those of the mid-distribution: Ma, Genton and Parzen, Annals of the Institute of
 * Statistical Mathematics 63 (2011).
 */
import { below, type Key, nth } from '../core/keyed.ts'
import { normalQuantile } from '../core/portable-math.ts'
import { normalShare } from './normal.ts'
import { studentQuantile } from './student.ts'

export type Cluster = { readonly sum: number; readonly count: number }

export type Interval = { readonly mean: number; readonly low: number; readonly high: number }

/** Resamples; one less than a round number, so that quantiles are order statistics. */
export const RESAMPLES = 999
const LEVEL = 0.95

/** The sums of values by what they share. */
export function clustersOf<T>(items: readonly T[], clusterOf: (item: T) => string, valueOf: (item: T) => number): Cluster[] {
  const clusters = new Map<string, { sum: number; count: number }>()
  for (const item of items) {
    const name = clusterOf(item)
    const cluster = clusters.get(name) ?? { sum: 0, count: 0 }
    cluster.sum += valueOf(item)
    cluster.count += 1
    clusters.set(name, cluster)
  }
  return [...clusters.values()]
}

/** How skewed the mean is, by leaving out one cluster after another. */
function acceleration(clusters: readonly Cluster[], sum: number, count: number): number {
  const without = clusters.map((cluster) => (sum - cluster.sum) / (count - cluster.count))
  const middle = without.reduce((total, value) => total + value, 0) / without.length
  let [squares, cubes] = [0, 0]
  for (const value of without) {
    const away = middle - value
    squares += away * away
    cubes += away * away * away
  }
  return squares === 0 ? 0 : cubes / (6 * squares * Math.sqrt(squares))
}

/** Means of resamples, in order. */
function resampled(clusters: readonly Cluster[], key: Key, resamples: number): Float64Array {
  const size = clusters.length
  const [sums, counts] = [Float64Array.from(clusters, ({ sum }) => sum), Float64Array.from(clusters, ({ count }) => count)]
  const means = new Float64Array(resamples)
  for (let b = 0; b < resamples; b++) {
    const own = nth(key, b)
    let [sum, count] = [0, 0]
    for (let i = 0; i < size; i++) {
      const at = below(own, size, i)
      sum += sums[at]!
      count += counts[at]!
    }
    means[b] = sum / count
  }
  return means.sort()
}

/** A value that some resamples have, and the share of resamples under it with half of those that have it. */
type Step = { readonly value: number; readonly share: number }

/**
 * Means of shares lie on a lattice: an end that is one of its points would hold a truth that it merely touches, and an
 * interval would be too wide by up to a step. Half of what is equal counts as under it, and between steps lies a line.
 */
function stepsOf(means: Float64Array): Step[] {
  const steps: Step[] = []
  for (let from = 0; from < means.length;) {
    const value = means[from]!
    // Sums of the same numbers in another order may differ in the last digit.
    const most = value + 1e-12 * Math.max(1, Math.abs(value))
    let to = from + 1
    while (to < means.length && means[to]! <= most) to += 1
    steps.push({ value, share: (from + to) / 2 / means.length })
    from = to
  }
  return steps
}

/** What lies between two steps around a place, at the ends the first and the last. */
function between(steps: readonly Step[], place: number, from: 'share' | 'value', to: 'share' | 'value'): number {
  const next = steps.findIndex((step) => step[from] >= place)
  if (next === -1) return steps.at(-1)![to]
  const [low, high] = [steps[Math.max(0, next - 1)]!, steps[next]!]
  return high[from] === low[from] ? high[to] : low[to] + ((high[to] - low[to]) * (place - low[from])) / (high[from] - low[from])
}

/**
 * How far out the tails begin, in normal units. Resamples vary less than samples do, by (k - 1) / k, and do not know that
 * the spread itself is a guess: so Student's quantile. Large clusters weigh more, so k is Kish's effective number of them
 * ("Survey sampling", 1965).
 */
function tailStart(clusters: readonly Cluster[], count: number): number {
  const effective = (count * count) / clusters.reduce((total, cluster) => total + cluster.count * cluster.count, 0)
  return effective <= 1 ? Infinity : Math.sqrt(effective / (effective - 1)) * studentQuantile((1 + LEVEL) / 2, effective - 1)
}

/**
 * The mean of all values with its 95% interval; with fewer than two clusters, or where all are alike, both ends are
 * the mean: that says nothing about how sure it is.
 * @param key names the draws
 * @throws RangeError without any value
 */
export function clusteredBootstrap(clusters: readonly Cluster[], key: Key, resamples = RESAMPLES): Interval {
  const [sum, count] = [clusters.reduce((total, cluster) => total + cluster.sum, 0), clusters.reduce((total, cluster) => total + cluster.count, 0)]
  if (count === 0) throw new RangeError('there are no values to take the mean of')
  const mean = sum / count
  if (clusters.length < 2) return { mean, low: mean, high: mean }
  const means = resampled(clusters, key, resamples)
  if (means[0] === means.at(-1)) return { mean, low: mean, high: mean }
  const steps = stepsOf(means)
  const edge = 1 / (resamples + 1)
  const within = (share: number): number => Math.min(1 - edge, Math.max(edge, share))
  const bias = normalQuantile(within(between(steps, mean, 'value', 'share')))
  const skew = acceleration(clusters, sum, count)
  const start = Math.min(tailStart(clusters, count), normalQuantile(1 - edge))
  const at = (tail: number): number => {
    const shifted = bias + tail
    const stretch = 1 - skew * shifted
    return between(steps, stretch > 0 ? normalShare(bias + shifted / stretch) : shifted > 0 ? 1 : 0, 'share', 'value')
  }
  return { mean, low: at(-start), high: at(start) }
}
