/** Kinds in which a call fails and nothing has happened: errors alone and in bursts, outages, brownouts. */
import t from 'tap'
import { formatTime } from '../../src/core/calendar.ts'
import type { Passage } from '../../src/dynamics/passage.ts'
import { call, callOnce, type CallOptions, changedRows, DESK, dynamicsOf, lineOf, mean, nearShare, overCalls, overLucks, payment, start, tryDynamics, wait } from './dynamics-under-test.ts'

const failed = (passages: readonly Passage[]) => passages.filter(({ isError }) => isError).length
const at = (starts: readonly number[]) => (i: number): CallOptions => ({ start: starts[i]! })

t.test('error.abort: its share of calls within 4 standard errors, its statuses, messages and surfaces', async (t) => {
  nearShare(t, failed(overLucks(dynamicsOf({ kind: 'error.abort', when: { probability: 0.15 } }), 20_000)), 20_000, 0.15, 'share')
  const messages = ['busy', 'try later', 'no']
  const said = overLucks(dynamicsOf({ kind: 'error.abort', messages }), 6000).map(({ content }) => (JSON.parse(content) as { error: string }).error)
  for (const message of messages) nearShare(t, said.filter((one) => one === message).length, 6000, 1 / 3, message)
  const shows = (more: object) => callOnce(dynamicsOf({ kind: 'error.abort', messages: ['Bad gateway'], ...more })).content
  t.equal(shows({ status: 502 }), '{"error":"Bad gateway","status":502}')
  t.equal(shows({ status: 400, retryable: false }), '{"error":"Bad gateway","status":400,"retryable":false}')
  t.equal(shows({ surface: 'transport' }), 'Connection error: Bad gateway')
  t.equal(shows({ surface: 'protocol_error', status: -32_000 }), '{"code":-32000,"message":"Bad gateway"}')
  t.equal(shows({ surface: 'protocol_error', status: 503 }), '{"code":-32603,"message":"Bad gateway"}', 'a JSON-RPC error has a code of JSON-RPC')
})

t.test('error.abort: before the commit: the rows are untouched, the call is an error, and the next one works', async (t) => {
  const episode = start([{ id: 'busy', kind: 'error.abort', status: 503, messages: ['Busy'], when: { max_occurrences: 1 } }])
  const hash = JSON.stringify(episode.inspect().diff)
  const refused = call(episode, 'pay', payment(episode))
  t.match(refused.event, { is_error: true, committed: false, applications: 0, changes: [], content: '{"error":"Busy","status":503}', faults: [{ entry: 'busy', kind: 'error.abort', phase: 'pre_commit' }] })
  t.equal(JSON.stringify(episode.inspect().diff), hash)
  t.same(refused.outcome.observation.messages, [{ role: 'tool', tool_call_id: refused.event.call_id, name: 'pay', content: '{"error":"Busy","status":503}', is_error: true }])
  t.same(refused.outcome.info.faults, [{ entry: 'busy', kind: 'error.abort', phase: 'pre_commit' }])
  t.equal(call(episode, 'pay', payment(episode)).event.committed, true)
  t.equal(changedRows(episode, 'payments').length, 1)
})

t.test('error.abort: in company: a limit refuses first, a lost answer never comes to it, and what alters answers leaves refusals alone', async (t) => {
  const abort = { id: 'abort', kind: 'error.abort', messages: ['Busy'] }
  const limit = { id: 'limit', kind: 'rate_limit.token_bucket', rate: 0.1, burst: 1 }
  const lost = { id: 'lost', kind: 'timeout.post_commit', deadline_ms: 5000 }
  const marks = (...entries: object[]) => overCalls(dynamicsOf(...entries), 2, { tool: 'pay' }).map(({ faults }) => faults.map(({ entry }) => entry).join())
  t.same(marks(abort, lost, limit), ['abort', 'limit'], 'the bucket is emptied by a call that the service then refuses')
  t.same(marks(lost, abort), ['abort', 'abort'])
  const spoiled = callOnce(dynamicsOf(abort, { kind: 'response.truncated', bytes: 3 }, { kind: 'response.empty' }, { kind: 'response.redundant', bytes: 99 }, { kind: 'security.injection', text: 'x', wants: ['pay'] }))
  t.equal(spoiled.content, '{"error":"Busy","status":503}')
  t.equal(spoiled.faults.length, 1)
  t.same(marks({ id: 'reset', kind: 'connection.reset' }, { id: 'slow', kind: 'timeout.pre_commit', deadline_ms: 9 }, abort), ['slow', 'slow'], 'of the connection a timeout comes first')
})

