/** The native dialect without a socket: every method, its rules, and everything that can be sent wrongly. */
import t from 'tap'
import { ERRORS, ErrorObject, type GymCode } from '../../protocol/errors.ts'
import { LIMITS } from '../../protocol/json-rpc.ts'
import { METHODS, type MethodName } from '../../protocol/methods.ts'
import { Session } from '../../src/server/session.ts'
import { carrierScenario } from '../carrier.ts'
import fc from '../property.ts'
import { ADMIN, ANYBODY, ask, callOf, openGym, orderIn, refusal, type TestGym } from './gym-under-test.ts'

const NOWHERE = 'f'.repeat(32)

function visit(gym: TestGym = openGym()): { gym: TestGym; session: Session; admin: Session } {
  return { gym, session: new Session(gym, ANYBODY), admin: new Session(gym, ADMIN) }
}

const look = (id: string): unknown => callOf('get_order', { order_id: id })

t.test('an episode from reset to its verdict', async (t) => {
  const { session, gym } = visit()
  const reset = ask(session, 'env/reset', { scenario: 'shop', seed: 3, task: 'order_total' })
  t.match(reset, { episode: /^[0-9a-f]{32}$/, info: { seed: 3, task: 'order_total', split: /train|validation|test/, digest: /^[0-9a-f]{64}$/ } })
  t.notOk(JSON.stringify(reset.observation).includes(reset.episode), 'the id is in no observation')
  const id = orderIn(reset)
  const found = ask(session, 'env/step', { episode: reset.episode, action: look(id), seq: 1 })
  t.match(found, { seq: 1, reward: 0, terminated: false, truncated: false, observation: { clock_ms: 100 } })
  const { total } = JSON.parse(found.observation.messages[0].content)
  const end = ask(session, 'env/step', { episode: reset.episode, action: callOf('finish', { answer: total }), seq: 2 })
  t.match(end, { seq: 2, reward: 1, terminated: true, info: { stop_reason: 'finished', verdict: { success: true, reward: 1 } } })
  t.equal(gym.tally.ended.get('finished'), 1)
  t.same(ask(session, 'env/close', { episode: reset.episode }), { closed: true })
  t.same(ask(session, 'env/close', { episode: reset.episode }), { closed: false }, 'closing twice is safe')
  t.match(refusal(session, 'env/resume', { episode: reset.episode }), { code: 'GYM_UNKNOWN_EPISODE', path: 'params.episode' })
})

t.test('every result has the published form, for strangers and for admins', async (t) => {
  const { session, admin } = visit()
  for (const who of [session, admin]) {
    const check = (method: MethodName, params: unknown): any => {
      const result = ask(who, method, params)
      const parsed = METHODS[method].result.safeParse(JSON.parse(JSON.stringify(result)))
      t.same(parsed.error?.issues, undefined, method)
      return result
    }
    check('server/info', {})
    check('scenario/list', {})
    check('scenario/get', { scenario: 'shop' })
    check('task/sample', { scenario: 'shop', seed: 1, count: 3, include: ['prompt', 'tools'] })
    const { episode, ...reset } = check('env/reset', { scenario: 'shop', seed: 3, task: 'order_total' })
    check('env/step', { episode, action: look(orderIn(reset)) })
    check('env/resume', { episode })
    const { episodes } = check('env/fork', { episode, count: 2, luck: 'fresh' })
    check('env/step', { episode: episodes[0], action: callOf('finish', { answer: 1 }) })
    check('env/resume', { episode: episodes[0] })
    check('trajectory/get', { episode: episodes[0] })
    check('env/render', { episode: episodes[0] })
    const { snapshot } = check('env/snapshot', { episode })
    check('env/restore', { snapshot })
    if (who === admin) check('env/state', { episode })
    check('env/close', { episode })
  }
})

