/** Episodes past their process: a gym is dropped, another one opens the same store, and play goes on bit for bit. */
import type { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { type Catalogue, compileCatalogue } from '../../src/compile/catalogue.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { Conversation } from '../../src/server/conversation.ts'
import { jsonCodec } from '../../src/server/json-codec.ts'
import { Session } from '../../src/server/session.ts'
import { databasePath, openDatabase } from '../../src/store/database.ts'
import { type JournalSettings, SqliteJournals } from '../../src/store/sqlite-journals.ts'
import { carrierScenario } from '../carrier.ts'
import { ADMIN, ANYBODY, ask, callOf, HandClock, openGym, orderIn, refusal, type TestGym } from './gym-under-test.ts'

/** A catalogue of one scenario. */
function catalogueOf(scenario: CompiledScenario): Catalogue {
  return { list: () => [scenario], names: () => [scenario.name], find: (ref) => (ref.split('@')[0] === scenario.name ? scenario : undefined) }
}

type House = { gym: TestGym; session: Session; admin: Session; store: SqliteJournals; database: DatabaseSync; leave(): Promise<void> }
type Test = { teardown(end: () => unknown): void; testdir(): string }

const SETTINGS: JournalSettings = { durability: 'async', rules: { endedMs: 3_600_000, idleMs: 1e9, quotaBytes: 0 }, bufferBytes: 1e7, windowMs: 2, retryMs: 20 }

/** A gym over the store of a folder; `leave` is what a restart does: everything in memory is gone. */
function enter(t: Test, folder: string, settings: Partial<JournalSettings> = {}, bounds: { episodes?: number; idleMs?: number } = {}, catalogue?: ReturnType<typeof compileCatalogue>['catalogue']): House {
  const path = databasePath(folder)
  const database = openDatabase(path)
  const clock = new HandClock()
  const store = new SqliteJournals(path, database, { ...SETTINGS, ...settings }, clock, (text) => gym.report('store', text))
  const gym: TestGym = openGym({ ...bounds, journals: store, clock, ...(catalogue && { catalogue }) })
  let left: Promise<void> | undefined
  const leave = (): Promise<void> => (left ??= store.close().then(() => database.close()))
  t.teardown(leave)
  return { gym, session: new Session(gym, ANYBODY), admin: new Session(gym, ADMIN), store, database, leave }
}

const look = (order: string) => callOf('get_order', { order_id: order })
const note = (order: string, text: string) => callOf('add_note', { order_id: order, text })

/** A few turns, some of them wrong. */
function turnsOf(order: string): object[] {
  return [look(order), note(order, 'first'), look('W99999'), callOf('nonsense', {}), { content: 'well', think_ms: 1234, meta: { a: [1, null, -0] }, ...note(order, 'second') }, look(order)]
}

t.test('restart in the middle of a conversation: the user remembers, and is not asked again', async (t) => {
  const folder = t.testdir()
  const catalogue = catalogueOf(carrierScenario())
  const before = enter(t, folder, {}, {}, catalogue)
  const reset = ask(before.session, 'env/reset', { scenario: 'carrier', seed: 3, task: 'resume' })
  const step = (house: House, content: string, seq: number) => ask(house.session, 'env/step', { episode: reset.episode, action: { content }, seq })
  step(before, 'Are you sure?', 1)
  const last = step(before, 'What does your phone say?', 2)
  const { hash } = ask(before.admin, 'env/state', { episode: reset.episode })
  await before.leave()

  const mute = carrierScenario()
  ;(mute.tasks.get('resume')!.user as { answer: unknown }).answer = () => { throw new Error('asked again') }
  const silent = enter(t, folder, {}, {}, catalogueOf(mute))
  t.same(ask(silent.session, 'env/resume', { episode: reset.episode }), { seq: 2, last })
  t.equal(ask(silent.admin, 'env/state', { episode: reset.episode }).hash, hash)
  await silent.leave()

  const after = enter(t, folder, {}, {}, catalogue)
  t.match(step(after, 'Are you sure?', 3).observation.messages, [{ role: 'user', content: /not sure what you mean/ }], 'the mind is as it was')
})

t.test('restart: every method finds an episode that only the store has, at the same hash', async (t) => {
  const folder = t.testdir()
  const before = enter(t, folder)
  const reset = ask(before.session, 'env/reset', { scenario: 'shop', seed: 5, options: { dynamics: 'flaky', shaping: 'progress' }, request_key: 'k' })
  const { episode } = reset
  const untouched = ask(before.session, 'env/reset', { scenario: 'shop', seed: 6, request_key: 'k2' })
  const turns = turnsOf(orderIn(reset))
  const answers = turns.map((action, i) => ask(before.session, 'env/step', { episode, action, seq: i + 1 }))
  const state = ask(before.admin, 'env/state', { episode })
  const trajectory = ask(before.session, 'trajectory/get', { episode })
  const resumed = ask(before.session, 'env/resume', { episode })
  await before.leave()

  const after = enter(t, folder)
  t.equal(after.gym.episodes.size, 0)
  t.same(ask(after.session, 'env/resume', { episode }), resumed)
  t.equal(after.gym.episodes.size, 1, 'it is back in memory')
  t.equal(after.gym.tally.rebuilt, 1)
  t.same(ask(after.admin, 'env/state', { episode }), state)
  t.same(ask(after.session, 'trajectory/get', { episode }), trajectory)
  for (const [i, answer] of answers.entries()) t.same(ask(after.session, 'env/step', { episode, action: turns[i], seq: i + 1 }), answer, `seq ${i + 1} again`)
  t.match(refusal(after.session, 'env/step', { episode, action: look('W00001'), seq: 2 }), { code: 'GYM_SEQ_CONFLICT' })
  t.match(refusal(after.session, 'env/step', { episode, action: look('W00001'), seq: 8 }), { code: 'GYM_SEQ_GAP', expected: 7 })
  t.same(ask(after.session, 'env/resume', { episode: untouched.episode }), { seq: 0, last: untouched })

  t.same(ask(after.session, 'env/reset', { scenario: 'shop', seed: 6, request_key: 'k2' }), untouched, 'a request_key gives its episode again')
  t.same(ask(after.session, 'env/reset', { scenario: 'shop', seed: 5, options: { dynamics: 'flaky', shaping: 'progress' }, request_key: 'k' }), reset, 'as it was when it was opened')
  t.match(refusal(after.session, 'env/reset', { scenario: 'shop', seed: 7, request_key: 'k' }), { code: 'GYM_REQUEST_KEY_CONFLICT' })
  t.not(ask(new Session(after.gym, { privileged: false, principal: 'other' }), 'env/reset', { scenario: 'shop', seed: 7, request_key: 'k' }).episode, episode, 'keys of other tokens are others')

  t.same(ask(after.session, 'env/close', { episode: untouched.episode }), { closed: true })
  t.same(ask(after.session, 'env/close', { episode: untouched.episode }), { closed: false })
  t.match(refusal(after.session, 'env/resume', { episode: untouched.episode }), { code: 'GYM_UNKNOWN_EPISODE' })
  t.not(ask(after.session, 'env/reset', { scenario: 'shop', seed: 6, request_key: 'k2' }).episode, untouched.episode, 'a closed episode takes its key along')
  t.match(refusal(after.session, 'env/resume', { episode: 'f'.repeat(32) }), { code: 'GYM_UNKNOWN_EPISODE' })
})

t.test('forks, fresh luck, restores: their pasts, keys and numbers survive', async (t) => {
  const folder = t.testdir()
  const first = enter(t, folder)
  const ask1 = (method: string, params: unknown) => ask(first.session, method, params)
  const { episode } = ask1('env/reset', { scenario: 'shop', seed: 11, options: { dynamics: 'flaky' } })
  for (const action of turnsOf('W00001').slice(0, 3)) ask1('env/step', { episode, action })
  const [fresh, fresh2] = ask1('env/fork', { episode, luck: 'fresh', count: 2, request_key: 'f' }).episodes
  const [early] = ask1('env/fork', { episode, at: 1 }).episodes
  const [earlyFresh] = ask1('env/fork', { episode, at: 2, luck: 'fresh' }).episodes
  const [grandchild] = ask1('env/fork', { episode: fresh, luck: 'fresh' }).episodes
  const { snapshot } = ask1('env/snapshot', { episode: grandchild })
  const restored = ask1('env/restore', { snapshot, request_key: 'r' })
  const all = [episode, fresh, fresh2, early, earlyFresh, grandchild, restored.episode] as string[]
  for (const id of all) ask1('env/step', { episode: id, action: look('W00002') })
  ask1('env/step', { episode: restored.episode, action: look('W00003') })
  const hashes = all.map((id) => ask(first.admin, 'env/state', { episode: id }).hash)
  // A twin that never restarts says what the fourth and fifth fresh fork must be.
  const twin = openGym()
  const twins = new Session(twin, ANYBODY)
  const like = ask(twins, 'env/reset', { scenario: 'shop', seed: 11, options: { dynamics: 'flaky' } }).episode
  for (const action of [...turnsOf('W00001').slice(0, 3), look('W00002')]) ask(twins, 'env/step', { episode: like, action })
  for (let i = 0; i < 4; i += 1) ask(twins, 'env/fork', { episode: like, luck: 'fresh' })
  const expected = ask(new Session(twin, ADMIN), 'env/state', { episode: ask(twins, 'env/fork', { episode: like, luck: 'fresh' }).episodes[0] }).hash
  ask1('env/close', { episode: fresh })
  await first.leave()

  const second = enter(t, folder)
  for (const [i, id] of all.entries()) {
    if (id === fresh) t.match(refusal(second.session, 'env/resume', { episode: id }), { code: 'GYM_UNKNOWN_EPISODE' }, 'closed, though its child needs its past')
    else t.equal(ask(second.admin, 'env/state', { episode: id }).hash, hashes[i], `episode ${i}`)
  }
  t.same(ask(second.session, 'env/fork', { episode, luck: 'fresh', count: 2, request_key: 'f' }).episodes, [fresh, fresh2])
  t.same(ask(second.session, 'env/restore', { snapshot, request_key: 'r' }), restored)
  const { episodes: [next] } = ask(second.session, 'env/fork', { episode, luck: 'fresh' })
  t.equal(ask(second.admin, 'env/state', { episode: next }).hash, expected, 'numbered on after the four before the restart')
})

t.test('idle episodes leave the memory and come back; ended ones go after their time', async (t) => {
  const { gym, session, store } = enter(t, t.testdir(), {}, { episodes: 2, idleMs: 60_000 })
  const { episode } = ask(session, 'env/reset', { scenario: 'shop', seed: 5, request_key: 'k' })
  const other = ask(session, 'env/reset', { scenario: 'shop', seed: 6 }).episode
  ask(session, 'env/step', { episode, action: look('W00001') })
  gym.clock.time += 61_000
  gym.reap()
  t.equal(gym.episodes.size, 2, 'not while they wait for their commit')
  await store.keep(store.write({ op: 'forked', id: other, forks: 0 }))
  gym.reap()
  t.same([gym.episodes.size, gym.tally.parked, gym.tally.reaped], [0, 2, 0])
  t.equal(ask(session, 'env/reset', { scenario: 'shop', seed: 5, request_key: 'k' }).episode, episode)
  t.match(ask(session, 'env/resume', { episode }), { seq: 1 })
  ask(session, 'env/step', { episode, action: callOf('report_unable', { reason: 'enough' }) })
  ask(session, 'env/reset', { scenario: 'shop', seed: 8 })
  t.match(refusal(session, 'env/resume', { episode: other }), { code: 'GYM_CAPACITY', retryable: true }, 'coming back needs room')
  await store.keep(store.write({ op: 'forked', id: other, forks: 0 }))
  gym.clock.time += 61_000
  gym.reap()
  await store.keep(store.write({ op: 'forked', id: other, forks: 0 }))
  gym.clock.time += 3_600_001
  gym.reap()
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.equal(store.counts.dropped.ended, 1)
  t.match(refusal(session, 'env/resume', { episode }), { code: 'GYM_UNKNOWN_EPISODE' })
  t.match(ask(session, 'env/resume', { episode: other }), { seq: 0 })
})

t.test('a scenario or an engine that is gone is a typed error', async (t) => {
  const folder = t.testdir()
  const before = enter(t, folder)
  const { episode } = ask(before.session, 'env/reset', { scenario: 'shop', seed: 5 })
  const old = ask(before.session, 'env/reset', { scenario: 'shop', seed: 6 }).episode
  await before.leave()
  const empty = enter(t, folder, {}, {}, compileCatalogue([]).catalogue)
  t.match(refusal(empty.session, 'env/resume', { episode }), { code: 'GYM_EPISODE_LOST', scenario: /^shop@[0-9a-f]{64}$/, retryable: false })
  await empty.leave()
  const after = enter(t, folder)
  after.database.exec(`UPDATE episodes SET engine = '0' WHERE id = '${old}'`)
  t.match(refusal(after.session, 'env/step', { episode: old, action: look('W00001') }), { code: 'GYM_EPISODE_LOST', engine: '0' })
  t.match(ask(after.session, 'env/resume', { episode }), { seq: 0 })
  t.equal(after.gym.episodes.returning.size, 0)
})

function talk(gym: TestGym): { sent: any[]; say(method: string, params: unknown): number; conversation: Conversation } {
  const sent: unknown[] = []
  const conversation = new Conversation(new Session(gym, ANYBODY), jsonCodec, (frame) => sent.push(JSON.parse(frame as string)), { sliceMs: Number.POSITIVE_INFINITY })
  let id = 0
  const say = (method: string, params: unknown): number => {
    conversation.receive(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: (id += 1), method, params })), false)
    return id
  }
  return { sent, say, conversation }
}

