/** The command line as it is run: verbs, exit codes, what is printed where. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { run as runHere } from '../../src/cli/program.ts'

const ROOT = join(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'src/cli/launch.js')

type Run = { code: number | null; out: string; err: string }

function run(args: string[], { input = '', env = {}, node = [] as string[] } = {}): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, MAIN, ...args], { cwd: ROOT, input, encoding: 'utf8', env: { ...process.env, FRACTAL_GYM_TOKEN: '', ...env } })
  return { code: status, out: stdout, err: stderr }
}

const lines = (text: string): any[] => text.trim().split('\n').map((line) => JSON.parse(line))

/** Runs what ends before any work begins, in this process: help and usage errors. */
async function usage(...args: string[]): Promise<Run> {
  let [out, err] = ['', '']
  const code = await runHere(args, { writeOut: (text) => { out += text }, writeErr: (text) => { err += text } })
  return { code, out, err }
}

t.test('help has an example for every verb; mistakes in usage give 2', async (t) => {
  const top = run(['--help'])
  t.equal(top.code, 0)
  for (const verb of ['serve', 'scenarios', 'sample', 'play', 'replay', 'verify', 'explain', 'groups', 'validate', 'register', 'new', 'dynamics', 'mcp']) {
    t.ok(top.out.includes(verb))
    t.match(await usage(verb, '--help'), { code: 0, out: /Example:\n {2}\$ fractal-gym/ }, verb)
  }
  t.equal((await usage('--version')).out.trim(), (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version)
  t.match(run(['scenarois']), { code: 2, err: /scenarios/ })
  t.match(await usage('play', 'retail', '--sed', '3'), { code: 2, err: /--seed/ })
  t.match(await usage('play', 'retail', '--seed', '-3'), { code: 2, err: /whole number/ })
  t.match(await usage('play', 'retail', '--seed', '9007199254740992'), { code: 2 })
  t.match(await usage('play', 'retail', '--intensity', '2'), { code: 2, err: /0 to 1/ })
  t.match(await usage('play', 'retail', '--policy', 'genius'), { code: 2, err: /oracle/ })
  t.match(await usage('play'), { code: 2, err: /scenario/ })
  t.match(await usage('sample', 'retail', '--split', 'dev'), { code: 2 })
  t.match(await usage('serve', '--port', '70000'), { code: 2, err: /65535/ })
})

t.test('an older Node is told what to do', async (t) => {
  const old = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"24.11.1"})'
  t.match(run(['scenarios'], { node: ['--import', old] }), { code: 2, err: /needs Node 24\.12.*24\.11\.1[\s\S]*npm start/ })
})

