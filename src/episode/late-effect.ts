/** What dynamics let happen beside calls: effects that come later than their answers, and what others do. */
import { CALL_UNITS } from '../world/evaluation.ts'
import { closeCall } from '../world/close-call.ts'
import { CallLimit, Refused, SpecFault } from '../world/fault.ts'
import { STRETCH_UNITS } from '../world/timer.ts'
import type { CallEvaluation } from '../world/step.ts'
import { keyOf } from '../core/keyed.ts'
import type { CompiledEntry, WorldEvent } from '../dynamics/compiled-entry.ts'
import { contentOf } from '../dynamics/passage.ts'
import type { LateEffect } from '../dynamics/dynamics-state.ts'
import { describeMisfit, type ToolOutcome } from '../world/tool.ts'
import { Transaction } from '../world/transaction.ts'
import { deliver, MOST_KEPT, roomForMail } from './deliver.ts'
import { baseOf, type EpisodeState } from './episode-state.ts'
import { oddsOf } from './shown-tools.ts'
import { noteChange, transact } from './transact.ts'
import { noteBroken } from './watch.ts'

/** Lets a call take effect that was answered before, or that was delivered once more; gives what is left of the units. */
export function takeLateEffect(state: EpisodeState, { due, call, tool: name, args, cause, veil, tells }: LateEffect, left: number): number {
  const { dynamicsState, scenario, log } = state
  dynamicsState.takeEffect()
  const tool = scenario.world.tools.get(name)!
  const read = tool.read(args, '')
  const units = state.units
  state.units = Math.max(0, Math.min(left, CALL_UNITS))
  const before = veil > 0 ? state.overlay.fork() : undefined
  // What is left of a batch may be less than the tool takes.
  const { outcome, changes, emitted, noted } = 'problem' in read ? { outcome: { json: describeMisfit(name, read), isError: true, cost: 0 } as ToolOutcome, changes: [], emitted: [], noted: {} } : transact(state, tool, read.value, due, cause)
  state.units = units
  if (before && changes.length) dynamicsState.hide(due, veil, log.length, before)
  if (tells.length) dynamicsState.weight += contentOf(outcome.json).length
  for (const memo of tells) if (dynamicsState.memos.has(memo)) dynamicsState.memos.set(memo, { ...(dynamicsState.memos.get(memo) as object), done: true, json: outcome.json ?? null, isError: outcome.isError })
  log.push({ type: 'effect', index: log.length, at: due, call, cause, committed: !outcome.isError, content: contentOf(outcome.json), changes, ...(emitted.length && { emits: [...emitted] }), ...(state.identity.options.tools === 'live' && outcome.reply && { served: outcome.reply }), ...noted })
  return left - outcome.cost
}

/**
 * Lets everything happen that was asked for and has not happened yet: what is scored is what comes of it.
 * @param until virtual milliseconds after which nothing counts any more
 */
export function settleEffects(state: EpisodeState, until = Infinity): void {
  let left = STRETCH_UNITS
  for (let [effect] = state.dynamicsState.effects; effect && effect.due <= until; [effect] = state.dynamicsState.effects) left = takeLateEffect(state, effect, left)
}

/** Above this weight others leave the rest of the memory to the agent. */
const MOST_OF_OTHERS = MOST_KEPT / 2

/** Lets another actor do what is due by an entry; without units or memory left it does nothing until a time. */
export function takeWorldEvent(state: EpisodeState, { spec: { id }, hooks }: CompiledEntry, due: number, until: number, left: number): number {
  const event = hooks.event!
  const odds = oddsOf(state)
  const idle = left < 0 || state.log.weight + state.overlay.weight > MOST_OF_OTHERS
  const given = event.given(state.dynamicsState)
  const { key, happens } = event.draw(state.dynamicsState, odds)
  event.advance(state.dynamicsState, odds, idle ? until : undefined)
  state.dynamicsState.eventsDue = undefined
  return happens && !idle ? runWorldEvent(state, id, event, { due, key, given }, left) : left
}

type Happening = { readonly due: number; readonly key: CallEvaluation['key']; readonly given: ReturnType<WorldEvent['given']> }

function runWorldEvent(state: EpisodeState, id: string, { run, slots }: WorldEvent, { due, key, given }: Happening, left: number): number {
  const { scenario, log } = state
  const tx = new Transaction(baseOf(state), state.overlay)
  const cx: CallEvaluation = { view: tx, tx, slots: new Array(slots), left: Math.min(left, CALL_UNITS), now: scenario.world.epoch + due, key: keyOf(['event'], key), draws: 0 }
  for (const [slot, value] of given) cx.slots[slot] = value
  const before = cx.left
  try {
    const stop = run(cx)
    if (stop?.undoBut) tx.abort(stop.undoBut)
    closeCall(cx)
  } catch (error) {
    // What does not fit the rows as they are, or costs too much, does not happen: a reset may have asked for it.
    if (!(error instanceof Refused || error instanceof CallLimit || error instanceof SpecFault)) throw error
    tx.abort()
  }
  const index = log.length
  const { changes, emitted: all } = tx.commit('world', index)
  const emitted = all.slice(0, roomForMail(state))
  if (changes.length) noteChange(state, due, true)
  log.push({ type: 'timer', index, timer: `event.${id}`, at: due, changes, ...(emitted.length && { emits: [...emitted] }), ...noteBroken(state, changes, due) })
  deliver(state, emitted)
  return left - (before - cx.left)
}
