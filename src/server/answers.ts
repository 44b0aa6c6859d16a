/** How outcomes of the engine are shown to a caller: without their private fields, unless privileged. */
import type { StepResult } from '../../protocol/methods.ts'
import { publicView } from '../../protocol/public-view.ts'
import { Verdict } from '../../protocol/verdict.ts'
import { Event, type Trajectory } from '../../protocol/event.ts'
import type { StepOutcome } from '../episode/step-outcome.ts'
import type { PartialEvent } from '../record/transcript.ts'

const publicVerdict = publicView(Verdict)
const publicEvent = publicView(Event) as (event: Event) => PartialEvent

/** The wire form of a step's outcome. */
export function showStep(outcome: StepOutcome, seq: number, privileged: boolean): StepResult {
  const { observation, reward, terminated, truncated, info } = outcome
  const shown = info.verdict === undefined || privileged ? info : { ...info, verdict: publicVerdict(info.verdict) }
  return { observation, reward, terminated, truncated, info: shown, seq }
}

/** The events as the caller may read them. */
export function showEvents(events: readonly Event[], privileged: boolean): PartialEvent[] {
  return privileged ? [...events] : events.map(publicEvent)
}

/** The trajectory as the caller may read it. */
export function showTrajectory(trajectory: Trajectory, privileged: boolean): Trajectory {
  return privileged ? trajectory : { ...trajectory, events: showEvents(trajectory.events as Event[], false) }
}
