/** All scenarios of a server: the catalogue that ships with it, and the versions that were registered. */
import type { AdmissionReport } from '../../protocol/report.ts'
import type { Params } from '../../protocol/methods.ts'
import type { ScenarioSummary } from '../../protocol/summary.ts'
import type { Catalogue } from '../compile/catalogue.ts'
import { compileSpecification, type SpecificationParts } from '../compile/specification.ts'
import { GymError } from '../core/gym-error.ts'
import { nearest } from '../core/nearest.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { namedFiles } from '../spec/named-files.ts'
import type { SpecFile } from '../spec/read-documents.ts'
import type { ScenarioEntry, ScenarioStore, StoredScenario } from '../store/scenario-store.ts'
import { type AdmissionDesk, type Applicant } from './admission-desk.ts'
import { type Listed, pageOf } from './scenario-page.ts'
import { searchTextOf } from './scenario-search.ts'
import { readHead, readReport, type ReportHead } from './stored-report.ts'
import type { Compiled } from './thread-message.ts'

type Specification = Params<'scenario/register'>

/** Who registers; the admin may add versions to anybody's name. */
export type Registrant = { readonly principal: string; readonly privileged: boolean }

export type RegistryBounds = {
  /** The most versions that may be registered. */
  readonly versions: number
  /** Registered scenarios held compiled. */
  readonly compiled: number
}

export const REGISTRY_BOUNDS: RegistryBounds = { versions: 10_000, compiled: 64 }

export type RegistryParts = {
  readonly catalogue: Catalogue
  readonly store: ScenarioStore
  readonly desk: AdmissionDesk
  /** Files that ship with the server: registered scenarios may name their worlds, frameworks and dynamics, and be like their scenarios. */
  readonly shipped: readonly SpecFile[]
  readonly clock: { now(): number }
  readonly bounds?: RegistryBounds
}

export type Version = { digest: string; origin: ScenarioSummary['origin']; registered_at: string | null }

/** A registered version as the text that it is made of. */
export type GivenScenario = Omit<SpecificationParts, 'pick'> & { readonly name: string; readonly digest: string }

/** What the text is called in complaints. */
const SOURCE = 'source'
/** Marks files that are kept with a version because its digest depends on them; no file of a caller has a colon. */
const SHIPPED = 'shipped:'
const RETRY_AFTER_MS = 60_000

type Registered = { readonly listed: Listed; readonly owner: string; readonly versions: { readonly digest: string; readonly at: number }[] }

function listedOf(origin: ScenarioSummary['origin'], { scenario, tasks, tools }: ReportHead): Listed {
  return { summary: { ...scenario, origin }, text: searchTextOf(scenario, tasks, tools) }
}

export class ScenarioRegistry {
  readonly desk: AdmissionDesk
  readonly #parts: RegistryParts
  readonly #bounds: RegistryBounds
  readonly #catalogue: ReadonlyMap<string, Listed>
  /** By name. The store has the truth; this is what lists and look-ups are answered from. */
  readonly #registered = new Map<string, Registered>()
  /** By name@digest, the least recently used first. */
  readonly #compiled = new Map<string, CompiledScenario>()
  #count = 0

  /** Reads what the store holds; nothing is compiled yet. */
  constructor(parts: RegistryParts) {
    this.#parts = parts
    this.#bounds = parts.bounds ?? REGISTRY_BOUNDS
    this.desk = parts.desk
    this.#catalogue = new Map(parts.catalogue.list().map((scenario) => [scenario.name, listedOf('catalogue', { scenario: scenario.summary, tasks: [...scenario.tasks.keys()], tools: [...scenario.tools] })]))
    for (const entry of parts.store.list()) this.#enter(entry)
  }

  /** Scenarios by name. */
  get size(): number {
    return this.names().length
  }

  /** Versions that were registered. */
  get registered(): number {
    return this.#count
  }

  /** Registered scenarios that are held compiled. */
  get compiled(): number {
    return this.#compiled.size
  }

