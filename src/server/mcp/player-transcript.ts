/** What a player did and was answered: no more of the log than it could have written down itself. */
import { type Event, USER_FRAME } from '../../../protocol/event.ts'

/**
 * The player's own turns with their calls, what the user said, and the end. What the world did by itself, what others
 * did, luck and dynamics are left out.
 * @param events as an unprivileged caller may read them
 */
export function playerTranscript(events: readonly Event[]): Record<string, unknown>[] {
  const turns = new Set<number>()
  return events.flatMap((event): Record<string, unknown>[] => {
    switch (event.type) {
      case 'reset': {
        const { scenario, task, seed } = event.identity
        return [{ type: 'reset', index: event.index, scenario, task, seed, frame: event.frame, instruction: event.instruction }]
      }
      case 'turn':
        if (event.player !== undefined) return []
        turns.add(event.index)
        return [event]
      case 'call': return turns.has(event.turn) && event.frame !== USER_FRAME ? [event] : []
      case 'user': return turns.has(event.turn) ? [event] : []
      case 'end': return [event]
      default: return []
    }
  })
}
