/** Kinds that refuse who comes too often, and what they say about when to come again. */
import t from 'tap'
import { formatHttpDate, parseHttpDate } from '../../src/core/calendar.ts'
import { keyOf, word } from '../../src/core/keyed.ts'
import { DynamicsState } from '../../src/dynamics/dynamics-state.ts'
import { takeTokens } from '../../src/dynamics/kinds/limit.ts'
import type { Passage } from '../../src/dynamics/passage.ts'
import { call, callOnce, type CallOptions, changedRows, DESK, dynamicsOf, lineOf, near, overCalls, payment, start, tryDynamics, wait } from './dynamics-under-test.ts'

const at = (...starts: number[]) => (i: number): CallOptions => ({ start: starts[i]! })
const refusals = (calls: readonly Passage[]) => calls.filter(({ isError }) => isError).length
const bodyOf = (content: string) => JSON.parse(content) as { error: string; status: number; retry_after?: number | string }

/** Frame and tool of the i-th call: two tools in each of two frames. */
const places = (i: number): CallOptions => ({ tool: i % 2 ? 'ledger' : 'get_account', framePath: i % 4 < 2 ? 'root' : 'root/1' })

t.test('rate_limit.token_bucket: burst, refill in virtual time, and a Retry-After that is true', async (t) => {
  const dynamics = dynamicsOf({ kind: 'rate_limit.token_bucket', rate: 0.5, burst: 3 })
  t.equal(lineOf(overCalls(dynamics, 8, at(0, 0, 0, 0, 1000, 1999, 2000, 2000))), '...xxx.x')
  const state = new DynamicsState()
  overCalls(dynamics, 3, {}, state)
  t.same(bodyOf(callOnce(dynamics, { start: 1000 }, state).content), { error: 'Too many requests', status: 429, retry_after: 1 })
  let bucket = takeTokens(undefined, 0, 0.3, 1, 1).bucket
  let waits = 0
  for (let now = 0, calls = 0; now < 50_000 && calls < 1000; calls++) {
    const taken = takeTokens(bucket, now, 0.3, 1, 1)
    bucket = taken.bucket
    if (taken.waitMs === 0) continue
    now += taken.waitMs
    const enough = takeTokens(bucket, now, 0.3, 1, 1)
    if (enough.waitMs !== 0) t.fail(`waiting until ${now}, as long as told, is not enough`)
    bucket = enough.bucket
    waits++
  }
  t.ok(waits > 10)
})

t.test('rate_limit.token_bucket: lets through its rate, within 2% over 20,000 calls, whatever the load', async (t) => {
  for (const [rate, gap] of [[1, 300], [1, 1500], [4, 20]] as const) {
    let now = 0
    const calls = overCalls(dynamicsOf({ kind: 'rate_limit.token_bucket', rate, burst: 5 }), 20_000, (i) => ({ start: (now += word(keyOf(['gaps', i])) % (2 * gap)) }))
    near(t, (20_000 - refusals(calls)) / (now / 1000), Math.min(rate, 1000 / gap), 0.02, `rate ${rate} at a call every ${gap} ms`)
  }
  const sparse = overCalls(dynamicsOf({ kind: 'rate_limit.token_bucket', rate: 1, burst: 5 }), 500, (i) => ({ start: i * 1000 }))
  t.equal(refusals(sparse), 0)
  const half = overCalls(dynamicsOf({ kind: 'rate_limit.token_bucket', rate: 1, burst: 5 }), 4000, (i) => ({ start: i * 100, intensity: 0.5 }))
  near(t, (4000 - refusals(half)) / 400, 2, 0.05, 'half the intensity is twice as generous')
})

