/**
 * The live servers of all episodes: one for each episode that calls one, started when it is first asked, ended with the
 * episode. Where too many run, the one that was asked least lately is ended before: its episode's next call starts
 * another in the state of the rows, so whoever opens many episodes keeps nobody else from theirs.
 */
import type { ServedReply } from '../../../protocol/cassette.ts'
import { GymError } from '../../core/gym-error.ts'
import { nearest } from '../../core/nearest.ts'
import type { CompiledScenario } from '../../episode/compiled-scenario.ts'
import type { ServedCall } from '../../episode/live-tools.ts'
import type { Clock } from '../clock.ts'
import type { AllowedServer, AllowedServers } from './allowed-servers.ts'
import type { LiveEpisode } from '../live-episode.ts'
import { LiveServer } from './live-server.ts'

/** Servers that may run at once, where the operator says nothing else. */
export const LIVE_SERVERS = 64
const RETRY_AFTER_MS = 2000

export class ToolServers {
  readonly #allowed: AllowedServers
  readonly #clock: Clock
  readonly #most: number
  /** By episode; the one that was asked least lately first. */
  readonly #running = new Map<string, LiveServer>()

  constructor(allowed: AllowedServers, clock: Clock, most = LIVE_SERVERS) {
    this.#allowed = allowed
    this.#clock = clock
    this.#most = most
  }

  get running(): number {
    return this.#running.size
  }

  /**
   * Makes sure that a scenario may be played with its live server.
   * @throws GymError GYM_FORBIDDEN where the operator does not allow it
   */
  requireAllowed({ name, world }: CompiledScenario, isRegistered: boolean): AllowedServer {
    const path = 'params.options.tools'
    const server = world.spec.server?.name ?? ''
    // Whoever registers a specification must not choose what is started here.
    if (isRegistered) throw new GymError('GYM_FORBIDDEN', `${name} came over the wire: its tools are only ever answered by its recording`, { path, expected: 'recorded' })
    const allowed = this.#allowed.get(server)
    if (!allowed) throw new GymError('GYM_FORBIDDEN', `this server allows no live server '${server}'`, { path, nearest: nearest(server, this.#allowed.keys()), expected: 'recorded, or an entry of that name in the operator\'s --tool-servers file' })
    return allowed
  }

  /**
   * Answers a call of an episode.
   * @throws GymError GYM_CAPACITY when too many run that are busy or cannot be brought back, GYM_FORBIDDEN
   */
  async answer(live: LiveEpisode, call: ServedCall): Promise<ServedReply> {
    const { id, closed } = live
    let server = this.#running.get(id)
    let room: Promise<void> | undefined
    if (server) this.#running.delete(id)
    else {
      server = this.#serverOf(live)
      room = this.#makeRoom()
      closed.addEventListener('abort', () => this.close(id), { once: true })
    }
    // Whoever is set anew comes last.
    this.#running.set(id, server)
    return server.answer(call, room)
  }

  /** Ends the server of an episode, if it has one. */
  close(episode: string): void {
    const server = this.#running.get(episode)
    if (!server) return
    this.#running.delete(episode)
    void server.close()
  }

  async closeAll(): Promise<void> {
    const all = [...this.#running.values()]
    this.#running.clear()
    await Promise.all(all.map((server) => server.close()))
  }

  #serverOf({ episode: { scenario } }: LiveEpisode): LiveServer {
    const { state } = scenario.world.spec.server!
    return new LiveServer({ allowed: this.requireAllowed(scenario, false), mirror: state, first: firstOf(scenario), clock: this.#clock })
  }

  /** Ends a server where one more would be too many; what it returns ends when that one's process has. */
  #makeRoom(): Promise<void> | undefined {
    if (this.#running.size < this.#most) return undefined
    for (const [id, server] of this.#running) {
      if (!server.canRest) continue
      this.#running.delete(id)
      return server.close()
    }
    throw new GymError('GYM_CAPACITY', `${this.#most} live servers are running, which is the most, and none of them can be put to rest now`, { limit: this.#most, retry_after_ms: RETRY_AFTER_MS })
  }
}

/** Name of the state in which a server begins that is known by its calls. */
function firstOf(scenario: CompiledScenario): string | undefined {
  const { calls } = scenario.world.spec.server?.state ?? {}
  if (!calls) return undefined
  const [row] = scenario.baseOf(0).rows(scenario.world.positionOf(calls.table))
  return String(row?.[calls.column])
}
