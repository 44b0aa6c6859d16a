/** Answers from outside that a journal holds, of the simulated user and of live servers: taken in order when the same frame asks again. */
import type { ServedReply } from '../../protocol/cassette.ts'
import type { UserAnswer } from '../../protocol/user-answer.ts'
import { GymError } from '../core/gym-error.ts'
import type { JournalEntry } from './episode-state.ts'

/** Answers of entries that name no frame: nobody else spoke to the user. */
const ANY = ''

type Queues<T> = Map<string, T[]>

function add<T>(queues: Queues<T>, path: string, answer: T): void {
  const waiting = queues.get(path)
  if (waiting) waiting.push(answer)
  else queues.set(path, [answer])
}

export class Replay {
  readonly #users: Queues<UserAnswer> = new Map()
  readonly #served: Queues<ServedReply> = new Map()

  constructor(entries: Iterable<JournalEntry>) {
    for (const entry of entries) {
      if ('user' in entry) add(this.#users, entry.frame ?? ANY, entry.user)
      if ('served' in entry) add(this.#served, entry.frame ?? ANY, entry.served as ServedReply)
    }
  }

  /** What the user answered to a frame; undefined asks the user. What was answered when there was but one frame came first. */
  take(frame: string): UserAnswer | undefined {
    return this.#users.get(ANY)?.shift() ?? this.#users.get(frame)?.shift()
  }

  /** What a live server answered to a frame. @throws GymError GYM_SNAPSHOT_INVALID where the journal has no answer */
  takeServed(frame: string): ServedReply {
    const reply = this.#served.get(ANY)?.shift() ?? this.#served.get(frame)?.shift()
    if (!reply) throw new GymError('GYM_SNAPSHOT_INVALID', 'the journal lacks the answer of a live server', { path: 'snapshot.journal' })
    return reply
  }

  /** @throws GymError GYM_SNAPSHOT_INVALID when answers are left that nobody asked for */
  requireDone(): void {
    const isLeft = (queues: Queues<unknown>): boolean => [...queues.values()].some((waiting) => waiting.length > 0)
    if (isLeft(this.#users)) throw new GymError('GYM_SNAPSHOT_INVALID', 'the user answers where nobody spoke to the user', { path: 'snapshot.journal' })
    if (isLeft(this.#served)) throw new GymError('GYM_SNAPSHOT_INVALID', 'a live server answers where nobody called it', { path: 'snapshot.journal' })
  }
}
