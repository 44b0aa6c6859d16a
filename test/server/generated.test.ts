/** Generated scenarios over the wire: a reference and a seed are enough, everywhere and after everything. */
import t from 'tap'
import { seedOf } from '../checkout.ts'
import { Session } from '../../src/server/session.ts'
import { openSupply } from '../supply-under-test.ts'
import { ADMIN, ANYBODY, ask, callOf, openGym, refusal } from './gym-under-test.ts'

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
  t.equal(refusal(there.session, 'env/restore', { snapshot: { ...snapshot, identity: { ...snapshot.identity, seed: seed - 1 } } }).code, 'GYM_UNKNOWN_SCENARIO', 'another seed is another world')
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
