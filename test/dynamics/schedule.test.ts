/** When an entry fires: which calls it is about, its draws, windows, counts, bursts and how long it lasts. */
import t from 'tap'
import { DynamicsState } from '../../src/dynamics/dynamics-state.ts'
import type { Passage } from '../../src/dynamics/passage.ts'
import { call, callOnce, type CallOptions, dynamicsOf, lineOf, nearShare, overCalls, overLucks, start, tryDynamics } from './dynamics-under-test.ts'

const abort = (more: object = {}) => dynamicsOf({ id: 'e', kind: 'error.abort', ...more })
const line = (more: object, n = 8, options: CallOptions | ((i: number) => CallOptions) = {}) => lineOf(overCalls(abort(more), n, options))

t.test('persistence by calls, after_calls, every and max_occurrences', async (t) => {
  t.equal(line({ when: { after_calls: 3 } }), '...xxxxx')
  t.equal(line({ when: { every: 3 } }), '..x..x..')
  t.equal(line({ when: { max_occurrences: 2 } }), 'xx......')
  t.equal(line({ persistence: { calls: 3 }, when: { max_occurrences: 1 } }), 'xxx.....')
  t.equal(line({ persistence: { calls: 3 }, when: { every: 4 } }, 12), '...xxx.xxx.x', 'it begins at the fourth, eighth and twelfth')
  t.equal(line({ when: { after_calls: 2, every: 2, max_occurrences: 2 } }), '...x.x..')
})

t.test('counts are by frame and tool, occurrences by episode', async (t) => {
  const two = (i: number): CallOptions => ({ tool: i % 2 ? 'ledger' : 'get_account', framePath: i < 4 ? 'root' : 'root/1' })
  t.equal(line({ when: { every: 2 } }, 8, two), '..xx..xx')
  t.equal(line({ when: { max_occurrences: 3 } }, 8, two), 'xxx.....')
  t.equal(line({ persistence: { calls: 2 }, when: { every: 2 } }, 12, two), '..xx..xxxxxx', 'a streak stays with its frame and tool')
})

t.test('windows are half open; persistence by time outlasts them', async (t) => {
  const at = (...starts: number[]) => (i: number): CallOptions => ({ start: starts[i]! })
  t.equal(line({ when: { window: { from_ms: 1000, to_ms: 2000 } } }, 4, at(999, 1000, 1999, 2000)), '.xx.')
  t.equal(line({ when: { window: { from_ms: 1000 } } }, 3, at(0, 999, 5_000_000)), '..x')
  t.equal(line({ persistence: { ms: 500 }, when: { max_occurrences: 1, window: { from_ms: 100 } } }, 5, at(50, 100, 400, 599, 600)), '.xxx.')
  t.equal(line({ persistence: { ms: 5000 }, when: { window: { to_ms: 1000 } } }, 4, at(0, 999, 4000, 7000)), 'xxx.')
})

t.test('probability: the stated share of calls, within 4 standard errors of 20,000', async (t) => {
  for (const p of [0.05, 0.3, 0.9]) {
    nearShare(t, overLucks(abort({ when: { probability: p } }), 20_000).filter((one) => one.isError).length, 20_000, p, `lucks at ${p}`)
    nearShare(t, overCalls(abort({ when: { probability: p } }), 20_000).filter((one) => one.isError).length, 20_000, p, `calls at ${p}`)
    nearShare(t, overCalls(abort({ when: { probability: p } }), 20_000, { intensity: 0.3 }).filter((one) => one.isError).length, 20_000, p * 0.3, `intensity 0.3 of ${p}`)
  }
  t.equal(line({ when: { probability: 0 } }), '........')
  t.equal(line({ when: { probability: 1 } }), 'xxxxxxxx')
  t.equal(line({}, 8, { intensity: 0.001 }), 'xxxxxxxx', 'without a probability there is nothing to scale')
})

/** Lengths of the runs of failed calls. */
const runsOf = (calls: readonly Passage[]) => lineOf(calls).split('.').map((run) => run.length).filter((length) => length > 0)

t.test('persistence by calls: streaks of that length, at the share that renewal has, at every intensity', async (t) => {
  const [n, p] = [4, 0.05]
  const calls = overCalls(abort({ persistence: { calls: n }, when: { probability: p } }), 20_000)
  const share = (n * p) / (1 + (n - 1) * p)
  // Calls of one streak are not independent of each other: errors are n times as many.
  t.ok(Math.abs(calls.filter((one) => one.isError).length / 20_000 - share) < 4 * Math.sqrt((share * (1 - share) * n) / 20_000))
  t.ok(runsOf(calls.slice(0, 19_990)).every((length) => length % n === 0), 'whole streaks only')
  const few = overCalls(abort({ persistence: { calls: n }, when: { probability: p } }), 20_000, { intensity: 0.5 })
  t.ok(Math.abs(few.filter((one) => one.isError).length / 20_000 - share / 2) < 4 * Math.sqrt((share * (1 - share) * n) / 20_000), 'half as many at half the intensity')
  t.ok(runsOf(few.slice(0, 19_990)).every((length) => length % n === 0), 'each of them whole')
})

