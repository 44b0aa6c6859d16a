/** Generated scenarios over the wire: a reference and a seed are enough, everywhere and after everything. */
import t from 'tap'
import { seedOf } from '../checkout.ts'
import { metricsOf } from '../../src/server/metrics.ts'
import { Session } from '../../src/server/session.ts'
import { databasePath, openDatabase } from '../../src/store/database.ts'
import { SqliteJournals } from '../../src/store/sqlite-journals.ts'
import { openSupply } from '../supply-under-test.ts'
import { ADMIN, ANYBODY, ask, callOf, HandClock, openGym, refusal } from './gym-under-test.ts'

const open = () => {
  const gym = openGym({ supply: openSupply() })
  return { gym, session: new Session(gym, ANYBODY), admin: new Session(gym, ADMIN) }
}
const here = open()
const there = open()
const seed = seedOf('generated', 0)

t.test('a reset by reference and seed is the same on every server, and can be played, forked and restored', async (t) => {
  const reset = ask(here.session, 'env/reset', { scenario: 'gen:1/any?delegation=0&faults=0', seed })
  t.match(reset.info.scenario, /^gen:1\/any\?delegation=0&faults=0@[0-9a-f]{64}$/)
  t.ok(['train', 'validation', 'test'].includes(reset.info.split))
  const other = ask(there.session, 'env/reset', { scenario: 'gen:1/any?faults=0&delegation=0', seed })
  t.same({ ...other, episode: '' }, { ...reset, episode: '' }, 'one reference, spelt in another order')
  const pinned = ask(there.session, 'env/reset', { scenario: reset.info.scenario, seed })
  t.equal(pinned.info.digest, reset.info.digest)

  const tool = reset.observation.tools.find(({ input_schema }: { input_schema: { required?: string[] } }) => !input_schema.required?.length)
  const step = ask(here.session, 'env/step', { episode: reset.episode, action: callOf(tool.name, {}) })
  t.notOk(step.terminated)
  const { snapshot } = ask(here.session, 'env/snapshot', { episode: reset.episode })
  const restored = ask(there.session, 'env/restore', { snapshot })
  t.equal(ask(there.admin, 'env/state', { episode: restored.episode }).hash, ask(here.admin, 'env/state', { episode: reset.episode }).hash)
  const { episodes: [child] } = ask(here.session, 'env/fork', { episode: reset.episode })
  t.equal(ask(here.admin, 'env/state', { episode: child }).hash, ask(here.admin, 'env/state', { episode: reset.episode }).hash)
  t.equal(refusal(there.session, 'env/restore', { snapshot: { ...snapshot, identity: { ...snapshot.identity, seed: seed - 1 } } }).code, 'GYM_SNAPSHOT_INVALID', 'another seed is another world')
})

t.test('what is wrong with a reference is named, and nothing is made', async (t) => {
  const bad: [string, RegExp][] = [
    ['gen:2/any', /gen:1\/any/], ['gen:1/any?depht=3', /depth/], ['gen:1/any?depth=99', /from 1 to 8/], ['gen:1/any?depth=1.5', /whole number/], ['gen:1/any?depth=2&depth=3', /each axis once/],
    ['gen:1/bakry', /bakery/], ['gen:1/any?pattern=pipelin', /pipeline/], ['gen:1/any?s=%E0%A4%A', /percent-encoded/], [`gen:1/any?s=${'a'.repeat(501)}`, /at most 500 bytes/], ['gen:1/any?agents=65', /from 1 to 64/],
  ]
  for (const [scenario, remedy] of bad) {
    const data = refusal(here.session, 'env/reset', { scenario, seed })
    t.match(JSON.stringify(data), remedy, scenario)
    t.match(data.code, /GYM_INVALID_PARAMS|GYM_UNKNOWN_SCENARIO/)
  }
  t.equal(refusal(new Session(openGym(), ANYBODY), 'env/reset', { scenario: 'gen:1/any', seed }).code, 'GYM_UNKNOWN_SCENARIO', 'a server without a generator')
  t.equal(refusal(here.session, 'env/reset', { scenario: `gen:1/any@${'0'.repeat(64)}`, seed }).code, 'GYM_UNKNOWN_SCENARIO', 'another digest')
  const { info } = ask(here.session, 'env/reset', { scenario: 'gen:1/any', seed })
  const wrong = ['train', 'validation', 'test'].find((split) => split !== info.split)
  t.equal(refusal(here.session, 'env/reset', { scenario: 'gen:1/any', seed, options: { split: wrong } }).code, 'GYM_SPLIT_MISMATCH')
})

