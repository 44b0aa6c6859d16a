/** The journal of an episode: what came from outside, in order, so that it can be played again. */
import type { Action } from '../../protocol/action.ts'
import type { Snapshot } from '../../protocol/identity.ts'
import type { UserAnswer } from '../../protocol/user-answer.ts'

type Entry = Snapshot['journal'][number]

/** The actions, the user's answers and the forks of an event log; of a public log the answers lack their private part. */
export function journalOf(events: readonly Readonly<Record<string, unknown>>[]): Entry[] {
  return events.flatMap((event): Entry[] => {
    switch (event.type) {
      case 'turn': return [{ action: event.action as Action }]
      case 'user': return [{ user: answerOf(event) }]
      case 'fork': return [{ fork: { child: event.child as number, luck: event.luck as number } }]
      default: return []
    }
  })
}

const FIELDS = ['said', 'leaves', 'taken', 'did', 'memory'] as const satisfies readonly (keyof UserAnswer)[]

function answerOf(event: Readonly<Record<string, unknown>>): UserAnswer {
  return Object.fromEntries(FIELDS.filter((name) => event[name] !== undefined).map((name) => [name, event[name]])) as UserAnswer
}
