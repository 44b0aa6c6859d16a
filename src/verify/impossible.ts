/** Tasks that dynamics made impossible: a permanent fault on a tool that the task needs, which the agent met. */
import { USER_FRAME } from '../../protocol/event.ts'
import type { EpisodeView } from '../episode/task.ts'
import { declineOf, meantBy, witnessTools } from './agent-call.ts'

/**
 * Whether the agent declined after it had met what nothing gets past, on a tool that the witness calls: saying so is
 * then the success. What came in the turn that declined was not waited for: nobody may call everything and decline.
 */
export function metTheImpossible({ events, task }: EpisodeView): boolean {
  const declined = declineOf(events)?.turn ?? 0
  const needed = new Set(witnessTools(task))
  return events.some((event) => event.type === 'call' && event.frame !== USER_FRAME && event.turn < declined && event.faults.some(({ unable }) => unable) && needed.has(meantBy(event).tool))
}
