/** When a sweep knows enough: a rule that was declared before, looked at after fixed numbers of tasks. */
import { keyOf } from '../core/keyed.ts'
import { estimate } from './estimate.ts'
import { isScored, type Played, rewardOf, successOf, valuesOf } from './played.ts'
import type { Plan } from './plan.ts'

/** Each look is after so many times the tasks of the one before: few looks, so that looking often decides little. */
const GROWTH = 1.25

/** Numbers of tasks after which the rule is looked at, ascending; none without a rule. */
export function looksOf({ spec, rows }: Plan): number[] {
  if (!spec.stop) return []
  const round = rows.length / spec.seeds
  const looks: number[] = []
  for (let seeds = spec.stop.least; seeds < spec.seeds; seeds = Math.ceil(seeds * GROWTH)) looks.push(seeds * round)
  return looks
}

/** Whether what the first so many tasks gave is enough. */
export function isEnough({ spec, policies }: Plan, prefix: readonly Played[]): boolean {
  const { stop } = spec
  if (!stop) return false
  const valueOf = stop.metric === 'success' ? successOf : rewardOf
  return policies.every(({ name }, policy) => {
    const scored = prefix.filter((played) => played.policy === policy).filter(isScored)
    const { low, high, method } = estimate(valuesOf(scored, valueOf), keyOf(['stop', spec.seed, name]))
    return method !== 'none' && (high - low) / 2 <= stop.half_width
  })
}

/** After how many tasks the rule ends a sweep, from what was played; undefined where it does not (yet). */
export function stopAfter(plan: Plan, played: readonly Played[]): number | undefined {
  const looks = looksOf(plan)
  if (!looks.length) return undefined
  const perRow = plan.spec.repeats * plan.dynamics.length * plan.policies.length
  const done = new Uint32Array(plan.rows.length)
  for (const { row } of played) done[row]!++
  const complete = done.findIndex((count) => count < perRow)
  return looks.find((look) => (complete === -1 || look <= complete) && isEnough(plan, played.filter(({ row }) => row < look)))
}
