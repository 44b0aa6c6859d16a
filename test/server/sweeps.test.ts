/** Sweeps on a server: run by its threads, pulled by clients, given back, cancelled, taken up after a restart. */
import t, { type Test } from 'tap'
import { readFileSync } from 'node:fs'
import type { Action } from '../../protocol/action.ts'
import { METHODS, type MethodName } from '../../protocol/methods.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { EndpointError } from '../../src/llm/endpoint.ts'
import { createPolicy } from '../../src/policy/builtin.ts'
import { Session } from '../../src/server/session.ts'
import { ROOT, shippedFiles } from '../checkout.ts'
import { openSupply } from '../supply-under-test.ts'
import { ADMIN, ANYBODY, openGym, Refused, type TestGym, type WireError } from './gym-under-test.ts'

const OTHER = { privileged: false, principal: 'somebody else' }
const NOBODY_LEAVES = new AbortController().signal

let lastId = 0

/** Calls a method and waits for its answer, which has to be as the protocol says. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function call(session: Session, method: MethodName, params: unknown = {}): Promise<any> {
  const { reply } = await session.settle({ jsonrpc: '2.0', id: (lastId += 1), method, params }, NOBODY_LEAVES)
  if ('error' in reply) throw new Refused(reply.error as WireError)
  const parsed = METHODS[method].result.safeParse(JSON.parse(JSON.stringify(reply.result)))
  if (!parsed.success) throw new Error(`${method}: ${JSON.stringify(parsed.error.issues.slice(0, 3))}`)
  return reply.result
}

async function refused(session: Session, method: MethodName, params: unknown): Promise<WireError['data']> {
  try {
    await call(session, method, params)
  } catch (error) {
    if (error instanceof Refused) return error.error.data
    throw error
  }
  throw new Error(`${method} was not refused`)
}

function open(t: Test, folder = t.testdir(), more: Parameters<typeof openGym>[0] = {}): { gym: TestGym; anybody: Session; admin: Session; other: Session } {
  const gym = openGym({ sweeps: { folder }, ...more })
  gym.sweeps!.start()
  t.teardown(() => gym.sweeps!.close())
  return { gym, anybody: new Session(gym, ANYBODY), admin: new Session(gym, ADMIN), other: new Session(gym, OTHER) }
}

/** Waits until a sweep is in a state. */
async function until(session: Session, sweep: string, ...states: string[]): Promise<Record<string, unknown>> {
  for (let n = 0; n < 600; n++) {
    const { sweep: status } = await call(session, 'sweep/get', { sweep })
    if (states.includes(status.state)) return status
    await new Promise((resolve) => { setTimeout(resolve, 50) })
  }
  throw new Error(`the sweep did not come to ${states.join(' or ')}`)
}

/** Plays an episode that was pulled, as the witness does, over a session. */
async function playOut(session: Session, gym: TestGym, episode: string): Promise<number | null> {
  const live = gym.episodes.use(episode)
  const policy = createPolicy('oracle', live.episode)!
  let total = 0
  for (;;) {
    const { reward, terminated, truncated } = await call(session, 'env/step', { episode, action: policy.act(live.episode.observation) })
    if (reward === null) return null
    total += reward
    if (terminated || truncated) return total
  }
}

const MIXED = { name: 'mixed', policies: [{ policy: 'oracle' }, { policy: 'noop' }], scenarios: ['shop'], seeds: 6, repeats: 2, dynamics: [{ profile: 'clean' }, { profile: 'flaky' }] }

