/** What a player did and was answered: no more of the log than it could have written down itself. */
import { type Event, USER_FRAME } from '../../../protocol/event.ts'

/**
 * The player's own turns with their calls, what the user said, and the end. What the world did by itself, what others
 * did, luck and dynamics are left out; entries are numbered anew, or gaps would tell that something was left out.
 * @param events as an unprivileged caller may read them
 */
export function playerTranscript(events: readonly Event[]): Record<string, unknown>[] {
  const entries: Record<string, unknown>[] = []
  /** Where the player's own turns are here, by their index in the log. */
  const turns = new Map<number, number>()
  const add = (entry: Record<string, unknown>): void => {
    entries.push({ ...entry, index: entries.length })
  }
  for (const event of events) {
    switch (event.type) {
      case 'reset': {
        const { scenario, task, seed } = event.identity
        add({ type: 'reset', scenario, task, seed, frame: event.frame, instruction: event.instruction })
        break
      }
      case 'turn':
        if (event.player !== undefined) break
        turns.set(event.index, entries.length)
        add(event)
        break
      case 'call':
        if (turns.has(event.turn) && event.frame !== USER_FRAME) add({ ...event, turn: turns.get(event.turn) })
        break
      case 'user':
        if (turns.has(event.turn)) add({ ...event, turn: turns.get(event.turn) })
        break
      case 'end':
        add(event)
        break
      default:
    }
  }
  return entries
}
