/** An episode that somebody plays: its engine, how it was opened, and when it was last used. */
import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type { Action } from '../../protocol/action.ts'
import type { ServedReply } from '../../protocol/cassette.ts'
import type { ResetResult } from '../../protocol/methods.ts'
import { canonicalJson, NotCanonical } from '../core/canonical-json.ts'
import { GymError } from '../core/gym-error.ts'
import type { Episode } from '../episode/episode.ts'
import type { StepOutcome } from '../episode/step-outcome.ts'
import { readAction } from '../episode/turn-action.ts'
import { Cast } from '../policy/cast.ts'

export type Opening = z.infer<typeof ResetResult>

type Luck = 'same' | 'fresh'

/** How an episode came into being. */
export type Origin = {
  /** Whose token opened it. */
  readonly principal: string
  readonly createdAt: number
  /** Journal entries that it was opened with. */
  openedWith: number
  /** Forks taken before it was rebuilt. */
  readonly forks?: number
}

/** How far an episode's journal has been handed to the store. */
export type Trace = {
  /** The store's epoch in which it was last written whole. */
  readonly epoch: number
  /** Where the journal goes on in the event log. */
  position: number
  entries: number
  /** The store's mark of the last operation. */
  mark: number
  ended: boolean
}

/** A copy of the engine, and how much of its journal it shares with its parent. */
export type Branch = { readonly episode: Episode; readonly shared: { readonly entries: number; readonly position: number } }

export class LiveEpisode {
  readonly id: string
  readonly episode: Episode
  /** Who plays the agents that the trainer does not play; undefined where there are none. */
  readonly cast: Cast | undefined
  /** Set while built-in policies have turns that take long: later calls stand behind it. */
  busy: Promise<void> | undefined
  /** Real milliseconds to sleep for each virtual one; 0 never sleeps. */
  readonly pace: number
  readonly origin: Origin
  /** Where the store is with it; undefined while nothing of it is kept. */
  trace: Trace | undefined
  /** An answer on this episode that waits for the store: later ones stand behind it. */
  #waiting: Promise<void> | undefined
  /** The request_key entry that created it, if any. */
  requestKey: string | undefined
  /** Server time of the last call; idle episodes are reaped by it. */
  usedAt: number
  /** What the registry has counted of its weight. */
  weighed = 0
  /** Answers that the transport still holds back (`time: real`); such an episode is not idle. */
  held = 0
  /** Cancels the sleeps of held answers; most episodes never sleep and have none. */
  #closing: AbortController | undefined
  /** Forks taken so far, at whatever seq: each gets a number of its own, so that fresh futures never repeat. */
  #forks: number
  /** The last earlier seq that was forked at, replayed. */
  #trunk: (Branch & { seq: number }) | undefined

  constructor(id: string, episode: Episode, pace: number, usedAt: number, origin: Origin) {
    this.id = id
    this.episode = episode
    this.cast = Cast.for(episode)
    this.pace = pace
    this.usedAt = usedAt
    this.origin = origin
    this.#forks = origin.forks ?? 0
  }

  /** The answer to env/reset, or what stands for it after a fork or a restore. */
  get opening(): Opening {
    return openingOf(this.id, this.episode)
  }

  /** Lets an answer wait for the store, and all later ones behind it. */
  waitBehind(kept: Promise<void> | undefined): Promise<void> | undefined {
    const before = this.#waiting
    if (before === undefined) return kept
    return kept === undefined ? before : before.then(() => kept)
  }

  /** The next answers wait for this one, whatever becomes of it. */
  holdBack(kept: Promise<void>): void {
    const settled = kept.catch(() => {}).then(() => {
      if (this.#waiting === settled) this.#waiting = undefined
    })
    this.#waiting = settled
  }

  get forks(): number {
    return this.#forks
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
   * @param answers of live servers, where there are any
   * @throws GymError GYM_SEQ_GAP, GYM_SEQ_CONFLICT, GYM_EPISODE_ENDED, GYM_UNKNOWN_FRAME
   */
  step(actions: readonly Action[], seq: number | undefined, answers: readonly ServedReply[] = []): { outcome: StepOutcome; seq: number; repeated: boolean } {
    const next = this.episode.seq + 1
    if (seq === undefined || seq === next) return { outcome: this.episode.step(actions, answers), seq: next, repeated: false }
    if (seq > next) throw new GymError('GYM_SEQ_GAP', `seq ${seq} leaves a gap: the next one is ${next}`, { path: 'params.seq', expected: next })
    return { outcome: this.#repeat(actions, seq), seq, repeated: true }
  }

  /** Answers are not kept: the journal has the action, and playing it again gives the same answer. */
  #repeat(actions: readonly Action[], seq: number): StepOutcome {
    const before = this.episode.actionsOf(seq)
    if (before.length !== actions.length || !before.every((one, i) => isSameAction(one, readAction(actions[i]!, 0).journal))) {
      throw new GymError('GYM_SEQ_CONFLICT', `seq ${seq} was already used for another action`, { path: 'params.seq', expected: this.episode.seq + 1 })
    }
    return seq === this.episode.seq ? this.episode.last : this.#earlier(seq).episode.last
  }

  /**
   * A copy of the engine at the present or at an earlier seq.
   * @throws GymError GYM_INVALID_PARAMS when `at` lies in the future
   */
  fork(at: number | undefined, luck: Luck): Branch {
    const present = this.episode.seq
    const seq = at ?? present
    if (seq > present) throw new GymError('GYM_INVALID_PARAMS', `at ${seq} lies ahead: the last seq is ${present}`, { path: 'params.at', expected: `at most ${present}` })
    const trunk = seq === present ? this.#present() : this.#earlier(seq)
    const episode = trunk.episode.fork(luck, this.#forks)
    this.#forks += 1
    return { episode, shared: trunk.shared }
  }

  #present(): Branch {
    const { entries, position } = this.trace ?? { entries: 0, position: 0 }
    return { episode: this.episode, shared: { entries, position } }
  }

  /** Whether an earlier seq would have to be played again before it can be used. */
  mustReturnTo(seq: number): boolean {
    return seq < this.episode.seq && this.#trunk?.seq !== seq
  }

  /** Plays up to an earlier seq a little at a time, so that the next use of it costs nothing. */
  * returnTo(seq: number): Generator<void, void> {
    const episode = yield* this.episode.rewindStepwise(seq)
    const { entries, next } = episode.journalFrom(0)
    this.#trunk = { seq, episode, shared: { entries: entries.length, position: next } }
  }

  #earlier(seq: number): Branch {
    if (this.mustReturnTo(seq)) for (const _ of this.returnTo(seq));
    return this.#trunk!
  }
}

/** What a reset answers, or stands for it. */
export function openingOf(id: string, { last, info, seq }: Episode): Opening {
  const { observation, observations, reward, terminated, truncated } = last
  const ended = seq === 0 && (terminated || truncated) ? { ended: { reward, terminated, truncated, info: last.info } } : {}
  return { episode: id, observation, ...(observations && { observations }), info, ...ended }
}

/** A journal that went through a file spells numbers as JSON does: -0 is 0 there; the engine may have added the frame. */
function isSameAction(kept: Action, b: Action): boolean {
  const { frame, ...rest } = kept
  const a = b.frame === undefined ? rest : { ...rest, frame }
  if (isDeepStrictEqual(a, b)) return true
  try {
    return canonicalJson(a) === canonicalJson(b)
  } catch (error) {
    if (error instanceof NotCanonical) return false
    throw error
  }
}
