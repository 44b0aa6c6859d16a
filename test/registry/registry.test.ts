/** The registry's parts: search and pages, the gate's threads, what is held in memory, and what admission finds. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { AdmissionReport } from '../../protocol/report.ts'
import type { ScenarioSummary } from '../../protocol/summary.ts'
import { admitScenario } from '../../src/admit/admit.ts'
import { fuzzEpisodes } from '../../src/admit/fuzz.ts'
import { playSample } from '../../src/admit/sample.ts'
import { staticLeaks } from '../../src/admit/leak.ts'
import { BaseCache, WarmBases } from '../../src/compile/base-cache.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { compileSpecification } from '../../src/compile/specification.ts'
import { GymError } from '../../src/core/gym-error.ts'
import { Episode } from '../../src/episode/episode.ts'
import { AdmissionDesk, ADMISSION_BOUNDS } from '../../src/registry/admission-desk.ts'
import { type Listed, pageOf } from '../../src/registry/scenario-page.ts'
import { searchTextOf } from '../../src/registry/scenario-search.ts'
import { runThread } from '../../src/registry/thread.ts'
import type { ThreadMessage } from '../../src/registry/thread-message.ts'
import { Session } from '../../src/server/session.ts'
import { openDatabase } from '../../src/store/database.ts'
import { SqliteScenarios } from '../../src/store/sqlite-scenarios.ts'
import { CARRIER_FILE } from '../carrier.ts'
import { ROOT } from '../checkout.ts'
import fc from '../property.ts'
import { ANYBODY, ask, openGym, refusal, shippedParts } from '../server/gym-under-test.ts'
import { kiosk } from '../server/specs-under-test.ts'

/** What an error of ours with that code looks like to tap. */
const refusing = (gymCode: string) => ({ gymCode, message: /./ })

const STAY = new AbortController().signal

function listed(name: string, more: Partial<ScenarioSummary> = {}, tasks: string[] = ['a_task'], tools: string[] = ['a_tool']): Listed {
  const summary: ScenarioSummary = { name, digest: '0'.repeat(64), title: name, description: '', tags: [], tasks: tasks.length, tools: tools.length, origin: 'registered', ...more }
  return { summary, text: searchTextOf(summary, tasks, tools) }
}

t.test('search: what is named so comes before what only mentions it', async (t) => {
  const all = [
    listed('clinic', { title: 'A clinic calendar', description: 'Orders of patients.' }),
    listed('orders', { title: 'Order desk' }),
    listed('parts', { tags: ['orders'] }),
    listed('desk', {}, ['cancel_orders']),
    listed('late', {}, ['a_task'], ['list_orders']),
    listed('reorders', { title: 'Reordering' }),
    listed('émile', { title: 'Café à Paris' }),
  ]
  const found = (query: string, more: object = {}) => pageOf(all, { query, ...more }).scenarios.map(({ name }) => name)
  t.same(found('orders'), ['orders', 'parts', 'desk', 'late', 'reorders', 'clinic'])
  t.same(found('ORDERS patients'), ['clinic'], 'every word has to be found')
  t.same(found('order'), ['orders', 'parts', 'reorders', 'desk', 'late', 'clinic'], 'the beginning of a word counts more than its middle')
  t.same(found('nothing-like-it'), [])
  t.same(found('café'), ['émile'])
  t.equal(found('  ').length, all.length, 'no word at all is no filter')
  t.same(found('orders', { prefix: 're' }), ['reorders'])
  t.same(found('', { tags: ['orders'] }), ['parts'])
  t.same(found('', { min_tasks: 2 }), [])
  t.same(found('', { origin: 'catalogue' }), [])
})

