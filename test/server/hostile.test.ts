/** Specifications that are meant to hurt, over the wire: refused soon, nothing kept, and stepping goes on meanwhile. */
import { once } from 'node:events'
import t from 'tap'
import WebSocket from 'ws'
import { GymServer } from '../../src/server/server.ts'
import { Session } from '../../src/server/session.ts'
import { ANYBODY, callOf, openGym, type TestGym } from './gym-under-test.ts'
import { kiosk, slowKiosk } from './specs-under-test.ts'

type Answer = { id: number; result?: any; error?: { message: string; data: Record<string, any> } }

/** A connection whose answers are awaited by id. */
class Line {
  readonly socket: WebSocket
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #id = 0

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => {
      const answer = JSON.parse((data as Buffer).toString()) as Answer
      this.#waiting.get(answer.id)?.(answer)
    })
  }

  ask(method: string, params: unknown): Promise<Answer> {
    const id = (this.#id += 1)
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }
}

async function serve(t: { teardown(end: () => unknown): void }, options: Parameters<typeof openGym>[0] = {}): Promise<{ gym: TestGym; open(): Promise<Line> }> {
  const gym = openGym(options)
  const server = await GymServer.create(gym, { adminToken: 'the-admin-token-of-this-test', tokens: [], hosts: [], origins: [] })
  const port = await server.listen('127.0.0.1', 0)
  t.teardown(() => server.stop())
  return {
    gym,
    async open() {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/ws`)
      await once(socket, 'open')
      return new Line(socket)
    },
  }
}

/** Steps episodes until it is told to stop; gives the steps, and the most CPU time that this thread spent between two of them. */
function keepStepping(line: Line): () => Promise<{ steps: number; longestMs: number }> {
  let going = true
  let [steps, longestMs] = [0, 0]
  const run = async (): Promise<void> => {
    while (going) {
      const { episode } = (await line.ask('env/reset', { scenario: 'shop', seed: steps })).result as { episode: string }
      for (let i = 0; i < 5 && going; i += 1) {
        const before = process.threadCpuUsage()
        await line.ask('env/step', { episode, action: callOf('get_order', { order_id: 'W00001' }) })
        const { user, system } = process.threadCpuUsage(before)
        longestMs = Math.max(longestMs, (user + system) / 1000)
        steps += 1
        await new Promise((resolve) => { setTimeout(resolve, 8) })
      }
      await line.ask('env/close', { episode })
    }
  }
  const done = run()
  return async () => {
    going = false
    await done
    return { steps, longestMs }
  }
}

const world = (tables: string, more = ''): string => kiosk().replace(/^tables:\n[\s\S]*?^tools:/m, `tables:\n${tables}\n${more}tools:`)
const laughs = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghi'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`)].join('\n')
const binds = (depth: number): string => Array.from({ length: depth }, (_, i) => `cel.bind(x${i}, ${i ? `x${i - 1} + x${i - 1}` : "'xxxxxxxx'"}, `).join('') + `x${depth - 1}` + ')'.repeat(depth)
const answerOf = (expression: string): string => kiosk().replace('finish: {answer: found.total}', `finish: {answer: "${expression}"}`)

/** What hurts a reader of YAML is in test/compile/attack.test.ts. */
const HOSTILE: Record<string, string> = {
  'a billion laughs': `kind: World\n${laughs}`,
  'many aliases of a large list': `kind: World\nl: &l [${'1,'.repeat(100_000)}]\nm: [${Array(99).fill('*l').join(',')}]`,
  'a description of half a megabyte': kiosk('kiosk', (text) => text.replace('Put notes on orders.', 'y'.repeat(500_000))),
  '2,000 levels of JSON': `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`,
  'a deep expression': answerOf(`${'('.repeat(1500)}found.total${')'.repeat(1500)}`),
  'a pattern that explodes elsewhere': answerOf("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$') ? 1.0 : 0.0"),
  'an expression that explodes in size': answerOf(`double(size(${binds(40)}))`),
  'an expression that explodes in time': answerOf('orders.exists(a, orders.exists(b, orders.exists(c, orders.exists(d, a.total + b.total + c.total + d.total < 0.0)))) ? 1.0 : 0.0'),
  'a goal that explodes in time': kiosk('kiosk', (text) => text.replace('expect: order.total}', 'expect: "orders.map(a, orders.map(b, orders.map(c, orders.map(d, a.total)))).size() > 0 ? order.total : order.total"}')),
  'a tool that explodes in time': kiosk('kiosk', (text) => text.replace("- let: {o: orders.get(args.order_id)}\n      else: 'No order ${args.order_id}'\n    - return", "- let: {o: orders.get(args.order_id)}\n      else: 'No order ${args.order_id}'\n    - require: '!orders.all(a, orders.all(b, orders.all(c, orders.all(d, a.total + b.total + c.total + d.total > 0.0))))'\n      else: no\n    - return")),
  'a tool named like the prototype': kiosk('kiosk', (text) => text.replace('  add_note:', '  __proto__:')),
  'a table named like the constructor': kiosk('kiosk', (text) => text.replace('  notes:\n', '  constructor:\n')),
  'a prototype at the top': `__proto__: {kind: Scenario}\n${kiosk()}`,
  'a prototype as an input': kiosk('kiosk', (text) => text.replace('input: {properties: {order_id: {type: string}},', 'input: {properties: {__proto__: {type: string}},')),
  'a name of the catalogue': kiosk('shop'),
  'a path as a name': kiosk('../../etc/passwd'),
  'two scenarios of one name': `${kiosk()}\n---\n${kiosk().split('---\n').at(-1)}`,
  'a million rows a row': world("  a: {key: id, count: 1000000, columns: {id: {type: string, id: {counter: '{n}'}}}}\n  b: {key: id, per: {table: a, column: r, count: [1, 1000]}, columns: {id: {type: string, id: {counter: '{n}'}}, r: {type: ref, table: a}}}"),
  'nothing but documents': '---\nkind: World\n'.repeat(20_000),
}

t.test('hostile specifications are refused in a few times of what refusing nothing takes, while episodes are stepped', async (t) => {
  const { gym, open } = await serve(t)
  const stranger = await open()
  const stop = keepStepping(await open())
  /** Time of this process, all its threads together, so that others on the machine do not count. */
  const costOf = async (source: string): Promise<number> => {
    const before = process.cpuUsage()
    await stranger.ask('scenario/register', { source })
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
  // A busy machine is slow by its own measure too: refusing nothing at all takes a third of a second on an idle one.
  const nothing = Math.max(await costOf('# nothing'), await costOf('# nothing'))
  const most = Math.max(2000, nothing * 5)
  for (const [name, source] of Object.entries(HOSTILE)) {
    const before = process.cpuUsage()
    const { error } = await stranger.ask('scenario/register', { source })
    const { user, system } = process.cpuUsage(before)
    t.ok(error, `${name} is refused`)
    t.ok(['GYM_SPEC', 'GYM_NOT_ADMITTED', 'GYM_NAME_TAKEN', 'GYM_INVALID_PARAMS'].includes(error?.data.code as string), `${name}: ${error?.data.code} ${error?.message.slice(0, 150)}`)
    t.ok((user + system) / 1000 < most, `${name}: ${Math.round((user + system) / 1000)} of ${Math.round(most)} ms`)
    if (error?.data.code === 'GYM_SPEC') t.ok(error.data.complaints.length > 0 && error.data.complaints.length <= 1000, `${name}: complaints`)
  }
  const { steps, longestMs } = await stop()
  t.ok(steps > 100, `${steps} steps meanwhile`)
  t.ok(longestMs < 150, `no step took more than ${Math.round(longestMs)} ms of this thread`)
  t.equal(gym.scenarios.registered, 0, 'nothing is kept')
  t.equal(({} as Record<string, unknown>).kind, undefined)
  t.match((await stranger.ask('scenario/register', { source: kiosk() })).result, { name: 'kiosk' }, 'the server is healthy')
  t.same(gym.incidents, [])
})

t.test('time, memory and CPU of one admission are bounded', async (t) => {
  const late = await serve(t, { admission: { timeMs: 4000, seeds: 20_000 } })
  const line = await late.open()
  t.match((await line.ask('scenario/register', { source: slowKiosk('slow', 30) })).error, { data: { code: 'GYM_NOT_ADMITTED', report: { ok: false, name: 'slow', checks: [{ id: 'limits', ok: false, detail: /4 s/ }] } } })
  t.match((await line.ask('scenario/validate', { source: '# nothing' })).error, { data: { code: 'GYM_SPEC' } }, 'and the next one is begun')
  const tight = await serve(t, { admission: { compileMs: 0 } })
  // Either it is measured at its end, or seen while it goes on.
  t.match((await (await tight.open()).ask('scenario/register', { source: kiosk() })).error, { message: /compiling takes/, data: { code: /GYM_NOT_ADMITTED|GYM_SPEC/ } })
  const small = await serve(t, { admission: { memoryMb: 24, seeds: 500 } })
  const { error } = await (await small.open()).ask('scenario/register', { source: slowKiosk('large', 400) })
  t.match(error, { data: { code: /GYM_NOT_ADMITTED|GYM_SPEC/ } })
  t.match(JSON.stringify(error), /needs more than 24 MB/)
  for (const { gym } of [late, tight, small]) t.same([gym.scenarios.registered, gym.incidents], [0, []])
})

t.test('one at a time, a short queue, and who leaves is forgotten', async (t) => {
  const { gym, open } = await serve(t, { admission: { queue: 1, seeds: 2000 } })
  const [first, second, third] = [await open(), await open(), await open()]
  const until = async (load: number): Promise<void> => {
    while (gym.scenarios.desk.load !== load) await new Promise((resolve) => { setTimeout(resolve, 5) })
  }
  const slow = slowKiosk('slow', 30)
  void first.ask('scenario/register', { source: slow })
  await until(1)
  void second.ask('scenario/register', { source: slow })
  await until(2)
  t.match((await third.ask('scenario/register', { source: kiosk() })).error, { data: { code: 'GYM_BUSY', retryable: true, limit: 1, retry_after_ms: Number } })
  t.match((await third.ask('scenario/list', {})).result, { scenarios: [{ name: 'shop' }] }, 'everything else is answered')
  second.socket.terminate()
  await until(1)
  const mine = third.ask('scenario/validate', { source: '# nothing' })
  await until(2)
  first.socket.close()
  t.match((await mine).error, { data: { code: 'GYM_SPEC' } }, 'the next one has its turn')
  await until(0)
  t.equal(gym.scenarios.registered, 0)
  t.same(gym.incidents, [])
})

t.test('a past that is played again gives way to others: restored, forked at, repeated', async (t) => {
  const { gym, open } = await serve(t)
  const line = await open()
  const { episode } = (await line.ask('env/reset', { scenario: 'shop', seed: 1 })).result as { episode: string }
  const action = callOf('get_order', { order_id: 'W00001' })
  const played = gym.episodes.use(episode).episode
  while (played.seq < 8) played.step(action)
  const { snapshot } = (await line.ask('env/snapshot', { episode })).result as { snapshot: unknown }
  const session = new Session(gym, ANYBODY)
  for (const [method, params, givesWay] of [
    ['env/restore', { snapshot }, true], ['env/fork', { episode, at: 5 }, true], ['env/step', { episode, action, seq: 3 }, true],
    ['env/fork', { episode, at: 8 }, false], ['env/step', { episode, action, seq: 8 }, false],
  ] as const) {
    const begun = session.begin({ jsonrpc: '2.0', id: 1, method, params })
    t.equal('work' in begun, givesWay, method)
    if ('abandon' in begun) begun.abandon()
  }
  const [restored, forked, repeated, conflict, next, after] = await Promise.all([
    line.ask('env/restore', { snapshot, request_key: 'k' }), line.ask('env/fork', { episode, at: 5, count: 2 }), line.ask('env/step', { episode, action, seq: 3 }),
    line.ask('env/step', { episode, action: callOf('get_order', { order_id: 'W00002' }), seq: 4 }), line.ask('env/step', { episode, action, seq: 9 }), line.ask('env/resume', { episode }),
  ])
  t.equal(restored.result.seq, 8)
  t.equal((await line.ask('env/restore', { snapshot, request_key: 'k' })).result.episode, restored.result.episode)
  t.same(forked.result.episodes.map((id: string) => gym.episodes.use(id).episode.seq), [5, 5])
  t.equal(repeated.result.seq, 3)
  t.equal(conflict.error?.data.code, 'GYM_SEQ_CONFLICT')
  t.equal(next.result?.seq, 9, JSON.stringify(next.error))
  t.equal(after.result.seq, 9, 'calls on one episode are answered in order')
  t.equal(gym.episodes.returning.size, 0)
})
