/** Whether 95% intervals hold what they promise: how often they cover a truth that is known, over simulated sweeps. */
import type { Estimate } from '../../protocol/sweep-report.ts'
import { type Key, keyOf, nth } from '../core/keyed.ts'
import { clustersOf } from '../statistics/clustered-bootstrap.ts'
import { signFlip } from '../statistics/sign-flip.ts'
import { wilson } from '../statistics/wilson.ts'
import { estimate, estimateDifference } from '../sweep/estimate.ts'
import { drawPairs, drawSweep, type Likeness, type Simulated, type Sizes, sizesOf } from './simulated-sweep.ts'

/** What coverage has to be within, of a nominal 95%. */
export const COVERAGE_BOUNDS = [0.935, 0.965] as const
export const SHARES = [0.1, 0.5, 0.9] as const
/** What a test at this level may reject where nothing differs; a twentieth of it is left to chance. */
const LEVEL = 0.05
const MOST_REJECTED = 0.055

export type CoverageRow = {
  readonly case: string
  readonly sweeps: number
  /** Share of sweeps whose interval has the truth in it; for a test, the share that it rejects. */
  readonly share: number
  /** Standard error of that share; 0 where all outcomes were enumerated. */
  readonly error: number
  /** Shares of sweeps whose interval lies below the truth, and above it. */
  readonly below: number
  readonly above: number
  /** Mean width of the intervals. */
  readonly width: number
  /** What the share must lie within; none for figures that are only reported. */
  readonly within?: readonly [number, number]
}

/** How many sweeps are simulated of each case, and what names their draws. */
export type Effort = { readonly sweeps: number; readonly seed?: string }

/** Episodes of a sweep, spread over tasks in different ways. */
const EPISODES = 200
const EVEN = sizesOf([50, 4])
const UNEVEN = sizesOf([20, 6], [40, 2])
const SINGLE = sizesOf([EPISODES, 1])

/** A row of what so many sweeps gave. */
function rowOf(name: string, sweeps: number, [below, above, width]: readonly [number, number, number], within: CoverageRow['within']): CoverageRow {
  const share = (sweeps - below - above) / sweeps
  return { case: name, sweeps, share, error: Math.sqrt((share * (1 - share)) / sweeps), below: below / sweeps, above: above / sweeps, width: width / sweeps, ...(within && { within }) }
}

/** Runs so many sweeps of a case. */
export function simulate(name: string, { sweeps, seed = '' }: Effort, truth: number, intervalOf: (key: Key) => Pick<Estimate, 'low' | 'high'>, within?: CoverageRow['within']): CoverageRow {
  let [below, above, width] = [0, 0, 0]
  const key = keyOf(['coverage', name, seed])
  for (let n = 0; n < sweeps; n++) {
    const { low, high } = intervalOf(nth(key, n))
    if (high < truth) below += 1
    else if (low > truth) above += 1
    width += high - low
  }
  return rowOf(name, sweeps, [below, above, width], within)
}

/** The probability of each number of successes among so many. */
function binomial(trials: number, share: number): number[] {
  let masses = [1]
  for (let n = 0; n < trials; n++) masses = Array.from({ length: n + 2 }, (_, successes) => (masses[successes] ?? 0) * (1 - share) + (masses[successes - 1] ?? 0) * share)
  return masses
}

/** Wilson's interval, over every outcome that there can be. */
export function wilsonCoverage(): CoverageRow[] {
  return SHARES.map((share) => {
    let [below, above, width] = [0, 0, 0]
    binomial(EPISODES, share).forEach((mass, successes) => {
      const [low, high] = wilson(successes, EPISODES)
      if (high < share) below += mass
      else if (low > share) above += mass
      width += mass * (high - low)
    })
    return { ...rowOf(`Wilson, p = ${share}, enumerated`, 1, [below, above, width], COVERAGE_BOUNDS), sweeps: EPISODES + 1, error: 0 }
  })
}

type MeanCase = readonly [name: string, sizes: Sizes, likeness: Likeness, correlation: number, shares: readonly number[], within?: CoverageRow['within']]