t.test('sampled rows are environments of one split, and a reset of a row gives its prompt byte for byte', async (t) => {
  const params = { scenario: 'gen:1/any?depth=2', seed: 11, count: 6, split: 'train', include: ['prompt', 'tools'] }
  const { tasks } = ask(here.session, 'task/sample', params)
  t.same(ask(there.session, 'task/sample', params).tasks, tasks, 'the same rows for ever')
  t.equal(tasks.length, 6)
  t.equal(new Set(tasks.map(({ seed: own }: { seed: number }) => own)).size, 6)
  for (const row of tasks) {
    const { observation, info } = ask(there.session, 'env/reset', { scenario: row.scenario, seed: row.seed, task: row.task, options: { split: 'train' } })
    t.same(observation.messages, row.prompt)
    t.same(observation.tools, row.tools)
    t.equal(info.split, 'train')
  }
})

t.test('scenario/get shows the environment of a seed', async (t) => {
  const got = ask(here.session, 'scenario/get', { scenario: 'gen:1/bakery', seed: 5 })
  t.equal(got.summary.origin, 'generated')
  t.ok(got.tasks.length > 0)
  t.not(ask(here.session, 'scenario/get', { scenario: 'gen:1/bakery', seed: 6 }).summary.digest, got.summary.digest)
})

t.test('an episode of a generated scenario outlives its server: reference and seed bring the world back', async (t) => {
  const path = databasePath(t.testdir())
  const enter = () => {
    const database = openDatabase(path)
    const clock = new HandClock()
    const journals = new SqliteJournals(path, database, { durability: 'async', rules: { endedMs: 3_600_000, idleMs: 1e9, quotaBytes: 0 }, bufferBytes: 1e7, windowMs: 2, retryMs: 20 }, clock, (text) => t.fail(text))
    const gym = openGym({ journals, clock, supply: openSupply() })
    return { gym, session: new Session(gym, ANYBODY), admin: new Session(gym, ADMIN), leave: () => journals.close().then(() => database.close()) }
  }
  const before = enter()
  const { episode, observation } = ask(before.session, 'env/reset', { scenario: 'gen:1/any?delegation=0', seed })
  ask(before.session, 'env/step', { episode, action: callOf(observation.tools[0].name, {}) })
  const { hash } = ask(before.admin, 'env/state', { episode })
  await before.leave()
  const after = enter()
  t.teardown(after.leave)
  t.equal(ask(after.admin, 'env/state', { episode }).hash, hash)
  t.equal(after.gym.supply!.drawn, 1)
})

t.test('a large sample does not keep others from beginning', async (t) => {
  const { session } = open()
  const gone = new AbortController()
  const order: string[] = []
  const call = (id: number, method: string, params: object) => session.settle({ jsonrpc: '2.0', id, method, params }, gone.signal).then(({ reply }) => { order.push(method); return reply })
  const large = call(1, 'task/sample', { scenario: 'gen:1/any', seed: 3, count: 10_000 })
  const replies = [await call(2, 'env/reset', { scenario: 'gen:1/any', seed }), await call(3, 'scenario/get', { scenario: 'gen:1/any', seed: seed - 1 })]
  t.same(replies.map((reply) => 'result' in reply), [true, true])
  gone.abort()
  t.match(await large, { error: { data: { code: 'GYM_SHUTTING_DOWN' } } })
  t.same(order, ['env/reset', 'scenario/get', 'task/sample'])
})

t.test('the metrics page counts what was generated', async (t) => {
  const { gym, session } = open()
  ask(session, 'env/reset', { scenario: 'gen:1/any', seed })
  const page = await metricsOf(gym).read()
  t.match(page, /^fractal_gym_generated_total 1$/m)
  t.match(page, /^fractal_gym_generated_scenarios 1$/m)
  t.match(page, /^# TYPE fractal_gym_generated_rejected_total counter$/m)
})
