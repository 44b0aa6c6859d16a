/** What happens by itself while virtual time passes: timers fire, late effects happen, others act, messages arrive. */
import { keyOf } from '../core/keyed.ts'
import { SpecFault } from '../world/fault.ts'
import { runTimer, STRETCH_UNITS } from '../world/timer.ts'
import type { WaitingTimer } from '../world/timer-queue.ts'
import { Transaction } from '../world/transaction.ts'
import { deadlineOf } from './deadline.ts'
import { deliver, requireFits } from './deliver.ts'
import { baseOf, type EpisodeState } from './episode-state.ts'
import { takeLateEffect, takeWorldEvent } from './late-effect.ts'
import { oddsOf } from './shown-tools.ts'
import { noteChange } from './transact.ts'
import { noteBroken } from './watch.ts'

/** Something that is due: the earliest comes first; of those due at once timers, then late effects, then others. */
type Due = { readonly due: number; readonly whose: 'world' | 'dynamics'; happen(left: number): number }

/** Happening costs something even where nothing comes of it, so that no storm is free. */
const LEAST_COST = { world: 100, dynamics: 200 }

/**
 * Lets happen what is due by a virtual time, each as a transaction of its own. What the dynamics let happen past
 * their units fails or does not happen: it was a reset or the agent who asked for so much.
 * @throws SpecFault for a mistake in the specification, and when the world's own timers cost too much together
 */
export function advanceWorld(state: EpisodeState, now: number): void {
  const until = Math.min(now, deadlineOf(state))
  const left = { world: STRETCH_UNITS, dynamics: STRETCH_UNITS }
  for (let next = nextDue(state, until); next; next = nextDue(state, until)) {
    left[next.whose] = next.happen(left[next.whose] - LEAST_COST[next.whose])
    if (left.world < 0) throw new SpecFault('what happens by itself costs too much together')
    requireFits(state)
  }
}

function nextDue(state: EpisodeState, until: number): Due | undefined {
  const { overlay, dynamicsState, dynamics, scenario } = state
  let first: Due | undefined
  const isFirst = (due: number) => due <= until && (!first || due < first.due)
  const timer = overlay.timers[0]
  if (timer && isFirst(timer.due - scenario.world.epoch)) first = { due: timer.due - scenario.world.epoch, whose: 'world', happen: (left) => fireTimer(state, timer, left) }
  const effect = dynamicsState.effects[0]
  if (effect && isFirst(effect.due)) first = { due: effect.due, whose: 'dynamics', happen: (left) => takeLateEffect(state, effect, left) }
  if (!dynamics.events.length || until < (dynamicsState.eventsDue ?? 0)) return first
  const odds = oddsOf(state)
  dynamicsState.eventsDue = Infinity
  for (const entry of dynamics.events) {
    const due = entry.hooks.event!.due(dynamicsState, odds)
    if (due !== undefined) dynamicsState.eventsDue = Math.min(dynamicsState.eventsDue, due)
    if (due !== undefined && isFirst(due)) first = { due, whose: 'dynamics', happen: (left) => takeWorldEvent(state, entry, due, until, left) }
  }
  return first
}

function fireTimer(state: EpisodeState, next: WaitingTimer, left: number): number {
  const { world } = state.scenario
  state.overlay.takeTimer()
  const timer = world.timers.get(next.name)
  if (!timer) throw new SpecFault(`no timer '${next.name}'`)
  const index = state.log.length
  const tx = new Transaction(baseOf(state), state.overlay)
  const rest = runTimer(timer, next, tx, keyOf(['timer', state.identity.seed, next.order]), left)
  const { changes, emitted } = tx.commit('world', index)
  if (timer.repeat !== undefined) state.overlay.addTimer(next.due + timer.repeat, next.name, next.args)
  const at = next.due - world.epoch
  if (changes.length) noteChange(state, at, true)
  state.log.push({ type: 'timer', index, timer: next.name, at, changes, ...(emitted.length && { emits: [...emitted] }), ...noteBroken(state, changes, at) })
  deliver(state, emitted)
  return rest
}
