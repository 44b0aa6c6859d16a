/** What all connections of a server share: the scenarios, the live episodes, the counters and the clock. */
import type { Catalogue } from '../compile/catalogue.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { ADMISSION_BOUNDS, type AdmissionBounds, AdmissionDesk } from '../registry/admission-desk.ts'
import { type RegistryBounds, ScenarioRegistry } from '../registry/scenario-registry.ts'
import type { SpecFile } from '../spec/read-documents.ts'
import type { JournalStore } from '../store/journal-store.ts'
import type { ScenarioStore } from '../store/scenario-store.ts'
import type { Clock } from './clock.ts'
import { type Bounds, EpisodeRegistry } from './episode-registry.ts'
import { Keeper } from './keeper.ts'
import { NO_PLAYERS, type Players } from './players.ts'
import { Tally } from './tally.ts'

/** Who is calling: `principal` keeps the request keys of different tokens apart. */
export type Caller = { readonly privileged: boolean; readonly principal: string }

export type GymParts = {
  readonly catalogue: Catalogue
  /** Where registered scenarios are kept. */
  readonly store: ScenarioStore
  /** Where journals of episodes are kept; without it episodes live in memory alone. */
  readonly journals?: JournalStore
  /** Why there is no store although one was asked for. */
  readonly storeFault?: string
  /** Files that ship with the server, whose documents registered scenarios may name. */
  readonly shipped: readonly SpecFile[]
  readonly admission?: AdmissionBounds
  readonly registry?: RegistryBounds
  readonly clock: Clock
  readonly bounds: Bounds
  /** Endpoints that may play agents; default none. */
  readonly players?: Players
  readonly version: string
  readonly report: (incident: string, error: unknown) => void
}

export class Gym {
  readonly scenarios: ScenarioRegistry
  readonly clock: Clock
  readonly episodes: EpisodeRegistry
  readonly tally = new Tally()
  /** Endpoints that may play agents. */
  readonly players: Players
  /** Keeps episodes past this process; undefined with `--durability none`. */
  readonly keeper: Keeper | undefined
  /** Version of the package, for `server/info`. */
  readonly version: string
  /** Told of every fault of ours, with the incident that the caller was given. */
  readonly report: (incident: string, error: unknown) => void
  /** Why there is no store although one was asked for. */
  readonly storeFault: string | undefined
  /** Set when the server is going down: nothing new is begun. */
  closing = false

  /** @throws GymError GYM_STORE when the registered scenarios cannot be read */
  constructor(parts: GymParts) {
    const { catalogue, store, shipped, clock, registry } = parts
    const desk = new AdmissionDesk(parts.admission ?? ADMISSION_BOUNDS)
    this.scenarios = new ScenarioRegistry({ catalogue, store, desk, shipped, clock, ...(registry && { bounds: registry }) })
    this.clock = parts.clock
    this.episodes = new EpisodeRegistry(parts.bounds, parts.clock)
    this.players = parts.players ?? NO_PLAYERS
    this.version = parts.version
    this.report = parts.report
    this.storeFault = parts.storeFault
    this.keeper = parts.journals && new Keeper(parts.journals, parts.clock, (ref) => this.scenarios.find(ref))
  }

  /**
   * The scenario of a reference, `name` or `name@digest`.
   * @throws GymError GYM_UNKNOWN_SCENARIO with the nearest name, GYM_STORE
   */
  scenario(ref: string, path = 'params.scenario'): CompiledScenario {
    return this.scenarios.find(ref, path)
  }

  /** Frees idle episodes: those that the store has whole come back when they are used, the others are closed. */
  reap(): void {
    const { keeper, tally } = this
    this.episodes.reap((live) => {
      const fate = keeper ? keeper.release(live) : 'lost'
      if (fate === 'parked') tally.parked += 1
      else if (fate === 'lost') tally.reaped += 1
      return fate !== 'waits'
    })
    keeper?.store.sweep()
  }
}
