/** What the declared rule for an early end does to intervals: it looks at what it then reports. */
import type { TaskRow } from '../../protocol/methods.ts'
import { type SweepOutcome, SweepSpec } from '../../protocol/sweep.ts'
import { keyOf, word } from '../core/keyed.ts'
import { estimate } from '../sweep/estimate.ts'
import { failedOutcome } from '../sweep/outcome.ts'
import { type Plan, planOf, unitAt } from '../sweep/plan.ts'
import { isScored, type Played, successOf, valuesOf } from '../sweep/played.ts'
import { countedOf } from '../sweep/report.ts'
import { type CoverageRow, type Effort, SHARES, simulate } from './coverage.ts'
import { drawSweep, type Simulated, sizesOf } from './simulated-sweep.ts'

/** The rule, and tasks in plenty: it ends every one of these sweeps. */
const STOP = { half_width: 0.05, least: 50 } as const
const MOST_TASKS = 1000

const scored = (success: boolean): SweepOutcome => ({ ...failedOutcome('', 1), status: 'scored', success, reward: success ? 1 : 0 })
const [FAILURE, SUCCESS] = [scored(false), scored(true)]

function planFor(repeats: number): Plan {
  const row = (seed: number): TaskRow => ({ scenario: 'simulated', seed, task: 'task', difficulty: {}, tags: [], split: 'train', group: `${seed}` })
  const spec = SweepSpec.parse({ policies: [{ policy: 'external' }], scenarios: ['simulated'], seeds: MOST_TASKS, repeats, stop: STOP })
  return planOf(spec, Array.from({ length: MOST_TASKS }, (_, seed) => row(seed)))
}

/** Coverage after an early end, by the same functions that end and report a sweep. */
export function stoppedCoverage(effort: Effort): CoverageRow[] {
  return ([[1, 0], [4, 0.3]] as const).flatMap(([repeats, correlation]) => {
    const plan = planFor(repeats)
    return SHARES.map((share) => {
      const simulated: Simulated = { sizes: sizesOf([MOST_TASKS, repeats]), likeness: 'hardness', correlation, share }
      return simulate(`stopped at ±${STOP.half_width}, repeats ${repeats}, ρ = ${correlation}, p = ${share}`, effort, share, (key) => {
        const own: Plan = { ...plan, spec: { ...plan.spec, seed: word(key) } }
        const played = drawSweep(simulated, keyOf(['data'], key)).map(({ value }, unit): Played => ({ ...unitAt(own, unit), outcome: value === 1 ? SUCCESS : FAILURE }))
        return estimate(valuesOf(countedOf(own, played).counted.filter(isScored), successOf), key)
      })
    })
  })
}
