/** A mean with its interval, by the method that its data allow. */
import type { Estimate } from '../../protocol/sweep-report.ts'
import type { Key } from '../core/keyed.ts'
import { clusteredBootstrap, clustersOf } from '../statistics/clustered-bootstrap.ts'
import { wilson } from '../statistics/wilson.ts'

/** One value, and the task that it is of. */
export type Valued = { readonly task: number; readonly value: number }

function tasksOf(values: readonly Valued[]): number {
  return new Set(values.map(({ task }) => task)).size
}

function isShare(values: readonly Valued[]): boolean {
  return values.every(({ value }) => value === 0 || value === 1)
}

/**
 * The mean of values in [0, 1]. Shares of tasks that were played once have Wilson's interval, and so has what came out
 * alike everywhere, with as many trials as there are tasks: the bootstrap would call it certain.
 * @param key names the draws of the bootstrap
 */
export function estimate(values: readonly Valued[], key: Key): Estimate {
  const [n, clusters] = [values.length, tasksOf(values)]
  if (n === 0) return { mean: 0, low: 0, high: 1, n, clusters, method: 'none' }
  const sum = values.reduce((total, { value }) => total + value, 0)
  const mean = sum / n
  const alike = values.every(({ value }) => value === values[0]!.value)
  if (isShare(values) && (alike || n === clusters)) {
    const [low, high] = wilson(alike ? mean * clusters : sum, clusters)
    return { mean, low, high, n, clusters, method: 'wilson' }
  }
  if (alike || clusters < 2) return { mean, low: 0, high: 1, n, clusters, method: 'none' }
  return bootstrapped(values, key, clusters)
}

/**
 * The mean of differences in [-1, 1], or of any other values if `bound` is left out. Where all are zero, the ends are
 * those of Wilson's interval of a share that was never met.
 */
export function estimateDifference(values: readonly Valued[], key: Key, bound?: number): Estimate {
  const [n, clusters] = [values.length, tasksOf(values)]
  if (n === 0) return { mean: 0, low: -(bound ?? 0), high: bound ?? 0, n, clusters, method: 'none' }
  const mean = values.reduce((total, { value }) => total + value, 0) / n
  if (bound !== undefined && values.every(({ value }) => value === 0)) {
    const [, most] = wilson(0, clusters)
    return { mean: 0, low: -most * bound, high: most * bound, n, clusters, method: 'wilson' }
  }
  if (clusters < 2) return { mean, low: -(bound ?? Math.abs(mean)), high: bound ?? Math.abs(mean), n, clusters, method: 'none' }
  return bootstrapped(values, key, clusters)
}

function bootstrapped(values: readonly Valued[], key: Key, clusters: number): Estimate {
  const { mean, low, high } = clusteredBootstrap(clustersOf(values, ({ task }) => String(task), ({ value }) => value), key)
  return { mean, low, high, n: values.length, clusters, method: 'bootstrap' }
}