t.test('new writes a starter that is admitted as it stands', async (t) => {
  const folder = t.testdir({})
  const file = join(folder, 'my-library.yaml')
  t.match(run(['new', 'my-library', '-o', file]), { code: 0, err: /fractal-gym validate/ })
  const text = readFileSync(file, 'utf8')
  t.match(text, /^# yaml-language-server: \$schema=\S*protocol\/schemas\/Spec\.json\n/)
  t.notMatch(text, /NAME/)
  t.match(run(['new', 'my-library', '-o', file]), { code: 1, err: /exists.*--force/ })
  t.match(run(['new', 'My Library']), { code: 2, err: /lower case/ })
  t.match(run(['validate', file, '--json', '--seeds', '8']), { code: 0, out: /"ok":true,"name":"my-library"/ })
  t.match(run(['play', file, '--policy', 'oracle', '--seed', '2']), { code: 0, out: /reward 1, success/ })
})

t.test('scenarios and sample', async (t) => {
  t.match(run(['scenarios']), { code: 0, out: /retail +[0-9a-f]{8}/ })
  t.match(JSON.parse(run(['scenarios', '--json']).out).find(({ name }: { name: string }) => name === 'retail'), { digest: /^[0-9a-f]{64}$/ })
  const args = ['sample', 'retail', '--seed', '5', '--count', '4', '--split', 'test', '--include', 'prompt', '--json']
  const { code, out } = run(args)
  t.equal(code, 0)
  t.equal(lines(out).length, 4)
  t.match(lines(out)[0], { scenario: /^retail@/, split: 'test', prompt: [{ role: 'system' }, { role: 'user' }] })
  t.match(run(['sample', 'retial']), { code: 1, err: /did you mean retail/ })
})

t.test('play by a policy, save, replay', async (t) => {
  const file = join(t.testdir(), 'run.json')
  const played = run(['play', 'retail', '--seed', '7', '--policy', 'oracle', '--json', '--save', file])
  t.equal(played.code, 0)
  const [reset, ...steps] = lines(played.out)
  t.match(reset, { observation: { messages: [{ role: 'system' }, { role: 'user' }], tools: Array }, info: { seed: 7 } })
  t.match(steps.at(-1), { action: { tool_calls: [{ name: 'finish' }] }, result: { reward: 1, terminated: true, info: { verdict: { success: true } } } })
  t.notOk(played.out.includes('"evidence"') && played.out.includes('"applications"'), 'public by default')
  t.equal(run(['play', 'retail', '--seed', '7', '--policy', 'oracle', '--json']).out, played.out, 'byte for byte')
  const shown = run(['play', 'retail', '--seed', '7', '--policy', 'robust', '--dynamics', 'flaky', '--reveal'])
  t.match(shown, { code: 0, out: /reward 1, success/ })
  t.notOk(shown.out.includes('\u001b['), 'no colour into a pipe')
  t.match(run(['play', 'retail', '--seed', '7', '--policy', 'noop', '--intensity', '0.5', '--add', '{"id": "slow", "kind": "latency.constant", "ms": 1}']), { code: 0, out: /^retail@\w+ .*, clean at 0\.5, changed\n/ })
  t.match(run(['play', 'retail', '--dynamics', 'flakey']), { code: 2, err: /did you mean flaky/ })

  t.match(run(['replay', file]), { code: 0, out: /the same: \d+ steps, reward 1/ })
  t.match(JSON.parse(run(['replay', '-', '--json'], { input: readFileSync(file, 'utf8') }).out), { ok: true, differences: [] })
  const forged = JSON.parse(readFileSync(file, 'utf8'))
  forged.events.find((event: { type: string }) => event.type === 'call').content = 'forged'
  t.match(run(['replay', '-'], { input: JSON.stringify(forged) }), { code: 1, err: /event 2\.content: recorded "forged", replayed / })
  t.match(run(['replay', '-'], { input: '{' }), { code: 1, err: /not JSON/ })
})

t.test('play by a person', async (t) => {
  const input = ['tools', 'help', 'list_order x', 'list_orders', '{"name": "list_orders", "arguments": {}}', '{"nam": 1}', '{', 'report_unable reason="I give up"', 'never read'].join('\n')
  const { code, out, err } = run(['play', 'retail', '--seed', '7'], { input })
  t.equal(code, 0)
  t.match(err, /did you mean list_orders/)
  t.match(err, /not an action/)
  t.match(err, /not JSON/)
  t.match(out, /reported_unable/)
  t.match(out, /> list_orders/)
  t.match(run(['play', 'retail', '--seed', '7'], { input: '' }), { code: 0 }, 'the end of the input ends the game')
})

t.test('validate', async (t) => {
  const folder = t.testdir({
    'typo.yaml': "kind: World\nname: w\nepoch: '2026-01-01T00:00:00Z'\ntables:\n  a: {key: id, cont: 3, columns: {id: {type: string}}}\ntools: {}\n",
    'broken.yaml': 'kind: World\nname: [\n',
  })
  const good = run(['validate', 'test/fixtures/shop.yaml', '--seeds', '3', '--json'])
  t.equal(good.code, 0)
  t.match(lines(good.out), [{ ok: true, name: 'shop', digest: /^[0-9a-f]{64}$/, checks: Array, complaints: [] }])
  const typo = run(['validate', join(folder, 'typo.yaml'), '--json'])
  t.equal(typo.code, 1)
  t.match(lines(typo.out), [{ ok: false, name: null, complaints: [{ file: /typo\.yaml$/, line: 5, column: Number, code: String, message: /cont/, nearest: 'count' }] }])
  t.match(typo.err, /typo\.yaml:5:\d+: .*did you mean count/)
  t.match(run(['validate', join(folder, 'broken.yaml')]), { code: 1, err: /broken\.yaml:\d+:\d+/ })
  t.match(run(['validate', 'envs/dynamics/flaky.yaml']), { code: 0, err: /no scenario/ })
})

/** Starts `serve` and waits until it says that it is ready. */
async function serve(t: { teardown(end: () => void): void }, args: string[], env: Record<string, string> = {}): Promise<{ child: ReturnType<typeof spawn>; text: string; address: string }> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, FRACTAL_GYM_TOKEN: '', ...env } })
  t.teardown(() => child.kill('SIGKILL'))
  let text = ''
  for await (const chunk of child.stdout) {
    text += chunk
    if (text.includes('Ctrl+C')) break
  }
  return { child, text, address: /ws:\/\/(\S+)/.exec(text)?.[1] ?? '' }
}

