/** `time: real` and `{scale}`: answers sleep in the transport, and nobody else notices. */
import { once } from 'node:events'
import t from 'tap'
import { callOf, orderIn } from './gym-under-test.ts'
import { type Client, type Encoding, house, type House } from './house.ts'

const HOUR = 3_600_000
const waitFor = (ms: number) => callOf('wait', { ms })

/** Opens so many episodes in one batch. */
async function openMany(client: Client, count: number, time: unknown): Promise<string[]> {
  const ids: string[] = []
  for (let from = 0; from < count; from += 100) {
    client.send(Array.from({ length: Math.min(100, count - from) }, (_, i) => client.request('env/reset', { scenario: 'shop', seed: from + i, options: { time } })))
    for (const { result } of await client.next()) ids.push(result.episode)
  }
  return ids
}

/** Real milliseconds that a client's steps take, one after the other. */
async function timeSteps(client: Client, steps: number): Promise<number> {
  const reset = await client.ask('env/reset', { scenario: 'shop', seed: 3, options: { budgets: {} } })
  const action = callOf('get_order', { order_id: orderIn(reset) })
  const began = performance.now()
  let { episode } = reset
  for (let i = 0; i < steps; i += 1) {
    if (i % 10 === 9) ({ episode } = await client.ask('env/reset', { scenario: 'shop', seed: 3 }))
    else await client.ask('env/step', { episode, action })
  }
  return performance.now() - began
}

const asleep = ({ gym }: House, ids: readonly string[]): number => ids.filter((id) => gym.episodes.use(id).held > 0).length

/** Resolves when a condition holds; throws after ten seconds. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (const began = performance.now(); !holds();) {
    if (performance.now() - began > 10_000) throw new Error(`not in time: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

for (const encoding of ['json', 'msgpack'] as Encoding[]) {
  t.test(`${encoding}: hundreds sleep for an hour while another client plays at full speed; the connection goes, and they wake`, async (t) => {
    const home = await house(t)
    const [sleeper, player] = [await home.connect(encoding), await home.connect(encoding)]
    await timeSteps(player, 300)
    const alone = await timeSteps(player, 600)
    const ids = await openMany(sleeper, 400, 'real')
    for (const episode of ids) sleeper.send(sleeper.request('env/step', { episode, action: waitFor(HOUR), seq: 1 }))
    await until('all are asleep', () => asleep(home, ids) === ids.length)

    const beside = await timeSteps(player, 600)
    // On a quiet machine the two are equal; a bound that a busy one keeps as well.
    t.ok(beside < alone * 5 + 1000, `600 calls took ${alone.toFixed(0)} ms alone, ${beside.toFixed(0)} ms beside 400 sleepers`)
    const before = process.cpuUsage()
    await new Promise((resolve) => setTimeout(resolve, 400))
    const { user, system } = process.cpuUsage(before)
    t.ok((user + system) / 1000 < 300, `sleeping takes no processor: ${((user + system) / 1000).toFixed(0)} of 400 ms`)
    t.notOk(process.getActiveResourcesInfo().some((name) => name.includes('Worker') || name.includes('MessagePort')), 'and no worker')
    t.equal(asleep(home, ids), ids.length, 'none woke')

    const began = performance.now()
    sleeper.socket.terminate()
    await until('all are awake', () => asleep(home, ids) === 0)
    const last = await player.ask('env/resume', { episode: ids[7]! })
    t.match(last, { seq: 1, last: { seq: 1, observation: { clock_ms: HOUR } } }, 'the step was made, and its answer is there')
    t.match(await player.ask('env/step', { episode: ids[7]!, action: waitFor(HOUR), seq: 1 }), { seq: 1 }, 'a repeated one does not sleep again')
    t.ok(performance.now() - began < 10_000, 'no hour has passed')
  })
}

t.test('an hour is closed at once, from any connection, and what waits behind it is let go', async (t) => {
  const home = await house(t)
  const [sleeper, other] = [await home.connect(), await home.connect()]
  const { episode } = await sleeper.ask('env/reset', { scenario: 'shop', seed: 3, options: { time: 'real' } })
  const steps = [1, 2, 3].map((seq) => sleeper.request('env/step', { episode, action: waitFor(HOUR), seq }))
  for (const step of steps) sleeper.send(step)
  const look = sleeper.request('env/resume', { episode })
  sleeper.send(look)
  await until('three steps wait', () => home.gym.episodes.use(episode).held >= 3)
  const began = performance.now()
  t.same(await other.ask('env/close', { episode }), { closed: true })
  for (const { id } of [...steps, look]) t.match(await sleeper.next(), { id, result: {} })
  t.ok(performance.now() - began < 10_000)
  const gone = sleeper.request('env/step', { episode, action: waitFor(1) })
  sleeper.send(gone)
  t.match(await sleeper.next(), { id: gone.id, error: { data: { code: 'GYM_UNKNOWN_EPISODE' } } })
})

t.test('a batch takes as long as its longest step, not as all of them', async (t) => {
  const { connect } = await house(t)
  const client = await connect()
  const ids = await openMany(client, 200, { scale: 0.1 })
  const began = performance.now()
  client.send(ids.map((episode, i) => client.request('env/step', { episode, action: waitFor(1000 + i * 20) })))
  const bystander = client.request('env/reset', { scenario: 'shop', seed: 1 })
  client.send(bystander)
  t.match(await client.next(), { id: bystander.id }, 'the connection goes on')
  const answers = await client.next()
  const took = performance.now() - began
  t.same(answers.map(({ result }: any) => result.observation.clock_ms), ids.map((_, i) => 1000 + i * 20), 'in their order')
  // The longest sleeps for a tenth of 4980 ms; one after another they would take a minute.
  t.ok(took >= 495 && took < 20_000, `${took.toFixed(0)} ms`)
})

t.test('thinking and several calls are slept once, by the clock; virtual time never sleeps', async (t) => {
  const { connect } = await house(t)
  const client = await connect()
  const reset = await client.ask('env/reset', { scenario: 'shop', seed: 3, options: { time: { scale: 0.5 } } })
  const look = { name: 'get_order', arguments: { order_id: orderIn(reset) } }
  const began = performance.now()
  const { observation } = await client.ask('env/step', { episode: reset.episode, action: { tool_calls: [look, look, look], think_ms: 300 } })
  const took = performance.now() - began
  t.equal(observation.clock_ms, 400, 'three calls at once of 100 ms each, after 300 ms of thought')
  t.ok(took >= 195 && took < 10_000, `${took.toFixed(0)} ms`)
  const { episode } = await client.ask('env/reset', { scenario: 'shop', seed: 3 })
  const then = performance.now()
  t.equal((await client.ask('env/step', { episode, action: { ...waitFor(HOUR), think_ms: HOUR } })).observation.clock_ms, 2 * HOUR)
  t.ok(performance.now() - then < 10_000)
})

t.test('a server that stops lets sleepers finish for a moment, and then wakes them', async (t) => {
  const home = await house(t)
  const client = await home.connect()
  const ids = await openMany(client, 50, 'real')
  for (const episode of ids) client.send(client.request('env/step', { episode, action: waitFor(HOUR) }))
  await until('all are asleep', () => asleep(home, ids) === ids.length)
  const closed = once(client.socket, 'close')
  const began = performance.now()
  await home.server.stop()
  await closed
  t.ok(performance.now() - began < 30_000)
  for (const _ of ids) t.match(await client.next(), { result: { seq: 1 } }, 'what was made is answered')
})