t.test('pages: together they are the whole list, whatever is registered meanwhile', async (t) => {
  await fc.assert(fc.asyncProperty(fc.uniqueArray(fc.stringMatching(/^[a-d][a-d-]{0,5}$/), { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 7 }), fc.constantFrom('', 'a', 'b c'), fc.array(fc.stringMatching(/^[a-d]{7}$/), { maxLength: 5 }), async (names, limit, query, late) => {
    const all = names.map((name) => listed(name, { title: name.replaceAll('-', ' ') }))
    const whole = pageOf(all, { query, limit: 200 }).scenarios.map(({ name }) => name)
    const seen: string[] = []
    let cursor: string | undefined
    let pages = 0
    do {
      const page = pageOf(all, { query, limit, ...(cursor !== undefined && { cursor }) })
      seen.push(...page.scenarios.map(({ name }) => name))
      cursor = page.next ?? undefined
      const more = late[pages++]
      if (more !== undefined) all.push(listed(more))
    } while (cursor !== undefined)
    t.same(seen.filter((name) => names.includes(name)), whole)
    t.equal(new Set(seen).size, seen.length, 'nothing twice')
  }), { numRuns: 60 })
  const { next } = pageOf([listed('a'), listed('b')], { limit: 1 })
  for (const wrong of [{ cursor: 'zzz' }, { cursor: '' }, { cursor: 'W10' }, { cursor: next!, query: 'a' }, { cursor: `${next!}AA` }]) t.throws(() => pageOf([], wrong), refusing('GYM_INVALID_PARAMS'))
})

t.test('a thread that plays something else is found out, with the transcript', async (t) => {
  const files = [{ file: 'source', text: kiosk() }]
  const made = compileSpecification({ files, around: shippedParts() })
  if (!('scenario' in made)) throw new Error('does not compile')
  const sample = playSample(made.scenario)
  t.ok(sample.length >= 12)
  const compare = async (runs: typeof sample): Promise<Extract<ThreadMessage, { type: 'compared' }>> => {
    let heard: ThreadMessage | undefined
    await runThread({ files, around: shippedParts(), seeds: 2, allProfiles: false, compare: runs }, ADMISSION_BOUNDS, STAY, (message) => {
      heard = message
      return message.type === 'compared' ? 'enough' : 'go on'
    })
    return heard as Extract<ThreadMessage, { type: 'compared' }>
  }
  t.same(await compare(sample), { type: 'compared', tried: sample.length, differences: [] })
  const forged = sample.with(4, { ...sample[4]!, hash: 'f'.repeat(64) })
  t.match((await compare(forged)).differences, [{ run: { hash: sample[4]!.hash }, first: 'f'.repeat(64), transcript: /kiosk@/ }])
  t.equal((await compare([...sample, sample[0]!])).differences.length, 1, 'one run too few')
})

t.test('the desk reports how far it is, and ends at once when told to', async (t) => {
  const desk = new AdmissionDesk({ ...ADMISSION_BOUNDS, seeds: 2 })
  const order = { files: [{ file: 'source', text: kiosk() }], around: shippedParts() }
  const shares: number[] = []
  const { report } = await desk.admit({ order, gone: STAY, onProgress: (share) => shares.push(share) })
  t.equal(AdmissionReport.safeParse(report).error, undefined)
  t.same(shares, shares.toSorted((a, b) => a - b))
  t.ok(shares.length >= 2 && shares.at(-1)! < 1)
  await t.rejects(desk.admit({ order, gone: AbortSignal.abort() }), refusing('GYM_SHUTTING_DOWN'))
  const leaving = new AbortController()
  const left = desk.admit({ order, gone: leaving.signal, onProgress: () => leaving.abort() })
  await t.rejects(left, refusing('GYM_SHUTTING_DOWN'))
  await t.rejects(desk.admit({ order, gone: STAY, onCompiled() { throw new GymError('GYM_NAME_TAKEN', 'no') } }), refusing('GYM_NAME_TAKEN'))
  t.equal(desk.load, 0)
})

t.test('registered scenarios are held compiled within a bound, and come back the same', async (t) => {
  const gym = openGym({ registry: { compiled: 2 }, admission: { seeds: 1 } })
  const session = new Session(gym, ANYBODY)
  for (const name of ['one', 'two', 'three']) await gym.scenarios.register({ source: kiosk(name) }, ANYBODY, STAY)
  const opening = (name: string) => ask(session, 'env/reset', { scenario: name, seed: 4 })
  const first = opening('one')
  opening('two')
  opening('three')
  t.equal(gym.scenarios.compiled, 2)
  t.same(opening('one').observation, first.observation, 'compiled again')
  t.equal(gym.scenarios.compiled, 2)
  t.match(ask(session, 'env/step', { episode: first.episode, action: { tool_calls: [{ name: 'get_order', arguments: { order_id: 'x' } }] } }), { terminated: false }, 'who plays the older copy plays on')
  const full = openGym({ registry: { versions: 1 }, admission: { seeds: 1 } })
  await full.scenarios.register({ source: kiosk('one') }, ANYBODY, STAY)
  await t.rejects(full.scenarios.register({ source: kiosk('two') }, ANYBODY, STAY), refusing('GYM_CAPACITY'))
  t.match(await full.scenarios.register({ source: kiosk('one') }, ANYBODY, STAY), { name: 'one' }, 'what is there already needs no room')
})