t.test('built-in policies: created, run, reported, exported, compared', async (t) => {
  const { gym, anybody, admin } = open(t)
  const { sweep } = await call(anybody, 'sweep/create', { spec: MIXED, request_key: 'a' })
  t.equal(sweep.episodes, 48)
  t.same((await call(anybody, 'sweep/create', { spec: MIXED, request_key: 'a' })).sweep.sweep, sweep.sweep, 'the same key makes one sweep')
  t.match(await refused(anybody, 'sweep/create', { spec: { ...MIXED, seeds: 7 }, request_key: 'a' }), { code: 'GYM_REQUEST_KEY_CONFLICT' })
  t.match(await until(anybody, sweep.sweep, 'done'), { done: 48, failed: 0, env_errors: 0 })
  const { report } = await call(admin, 'sweep/report', { sweep: sweep.sweep })
  t.match(report, { name: 'mixed', counts: { scored: 48, left: 0 }, policies: [{ policy: 'oracle' }, { policy: 'noop', success: { mean: 0 } }], dynamics: ['clean', 'flaky'] })
  t.equal(report.breakdowns.find(({ by }: { by: string }) => by === 'dynamics').cells[0].success.mean, 1, 'the witness wins where nothing fails')
  t.ok(report.policies[0].recovery && report.timelines)
  const shown = (await call(anybody, 'sweep/report', { sweep: sweep.sweep })).report
  t.notOk(shown.policies[0].recovery || shown.timelines || shown.breakdowns.some(({ by }: { by: string }) => by === 'fault'), 'what the dynamics did is for the admin token')
  const { text, media } = await call(admin, 'sweep/report', { sweep: sweep.sweep, format: 'csv' })
  t.equal(media, 'text/csv; charset=utf-8')
  t.equal(text.trimEnd().split('\n').length, 49)
  t.match((await call(admin, 'sweep/report', { sweep: sweep.sweep, format: 'html' })).text, /^<!doctype html>/i)
  const again = (await call(anybody, 'sweep/create', { spec: { ...MIXED, name: 'again' } })).sweep.sweep
  await until(anybody, again, 'done')
  const { comparison } = await call(anybody, 'sweep/compare', { a: sweep.sweep, b: again })
  t.match(comparison, { common: 24, only_a: 0, only_b: 0, changed_scenarios: [], comparisons: [{ a: 'mixed:oracle', b: 'again:oracle', difference: { mean: 0 } }, {}, {}, {}] })
  const { store } = gym.sweeps!.parts
  const read = store.get
  store.get = () => { throw new Error('of a large sweep, reading all tasks takes long') }
  t.match((await call(anybody, 'sweep/get', { sweep: again })).sweep, { state: 'done' }, 'how it stands is told without reading its tasks')
  t.match(await call(anybody, 'sweep/next', { sweep: again }), { state: 'done', episode: null })
  store.get = read
  const page = await call(anybody, 'sweep/list', { limit: 1 })
  t.match(page, { sweeps: [{ name: 'again' }], next: String })
  t.match(await call(anybody, 'sweep/list', { limit: 1, cursor: page.next }), { sweeps: [{ name: 'mixed' }], next: null })
})

t.test('two clients pull from one sweep, and its end is noted by itself', async (t) => {
  const { gym, anybody, other } = open(t)
  const { sweep: { sweep } } = await call(anybody, 'sweep/create', { spec: { ...MIXED, policies: [{ name: 'mine', policy: 'external' }, { policy: 'noop' }], repeats: 1, dynamics: [{ profile: 'clean' }] } })
  t.match(await until(anybody, sweep, 'waiting'), { done: 6, external: [{ policy: 'mine', left: 6 }] }, 'built-in policies need no client')
  const units = new Set<number>()
  for (let n = 0; n < 3; n++) {
    const [a, b] = [await call(anybody, 'sweep/next', { sweep }), await call(other, 'sweep/next', { sweep, policy: 'mine' })]
    t.equal(a.left, 6 - 2 * n)
    for (const [session, next] of [[anybody, a], [other, b]] as const) {
      units.add(next.unit)
      t.equal(next.policy, 'mine')
      t.equal(await playOut(session, gym, next.episode.episode), 1)
    }
  }
  t.equal(units.size, 6, 'nobody plays what another has')
  t.match(await call(anybody, 'sweep/next', { sweep }), { state: 'done', episode: null, left: 0 })
  const { report } = await call(anybody, 'sweep/report', { sweep })
  t.match(report.policies, [{ policy: 'mine', episodes: 6, success: { mean: 1 } }, { policy: 'noop', episodes: 6 }])
  t.match(await refused(anybody, 'sweep/next', { sweep: '0'.repeat(32) }), { code: 'GYM_UNKNOWN_SWEEP' })
})

