/** The world as a planner sees it: states that deeds lead to, and nothing else that happens. */
import type { Event } from '../../protocol/event.ts'
import type { Captures, EpisodeView, Goal, TaskInstance } from '../episode/task.ts'
import type { BaseWorld } from '../world/base-world.ts'
import { firstFirings } from '../world/compiled-world.ts'
import { CallLimit, SpecFault } from '../world/fault.ts'
import type { Overlay } from '../world/overlay.ts'
import type { Script } from './deed.ts'
import { type Meter, spend } from './meter.ts'
import { scriptOf } from './script.ts'

export type PlanState = {
  /** Never written to: what follows is written to a fork. */
  readonly overlay: Overlay
  /** Virtual milliseconds; only waiting moves it. */
  readonly clock: number
  /** What the witness's own calls answered on the way here, by the names that capture it. */
  readonly results: Captures
  /** Calls that took effect and whatever else changed rows, before the plan and on the way here: some checks read off it who changed what. */
  readonly past: readonly Event[]
  readonly way: Way | undefined
}

/** What happened on the way to a state, the latest first. */
export type Way = { readonly event: Event; readonly length: number; readonly before: Way | undefined }

/** A task as something to be planned. */
export type Model = {
  readonly task: TaskInstance
  readonly base: BaseWorld
  /** The overlay that the set-up left. */
  readonly start: Overlay
  /** The witness as it was played. */
  readonly reference: EpisodeView
  readonly script: Script
  readonly goal: Goal
}

/** The task of an episode as something to be planned; undefined where its witness does not come to an end. */
export function modelOf(view: EpisodeView): Model | undefined {
  const { task, base, start } = view
  const reference = referenceOf(view)
  return reference && { task, base, start, reference, script: scriptOf(reference), goal: task.template.goal }
}

function referenceOf({ reference }: EpisodeView): EpisodeView | undefined {
  try {
    return reference()
  } catch (error) {
    // A witness that fails is a fault of the specification; nobody has to be stopped for it here.
    if (error instanceof SpecFault) return undefined
    throw error
  }
}

/** The state that an episode begins in. */
export function firstState({ base: { world }, start }: Model): PlanState {
  const overlay = start.fork()
  for (const { name, due } of firstFirings(world)) overlay.addTimer(due, name, {})
  return { overlay, clock: 0, results: {}, past: [], way: undefined }
}

/** The state that an episode is in. */
export function stateOf({ overlay, clockMs, events }: EpisodeView): PlanState {
  const past = events.filter((event) => (event.type === 'call' || event.type === 'timer' || event.type === 'effect') && (event.changes.length > 0 || (event.type === 'call' && event.committed)))
  return { overlay: overlay.fork(), clock: clockMs, results: {}, past, way: undefined }
}

/** A state as checks look at it. */
export function viewOf({ task, base, start, reference }: Model, { overlay, clock, past, way }: PlanState): EpisodeView {
  return {
    task, base, overlay, start, answer: undefined, declined: false, clockMs: clock, tokens: 0, reference: () => reference,
    get events() { return [...past, ...eventsOf(way)] },
  }
}

/** What happened on a way, in order. */
export function eventsOf(way: Way | undefined): Event[] {
  const events: Event[] = []
  for (let at = way; at; at = at.before) events.push(at.event)
  return events.reverse()
}

/** Whether a state is as the checks want it. @throws Spent */
export function isReached(model: Model, state: PlanState, meter: Meter): boolean {
  const view = viewOf(model, state)
  try {
    return model.goal.reached(view)
  } catch (error) {
    // What no check can look at is not what they want.
    if (error instanceof SpecFault || error instanceof CallLimit) return false
    throw error
  } finally {
    spend(meter, model.goal.unitsOf(view))
  }
}