  names(): string[] {
    return [...new Set([...this.#catalogue.keys(), ...this.#registered.keys()])].sort()
  }

  /** A page of the newest versions. @throws GymError GYM_INVALID_PARAMS for a wrong cursor */
  list(filters: Params<'scenario/list'>): { scenarios: ScenarioSummary[]; next: string | null } {
    const registered = [...this.#registered].filter(([name]) => !this.#catalogue.has(name)).map(([, { listed }]) => listed)
    return pageOf([...this.#catalogue.values(), ...registered], filters)
  }

  /** The versions of a name, the newest first. */
  versions(name: string): Version[] {
    const own = this.#catalogue.get(name)
    const registered = this.#registered.get(name)?.versions.toReversed() ?? []
    return [
      ...(own ? [{ digest: own.summary.digest, origin: 'catalogue' as const, registered_at: null }] : []),
      ...registered.map(({ digest, at }) => ({ digest, origin: 'registered' as const, registered_at: new Date(at).toISOString() })),
    ]
  }

  /** Where a scenario comes from. */
  originOf({ name, digest }: CompiledScenario): ScenarioSummary['origin'] {
    return this.#catalogue.get(name)?.summary.digest === digest ? 'catalogue' : 'registered'
  }

  /**
   * The compiled scenario of a reference, `name` (the newest version) or `name@digest`.
   * @throws GymError GYM_UNKNOWN_SCENARIO with the nearest name, GYM_STORE
   */
  find(ref: string, path = 'params.scenario'): CompiledScenario {
    const shipped = this.#parts.catalogue.find(ref)
    if (shipped) return shipped
    const [name, digest] = ref.split('@') as [string, string | undefined]
    const versions = this.#registered.get(name)?.versions ?? []
    const version = digest === undefined ? versions.at(-1) : digest.length >= 8 ? versions.findLast((each) => each.digest.startsWith(digest)) : undefined
    if (version) return this.#compile(name, version.digest, path)
    const newest = this.versions(name)[0]
    if (newest) throw new GymError('GYM_UNKNOWN_SCENARIO', `${name} is known, but not with digest ${digest}`, { path, nearest: `${name}@${newest.digest}` })
    const near = nearest(name, this.names())
    throw new GymError('GYM_UNKNOWN_SCENARIO', `no scenario is called ${name}${near ? `; did you mean ${near}?` : ''}`, { path, ...(near && { nearest: near }) })
  }

  /** Tries a specification and keeps nothing. @throws GymError as the desk does */
  async validate(specification: Specification, gone: AbortSignal): Promise<AdmissionReport> {
    const { report } = await this.desk.admit(this.#applicant(specification, gone, ({ name, digest }) => this.#known(name, digest)))
    return report
  }

  /**
   * Admits a specification and keeps it as the newest version of its name; content that is there already stays as it is.
   * @throws GymError as the desk does; GYM_NAME_TAKEN, GYM_CAPACITY, GYM_STORE
   */
  async register(specification: Specification, by: Registrant, gone: AbortSignal): Promise<AdmissionReport> {
    const { report, borrowed } = await this.desk.admit(this.#applicant(specification, gone, ({ name, digest }) => {
      this.#checkName(name, by)
      const known = this.#known(name, digest)
      if (!known) this.#checkRoom()
      return known
    }))
    // Others may have registered meanwhile.
    this.#checkName(report.name, by)
    const files = Object.fromEntries([
      ...Object.entries(specification.files ?? {}),
      ...this.#parts.shipped.filter(({ file }) => borrowed.includes(file)).map(({ file, text }) => [SHIPPED + file, text]),
    ])
    const entry: StoredScenario = { name: report.name, digest: report.digest, source: specification.source, files, report, registered_at: this.#parts.clock.now(), principal: by.principal }
    if (this.#parts.store.put(entry) === 'stored') this.#enter(entry)
    return report
  }

  #applicant({ source, files = {} }: Specification, gone: AbortSignal, onCompiled: (compiled: Compiled) => AdmissionReport | undefined): Applicant {
    return { order: { files: [{ file: SOURCE, text: source }], data: files, around: this.#around(source) }, gone, onCompiled }
  }

  /** The shipped files whose documents the text may name: their names would have to occur in it. */
  #around(source: string, kept: readonly SpecFile[] = []): SpecFile[] {
    const keptNames = new Set(kept.map(({ file }) => file))
    return [...kept, ...namedFiles(this.#parts.shipped.filter(({ file }) => !keptNames.has(file)), [source])]
  }

  /** The report of content that is kept already. */
  #known(name: string, digest: string): AdmissionReport | undefined {
    const own = this.#registered.get(name)?.versions.some((version) => version.digest === digest)
    return own ? readReport(this.#parts.store.get(name, digest)?.report) : undefined
  }

  #checkName(name: string, { principal, privileged }: Registrant): void {
    const owner = this.#registered.get(name)?.owner
    const shipped = this.#catalogue.has(name)
    if (!shipped && (owner === undefined || owner === principal || privileged)) return
    let free = 2
    while (this.#catalogue.has(`${name}-${free}`) || this.#registered.has(`${name}-${free}`)) free += 1
    const whose = shipped ? 'belongs to the catalogue of this server' : 'was registered by somebody else'
    throw new GymError('GYM_NAME_TAKEN', `the name ${name} ${whose}; register under another one, such as ${name}-${free}`, { path: 'params.source', nearest: `${name}-${free}` })
  }

  #checkRoom(): void {
    const limit = this.#bounds.versions
    if (this.#count >= limit) throw new GymError('GYM_CAPACITY', `the server keeps ${this.#count} of at most ${limit} registered versions`, { limit, retry_after_ms: RETRY_AFTER_MS })
  }

  #enter({ name, digest, report, registered_at, principal }: ScenarioEntry): void {
    const before = this.#registered.get(name)
    const version = { digest, at: registered_at }
    this.#registered.set(name, { listed: listedOf('registered', readHead(report, name, digest)), owner: before?.owner ?? principal, versions: [...(before?.versions ?? []), version] })
    this.#count += 1
  }

  #compile(name: string, digest: string, path: string): CompiledScenario {
    const key = `${name}@${digest}`
    let scenario = this.#compiled.get(key)
    if (scenario) this.#compiled.delete(key)
    else scenario = this.#read(name, digest, path)
    this.#compiled.set(key, scenario)
    if (this.#compiled.size > this.#bounds.compiled) {
      const [oldest, dropped] = this.#compiled.entries().next().value!
      this.#compiled.delete(oldest)
      dropped.release()
    }
    return scenario
  }

  /** What registered versions among these are made of, for whoever compiles them elsewhere. @throws GymError GYM_STORE */
  given(refs: readonly string[]): GivenScenario[] {
    return [...new Set(refs)].flatMap((ref) => {
      const [name, digest] = ref.split('@') as [string, string | undefined]
      const isOurs = digest !== undefined && this.#registered.get(name)?.versions.some((version) => version.digest === digest)
      return isOurs ? [{ name, digest, ...this.#partsOf(name, digest) }] : []
    })
  }

  #partsOf(name: string, digest: string): SpecificationParts & { readonly data: Readonly<Record<string, string>> } {
    const stored = this.#parts.store.get(name, digest)
    if (!stored) throw new GymError('GYM_STORE', `${name}@${digest} is not in the store any more`)
    const kept = Object.entries(stored.files).filter(([file]) => file.startsWith(SHIPPED)).map(([file, text]) => ({ file: file.slice(SHIPPED.length), text }))
    const data = Object.fromEntries(Object.entries(stored.files).filter(([file]) => !file.startsWith(SHIPPED)))
    return { files: [{ file: SOURCE, text: stored.source }], data, around: this.#around(stored.source, kept) }
  }

  /** Compiles admitted text once more; admission has measured that this is quick. */
  #read(name: string, digest: string, path: string): CompiledScenario {
    const made = compileSpecification(this.#partsOf(name, digest))
    if ('scenario' in made && made.scenario.digest === digest) return made.scenario
    throw new GymError('GYM_UNKNOWN_SCENARIO', `${name}@${digest.slice(0, 8)} was registered with another version of the engine and means something else now; register it again`, { path })
  }
}
