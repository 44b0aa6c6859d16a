/** The journal of an episode, read off its event log: what came from outside, so that it can be played again. */
import type { Action } from '../../protocol/action.ts'
import type { UserAnswer } from '../../protocol/user-answer.ts'
import type { JournalEntry } from './episode-state.ts'
import { WORKFLOW_PLAYER } from './workflow-player.ts'

/** The actions, the user's answers and the forks of an event log; of a public log the answers lack their private part. */
export function journalOf(events: readonly Readonly<Record<string, unknown>>[]): JournalEntry[] {
  const isTeam = events.some(({ type }) => type === 'frame')
  return events.flatMap((event): JournalEntry[] => {
    switch (event.type) {
      case 'turn': return event.player === WORKFLOW_PLAYER ? [] : [turnEntry(event, isTeam)]
      case 'user': return [{ user: answerOf(event), ...(isTeam && { frame: event.frame as string }) }]
      case 'fork': return [{ fork: { child: event.child as number, luck: event.luck as number } }]
      default: return []
    }
  })
}

function turnEntry({ action, frame, seq, player }: Readonly<Record<string, unknown>>, isTeam: boolean): JournalEntry {
  if (!isTeam) return { action: action as Action }
  return { action: { ...(action as Action), frame: frame as string }, seq: seq as number, ...(player !== undefined && { player: player as string }) }
}

const FIELDS = ['said', 'leaves', 'taken', 'did', 'memory'] as const satisfies readonly (keyof UserAnswer)[]

function answerOf(event: Readonly<Record<string, unknown>>): UserAnswer {
  return Object.fromEntries(FIELDS.filter((name) => event[name] !== undefined).map((name) => [name, event[name]])) as UserAnswer
}
