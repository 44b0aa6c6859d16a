/** Latencies as one of the distributions that the language has. */
import type { Distribution } from '../../protocol/spec/dynamics-entry.ts'
import { chance, keyOf } from '../core/keyed.ts'
import { exp, log, normalQuantile } from '../core/portable-math.ts'
import { compileDistribution } from '../dynamics/distribution.ts'
import { percentile } from '../statistics/percentile.ts'

/** The shares at which distributions are compared with what was measured. */
export const COMPARED = [0.5, 0.9, 0.95, 0.99] as const
/** Those by which a family is chosen: a bell that is cut off at 0 can have the right upper half. */
const CHOSEN_BY = [0.1, 0.25, 0.75, ...COMPARED]

/** From the simplest to the one that fits anything. */
export const FAMILIES = ['constant', 'uniform', 'normal', 'lognormal', 'pareto', 'quantiles'] as const
export type Family = (typeof FAMILIES)[number]

export type LatencyFit = {
  readonly family: Family
  readonly distribution: Distribution
  /** The largest distance at percentiles from 10 to 99, of what the fit was made from, in log milliseconds. */
  readonly distance: number
  /** The same of calls that a fit had not seen: each half of them against a fit of the other one. */
  readonly blind: Readonly<Partial<Record<Family, number>>>
}

/** A simpler family is taken where it is no further off than this, in log milliseconds: about 5%. */
const NEAR_ENOUGH = 0.05
/** A family that is further off than this from its own calls is not theirs, where they can be taken as measured. */
const TOO_FAR = 0.15
/** Half a tick of the clock, which counts whole milliseconds: below it nothing can be told apart. */
const HALF_TICK = 0.5
const LEAST_MS = 0.01
const MOST_MS = 86_400_000
/** What is measured for `quantiles`, where enough calls lie beyond it. */
const MEASURED = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999]
const BEYOND = 3

/**
 * Fits every family to the percentiles and takes the one that is nearest to calls that it has not seen, or a simpler
 * one that is about as near; what no family comes near to is taken as measured. Deterministic.
 * @param ms real milliseconds in the order of the calls, at least one
 */
export function fitLatency(ms: readonly number[]): LatencyFit {
  const halves = [true, false].map((side) => ms.filter((_, i) => chance(keyOf(['half', i]), 0.5) === side).sort(ascending))
  const all = ms.toSorted(ascending)
  const blind: Partial<Record<Family, number>> = {}
  for (const family of FAMILIES) {
    const distances = halves.flatMap((half, i) => {
      const other = halves[1 - i]!
      const fit = half.length && other.length ? fitFamily(family, half) : undefined
      return fit ? [distanceOf(fit, other)] : []
    })
    if (distances.length) blind[family] = distances.reduce((sum, one) => sum + one, 0) / distances.length
  }
  const best = Math.min(...Object.values(blind), Infinity)
  const family = FAMILIES.find((one) => (blind[one] ?? Infinity) <= best + NEAR_ENOUGH) ?? 'constant'
  const simplest = fitFamily(family, all) ?? { ms: rounded(percentile(all, 0.5)) }
  const asMeasured = distanceOf(simplest, all) > TOO_FAR ? measured(all) : undefined
  const distribution = asMeasured ?? simplest
  return { family: asMeasured ? 'quantiles' : 'ms' in distribution ? 'constant' : family, distribution, distance: distanceOf(distribution, all), blind }
}

/** The largest distance between a distribution and ascending values, at percentiles from 10 to 99, in log milliseconds. */
export function distanceOf(distribution: Distribution, values: readonly number[]): number {
  const quantile = compileDistribution(distribution)
  return Math.max(...CHOSEN_BY.filter((share) => share === 0.5 || (1 - share) * values.length >= 1).map((share) => Math.abs(log((quantile(normalQuantile(share)) + HALF_TICK) / (percentile(values, share) + HALF_TICK)))))
}

function fitFamily(family: Family, values: readonly number[]): Distribution | undefined {
  const at = (share: number): number => Math.max(LEAST_MS, percentile(values, share))
  const most = Math.max(1, Math.min(MOST_MS, Math.ceil(values.at(-1)! * 2)))
  switch (family) {
    case 'constant': return { ms: rounded(at(0.5)) }
    case 'uniform': {
      const slope = (at(0.95) - at(0.05)) / 0.9
      return { min: rounded(Math.max(0, at(0.05) - 0.05 * slope)), max: rounded(at(0.95) + 0.05 * slope) }
    }
    case 'normal': {
      const { slope } = line(COMPARED.map((share) => [normalQuantile(share), at(share)]))
      return { mean: rounded(at(0.5)), sd: rounded(Math.max(0, slope)) }
    }
    case 'lognormal': {
      const { from, slope } = line(COMPARED.map((share) => [normalQuantile(share), log(at(share))]))
      const p50 = rounded(exp(from))
      return { p50, p99: Math.max(p50, rounded(exp(from + Math.max(0, slope) * normalQuantile(0.99)))), cap: most }
    }
    case 'pareto': {
      const { from, slope } = line(COMPARED.map((share) => [-log(1 - share), log(at(share))]))
      return slope <= 0.05 || slope > 100 ? undefined : { minimum: rounded(exp(from)), alpha: Math.round(1000 / slope) / 1000, cap: most }
    }
    default: return measured(values)
  }
}

/** What was measured, and its ends. */
function measured(values: readonly number[]): Distribution | undefined {
  const n = values.length
  if (n < 10) return undefined
  // The language counts shares in ten thousandths, and has neither 0 nor 1.
  const end = Math.max(1, Math.round(5000 / n)) / 10_000
  const inner = MEASURED.filter((share) => share > end && share < 1 - end && Math.min(share, 1 - share) * n >= BEYOND)
  return { quantiles: [end, ...inner, 1 - end].map((share): [number, number] => [Math.round(share * 10_000) / 10_000, rounded(Math.max(LEAST_MS, percentile(values, share)))]) }
}

/** Least squares. */
function line(points: readonly (readonly [x: number, y: number])[]): { readonly from: number; readonly slope: number } {
  const n = points.length
  const [x, y] = [0, 1].map((i) => points.reduce((sum, point) => sum + point[i]!, 0) / n) as [number, number]
  const slope = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0) / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0)
  return { from: y - slope * x, slope }
}

/** To hundredths of a millisecond, never 0. */
function rounded(ms: number): number {
  return Math.min(MOST_MS, Math.max(LEAST_MS, ms >= 100 ? Math.round(ms * 10) / 10 : Math.round(ms * 100) / 100))
}

function ascending(a: number, b: number): number {
  return a - b
}
