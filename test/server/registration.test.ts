/** Scenarios over the wire: validated, registered, found again, replaced by newer versions, and refused. */
import t from 'tap'
import { AdmissionReport, Complaint } from '../../protocol/report.ts'
import { METHODS } from '../../protocol/methods.ts'
import { Session } from '../../src/server/session.ts'
import { databasePath, openDatabase } from '../../src/store/database.ts'
import { SqliteScenarios } from '../../src/store/sqlite-scenarios.ts'
import { ADMIN, ANYBODY, ask, callOf, openGym, refusal, Refused, type TestGym, type WireError } from './gym-under-test.ts'
import { kiosk, SHOP } from './specs-under-test.ts'

const STAY = new AbortController().signal
let lastId = 1_000_000

/** Calls a method that takes its time; an error reply is thrown. */
async function later(session: Session, method: string, params: unknown, gone: AbortSignal = STAY): Promise<any> {
  const { reply } = await session.settle({ jsonrpc: '2.0', id: (lastId += 1), method, params }, gone)
  if ('error' in reply) throw new Refused(reply.error as WireError)
  return reply.result
}

async function refused(session: Session, method: string, params: unknown, gone?: AbortSignal): Promise<WireError['data'] & { report: AdmissionReport; complaints: Complaint[] }> {
  try {
    await later(session, method, params, gone)
  } catch (error) {
    if (error instanceof Refused) return error.error.data as never
    throw error
  }
  throw new Error(`${method} was not refused`)
}

function visit(options: Parameters<typeof openGym>[0] = {}): { gym: TestGym; session: Session; admin: Session; other: Session } {
  const gym = openGym(options)
  return { gym, session: new Session(gym, ANYBODY), admin: new Session(gym, ADMIN), other: new Session(gym, { privileged: false, principal: 'other' }) }
}

t.test('a specification is registered, listed, found and played', async (t) => {
  const { gym, session } = visit()
  const made = await later(session, 'scenario/register', { source: kiosk() })
  t.equal(METHODS['scenario/register'].result.safeParse(made).error, undefined)
  t.match(made, { name: 'kiosk', digest: /^[0-9a-f]{64}$/, report: { ok: true, name: 'kiosk', tasks: ['note_on_order', 'order_total'], tools: ['add_note', 'get_order'] } })
  t.same(made.report.checks.filter((check: { ok: boolean }) => !check.ok), [])
  t.ok(made.report.checks.some(({ id }: { id: string }) => id === 'threads'), 'played in two fresh threads')
  t.equal(gym.scenarios.compiled, 0, 'not compiled before somebody plays it')
  const { scenarios } = ask(session, 'scenario/list', { origin: 'registered' })
  t.match(scenarios, [{ name: 'kiosk', title: 'A kiosk at the station', origin: 'registered', digest: made.digest, tasks: 2, tools: 2 }])
  const got = ask(session, 'scenario/get', { scenario: 'kiosk' })
  t.equal(METHODS['scenario/get'].result.safeParse(got).error, undefined)
  t.match(got, { summary: { origin: 'registered' }, versions: [{ digest: made.digest, origin: 'registered', registered_at: '1970-01-01T00:16:40.000Z' }] })
  t.equal(gym.scenarios.compiled, 1)
  const { episode, info } = ask(session, 'env/reset', { scenario: `kiosk@${made.digest.slice(0, 8)}`, seed: 3 })
  t.equal(info.digest, made.digest)
  t.match(ask(session, 'env/step', { episode, action: callOf('report_unable', { reason: 'x' }) }), { terminated: true })
  t.equal(ask(session, 'server/info').counts.scenarios, 2)
})

t.test('validate says the same and keeps nothing', async (t) => {
  const { gym, session } = visit()
  const tried = await later(session, 'scenario/validate', { source: kiosk() })
  t.match(tried, { name: 'kiosk', report: { ok: true } })
  t.equal(gym.scenarios.registered, 0)
  t.match(refusal(session, 'scenario/get', { scenario: 'kiosk' }), { code: 'GYM_UNKNOWN_SCENARIO' })
  const made = await later(session, 'scenario/register', { source: kiosk() })
  t.same(made, tried, 'the report depends on the content alone')
})

