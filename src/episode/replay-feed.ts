/** Answers of the simulated user that a journal holds: taken in order when the same frame speaks to the user again. */
import type { UserAnswer } from '../../protocol/user-answer.ts'
import { GymError } from '../core/gym-error.ts'
import type { JournalEntry } from './episode-state.ts'

/** Answers of entries that name no frame: nobody else spoke to the user. */
const ANY = ''

export class Replay {
  readonly #waiting = new Map<string, UserAnswer[]>()

  constructor(entries: Iterable<JournalEntry>) {
    for (const entry of entries) {
      if (!('user' in entry)) continue
      const path = entry.frame ?? ANY
      const waiting = this.#waiting.get(path)
      if (waiting) waiting.push(entry.user)
      else this.#waiting.set(path, [entry.user])
    }
  }

  /** What the user answered to a frame; undefined asks the user. What was answered when there was but one frame came first. */
  take(frame: string): UserAnswer | undefined {
    return this.#waiting.get(ANY)?.shift() ?? this.#waiting.get(frame)?.shift()
  }

  /** @throws GymError GYM_SNAPSHOT_INVALID when answers are left that nobody asked for */
  requireDone(): void {
    if ([...this.#waiting.values()].some((waiting) => waiting.length)) throw new GymError('GYM_SNAPSHOT_INVALID', 'the user answers where nobody spoke to the user', { path: 'snapshot.journal' })
  }
}
