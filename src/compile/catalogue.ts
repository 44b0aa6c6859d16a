/** Spec files to a catalogue of compiled scenarios, with every complaint at once. */
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import type { Framework } from '../../protocol/spec/framework.ts'
import type { World } from '../../protocol/spec/world.ts'
import { nearest } from '../core/nearest.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { Complaint, Finding } from '../spec/complaint.ts'
import { type Kind, readDocuments, type SpecDocument, type SpecFile } from '../spec/read-documents.ts'
import { type CompiledWorld, compileWorld } from '../world/compiled-world.ts'
import type { HostTools } from '../world/host-tool.ts'
import { Site, untilTooMany } from '../world/site.ts'
import { resolveLikes, type WholeScenario } from './like.ts'
import { borrow } from './borrow.ts'
import { compileScenario } from './scenario.ts'

export type { Complaint } from '../spec/complaint.ts'
export type { SpecFile } from '../spec/read-documents.ts'

export type Catalogue = {
  /** Sorted by name. */
  list(): CompiledScenario[]
  /** By `name`, or `name@digest` with at least eight digits of it. */
  find(ref: string): CompiledScenario | undefined
  names(): string[]
}

/** A world of the files, with a way to say where a finding about it is. */
export type CatalogueWorld = { readonly world: CompiledWorld; locate(finding: Finding): Complaint }

type Documents = { readonly [K in Kind]: Map<string, SpecDocument> } & { /** Whether some document could not be read: a missing one may be among them. */ broken: boolean }

/** What came of compiling files: scenarios, or everything that is wrong. */
export type Compilation = {
  readonly catalogue: Catalogue
  readonly complaints: Complaint[]
  /** Worlds of the files that compiled. */
  readonly worlds: readonly CatalogueWorld[]
  /** The Scenario documents of the files, whether they compiled or not. */
  readonly scenarios: readonly SpecDocument[]
  /** Those that have all their parts, with what they take from others. */
  readonly whole: ReadonlyMap<SpecDocument, WholeScenario>
  /** The files around them that their digests depend on. */
  readonly borrowed: readonly string[]
}

/**
 * Compiles all files together: documents find each other by kind and name.
 * @param hosts tools in TypeScript that `host` may name; a stranger's documents get none
 * @param around files whose documents may be named too, where the files have none of that kind and name
 */
export function compileCatalogue(files: readonly SpecFile[], hosts: HostTools = {}, around: readonly SpecFile[] = []): Compilation {
  const complaints: Complaint[] = []
  const documents: Documents = { World: new Map(), Framework: new Map(), Dynamics: new Map(), Scenario: new Map(), broken: false }
  for (const file of files) {
    const read = readDocuments(file)
    complaints.push(...read.complaints)
    if (read.complaints.length) documents.broken = true
    for (const document of read.documents) {
      const { name } = document.spec
      if (documents[document.kind].has(name)) complaints.push(document.locate({ code: 'name', message: `a second ${document.kind} '${name}'`, path: ['name'], expected: 'names that are unique by kind' }))
      else documents[document.kind].set(name, document)
    }
  }
  const own = [...documents.Scenario.values()]
  const kin = new Map<string, SpecDocument>()
  const outside = new Set(borrow(around, documents, kin))
  const { whole, complaints: ofLikes } = resolveLikes(documents.Scenario, kin, documents.broken)
  complaints.push(...ofLikes)
  const scenarios = new Map<string, CompiledScenario>()
  const worlds = new Map<SpecDocument, CatalogueWorld>()
  const unused = new Map<string, readonly Complaint[]>()
  const played = own.flatMap((document) => whole.get(document) ?? [])
  for (const scenario of played) {
    const compiled = compileDocument(scenario, documents, hosts, unused)
    complaints.push(...compiled.complaints)
    if (!compiled.scenario) continue
    scenarios.set(compiled.scenario.name, compiled.scenario)
    if (!outside.has(compiled.owner)) worlds.set(compiled.owner, { world: compiled.scenario.world, locate: compiled.owner.locate })
  }
  // A profile that fits no world at all is a mistake of its own.
  for (const [name, found] of unused) {
    const document = documents.Dynamics.get(name)
    if (document && !outside.has(document) && scenarios.size && [...scenarios.values()].every(({ profiles }) => !profiles.includes(name))) complaints.push(...found)
  }
  const named = new Set(played.map(({ spec }) => spec.world))
  for (const [name, document] of documents.World) if (!named.has(name) && !outside.has(document)) complaints.push(...checkWorld(document, hosts, worlds))
  const unique = new Map(complaints.map((complaint) => [JSON.stringify(complaint), complaint]))
  const borrowed = played.flatMap((scenario) => [...scenario.sources, ...namedBy(scenario, documents)]).filter((document) => outside.has(document)).map(({ file }) => file)
  return { catalogue: catalogueOf(scenarios), worlds: [...worlds.values()], complaints: [...unique.values()], scenarios: own, whole, borrowed: [...new Set(borrowed)] }
}