t.test('serve: says what to do next, keeps its token to itself, stops when told', async (t) => {
  const data = join(t.testdir(), 'data')
  const { child, text, address } = await serve(t, ['--data', data])
  t.match(text, /ready at ws:\/\/127\.0\.0\.1:\d+\n[\s\S]*pip install[\s\S]*from fractal_gym import Client/)
  t.match(await (await fetch(`http://${address}/readyz`)).json(), { status: 'ready', scenarios: Number })
  t.equal(statSync(join(data, 'admin.token')).mode & 0o777, 0o600)
  t.notOk(text.includes(readFileSync(join(data, 'admin.token'), 'utf8').trim()), 'the token is not printed')
  const taken = run(['serve', '--data', data, '--port', address.split(':')[1]!])
  t.match(taken, { code: 1, err: /is taken/ })
  const lingering = connect(Number(address.split(':')[1]), '127.0.0.1')
  lingering.on('error', () => {})
  await once(lingering, 'connect')
  child.kill('SIGTERM')
  t.same(await once(child, 'exit'), [0, null])
})

t.test("serve: the operator's own scenarios are of the catalogue", async (t) => {
  const { address } = await serve(t, ['--data', join(t.testdir(), 'data'), '--scenarios', 'test/fixtures/shop.yaml'])
  t.match(await (await fetch(`http://${address}/v1/scenarios/shop`)).json(), { summary: { name: 'shop', origin: 'catalogue' } })
  t.match(run(['register', 'test/fixtures/shop.yaml', '--server', `ws://${address}`]), { code: 1, err: /shop belongs to the catalogue/ })
  t.match(run(['serve', '--data', join(t.testdir(), 'data'), '--scenarios', 'no-such.yaml']), { code: 1, err: /no-such.yaml: no such file/ })
})

t.test('register: on a running server, which keeps it when it is killed', async (t) => {
  const folder = t.testdir({ data: {}, 'wrong.yaml': readFileSync(join(ROOT, 'test/fixtures/shop.yaml'), 'utf8').replace('count: 40', 'cont: 40'), 'unfair.yaml': readFileSync(join(ROOT, 'test/fixtures/shop.yaml'), 'utf8').replace('expect: order.total', 'expect: order.total + 1.0') })
  const data = join(folder, 'data')
  const first = await serve(t, ['--data', data])
  const server = ['--server', `ws://${first.address}`]
  const made = run(['register', 'test/fixtures/shop.yaml', ...server])
  t.match(made, { code: 0, out: /ok {2}solvable[\s\S]*registered: shop@[0-9a-f]{64}/ })
  t.match(JSON.parse(run(['register', '-', '--check', '--json', ...server], { input: readFileSync(join(ROOT, 'test/fixtures/shop.yaml'), 'utf8') }).out), { ok: true, name: 'shop', complaints: [], checks: Array })
  const wrong = run(['register', join(folder, 'wrong.yaml'), '--json', ...server])
  t.match(wrong, { code: 1, err: /wrong\.yaml:8:5: .*did you mean count/ })
  t.match(JSON.parse(wrong.out), { ok: false, complaints: [{ nearest: 'count' }], error: { code: 'GYM_SPEC' } })
  t.match(run(['register', join(folder, 'unfair.yaml'), ...server]), { code: 1, err: /bad solvable[\s\S]*\| .*finish[\s\S]*not admitted: shop/ })
  t.match(run(['register', 'scenarios/retail.yaml', ...server]), { code: 1, err: /retail belongs to the catalogue.*GYM_NAME_TAKEN.*retail-2/ })
  t.match(await usage('register', 'x.yaml', '--server', 'nowhere'), { code: 2 })
  t.match(run(['register', 'nowhere.yaml', ...server]), { code: 1, err: /no such file/ })
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  t.match(run(['register', 'test/fixtures/shop.yaml', ...server]), { code: 1, err: /no gym answers.*fractal-gym serve/ })
  const second = await serve(t, ['--data', data])
  const digest = /@([0-9a-f]{64})/.exec(made.out.split('registered: ')[1]!)![1]!
  t.match(await (await fetch(`http://${second.address}/v1/scenarios/shop@${digest}`)).json(), { summary: { name: 'shop', origin: 'registered' }, versions: [{ digest }] })
})