t.test('a long journal comes back in slices: others are answered meanwhile, its own calls in order', async (t) => {
  const folder = t.testdir()
  const before = enter(t, folder)
  const { episode } = ask(before.session, 'env/reset', { scenario: 'shop', seed: 5, options: { dynamics: 'flaky' } })
  const length = 7
  for (let i = 0; i < length; i += 1) ask(before.session, 'env/step', { episode, action: { tool_calls: Array.from({ length: 4 }, (_, k) => ({ name: 'get_order', arguments: { order_id: `W0000${k}` } })) } })
  const { seq } = ask(before.session, 'env/resume', { episode })
  await before.leave()
  const after = enter(t, folder)
  const { sent, say, conversation } = talk(after.gym)
  const steps = [1, 2, 3].map((i) => say('env/step', { episode, action: look(`W0000${i}`), seq: seq + i }))
  const fork = say('env/fork', { episode })
  t.same(sent, [], 'none is there at once')
  const info = say('server/info', {})
  t.equal(sent.at(-1).id, info, 'another call is answered meanwhile')
  const last = say('env/step', { episode, action: look('W00004'), seq: seq + 4 })
  await conversation.settled()
  t.same(sent.map(({ id }) => id), [info, ...steps, fork, last], 'in order')
  t.same(sent.filter(({ error }) => error), [])
  t.equal(after.gym.tally.rebuilt, 1)
  t.equal(after.gym.tally.steps, 4)
  t.equal(after.gym.episodes.returning.size, 0)
})