t.test('who vanishes, closes or rehearses', async (t) => {
  const { gym, anybody } = open(t)
  const spec = { policies: [{ policy: 'external' }], scenarios: ['shop'], seeds: 2, tries: 2, lease_seconds: 60, dynamics: [{ profile: 'clean' }] }
  const { sweep: { sweep } } = await call(anybody, 'sweep/create', { spec })
  const first = await call(anybody, 'sweep/next', { sweep, request_key: 'one' })
  t.equal((await call(anybody, 'sweep/next', { sweep, request_key: 'one' })).episode.episode, first.episode.episode, 'a repeated request is given the same')
  const second = await call(anybody, 'sweep/next', { sweep })
  t.match(await call(anybody, 'sweep/next', { sweep }), { episode: null, left: 2, retry_after_ms: Number }, 'all is with clients')
  for (const method of ['env/fork', 'env/snapshot'] as const) t.match(await refused(anybody, method, { episode: first.episode.episode }), { code: 'GYM_FORBIDDEN' }, `${method} would be a rehearsal`)
  // The second goes on, the first falls silent.
  gym.clock.time += 50_000
  await call(anybody, 'env/step', { episode: second.episode.episode, action: { tool_calls: [{ name: 'wait', arguments: { ms: 1 } }] } })
  gym.clock.time += 20_000
  gym.reap()
  t.match(await refused(anybody, 'env/step', { episode: first.episode.episode, action: {} }), { code: 'GYM_UNKNOWN_EPISODE' }, 'what was given away is not played twice')
  const again = await call(anybody, 'sweep/next', { sweep })
  t.equal(again.unit, first.unit, 'another has it now')
  t.equal(again.episode.info.luck, first.episode.info.luck)
  await call(anybody, 'env/close', { episode: again.episode.episode })
  t.match((await call(anybody, 'sweep/get', { sweep })).sweep, { done: 1, failed: 1 }, 'two tries were declared')
  await call(anybody, 'env/step', { episode: second.episode.episode, action: { tool_calls: [{ name: 'report_unable', arguments: { reason: 'no' } }] } })
  t.match(await until(anybody, sweep, 'done'), { done: 2, failed: 1 })
  const { report } = await call(anybody, 'sweep/report', { sweep })
  t.match(report, { counts: { scored: 1, failed: 1 }, policies: [{ success_bounds: [0, 0.5] }], failures: [{ cause: 'its client closed it', episodes: 1 }] })
})

t.test('cancelled by its owner; taken up after a restart', async (t) => {
  const folder = t.testdir()
  const { gym, anybody, other, admin } = open(t, folder)
  const { sweep: { sweep } } = await call(anybody, 'sweep/create', { spec: { policies: [{ policy: 'external' }, { policy: 'oracle' }], scenarios: ['shop'], seeds: 3 } })
  await until(anybody, sweep, 'waiting')
  const { episode, unit } = await call(anybody, 'sweep/next', { sweep })
  await gym.sweeps!.close()
  const later = open(t, folder)
  t.match(await until(later.anybody, sweep, 'waiting'), { done: 3, leased: 1 }, 'the lease has survived')
  const next = await call(later.anybody, 'sweep/next', { sweep })
  t.not(next.unit, unit, 'what is with a client stays there')
  later.gym.clock.time += 601_000
  later.gym.reap()
  const units = [(await call(later.anybody, 'sweep/next', { sweep })).unit, (await call(later.anybody, 'sweep/next', { sweep })).unit]
  t.ok(units.includes(unit), 'until its client has been silent for too long')
  t.ok(episode)
  t.match(await refused(later.other, 'sweep/cancel', { sweep }), { code: 'GYM_FORBIDDEN' })
  t.match(await call(later.admin, 'sweep/cancel', { sweep }), { sweep: { state: 'cancelled', done: 3 } })
  t.match(await call(later.anybody, 'sweep/next', { sweep }), { state: 'cancelled', episode: null })
  t.match(await call(later.anybody, 'sweep/cancel', { sweep, remove: true }), { sweep: { state: 'cancelled' } })
  t.match(await refused(later.anybody, 'sweep/get', { sweep }), { code: 'GYM_UNKNOWN_SWEEP' })
  t.ok(other && admin)
})