/** The documents that a scenario names. */
function namedBy({ spec }: WholeScenario, documents: Documents): SpecDocument[] {
  const { world, framework, dynamics } = spec
  const named = [typeof world === 'string' && documents.World.get(world), typeof framework === 'string' && documents.Framework.get(framework)]
  return [...named.filter((document) => typeof document === 'object'), ...profileDocuments(typeof dynamics === 'string' ? [dynamics] : dynamics.extends, documents)]
}

/** Profiles with those that they extend. */
function profileDocuments(names: readonly string[], { Dynamics: profiles }: Documents): SpecDocument[] {
  const found = new Map<string, SpecDocument>()
  const visit = (name: string): void => {
    const document = profiles.get(name)
    if (!document || found.has(name)) return
    found.set(name, document)
    for (const base of (document.spec as Dynamics).extends) visit(base)
  }
  names.forEach(visit)
  return [...found.values()]
}

/** Compiles a world that no scenario names, for its mistakes and its tests. */
function checkWorld(document: SpecDocument, hosts: HostTools, into: Map<SpecDocument, CatalogueWorld>): Complaint[] {
  const findings: Finding[] = []
  const world = untilTooMany(() => compileWorld(document.spec as World, new Site([], findings), hosts))
  if (world && !findings.length) into.set(document, { world, locate: document.locate })
  return findings.map(document.locate)
}

function catalogueOf(scenarios: ReadonlyMap<string, CompiledScenario>): Catalogue {
  const names = [...scenarios.keys()].sort()
  return {
    list: () => names.map((name) => scenarios.get(name)!),
    names: () => names,
    find(ref) {
      const [name, digest] = ref.split('@')
      const scenario = scenarios.get(name!)
      return scenario && (digest === undefined || (digest.length >= 8 && scenario.digest.startsWith(digest))) ? scenario : undefined
    },
  }
}

/** A document that a scenario names or holds inline, with where its findings belong. */
function partOf<T>(kind: Kind, field: string, value: string | T, documents: Documents, scenario: WholeScenario, into: Complaint[]): { spec: T; findings: Finding[]; owner: SpecDocument; path: string[] } | undefined {
  if (typeof value !== 'string') return { spec: value, findings: [], owner: scenario.origin([field]), path: [field] }
  const owner = documents[kind].get(value)
  if (!owner) {
    if (!documents.broken) into.push(scenario.locate({ code: 'name', message: `no ${kind} '${value}'`, path: [field], nearest: nearest(value, documents[kind].keys()), expected: `a ${kind} document in these files` }))
    return undefined
  }
  return { spec: owner.spec as T, findings: [], owner, path: [] }
}

function compileDocument(document: WholeScenario, documents: Documents, hosts: HostTools, unused: Map<string, readonly Complaint[]>): { scenario?: undefined; complaints: Complaint[] } | { scenario: CompiledScenario; owner: SpecDocument; complaints: Complaint[] } {
  const { spec } = document
  const complaints: Complaint[] = []
  const world = partOf<World>('World', 'world', spec.world, documents, document, complaints)
  const framework = partOf<Framework>('Framework', 'framework', spec.framework, documents, document, complaints)
  if (!world || !framework) return { complaints }
  const profiles = new Map([...documents.Dynamics].map(([name, { spec: profile }]) => [name, profile as Dynamics]))
  if (typeof spec.dynamics !== 'string') profiles.set(spec.dynamics.name, spec.dynamics)
  const own: Finding[] = []
  const locateIn = (name: string) => (finding: Finding): Complaint => documents.Dynamics.get(name)?.locate(finding) ?? document.locate({ ...finding, path: ['dynamics', ...finding.path] })
  const scenario = untilTooMany(() => compileScenario(spec, { world: world.spec, framework: framework.spec, profiles, hosts }, {
    scenario: new Site([], own),
    world: new Site(world.path, world.findings),
    framework: new Site(framework.path, framework.findings),
    misfit(name, findings, named) {
      if (named) complaints.push(...findings.map(locateIn(name)))
      else unused.set(name, findings.map(locateIn(name)))
    },
  }))
  complaints.push(...own.map(document.locate), ...world.findings.map(world.owner.locate), ...framework.findings.map(framework.owner.locate))
  return complaints.length || !scenario ? { complaints } : { scenario, owner: world.owner, complaints }
}
