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

/** Sums of the same numbers in another order may differ in the last digit. */
const ALIKE = 1e-12

/** Whether every task came out as every other, although its episodes may differ: drawing tasks again would always give the same. */
function areTasksAlike(values: readonly Valued[]): boolean {
  const means = clustersOf(values, ({ task }) => String(task), ({ value }) => value).map(({ sum, count }) => sum / count)
  return means.every((mean) => Math.abs(mean - means[0]!) <= ALIKE)
}

/**
 * What came out alike for every task: others may come out as differently as values can, and be as many as a share may be
 * that was never met, by Wilson's interval.
 */
function alikeInterval(mean: number, [least, most]: readonly [number, number], n: number, clusters: number): Estimate {
  const [, others] = wilson(0, clusters)
  return { mean, low: mean - others * (mean - least), high: mean + others * (most - mean), n, clusters, method: 'wilson' }
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
  if (clusters < 2) return { mean, low: 0, high: 1, n, clusters, method: 'none' }
  if (areTasksAlike(values)) return alikeInterval(mean, [0, 1], n, clusters)
  return bootstrapped(values, key, clusters)
}

/**
 * The mean of differences in [-bound, bound], or of any other values if `bound` is left out: then nothing is known of what
 * came out alike for every task.
 */
export function estimateDifference(values: readonly Valued[], key: Key, bound?: number): Estimate {
  const [n, clusters] = [values.length, tasksOf(values)]
  if (n === 0) return { mean: 0, low: -(bound ?? 0), high: bound ?? 0, n, clusters, method: 'none' }
  const mean = values.reduce((total, { value }) => total + value, 0) / n
  const isZero = values.every(({ value }) => value === 0)
  const alike = (clusters > 1 || isZero) && areTasksAlike(values)
  if (alike && bound !== undefined) return alikeInterval(mean, [-bound, bound], n, clusters)
  if (alike || clusters < 2) return { mean, low: -(bound ?? Math.abs(mean)), high: bound ?? Math.abs(mean), n, clusters, method: 'none' }
  return bootstrapped(values, key, clusters)
}

function bootstrapped(values: readonly Valued[], key: Key, clusters: number): Estimate {
  const { mean, low, high } = clusteredBootstrap(clustersOf(values, ({ task }) => String(task), ({ value }) => value), key)
  return { mean, low, high, n: values.length, clusters, method: 'bootstrap' }
}
