/** How outcomes of the engine are shown to a caller: without their private fields, unless privileged. */
import type { StepResult } from '../../protocol/methods.ts'
import { publicView } from '../../protocol/public-view.ts'
import { Verdict } from '../../protocol/verdict.ts'
import { type CallEvent, Event, type Trajectory, USER_FRAME } from '../../protocol/event.ts'
import { QualityReport } from '../../protocol/quality-report.ts'
import type { Snapshot } from '../../protocol/identity.ts'
import { UserAnswer } from '../../protocol/user-answer.ts'
import type { StepOutcome } from '../episode/step-outcome.ts'
import type { Opening } from './live-episode.ts'
import type { PartialEvent } from '../record/transcript.ts'

const publicVerdict = publicView(Verdict)
const publicReport = publicView(QualityReport)
const stripEvent = publicView(Event) as (event: Event) => PartialEvent
const publicAnswer = publicView(UserAnswer) as (answer: UserAnswer) => UserAnswer

/**
 * What the simulated user did with tools of its own is the user's business; that something happened late tells what
 * became of a lost answer, so it is shown as anything else that happens by itself.
 */
function publicEvent(event: Event): PartialEvent {
  if (event.type === 'effect') return { type: 'timer', index: event.index, at: event.at }
  const shown = stripEvent(event)
  if (event.type !== 'call' || event.frame !== USER_FRAME) return shown
  const { tool: _tool, arguments: _arguments, content: _content, is_error: _failed, rejected: _rejected, ...rest } = shown as Partial<CallEvent> & { type: 'call' }
  return rest
}

/** The wire form of a step's outcome. */
export function showStep(outcome: StepOutcome, seq: number, privileged: boolean): StepResult {
  const { observation, observations, reward, terminated, truncated, info } = outcome
  return { observation, ...(observations && { observations }), reward, terminated, truncated, info: showInfo(info, privileged), seq }
}

function showInfo(info: StepOutcome['info'], privileged: boolean): StepResult['info'] {
  const { faults: _faults, verdict, ...rest } = info
  return privileged ? info : verdict === undefined ? rest : { ...rest, verdict: publicVerdict(verdict) }
}

/** The wire form of a reset's answer. */
export function showOpening(opening: Opening, privileged: boolean): Opening {
  const { ended } = opening
  return ended ? { ...opening, ended: { ...ended, info: showInfo(ended.info as StepOutcome['info'], privileged) } } : opening
}

/** The events as the caller may read them. */
export function showEvents(events: readonly Event[], privileged: boolean): PartialEvent[] {
  return privileged ? [...events] : events.map(publicEvent)
}

/** The trajectory as the caller may read it. */
export function showTrajectory(trajectory: Trajectory, privileged: boolean): Trajectory {
  return privileged ? trajectory : { ...trajectory, events: showEvents(trajectory.events as Event[], false) }
}

/** The report as the caller may read it. */
export function showReport(report: QualityReport, privileged: boolean): QualityReport {
  return privileged ? report : (publicReport(report) as QualityReport)
}

/** The snapshot as the caller may read it: of the user's answers only what was said. */
export function showSnapshot(snapshot: Snapshot, privileged: boolean): Snapshot {
  if (privileged) return snapshot
  return { ...snapshot, journal: snapshot.journal.map((entry) => ('user' in entry ? { ...entry, user: publicAnswer(entry.user) } : entry)) }
}
