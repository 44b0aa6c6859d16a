/** Slips in what was made of answers: errors that were passed over, and ends without the answer that was asked for. */
import type { CallEvent } from '../../protocol/event.ts'
import type { EpisodeView } from '../episode/task.ts'
import { lateCommits, meantBy } from './agent-call.ts'
import { callsOfAgent } from './call-key.ts'
import type { Slip } from './slip.ts'

/** Finds them. */
export function slipsOfOutcomes(view: EpisodeView): Slip[] {
  return [...ignoredErrors(view), ...stoppedEarly(view)]
}

/**
 * A write was answered with an error in a turn before the last, it did not happen, and the agent ended with `finish`
 * without anything after it that could mean that it took notice: no call of a tool of the world, no word to the user,
 * no text as answer, which may tell of it.
 */
function ignoredErrors({ events, task, base: { world }, answer }: EpisodeView): Slip[] {
  const calls = callsOfAgent(events)
  const ending = calls.findLast(({ rejected }) => !rejected)
  if (ending?.tool !== 'finish' || ending.is_error || typeof answer?.json === 'string') return []
  const effectOf = (event: CallEvent) => world.tools.get(meantBy(event).tool)?.spec.effect
  const lastAct = Math.max(-1, ...calls.flatMap((event) => (effectOf(event) ? [event.turn] : [])))
  const talked = events.some((event) => event.type === 'user' && event.turn > lastAct)
  const late = lateCommits(events)
  if (talked || lastAct >= ending.turn) return []
  return calls.flatMap((event): Slip[] => {
    const failed = event.turn === lastAct && effectOf(event) === 'write' && event.is_error && !event.rejected && !event.committed && !late.has(event.index)
    return failed && !task.template.refusals.has(meantBy(event).tool) ? [{ category: 'ignored_error', events: [event.index, ending.index], pointer: '/content', about: event.content.slice(0, 200) }] : []
  })
}

/** A message without calls where there is nobody to talk to: it ends the episode, and the task wanted something else. */
function stoppedEarly({ events, task, answer, declined }: EpisodeView): Slip[] {
  const last = events.findLast((event) => event.type === 'turn')
  if (!last || task.template.user || declined || answer || last.action.tool_calls?.length) return []
  return typeof (last.action.content ?? last.action.text ?? '') === 'string' ? [{ category: 'premature_stop', events: [last.index], pointer: '/action', about: 'ended by a message' }] : []
}