t.test('a burst: after a fault the next calls have its probability, within 0.03 over 20,000 calls', async (t) => {
  const calls = overCalls(abort({ when: { probability: 0.02, burst: { calls: 2, probability: 0.7 } } }), 20_000)
  const failed = calls.map((one) => one.isError)
  const after = (shift: number, others: (i: number) => boolean = () => true) => {
    const following = failed.flatMap((is, i) => (is && others(i) && i + shift < failed.length ? [failed[i + shift]!] : []))
    return following.filter(Boolean).length / following.length
  }
  t.ok(Math.abs(after(1) - 0.7) < 0.03, `next: ${after(1)}`)
  t.ok(Math.abs(after(2, (i) => !failed[i + 1]) - 0.7) < 0.03, `the one after, when the next did not fail: ${after(2, (i) => !failed[i + 1])}`)
  t.ok(after(3, (i) => !failed[i + 1] && !failed[i + 2]) < 0.05, 'then it is over')
  t.equal(line({ when: { every: 5, burst: { calls: 2, probability: 1 } } }, 12), '....xxxxxxxx', 'a burst does not wait for every n-th call')
  t.equal(line({ when: { probability: 1, burst: { calls: 2, probability: 0 } } }, 4), 'xxxx', 'nor does it make a fault less likely')
})

t.test('what is permanent is drawn once for each tool', async (t) => {
  const gone = abort({ persistence: 'permanent', when: { probability: 0.4 } })
  const first = overLucks(gone, 4000)
  nearShare(t, first.filter((one) => one.isError).length, 4000, 0.4, 'share of lucks')
  for (let luck = 0; luck < 50; luck++) t.match(lineOf(overCalls(gone, 6, { luck })), /^(x{6}|\.{6})$/)
  const both = Array.from({ length: 4000 }, (_, luck) => [callOnce(gone, { luck }), callOnce(gone, { luck, tool: 'ledger' })].every((one) => one.isError))
  nearShare(t, both.filter(Boolean).length, 4000, 0.16, 'both of two tools')
  t.same(first.find((one) => one.isError)!.faults, [{ entry: 'e', kind: 'error.abort', phase: 'pre_commit', unable: true }])
  t.same(callOnce(abort({ persistence: 'permanent', recovery: ['alternate_tool'] })).faults, [{ entry: 'e', kind: 'error.abort', phase: 'pre_commit' }], 'one that something gets past makes nothing impossible')
  t.equal(line({ persistence: 'permanent', recovery: ['wait'], when: { after_calls: 2, window: { to_ms: 500 } } }, 5, (i) => ({ start: i * 100 })), '..xxx')
  t.equal(line({ persistence: 'permanent', recovery: ['wait'], when: { window: { to_ms: 250 } } }, 5, (i) => ({ start: i * 100 })), 'xxx..')
})

t.test('matching by tool globs, effect, idempotence, read-back, agent and arguments', async (t) => {
  const fires = (match: object, options: CallOptions = {}) => callOnce(abort({ match }), options).isError
  t.ok(fires({ tools: ['get_*'] }))
  t.ok(fires({ tools: ['nothing_*', '*'] }))
  t.notOk(fires({ tools: ['*get', '*_account_x'] }))
  t.ok(fires({ effect: 'write' }, { tool: 'pay' }))
  t.notOk(fires({ effect: 'write' }))
  t.ok(fires({ idempotent: true }, { tool: 'freeze' }))
  t.notOk(fires({ idempotent: true }, { tool: 'pay' }))
  t.ok(fires({ idempotent: false }, { tool: 'pay' }))
  t.ok(fires({ read_back: true }, { tool: 'pay' }))
  t.notOk(fires({ read_back: true }, { tool: 'freeze' }))
  t.ok(fires({ read_back: false }, { tool: 'freeze' }))
  t.ok(fires({ agent: 'te*' }, { agent: 'teller' }))
  t.notOk(fires({ agent: 'other' }))
  t.notOk(fires({ tools: ['pay'], effect: 'read' }, { tool: 'pay' }), 'all that is stated has to fit')
  const where = { where: "args.id.startsWith('A1') && args.amount > 5" }
  t.ok(fires(where, { tool: 'pay', args: { id: 'A10', amount: 6 } }))
  t.notOk(fires(where, { tool: 'pay', args: { id: 'A10', amount: 5 } }))
  t.notOk(fires(where, { args: { id: 'A10' } }), 'what reads what is not there does not hold')
  t.notOk(fires({ where: 'args.id > 3' }, { args: { id: 'A10' } }), 'nor does what compares unlike things')
  t.notOk(fires({ where: 'range(1000000).all(i, range(1000000).all(j, true))' }), 'nor what costs too much')
})