t.test('secrets stay inside', async (t) => {
  const { session, admin } = visit()
  const { episode } = ask(session, 'env/reset', { scenario: 'shop', seed: 5, task: 'note_on_order' })
  t.match(refusal(session, 'env/state', { episode }), { code: 'GYM_FORBIDDEN', path: 'method' })
  t.match(ask(admin, 'env/state', { episode }), { hash: /^[0-9a-f]{64}$/, ended: false, gold: {} })
  const action = callOf('finish', { answer: 'N0001' })
  const seen = ask(session, 'env/step', { episode, action, seq: 1 })
  const full = ask(admin, 'env/step', { episode, action, seq: 1 })
  t.ok(full.info.verdict.components.some((each: object) => 'evidence' in each), 'an admin reads why')
  t.ok(JSON.stringify(full).includes('"expected"'), 'with what was expected')
  for (const secret of ['expected', 'found', 'applications', 'committed', 'changes', 'faults']) {
    t.notOk(JSON.stringify(seen).includes(`"${secret}"`), secret)
    t.notOk(JSON.stringify(ask(session, 'env/resume', { episode })).includes(`"${secret}"`), secret)
    t.notOk(JSON.stringify(ask(session, 'trajectory/get', { episode })).includes(`"${secret}"`), secret)
    t.notOk(ask(session, 'env/render', { episode, mode: 'json' }).text.includes(`"${secret}"`), secret)
  }
  t.ok(JSON.stringify(ask(admin, 'trajectory/get', { episode })).includes('"applications"'))
})

t.test('seq: repeated, conflicting, with a gap, left out, and after the end', async (t) => {
  const { session } = visit()
  const reset = ask(session, 'env/reset', { scenario: 'shop', seed: 3, task: 'order_total' })
  const { episode } = reset
  t.match(ask(session, 'env/resume', { episode }), { seq: 0, last: { episode, observation: reset.observation } })
  const first = look(orderIn(reset))
  const one = ask(session, 'env/step', { episode, action: first, seq: 1 })
  t.strictSame(ask(session, 'env/step', { episode, action: structuredClone(first), seq: 1 }), one, 'the recorded answer')
  t.match(refusal(session, 'env/step', { episode, action: look('W00000'), seq: 1 }), { code: 'GYM_SEQ_CONFLICT', path: 'params.seq', expected: 2 })
  t.match(refusal(session, 'env/step', { episode, action: first, seq: 3 }), { code: 'GYM_SEQ_GAP', path: 'params.seq', expected: 2 })
  const two = ask(session, 'env/step', { episode, action: first })
  t.equal(two.seq, 2, 'left out, it is the next one')
  t.equal(two.observation.clock_ms, 200, 'and refused steps moved nothing')
  t.strictSame(ask(session, 'env/step', { episode, action: first, seq: 1 }), one, 'older answers too')
  const last = callOf('finish', { answer: 1 })
  const end = ask(session, 'env/step', { episode, action: last, seq: 3 })
  t.ok(end.terminated)
  t.strictSame(ask(session, 'env/step', { episode, action: last, seq: 3 }), end, 'also after the end')
  t.strictSame(ask(session, 'env/step', { episode, action: first, seq: 1 }), one)
  t.match(ask(session, 'env/resume', { episode }), { seq: 3, last: end })
  for (const seq of [4, undefined]) t.match(refusal(session, 'env/step', { episode, action: last, seq }), { code: 'GYM_EPISODE_ENDED' })
})