t.test('a caller that goes away while its episode comes back leaves nothing behind', async (t) => {
  const folder = t.testdir()
  const before = enter(t, folder)
  const { episode } = ask(before.session, 'env/reset', { scenario: 'shop', seed: 5 })
  await before.leave()
  const after = enter(t, folder)
  const { say, conversation, sent } = talk(after.gym)
  say('env/resume', { episode })
  say('env/close', { episode })
  say('env/close', { episode })
  t.equal(after.gym.episodes.returning.size, 1)
  conversation.hurry()
  await conversation.settled()
  t.same(sent.map(({ error }) => error?.data.code), Array.from({ length: 3 }, () => 'GYM_SHUTTING_DOWN'))
  t.equal(after.gym.episodes.returning.size, 0)
  t.match(ask(after.session, 'env/resume', { episode }), { seq: 0 }, 'and somebody else has it')
})

t.test('ack: an answer comes after its commit, also the one that only repeats; a failing store refuses', async (t) => {
  const folder = t.testdir()
  const { gym, store, database } = enter(t, folder, { durability: 'ack' })
  const { sent, say, conversation } = talk(gym)
  say('env/reset', { scenario: 'shop', seed: 5, request_key: 'k' })
  t.same(sent, [], 'not before the commit')
  await conversation.settled()
  const { episode } = sent[0].result
  t.ok(store.has(episode), 'it is on disk when it is answered')
  const step = { episode, action: look('W00001'), seq: 1 }
  for (const method of ['env/step', 'env/step']) say(method, step)
  say('env/resume', { episode })
  t.equal(sent.length, 1, 'neither the step, nor its repetition, nor what tells of it')
  await conversation.settled()
  t.equal([...store.entries(store.find(episode)!)].length, 1)
  const commits = store.counts.commits
  say('env/resume', { episode })
  t.equal(sent.length, 5, 'what is kept is told at once')
  t.equal(store.counts.commits, commits)

  database.exec('ALTER TABLE chunks RENAME TO gone')
  // Answered by a caller that never looks whether it was kept: that must not end the process.
  ask(new Session(gym, ANYBODY), 'env/reset', { scenario: 'shop', seed: 66 })
  say('env/step', { episode, action: look('W00002'), seq: 2 })
  await conversation.settled()
  t.match(sent.at(-1).error.data, { code: 'GYM_STORE', retryable: true })
  say('env/step', { episode, action: look('W00002'), seq: 2 })
  t.match(sent.at(-1).error.data, { code: 'GYM_STORE' }, 'nothing is taken that cannot be kept')
  say('env/reset', { scenario: 'shop', seed: 6, request_key: 'k6' })
  t.match(sent.at(-1).error.data, { code: 'GYM_STORE' })
  t.equal(gym.episodes.size, 2)
  database.exec('ALTER TABLE gone RENAME TO chunks')
  while (store.fault !== undefined) await new Promise((resolve) => setTimeout(resolve, 5))
  say('env/step', { episode, action: look('W00002'), seq: 2 })
  await conversation.settled()
  t.match(sent.at(-1).result, { seq: 2 }, 'the same step again')
  t.equal([...store.entries(store.find(episode)!)].length, 2, 'is written with all that was missing')
  t.same(gym.incidents.map(([kind]) => kind), ['store', 'store'])
})