t.test('versions: the newest by name, each by digest; running episodes keep theirs', async (t) => {
  const { gym, session } = visit()
  const first = await later(session, 'scenario/register', { source: kiosk() })
  const running = ask(session, 'env/reset', { scenario: 'kiosk', seed: 5, task: 'order_total' })
  gym.clock.time += 60_000
  const second = await later(session, 'scenario/register', { source: kiosk('kiosk', (text) => text.replace('What is the total of order ${order.id}?', 'How much is order ${order.id}?')) })
  t.not(first.digest, second.digest)
  t.same(ask(session, 'scenario/get', { scenario: 'kiosk' }).versions.map(({ digest }: { digest: string }) => digest), [second.digest, first.digest])
  t.equal(ask(session, 'env/reset', { scenario: 'kiosk', seed: 5 }).info.digest, second.digest)
  t.match(ask(session, 'env/reset', { scenario: `kiosk@${first.digest}`, seed: 5, task: 'order_total' }).observation.messages[1].content, /What is the total/)
  t.equal(ask(session, 'env/resume', { episode: running.episode }).last.info.digest, first.digest)
  const { snapshot } = ask(session, 'env/snapshot', { episode: running.episode })
  t.equal(ask(session, 'env/restore', { snapshot }).info.digest, first.digest, 'a snapshot of an older version is restored')
  const again = await later(session, 'scenario/register', { source: kiosk() })
  t.equal(again.digest, first.digest)
  t.equal(gym.scenarios.registered, 2, 'the same content is kept once')
  t.equal(ask(session, 'env/reset', { scenario: 'kiosk', seed: 5 }).info.digest, second.digest, 'and stays where it was')
  t.match(refusal(session, 'scenario/get', { scenario: 'kiosk@00000000' }), { code: 'GYM_UNKNOWN_SCENARIO', nearest: `kiosk@${second.digest}` })
})

t.test('two registrations of the same content at once are one', async (t) => {
  const { gym, session } = visit()
  const [one, two] = await Promise.all([later(session, 'scenario/register', { source: kiosk() }), later(session, 'scenario/register', { source: `# the same\n${kiosk()}` })])
  t.same(one, two)
  t.equal(gym.scenarios.registered, 1)
})

t.test('names: the catalogue and other people keep theirs', async (t) => {
  const { session, other, admin } = visit()
  t.match(await refused(session, 'scenario/register', { source: SHOP }), { code: 'GYM_NAME_TAKEN', nearest: 'shop-2' })
  t.match(await refused(admin, 'scenario/register', { source: SHOP }), { code: 'GYM_NAME_TAKEN' })
  await later(session, 'scenario/register', { source: kiosk() })
  const changed = kiosk('kiosk', (text) => text.replace('A kiosk', 'Another kiosk'))
  t.match(await refused(other, 'scenario/register', { source: changed }), { code: 'GYM_NAME_TAKEN', nearest: 'kiosk-2' })
  t.match(await later(admin, 'scenario/register', { source: changed }), { name: 'kiosk' })
  t.match(await later(session, 'scenario/register', { source: changed.replace('Another', 'One more') }), { name: 'kiosk' })
})

t.test('complaints: all at once, each with its place', async (t) => {
  const { gym, session } = visit()
  const data = await refused(session, 'scenario/register', { source: kiosk().replace('count: 40', 'cont: 40').replace('order.id', 'ordr.id').replaceAll('kind: Framework', 'kind: Frame') })
  t.equal(data.code, 'GYM_SPEC')
  t.ok(data.complaints.length >= 2)
  for (const complaint of data.complaints) t.equal(Complaint.safeParse(complaint).error, undefined)
  t.match(data.complaints.find(({ nearest }) => nearest === 'count'), { file: 'source', line: 8, column: 5, code: 'unknown_key' })
  t.match(await refused(session, 'scenario/register', { source: `${kiosk()}\n---\n${kiosk('second').split('---\n').at(-1)}` }), { code: 'GYM_SPEC', complaints: [{ code: 'scenario', message: /second Scenario/, line: Number }] })
  t.match(await refused(session, 'scenario/validate', { source: '# nothing' }), { code: 'GYM_SPEC', complaints: [{ code: 'scenario', line: 1 }] })
  t.match(await refused(session, 'scenario/register', { source: '' }), { code: 'GYM_INVALID_PARAMS', path: 'params.source' })
  t.match(await refused(session, 'scenario/register', { source: kiosk(), files: { '../x': '' } }), { code: 'GYM_INVALID_PARAMS' })
  t.match(await refused(session, 'scenario/register', { sauce: kiosk() }), { code: 'GYM_INVALID_PARAMS', path: 'params.sauce', nearest: 'source' })
  t.equal(gym.scenarios.registered, 0)
})