t.test('fork: at the present, earlier, many, with fresh luck', async (t) => {
  const { session, admin } = visit()
  const reset = ask(session, 'env/reset', { scenario: 'shop', seed: 3, task: 'order_total', options: { dynamics: 'flaky' } })
  const { episode } = reset
  const action = look(orderIn(reset))
  const answers = [1, 2, 3].map((seq) => ask(session, 'env/step', { episode, action, seq }))
  const hash = (id: string): string => ask(admin, 'env/state', { episode: id }).hash
  const before = hash(episode)
  const { episodes: [now] } = ask(session, 'env/fork', { episode })
  const { episodes: [then] } = ask(session, 'env/fork', { episode, at: 1 })
  t.equal(hash(episode), before, 'the parent is untouched')
  t.match(ask(session, 'env/resume', { episode: now }), { seq: 3, last: { observation: answers[2].observation } })
  t.strictSame(ask(session, 'env/step', { episode: then, action, seq: 1 }), answers[0], 'answers of the shared past are kept')
  t.strictSame(ask(session, 'env/step', { episode: then, action, seq: 2 }), answers[1], 'the same luck gives the same future')
  t.match(refusal(session, 'env/fork', { episode, at: 4 }), { code: 'GYM_INVALID_PARAMS', path: 'params.at' })
  const lucks = (ids: string[]): unknown[] => ids.map((id) => ask(admin, 'trajectory/get', { episode: id }).trajectory.events.findLast((event: { type: string }) => event.type === 'fork').luck)
  const fresh = [{ count: 3 }, { at: 1, count: 2 }, { at: 1 }, { at: 2 }, {}].flatMap((where) => ask(session, 'env/fork', { episode, luck: 'fresh', ...where }).episodes)
  t.equal(new Set(lucks(fresh)).size, fresh.length, 'no fresh future repeats, wherever it branches off')
})

t.test('snapshot and restore', async (t) => {
  const { session, admin } = visit()
  const reset = ask(session, 'env/reset', { scenario: 'shop', seed: 9, task: 'note_on_order', options: { dynamics: 'flaky' } })
  const { episode } = reset
  const action = callOf('add_note', { order_id: orderIn(reset), text: 'x' })
  const first = ask(session, 'env/step', { episode, action, seq: 1 })
  const last = ask(session, 'env/step', { episode, action: look(orderIn(reset)), seq: 2 })
  const { snapshot } = ask(session, 'env/snapshot', { episode })
  const text = JSON.stringify(snapshot)
  const restored = ask(visit().session, 'env/restore', { snapshot: JSON.parse(text) })
  t.match(restored, { seq: 2, ended: false, observation: last.observation }, 'on another server')
  const here = ask(session, 'env/restore', { snapshot: JSON.parse(text) })
  const hash = (id: string): string => ask(admin, 'env/state', { episode: id }).hash
  t.equal(hash(here.episode), hash(episode))
  t.match(ask(session, 'env/resume', { episode: here.episode }), { seq: 2, last })
  t.strictSame(ask(session, 'env/step', { episode: here.episode, action: look(orderIn(reset)), seq: 2 }), last, 'its answers are known')
  t.strictSame(ask(session, 'env/step', { episode: here.episode, action, seq: 1 }), first)
  t.match(refusal(session, 'env/step', { episode: here.episode, action: look('W1'), seq: 1 }), { code: 'GYM_SEQ_CONFLICT', expected: 3 })
  const end = callOf('finish', { answer: 'N0001' })
  t.strictSame(ask(session, 'env/step', { episode: here.episode, action: end, seq: 3 }), ask(session, 'env/step', { episode, action: end, seq: 3 }))

  const forged: [string, (s: any) => void, GymCode][] = [
    ['an action changed', (s) => { s.journal[0].action.tool_calls[0].arguments.text = 'y' }, 'GYM_SNAPSHOT_INVALID'],
    ['an action added', (s) => { s.journal.push(s.journal[0]) }, 'GYM_SNAPSHOT_INVALID'],
    ['an action left out', (s) => { s.journal.pop() }, 'GYM_SNAPSHOT_INVALID'],
    ['a hash made up', (s) => { s.state_hash = '0'.repeat(64) }, 'GYM_SNAPSHOT_INVALID'],
    ['another seed', (s) => { s.identity.seed += 1 }, 'GYM_SNAPSHOT_INVALID'],
    ['another luck', (s) => { s.identity.luck += 1 }, 'GYM_SNAPSHOT_INVALID'],
    ['more budget', (s) => { s.identity.options.budgets.turns += 1 }, 'GYM_SNAPSHOT_INVALID'],
    ['kinder dynamics', (s) => { s.identity.options.intensity = 0 }, 'GYM_SNAPSHOT_INVALID'],
    ['another engine', (s) => { s.identity.engine = 'x' }, 'GYM_SNAPSHOT_INVALID'],
    ['other content', (s) => { s.identity.digest = '0'.repeat(64) }, 'GYM_SNAPSHOT_INVALID'],
    ['an unknown scenario', (s) => { s.identity.scenario = 'shp' }, 'GYM_UNKNOWN_SCENARIO'],
    ['an unknown task', (s) => { s.identity.task = 'nothing' }, 'GYM_SNAPSHOT_INVALID'],
    ['no action at all', (s) => { s.journal[0] = { action: null } }, 'GYM_SNAPSHOT_INVALID'],
    ['an action of another shape', (s) => { s.journal[0] = { action: { tool_calls: 7 } } }, 'GYM_SNAPSHOT_INVALID'],
    ['a field too many', (s) => { s.rows = [] }, 'GYM_SNAPSHOT_INVALID'],
    ['a fork made up', (s) => { s.journal.push({ fork: { child: 0, luck: 1 } }) }, 'GYM_SNAPSHOT_INVALID'],
  ]
  for (const [what, forge, code] of forged) {
    const copy = JSON.parse(text)
    forge(copy)
    t.match(refusal(session, 'env/restore', { snapshot: copy }), { code, path: /^params\.snapshot/ }, what)
  }
})

