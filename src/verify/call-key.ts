/** When two calls are the same call: one tool, the same arguments in whatever order they were written. */
import { type CallEvent, type Event, USER_FRAME } from '../../protocol/event.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { meantBy } from './agent-call.ts'

const known = new WeakMap<CallEvent, string>()

/** What a call has in common with its repetitions, however the tool was shown. */
export function callKey(event: CallEvent): string {
  let key = known.get(event)
  if (key === undefined) {
    const { tool, arguments: args } = meantBy(event)
    known.set(event, (key = `${tool}\0${canonicalJson(args ?? null)}`))
  }
  return key
}

/** Calls of the agent, whatever became of them; what agents of a team tell each other is none. */
export function callsOfAgent(events: readonly Event[]): CallEvent[] {
  return events.flatMap((event) => (event.type === 'call' && event.frame !== USER_FRAME && !event.inner ? [event] : []))
}
