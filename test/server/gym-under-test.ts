/** A gym over the small shop of test/fixtures, with a clock that the test turns. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Catalogue, compileCatalogue, type SpecFile } from '../../src/compile/catalogue.ts'
import { type Caller, Gym } from '../../src/server/gym.ts'
import { ADMISSION_BOUNDS, type AdmissionBounds } from '../../src/registry/admission-desk.ts'
import { REGISTRY_BOUNDS, type RegistryBounds } from '../../src/registry/scenario-registry.ts'
import { withData } from '../../src/cli/file-data.ts'
import { embeddedProfiles, embeddedThemes } from '../../src/cli/embedded-supply.ts'
import type { Endpoint } from '../../src/llm/endpoint.ts'
import { databasePath, openDatabase } from '../../src/store/database.ts'
import type { ScenarioStore } from '../../src/store/scenario-store.ts'
import { SqliteSweeps } from '../../src/store/sqlite-sweeps.ts'
import { SqliteScenarios } from '../../src/store/sqlite-scenarios.ts'
import type { Supply } from '../../src/supply/supply.ts'
import { NO_PLAYERS, type Players } from '../../src/server/players.ts'
import type { JournalStore } from '../../src/store/journal-store.ts'
import type { AllowedServers } from '../../src/server/tool-servers/allowed-servers.ts'
import { Session } from '../../src/server/session.ts'

const ROOT = join(import.meta.dirname, '../..')

export const ANYBODY: Caller = { privileged: false, principal: 'anonymous' }
export const ADMIN: Caller = { privileged: true, principal: 'admin' }

let compiled: Catalogue | undefined

/** The shop and the dynamics profiles that ship with the package. */
export function shopCatalogue(): Catalogue {
  if (compiled) return compiled
  const files = [...globSync('envs/dynamics/*.yaml', { cwd: ROOT }).toSorted(), 'test/fixtures/shop.yaml']
  const { catalogue, complaints } = compileCatalogue(files.map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') })))
  if (complaints.length > 0) throw new Error(JSON.stringify(complaints, null, 2))
  compiled = catalogue
  return catalogue
}

export class HandClock {
  time = 1_000_000
  now(): number { return this.time }
}

export type TestGym = Gym & { readonly incidents: [string, unknown][]; readonly clock: HandClock }

/** Files with worlds and dynamics that ship. */
export function shippedParts(): SpecFile[] {
  return filesOf('envs/**/*.yaml')
}

function filesOf(...globs: string[]): SpecFile[] {
  return globSync(globs, { cwd: ROOT }).filter((file) => !/^envs\/(themes|mcp)\//.test(file)).toSorted().map((file) => withData(file, join(ROOT, file), readFileSync(join(ROOT, file), 'utf8')))
}

type Bounds = { episodes?: number; idleMs?: number; admission?: Partial<AdmissionBounds>; registry?: Partial<RegistryBounds>; store?: ScenarioStore; journals?: JournalStore; catalogue?: Catalogue; clock?: HandClock; players?: Players; supply?: Supply; toolServers?: AllowedServers; liveServers?: number; sweeps?: { folder: string; endpoints?: ReadonlyMap<string, Endpoint> } }

export function openGym(bounds: Bounds = {}): TestGym {
  const incidents: [string, unknown][] = []
  const gym = new Gym({
    catalogue: bounds.catalogue ?? shopCatalogue(),
    // Threads of sweeps find the shop among what ships.
    shipped: filesOf('envs/**/*.yaml', 'scenarios/*.yaml', ...(bounds.sweeps ? ['test/fixtures/shop.yaml'] : [])),
    store: bounds.store ?? new SqliteScenarios(openDatabase(':memory:')),
    admission: { ...ADMISSION_BOUNDS, seeds: 2, ...bounds.admission },
    registry: { ...REGISTRY_BOUNDS, ...bounds.registry },
    clock: bounds.clock ?? new HandClock(),
    players: bounds.players ?? NO_PLAYERS,
    bounds: { episodes: bounds.episodes ?? 1000, idleMs: bounds.idleMs ?? 900_000 },
    version: '0.0.0',
    report: (incident, error) => incidents.push([incident, error]),
    ...(bounds.journals && { journals: bounds.journals }),
    ...(bounds.supply && { supply: bounds.supply }),
    ...(bounds.toolServers && { toolServers: bounds.toolServers }),
    ...(bounds.liveServers && { liveServers: bounds.liveServers }),
    ...(bounds.sweeps && { sweeps: sweepParts(bounds.sweeps) }),
  })
  return Object.assign(gym, { incidents }) as TestGym
}

function sweepParts({ folder, endpoints = new Map() }: NonNullable<Bounds['sweeps']>) {
  const path = databasePath(folder)
  return { store: new SqliteSweeps(openDatabase(path)), path, endpoints, threads: 1, themes: embeddedThemes(), profiles: embeddedProfiles() }
}

export type WireError = { code: number; message: string; data: Record<string, unknown> & { code: string } }

/** An error reply, as a test catches it. */
export class Refused extends Error {
  readonly error: WireError
  constructor(error: WireError) {
    super(`${error.data.code}: ${error.message}`)
    this.error = error
  }
}

let lastId = 0

/** Calls a method the way a frame would and returns its result; an error reply is thrown. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export function ask(session: Session, method: string, params: unknown = {}): any {
  const { reply } = session.answer({ jsonrpc: '2.0', id: (lastId += 1), method, params })
  if ('error' in reply) throw new Refused(reply.error as WireError)
  return reply.result
}

/** The error that a call is refused with. */
export function refusal(session: Session, method: string, params: unknown = {}): WireError['data'] {
  try {
    ask(session, method, params)
  } catch (error) {
    if (error instanceof Refused) return error.error.data
    throw error
  }
  throw new Error(`${method} was not refused`)
}

/** The order number in an instruction. */
export function orderIn(reset: { observation: { messages: { content: string }[] } }): string {
  return /W\d{5}/.exec(reset.observation.messages.at(-1)!.content)![0]
}

export function callOf(name: string, args: unknown): { tool_calls: unknown[] } {
  return { tool_calls: [{ name, arguments: args }] }
}

/** Calls methods that may take their time. @throws Refused */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export function wired(gym: Gym, caller: Caller): (method: string, params?: unknown) => Promise<any> {
  const session = new Session(gym, caller)
  return async (method, params = {}) => {
    const { reply } = await session.settle({ jsonrpc: '2.0', id: (lastId += 1), method, params }, new AbortController().signal)
    if ('error' in reply) throw new Refused(reply.error as WireError)
    return reply.result
  }
}
