/** What happens by itself while virtual time passes: timers fire, messages arrive, tools come and go. */
import type { ToolSchema } from '../../protocol/observation.ts'
import { keyOf } from '../core/keyed.ts'
import { SpecFault } from '../world/fault.ts'
import { runTimer, STRETCH_UNITS } from '../world/timer.ts'
import { type Emission, Transaction } from '../world/transaction.ts'
import { baseOf, type EpisodeState } from './episode-state.ts'

/**
 * Fires the timers that are due by the frame's clock, each as a transaction of its own.
 * @throws SpecFault for a mistake in the specification, and when they cost too much together
 */
export function advanceWorld(state: EpisodeState): void {
  const { world } = state.scenario
  const until = world.epoch + state.frame.clock
  let left = STRETCH_UNITS
  for (let next = state.overlay.timers[0]; next && next.due <= until; next = state.overlay.timers[0]) {
    state.overlay.takeTimer()
    const timer = world.timers.get(next.name)
    if (!timer) throw new SpecFault(`no timer '${next.name}'`)
    const index = state.log.length
    const tx = new Transaction(baseOf(state), state.overlay)
    // A firing costs something even when it does nothing, so that no storm is free.
    left = runTimer(timer, next, tx, keyOf(['timer', state.identity.seed, next.order]), left - 100)
    const { changes, emitted } = tx.commit('world', index)
    if (timer.repeat !== undefined) state.overlay.addTimer(next.due + timer.repeat, next.name, next.args)
    state.log.push({ type: 'timer', index, timer: next.name, at: next.due - world.epoch, changes, ...(emitted.length && { emits: [...emitted] }) })
    deliver(state, emitted)
  }
}

/** Puts messages where their actors will find them. */
export function deliver(state: EpisodeState, emitted: readonly Emission[]): void {
  for (const { to, text } of emitted) state.mail = { ...state.mail, [to]: [...state.mail[to], text] }
}

/** Whether a tool of the world exists for the agent now. */
export function isVisible(state: EpisodeState, name: string): boolean {
  const { root, world } = state.scenario
  if (!root.tools.includes(name)) return false
  const { visible } = world.tools.get(name)!
  return visible === undefined || visible(new Transaction(baseOf(state), state.overlay), world.epoch + state.frame.clock)
}

/** The tools that the agent has now, when they are not those it was last shown. */
export function changedTools(state: EpisodeState): ToolSchema[] | undefined {
  const { scenario, task } = state
  const all = scenario.toolsFor(task.template)
  if (!scenario.hasHiddenTools) {
    if (state.shown) return undefined
    state.shown = all.map(({ name }) => name)
    return [...all]
  }
  const now = all.filter(({ name }) => !scenario.world.tools.has(name) || isVisible(state, name))
  const names = now.map(({ name }) => name)
  if (state.shown?.join() === names.join()) return undefined
  state.shown = names
  return now
}