t.test('who leaves while an episode is made keeps it from nobody', async (t) => {
  const folder = t.testdir()
  const before = open(t, folder, { supply: openSupply() })
  const { sweep: { sweep } } = await call(before.anybody, 'sweep/create', { spec: { policies: [{ policy: 'external' }], scenarios: ['gen:1/any'], seeds: 2, dynamics: [{ profile: 'clean' }] } })
  await until(before.anybody, sweep, 'waiting')
  await before.gym.sweeps!.close()
  // After a restart every scenario has to be made anew, which takes a while.
  const { anybody } = open(t, folder, { supply: openSupply() })
  await until(anybody, sweep, 'waiting')
  const pending = anybody.begin({ jsonrpc: '2.0', id: 1, method: 'sweep/next', params: { sweep } })
  if (!('work' in pending)) throw new Error('that was answered at once')
  t.notOk(pending.work.next().done, 'it gives way while the scenario is made')
  t.match((await call(anybody, 'sweep/get', { sweep })).sweep, { leased: 1 })
  pending.abandon()
  t.match((await call(anybody, 'sweep/get', { sweep })).sweep, { leased: 0, external: [{ left: 2 }] })
  const removed = anybody.begin({ jsonrpc: '2.0', id: 1, method: 'sweep/next', params: { sweep } })
  if (!('work' in removed)) throw new Error('that was answered at once')
  removed.work.next()
  await call(anybody, 'sweep/cancel', { sweep, remove: true })
  let step = removed.work.next()
  while (!step.done) step = removed.work.next()
  t.match(step.value, { reply: { error: { data: { code: 'GYM_UNKNOWN_SWEEP' } } } })
})

t.test('in a team that endpoints play too: its end is noted, also when it came only with the second try of a step', async (t) => {
  const file = 'test/fixtures/teams.yaml'
  const { catalogue } = compileCatalogue([{ file, text: readFileSync(ROOT + file, 'utf8') }], {}, shippedFiles())
  const answers: (Action | Error)[] = []
  const players = { names: ['small'], ask: () => {
    const answer = answers.shift() ?? new EndpointError('timeout', 'no answer')
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  } }
  const { anybody, admin } = open(t, t.testdir(), { catalogue, players })
  const tell: Action = { tool_calls: [{ name: 'Agent', arguments: { sub_agent_name: 'reader', message: 'Look.' } }] }
  const { sweep: { sweep } } = await call(anybody, 'sweep/create', { spec: { policies: [{ policy: 'external' }], scenarios: ['hierarchy'], seeds: 1, learner: ['reader'], others: { policy: 'endpoint', endpoint: 'small' }, dynamics: [{ profile: 'clean' }] } })
  await until(anybody, sweep, 'waiting')
  answers.push(tell)
  const { episode: { episode } } = await call(anybody, 'sweep/next', { sweep })
  const step = { episode, action: { content: 'It is heavy.' }, seq: 1 }
  t.match(await refused(anybody, 'env/step', step), { code: 'GYM_ENDPOINT' })
  answers.push({ tool_calls: [{ name: 'finish', arguments: {} }] })
  t.match(await call(anybody, 'env/step', step), { terminated: true })
  t.match((await call(admin, 'sweep/get', { sweep })).sweep, { done: 1, leased: 0 })
})