t.test('rate_limit.token_bucket: nothing happened, its surface, its scope and cost, in company', async (t) => {
  const episode = start([{ id: 'limit', kind: 'rate_limit.token_bucket', rate: 0.1, burst: 1, retry_after: 'date' }])
  call(episode, 'get_account', { id: payment(episode).id })
  const refused = call(episode, 'pay', payment(episode))
  t.match(refused.event, { is_error: true, committed: false, changes: [], faults: [{ entry: 'limit', kind: 'rate_limit.token_bucket', phase: 'pre_commit' }] })
  t.equal(bodyOf(refused.content).retry_after, formatHttpDate(DESK.world.epoch + 10_000))
  wait(episode, parseHttpDate(String(bodyOf(refused.content).retry_after))! - DESK.world.epoch - episode.observation.clock_ms)
  t.equal(call(episode, 'pay', payment(episode)).event.committed, true, 'the date was true')
  t.notOk('retry_after' in bodyOf(overCalls(dynamicsOf({ kind: 'rate_limit.token_bucket', rate: 0.1, burst: 1, retry_after: 'absent', status: 503 }), 2)[1]!.content))
  t.equal(bodyOf(overCalls(dynamicsOf({ kind: 'rate_limit.token_bucket', rate: 0.1, burst: 1, status: 503 }), 2)[1]!.content).status, 503)
  const line = (more: object) => lineOf(overCalls(dynamicsOf({ kind: 'rate_limit.token_bucket', rate: 0.001, burst: 2, ...more }), 12, places))
  t.equal(line({ scope: 'episode' }), '..xxxxxxxxxx')
  t.equal(line({ scope: 'frame' }), '....xxxxxxxx')
  t.equal(line({ scope: 'tool' }), '........xxxx')
  t.equal(line({ scope: 'tool', cost: 2 }), '....xxxxxxxx')
  t.match(tryDynamics({ kind: 'rate_limit.token_bucket', rate: 1, burst: 2, cost: 3 }).findings, [{ path: [0, 'cost'], expected: 'at most burst (2)' }])
  const marks = overCalls(dynamicsOf({ id: 'abort', kind: 'error.abort', when: { every: 2 } }, { id: 'limit', kind: 'rate_limit.token_bucket', rate: 1, burst: 3 }, { id: 'slow', kind: 'timeout.pre_commit', deadline_ms: 5, when: { max_occurrences: 1 } }), 5)
  t.same(marks.map(({ faults }) => faults[0]?.entry), ['slow', 'abort', undefined, 'abort', 'limit'], 'what never came takes no token, what the service refused does')
})

t.test('rate_limit.concurrency: as many calls at once as it says, by their own latencies', async (t) => {
  const dynamics = dynamicsOf({ kind: 'latency.constant', ms: 1000 }, { kind: 'rate_limit.concurrency', limit: 2 })
  const calls = overCalls(dynamics, 6, at(0, 400, 500, 999, 1000, 1399))
  t.equal(lineOf(calls), '..xx.x')
  t.same([2, 3, 5].map((i) => bodyOf(calls[i]!.content).retry_after), [1, 1, 1])
  // Poisson arrivals at a service that loses who finds no server: Erlang's formula for 2 servers at load 1.
  let now = 0
  const mean = 500
  const busy = overCalls(dynamicsOf({ kind: 'latency.constant', ms: mean }, { kind: 'rate_limit.concurrency', limit: 2 }), 20_000, (i) => ({ start: (now += Math.round(-mean * Math.log((word(keyOf(['erlang', i])) + 0.5) / 4294967296))) }))
  near(t, refusals(busy) / 20_000, 0.2, 0.06, 'share refused at load 1')
  t.equal(refusals(overCalls(dynamicsOf({ kind: 'latency.constant', ms: 1000 }, { kind: 'rate_limit.concurrency', limit: 2 }), 4, { intensity: 0.5 })), 0, 'half the intensity allows twice as many')
})

