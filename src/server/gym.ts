/** What all connections of a server share: the catalogue, the live episodes, the counters and the clock. */
import type { Catalogue } from '../compile/catalogue.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { GymError } from '../core/gym-error.ts'
import { nearest } from '../core/nearest.ts'
import type { Clock } from './clock.ts'
import { type Bounds, EpisodeRegistry } from './episode-registry.ts'
import { Tally } from './tally.ts'

/** Who is calling: `principal` keeps the request keys of different tokens apart. */
export type Caller = { readonly privileged: boolean; readonly principal: string }

export class Gym {
  readonly catalogue: Catalogue
  readonly clock: Clock
  readonly episodes: EpisodeRegistry
  readonly tally = new Tally()
  /** Version of the package, for `server/info`. */
  readonly version: string
  /** Told of every fault of ours, with the incident that the caller was given. */
  readonly report: (incident: string, error: unknown) => void
  /** Set when the server is going down: nothing new is begun. */
  closing = false

  constructor(parts: { catalogue: Catalogue; clock: Clock; bounds: Bounds; version: string; report: (incident: string, error: unknown) => void }) {
    this.catalogue = parts.catalogue
    this.clock = parts.clock
    this.episodes = new EpisodeRegistry(parts.bounds, parts.clock)
    this.version = parts.version
    this.report = parts.report
  }

  /**
   * The scenario of a reference, `name` or `name@digest`.
   * @throws GymError GYM_UNKNOWN_SCENARIO with the nearest name
   */
  scenario(ref: string, path = 'params.scenario'): CompiledScenario {
    const found = this.catalogue.find(ref)
    if (found) return found
    const [name, digest] = ref.split('@')
    const known = this.catalogue.find(name!)
    if (known) throw new GymError('GYM_UNKNOWN_SCENARIO', `${name} is known, but not with digest ${digest}`, { path, nearest: `${known.name}@${known.digest}` })
    const near = nearest(name!, this.catalogue.names())
    throw new GymError('GYM_UNKNOWN_SCENARIO', `no scenario is called ${name}${near ? `; did you mean ${near}?` : ''}`, { path, ...(near && { nearest: near }) })
  }

  reap(): void {
    this.tally.reaped += this.episodes.reap()
  }
}