t.test('what was registered with another engine is not played as something else', async (t) => {
  const store = new SqliteScenarios(openDatabase(':memory:'))
  const gym = openGym({ store, admission: { seeds: 1 } })
  const report = await gym.scenarios.register({ source: kiosk() }, ANYBODY, STAY)
  const kept = store.get('kiosk')!
  const digest = 'a'.repeat(64)
  store.put({ ...kept, digest, report: { ...report, digest, scenario: { ...report.scenario, digest } }, registered_at: 2_000_000 })
  const session = new Session(openGym({ store }), ANYBODY)
  t.match(refusal(session, 'env/reset', { scenario: 'kiosk', seed: 1 }), { code: 'GYM_UNKNOWN_SCENARIO', path: 'params.scenario' })
  t.ok(ask(session, 'env/reset', { scenario: `kiosk@${report.digest}`, seed: 1 }))
  store.put({ ...kept, name: 'older', digest, report: { format: 'fractal-gym.report/0' } })
  const later = openGym({ store, admission: { seeds: 1 } })
  t.match(later.scenarios.list({ prefix: 'older' }).scenarios, [{ name: 'older', title: 'older', tasks: 0 }], 'a report of another time hides its text, not the server')
  store.put({ ...kept, name: 'third', report: { ...report, scenario: { ...report.scenario, name: 'third' }, checks: 'other' } })
  t.match(openGym({ store }).scenarios.list({ prefix: 'third' }).scenarios, [{ title: 'A kiosk at the station', tasks: 2 }])
})

t.test('rows from a data file come with the registration and stay with it', async (t) => {
  const store = new SqliteScenarios(openDatabase(':memory:'))
  const plain = kiosk('tabled')
  const source = plain.replace('tables:\n', 'tables:\n  prices: {key: id, rows: {file: prices.csv}, columns: {id: {type: string}, cents: {type: int}}}\n')
  t.not(source, plain)
  const gym = openGym({ store, admission: { seeds: 1 } })
  await t.rejects(gym.scenarios.register({ source }, ANYBODY, STAY), refusing('GYM_SPEC'), 'without the file')
  const { digest } = await gym.scenarios.register({ source, files: { 'prices.csv': 'id,cents\nsmall,120\nlarge,250\n' } }, ANYBODY, STAY)
  const other = await gym.scenarios.register({ source, files: { 'prices.csv': 'id,cents\nsmall,130\n' } }, ANYBODY, STAY)
  t.not(other.digest, digest, 'other rows, another version')
  const rows = (of: string) => { const { world, baseOf } = openGym({ store }).scenarios.find(`tabled@${of}`); return baseOf(1).rows(world.positionOf('prices')) }
  t.same(rows(digest).map(({ id, cents }) => [id, cents]), [['small', 120], ['large', 250]], 'also after a restart')
  t.same(rows(other.digest).map(({ id, cents }) => [id, cents]), [['small', 130]])
})

t.test('what is like a scenario of the catalogue is kept with it', async (t) => {
  const store = new SqliteScenarios(openDatabase(':memory:'))
  const source = 'kind: Framework\nname: two-hands\nroot: clerk\nagents: {clerk: {prompt: You serve customers., tools: ["*"]}}\n---\nkind: Scenario\nname: cancellations\ntitle: T\ndescription: D\nframework: two-hands\nlike: retail\nonly: [cancel_by_number]\n'
  const { digest } = await openGym({ store, admission: { seeds: 1 } }).scenarios.register({ source }, ANYBODY, STAY)
  t.match(Object.keys(store.get('cancellations', digest)!.files).sort(), ['shipped:envs/dynamics/clean.yaml', 'shipped:envs/retail/world.yaml', 'shipped:scenarios/retail.yaml'])
  const again = openGym({ store }).scenarios.find(`cancellations@${digest}`)
  t.match([...again.tasks.keys()][0], 'cancel_by_number')
  t.ok([...again.tasks.keys()].every((name) => name.startsWith('cancel_by_number')))
})

