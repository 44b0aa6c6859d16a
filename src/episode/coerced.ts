/** Arguments of a step that were taken as another type than they were written in. */
import type { Event } from '../../protocol/event.ts'

/** By tool and place, in the order of the calls. */
export function coercedIn(events: readonly Event[]): string[] {
  return events.flatMap((event) => (event.type === 'call' && event.coerced ? event.coerced.map((note) => `${event.tool}: ${note}`) : []))
}
