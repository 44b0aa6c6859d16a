/** All live episodes of a server: a bounded number, each under 128 random bits, reaped when nobody uses them. */
import { randomBytes } from 'node:crypto'
import { GymError } from '../core/gym-error.ts'
import type { Clock } from './clock.ts'
import type { LiveEpisode } from './live-episode.ts'
import { RequestKeys } from './request-keys.ts'

type Dynamics = LiveEpisode['episode']['dynamics']

export type Bounds = {
  /** The most episodes alive at once. */
  readonly episodes: number
  /** After how many real milliseconds without a call an episode is reaped; 0 never. */
  readonly idleMs: number
}

/** What all live episodes together may keep of their results, rows and events, in characters and bytes. */
const MOST_WEIGHT = 1_000_000_000
/** An episode up to this weight is always stepped. */
const LIGHT = 1_000_000

const RETRY_FLOOR_MS = 250
const RETRY_CEILING_MS = 5000

export class EpisodeRegistry {
  readonly #live = new Map<string, LiveEpisode>()
  readonly #clock: Clock
  readonly bounds: Bounds
  readonly keys = new RequestKeys()
  /** Episodes that come back from the store, with how many calls stand in line for each. */
  readonly returning = new Map<string, number>()
  #nextReapAt = 0
  #weight = 0
  /** Dynamics that resets changed, with how many episodes are played under each: they share it. */
  readonly #changed = new Map<Dynamics, number>()

  constructor(bounds: Bounds, clock: Clock) {
    this.bounds = bounds
    this.#clock = clock
  }

  get size(): number {
    return this.#live.size
  }

  /** 32 hexadecimal digits that nobody can guess. */
  newId(): string {
    return randomBytes(16).toString('hex')
  }

  /**
   * Makes sure that so many more fit.
   * @throws GymError GYM_CAPACITY with `retry_after_ms`
   */
  reserve(count: number): void {
    this.#requireWeight()
    const limit = this.bounds.episodes
    if (this.#live.size + count <= limit) return
    const soonest = this.#nextReapAt - this.#clock.now()
    const retry_after_ms = Math.min(Math.max(soonest, RETRY_FLOOR_MS), RETRY_CEILING_MS)
    throw new GymError('GYM_CAPACITY', `the server holds ${this.#live.size} of at most ${limit} episodes`, { limit, retry_after_ms })
  }

  add(live: LiveEpisode): void {
    this.#live.set(live.id, live)
    this.#countDynamics(live.episode.dynamics, 1)
    this.weigh(live)
  }

  #countDynamics(dynamics: Dynamics, by: 1 | -1): void {
    if (!dynamics.weight) return
    const before = this.#changed.get(dynamics) ?? 0
    const now = before + by
    if (now > 0) this.#changed.set(dynamics, now)
    else this.#changed.delete(dynamics)
    if (before === 0 || now === 0) this.#weight += by * dynamics.weight
  }

  /** Counts what an episode has come to weigh. */
  weigh(live: LiveEpisode): void {
    if (!this.#live.has(live.id)) return
    const { weight } = live.episode
    this.#weight += weight - live.weighed
    live.weighed = weight
  }

  /**
   * Makes sure that a heavy episode does not grow while all together weigh too much; light ones go on.
   * @throws GymError GYM_CAPACITY
   */
  requireRoom(live: LiveEpisode): void {
    if (live.weighed > LIGHT) this.#requireWeight()
  }

  #requireWeight(): void {
    if (this.#weight <= MOST_WEIGHT) return
    throw new GymError('GYM_CAPACITY', `what the episodes of this server did takes more than ${MOST_WEIGHT / 1e6} MB; close some, the long ones first`, { limit: MOST_WEIGHT, retry_after_ms: RETRY_CEILING_MS })
  }

  has(id: string): boolean {
    return this.#live.has(id)
  }

  /**
   * The episode, marked as used now.
   * @throws GymError GYM_UNKNOWN_EPISODE
   */
  use(id: string): LiveEpisode {
    const live = this.#live.get(id)
    if (!live) throw new GymError('GYM_UNKNOWN_EPISODE', 'no such episode: it never existed, was closed, or was reaped after being idle', { path: 'params.episode' })
    live.usedAt = this.#clock.now()
    return live
  }

  /** When an episode was last used; undefined for one that is not here. Looking is no use. */
  usedAt(id: string): number | undefined {
    return this.#live.get(id)?.usedAt
  }

  /** Frees an episode's memory; false when there was none. */
  release(id: string): boolean {
    const live = this.#live.get(id)
    if (!live) return false
    this.#live.delete(id)
    this.#weight -= live.weighed
    this.#countDynamics(live.episode.dynamics, -1)
    if (live.requestKey !== undefined) this.keys.release(live.requestKey)
    live.close()
    return true
  }

  /** Frees what has been idle for too long and may leave. */
  reap(mayLeave: (live: LiveEpisode) => boolean): void {
    if (this.bounds.idleMs === 0) return
    const now = this.#clock.now()
    let next = Infinity
    for (const live of this.#live.values()) {
      const due = live.usedAt + this.bounds.idleMs
      if (due <= now && live.held === 0 && mayLeave(live)) this.release(live.id)
      else next = Math.min(next, due)
    }
    this.#nextReapAt = next
  }

  releaseAll(): void {
    for (const id of this.#live.keys()) this.release(id)
  }
}