t.test('what is known of tools: effect, idempotence, read-back, lists, and the text that names what is written', async (t) => {
  const { tools } = dynamicsOf()
  t.match(tools.get('pay'), { effect: 'write', idempotent: false, readBack: true, lists: [], target: 'id' })
  t.match(tools.get('pay_all'), { effect: 'write', readBack: false, lists: ['amounts'], target: 'id' })
  t.match(tools.get('freeze'), { effect: 'write', idempotent: true, target: 'id' })
  t.match(tools.get('list_accounts'), { effect: 'read', target: undefined, lists: [] }, 'what may be left out names nothing')
})

t.test('calls that an entry does not match count for its ordinals and not for its streaks', async (t) => {
  const only = { match: { where: "args.id == 'A'" } }
  const ids = (i: number): CallOptions => ({ args: { id: i % 2 ? 'B' : 'A' } })
  t.equal(line({ ...only, persistence: { calls: 2 }, when: { max_occurrences: 1 } }, 8, ids), 'x.x.....')
  t.equal(line({ ...only, when: { after_calls: 3 } }, 8, ids), '....x.x.')
})

t.test('the memory of a schedule is beside that of the kind', async (t) => {
  const when = { probability: 0.9, burst: { calls: 2, probability: 0.95 } }
  for (const entry of [
    { kind: 'rate_limit.token_bucket', rate: 1, burst: 3, scope: 'tool' }, { kind: 'rate_limit.concurrency', limit: 2, scope: 'tool' }, { kind: 'rate_limit.quota', total: 9, reset_ms: 9000, scope: 'tool' },
    { kind: 'error.gilbert_elliott', p: 0.3, r: 0.3 }, { kind: 'latency.correlated', rho: 0.5, of: { ms: 4 } }, { kind: 'latency.queueing', service_rate: 2, scope: 'tool' }, { kind: 'latency.cold_start', warm_ms: 1, cold_ms: 5, idle_ttl_ms: 9, scope: 'tool' },
  ]) {
    const episode = start([{ ...entry, when }])
    for (let i = 0; i < 30; i++) call(episode, 'get_account', { id: 'A' })
    t.notOk(episode.ended, `${entry.kind}: ${JSON.stringify(episode.events().at(-1))}`)
    t.match(episode.stateHash(), /^[0-9a-f]{64}$/)
  }
})

t.test('a draw is named: neither other entries nor their order move it', async (t) => {
  const [one, two] = [{ id: 'one', kind: 'response.empty', when: { probability: 0.5 } }, { id: 'two', kind: 'response.redundant', bytes: 9, when: { probability: 0.5 } }]
  const firedBy = (entries: object[], id: string) => overCalls(dynamicsOf(...entries), 300).map(({ fired }) => fired.some(({ spec }) => spec.id === id))
  for (const id of ['one', 'two']) {
    t.same(firedBy([one, two], id), firedBy([two, one], id))
    t.same(firedBy([one, two], id), firedBy([id === 'one' ? one : two, { id: 'three', kind: 'error.abort', when: { probability: 0.5 } }], id))
  }
  t.not(JSON.stringify(firedBy([one, two], 'one')), JSON.stringify(firedBy([one, two], 'two')), 'each id has draws of its own')
  const state = new DynamicsState()
  const mixed = Array.from({ length: 300 }, (_, i) => callOnce(dynamicsOf(one), { framePath: i % 2 ? 'root' : 'root/child' }, state)).filter((_, i) => i % 2).map(({ fired }) => fired.length)
  t.same(mixed, overCalls(dynamicsOf(one), 150).map(({ fired }) => fired.length), 'each frame has draws of its own')
})

t.test('schedules that mean nothing are complained about, with their place', async (t) => {
  const wrong = (entry: object) => tryDynamics({ id: 'e', kind: 'error.abort', ...entry }).findings.map(({ path, message }) => `${path.slice(1).join('.')}: ${message}`)
  t.same(wrong({}), [])
  t.match(wrong({ kind: 'outage.window', start_ms: 0, duration_ms: 5, when: { every: 2, max_occurrences: 1, after_calls: 3, burst: { calls: 1, probability: 1 } } }), [/^when.after_calls/, /^when.every/, /^when.burst/, /^when.max_occurrences/])
  t.match(wrong({ kind: 'idempotency.key', when: { every: 2 } }), [/^when.every: idempotency.key is not driven by calls/])
  t.match(wrong({ persistence: 'permanent', when: { every: 2, max_occurrences: 1, burst: { calls: 1, probability: 1 } } }), [/^when.every/, /^when.burst/, /^when.max_occurrences/])
  t.match(wrong({ persistence: 'permanent', when: { window: { from_ms: 5 } } }), [/^when: what makes a task impossible has to hold from the start/])
  t.match(wrong({ persistence: 'permanent', match: { where: 'true' } }), [/^match.where: what makes a task impossible holds for whole tools/])
  t.match(wrong({ match: { where: 'argz.id == 1' } }), [/^match.where/])
  t.match(wrong({ match: { where: '1 + 1' } }), [/^match.where/])
  t.match(tryDynamics({ id: 'a', kind: 'error.abort' }, { id: 'a', kind: 'error.abort' }).findings, [{ path: [1, 'id'], message: "two entries are called 'a'" }])
})
