/** When something in the log began, and from when on it counts for what comes after it. */
import type { Event } from '../../protocol/event.ts'
import type { EpisodeView } from '../episode/task.ts'
import { lateCommits } from './agent-call.ts'
import type { Occurrence } from './happening.ts'

/**
 * An occurrence with its two ends, as indexes of the log. What is judged is judged when it begins; what has to come
 * before counts when it is done: a write with its commit, words when they are said, and what tells the agent something
 * (a read, a refusal) when the agent has seen it, which is after its turn.
 */
export type Moment = {
  readonly event: number
  /** Index of the last event that it does not count for; undefined while nobody has seen it. */
  readonly done: number | undefined
}

/** Gives occurrences their two ends. */
export function momentsOf(view: EpisodeView): (occurrence: Occurrence) => Moment {
  const { events } = view
  const { late, turnEnds } = timelineOf(events)
  return (occurrence) => {
    const { event, turn } = occurrence
    const found = events[event]
    if (found?.type !== 'call' || !('write' in occurrence)) return { event, done: event }
    const effect = late.get(event)
    if (occurrence.write && effect) return { event, done: effect.index }
    return { event, done: occurrence.write && found.committed ? event : turnEnds.get(turn) }
  }
}

type Timeline = {
  readonly late: ReturnType<typeof lateCommits>
  /** Of each turn that another one follows, its last event. */
  readonly turnEnds: ReadonlyMap<number, number>
  /** Virtual milliseconds at each event; never less than at the one before. */
  readonly times: readonly number[]
}

/** Virtual milliseconds at each event of a log; a call begins no earlier than what stands before it. */
export function timesOf(events: readonly Event[]): readonly number[] {
  return timelineOf(events).times
}

/** A look at an episode asks for many moments. */
const timelines = new WeakMap<readonly Event[], Timeline>()

function timelineOf(events: readonly Event[]): Timeline {
  let timeline = timelines.get(events)
  if (!timeline) {
    const turnEnds = new Map<number, number>()
    const times: number[] = []
    let turn: number | undefined
    let now = 0
    for (const event of events) {
      times.push((now = 'at' in event ? Math.max(now, event.at) : now))
      if (event.type !== 'turn') continue
      if (turn !== undefined) turnEnds.set(turn, event.index - 1)
      turn = event.index
    }
    timelines.set(events, (timeline = { late: lateCommits(events), turnEnds, times }))
  }
  return timeline
}
