/** `fractal-gym mcp` as it is run by MCP clients: the SDK's over a pipe, and the inspector's command line, one process a call. */
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import type { Snapshot } from '../../protocol/identity.ts'
import { Episode } from '../../src/episode/episode.ts'
import { createPolicy } from '../../src/policy/builtin.ts'
import { Session } from '../../src/server/session.ts'
import { shippedCatalogue } from '../checkout.ts'
import { ADMIN, ANYBODY, ask, shopCatalogue } from '../server/gym-under-test.ts'
import { asCall, call, mcpHouse, MODERN, playAlong, textOf } from '../server/mcp-house.ts'

const ROOT = join(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'src/cli/launch.js')
const SHOP = join(ROOT, 'test/fixtures/shop.yaml')
/** The inspector looks for its package from the folder that it is started in. */
const INSPECTOR = join(ROOT, 'node_modules/@modelcontextprotocol/inspector-cli/build')

const catalogue = shippedCatalogue()

type Run = { code: number | null; out: string; err: string }

/** Runs a command whose stdin ends at once. */
async function run(...args: string[]): Promise<Run> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number]>])
  return { code, out, err }
}

/** One call of the inspector's command line: a process of its own, its answer as JSON. */
async function inspect(target: string[], method: string, ...options: string[]): Promise<any> {
  const child = spawn(process.execPath, ['index.js', ...target, '--method', method, ...options], { cwd: INSPECTOR, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  try {
    return JSON.parse(out)
  } catch {
    throw new Error(`${method}: ${out} ${err}`)
  }
}

/** Arguments as that command line takes them. */
function toolArguments({ name, args }: { name: string; args: Record<string, unknown> }): string[] {
  const given = Object.entries(args).flatMap(([key, value]) => ['--tool-arg', `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`])
  return ['--tool-name', name, ...given]
}

t.test('the SDK over a pipe plays a whole episode in both revisions: stdout is protocol, stderr says what is served and how it ended', async (t) => {
  for (const mode of ['legacy', { pin: MODERN }] as const) {
    const file = join(t.testdir(), `${typeof mode}.json`)
    const transport = new StdioClientTransport({ command: process.execPath, args: [MAIN, 'mcp', 'retail', '--seed', '7', '--dynamics', 'flaky', '--episode', file], stderr: 'pipe' })
    const said = text(transport.stderr as unknown as NodeJS.ReadableStream)
    const client = new Client({ name: 'test', version: '0' }, { versionNegotiation: { mode } })
    await client.connect(transport)
    t.match(client.getInstructions(), /finish/)
    const twin = Episode.start(catalogue.find('retail')!, { seed: 7, options: { dynamics: 'flaky' } })
    let last = ''
    await playAlong(twin, 'robust', async (name, args) => { last = textOf(await call(client, name, args)) })
    t.match(last, /Reward 1, success/)
    t.match(JSON.parse(((await client.readResource({ uri: 'gym://episode/current/verdict' })).contents[0] as { text: string }).text), { reward: 1, success: true })
    await client.close()
    t.match(await said, /^retail \S+ seed 7: an MCP server on stdin and stdout, episode [0-9a-f]{32}\nafter \d+ steps: finished, reward 1, success\n$/)
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Snapshot
    t.equal(kept.state_hash, twin.stateHash(), 'the state of the same actions in the engine alone')
  }
})

t.test('the inspector, one process a call: over a pipe the episode is kept in a file, over HTTP by its handle', async (t) => {
  const file = join(t.testdir(), 'episode.json')
  const pipe = [process.execPath, MAIN, 'mcp', SHOP, '--seed', '3', '--task', 'order_total', '--episode', file]
  const home = await mcpHouse(t)
  const { episode } = ask(new Session(home.gym, ANYBODY), 'env/reset', { scenario: 'shop', seed: 3, task: 'order_total' })
  const http = [`${home.origin}/mcp?episode=${episode}`, '--transport', 'http']
  const listed = await inspect(pipe, 'tools/list')
  const twin = Episode.start(shopCatalogue().find('shop')!, { seed: 3, task: 'order_total' })
  t.same(listed.tools.map(({ name }: { name: string }) => name), twin.listed.map(({ schema }) => schema.name))
  t.same((await inspect(http, 'tools/list')).tools, listed.tools)
  const policy = createPolicy('oracle', twin)!
  let answers: any[] = []
  while (!twin.ended) {
    const step = asCall(policy.act(twin.observation) as Action)
    twin.step(step.action)
    answers = await Promise.all([pipe, http].map((target) => inspect(target, 'tools/call', ...toolArguments(step))))
    const withoutId = answers.map((answer) => JSON.stringify(answer).replaceAll(/episode\/[0-9a-f]{32}/g, 'episode/x'))
    t.equal(withoutId[0], withoutId[1])
  }
  for (const answer of answers) t.match(answer, { structuredContent: { reward: 1, success: true } })
  t.equal((JSON.parse(readFileSync(file, 'utf8')) as Snapshot).state_hash, twin.stateHash())
  t.equal(ask(new Session(home.gym, ADMIN), 'env/state', { episode }).hash, twin.stateHash())
  await Promise.all([pipe, http].map(async (target) => {
    const { contents: [verdict] } = await inspect(target, 'resources/read', '--uri', 'gym://episode/current/verdict')
    t.match(JSON.parse(verdict.text), { reward: 1 })
    t.match(await inspect(target, 'tools/call', '--tool-name', 'wait', '--tool-arg', 'ms=5'), { isError: true })
    t.match(await inspect(target, 'prompts/get', '--prompt-name', 'task'), { messages: [{ role: 'user' }, { role: 'user' }] })
  }))
})

t.test('two processes that play one file: the second is told that it came too late', async (t) => {
  const file = join(t.testdir(), 'episode.json')
  const open = async () => {
    const client = new Client({ name: 'test', version: '0' })
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [MAIN, 'mcp', SHOP, '--seed', '3', '--episode', file], stderr: 'ignore' }))
    t.teardown(() => client.close())
    return client
  }
  const first = await open()
  await call(first, 'wait', { ms: 1 })
  const second = await open()
  await second.readResource({ uri: 'gym://episode/current/state' })
  await call(first, 'wait', { ms: 2 })
  t.same((await open()).getServerVersion()?.name, 'fractal-gym', 'who only looks disturbs nobody')
  const third = await open()
  await call(third, 'wait', { ms: 3 })
  await t.rejects(call(first, 'wait', { ms: 9 }), { code: -32603, message: /written by another process/ })
  await call(third, 'wait', { ms: 4 })
  const { journal } = JSON.parse(readFileSync(file, 'utf8')) as { journal: { action: { tool_calls: [{ arguments: { ms: number } }] } }[] }
  t.same(journal.map(({ action }) => action.tool_calls[0].arguments.ms), [1, 2, 3, 4])
})

