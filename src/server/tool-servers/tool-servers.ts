/** The live servers of all episodes: one for each episode that calls one, started when it is first asked, ended with the episode. */
import type { ServedReply } from '../../../protocol/cassette.ts'
import { GymError } from '../../core/gym-error.ts'
import { nearest } from '../../core/nearest.ts'
import type { CompiledScenario } from '../../episode/compiled-scenario.ts'
import type { ServedCall } from '../../episode/live-tools.ts'
import type { Clock } from '../clock.ts'
import type { AllowedServer, AllowedServers } from './allowed-servers.ts'
import type { LiveEpisode } from '../live-episode.ts'
import { LiveServer } from './live-server.ts'

/** Servers that may run at once. */
const MOST_RUNNING = 64

export class ToolServers {
  readonly #allowed: AllowedServers
  readonly #clock: Clock
  readonly #running = new Map<string, LiveServer>()

  constructor(allowed: AllowedServers, clock: Clock) {
    this.#allowed = allowed
    this.#clock = clock
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
   * @throws GymError GYM_CAPACITY when too many run, GYM_FORBIDDEN
   */
  async answer({ id, episode, closed }: LiveEpisode, call: ServedCall): Promise<ServedReply> {
    const { scenario } = episode
    let server = this.#running.get(id)
    if (!server) {
      if (this.#running.size >= MOST_RUNNING) throw new GymError('GYM_CAPACITY', `${MOST_RUNNING} live servers are running, which is the most`, { limit: MOST_RUNNING, retry_after_ms: 2000 })
      const { state } = scenario.world.spec.server!
      server = new LiveServer({ allowed: this.requireAllowed(scenario, false), mirror: state, first: firstOf(scenario), clock: this.#clock })
      this.#running.set(id, server)
      closed.addEventListener('abort', () => this.close(id), { once: true })
    }
    return server.answer(call)
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
}

/** Name of the state in which a server begins that is known by its calls. */
function firstOf(scenario: CompiledScenario): string | undefined {
  const { calls } = scenario.world.spec.server?.state ?? {}
  if (!calls) return undefined
  const [row] = scenario.baseOf(0).rows(scenario.world.positionOf(calls.table))
  return String(row?.[calls.column])
}
