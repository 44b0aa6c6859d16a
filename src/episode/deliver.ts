/** Messages of the world to its actors, and how much of an episode may be kept. */
import { SpecFault } from '../world/fault.ts'
import type { Emission } from '../world/transaction.ts'
import type { EpisodeState } from './episode-state.ts'

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

/** Messages that still fit among those that wait for the agent. */
export function roomForMail({ mail }: EpisodeState): number {
  return MOST_MAIL - mail.agent.length
}

/** How much an episode may keep in memory, in characters of its results and rows and bytes of its events, roughly. */
export const MOST_KEPT = 100_000_000

/** @throws SpecFault when what happened in an episode does not fit the memory that one may take */
export function requireFits({ log, overlay, dynamicsState }: EpisodeState): void {
  if (log.weight + overlay.weight + dynamicsState.weight > MOST_KEPT) throw new SpecFault(`the results and changes of the episode exceed ${MOST_KEPT / 1_000_000} MB`)
}