t.test('request_key: the same call again makes nothing new', async (t) => {
  const { gym, session, admin } = visit()
  const params = { scenario: 'shop', seed: 3, request_key: 'a' }
  const first = ask(session, 'env/reset', params)
  t.strictSame(ask(session, 'env/reset', structuredClone(params)), first)
  t.equal(gym.episodes.size, 1)
  t.match(refusal(session, 'env/reset', { ...params, seed: 4 }), { code: 'GYM_REQUEST_KEY_CONFLICT', path: 'params.request_key' })
  t.not(ask(admin, 'env/reset', params).episode, first.episode, 'keys of another token are others')
  const fork = { episode: first.episode, count: 2, request_key: 'a' }
  const { episodes } = ask(session, 'env/fork', fork)
  t.strictSame(ask(session, 'env/fork', fork).episodes, episodes, 'and so are keys of another method')
  ask(session, 'env/close', { episode: episodes[0] })
  t.strictSame(ask(session, 'env/fork', fork).episodes, episodes, 'remembered while anything of it lives')
  ask(session, 'env/close', { episode: episodes[1] })
  t.not(ask(session, 'env/fork', fork).episodes[0], episodes[0], 'and forgotten with the last of it')
  ask(session, 'env/close', { episode: first.episode })
  t.not(ask(session, 'env/reset', { ...params, seed: 4 }).episode, first.episode)
})

t.test('capacity and idle episodes', async (t) => {
  const gym = openGym({ episodes: 3, idleMs: 60_000 })
  const { session } = visit(gym)
  const ids = [1, 2, 3].map((seed) => ask(session, 'env/reset', { scenario: 'shop', seed }).episode)
  t.match(refusal(session, 'env/reset', { scenario: 'shop', seed: 4 }), { code: 'GYM_CAPACITY', retryable: true, limit: 3, retry_after_ms: Number })
  t.match(refusal(session, 'env/fork', { episode: ids[0] }), { code: 'GYM_CAPACITY' })
  ask(session, 'env/close', { episode: ids[0] })
  ask(session, 'env/reset', { scenario: 'shop', seed: 4 })
  gym.clock.time += 59_000
  ask(session, 'env/resume', { episode: ids[1] })
  gym.clock.time += 2000
  gym.reap()
  t.equal(gym.episodes.size, 1, 'two were idle')
  t.equal(gym.tally.reaped, 2)
  ask(session, 'env/resume', { episode: ids[1] })
  t.match(refusal(session, 'env/resume', { episode: ids[2] }), { code: 'GYM_UNKNOWN_EPISODE' })
  const patient = openGym({ idleMs: 0 })
  ask(new Session(patient, ANYBODY), 'env/reset', { scenario: 'shop', seed: 1 })
  patient.clock.time += 1e12
  patient.reap()
  t.equal(patient.episodes.size, 1, 'idle 0 never reaps')
})

