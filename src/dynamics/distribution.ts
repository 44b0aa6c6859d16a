/** Distributions of virtual milliseconds, drawn by one number: the standard normal deviate of the draw. */
import type { Distribution } from '../../protocol/spec/dynamics-entry.ts'
import { type Key, word } from '../core/keyed.ts'
import { exp, log, normalCdf, normalQuantile, pow } from '../core/portable-math.ts'

/** 99th percentile of the standard normal. */
const Z99 = 2.3263478740408408
const MAX_MS = 86_400_000

/** Milliseconds, not rounded, at a standard normal deviate; 0 gives the median. */
export type Quantile = (z: number) => number

/** The standard normal deviate of a draw. */
export function deviate(key: Key, index = 0): number {
  return normalQuantile((word(key, index) + 0.5) / 4294967296)
}

/** Compiles a distribution; scaling the deviate by an intensity below 1 shrinks its spread around the median. */
export function compileDistribution(spec: Distribution): Quantile {
  if ('ms' in spec) return () => spec.ms
  if ('min' in spec) {
    const low = Math.min(spec.min, spec.max)
    const width = Math.abs(spec.max - spec.min)
    return (z) => low + width * normalCdf(z)
  }
  if ('mean' in spec) return (z) => Math.max(0, spec.mean + spec.sd * z)
  if ('p50' in spec) {
    const sigma = log(Math.max(spec.p99, spec.p50) / spec.p50) / Z99
    const cap = spec.cap ?? MAX_MS
    return (z) => Math.min(cap, spec.p50 * exp(sigma * z))
  }
  if ('quantiles' in spec) return measured(spec.quantiles)
  const { minimum, alpha, cap } = spec
  return (z) => Math.min(cap, minimum * pow(normalCdf(-z), -1 / alpha))
}

/** Lines of log milliseconds over the deviate, from point to point. */
function measured(quantiles: readonly (readonly [share: number, ms: number])[]): Quantile {
  const points = quantiles.map(([share, ms]) => [normalQuantile(share), log(ms)] as const)
  return (z) => {
    const after = points.findIndex(([at]) => at >= z)
    if (after === 0 || after === -1) return quantiles.at(after)![1]
    const [[from, low], [to, high]] = [points[after - 1]!, points[after]!]
    return exp(low + ((high - low) * (z - from)) / (to - from))
  }
}

/** The most that a distribution gives: its cap, or its 99.9999th percentile where it has none. */
export function mostOf(spec: Distribution): number {
  return Math.ceil(compileDistribution(spec)(4.7534))
}

/** Whole milliseconds of an exponential distribution. */
export function drawExponential(key: Key, mean: number, index = 0): number {
  return Math.min(MAX_MS, Math.round(-mean * log((word(key, index) + 0.5) / 4294967296)))
}
