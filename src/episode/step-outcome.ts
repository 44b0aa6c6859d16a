/** What one step gives; these four constructors make every legal one. */
import type { FaultMark, StopReason } from '../../protocol/event.ts'
import type { ShapingInfo } from '../../protocol/methods.ts'
import type { Observation } from '../../protocol/observation.ts'
import type { Verdict } from '../../protocol/verdict.ts'

export type StepOutcome = {
  readonly observation: Observation
  /** With parallel frames, what all frames of the trainer see that wait. */
  readonly observations?: Observation[]
  /** null when the environment itself failed. */
  readonly reward: number | null
  readonly terminated: boolean
  readonly truncated: boolean
  /** `faults` is what the dynamics did in the step: for privileged callers. */
  readonly info: { readonly stop_reason?: StopReason; readonly verdict?: Verdict; readonly faults?: FaultMark[]; readonly shaping?: ShapingInfo; readonly coerced?: string[]; readonly credit?: Record<string, string[]>; readonly played?: number }
}

/** The first observation of an episode; no reward yet. */
export function restart(observation: Observation, observations?: Observation[]): StepOutcome {
  return { observation, ...(observations && { observations }), reward: 0, terminated: false, truncated: false, info: {} }
}

/** The episode goes on. */
export function transition(observation: Observation, observations: Observation[] | undefined, reward: number, shaping: ShapingInfo | undefined): StepOutcome {
  return { observation, ...(observations && { observations }), reward, terminated: false, truncated: false, info: shaping ? { shaping } : {} }
}

/** The task came to its own end. */
export function termination(observation: Observation, reward: number, stop_reason: StopReason, verdict: Verdict): StepOutcome {
  return { observation, reward, terminated: true, truncated: false, info: { stop_reason, verdict } }
}

/** A bound or a fault of ours stopped it; a null reward voids the return. */
export function truncation(observation: Observation, reward: number | null, stop_reason: StopReason, verdict: Verdict): StepOutcome {
  return { observation, reward, terminated: false, truncated: true, info: { stop_reason, verdict } }
}