t.test('rate_limit.concurrency: calls of one turn; nothing happened; its scope; in company', async (t) => {
  const episode = start([{ id: 'net', kind: 'latency.constant', ms: 700 }, { id: 'many', kind: 'rate_limit.concurrency', limit: 2 }])
  const { id } = payment(episode)
  episode.step({ tool_calls: [1, 2, 3, 4].map((amount) => ({ name: 'pay', arguments: { id, amount } })) })
  const events = episode.events().filter((event) => event.type === 'call')
  t.same(events.map(({ committed }) => committed), [true, true, false, false])
  t.same(events.map(({ content }) => bodyOf(content).error), [undefined, undefined, 'Too many concurrent requests', 'Too many concurrent requests'])
  t.equal(changedRows(episode, 'payments').length, 2)
  t.equal(call(episode, 'pay', { id, amount: 5 }).event.committed, true, 'the next turn starts when the last answer has come')
  const line = (scope: string) => lineOf(overCalls(dynamicsOf({ kind: 'latency.constant', ms: 9 }, { kind: 'rate_limit.concurrency', limit: 1, scope }), 8, places))
  t.same(['episode', 'frame', 'tool'].map(line), ['.xxxxxxx', '.x.xxxxx', '....xxxx'])
  const company = overCalls(dynamicsOf({ id: 'net', kind: 'latency.constant', ms: 9 }, { id: 'lost', kind: 'timeout.post_commit', deadline_ms: 4000 }, { id: 'many', kind: 'rate_limit.concurrency', limit: 1 }, { id: 'quota', kind: 'rate_limit.quota', total: 1, reset_ms: 60_000 }), 4, at(0, 3999, 4000, 4001))
  t.same(company.map(({ faults }) => faults[0]!.entry), ['lost', 'many', 'quota', 'quota'], 'a lost answer is in flight until its deadline; a refusal is not')
})

t.test('rate_limit.quota: its total in every window, whole again at each multiple', async (t) => {
  const quota = { id: 'quota', kind: 'rate_limit.quota', total: 3, reset_ms: 1000 }
  const calls = overCalls(dynamicsOf(quota), 9, at(0, 1, 2, 3, 999, 1000, 1500, 1600, 1700))
  t.equal(lineOf(calls), '...xx...x')
  t.same([3, 4, 8].map((i) => bodyOf(calls[i]!.content)), [3, 4, 8].map(() => ({ error: 'Quota exceeded', status: 429, retry_after: 1 })))
  const many = overCalls(dynamicsOf({ ...quota, total: 40, reset_ms: 10_000 }), 20_000, (i) => ({ start: i * 50 }))
  const windows = Array.from({ length: 100 }, (_, n) => 200 - refusals(many.slice(n * 200, n * 200 + 200)))
  t.same(new Set(windows), new Set([40]))
  const calm = overCalls(dynamicsOf({ ...quota, total: 40, reset_ms: 10_000 }), 200, (i) => ({ start: i * 50, intensity: 0.5 }))
  t.equal(200 - refusals(calm), 80)
})

t.test('rate_limit.quota: nothing happened, Retry-After is true, its scope, in company', async (t) => {
  const episode = start([{ id: 'quota', kind: 'rate_limit.quota', total: 1, reset_ms: 60_000, retry_after: 'date' }, { kind: 'latency.constant', ms: 1234 }])
  call(episode, 'get_account', { id: 'A' })
  const refused = call(episode, 'pay', payment(episode))
  t.same([refused.event.committed, refused.event.changes, refused.ms], [false, [], 1234])
  const until = parseHttpDate(String(refused.json.retry_after))! - DESK.world.epoch
  t.equal(until, 60_000)
  wait(episode, until - episode.observation.clock_ms)
  t.equal(call(episode, 'pay', payment(episode)).event.committed, true)
  const line = (scope: string) => lineOf(overCalls(dynamicsOf({ kind: 'rate_limit.quota', total: 2, reset_ms: 60_000, scope }), 12, places))
  t.same(['episode', 'frame', 'tool'].map(line), ['..xxxxxxxxxx', '....xxxxxxxx', '........xxxx'])
  const company = overCalls(dynamicsOf({ id: 'quota', kind: 'rate_limit.quota', total: 2, reset_ms: 60_000 }, { id: 'empty', kind: 'response.empty' }, { id: 'session', kind: 'auth.expiry', ttl_ms: 100 }), 4, at(0, 10, 20, 200))
  t.same(company.map(({ faults }) => faults.map(({ entry }) => entry).join()), ['empty', 'empty', 'quota', 'session'])
})
