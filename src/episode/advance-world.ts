/** What happens by itself while virtual time passes: timers fire, messages arrive, tools come and go. */
import type { ToolSchema } from '../../protocol/observation.ts'
import { keyOf } from '../core/keyed.ts'
import { CALL_UNITS } from '../world/evaluation.ts'
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
    requireFits(state)
  }
}

/** Messages that may wait for an actor. */
const MOST_MAIL = 10_000

/**
 * Puts messages where their actors will find them; a user who is never spoken to keeps the latest.
 * @throws SpecFault when too many come to the agent at once
 */
export function deliver(state: EpisodeState, emitted: readonly Emission[]): void {
  if (!emitted.length) return
  const agent = emitted.flatMap(({ to, text }) => (to === 'agent' ? [text] : []))
  const user = emitted.flatMap(({ to, text }) => (to === 'user' ? [text] : []))
  const { mail } = state
  if (mail.agent.length + agent.length > MOST_MAIL) throw new SpecFault(`more than ${MOST_MAIL} messages to the agent at once`)
  state.mail = { agent: agent.length ? [...mail.agent, ...agent] : mail.agent, user: user.length ? [...mail.user, ...user].slice(-MOST_MAIL) : mail.user }
}

/** How much an episode may keep in memory, in characters of its results and rows and bytes of its events, roughly. */
export const MOST_KEPT = 100_000_000

/** @throws SpecFault when what happened in an episode does not fit the memory that one may take */
export function requireFits({ log, overlay }: EpisodeState): void {
  if (log.weight + overlay.weight > MOST_KEPT) throw new SpecFault(`the results and changes of the episode exceed ${MOST_KEPT / 1_000_000} MB`)
}

/**
 * Whether a tool of the world exists for the agent now.
 * @throws SpecFault when finding out costs too much
 */
export function isVisible(state: EpisodeState, name: string): boolean {
  if (!state.scenario.root.tools.includes(name)) return false
  return looker(state)(name)
}

/** The tools of the world that exist for the agent now. @throws SpecFault when finding out costs too much */
export function visibleTools(state: EpisodeState): string[] {
  return state.scenario.root.tools.filter(looker(state))
}

/** Asks for several tools under one meter. */
function looker(state: EpisodeState): (name: string) => boolean {
  const { world } = state.scenario
  const meter = { left: CALL_UNITS }
  let view: Transaction | undefined
  return (name) => {
    const { visible } = world.tools.get(name)!
    return visible === undefined || visible((view ??= new Transaction(baseOf(state), state.overlay)), world.epoch + state.frame.clock, meter)
  }
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
  const isSeen = looker(state)
  const now = all.filter(({ name }) => !scenario.world.tools.has(name) || isSeen(name))
  const names = now.map(({ name }) => name)
  if (state.shown?.join() === names.join()) return undefined
  state.shown = names
  return now
}