t.test('what is wrong is said before anything is served', async (t) => {
  const folder = t.testdir({ 'other.json': '{"not": "a snapshot"}', 'broken.json': '{' })
  const refused: [string[], number, RegExp][] = [
    [['retial'], 1, /did you mean retail/], [[SHOP, '--task', 'nothing'], 1, /GYM_UNKNOWN_TASK/], [[SHOP, '--dynamics', 'flakey'], 2, /did you mean flaky/],
    [[SHOP, '--others', '5'], 2, /--others/], [[SHOP, '--episode', join(folder, 'other.json')], 1, /other/], [[SHOP, '--episode', join(folder, 'broken.json')], 1, /broken/],
  ]
  await Promise.all(refused.map(async ([args, code, err]) => t.match(await run('mcp', ...args), { code, out: '', err }, args.join(' '))))
  const file = join(folder, 'mine.json')
  t.match(await run('mcp', SHOP, '--seed', '4', '--episode', file), { code: 0, out: '', err: /seed 4[\s\S]*after 0 steps: not ended/ })
  t.match(await run('mcp', SHOP, '--seed', '5', '--episode', file), { code: 1, out: '', err: /seed 4, not 5/ })
  for (const other of [['--dynamics', 'flaky'], ['--luck', '9'], ['--intensity', '0.5']]) t.match(await run('mcp', SHOP, '--episode', file, ...other), { code: 1, out: '', err: `mine.json holds an episode with another ${other[0]}` })
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Snapshot
  t.match(await run('mcp', SHOP, '--episode', file, '--luck', `${kept.identity.luck}`), { code: 0, err: /after 0 steps/ }, 'the same options go on')
  writeFileSync(file, JSON.stringify({ ...kept, state_hash: '0'.repeat(64) }))
  t.match(await run('mcp', SHOP, '--episode', file), { code: 1, out: '', err: /GYM_SNAPSHOT_INVALID/ })
  t.notOk(existsSync(`${file}.tmp`))
})

t.test('a spec file and a generated scenario; garbage on the pipe is refused and stops nothing', async (t) => {
  const list = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '0' } } })}\n`
  for (const ref of ['test/fixtures/shop.yaml', 'gen:1/any']) {
    const child = spawn(process.execPath, [MAIN, 'mcp', ref, '--seed', '3'], { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] })
    const err = text(child.stderr)
    const out = text(child.stdout)
    child.stdin.write(`garbage\n{"jsonrpc":"2.0"}\n[]\n\n${'['.repeat(100)}${']'.repeat(100)}\n${list.slice(0, 30)}`)
    child.stdin.write(`${list.slice(30)}${'x'.repeat(12_000_000)}\n{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"wait","arguments":{"__proto__":1}}}\n`)
    child.stdin.end('{"jsonrpc":"2.0","id":3,"method":"ping"}')
    const [code] = await once(child, 'exit') as [number]
    t.equal(code, 0)
    t.match(await err, /not ended/)
    const answers = (await out).trim().split('\n').map((line) => JSON.parse(line))
    t.same(answers.filter(({ id }) => id === null).map(({ error }) => error.code), [-32700, -32600, -32600, -32602, -32602], 'no JSON, no message, an array, too deep, too long')
    t.match(answers.find(({ id }) => id === 1), { result: { protocolVersion: '2025-11-25', serverInfo: { name: 'fractal-gym' } } }, ref)
    t.match(answers.find(({ id }) => id === 2), { result: { isError: true } }, 'after all that it is played on')
    t.notOk(answers.find(({ id }) => id === 3), 'a line that does not end was broken off')
  }
})
