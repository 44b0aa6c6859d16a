/** What all connections of a server share: the scenarios, the live episodes, the counters and the clock. */
import type { Split } from '../../protocol/scalars.ts'
import type { Catalogue } from '../compile/catalogue.ts'
import { GymError } from '../core/gym-error.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { isGenerated } from '../generate/reference.ts'
import { ADMISSION_BOUNDS, type AdmissionBounds, AdmissionDesk } from '../registry/admission-desk.ts'
import { type RegistryBounds, ScenarioRegistry } from '../registry/scenario-registry.ts'
import type { SpecFile } from '../spec/read-documents.ts'
import type { JournalStore } from '../store/journal-store.ts'
import type { ScenarioStore } from '../store/scenario-store.ts'
import type { Clock } from './clock.ts'
import { type Bounds, EpisodeRegistry } from './episode-registry.ts'
import { Keeper } from './keeper.ts'
import { NO_PLAYERS, type Players } from './players.ts'
import type { Supply } from '../supply/supply.ts'
import type { SourceParts } from './sweeps/scenario-source.ts'
import { type DeskParts, SweepDesk } from './sweeps/sweep-desk.ts'
import type { Work } from './method.ts'
import { Tally } from './tally.ts'
import type { AllowedServers } from './tool-servers/allowed-servers.ts'
import { ToolServers } from './tool-servers/tool-servers.ts'

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
  /** Makes generated scenarios; without it there are none. */
  readonly supply?: Supply
  /** Servers of others that may be called live; default none. */
  readonly toolServers?: AllowedServers
  /** The most of them that run at once; default LIVE_SERVERS. */
  readonly liveServers?: number
  /** Where sweeps are kept and run; without it there are none. */
  readonly sweeps?: Omit<DeskParts, 'source' | 'clock' | 'report'> & Pick<SourceParts, 'themes' | 'profiles'>
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
  /** Makes generated scenarios. */
  readonly supply: Supply | undefined
  /** Live servers of episodes. */
  readonly toolServers: ToolServers
  /** Keeps episodes past this process; undefined with `--durability none`. */
  readonly keeper: Keeper | undefined
  /** Runs sweeps, and hands out their episodes. */
  readonly sweeps: SweepDesk | undefined
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
    this.supply = parts.supply
    this.toolServers = new ToolServers(parts.toolServers ?? new Map(), parts.clock, parts.liveServers)
    if (parts.sweeps) {
      const { themes, profiles, ...desk } = parts.sweeps
      const source = (refs: readonly string[]): SourceParts => ({ shipped, given: this.scenarios.given(refs), themes, profiles })
      this.sweeps = new SweepDesk({ ...desk, source, clock, report: parts.report })
    }
    this.keeper = parts.journals && new Keeper(parts.journals, parts.clock, (ref, seed) => this.scenarioStepwise(ref, seed))
  }

  /**
   * The scenario of a reference, `name` or `name@digest`; of one that is generated, see `scenarioStepwise`.
   * @throws GymError GYM_UNKNOWN_SCENARIO with the nearest name, GYM_STORE
   */
  scenario(ref: string, path = 'params.scenario'): CompiledScenario {
    return this.scenarios.find(ref, path)
  }

  /**
   * The scenario of any reference, giving way while one is generated from the seed; the task that is wanted is proved too.
   * @throws GymError GYM_UNKNOWN_SCENARIO with the nearest name, GYM_INVALID_PARAMS, GYM_NO_TASK, GYM_STORE
   */
  * scenarioStepwise(ref: string, seed: number, task?: string, path = 'params.scenario'): Work<CompiledScenario> {
    return isGenerated(ref) ? (yield* this.#supplied(path).findStepwise(ref, seed, task, path)).scenario : this.scenario(ref, path)
  }

  /** The split of a seed of a generated scenario. @throws GymError GYM_INVALID_PARAMS */
  splitOf(ref: string, seed: number, path = 'params.scenario'): Split {
    return this.#supplied(path).splitOf(ref, seed, path)
  }

  #supplied(path: string): Supply {
    if (!this.supply) throw new GymError('GYM_UNKNOWN_SCENARIO', 'this server generates no scenarios', { path })
    return this.supply
  }

  /** @throws GymError GYM_STORE when there is no store to keep sweeps in */
  requireSweeps(): SweepDesk {
    if (!this.sweeps) throw new GymError('GYM_STORE', `this server keeps no sweeps${this.storeFault === undefined ? '' : `: ${this.storeFault}`}`)
    return this.sweeps
  }

  /** Closes an episode of a sweep whose client went away, and lets another have it. */
  #giveBack(episode: string): void {
    this.sweeps!.leases.abandoned(episode, 'its clients fell silent')
    this.episodes.release(episode)
    this.keeper?.close(episode)
  }

  /** Frees idle episodes: those that the store has whole come back when they are used, the others are closed. */
  reap(): void {
    const { keeper, tally } = this
    for (const episode of this.sweeps?.leases.overdue((id) => this.episodes.usedAt(id)) ?? []) this.#giveBack(episode)
    this.episodes.reap((live) => {
      const fate = keeper ? keeper.release(live) : 'lost'
      if (fate === 'parked') tally.parked += 1
      else if (fate === 'lost') tally.reaped += 1
      return fate !== 'waits'
    })
    keeper?.store.sweep()
  }
}