t.test('a conversation over the wire: resumed, forked, repeated, restored in the middle, and its secrets stay inside', async (t) => {
  const scenario = carrierScenario()
  const gym = openGym({ catalogue: { list: () => [scenario], names: () => ['carrier'], find: (ref) => (ref.startsWith('carrier') ? scenario : undefined) } })
  const { session, admin } = visit(gym)
  const { episode, observation } = ask(session, 'env/reset', { scenario: 'carrier', seed: 3, task: 'no_internet' })
  t.match(observation.messages[1], { role: 'user', content: /my internet stopped working/ })
  const step = (id: string, content: string, seq: number, who = session) => ask(who, 'env/step', { episode: id, action: { content }, seq })
  const first = step(episode, 'What does your phone say?', 1)
  t.match(first, { reward: 0, terminated: false, observation: { messages: [{ role: 'user', content: /^It says: / }], clock_ms: 4000 } })
  t.notOk(METHODS['env/step'].result.safeParse(first).error)
  t.same(ask(session, 'env/resume', { episode }), { seq: 1, last: first })
  const second = step(episode, 'Are you sure?', 2)
  t.same(step(episode, 'What does your phone say?', 1), first, 'a repeated seq has its recorded answer')
  t.match(refusal(session, 'env/step', { episode, action: { content: 'Something else?' }, seq: 1 }), { code: 'GYM_SEQ_CONFLICT' })

  const [early, late] = [{ episode, at: 1 }, { episode }].map((params) => ask(session, 'env/fork', params).episodes[0])
  t.same(step(early, 'Are you sure?', 2), second)
  t.match(step(late, 'Are you sure?', 3).observation.messages[0].content, /not sure what you mean/)

  const { snapshot } = ask(session, 'env/snapshot', { episode })
  const { snapshot: whole } = ask(admin, 'env/snapshot', { episode })
  t.same(snapshot.journal.map((entry: object) => Object.keys(entry)[0]), ['action', 'user', 'action', 'user'])
  t.same(Object.keys(snapshot.journal[1].user), ['said'])
  t.ok(whole.journal[1].user.memory)
  for (const one of [snapshot, whole]) {
    const restored = ask(session, 'env/restore', { snapshot: one })
    t.match(restored, { seq: 2, ended: false, observation: second.observation })
    t.equal(ask(admin, 'env/state', { episode: restored.episode }).hash, ask(admin, 'env/state', { episode }).hash)
  }
  const shown = [ask(session, 'trajectory/get', { episode }), ask(session, 'env/render', { episode }), ask(session, 'env/render', { episode, mode: 'json' }), ask(session, 'scenario/get', { scenario: 'carrier' }), snapshot]
  for (const secret of ['look_at_phone', 'annoyed', 'memory', 'canary-in-the-phone', 'Impatient']) t.notOk(JSON.stringify(shown).includes(secret), secret)
  t.match(JSON.stringify(ask(admin, 'trajectory/get', { episode })), /look_at_phone.*annoyed/)
  const fix = /airplane/.test(first.observation.messages[0].content) ? 'turn off airplane mode' : 'turn on mobile data'
  step(episode, fix, 3)
  t.match(step(episode, 'And now?', 4), { terminated: true, info: { stop_reason: 'user_satisfied', verdict: { gates: { online: true, looked_up: false } } } })
  t.equal(gym.tally.ended.get('user_satisfied'), 1)
  t.same(gym.incidents, [])
})

