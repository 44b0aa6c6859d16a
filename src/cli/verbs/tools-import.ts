/** `fractal-gym tools import`: the tools of an MCP server as a World document. */
import { Command, InvalidArgumentError } from 'commander'
import { World } from '../../../protocol/spec/world.ts'
import { DocumentName } from '../../../protocol/spec/notation.ts'
import { type Imported, importTools, printImported } from '../../mcp/import-tools.ts'
import { harmless } from '../../record/paint.ts'
import type { Connection, ServerAddress } from '../../server/tool-servers/connection.ts'
import { UsageError, WorkFailed } from '../failure.ts'
import { readOwnWords } from '../own-words.ts'
import { note, print } from '../print.ts'
import { writeNew } from '../write-new.ts'

type Options = { url?: string; env: Record<string, string>; header: Record<string, string>; output?: string; force?: boolean; name?: string; package?: string; license?: string; homepage?: string; ownWords?: string; timeout: number; json?: boolean }

function variable(text: string, before: Record<string, string>): Record<string, string> {
  const [, name, value] = /^([A-Za-z_]\w*)(?:=([\s\S]*))?$/.exec(text) ?? []
  const stated = value ?? (name === undefined ? undefined : process.env[name])
  if (name === undefined || stated === undefined) throw new InvalidArgumentError('expected NAME=VALUE, or the NAME of a variable that is set.')
  return { ...before, [name]: stated }
}

function header(text: string, before: Record<string, string>): Record<string, string> {
  const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(text) ?? []
  if (name === undefined) throw new InvalidArgumentError("expected 'Name: value'.")
  return { ...before, [name]: value! }
}

function seconds(text: string): number {
  const value = Number(text)
  if (!(value >= 0.1 && value <= 600)) throw new InvalidArgumentError('expected seconds from 0.1 to 600.')
  return value
}

function addressOf(command: readonly string[], { url, env, header: headers }: Options): ServerAddress {
  const [program, ...args] = command
  if ((url === undefined) === (program === undefined)) throw new UsageError('name one server: --url URL, or its command behind --')
  if (url === undefined) return { command: program!, args, env }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new UsageError(`${url} is no URL of http or https`)
  return { url, headers }
}

/** Reads name and tools of a server; its process is ended, whatever happens. @throws WorkFailed */
async function readServer(address: ServerAddress, timeout: number): Promise<{ name: string; version: string; tools: Awaited<ReturnType<Connection['listTools']>> }> {
  // Other verbs need not wait for the protocol to be loaded.
  const { Connection: Server, SERVER_LIMITS, ServerFailure } = await import('../../server/tool-servers/connection.ts')
  let connection: Connection | undefined
  try {
    connection = await Server.open(address, { ...SERVER_LIMITS, startMs: timeout * 1000, listMs: timeout * 1000 })
    return { ...connection.server, tools: await connection.listTools() }
  } catch (error) {
    if (!(error instanceof ServerFailure)) throw error
    const wrote = error.lastWords || connection?.lastWords
    throw new WorkFailed(`the server gave no list of tools (${error.kind}): ${error.message}${wrote ? `; it wrote:\n${harmless(wrote)}` : ''}`)
  } finally {
    await connection?.close()
  }
}

function noteRemarks({ remarks }: Imported): void {
  for (const { path, message } of remarks) note(harmless(path === '' ? message : `${path}: ${message}`))
  const of = new Set(remarks.flatMap(({ path }) => (path === '' ? [] : [path.split('.')[0]]))).size
  note(`${remarks.length} remark${remarks.length === 1 ? '' : 's'}, on ${of} tool${of === 1 ? '' : 's'}`)
}

async function importServer(command: readonly string[], options: Options): Promise<void> {
  const address = addressOf(command, options)
  if (options.name !== undefined && !DocumentName.safeParse(options.name).success) throw new UsageError(`${options.name} is no name: lower case letters, digits, - _ .`)
  const describe = options.ownWords === undefined ? undefined : readOwnWords(options.ownWords)
  const { name, version, tools } = await readServer(address, options.timeout)
  const { package: from = `${name}@${version}`, license, homepage } = options
  const imported = importTools({ server: { name: options.name ?? name, package: from, license, homepage }, tools, describe })
  const parsed = World.safeParse(imported.world)
  if (!parsed.success) throw new WorkFailed(`not imported: ${parsed.error.issues[0]!.path.join('.')}: ${parsed.error.issues[0]!.message}`)
  if (options.json) print(JSON.stringify({ world: imported.world, remarks: imported.remarks }))
  else noteRemarks(imported)
  const text = printImported(imported, describe ? 'own' : 'theirs')
  if (options.output !== undefined) {
    writeNew(options.output, text, options.force ?? false)
    note(`${tools.length} tools written to ${options.output}`)
  } else if (!options.json) print(text.trimEnd())
}

export function toolsImportVerb(): Command {
  return new Command('import')
    .description("Read the tools of an MCP server, over stdio or Streamable HTTP, and write them as a World document. The server gets a few harmless variables of the environment and those of --env, no others.")
    .argument('[command...]', 'program and arguments that start the server, behind --')
    .option('--url <url>', 'of a server that runs already')
    .option('--env <variable>', 'NAME=VALUE for its process, or NAME to hand over ours (repeatable)', variable, {})
    .option('--header <header>', "'Name: value' of every request to --url (repeatable)", header, {})
    .option('-o, --output <file>', 'write the document there instead of printing it')
    .option('--force', 'write over a file that is there')
    .option('--name <name>', 'of the server; the world is called mcp-NAME (default: as the server names itself)')
    .option('--package <package>', 'what was installed, as name@version (default: as the server names itself)')
    .option('--license <license>', 'of the package')
    .option('--homepage <url>', 'of the package')
    .option('--own-words <file>', 'sentences by tool, or a World that has them: no sentence of the server is taken')
    .option('--timeout <seconds>', 'for the start, and again for the list', seconds, 60)
    .option('--json', 'print {world, remarks}')
    .addHelpText('after', '\nExample:\n  $ fractal-gym tools import -o desk.yaml -- npx -y @modelcontextprotocol/server-memory\n  $ fractal-gym tools import --url http://localhost:3000/mcp --name desk')
    .action(importServer)
}
