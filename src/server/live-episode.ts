/** An episode that somebody plays: its engine, how it was opened, and when it was last used. */
import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type { Action } from '../../protocol/action.ts'
import type { ResetResult } from '../../protocol/methods.ts'
import { GymError } from '../core/gym-error.ts'
import type { Episode } from '../episode/episode.ts'
import type { StepOutcome } from '../episode/step-outcome.ts'
import { readAction } from '../episode/turn-action.ts'

export type Opening = z.infer<typeof ResetResult>

type Luck = 'same' | 'fresh'

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
  /** Cancels the sleeps of held answers; most episodes never sleep and have none. */
  #closing: AbortController | undefined
  /** Forks taken so far, at whatever seq: each gets a number of its own, so that fresh futures never repeat. */
  #forks = 0
  /** The last earlier seq that was forked at, replayed. */
  #trunk: { seq: number; episode: Episode } | undefined

  constructor(id: string, episode: Episode, pace: number, usedAt: number) {
    this.id = id
    this.episode = episode
    this.opening = { episode: id, observation: episode.observation, info: episode.info }
    this.pace = pace
    this.usedAt = usedAt
  }

  /** Aborted when the episode is closed. */
  get closed(): AbortSignal {
    this.#closing ??= new AbortController()
    return this.#closing.signal
  }

  close(): void {
    // A sleep that has not begun yet asks later, so the signal has to be there; without real time nobody asks.
    if (this.pace > 0) this.#closing ??= new AbortController()
    this.#closing?.abort()
  }

  /**
   * Takes one step, or finds the answer that this seq was given before.
   * @throws GymError GYM_SEQ_GAP, GYM_SEQ_CONFLICT, GYM_EPISODE_ENDED, GYM_UNKNOWN_FRAME
   */
  step(action: Action, seq: number | undefined): { outcome: StepOutcome; seq: number; repeated: boolean } {
    const next = this.episode.seq + 1
    if (seq === undefined || seq === next) return { outcome: this.episode.step(action), seq: next, repeated: false }
    if (seq > next) throw new GymError('GYM_SEQ_GAP', `seq ${seq} leaves a gap: the next one is ${next}`, { path: 'params.seq', expected: next })
    return { outcome: this.#repeat(action, seq), seq, repeated: true }
  }

  /** Answers are not kept: the journal has the action, and playing it again gives the same answer. */
  #repeat(action: Action, seq: number): StepOutcome {
    const turn = this.episode.events().find((event) => event.type === 'turn' && event.seq === seq)
    if (turn?.type !== 'turn' || !isDeepStrictEqual(turn.action, readAction(action, 0).journal)) {
      throw new GymError('GYM_SEQ_CONFLICT', `seq ${seq} was already used for another action`, { path: 'params.seq', expected: this.episode.seq + 1 })
    }
    return seq === this.episode.seq ? this.episode.last : this.episode.rewind(seq).last
  }

  /**
   * A copy of the engine at the present or at an earlier seq.
   * @throws GymError GYM_INVALID_PARAMS when `at` lies in the future
   */
  fork(at: number | undefined, luck: Luck): Episode {
    const present = this.episode.seq
    const seq = at ?? present
    if (seq > present) throw new GymError('GYM_INVALID_PARAMS', `at ${seq} lies ahead: the last seq is ${present}`, { path: 'params.at', expected: `at most ${present}` })
    const episode = seq === present ? this.#forkPresent(luck) : this.#forkEarlier(seq, luck)
    this.#forks += 1
    return episode
  }

  #forkPresent(luck: Luck): Episode {
    return this.episode.fork(luck, this.#forks)
  }

  #forkEarlier(seq: number, luck: Luck): Episode {
    if (this.#trunk?.seq !== seq) this.#trunk = { seq, episode: this.episode.rewind(seq) }
    const trunk = this.#trunk
    return trunk.episode.fork(luck, this.#forks)
  }
}
