/** One episode on its virtual clock: what took how long, what went wrong, what took effect when. */
import { type Event, type FaultMark, USER_FRAME } from '../../protocol/event.ts'
import type { Episode } from '../episode/episode.ts'
import { writeArguments } from '../record/transcript.ts'

/** What became of a call, as the agent could tell and as it was. */
export type Outcome =
  /** Answered as it should be. */
  | 'ok'
  /** The agent saw it fail. */
  | 'error'
  /** The agent saw nothing, and something is wrong with it. */
  | 'silent'
  | 'wait'
  /** A message to the simulated user. */
  | 'said'

/** Something that took time. */
export type Span = {
  readonly at: number
  readonly until: number
  /** The tool, or who was spoken to. */
  readonly name: string
  /** Arguments, or what was said. */
  readonly about: string
  readonly outcome: Outcome
  readonly faults: readonly FaultMark[]
  /** Why it failed where no fault did it: it never reached the tool, or the tool refused it. */
  readonly refusal: NonNullable<Extract<Event, { type: 'call' }>['rejected']> | 'refused' | undefined
  /** Whether it took effect though the agent saw it fail. */
  readonly committed: boolean
  /** Times at which it took effect after its answer, or once more. */
  readonly later: readonly { readonly at: number; readonly again: boolean; readonly refused: boolean }[]
}

/** Something that another actor did by an entry. */
export type Happening = { readonly at: number; readonly entry: string; readonly rows: number }

export type Timeline = {
  readonly policy: string
  readonly task: string
  readonly seed: number
  readonly luck: number
  readonly instruction: string
  /** In order of their beginning. */
  readonly spans: readonly Span[]
  readonly happenings: readonly Happening[]
  /** Virtual milliseconds at the end. */
  readonly ends: number
  readonly reason: string
  /** null when the environment itself failed. */
  readonly reward: number | null
  readonly success: boolean
}

const EVENT_TIMER = 'event.'

/** The timeline of an episode that was played by a policy. */
export function timelineOf(episode: Episode, policy: string): Timeline {
  const { identity: { task, seed, luck }, observation } = episode
  const events = episode.events()
  const end = events.at(-1)
  const verdict = end?.type === 'end' ? end.verdict : undefined
  return {
    policy, task, seed, luck,
    instruction: episode.task.instruction,
    spans: events.flatMap((event) => spanOf(event, events) ?? []),
    happenings: events.flatMap((event) => (event.type === 'timer' && event.timer.startsWith(EVENT_TIMER) ? [{ at: event.at, entry: event.timer.slice(EVENT_TIMER.length), rows: event.changes.length }] : [])),
    ends: observation.clock_ms,
    reason: end?.type === 'end' ? end.reason : 'unfinished',
    reward: verdict ? verdict.reward : null,
    success: verdict?.success ?? false,
  }
}

/** The span of an event; ending calls take no time and stand in the end. */
function spanOf(event: Event, events: readonly Event[]): Span | undefined {
  if (event.type === 'user') {
    const turn = events[event.turn]
    const said = turn?.type === 'turn' ? turn : undefined
    const about = String(said?.action.content ?? said?.action.text ?? '')
    return { at: said?.at ?? event.at, until: event.at, name: 'say', about, outcome: event.faults?.length ? 'silent' : 'said', faults: event.faults ?? [], refusal: undefined, committed: false, later: [] }
  }
  if (event.type !== 'call' || event.frame === USER_FRAME || event.tool === 'finish' || event.tool === 'report_unable') return undefined
  const { index, at, returns_at, tool, faults, is_error, committed, rejected } = event
  const later = events.flatMap((other) => (other.type === 'effect' && other.call === index ? [{ at: other.at, again: other.cause === 'fault', refused: !other.committed }] : []))
  const outcome = tool === 'wait' ? 'wait' : is_error ? 'error' : faults.length ? 'silent' : 'ok'
  return { at, until: returns_at, name: tool, about: writeArguments(event.arguments), outcome, faults, refusal: is_error && !faults.length ? rejected ?? 'refused' : undefined, committed: is_error && committed && event.changes.length > 0, later }
}
