/** `fractal-gym serve`: the gym on a WebSocket. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { readFileSync } from 'node:fs'
import { GymError } from '../../core/gym-error.ts'
import { type Access, isLoopback } from '../../server/access.ts'
import { adminTokenOf } from '../../server/admin-token.ts'
import { wallClock } from '../../server/clock.ts'
import { Gym } from '../../server/gym.ts'
import { lockData } from '../../server/data-lock.ts'
import { GymServer } from '../../server/server.ts'
import { type AllowedServers, readAllowedServers } from '../../server/tool-servers/allowed-servers.ts'
import { sweepServers } from '../../server/tool-servers/server-folder.ts'
import { LIVE_SERVERS } from '../../server/tool-servers/tool-servers.ts'
import { databasePath, openDatabase, sweepsPath } from '../../store/database.ts'
import type { JournalStore } from '../../store/journal-store.ts'
import { JOURNAL_DEFAULTS, SqliteJournals } from '../../store/sqlite-journals.ts'
import { brokenScenarioStore, type ScenarioStore } from '../../store/scenario-store.ts'
import { SqliteScenarios } from '../../store/sqlite-scenarios.ts'
import { SqliteSweeps } from '../../store/sqlite-sweeps.ts'
import type { SweepStore } from '../../store/sweep-store.ts'
import { several, wholeNumber } from '../arguments.ts'
import { type EndpointOptions, playersOf, withEndpoints } from '../endpoints.ts'
import { embeddedAnd, embeddedCatalogue } from '../embedded-catalogue.ts'
import { embeddedProfiles, embeddedSupply, embeddedThemes } from '../embedded-supply.ts'
import { UsageError, WorkFailed } from '../failure.ts'
import { packageVersion } from '../package-root.ts'
import { note, print } from '../print.ts'
import { readSpecFiles } from '../spec-files.ts'
import { welcome } from '../welcome.ts'

type Options = {
  host: string; port: number; data: string; sweepThreads: number; idleSeconds: number; maxEpisodes: number
  durability: 'none' | 'async' | 'ack'; keepEndedSeconds: number; keepIdleSeconds: number; journalMb: number
  scenarios?: string[]; toolServers?: string; liveServers: number; insecure?: boolean; tokenFile?: string; allowHost?: string[]; allowOrigin?: string[]
} & EndpointOptions

/** Access tokens, one a line in a file, or the one in FRACTAL_GYM_TOKEN. */
function readTokens(file: string | undefined): string[] {
  let lines: string[] = []
  try {
    if (file !== undefined) lines = readFileSync(file, 'utf8').split('\n')
  } catch (error) {
    throw new UsageError(`--token-file: ${(error as Error).message}`)
  }
  const tokens = [...lines, process.env.FRACTAL_GYM_TOKEN ?? ''].map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
  const short = tokens.find((token) => token.length < 16)
  if (short !== undefined) throw new UsageError('an access token needs at least 16 characters')
  return tokens
}

/** The operator's list of servers of others; without a file there are none. */
function allowedServers(file: string | undefined): AllowedServers {
  if (file === undefined) return new Map()
  try {
    return readAllowedServers(readFileSync(file, 'utf8'), process.env)
  } catch (error) {
    if (error instanceof GymError) throw new UsageError(`--tool-servers ${file}: ${error.data.path ? `${String(error.data.path)}: ` : ''}${error.message}`)
    throw new UsageError(`--tool-servers: ${(error as Error).message}`)
  }
}

function accessOf(options: Options): { access: Access; adminTokenPath: string } {
  const tokens = readTokens(options.tokenFile)
  if (!isLoopback(options.host) && tokens.length === 0 && !options.insecure) {
    throw new UsageError(`${options.host} can be reached from other machines: give tokens (--token-file FILE, or FRACTAL_GYM_TOKEN), or --insecure if the network is trusted`)
  }
  const { token, path } = adminTokenOf(options.data)
  const hosts = [options.host, ...(options.allowHost ?? [])].map((host) => host.toLowerCase())
  return { access: { adminToken: token, tokens, hosts, origins: options.allowOrigin ?? [] }, adminTokenPath: path }
}

type Stores = { store: ScenarioStore; journals?: JournalStore; sweeps?: { readonly store: SweepStore; readonly path: string }; storeFault?: string; close(): void }

/**
 * What a data folder keeps. When it cannot be opened, episodes live in memory alone and nothing can be registered;
 * under ack, which promises more, the server does not start.
 */
function openStores({ data, durability, keepEndedSeconds, keepIdleSeconds, journalMb }: Options): Stores {
  const path = databasePath(data)
  try {
    const database = openDatabase(path)
    const store = new SqliteScenarios(database)
    // A damaged file may open and fail when it is read.
    store.list()
    const rules = { endedMs: keepEndedSeconds * 1000, idleMs: keepIdleSeconds * 1000, quotaBytes: journalMb * 1_000_000 }
    const journals = durability === 'none' ? {} : { journals: new SqliteJournals(path, database, { durability, rules, ...JOURNAL_DEFAULTS }, wallClock, note) }
    const sweeps = openDatabase(sweepsPath(data))
    const close = (): void => {
      database.close()
      sweeps.close()
    }
    return { store, ...journals, sweeps: { store: new SqliteSweeps(sweeps), path: sweepsPath(data) }, close }
  } catch (error) {
    if (!(error instanceof GymError)) throw error
    if (durability === 'ack') throw new WorkFailed(`${error.message}; --durability ack promises that nothing is lost, so the server does not start without its store`)
    note(`${error.message}; nothing can be registered, episodes live in memory alone and do not survive a restart`)
    return { store: brokenScenarioStore(error), storeFault: error.message, close: () => {} }
  }
}