t.test('serve: other machines need a token', async (t) => {
  const folder = t.testdir({ 'tokens': '# one a line\n0123456789abcdef\n', 'short': 'abc\n' })
  const data = join(folder, 'data')
  t.match(run(['serve', '--host', '0.0.0.0', '--data', data]), { code: 2, err: /--token-file.*--insecure/ })
  t.match(run(['serve', '--host', '0.0.0.0', '--data', data, '--token-file', join(folder, 'short')]), { code: 2, err: /16 characters/ })
  t.match(run(['serve', '--host', '203.0.113.1', '--data', data, '--insecure']), { code: 1, err: /no interface/ })
  const { child, address } = await serve(t, ['--host', '0.0.0.0', '--data', data, '--token-file', join(folder, 'tokens')])
  t.equal((await fetch(`http://${address}/metrics`)).status, 401)
  t.equal((await fetch(`http://${address}/metrics`, { headers: { authorization: 'Bearer 0123456789abcdef' } })).status, 200)
  child.kill('SIGTERM')
  await once(child, 'exit')
  const open = await serve(t, ['--host', '0.0.0.0', '--data', data, '--insecure'])
  t.match(open.text, /Everybody who reaches this machine/)
  open.child.kill('SIGINT')
  t.same(await once(open.child, 'exit'), [0, null])
  writeFileSync(join(data, 'admin.token'), '\n')
  t.match(run(['serve', '--data', data, '--port', '0']), { code: 1, err: /holds no token/ })
})

t.test('validate runs the tests inside a world, and --watch does it again', async (t) => {
  const file = join(t.testdir(), 'tested.yaml')
  const text = readFileSync(join(ROOT, 'test/fixtures/worlds/tested.yaml'), 'utf8')
  writeFileSync(file, text)
  t.match(run(['validate', file]), { code: 0, out: /tests of the world pass: 4 of 4/ })
  const wrong = text.replace('fee: 0.5, level: 3', 'fee: 0.75, level: 3')
  writeFileSync(file, wrong)
  const line = wrong.slice(0, wrong.indexOf('fee: 0.75')).split('\n').length
  t.match(lines(run(['validate', file, '--json']).out), [{ ok: false, checks: [{ id: 'tests', failed: 1, tried: 4 }], complaints: [{ code: 'test', file, line, expected: '0.75' }] }])
  t.match(run(['validate', file]), { code: 1, err: /result\.fee is 0\.5 \(test\); expected 0\.75/ })
  const watcher = spawn(process.execPath, [MAIN, 'validate', file, '--watch'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const until = (pattern: RegExp) => new Promise<void>((resolve) => {
    const look = () => { if (pattern.test(said)) resolve() }
    for (const stream of [watcher.stdout, watcher.stderr]) stream.on('data', look)
    look()
  })
  for (const stream of [watcher.stdout, watcher.stderr]) stream.on('data', (chunk) => { said += String(chunk) })
  await until(/failed 1 of 4[\s\S]*watching/)
  t.notOk(said.includes('\u001b'), 'nothing is cleared that is no terminal')
  said = ''
  writeFileSync(file, text)
  await until(/4 of 4[\s\S]*watching/)
  watcher.kill('SIGINT')
  t.same(await once(watcher, 'exit'), [0, null])
})
