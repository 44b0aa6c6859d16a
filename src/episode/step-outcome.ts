/** What one step gives; these four constructors make every legal one. */
import type { FaultMark, StopReason } from '../../protocol/event.ts'
import type { ShapingInfo } from '../../protocol/methods.ts'
import type { Observation } from '../../protocol/observation.ts'
import type { Verdict } from '../../protocol/verdict.ts'

export type StepOutcome = {
  readonly observation: Observation
  /** null when the environment itself failed. */
  readonly reward: number | null
  readonly terminated: boolean
  readonly truncated: boolean
  /** `faults` is what the dynamics did in the step: for privileged callers; `coerced` the arguments that were taken as another type. */
  readonly info: { readonly stop_reason?: StopReason; readonly verdict?: Verdict; readonly faults?: FaultMark[]; readonly coerced?: string[]; readonly shaping?: ShapingInfo }
}

/** The first observation of an episode; no reward yet. */
export function restart(observation: Observation): StepOutcome {
  return { observation, reward: 0, terminated: false, truncated: false, info: {} }
}

/** The episode goes on. */
export function transition(observation: Observation, reward: number, shaping: ShapingInfo | undefined): StepOutcome {
  return { observation, reward, terminated: false, truncated: false, info: shaping ? { shaping } : {} }
}

/** The task came to its own end. */
export function termination(observation: Observation, reward: number, stop_reason: StopReason, verdict: Verdict): StepOutcome {
  return { observation, reward, terminated: true, truncated: false, info: { stop_reason, verdict } }
}

/** A bound or a fault of ours stopped it; a null reward voids the return. */
export function truncation(observation: Observation, reward: number | null, stop_reason: StopReason, verdict: Verdict): StepOutcome {
  return { observation, reward, terminated: false, truncated: true, info: { stop_reason, verdict } }
}