t.test('what is not solvable, leaks, breaks or is given away is not admitted, with the transcript that shows it', async (t) => {
  const { gym, session } = visit()
  const wrong: Record<string, [string, string]> = {
    solvable: [kiosk().replace('expect: order.total', 'expect: order.total + 1.0'), 'order_total'],
    leaks: [kiosk().replace('What is the total of order ${order.id}?', 'Order ${order.id} costs ${order.total}. What does it cost?'), 'order_total'],
    trivial: [kiosk().replace("- {id: answer, kind: answer.typed, expect: order.total}\n", ''), 'order_total'],
    fuzzed: [kiosk().replace("- return: {note_id: note.id}", "- return: {note_id: note.id}\ninvariants:\n- {id: kind, that: 'notes.all(n, n.text.size() < 150)'}"), 'note_on_order'],
  }
  for (const [id, [source, task]] of Object.entries(wrong)) {
    const data = await refused(session, 'scenario/register', { source })
    t.equal(data.code, 'GYM_NOT_ADMITTED', id)
    t.equal(AdmissionReport.safeParse(data.report).error, undefined, id)
    const failed = data.report?.checks.find((check) => check.id === id)
    t.match(failed, { ok: false, examples: [{ task }] }, id)
    if (id !== 'leaks') t.match(failed!.examples[0]!.transcript, /finish|notes|add_note/, id)
  }
  t.equal(gym.scenarios.registered, 0)
})

t.test('nothing is lost by a restart, and nothing compiled before it is needed', async (t) => {
  const path = databasePath(t.testdir())
  const open = () => new SqliteScenarios(openDatabase(path))
  const before = visit({ store: open() })
  const borrowing = `kind: Scenario\nname: night-shift\ntitle: Retail at night\ndescription: Retail, other hours.\nworld: retail\nframework: {kind: Framework, name: night, root: clerk, agents: {clerk: {prompt: You work at night., tools: [get_order]}}}\ndynamics: flaky\ntasks:\n  look:\n    description: Say which state an order is in.\n    bind: {order: {from: orders}}\n    instruction: 'Which state is order \${order.id} in?'\n    answer: {type: string}\n    witness: [{call: get_order, with: {order_id: order.id}, as: o}]\n    finish: {answer: o.status}\n    checks: [{id: right, kind: answer.typed, expect: order.status}, {id: looked, kind: calls.constraints, call: get_order, where: args.order_id == order.id}, {id: rest, kind: state.untouched}]\n`
  const shop = await later(before.session, 'scenario/register', { source: kiosk() })
  const tried = await later(before.session, 'scenario/register', { source: borrowing }).catch((error: Refused) => error.error.data)
  const { observation } = ask(before.session, 'env/reset', { scenario: 'kiosk', seed: 11 })
  const after = visit({ store: open() })
  t.equal(after.gym.scenarios.registered, before.gym.scenarios.registered)
  t.equal(after.gym.scenarios.compiled, 0)
  t.same(ask(after.session, 'scenario/list'), ask(before.session, 'scenario/list'))
  t.same(ask(after.session, 'env/reset', { scenario: `kiosk@${shop.digest}`, seed: 11 }).observation, observation)
  t.match(tried, { name: 'night-shift' }, JSON.stringify(tried))
  t.equal(ask(after.session, 'scenario/get', { scenario: 'night-shift' }).summary.digest, tried.digest, 'a world that ships can be named')
})
