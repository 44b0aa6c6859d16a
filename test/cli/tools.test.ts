/** `fractal-gym tools`: recording through a proxy, what a recording holds, calibration. */
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'
import { Dynamics } from '../../protocol/spec/dynamics.ts'
import { run } from '../../src/cli/program.ts'
import { readCassette } from '../../src/spec/read-cassette.ts'
import { compacted, drive } from '../mcp/drive.ts'
import { ROOT } from '../checkout.ts'

const LAUNCH = join(ROOT, 'src/cli/launch.js')
const EVERYTHING = join(ROOT, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js')
const FIXTURE = join(ROOT, 'test/fixtures/cassettes/slow.json')
const SECRET = `Tr0ub4dor-and-${'3'.repeat(3)}`

type Ran = { readonly code: number; readonly out: string; readonly err: string }
async function gym(...args: string[]): Promise<Ran> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [LAUNCH, ...args], { env: { ...process.env, COLUMNS: '150' } })
    return { code: 0, out: stdout, err: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, err: stderr }
  }
}

async function through(args: readonly string[], env: Record<string, string>, use: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ name: 'test', version: '1' }, { capabilities: {} })
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [LAUNCH, 'tools', 'record', ...args], env, stderr: 'ignore' }))
  try {
    await use(client)
  } finally {
    await client.close()
  }
}

t.test('a client sees the server itself, and the recording has no secrets', async (t) => {
  const folder = t.testdir({})
  const file = join(folder, 'cassette.json')
  let clean = ''
  await through(['-o', file, '--env', 'MY_SETTING=plain-but-private', '--', process.execPath, EVERYTHING], { SOME_API_KEY: SECRET, HOME: folder }, async (client) => {
    const { tools } = await client.listTools()
    t.ok(tools.some(({ name }) => name === 'get-sum'))
    t.match(await client.callTool({ name: 'get-sum', arguments: { a: 2, b: 3 } }), { content: [{ type: 'text', text: 'The sum of 2 and 3 is 5.' }] })
    t.match(JSON.stringify(await client.callTool({ name: 'get-env', arguments: {} })), SECRET, 'the client sees what the server says')
    await client.callTool({ name: 'echo', arguments: { message: `mine is ${SECRET}, at ${folder}/notes, plain-but-private` } })
    t.match(await client.callTool({ name: 'get-tiny-image', arguments: {} }), { content: [{}, { type: 'image' }, {}] })
    t.match((await client.callTool({ name: 'get-sum', arguments: { a: 'two' } }).catch((error: Error) => ({ isError: true, content: error.message }))).isError, true)
    await client.callTool({ name: 'nowhere', arguments: {} }).catch(() => {})
    await client.callTool({ name: 'echo', arguments: { message: 'the last one' } })
    // In the file before the connection ends.
    for (let i = 0; i < 100 && !clean.includes('the last one'); i++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      clean = readFileSync(file, 'utf8')
    }
  })
  const text = readFileSync(file, 'utf8')
  t.equal(text, clean, 'whole after every call')
  t.notOk(existsSync(`${file}.part`))
  for (const hidden of [SECRET, 'plain-but-private', folder, Buffer.from(SECRET).toString('base64')]) t.notOk(text.includes(hidden), hidden)
  const read = readCassette(text)
  if ('complaints' in read) return t.fail(JSON.stringify(read.complaints))
  const { calls, answers, server } = read.cassette
  t.equal(calls.length, 6, 'but the call of a tool that is not there')
  t.equal(server.name, 'mcp-servers/everything')
  const echo = calls.find(({ tool }) => tool === 'echo')!
  t.match(echo.arguments.message, /^mine is <secret:\d>, at <home>\/notes, <secret:\d>$/)
  t.equal(answers[echo.answer]!.json, `Echo: ${String(echo.arguments.message)}`, 'the same placeholder in the argument and in the answer')
  t.match(answers[calls[3]!.answer]!.blocks?.[1], { type: 'image', mimeType: 'image/png' })
  t.ok(answers[calls[4]!.answer]!.is_error)
})