/** Resolves when the process is told to stop. */
function told(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal))
  })
}

async function listen(server: GymServer, host: string, port: number): Promise<number> {
  try {
    return await server.listen(host, port)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') throw new WorkFailed(`port ${port} of ${host} is taken; choose another with --port, or stop what listens there`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw new WorkFailed(`this machine has no interface ${host}`)
    if (code === 'EACCES') throw new WorkFailed(`port ${port} needs more rights; choose another with --port`)
    throw error
  }
}

/** Two servers on one folder would write over one another's journals. */
async function lockFolder(data: string): Promise<() => void> {
  try {
    const unlock = await lockData(data)
    if (unlock) return unlock
  } catch (error) {
    // A folder that takes no sockets is served without a lock.
    note(`${data} cannot be locked (${(error as Error).message}); see that no other server uses it`)
    return () => {}
  }
  throw new WorkFailed(`another server uses ${data}; stop it, or choose another folder with --data`)
}

async function serve(options: Options): Promise<void> {
  const { access, adminTokenPath } = accessOf(options)
  const files = embeddedAnd(readSpecFiles(options.scenarios ?? []))
  const catalogue = embeddedCatalogue(files)
  const unlock = await lockFolder(options.data)
  const toolServers = allowedServers(options.toolServers)
  if (toolServers.size) await sweepServers()
  const { close, sweeps, ...stores } = openStores(options)
  const gym = new Gym({
    catalogue,
    shipped: files,
    ...stores,
    players: playersOf(options),
    supply: embeddedSupply(),
    toolServers,
    liveServers: options.liveServers,
    ...(sweeps && { sweeps: { ...sweeps, endpoints: options.endpoint ?? new Map(), threads: options.sweepThreads, themes: embeddedThemes(), profiles: embeddedProfiles() } }),
    clock: wallClock,
    bounds: { episodes: options.maxEpisodes, idleMs: options.idleSeconds * 1000 },
    version: packageVersion(),
    report: (incident, error) => note(`incident ${incident}: ${error instanceof Error ? error.stack : String(error)}`),
  })
  const server = await GymServer.create(gym, access)
  gym.sweeps?.start()
  const stop = told()
  const port = await listen(server, options.host, options.port)
  print(welcome({ host: options.host, port, scenarios: gym.scenarios.names(), adminTokenPath, open: access.tokens.length === 0 && !isLoopback(options.host) }))
  const signal = await stop
  note(`${signal}: finishing what is in flight`)
  await server.stop()
  close()
  unlock()
}

function hostName(text: string): string {
  const name = text.replace(/^\[(.*)\]$/, '$1')
  if (!/^[\w.:-]+$/.test(name)) throw new InvalidArgumentError('expected a host name or an IP address.')
  return name
}

export function serveVerb(): Command {
  return withEndpoints(new Command('serve')
    .description('Serve the gym on a WebSocket.')
    .option('--host <host>', 'interface to listen on', hostName, '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0 lets the system choose', wholeNumber(0, 65_535), 8765)
    .option('--data <folder>', 'where the admin token, registered scenarios and journals are kept', './data')
    .option('--sweep-threads <n>', 'threads for each of two sweeps at a time; they give way to episodes', wholeNumber(1, 64), 1)
    .addOption(new Option('--durability <how>', 'what a crash may lose: everything; what was not yet committed, which clients send again; or nothing').choices(['none', 'async', 'ack']).default('async'))
    .option('--idle-seconds <n>', 'free the memory of episodes that nobody used for so long (without durability they are closed); 0 never does', wholeNumber(0, 31_536_000), 900)
    .option('--max-episodes <n>', 'the most episodes in memory at once', wholeNumber(1, 10_000_000), 20_000)
    .option('--keep-ended-seconds <n>', 'how long journals of ended or closed episodes are kept', wholeNumber(0, 31_536_000_000), 3600)
    .option('--keep-idle-seconds <n>', 'how long journals are kept that nobody goes on with', wholeNumber(0, 31_536_000_000), 604_800)
    .option('--journal-mb <n>', 'the most megabytes that the store may use, oldest journals dropped first; 0 is no bound', wholeNumber(0, 1_000_000_000), 4096)
    .option('--scenarios <file>', 'a spec file of your own that joins the catalogue; see that it is admitted with `fractal-gym validate` (repeatable)', several)
    .option('--tool-servers <file>', 'YAML list of servers of others that may answer the tools of worlds live; see docs/tool-servers.md')
    .option('--live-servers <n>', 'the most of those that run at once; beyond it, idle ones are started anew when they are next called', wholeNumber(1, 10_000), LIVE_SERVERS)
    .option('--token-file <file>', 'access tokens, one a line; every connection then needs one (also: FRACTAL_GYM_TOKEN)')
    .option('--allow-host <name>', 'a host name that clients may use, besides localhost and IP addresses (repeatable)', several)
    .option('--allow-origin <origin>', 'an origin whose web pages may connect (repeatable)', several)
    .option('--insecure', 'listen on other interfaces without tokens'))
    .addHelpText('after', '\nExample:\n  $ fractal-gym serve --port 9000\n  $ FRACTAL_GYM_TOKEN=$(openssl rand -hex 16) fractal-gym serve --host 0.0.0.0')
    .action(serve)
}
