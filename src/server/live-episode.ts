/** An episode that somebody plays: its engine, the answers it gave, and when it was last used. */
import { isDeepStrictEqual } from 'node:util'
import type { Action } from '../../protocol/action.ts'
import type { ResetResult } from '../../protocol/methods.ts'
import type { z } from 'zod'
import { GymError } from '../core/gym-error.ts'
import type { Episode, StepOutcome } from '../episode/episode.ts'

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
  /** How often this episode was forked at an earlier seq, so that fresh forks never repeat. */
  readonly #trunks = new Map<number, Episode>()

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

  /** The last answer, or undefined before the first step (and right after a restore). */
  get last(): Recorded | undefined {
    return this.#recorded.at(-1)
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
   * @throws GymError GYM_SEQ_GAP when `at` lies in the future
   */
  fork(at: number | undefined, luck: 'same' | 'fresh'): { episode: Episode; recorded: Recorded[]; first: number } {
    const present = this.episode.seq
    const seq = at ?? present
    if (seq > present) throw new GymError('GYM_SEQ_GAP', `at ${seq} lies ahead: the last seq is ${present}`, { path: 'params.at', expected: present })
    const trunk = seq === present ? this.episode : this.#trunkAt(seq)
    return { episode: trunk.fork(luck), recorded: this.#recorded.slice(0, Math.max(0, seq - this.#first + 1)), first: this.#first }
  }

  #trunkAt(seq: number): Episode {
    let trunk = this.#trunks.get(seq)
    if (!trunk) {
      trunk = this.episode.rewind(seq)
      this.#trunks.set(seq, trunk)
    }
    return trunk
  }
}
