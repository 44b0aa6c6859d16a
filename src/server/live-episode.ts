/** An episode that somebody plays: its engine, the answers it gave, and when it was last used. */
import { isDeepStrictEqual } from 'node:util'
import type { Action } from '../../protocol/action.ts'
import type { ResetResult } from '../../protocol/methods.ts'
import type { z } from 'zod'
import { GymError } from '../core/gym-error.ts'
import type { Episode } from '../episode/episode.ts'
import type { StepOutcome } from '../episode/step-outcome.ts'

export type Opening = z.infer<typeof ResetResult>

/** What one step of the trainer was answered with; `reward` and verdict are unstripped. */
export type Recorded = { readonly action: Action; readonly outcome: StepOutcome }

export class LiveEpisode {
  readonly id: string
  readonly episode: Episode
  /** The answer to env/reset, or what stands for it after a fork or a restore. */
  readonly opening: Opening
  /** Real milliseconds to sleep for each virtual one; 0 never sleeps. */
  readonly pace: number
  /** The request_key entry that created it, if any. */
  requestKey: string | undefined
  /** Server time of the last call; idle episodes are reaped by it. */
  usedAt: number
  /** Answers that the transport still holds back (`time: real`); such an episode is not idle. */
  held = 0
  /** Cancels the sleeps of held answers when the episode is closed. */
  readonly #closing = new AbortController()
  /** Answers by seq, from `#first` on; a fork shares its parent's. */
  readonly #recorded: Recorded[]
  readonly #first: number
  /** Forks taken so far, at whatever seq: each gets a number of its own, so that fresh futures never repeat. */
  #forks = 0
  /** The last earlier seq that was forked at, replayed. */
  #trunk: { seq: number; episode: Episode; forks: number } | undefined
  #presentForks = 0

  constructor(parts: { id: string; episode: Episode; opening: Opening; pace: number; usedAt: number; recorded?: Recorded[]; first?: number }) {
    this.id = parts.id
    this.episode = parts.episode
    this.opening = parts.opening
    this.pace = parts.pace
    this.usedAt = parts.usedAt
    this.#recorded = parts.recorded ?? []
    this.#first = parts.first ?? 1
  }

  get closed(): AbortSignal {
    return this.#closing.signal
  }

  close(): void {
    this.#closing.abort()
  }

  /**
   * Takes one step, or finds the answer that this seq was given before.
   * @throws GymError GYM_SEQ_GAP, GYM_SEQ_CONFLICT, GYM_EPISODE_ENDED, GYM_UNKNOWN_FRAME
   */
  step(action: Action, seq: number | undefined): { outcome: StepOutcome; seq: number; repeated: boolean } {
    const next = this.episode.seq + 1
    if (seq !== undefined && seq !== next) {
      if (seq > next) throw new GymError('GYM_SEQ_GAP', `seq ${seq} leaves a gap: the next one is ${next}`, { path: 'params.seq', expected: next })
      return { outcome: this.#repeat(action, seq), seq, repeated: true }
    }
    const outcome = this.episode.step(action)
    this.#recorded.push({ action, outcome })
    return { outcome, seq: next, repeated: false }
  }

  #repeat(action: Action, seq: number): StepOutcome {
    const recorded = this.#recorded[seq - this.#first]
    const expected = this.episode.seq + 1
    if (!recorded) throw new GymError('GYM_SEQ_CONFLICT', `seq ${seq} was answered before this episode was restored here`, { path: 'params.seq', expected })
    if (!isDeepStrictEqual(recorded.action, action)) {
      throw new GymError('GYM_SEQ_CONFLICT', `seq ${seq} was already used for another action`, { path: 'params.seq', expected })
    }
    return recorded.outcome
  }

  /**
   * A copy of the engine at the present or at an earlier seq, with the answers up to there.
   * @throws GymError GYM_INVALID_PARAMS when `at` lies in the future
   */
  fork(at: number | undefined, luck: 'same' | 'fresh'): { episode: Episode; recorded: Recorded[]; first: number } {
    const present = this.episode.seq
    const seq = at ?? present
    if (seq > present) throw new GymError('GYM_INVALID_PARAMS', `at ${seq} lies ahead: the last seq is ${present}`, { path: 'params.at', expected: `at most ${present}` })
    const recorded = this.#recorded.slice(0, Math.max(0, seq - this.#first + 1))
    const episode = seq === present ? this.#forkPresent(luck) : this.#forkEarlier(seq, luck)
    this.#forks += 1
    return { episode, recorded, first: this.#first }
  }

  /** The engine numbers the forks of one object; forks at other seqs have taken numbers that it has to skip. */
  #forkPresent(luck: 'same' | 'fresh'): Episode {
    for (; this.#presentForks < this.#forks; this.#presentForks += 1) this.episode.fork('same')
    this.#presentForks += 1
    return this.episode.fork(luck)
  }

  #forkEarlier(seq: number, luck: 'same' | 'fresh'): Episode {
    if (this.#trunk?.seq !== seq) this.#trunk = { seq, episode: this.episode.rewind(seq), forks: 0 }
    const trunk = this.#trunk
    for (; trunk.forks < this.#forks; trunk.forks += 1) trunk.episode.fork('same')
    trunk.forks += 1
    return trunk.episode.fork(luck)
  }
}
