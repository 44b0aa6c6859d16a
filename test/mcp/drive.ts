/**
 * Calls servers through `fractal-gym tools record`, always the same calls, and gives the recordings.
 * As a script it makes those of test/fixtures/cassettes: `node test/mcp/drive.ts FOLDER`.
 */
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Cassette } from '../../protocol/cassette.ts'
import { below, chance, keyOf } from '../../src/core/keyed.ts'
import { mergeCassettes } from '../../src/mcp/merge-cassettes.ts'
import { readCassette } from '../../src/spec/read-cassette.ts'
import { writeCassette } from '../../src/mcp/write-cassette.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const LAUNCH = join(ROOT, 'src/cli/launch.js')
const installed = (name: string): string => join(ROOT, `node_modules/@modelcontextprotocol/server-${name}/dist/index.js`)
const SPEED = 5

type Call = readonly [tool: string, args: Record<string, unknown>]
/** What to start, and the n-th call; a folder of its own is there for it. */
type Driven = { command(folder: string, seed: number): string[]; call(n: number, seed: number): Call; options(folder: string): string[]; env?(folder: string): Record<string, string> }

const pick = <T>(key: ReturnType<typeof keyOf>, items: readonly T[], index = 0): T => items[below(key, items.length, index)]!
/** Text of 2 to 60,000 characters, small ones mostly. */
const textOf = (key: ReturnType<typeof keyOf>): string => 'The quick brown fox jumps over the lazy dog.\n'.repeat(1 + Math.floor(2 ** (below(key, 1000, 20) / 100)))

export const SERVERS: Record<'filesystem' | 'everything' | 'memory' | 'slow', Driven> = {
  filesystem: {
    command: (folder) => [process.execPath, installed('filesystem'), folder],
    options: (folder) => ['--from', '@modelcontextprotocol/server-filesystem@2026.8.31', '--hide', `root=${folder}`],
    call(n, seed) {
      const key = keyOf(['filesystem', seed, n])
      const file = `f${below(key, 40, 1)}.txt`
      if (n < 40) return ['write_file', { path: `f${n}.txt`, content: textOf(key) }]
      return pick<() => Call>(key, [
        () => ['read_text_file', { path: file }], () => ['read_text_file', { path: file }], () => ['read_text_file', { path: chance(key, 0.2, 3) ? `gone${below(key, 9, 4)}.txt` : file, head: 3 }],
        () => ['write_file', { path: file, content: textOf(key) }], () => ['write_file', { path: file, content: textOf(key) }],
        () => ['edit_file', { path: file, edits: [{ oldText: 'quick', newText: 'swift' }], dryRun: chance(key, 0.5, 3) }],
        () => ['list_directory', { path: '.' }], () => ['get_file_info', { path: file }], () => ['search_files', { path: '.', pattern: `*${below(key, 9, 4)}.txt` }],
        () => ['directory_tree', { path: '.' }], () => ['read_multiple_files', { paths: [file, 'f1.txt', 'f2.txt'] }], () => ['create_directory', { path: `d${below(key, 20, 2)}` }],
      ], 2)()
    },
  },
  everything: {
    command: () => [process.execPath, installed('everything')],
    options: () => ['--from', '@modelcontextprotocol/server-everything@2026.8.31'],
    call(n, seed) {
      const key = keyOf(['everything', seed, n])
      return pick<() => Call>(key, [
        () => ['echo', { message: textOf(key) }], () => ['get-sum', { a: below(key, 100, 3), b: below(key, 100, 4) }], () => ['get-tiny-image', {}],
        () => ['get-annotated-message', { messageType: pick(key, ['error', 'success', 'debug'], 5), includeImage: chance(key, 0.3, 6) }],
        () => ['get-structured-content', { location: pick(key, ['New York', 'Chicago', 'Los Angeles'], 5) }], () => ['get-resource-links', { count: 1 + below(key, 9, 3) }],
      ], 2)()
    },
  },
  memory: {
    command: () => [process.execPath, installed('memory')],
    options: () => ['--from', '@modelcontextprotocol/server-memory@2026.8.31'],
    env: (folder) => ({ MEMORY_FILE_PATH: join(folder, 'memory.jsonl') }),
    call(n, seed) {
      const key = keyOf(['memory', seed, n])
      const name = `node ${below(key, 60, 1)}`
      return pick<() => Call>(key, [
        () => ['create_entities', { entities: [{ name, entityType: 'thing', observations: [`seen ${n}`] }] }], () => ['create_relations', { relations: [{ from: name, to: `node ${below(key, 60, 3)}`, relationType: 'knows' }] }],
        () => ['add_observations', { observations: [{ entityName: name, contents: [`again ${n}`] }] }], () => ['delete_entities', { entityNames: [name] }], () => ['read_graph', {}],
        () => ['search_nodes', { query: `seen ${below(key, 9, 3)}` }], () => ['open_nodes', { names: [name] }],
      ], 2)()
    },
  },
  slow: {
    command: (_, seed) => [process.execPath, join(ROOT, 'test/mcp/slow-server.ts'), String(seed), String(SPEED)],
    options: () => ['--timeout', String(10_000 / SPEED)],
    call(n, seed) {
      const key = keyOf(['slow calls', seed, n])
      return [pick(key, ['search', 'fetch', 'book'], 1), { item: `item-${below(key, 60, 2)}` }]
    },
  },
}