t.test('error.gilbert_elliott: share of errors within 0.01 and mean length of bursts within 5% over 60,000 calls', async (t) => {
  const [p, r] = [0.04, 0.25]
  const calls = overCalls(dynamicsOf({ kind: 'error.gilbert_elliott', p, r }), 60_000)
  // In the long run the channel is bad p / (p + r) of the time, and 1 / r calls in a row.
  t.ok(Math.abs(failed(calls) / 60_000 - p / (p + r)) < 0.01, `share ${failed(calls) / 60_000}`)
  const runs = lineOf(calls).split('.').filter(Boolean).map((run) => run.length)
  t.ok(Math.abs(mean(runs) - 1 / r) < 0.05 / r, `mean burst ${mean(runs)}`)
  t.ok(Math.abs(runs.filter((length) => length === 1).length / runs.length - r) < 0.03, 'lengths are geometric')
  const mixed = overCalls(dynamicsOf({ kind: 'error.gilbert_elliott', p, r, good: 0.02, bad: 0.6 }), 60_000)
  const expected = (0.6 * p + 0.02 * r) / (p + r)
  t.ok(Math.abs(failed(mixed) / 60_000 - expected) < 0.01, `share of a channel with errors in both states ${failed(mixed) / 60_000}, expected ${expected}`)
  const calm = overCalls(dynamicsOf({ kind: 'error.gilbert_elliott', p, r }), 60_000, { intensity: 0.5 })
  const half = ((0.5 * p) / (0.5 * p + r)) * 0.5
  t.ok(Math.abs(failed(calm) / 60_000 - half) < 0.01, `at half the intensity ${failed(calm) / 60_000}, expected ${half}`)
})

t.test('error.gilbert_elliott: nothing happened, its surface, a channel for each tool, in company', async (t) => {
  const channel = { id: 'channel', kind: 'error.gilbert_elliott', p: 0.5, r: 0.2, surface: 'transport', messages: ['connection refused'] }
  const episode = start([channel])
  const shown = Array.from({ length: 30 }, () => call(episode, 'pay', { id: payment(episode).id, amount: 0.01 }))
  const refused = shown.filter(({ isError }) => isError)
  t.ok(refused.length > 3 && refused.length < 30)
  t.ok(refused.every(({ content, event }) => content === 'Connection error: connection refused' && !event.committed && !event.changes.length))
  t.equal(changedRows(episode, 'payments').length, 30 - refused.length)
  const lines = ['get_account', 'pay', 'ledger'].map((tool) => lineOf(overCalls(dynamicsOf(channel), 60, { tool })))
  t.equal(new Set(lines).size, 3)
  // The chain goes on at calls that somebody else answers: their answers do not move its states.
  const alone = overCalls(dynamicsOf(channel), 400).map(({ faults }) => faults.length > 0)
  const among = overCalls(dynamicsOf(channel, { id: 'slow', kind: 'timeout.pre_commit', deadline_ms: 9, when: { every: 3 } }, { id: 'limit', kind: 'rate_limit.concurrency', limit: 1 }), 400).map(({ faults }) => faults[0]?.entry)
  t.same(among.map((entry, i) => (entry === 'channel') === (alone[i]! && i % 3 !== 2)).filter(Boolean).length, 400)
  const { findings } = tryDynamics({ ...channel, p: 0.6, r: 0.5 }, { kind: 'error.gilbert_elliott', p: 0.1, r: 0.1, good: 0.5, bad: 0.2 })
  t.match(findings, [{ path: [0, 'r'], message: 'p + r is more than 1' }, { path: [1, 'good'], expected: 'at most bad (0.2)' }])
})