t.test('the catalogue', async (t) => {
  const { session, gym } = visit()
  const { scenarios, next } = ask(session, 'scenario/list', { limit: 1 })
  t.match(scenarios[0], { name: 'shop', tasks: 2 })
  t.equal(next, null)
  t.same(ask(session, 'scenario/list', { tags: ['nope'] }).scenarios, [])
  t.equal(ask(session, 'scenario/list', { query: 'notes SHOP' }).scenarios.length, 1)
  t.match(refusal(session, 'scenario/list', { cursor: 'zzz' }), { code: 'GYM_INVALID_PARAMS', path: 'params.cursor' })
  const got = ask(session, 'scenario/get', { scenario: `shop@${scenarios[0].digest.slice(0, 12)}` })
  t.match(got, { summary: { name: 'shop' }, prompt: /clerk/, dynamics: Array, action_schema: { $defs: Object } })
  t.ok(got.tools.some(({ name }: { name: string }) => name === 'add_note'))
  for (const word of ['witness', 'expect', 'checks', 'bind']) t.notOk(JSON.stringify(got.tasks).includes(`"${word}"`), `no ${word}`)
  const rows = ask(session, 'task/sample', { scenario: 'shop', seed: 11, count: 20, include: ['prompt', 'tools'] }).tasks
  t.strictSame(ask(new Session(openGym(), ANYBODY), 'task/sample', { scenario: 'shop', seed: 11, count: 20, include: ['prompt', 'tools'] }).tasks, rows)
  for (const row of rows.slice(0, 5)) {
    const { observation } = ask(session, 'env/reset', { scenario: row.scenario, seed: row.seed, task: row.task, options: { split: row.split } })
    t.strictSame(observation.messages, row.prompt, 'a row shows the first messages, byte for byte')
    t.strictSame(observation.tools, row.tools)
  }
  t.match(ask(session, 'server/info'), { limits: { frame_bytes: LIMITS.frame_bytes }, counts: { scenarios: 1, episodes: gym.episodes.size }, privileged: false })
})

t.test('bad calls: typed, naming the field, with the nearest name', async (t) => {
  const { session } = visit()
  const { episode } = ask(session, 'env/reset', { scenario: 'shop', seed: 3 })
  const rows: [string, unknown, GymCode, Record<string, unknown>][] = [
    ['env/stp', {}, 'GYM_UNKNOWN_METHOD', { path: 'method', nearest: 'env/step' }],
    ['env/reset', { scenario: 'shop', sed: 1 }, 'GYM_INVALID_PARAMS', { path: 'params.sed', nearest: 'seed' }],
    ['env/reset', { scenario: 'shop', seed: 1, options: { lucky: 1 } }, 'GYM_INVALID_PARAMS', { path: 'params.options.lucky', nearest: 'luck' }],
    ['env/reset', { scenario: 'shop', seed: 1, options: { dynamics: { profile: 'x', intensty: 1 } } }, 'GYM_INVALID_PARAMS', { path: 'params.options.dynamics.intensty', nearest: 'intensity' }],
    ['env/reset', { scenario: 'shop', seed: 1, options: { shaping: 'progres' } }, 'GYM_INVALID_PARAMS', { path: 'params.options.shaping', nearest: 'progress' }],
    ['env/reset', { scenario: 'shop', seed: '1' }, 'GYM_INVALID_PARAMS', { path: 'params.seed', expected: 'number' }],
    ['env/reset', { scenario: 'shop', seed: Number.NaN }, 'GYM_INVALID_PARAMS', { path: 'params.seed' }],
    ['env/reset', { scenario: 'shop', seed: Infinity }, 'GYM_INVALID_PARAMS', { path: 'params.seed' }],
    ['env/reset', { scenario: 'shp', seed: 1 }, 'GYM_UNKNOWN_SCENARIO', { path: 'params.scenario', nearest: 'shop' }],
    ['env/reset', { scenario: 'shop@00000000', seed: 1 }, 'GYM_UNKNOWN_SCENARIO', { path: 'params.scenario', nearest: /^shop@/ }],
    ['env/reset', { scenario: 'shop', seed: 1, task: 'order_totl' }, 'GYM_UNKNOWN_TASK', { path: /^params/, nearest: 'order_total' }],
    ['env/reset', { scenario: 'shop', seed: 1, options: { dynamics: 'flakey' } }, 'GYM_UNKNOWN_DYNAMICS', { path: 'params.options.dynamics', nearest: 'flaky' }],
    ['env/step', { episode: NOWHERE, action: {} }, 'GYM_UNKNOWN_EPISODE', { path: 'params.episode' }],
    ['env/step', { episode: 'me', action: {} }, 'GYM_INVALID_PARAMS', { path: 'params.episode' }],
    ['env/step', { episode, action: { tool_cals: [] } }, 'GYM_INVALID_PARAMS', { path: 'params.action.tool_cals', nearest: 'tool_calls' }],
    ['env/step', { episode, action: { think_ms: Number.NaN } }, 'GYM_INVALID_PARAMS', { path: 'params.action.think_ms' }],
    ['env/step', { episode, action: { meta: { deep: [1, Number.NaN] } } }, 'GYM_INVALID_PARAMS', { path: 'params.action.meta' }],
    ['env/step', { episode, action: { frame: 'somebody' } }, 'GYM_UNKNOWN_FRAME', { path: 'params.action.frame' }],
    ['env/step', { episode, action: {}, seq: 1.5 }, 'GYM_INVALID_PARAMS', { path: 'params.seq' }],
    ['env/restore', { snapshot: { format: 'x' } }, 'GYM_SNAPSHOT_INVALID', { path: /^params\.snapshot/ }],
  ]
  for (const [method, params, code, data] of rows) {
    const error = refusal(session, method, params)
    t.match(error, { code, retryable: ERRORS[code].retryable, ...data }, `${method} ${JSON.stringify(params)}`)
  }
  t.match(ask(session, 'env/resume', { episode }), { seq: 0 }, 'the episode is untouched by all of it')
  const splits = ['train', 'validation', 'test'].filter((split) => split !== ask(session, 'env/resume', { episode }).last.info.split)
  for (const split of splits) t.match(refusal(session, 'env/reset', { scenario: 'shop', seed: 3, options: { split } }), { code: 'GYM_SPLIT_MISMATCH', path: 'params.options.split' })
})

