/** What all connections of a server share: the scenarios, the live episodes, the counters and the clock. */
import type { Catalogue } from '../compile/catalogue.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { ADMISSION_BOUNDS, type AdmissionBounds, AdmissionDesk } from '../registry/admission-desk.ts'
import { type RegistryBounds, ScenarioRegistry } from '../registry/scenario-registry.ts'
import type { SpecFile } from '../spec/read-documents.ts'
import type { ScenarioStore } from '../store/scenario-store.ts'
import type { Clock } from './clock.ts'
import { type Bounds, EpisodeRegistry } from './episode-registry.ts'
import { Tally } from './tally.ts'

/** Who is calling: `principal` keeps the request keys of different tokens apart. */
export type Caller = { readonly privileged: boolean; readonly principal: string }

export type GymParts = {
  readonly catalogue: Catalogue
  /** Where registered scenarios are kept. */
  readonly store: ScenarioStore
  /** Files that ship with the server, whose documents registered scenarios may name. */
  readonly shipped: readonly SpecFile[]
  readonly admission?: AdmissionBounds
  readonly registry?: RegistryBounds
  readonly clock: Clock
  readonly bounds: Bounds
  readonly version: string
  readonly report: (incident: string, error: unknown) => void
}

export class Gym {
  readonly scenarios: ScenarioRegistry
  readonly clock: Clock
  readonly episodes: EpisodeRegistry
  readonly tally = new Tally()
  /** Version of the package, for `server/info`. */
  readonly version: string
  /** Told of every fault of ours, with the incident that the caller was given. */
  readonly report: (incident: string, error: unknown) => void
  /** Set when the server is going down: nothing new is begun. */
  closing = false

  /** @throws GymError GYM_STORE when the registered scenarios cannot be read */
  constructor(parts: GymParts) {
    const { catalogue, store, shipped, clock, registry } = parts
    const desk = new AdmissionDesk(parts.admission ?? ADMISSION_BOUNDS)
    this.scenarios = new ScenarioRegistry({ catalogue, store, desk, shipped, clock, ...(registry && { bounds: registry }) })
    this.clock = parts.clock
    this.episodes = new EpisodeRegistry(parts.bounds, parts.clock)
    this.version = parts.version
    this.report = parts.report
  }

  /**
   * The scenario of a reference, `name` or `name@digest`.
   * @throws GymError GYM_UNKNOWN_SCENARIO with the nearest name, GYM_STORE
   */
  scenario(ref: string, path = 'params.scenario'): CompiledScenario {
    return this.scenarios.find(ref, path)
  }

  reap(): void {
    this.tally.reaped += this.episodes.reap()
  }
}