const MEANS: readonly MeanCase[] = [
  ...[0, 0.3, 0.6].map((rho): MeanCase => [`50 tasks of 4, ρ = ${rho}`, EVEN, 'hardness', rho, SHARES, COVERAGE_BOUNDS]),
  // No mean of 200 episodes is 0.1037: an interval that covered by touching would show.
  ['50 tasks of 4, ρ = 0.3', EVEN, 'hardness', 0.3, [0.1037], COVERAGE_BOUNDS],
  ['50 tasks of 4, copies, ρ = 0.6', EVEN, 'copies', 0.6, SHARES, COVERAGE_BOUNDS],
  ['20 tasks of 6, 40 of 2, ρ = 0.3', UNEVEN, 'hardness', 0.3, SHARES, COVERAGE_BOUNDS],
  ['200 tasks of 1', SINGLE, 'hardness', 0, SHARES, COVERAGE_BOUNDS],
  // Where intervals come to their limits.
  ['20 tasks of 6, 40 of 2, ρ = 0.6', UNEVEN, 'hardness', 0.6, SHARES],
  ['20 tasks of 10, ρ = 0.3', sizesOf([20, 10]), 'hardness', 0.3, SHARES],
]

/** The interval of a mean as reports have it. */
export function meanCoverage(effort: Effort): CoverageRow[] {
  return MEANS.flatMap(([name, sizes, likeness, correlation, shares, within]) => shares.map((share) => {
    const simulated: Simulated = { sizes, likeness, correlation, share }
    return simulate(`${name}, p = ${share}`, effort, share, (key) => estimate(drawSweep(simulated, keyOf(['data'], key)), key), within)
  }))
}

/** Share of episodes that depend on what both policies meet alike. */
const ALIKE = 0.6

const DIFFERENCES = [[0.7, 0.75, 0.3, EVEN], [0.5, 0.5, 0.3, EVEN], [0.1, 0.3, 0.3, EVEN], [0.7, 0.75, 0.3, UNEVEN]] as const

/** The interval of a paired difference. */
export function differenceCoverage(effort: Effort): CoverageRow[] {
  return DIFFERENCES.map(([a, b, correlation, sizes]) => {
    const simulated: Simulated = { sizes, likeness: 'hardness', correlation, share: a }
    const draw = (key: Key) => drawPairs(simulated, b, ALIKE, keyOf(['data'], key))
    return simulate(`difference of ${a} and ${b}, ${sizes === EVEN ? 'even' : 'uneven'}`, effort, b - a, (key) => estimateDifference(draw(key), key, 1), COVERAGE_BOUNDS)
  })
}

/** How often the test of a difference sees one that is not there. */
export function levelOfTest({ sweeps, seed = '' }: Effort): CoverageRow[] {
  return [0.1, 0.7].map((share) => {
    const simulated: Simulated = { sizes: EVEN, likeness: 'hardness', correlation: 0.3, share }
    const key = keyOf(['coverage', 'level', `${share}`, seed])
    let rejected = 0
    for (let n = 0; n < sweeps; n++) {
      const own = nth(key, n)
      const sums = clustersOf(drawPairs(simulated, share, ALIKE, keyOf(['data'], own)), ({ task }) => String(task), ({ value }) => value).map(({ sum }) => sum)
      if (signFlip(sums, keyOf(['flips'], own)) <= LEVEL) rejected += 1
    }
    const found = rejected / sweeps
    return { case: `test at 5% of ${share} and ${share}: rejects`, sweeps, share: found, error: Math.sqrt((found * (1 - found)) / sweeps), below: 0, above: 0, width: 0, within: [0, MOST_REJECTED] }
  })
}

/** Rows that are not within their bounds, by more than so many standard errors. */
export function judgeCoverage(rows: readonly CoverageRow[], errors = 0): string[] {
  return rows.flatMap(({ case: name, share, error, within }) => (within && (share < within[0] - errors * error || share > within[1] + errors * error) ? [`${name}: ${share.toFixed(4)}, not from ${within[0]} to ${within[1]}`] : []))
}