t.test('a bad action is an observation, never an error', async (t) => {
  const { session } = visit()
  const bad: unknown[] = [
    callOf('no_such_tool', {}), callOf('get_order', {}), callOf('get_order', { order_id: 7 }), callOf('get_order', { order_id: 'x', more: 1 }),
    callOf('get_order', '{"order_id": '), callOf('get_order', '{"order_id": "x"}'), callOf('get_order', null), callOf('get_order', [1]),
    callOf('get_order', { order_id: Number.NaN }), callOf('get_order', { order_id: 2 ** 60 }), callOf('get_order', JSON.parse('{"__proto__": {"order_id": "x"}}')),
    { tool_calls: ['text', null, 7, {}, { name: 7 }, { name: 'get_order', arguments: {}, extra: 1 }] },
    { tool_calls: [{ id: 'a', name: 'get_order', arguments: { order_id: 'x' } }, { id: 'a', name: 'get_order', arguments: { order_id: 'x' } }] },
    { content: 7, tool_calls: [{ name: 'get_order', arguments: { order_id: 'x' } }] },
    { content: { deep: [Number.NaN] }, tool_calls: [{ name: 'get_order', arguments: { order_id: 'x' } }] },
    callOf('finish', {}), callOf('finish', { answer: { a: 1 } }),
  ]
  for (const action of bad) {
    const { episode } = ask(session, 'env/reset', { scenario: 'shop', seed: 3, task: 'order_total' })
    const result = ask(session, 'env/step', { episode, action, seq: 1 })
    t.strictSame(ask(session, 'env/step', { episode, action, seq: 1 }), result, 'sent again it is the same action')
    t.ok(result.reward === 0 && result.info.stop_reason !== 'env_error', JSON.stringify(action))
    const { trajectory } = ask(session, 'trajectory/get', { episode })
    t.equal(trajectory.events[1].type, 'turn', 'and the log has it')
    ask(session, 'env/restore', { snapshot: JSON.parse(JSON.stringify(ask(session, 'env/snapshot', { episode }).snapshot)) })
    t.ok(true, 'and it replays')
  }
})

