/** From state to state: a deed runs in a transaction of its own on a forked overlay, as it would in an episode. */
import { type CallEvent, type Cause, type Change, type Event, USER_FRAME } from '../../protocol/event.ts'
import { keyOf } from '../core/keyed.ts'
import { CALL_UNITS } from '../world/evaluation.ts'
import { CallLimit, SpecFault } from '../world/fault.ts'
import { runTimer } from '../world/timer.ts'
import type { WaitingTimer } from '../world/timer-queue.ts'
import { runTool } from '../world/tool.ts'
import { Transaction } from '../world/transaction.ts'
import type { Call, Deed } from './deed.ts'
import { lateArguments } from './late-argument.ts'
import { type Meter, spend, spendTry, Spent } from './meter.ts'
import type { Model, PlanState } from './model.ts'

/** Names draws of what a plan does: they are not those of an episode. */
const PLAN_KEY = keyOf(['plan'])
/** What a timer costs besides its steps. */
const TIMER_UNITS = 100

/** The states that a deed may lead to; none when it is refused or changes nothing. @throws Spent */
export function* outcomesOf(model: Model, state: PlanState, deed: Deed, meter: Meter): Generator<PlanState> {
  spendTry(meter)
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

function* performStep(model: Model, state: PlanState, deed: Extract<Deed, { kind: 'call' }>, meter: Meter): Generator<PlanState> {
  const args = deed.late ? lateArguments(model, state, deed.step!, (call) => answer(model, state, call, meter)) ?? deed.args : deed.args
  const done = commit(model, state, { tool: deed.tool, args }, 'agent', meter)
  if (!done) return
  const name = deed.step === undefined ? undefined : model.task.template.witness.steps[deed.step]?.as
  yield name === undefined ? done.state : { ...done.state, results: { ...done.state.results, [name]: done.json } }
}

/** All that the user did at once; a call that is refused is left out, as in an episode. */
function* performAsked(model: Model, state: PlanState, calls: readonly Call[], meter: Meter): Generator<PlanState> {
  let after = state
  for (const call of calls) after = commit(model, after, call, 'user', meter)?.state ?? after
  if (after !== state) yield after
}

/** Lets time pass until a moment; no state where no timer fires before it. */
function* passTime({ base, task }: Model, state: PlanState, until: number, meter: Meter): Generator<PlanState> {
  const { world } = base
  const isDue = (timer: WaitingTimer | undefined) => timer !== undefined && timer.due - world.epoch <= until
  if (!isDue(state.overlay.timers[0])) return
  const overlay = state.overlay.fork()
  let after: PlanState = { ...state, overlay, clock: until }
  while (isDue(overlay.timers[0])) {
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
    const index = nextIndex(after)
    const { changes } = tx.commit('world', index)
    if (timer.repeat !== undefined) overlay.addTimer(next.due + timer.repeat, next.name, next.args)
    const event: Event = { type: 'timer', index, timer: next.name, at: next.due - world.epoch, changes }
    if (changes.length) after = along(after, event)
  }
  yield after
}

/** Makes a call and keeps what it changes; undefined when it is refused or changes nothing. */
function commit(model: Model, state: PlanState, call: Call, cause: Extract<Cause, 'agent' | 'user'>, meter: Meter): { readonly state: PlanState; readonly json: unknown } | undefined {
  const overlay = state.overlay.fork()
  const tx = new Transaction(model.base, overlay)
  const outcome = run(model, state, call, tx, meter)
  if (!outcome || outcome.isError) return undefined
  const index = nextIndex(state)
  const { changes } = tx.commit(cause, index)
  if (!changes.length && overlay.timers === state.overlay.timers) return undefined
  return { state: along({ ...state, overlay }, callEvent(call, cause, index, state.clock, changes)), json: outcome.json ?? null }
}

function callEvent({ tool, args }: Call, cause: 'agent' | 'user', index: number, at: number, changes: Change[]): CallEvent {
  return {
    type: 'call', index, frame: cause === 'user' ? USER_FRAME : 'plan', turn: index, call_id: '', tool, arguments: args, at, returns_at: at,
    is_error: false, content: '', committed: true, applications: 1, changes, faults: [],
  }
}

/** The index that the next event of a state has. */
function nextIndex({ past, way }: PlanState): number {
  return (past.at(-1)?.index ?? -1) + 1 + (way?.length ?? 0)
}

function along(state: PlanState, event: Event): PlanState {
  return { ...state, way: { event, length: (state.way?.length ?? 0) + 1, before: state.way } }
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
  try {
    const look = { left: meter.units }
    const isThere = tool.visible?.(tx, now, look) ?? true
    meter.units = look.left
    if (!isThere) return undefined
    const { json, isError, cost } = runTool(tool, read.value, tx, now, keyOf([task.seed], PLAN_KEY), Math.min(CALL_UNITS, meter.units))
    spend(meter, cost)
    return { json, isError }
  } catch (error) {
    // What breaks the world is no way anywhere.
    if (error instanceof SpecFault || error instanceof CallLimit) return undefined
    throw error
  }
}
