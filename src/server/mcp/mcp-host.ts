/** Makes surfaces of episodes for whoever serves MCP, over HTTP or on a pipe. */
import type { Caller, Gym } from '../gym.ts'
import { Session as Native } from '../session.ts'
import { Desk } from './desk.ts'
import { ask, EpisodePort } from './episode-port.ts'
import { type AfterStep, EpisodeSurface } from './episode-surface.ts'

/** Desks that are kept although nobody used them for long: a client may hold an address without asking anything. */
const IDLE_MS = 900_000

export class McpHost {
  readonly gym: Gym
  readonly #desks = new Map<string, Desk>()
  readonly #closing = new AbortController()

  constructor(gym: Gym) {
    this.gym = gym
  }

  /** Aborted when the server goes down. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** What the clients of an episode have in common. */
  deskOf(episode: string): Desk {
    const now = this.gym.clock.now()
    let desk = this.#desks.get(episode)
    if (!desk) this.#desks.set(episode, (desk = new Desk(episode, now)))
    desk.usedAt = now
    return desk
  }

  /** An episode as a caller sees it; who plays is shown nothing that is private, whatever token it has. */
  surfaceOf(episode: string, caller: Caller, after?: AfterStep): EpisodeSurface {
    return new EpisodeSurface(new EpisodePort(this.#native(caller), episode, this.closing), this.deskOf(episode), after)
  }

  /** Calls a method of the native dialect. @throws GymError as the method does */
  async ask<R>(method: string, params: unknown, caller: Caller): Promise<R> {
    return (await ask<R>(this.#native(caller), method, params, this.closing)).result
  }

  #native({ principal }: Caller): Native {
    return new Native(this.gym, { privileged: false, principal })
  }

  /** Whether an episode is in memory, only in the store, or cannot be played any more. */
  fateOf(episode: string): 'used' | 'parked' | 'gone' {
    if (this.gym.episodes.has(episode)) return 'used'
    return this.gym.keeper?.store.has(episode) ? 'parked' : 'gone'
  }

  /** Forgets desks that nobody uses. */
  reap(): void {
    const before = this.gym.clock.now() - IDLE_MS
    for (const [episode, desk] of this.#desks) {
      // Who still listens to an episode that is gone waits for nothing.
      if (this.fateOf(episode) !== 'gone' && (!desk.isQuiet || desk.usedAt >= before)) continue
      this.#desks.delete(episode)
      void desk.handler?.close()
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all([...this.#desks.values()].map(({ handler }) => handler?.close()))
  }
}