t.test('outage.window: from its start to its end, again and again, drawn evenly within 4 standard errors', async (t) => {
  const line = (entry: object, starts: readonly number[], more: CallOptions = {}) => lineOf(overCalls(dynamicsOf({ kind: 'outage.window', ...entry }), starts.length, (i) => ({ ...more, start: starts[i]! })))
  t.equal(line({ start_ms: 1000, duration_ms: 500 }, [999, 1000, 1499, 1500, 9999]), '.xx..')
  t.equal(line({ start_ms: 1000, duration_ms: 500 }, [999, 1000, 1249, 1250, 1499], { intensity: 0.5 }), '.xx..', 'half the intensity lasts half as long')
  t.equal(line({ start_ms: 5000, duration_ms: 500, every_ms: 1000 }, [0, 4999, 5000, 5499, 5500, 6000, 6500, 60_499, 60_500]), '..xx.x.x.', 'also where it starts after several of its periods')
  t.equal(line({ start_ms: 0, duration_ms: 1000, every_ms: 1000 }, [0, 999, 1000, 123_456]), 'xxxx', 'without a gap')
  t.equal(line({ start_ms: 0, duration_ms: 1000, when: { window: { from_ms: 400, to_ms: 600 } } }, [399, 400, 599, 600]), '.xx.')
  const starts = Array.from({ length: 4000 }, (_, luck) => [0, 250, 500, 750].find((start) => callOnce(dynamicsOf({ id: 'o', kind: 'outage.window', start_ms: [0, 999], duration_ms: 250 }), { luck, start: start + 249 }).isError))
  for (const start of [0, 250, 500, 750]) nearShare(t, starts.filter((one) => one === start).length, 4000, 0.25, `a start from ${start}`)
  const happens = overLucks(dynamicsOf({ kind: 'outage.window', start_ms: 0, duration_ms: 10, when: { probability: 0.3 } }), 8000)
  nearShare(t, failed(happens), 8000, 0.3, 'probability of a window')
  const weeks = overCalls(dynamicsOf({ kind: 'outage.window', start_ms: 0, duration_ms: 10, every_ms: 10, when: { probability: 0.3 } }), 8000, (i) => ({ start: i * 10 }))
  nearShare(t, failed(weeks), 8000, 0.3, 'each window by a draw of its own')
  t.match(tryDynamics({ kind: 'outage.window', start_ms: [0, 600], duration_ms: 500, every_ms: 1000 }).findings, [{ path: [0, 'every_ms'], expected: 'at least 1100' }])
})

t.test('outage.window: nothing happens meanwhile; announced ones say when, and keep what they say; in company', async (t) => {
  const episode = start([{ id: 'down', kind: 'outage.window', start_ms: 1000, duration_ms: 4000, announced: true, status: 503, messages: ['Down for maintenance'] }])
  t.match(episode.observation.messages.at(-1), { role: 'user', name: 'notification', content: `Scheduled maintenance from ${formatTime(DESK.world.epoch + 1000)} to ${formatTime(DESK.world.epoch + 5000)}: requests may fail meanwhile.` })
  wait(episode, 1500)
  const refused = call(episode, 'pay', payment(episode))
  t.equal(refused.content, '{"error":"Down for maintenance","status":503,"retry_after":4}')
  t.same([refused.event.committed, refused.event.changes, episode.inspect().diff], [false, [], []])
  wait(episode, 4000)
  t.equal(call(episode, 'pay', payment(episode)).event.committed, true, 'Retry-After was true')
  const quiet = start([{ kind: 'outage.window', start_ms: 0, duration_ms: 4000 }])
  t.equal(quiet.observation.messages.length, 2, 'an outage that is not announced is found out')
  t.notMatch(call(quiet, 'pay', payment(quiet)).content, /retry_after/)
  t.equal(start([{ kind: 'outage.window', start_ms: 0, duration_ms: 400, announced: true, when: { probability: 0 } }]).observation.messages.length, 2, 'what does not come is not announced')
  const down = { id: 'down', kind: 'outage.window', start_ms: 0, duration_ms: 99 }
  const [both] = overCalls(dynamicsOf({ id: 'abort', kind: 'error.abort' }, { id: 'channel', kind: 'error.gilbert_elliott', p: 1, r: 0 }, down, { id: 'scope', kind: 'auth.scope', scope: 's' }), 1)
  t.same(both!.faults.map(({ entry }) => entry), ['scope'], 'the gateway asks for permission before the service is down')
  t.same(callOnce(dynamicsOf({ id: 'abort', kind: 'error.abort' }, down)).faults.map(({ entry }) => entry), ['down'])
})