t.test('what is wrong with a specification is said at once, and where', async (t) => {
  const { anybody } = open(t)
  const wrong: [unknown, string, string][] = [
    [{ policies: [{ policy: 'oracle' }] }, 'GYM_INVALID_PARAMS', 'params.spec.scenarios'],
    [{ policies: [{ policy: 'oracel' }], scenarios: ['shop'] }, 'GYM_INVALID_PARAMS', 'params.spec.policies[0].policy'],
    [{ policies: [{ policy: 'noop', competence: 1 }], scenarios: ['shop'] }, 'GYM_INVALID_PARAMS', 'params.spec.policies[0].competence'],
    [{ policies: [{ policy: 'noop' }, { policy: 'noop' }], scenarios: ['shop'] }, 'GYM_INVALID_PARAMS', 'params.spec.policies[1].name'],
    [{ policies: [{ policy: 'endpoint', endpoint: 'big' }], scenarios: ['shop'] }, 'GYM_INVALID_PARAMS', 'params.spec.policies[0].endpoint'],
    [{ policies: [{ policy: 'endpoint' }], scenarios: ['shop'] }, 'GYM_INVALID_PARAMS', 'params.spec.policies[0].endpoint'],
    [{ policies: [{ policy: 'replay' }], scenarios: ['shop'] }, 'GYM_INVALID_PARAMS', 'params.spec.policies[0].recordings'],
    [{ policies: [{ policy: 'noop' }], scenarios: ['shpo'] }, 'GYM_UNKNOWN_SCENARIO', 'params.spec.scenarios[0]'],
    [{ policies: [{ policy: 'noop' }], scenarios: ['nothing-*'] }, 'GYM_UNKNOWN_SCENARIO', 'params.spec.scenarios[0]'],
    [{ policies: [{ policy: 'noop' }], scenarios: ['shop'], dynamics: [{}, { profile: 'flakey' }] }, 'GYM_UNKNOWN_DYNAMICS', 'params.spec.dynamics[1].profile'],
    [{ policies: [{ policy: 'noop' }], scenarios: ['shop'], dynamics: [{}, {}] }, 'GYM_INVALID_PARAMS', 'params.spec.dynamics[1]'],
    [{ policies: [{ policy: 'noop' }], scenarios: ['shop'], learner: ['nobody'] }, 'GYM_INVALID_PARAMS', 'params.spec.learner'],
    [{ policies: [{ policy: 'noop' }], scenarios: ['shop'], others: { policy: 'endpoint', endpoint: 'big' } }, 'GYM_INVALID_PARAMS', 'params.spec.others'],
    [{ policies: [{ policy: 'noop' }], scenarios: ['shop'], task: 'nothing' }, 'GYM_UNKNOWN_TASK', 'params.spec.task'],
    [{ policies: [{ policy: 'noop' }], scenarios: ['shop'], tags: ['nothing'] }, 'GYM_NO_TASK', 'params.spec.tags'],
    [{ policies: [{ policy: 'noop' }], scenarios: ['shop'], seeds: 10_000, repeats: 1000 }, 'GYM_LIMIT', 'params.spec'],
    [{ policies: [{ policy: 'noop' }], scenarios: ['shop'], distribution: { of: [{ scenario: 'shop' }] } }, 'GYM_INVALID_PARAMS', 'params.spec.distribution'],
    [{ policies: [{ policy: 'noop' }], scenarios: ['shop'], baseline: 'noob' }, 'GYM_INVALID_PARAMS', 'params.spec.baseline'],
  ]
  for (const [spec, code, path] of wrong) t.match(await refused(anybody, 'sweep/create', { spec }), { code, path }, JSON.stringify(spec).slice(0, 120))
  t.match(await call(anybody, 'sweep/list'), { sweeps: [], next: null }, 'nothing is kept of them')
  const { tasks: [{ scenario: pinned }] } = await call(anybody, 'task/sample', { scenario: 'shop', seed: 0, count: 1 })
  const { sweep } = await call(anybody, 'sweep/create', { spec: { policies: [{ policy: 'noop' }], scenarios: ['shop', pinned, 'sh*'], seeds: 3 } })
  t.equal(sweep.episodes, 3, 'a scenario under three names is played once')
})
