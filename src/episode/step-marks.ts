/** What the answer to a step says besides: what dynamics did, what was coerced, what others played, who reached what. */
import type { Event, FaultMark } from '../../protocol/event.ts'
import type { Verdict } from '../../protocol/verdict.ts'
import type { StepOutcome } from './step-outcome.ts'

/** Adds what events tell of a step. */
export function withMarks(outcome: StepOutcome, events: readonly Event[]): StepOutcome {
  const faults: FaultMark[] = []
  const coerced: string[] = []
  for (const event of events) {
    if ((event.type === 'call' || event.type === 'user') && event.faults?.length) faults.push(...event.faults)
    if (event.type === 'call' && event.coerced) coerced.push(...event.coerced.map((note) => `${event.tool}: ${note}`))
  }
  return faults.length || coerced.length ? { ...outcome, info: { ...outcome.info, ...(faults.length && { faults }), ...(coerced.length && { coerced }) } } : outcome
}

/** The answer to a step with what came after it before the trainer is asked again. */
export function joined(before: StepOutcome, after: StepOutcome, played: boolean): StepOutcome {
  const faults = [...before.info.faults ?? [], ...after.info.faults ?? []]
  const coerced = [...before.info.coerced ?? [], ...after.info.coerced ?? []]
  const turns = (before.info.played ?? 0) + (played ? 1 : 0)
  return {
    ...after,
    reward: before.reward === null || after.reward === null ? null : before.reward + after.reward,
    info: { ...after.info, ...(faults.length && { faults }), ...(coerced.length && { coerced }), ...(turns && { played: turns }) },
  }
}

/** Milestones by the frame whose event reached them, as check.milestone. */
export function creditOf({ milestones }: Verdict, events: readonly Event[]): Record<string, string[]> {
  const credit: Record<string, string[]> = {}
  for (const { check, milestone, reached, event } of milestones) {
    const found = reached && event !== undefined ? events[event] : undefined
    const call = found?.type === 'effect' ? events[found.call] : found
    if (call && 'frame' in call && call.frame !== undefined) (credit[call.frame] ??= []).push(`${check}.${milestone}`)
  }
  return credit
}