t.test('envelopes and batches', async (t) => {
  const { session } = visit()
  const error = (message: unknown): any => (session.answer(message).reply as { error: unknown }).error
  t.match(session.answer(null).reply, { id: null, error: { code: -32600, data: { code: 'GYM_INVALID_REQUEST', path: '' } } })
  t.match(session.answer({ jsonrpc: '2.0', id: 5, method: 'server/info', extra: 1 }).reply, { id: 5, error: { data: { path: 'extra' } } }, 'the id is kept where there is one')
  t.match(error({ jsonrpc: '2.0', method: 'server/info' }), { data: { code: 'GYM_INVALID_REQUEST', path: 'id' } }, 'a notification')
  t.match(session.refuseBatch([]), { id: null, error: { data: { code: 'GYM_INVALID_REQUEST' } } })
  t.match(session.refuseBatch(new Array(LIMITS.batch + 1).fill({})), { id: null, error: { data: { code: 'GYM_LIMIT', limit: LIMITS.batch } } })
  t.equal(session.refuseBatch([1]), undefined)
  const info = { jsonrpc: '2.0', method: 'server/info' }
  const replies = [...session.beginBatch([{ ...info, id: 1 }, { ...info, id: 1 }, 7, { ...info, id: '1' }])].map((each) => 'reply' in each && each.reply)
  t.match(replies, [{ id: 1, result: {} }, { id: null, error: { data: { code: 'GYM_INVALID_REQUEST', path: '[1].id' } } }, { id: null, error: {} }, { id: '1', result: {} }])
})

t.test('a server that is closing begins nothing', async (t) => {
  const { gym, session } = visit()
  gym.closing = true
  t.match(refusal(session, 'env/reset', { scenario: 'shop', seed: 1 }), { code: 'GYM_SHUTTING_DOWN', retryable: true })
})

t.test('a fault of ours is an incident: reported inside, typed outside', async (t) => {
  const { gym, session } = visit()
  Object.defineProperty(gym.scenarios, 'list', { value() { throw new Error('secret detail') } })
  const error = refusal(session, 'scenario/list')
  t.match(error, { code: 'GYM_INTERNAL', retryable: true, incident: String })
  t.notOk(JSON.stringify(error).includes('secret detail'))
  t.match(gym.incidents, [[error.incident, { message: 'secret detail' }]])
})

t.test('whatever is sent, a session answers in form and other episodes do not move', async (t) => {
  const { gym, session, admin } = visit()
  const { episode: watched } = ask(session, 'env/reset', { scenario: 'shop', seed: 3 })
  const { episode: played } = ask(session, 'env/reset', { scenario: 'shop', seed: 4 })
  const { snapshot } = ask(session, 'env/snapshot', { episode: played })
  const hash = ask(admin, 'env/state', { episode: watched }).hash
  const any = fc.anything({ maxDepth: 3, withNullPrototype: true, withBigInt: true })
  const method = fc.oneof(fc.constantFrom(...Object.keys(METHODS).filter((name) => name !== 'env/close')), fc.string())
  const field = fc.constantFrom('episode', 'action', 'seq', 'scenario', 'seed', 'task', 'options', 'at', 'count', 'luck', 'snapshot', 'mode', 'request_key', 'include', 'tags', 'difficulty')
  const value = fc.oneof(any, fc.constantFrom(played, 'shop', 0, 1, 3, {}, [], snapshot, { tool_calls: [{ name: 'get_order', arguments: { order_id: 'W00000' } }] }, { content: 'x' }))
  const params = fc.oneof(any, fc.dictionary(field, value))
  const message = fc.oneof(any, fc.record({ jsonrpc: fc.constant('2.0'), id: fc.oneof(fc.integer(), fc.string(), any), method, params }, { requiredKeys: ['jsonrpc', 'id', 'method'] }))
  let answered = 0
  fc.assert(fc.property(message, (sent) => {
    const { reply } = session.answer(sent)
    if ('error' in reply) {
      if (!ErrorObject.safeParse(reply.error).success) throw new Error(`malformed error ${JSON.stringify(reply.error)}`)
      if (reply.error.data.code === 'GYM_INTERNAL') throw new Error(`a fault of ours: ${String(gym.incidents.at(-1)?.[1])}`)
    } else {
      answered += 1
    }
    JSON.stringify(reply)
  }), { numRuns: 3000 })
  t.ok(answered > 0, `${answered} were even valid`)
  t.equal(ask(admin, 'env/state', { episode: watched }).hash, hash)
  t.same(gym.incidents, [])
})