t.test('outage.brownout: error rate and latency follow the ramp, within 4 standard errors and exactly', async (t) => {
  const entry = { kind: 'outage.brownout', start_ms: 1000, duration_ms: 10_000, ramp_ms: 2000, error_rate: 0.6, latency_factor: 5 }
  const level = (start: number) => Math.max(0, Math.min(1, (start - 1000) / 2000, (11_000 - start) / 2000))
  for (const start of [0, 1000, 2000, 3000, 6000, 10_000, 10_999, 11_000]) {
    const calls = overLucks(dynamicsOf({ kind: 'latency.constant', ms: 100 }, entry), 3000, { start })
    nearShare(t, failed(calls), 3000, 0.6 * level(start), `errors at ${start}`)
    t.same(new Set(calls.map(({ latency }) => latency)), new Set([Math.round(100 * (1 + 4 * level(start)))]), `latency at ${start}`)
  }
  const calm = overLucks(dynamicsOf({ kind: 'latency.constant', ms: 100 }, entry), 3000, { start: 6000, intensity: 0.5 })
  nearShare(t, failed(calm), 3000, 0.3, 'half the intensity')
  t.equal(calm[0]!.latency, 300)
  const sharp = dynamicsOf({ ...entry, ramp_ms: 0, error_rate: 1 })
  t.equal(lineOf(overCalls(sharp, 4, at([999, 1000, 10_999, 11_000]))), '.xx.')
  t.equal(lineOf(overCalls(dynamicsOf({ ...entry, ramp_ms: 86_400_000, error_rate: 1 }), 3, at([1000, 6000, 11_000]))), '.x.', 'a ramp longer than half of it meets in the middle')
  nearShare(t, failed(overLucks(dynamicsOf({ ...entry, error_rate: 1, when: { probability: 0.25 } }), 6000, { start: 6000 })), 6000, 0.25, 'it comes with its probability')
})

t.test('outage.brownout: nothing happened, its surface, and in company of a limit and a lost answer', async (t) => {
  const brown = { id: 'brown', kind: 'outage.brownout', start_ms: 0, duration_ms: 60_000, error_rate: 1, latency_factor: 2, messages: ['Upstream request timeout'] }
  const episode = start([{ kind: 'latency.constant', ms: 100 }, brown])
  const refused = call(episode, 'pay', payment(episode))
  t.match(refused.event, { content: '{"error":"Upstream request timeout","status":503}', committed: false, changes: [], returns_at: 200, faults: [{ entry: 'brown', phase: 'pre_commit' }] })
  t.same(episode.inspect().diff, [])
  const company = overCalls(dynamicsOf(brown, { id: 'limit', kind: 'rate_limit.quota', total: 1, reset_ms: 90_000 }, { id: 'lost', kind: 'timeout.post_commit', deadline_ms: 9000 }), 2)
  t.same(company.map(({ faults }) => faults.map(({ entry }) => entry).join()), ['brown', 'limit'])
})