t.test('one bound for the base worlds of all scenarios', async (t) => {
  const { world } = compileCatalogue([{ file: 'x', text: kiosk() }], {}, shippedParts()).catalogue.find('kiosk')!
  const shared = new WarmBases(4)
  const [left, right] = [new BaseCache(world, shared), new BaseCache(world, shared)]
  const first = left.of(1)
  for (const seed of [2, 3]) right.of(seed)
  t.equal(left.of(1), first)
  t.equal(shared.size, 3)
  for (const seed of [4, 5, 6, 7]) right.of(seed)
  t.equal(shared.size, 4)
  left.of(8)
  t.not(left.of(1), first, 'the least recently used of all was forgotten')
  right.release()
  t.equal(shared.size, 2)
  const own = right.of(9)
  t.equal(shared.size, 2, 'who was let go takes nothing from the others')
  t.equal(right.of(9), own)
})

t.test('leaks that the text alone gives away', async (t) => {
  const leaks = (source: string) => {
    const made = compileSpecification({ files: [{ file: 'source', text: source }], around: shippedParts() })
    if (!('spec' in made)) throw new Error(JSON.stringify(made))
    return staticLeaks(made.spec, made.scenario)
  }
  t.same(leaks(kiosk()), [])
  t.match(leaks(kiosk().replace('order ${order.id}?', 'order ${order.id}, not ${ order.total }?')), [{ task: 'order_total', found: /instruction shows/ }])
  t.match(leaks(kiosk().replace("tags: [read]\n", 'tags: [read]\n    difficulty: {cost: order.total}\n')), [{ task: 'order_total', found: /difficulty\.cost is public/ }])
  const told = (text: string) => readFileSync(`${ROOT}${CARRIER_FILE}`, 'utf8').replace(/kind: Dynamics[^]*$/, '').replace(/---\s*$/, '').replace('kind: communicated, text: line.used_mb', `kind: communicated, text: "${text}"`).replace('on ${number}?', 'on ${line.number}?')
  t.same(leaks(told("[line.owner, '1, line.number']")), [])
  t.match(leaks(told("['a, b [', line.number ]")), [{ task: 'usage', found: /\$\{line\.number\}, which is the answer/ }], 'one text of several')
  t.match(leaks(told('line.number')), [{ task: 'usage' }])
})

t.test('odd arguments: the same each time, at the edges, and none breaks the shop', async (t) => {
  const scenario = compileCatalogue([{ file: 'x', text: kiosk() }], {}, shippedParts()).catalogue.find('kiosk')!
  const play = () => [...fuzzEpisodes(scenario, { seed: 3, task: 'note_on_order' })]
  const episodes = play()
  t.same(play().map((episode) => episode.stateHash()), episodes.map((episode) => episode.stateHash()))
  const calls = episodes.flatMap((episode) => episode.events()).filter((event) => event.type === 'call')
  t.ok(calls.some(({ rejected }) => rejected === 'invalid_arguments') && calls.some(({ rejected }) => rejected === 'malformed'), 'wrong ones')
  t.ok(calls.some(({ committed }) => committed), 'and right ones, on rows that are there')
  t.ok(calls.some((call) => (call.arguments as { text?: string } | null)?.text?.length === 200), 'at the edge')
  t.ok(episodes.every((episode) => episode.last.info.stop_reason !== 'env_error'))
})

t.test('what cannot be solved is not tried further, and the report says so', async (t) => {
  const scenario = compileCatalogue([{ file: 'x', text: kiosk().replace("expect: \"'N0001'\"", "expect: \"'N9'\"").replace('expect: order.total', 'expect: order.total + 1.0') }], {}, shippedParts()).catalogue.find('kiosk')!
  const report = admitScenario(scenario, { seeds: 4 })
  t.equal(report.ok, false)
  t.equal(AdmissionReport.safeParse(report).error, undefined)
  t.match(report.checks.find(({ id }) => id === 'robust'), { ok: false, tried: 0, skipped: 'no witness scores 1' })
  const { examples } = report.checks.find(({ id }) => id === 'solvable')!
  t.match(examples[0], { task: 'note_on_order', policy: 'oracle', transcript: /add_note/ })
  t.ok(examples.slice(1).every(({ transcript }) => transcript === undefined), 'only the first has its transcript')
  const { seed, task } = examples[0]!
  t.equal(Episode.start(scenario, { seed: seed!, task: task! }).task.template.name, task, 'and it can be played again')
})
