/** `fractal-gym serve`: the gym on a WebSocket. */
import { Command, InvalidArgumentError } from 'commander'
import { readFileSync } from 'node:fs'
import { type Access, isLoopback } from '../../server/access.ts'
import { adminTokenOf } from '../../server/admin-token.ts'
import { wallClock } from '../../server/clock.ts'
import { Gym } from '../../server/gym.ts'
import { GymServer } from '../../server/server.ts'
import { databasePath, openDatabase } from '../../store/database.ts'
import { SqliteScenarios } from '../../store/sqlite-scenarios.ts'
import { several, wholeNumber } from '../arguments.ts'
import { embeddedCatalogue, embeddedFiles } from '../embedded-catalogue.ts'
import { UsageError, WorkFailed } from '../failure.ts'
import { packageVersion } from '../package-root.ts'
import { note, print } from '../print.ts'
import { welcome } from '../welcome.ts'

type Options = {
  host: string; port: number; data: string; idleSeconds: number; maxEpisodes: number
  insecure?: boolean; tokenFile?: string; allowHost?: string[]; allowOrigin?: string[]
}

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

function accessOf(options: Options): { access: Access; adminTokenPath: string } {
  const tokens = readTokens(options.tokenFile)
  if (!isLoopback(options.host) && tokens.length === 0 && !options.insecure) {
    throw new UsageError(`${options.host} can be reached from other machines: give tokens (--token-file FILE, or FRACTAL_GYM_TOKEN), or --insecure if the network is trusted`)
  }
  const { token, path } = adminTokenOf(options.data)
  const hosts = [options.host, ...(options.allowHost ?? [])].map((host) => host.toLowerCase())
  return { access: { adminToken: token, tokens, hosts, origins: options.allowOrigin ?? [] }, adminTokenPath: path }
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

async function serve(options: Options): Promise<void> {
  const { access, adminTokenPath } = accessOf(options)
  const database = openDatabase(databasePath(options.data))
  const store = new SqliteScenarios(database)
  const gym = new Gym({
    catalogue: embeddedCatalogue(),
    shipped: embeddedFiles('envs'),
    store,
    clock: wallClock,
    bounds: { episodes: options.maxEpisodes, idleMs: options.idleSeconds * 1000 },
    version: packageVersion(),
    report: (incident, error) => note(`incident ${incident}: ${error instanceof Error ? error.stack : String(error)}`),
  })
  const server = await GymServer.create(gym, access)
  const stop = told()
  const port = await listen(server, options.host, options.port)
  print(welcome({ host: options.host, port, scenarios: gym.scenarios.names(), adminTokenPath, open: access.tokens.length === 0 && !isLoopback(options.host) }))
  const signal = await stop
  note(`${signal}: finishing what is in flight`)
  await server.stop()
  database.close()
}

function hostName(text: string): string {
  const name = text.replace(/^\[(.*)\]$/, '$1')
  if (!/^[\w.:-]+$/.test(name)) throw new InvalidArgumentError('expected a host name or an IP address.')
  return name
}

export function serveVerb(): Command {
  return new Command('serve')
    .description('Serve the gym on a WebSocket.')
    .option('--host <host>', 'interface to listen on', hostName, '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0 lets the system choose', wholeNumber(0, 65_535), 8765)
    .option('--data <folder>', 'where the admin token and registered scenarios are kept', './data')
    .option('--idle-seconds <n>', 'close episodes that nobody used for so long; 0 never does', wholeNumber(0, 31_536_000), 900)
    .option('--max-episodes <n>', 'the most episodes alive at once', wholeNumber(1, 10_000_000), 20_000)
    .option('--token-file <file>', 'access tokens, one a line; every connection then needs one (also: FRACTAL_GYM_TOKEN)')
    .option('--allow-host <name>', 'a host name that clients may use, besides localhost and IP addresses (repeatable)', several)
    .option('--allow-origin <origin>', 'an origin whose web pages may connect (repeatable)', several)
    .option('--insecure', 'listen on other interfaces without tokens')
    .addHelpText('after', '\nExample:\n  $ fractal-gym serve --port 9000\n  $ FRACTAL_GYM_TOKEN=$(openssl rand -hex 16) fractal-gym serve --host 0.0.0.0')
    .action(serve)
}