/** Makes so many calls, one after another, through the recorder. */
export async function drive(which: keyof typeof SERVERS, calls: number, seed = 1): Promise<Cassette> {
  const { command, options, call, env } = SERVERS[which]
  const folder = mkdtempSync(join(tmpdir(), 'gym-drive-'))
  const inside = join(folder, 'root')
  mkdirSync(inside)
  const file = join(folder, 'cassette.json')
  try {
    const transport = new StdioClientTransport({ command: process.execPath, args: [LAUNCH, 'tools', 'record', '-o', file, ...options(inside), '--', ...command(inside, seed)], env: { ...env?.(inside) }, cwd: inside, stderr: 'ignore' })
    const client = new Client({ name: 'driver', version: '1' }, { capabilities: {} })
    await client.connect(transport)
    await client.listTools()
    for (let n = 0; n < calls; n++) {
      const [name, args] = call(n, seed)
      const inFolder = which === 'filesystem' ? Object.fromEntries(Object.entries(args).map(([key, value]) => [key, key === 'path' ? join(inside, value as string) : key === 'paths' ? (value as string[]).map((one) => join(inside, one)) : value])) : args
      await client.callTool({ name, arguments: inFolder }).catch(() => {})
    }
    await client.close()
    const read = readCassette(readFileSync(file, 'utf8'))
    if ('complaints' in read) throw new Error(JSON.stringify(read.complaints))
    return read.cassette
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What calibration needs of a recording: times, sizes, errors and which calls failed. It does not replay: states and arguments are left out. */
export function compacted(cassette: Cassette, speed = 1): Cassette {
  const short = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 40)} [${text.length} characters]`)
  const brief = cassette.answers.map((answer) => (answer.is_error ? { json: short(String(answer.json)), is_error: answer.is_error, ...(answer.failure && { failure: answer.failure }) } : { json: '[left out]' }))
  const texts = brief.map((answer) => JSON.stringify(answer))
  const kept = [...new Set(texts)]
  return {
    ...cassette,
    tools: cassette.tools.map(({ name, annotations }) => ({ name, inputSchema: { type: 'object' }, ...(annotations && { annotations }) })),
    answers: kept.map((text) => JSON.parse(text) as Cassette['answers'][number]),
    calls: cassette.calls.map(({ tool, bytes, ms, answer, ...call }) => ({ state: 'start', tool, arguments: cassette.answers[answer]!.is_error ? Object.fromEntries(Object.entries(call.arguments).filter(([, value]) => JSON.stringify(value).length < 60)) : {}, answer: kept.indexOf(texts[answer]!), ms: Math.round(ms * speed * 100) / 100, bytes })),
  }
}

async function main(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const [which, calls] of [['filesystem', 3000], ['everything', 1000], ['memory', 1000]] as const) {
    const began = performance.now()
    const text = writeCassette(compacted(await drive(which, calls)))
    writeFileSync(join(folder, `${which}.json`), text)
    console.log(`${which}: ${calls} calls in ${Math.round((performance.now() - began) / 1000)} s, ${text.length} characters`)
  }
  const began = performance.now()
  const sessions = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((seed) => drive('slow', 700, seed)))
  const text = writeCassette(compacted(mergeCassettes(sessions).cassette, SPEED))
  writeFileSync(join(folder, 'slow.json'), text)
  console.log(`slow: ${Math.round((performance.now() - began) / 1000)} s, ${text.length} characters`)
}

if (process.argv[1] === import.meta.filename) {
  // No folder by default: the fixtures are measurements that docs/calibration.md quotes, not to be made again by accident.
  const folder = process.argv[2]
  if (folder === undefined) throw new Error('name the folder to record into: node test/mcp/drive.ts FOLDER')
  await main(folder)
}
