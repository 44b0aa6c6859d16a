/** Tasks that dynamics made impossible: a permanent fault on a tool that the task needs, which the agent met. */
import { USER_FRAME } from '../../protocol/event.ts'
import type { EpisodeView } from '../episode/task.ts'
import { meantBy, witnessTools } from './agent-call.ts'

/** Whether the agent met what nothing gets past, on a tool that the witness calls: saying so is then the success. */
export function metTheImpossible({ events, task }: EpisodeView): boolean {
  const needed = new Set(witnessTools(task))
  return events.some((event) => event.type === 'call' && event.frame !== USER_FRAME && event.faults.some(({ unable }) => unable) && needed.has(meantBy(event).tool))
}
