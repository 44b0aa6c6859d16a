/** The world as a planner sees it: deeds take it from one state to another, nothing else happens. */
import type { Cause } from '../../protocol/event.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import type { Captures, EpisodeView, TaskInstance } from '../episode/task.ts'
import type { BaseWorld } from '../world/base-world.ts'
import { CALL_UNITS } from '../world/evaluation.ts'
import { CallLimit, SpecFault } from '../world/fault.ts'
import type { Overlay } from '../world/overlay.ts'
import { runTimer } from '../world/timer.ts'
import { runTool } from '../world/tool.ts'
import { Transaction } from '../world/transaction.ts'
import type { Call, Deed, Script } from './deed.ts'
import { lateArguments } from './late-argument.ts'

export type PlanState = {
  /** Never written to: what follows is written to a fork. */
  readonly overlay: Overlay
  /** Virtual milliseconds; only waiting moves it. */
  readonly clock: number
  /** What the witness's own calls answered on the way here, by the names that capture it. */
  readonly results: Captures
}

/** What a search may still spend. */
export type Meter = { tries: number; units: number }

/** Ends a search whose meter is empty. */
export class Spent extends Error {
  override readonly name = 'Spent'
}

export type Model = {
  readonly task: TaskInstance
  readonly base: BaseWorld
  /** The overlay that the set-up left. */
  readonly start: Overlay
  readonly reference: EpisodeView
  readonly script: Script
  /** Whether a state is as the checks want it. */
  reached(view: EpisodeView): boolean
  /** What looking at a view has cost so far. */
  unitsOf(view: EpisodeView): number
}

/** Names draws of what a plan does: they are not those of an episode. */
const PLAN_KEY = keyOf(['plan'])
const NO_EVENTS: EpisodeView['events'] = []
/** Event that marks of a plan name. */
const NO_EVENT = 0
/** What a timer costs besides its steps. */
const TIMER_UNITS = 100

/** A state as checks look at it. */
export function viewOf({ task, base, start, reference }: Model, { overlay, clock }: PlanState): EpisodeView {
  return { task, base, overlay, start, events: NO_EVENTS, answer: undefined, declined: false, clockMs: clock, tokens: 0, reference: () => reference }
}

/** Whether a state is as the checks want it. @throws Spent */
export function isReached(model: Model, state: PlanState, meter: Meter): boolean {
  const view = viewOf(model, state)
  try {
    return model.reached(view)
  } catch (error) {
    // What no check can look at is not what they want.
    if (error instanceof SpecFault || error instanceof CallLimit) return false
    throw error
  } finally {
    spend(meter, model.unitsOf(view))
  }
}

function spend(meter: Meter, units: number): void {
  meter.units -= units
  if (meter.units < 0) throw new Spent()
}

/** The states that a deed may lead to; none when it is refused or changes nothing. @throws Spent */
export function* outcomesOf(model: Model, state: PlanState, deed: Deed, meter: Meter): Generator<PlanState> {
  if (--meter.tries < 0) throw new Spent()
  switch (deed.kind) {
    case 'call': return yield* performStep(model, state, deed, meter)
    case 'user': return yield* performAsked(model, state, deed.calls, meter)
    case 'wait': {
      const { until, ms } = deed
      if (state.clock < until) yield* passTime(model, state, until, meter)
      if (state.clock + ms > until) yield* passTime(model, state, state.clock + ms, meter)
    }
  }
}

function performStep(model: Model, state: PlanState, deed: Extract<Deed, { kind: 'call' }>, meter: Meter): PlanState[] {
  const args = deed.late ? lateArguments(model, state, deed.step!, (call) => answer(model, state, call, meter)) ?? deed.args : deed.args
  const done = commit(model, state, { tool: deed.tool, args }, 'agent', meter)
  if (!done) return []
  const name = deed.step === undefined ? undefined : model.task.template.witness.steps[deed.step]?.as
  return [{ overlay: done.overlay, clock: state.clock, results: name === undefined ? state.results : { ...state.results, [name]: done.json } }]
}

/** All that the user did at once; a call that is refused is left out, as in an episode. */
function performAsked(model: Model, state: PlanState, calls: readonly Call[], meter: Meter): PlanState[] {
  let { overlay } = state
  for (const call of calls) overlay = commit(model, { ...state, overlay }, call, 'user', meter)?.overlay ?? overlay
  return overlay === state.overlay ? [] : [{ ...state, overlay }]
}

/** Lets time pass until a moment; no state where no timer fires before it. @throws Spent */
function passTime({ base, task }: Model, state: PlanState, until: number, meter: Meter): PlanState[] {
  const { world } = base
  const isDue = (overlay: Overlay) => overlay.timers[0] !== undefined && overlay.timers[0].due - world.epoch <= until
  if (!isDue(state.overlay)) return []
  const overlay = state.overlay.fork()
  while (isDue(overlay)) {
    const next = overlay.takeTimer()!
    const timer = world.timers.get(next.name)!
    const tx = new Transaction(base, overlay)
    try {
      const left = runTimer(timer, next, tx, keyOf(['timer', task.seed, next.order]), meter.units)
      // Happening costs something even where nothing comes of it.
      spend(meter, meter.units - left + TIMER_UNITS)
    } catch (error) {
      // Too dear for what is left of the meter, or a fault of the world, past which nothing is known.
      if (error instanceof SpecFault) throw new Spent()
      throw error
    }
    tx.commit('world', NO_EVENT)
    if (timer.repeat !== undefined) overlay.addTimer(next.due + timer.repeat, next.name, next.args)
  }
  return [{ ...state, overlay, clock: until }]
}

/** Makes a call and keeps what it changes; undefined when it is refused or changes nothing. */
function commit(model: Model, state: PlanState, call: Call, cause: Cause, meter: Meter): { overlay: Overlay; json: unknown } | undefined {
  const overlay = state.overlay.fork()
  const tx = new Transaction(model.base, overlay)
  const outcome = run(model, state, call, tx, meter)
  if (!outcome || outcome.isError) return undefined
  const { changes } = tx.commit(cause, NO_EVENT)
  return changes.length || overlay.timers !== state.overlay.timers ? { overlay, json: outcome.json ?? null } : undefined
}

/** What a call would answer; undefined when it cannot be made. */
function answer(model: Model, state: PlanState, call: Call, meter: Meter): unknown {
  return run(model, state, call, new Transaction(model.base, state.overlay), meter)?.json
}

function run({ base, task }: Model, { clock }: PlanState, { tool: name, args }: Call, tx: Transaction, meter: Meter): { readonly json: unknown; readonly isError: boolean } | undefined {
  const { world } = base
  const tool = world.tools.get(name)
  const read = tool?.read(args, '')
  if (!tool || !read || 'problem' in read) return undefined
  const now = world.epoch + clock
  const key: Key = keyOf([task.seed], PLAN_KEY)
  try {
    const look = { left: Math.max(0, meter.units) }
    const visible = tool.visible?.(tx, now, look) ?? true
    meter.units = look.left
    if (!visible) return undefined
    const { json, isError, cost } = runTool(tool, read.value, tx, now, key, Math.min(CALL_UNITS, meter.units))
    spend(meter, cost)
    return { json, isError }
  } catch (error) {
    // What breaks the world is no way anywhere.
    if (error instanceof SpecFault || error instanceof CallLimit) return undefined
    throw error
  }
}
