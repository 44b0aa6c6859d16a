/** The journal of an episode, read off its event log: what came from outside, so that it can be played again. */
import type { Action } from '../../protocol/action.ts'
import type { ServedReply } from '../../protocol/cassette.ts'
import type { UserAnswer } from '../../protocol/user-answer.ts'
import type { JournalEntry } from './episode-state.ts'
import { WORKFLOW_PLAYER } from './workflow-player.ts'

type Loose = Readonly<Record<string, unknown>>

/**
 * The actions, the user's answers and the forks of an event log, in the order in which they came: what was held stands
 * later in the log. Of a public log the answers lack their private part.
 */
export function journalOf(events: readonly Loose[]): JournalEntry[] {
  const isTeam = events.some(({ type }) => type === 'frame')
  let turns = 0
  const placed = events.flatMap((event): { entry: JournalEntry; after: number }[] => {
    switch (event.type) {
      case 'turn': return event.player === WORKFLOW_PLAYER ? [] : [{ entry: turnEntry(event, isTeam), after: given(event, turns++) }]
      case 'call': case 'effect': return event.served === undefined ? [] : [{ entry: { served: event.served as ServedReply, ...(isTeam && { frame: (event.frame ?? events[event.call as number]!.frame) as string }) }, after: turns }]
      case 'user': return [{ entry: { user: answerOf(event), ...(isTeam && { frame: event.frame as string }) }, after: turns }]
      // Before what was given next.
      case 'fork': return [{ entry: { fork: { child: event.child as number, luck: event.luck as number } }, after: given(event, turns) - 0.5 }]
      case 'end': return ((event.held ?? []) as Loose[]).map((one) => ({ entry: turnEntry({ ...one, frame: (one.action as Action).frame }, true), after: one.given as number }))
      default: return []
    }
  })
  return placed.sort((a, b) => a.after - b.after).map(({ entry }) => entry)
}

function given({ given: before }: Loose, turns: number): number {
  return (before as number | undefined) ?? turns
}

function turnEntry({ action, frame, seq, player }: Loose, isTeam: boolean): JournalEntry {
  if (!isTeam) return { action: action as Action }
  return { action: { ...(action as Action), frame: frame as string }, seq: seq as number, ...(player !== undefined && { player: player as string }) }
}

const FIELDS = ['said', 'leaves', 'taken', 'did', 'memory'] as const satisfies readonly (keyof UserAnswer)[]

function answerOf(event: Loose): UserAnswer {
  return Object.fromEntries(FIELDS.filter((name) => event[name] !== undefined).map((name) => [name, event[name]])) as UserAnswer
}