t.test('async: a failing store costs nobody an answer, and is made good when it works again', async (t) => {
  const folder = t.testdir()
  const { gym, store, database, session } = enter(t, folder)
  const { sent, say, conversation } = talk(gym)
  say('env/reset', { scenario: 'shop', seed: 5 })
  t.same(sent, [], 'an id that was told is never lost')
  await conversation.settled()
  const { episode } = sent[0].result
  database.exec('ALTER TABLE chunks RENAME TO gone')
  ask(session, 'env/step', { episode, action: look('W00001') })
  while (store.fault === undefined) await new Promise((resolve) => setTimeout(resolve, 2))
  ask(session, 'env/step', { episode, action: look('W00002') })
  say('env/reset', { scenario: 'shop', seed: 6 })
  await conversation.settled()
  const unkept = sent.at(-1).result.episode
  t.ok(unkept, 'new episodes live in memory')
  database.exec('ALTER TABLE gone RENAME TO chunks')
  while (store.fault !== undefined) await new Promise((resolve) => setTimeout(resolve, 5))
  const [fork] = ask(session, 'env/fork', { episode }).episodes
  ask(session, 'env/step', { episode: unkept, action: look('W00003') })
  await store.close()
  t.same([episode, fork, unkept].map((id) => [...store.entries(store.find(id)!)].length), [2, 2, 1])
})

t.test('real time: an episode that comes back still takes its time', async (t) => {
  const folder = t.testdir()
  const before = enter(t, folder)
  const { episode } = ask(before.session, 'env/reset', { scenario: 'shop', seed: 5, options: { time: { scale: 0.5 } } })
  await before.leave()
  const after = enter(t, folder)
  const { sent, say, conversation } = talk(after.gym)
  const began = performance.now()
  say('env/step', { episode, action: callOf('wait', { ms: 200 }) })
  await conversation.settled()
  t.match(sent[0].result, { seq: 1 })
  t.ok(performance.now() - began >= 99)
})