t.test('errors reach the client as they are, refused writes leave the state, and the server ends by itself', async (t) => {
  const folder = t.testdir({ 'server.mjs': `
    import { createInterface } from 'node:readline'
    import { writeFileSync } from 'node:fs'
    const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n')
    createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method, params } = JSON.parse(line)
      if (method === 'initialize') send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'errs', version: '1' } } })
      else if (method === 'tools/list') send({ id, result: { tools: [{ name: 'put', inputSchema: { type: 'object' } }] } })
      else if (method === 'tools/call') send({ id, ...(params.arguments.code ? { error: { code: params.arguments.code, message: 'as it pleases', data: { more: 1 } } } : { result: { content: [{ type: 'text', text: 'done' }] } }) })
    }).on('close', () => setTimeout(() => { writeFileSync('ended', ''); process.exit() }, 150))` })
  const file = join(folder, 'cassette.json')
  await through(['-o', file, '--', 'sh', '-c', `cd ${folder} && exec ${process.execPath} server.mjs`], {}, async (client) => {
    for (const code of [-32602, -32000]) {
      const error = await client.callTool({ name: 'put', arguments: { code } }).then(() => undefined, (reason: unknown) => reason)
      t.match(error, { code, data: { more: 1 }, message: /as it pleases/ })
    }
    t.match(await client.callTool({ name: 'put', arguments: {} }), { content: [{ text: 'done' }] })
  })
  for (let i = 0; i < 100 && !existsSync(join(folder, 'ended')); i++) await new Promise((resolve) => setTimeout(resolve, 20))
  t.ok(existsSync(join(folder, 'ended')))
  const { calls, answers } = JSON.parse(readFileSync(file, 'utf8')) as { calls: { answer: number; state: string; next?: string }[]; answers: { failure?: string }[] }
  t.same(calls.map(({ answer, next }) => [answers[answer]!.failure, next !== undefined]), [['protocol', false], ['protocol', true], [undefined, true]])
})

t.test('mistakes of the command line', async (t) => {
  const folder = t.testdir({ 'there.json': '{}', 'broken.json': '{"format":"x"}' })
  const quiet = { writeOut: () => {}, writeErr: () => {} }
  const code = (...args: string[]): Promise<number> => run(['tools', ...args], quiet)
  t.equal(await code('record'), 2, 'no server')
  t.equal(await code('record', '--url', 'http://127.0.0.1:1/mcp', '--', 'x'), 2, 'two servers')
  t.equal(await code('record', '--env', 'NO_SUCH_VARIABLE_HERE', '--', 'x'), 2)
  t.equal(await code('record', '--hide', 'nothing', '--', 'x'), 2)
  t.equal(await code('record', '-o', join(folder, 'there.json'), '--', process.execPath, EVERYTHING), 1, 'a file that exists')
  t.equal(await code('record', '-o', join(folder, 'new.json'), '--', 'no-such-command-here'), 1)
  t.equal(await code('record', '-o', join(folder, 'new.json'), '--url', 'http://127.0.0.1:1/mcp'), 1)
  t.equal(await code('calibrate'), 2)
  t.equal(await code('calibrate', '--name', 'Not A Name', FIXTURE), 2)
  const broken = await gym('tools', 'show', join(folder, 'broken.json'))
  t.equal(broken.code, 1)
  t.match(broken.err, /broken\.json: format: /)
  t.equal(await code('show', join(folder, 'gone.json')), 1)
})

t.test('show and calibrate', async (t) => {
  const folder = t.testdir({})
  const shown = await gym('tools', 'show', FIXTURE)
  t.match(shown.out, /slow-server 1\.0\.0.*\n4900 calls/)
  t.equal((JSON.parse((await gym('tools', 'show', FIXTURE, '--json')).out) as { calls: number }).calls, 4900)
  const file = join(folder, 'slow.yaml')
  const found = await gym('tools', 'calibrate', FIXTURE, '--name', 'slow', '-o', file)
  t.equal(found.code, 0)
  t.match(found.out, /held out : played\n/)
  t.match(found.err, /all of \d+ numbers that can be judged are within the tolerance/)
  const profile = Dynamics.parse(parse(readFileSync(file, 'utf8')))
  t.equal(profile.name, 'slow')
  t.ok(profile.entries.length >= 7)
  t.equal((await gym('tools', 'calibrate', FIXTURE, '-o', file)).code, 1, 'nothing is written over')
  const json = JSON.parse((await gym('tools', 'calibrate', FIXTURE, '--json')).out) as { ok: boolean; rows: unknown[] }
  t.same([json.ok, json.rows.length], [true, 4])
  const wide = await gym('tools', 'calibrate', FIXTURE, '--by', 'effect', '--name', 'wide')
  t.match(wide.out, /id: reads, .*match: \{effect: read\}/)
  // In docs, as it is printed.
  const table = found.out.slice(found.out.indexOf('held out : played')).trimEnd()
  t.ok(readFileSync(join(ROOT, 'docs/calibration.md'), 'utf8').includes(table), `docs/calibration.md has the table:\n${table}`)
})

t.test('hangs, errors and lost writes of a slow server are recorded', async (t) => {
  const cassette = await drive('slow', 25, 11)
  t.equal(cassette.calls.length, 25)
  t.ok(cassette.calls.every(({ ms }) => ms >= 4 && ms < 3000))
  t.ok(cassette.answers.some(({ is_error }) => is_error))
  t.ok('cassette' in readCassette(JSON.stringify(compacted(cassette, 5))))
})
