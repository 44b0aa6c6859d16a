/** Kinds that take time: their distributions, and that they do nothing but take time. */
import t from 'tap'
import { DynamicsEntry } from '../../protocol/spec/dynamics-kinds.ts'
import { Distribution } from '../../protocol/spec/dynamics-entry.ts'
import { keyOf, word } from '../../src/core/keyed.ts'
import { DynamicsState } from '../../src/dynamics/dynamics-state.ts'
import type { Passage } from '../../src/dynamics/passage.ts'
import { call, callOnce, type CallOptions, dynamicsOf, mean, near, nearShare, overCalls, overLucks, payment, quantile, start, wait } from './dynamics-under-test.ts'

const latencies = (calls: readonly Passage[]) => calls.map(({ latency }) => latency)
const drawn = (entry: object, n: number, options: CallOptions = {}) => latencies(overLucks(dynamicsOf(entry), n, options))

t.test('latency.constant: the same at every call and every intensity', async (t) => {
  for (const intensity of [0, 0.01, 1]) t.same(new Set(drawn({ kind: 'latency.constant', ms: 130 }, 200, { intensity })), new Set([130]))
  t.same(drawn({ kind: 'latency.constant', ms: 0.4 }, 2), [0, 0], 'whole milliseconds')
  t.same(drawn({ kind: 'latency.constant', ms: 130, when: { probability: 1 } }, 2, { intensity: 0 }), [0, 0], 'one with a schedule is none at intensity 0')
})

t.test('latency.uniform: quantiles within 3% of the width over 10,000 draws; intensity draws it towards the middle', async (t) => {
  const wide = drawn({ kind: 'latency.uniform', min: 100, max: 900 }, 10_000)
  for (const q of [0.05, 0.25, 0.5, 0.75, 0.95]) t.ok(Math.abs(quantile(wide, q) - (100 + 800 * q)) < 24, `${q}: ${quantile(wide, q)}`)
  t.ok(Math.min(...wide) >= 100 && Math.max(...wide) <= 900)
  const calm = drawn({ kind: 'latency.uniform', min: 100, max: 900 }, 5000, { intensity: 0.3 })
  near(t, quantile(calm, 0.5), 500, 0.03, 'the median stays')
  t.ok(quantile(calm, 0.95) - quantile(calm, 0.05) < 400, 'the spread shrinks')
  t.same(new Set(drawn({ kind: 'latency.uniform', min: 100, max: 900 }, 100, { intensity: 0 })), new Set([500]))
  t.same(latencies(overLucks(dynamicsOf({ id: 'u', kind: 'latency.uniform', min: 900, max: 100 }), 50)), latencies(overLucks(dynamicsOf({ id: 'u', kind: 'latency.uniform', min: 100, max: 900 }), 50)), 'ends in either order')
})

t.test('latency.normal: mean within 1% and deviation within 3% over 10,000 draws; never below 0', async (t) => {
  const values = drawn({ kind: 'latency.normal', mean: 500, sd: 80 }, 10_000)
  near(t, mean(values), 500, 0.01, 'mean')
  near(t, Math.sqrt(mean(values.map((value) => (value - 500) ** 2))), 80, 0.03, 'standard deviation')
  nearShare(t, values.filter((value) => value > 500 + 80 * 1.2816).length, values.length, 0.1, 'share above the 90th percentile')
  const low = drawn({ kind: 'latency.normal', mean: 10, sd: 100 }, 5000)
  t.ok(low.every((value) => value >= 0))
  nearShare(t, low.filter((value) => value === 0).length, low.length, 0.4622, 'those that would be below 0.5')
})

t.test('latency.lognormal: the p50 and p99 that it states, within 5% and 15% over 10,000 draws', async (t) => {
  const net = { kind: 'latency.lognormal', p50: 200, p99: 1800 }
  const values = drawn(net, 10_000)
  near(t, quantile(values, 0.5), 200, 0.05, 'p50')
  near(t, quantile(values, 0.99), 1800, 0.15, 'p99')
  const calm = drawn(net, 5000, { intensity: 0.3 })
  near(t, quantile(calm, 0.5), 200, 0.05, 'intensity leaves the median')
  near(t, quantile(calm, 0.99), 200 * 9 ** 0.3, 0.1, 'and shrinks the tail')
  t.ok(drawn({ ...net, cap: 500 }, 2000).every((value) => value <= 500))
  t.ok(drawn({ ...net, p99: 100 }, 200).every((value) => value === 200), 'a p99 below the p50 has no spread')
})

t.test('latency.quantiles: what was measured, within 8% over 20,000 draws; nothing beyond it', async (t) => {
  const quantiles = [[0.05, 40], [0.5, 120], [0.9, 300], [0.95, 1000], [0.99, 4000], [0.999, 9000]]
  const values = drawn({ kind: 'latency.quantiles', quantiles }, 20_000)
  for (const [share, ms] of quantiles.slice(0, 5)) t.ok(Math.abs(quantile(values, share!) / ms! - 1) < 0.08, `${share}: ${quantile(values, share!)} for ${ms}`)
  t.ok(Math.min(...values) === 40 && Math.max(...values) === 9000)
  const calm = drawn({ kind: 'latency.quantiles', quantiles }, 2000, { intensity: 0 })
  t.ok(calm.every((ms) => ms === 120), 'intensity shrinks it to its median')
  for (const wrong of [[[0.5, 10]], [[0.5, 10], [0.5, 20]], [[0.5, 10], [0.9, 5]], [[0, 10], [0.9, 20]], [[0.5, 10], [1, 20]], [[0.1, 0], [0.9, 20]]]) t.notOk(DynamicsEntry.safeParse({ id: 'x', kind: 'latency.quantiles', quantiles: wrong }).success, JSON.stringify(wrong))
  t.ok(Distribution.safeParse({ quantiles }).success, 'wherever a distribution is asked for')
})

t.test('latency.pareto: minimum, tail exponent and cap; quantiles within 6% over 20,000 draws', async (t) => {
  const values = drawn({ kind: 'latency.pareto', minimum: 100, alpha: 1.5, cap: 60_000 }, 20_000)
  for (const q of [0.1, 0.5, 0.9, 0.99]) near(t, quantile(values, q), 100 * (1 - q) ** (-1 / 1.5), q > 0.95 ? 0.15 : 0.06, `quantile ${q}`)
  t.ok(Math.min(...values) >= 100)
  const capped = drawn({ kind: 'latency.pareto', minimum: 100, alpha: 1, cap: 1000 }, 10_000)
  t.equal(Math.max(...capped), 1000)
  nearShare(t, capped.filter((value) => value === 1000).length, capped.length, 0.1, 'share at the cap')
  t.ok(quantile(drawn({ kind: 'latency.pareto', minimum: 100, alpha: 1.5, cap: 60_000 }, 2000, { intensity: 0.3 }), 0.99) < 400)
})

t.test('latency.cold_start: slow after an idle while, by its scope', async (t) => {
  const cold = (more: object = {}) => dynamicsOf({ kind: 'latency.cold_start', warm_ms: 20, cold_ms: 900, idle_ttl_ms: 1000, ...more })
  const at = (...starts: number[]) => (i: number): CallOptions => ({ start: starts[i]! })
  t.same(latencies(overCalls(cold(), 5, at(0, 500, 1500, 2501, 2600))), [900, 20, 20, 900, 20], 'exactly the time to live is still warm')
  t.equal(callOnce(cold(), { intensity: 0.5 }).latency, 460)
  const tools = (i: number): CallOptions => ({ tool: i % 2 ? 'pay' : 'get_account', framePath: i < 2 ? 'root' : 'root/1' })
  t.same(latencies(overCalls(cold({ scope: 'tool' }), 4, tools)), [900, 900, 900, 900])
  t.same(latencies(overCalls(cold({ scope: 'frame' }), 4, tools)), [900, 20, 900, 20])
  t.same(latencies(overCalls(cold({ scope: 'episode' }), 4, tools)), [900, 20, 20, 20])
})

/** Whole milliseconds between arrivals, exponential, by a keyed stream of the test's own. */
function arrivals(n: number, meanMs: number): number[] {
  let at = 0
  return Array.from({ length: n }, (_, i) => (at += Math.round(-meanMs * Math.log((word(keyOf(['arrivals', i])) + 0.5) / 4294967296))))
}

t.test('latency.queueing: waiting against load as the theory of queues has it, within 12% over 20,000 calls', async (t) => {
  // Long services keep rounding to milliseconds small.
  const stay = (load: number, concurrency = 1) => {
    const at = arrivals(20_000, 1000 / (load * concurrency))
    return mean(latencies(overCalls(dynamicsOf({ kind: 'latency.queueing', service_rate: 1, concurrency }), at.length, (i) => ({ start: at[i]! }))))
  }
  // M/M/1: the mean stay is 1 / (service rate - arrival rate).
  near(t, stay(0.3), 1000 / 0.7, 0.12, 'load 0.3')
  near(t, stay(0.7), 1000 / 0.3, 0.12, 'load 0.7')
  // M/M/2 at load 0.7: mean stay 1 / (1 - 0.7^2) services.
  near(t, stay(0.7, 2), 1000 / (1 - 0.49), 0.12, 'two servers at load 0.7')
  t.same(latencies(overCalls(dynamicsOf({ kind: 'latency.queueing', service_rate: 1 }), 4, { intensity: 0 })), [1000, 2000, 3000, 4000], 'at intensity 0 every service takes the mean')
  t.same(latencies(overCalls(dynamicsOf({ kind: 'latency.queueing', service_rate: 1, concurrency: 2, scope: 'tool' }), 4, (i) => ({ intensity: 0, tool: i === 2 ? 'pay' : 'get_account' }))), [1000, 1000, 1000, 2000], 'by server and scope')
})

t.test('latency.bandwidth: what the finished answer weighs, noise and cuts included', async (t) => {
  const line = { kind: 'latency.bandwidth', bytes_per_second: 1000 }
  t.equal(callOnce(dynamicsOf(line), { result: 'x'.repeat(250) }).latency, 250)
  t.equal(callOnce(dynamicsOf(line), { result: 'é'.repeat(100) }).latency, 200, 'bytes, not characters')
  t.equal(callOnce(dynamicsOf(line), { result: 'x'.repeat(250), intensity: 0.5 }).latency, 125)
  const noisy = callOnce(dynamicsOf(line, { kind: 'response.redundant', bytes: 640 }))
  t.equal(noisy.latency, noisy.content.length)
  t.ok(noisy.latency > 640)
  t.equal(callOnce(dynamicsOf(line, { kind: 'response.truncated', bytes: 20, marker: false })).latency, 20)
  t.equal(callOnce(dynamicsOf(line, { kind: 'error.abort', messages: ['no'] })).latency, JSON.stringify({ error: 'no', status: 503 }).length, 'a refusal weighs what it says')
})

t.test('latency.correlated: its distribution stays, and neighbours are alike by rho, within 0.04 over 12,000 calls', async (t) => {
  const chain = (rho: number) => latencies(overCalls(dynamicsOf({ kind: 'latency.correlated', rho, of: { p50: 300, p99: 2700 } }), 12_000))
  const autocorrelation = (values: number[], lag: number) => {
    const logs = values.map((value) => Math.log(value))
    const middle = mean(logs)
    const product = (shift: number) => mean(logs.slice(shift).map((value, i) => (value - middle) * (logs[i]! - middle)))
    return product(lag) / product(0)
  }
  for (const rho of [0, 0.5, 0.8]) {
    const values = chain(rho)
    for (const lag of [1, 2]) t.ok(Math.abs(autocorrelation(values, lag) - rho ** lag) < 0.04, `rho ${rho}, lag ${lag}: ${autocorrelation(values, lag)}`)
    near(t, quantile(values, 0.5), 300, 0.08, `rho ${rho}: p50`)
    near(t, quantile(values, 0.99), 2700, 0.25, `rho ${rho}: p99`)
  }
  const dynamics = dynamicsOf({ kind: 'latency.correlated', rho: 0.9, of: { p50: 300, p99: 2700 } })
  const alone = latencies(overCalls(dynamics, 50))
  const state = new DynamicsState()
  const among = latencies(Array.from({ length: 50 }, () => {
    callOnce(dynamics, { tool: 'pay' }, state)
    return callOnce(dynamics, {}, state)
  }))
  t.same(among, alone, 'each tool has a chain of its own')
})

t.test('time is all that they take: same rows, same answers, and clocks that add up', async (t) => {
  const kinds = [
    { kind: 'latency.constant', ms: 30 }, { kind: 'latency.uniform', min: 10, max: 50 }, { kind: 'latency.normal', mean: 40, sd: 9 }, { kind: 'latency.lognormal', p50: 50, p99: 300 },
    { kind: 'latency.pareto', minimum: 10, alpha: 2, cap: 400 }, { kind: 'latency.cold_start', warm_ms: 5, cold_ms: 300, idle_ttl_ms: 500 }, { kind: 'latency.queueing', service_rate: 20 },
    { kind: 'latency.bandwidth', bytes_per_second: 2000 }, { kind: 'latency.correlated', rho: 0.5, of: { min: 10, max: 90 } },
  ]
  for (const entries of [...kinds.map((kind) => [kind]), kinds]) {
    const [slow, quick] = [start(entries), start([])]
    for (const episode of [slow, quick]) {
      call(episode, 'get_account', { id: payment(episode).id })
      call(episode, 'pay', payment(episode))
      call(episode, 'get_account', { id: payment(episode).id })
    }
    const read = (episode: typeof slow) => episode.events().flatMap((event) => (event.type === 'call' ? [[event.content, event.committed, event.changes, event.faults, event.is_error]] : []))
    t.same(read(slow), read(quick))
    t.same(slow.inspect().diff, quick.inspect().diff)
    const took = slow.events().flatMap((event) => (event.type === 'call' ? [event.returns_at - event.at] : []))
    t.ok(took.every((ms) => ms > 0), JSON.stringify(took))
    t.equal(slow.observation.clock_ms, took.reduce((sum, ms) => sum + ms, 0))
  }
})

t.test('composition: latencies add up whoever answers, a brownout multiplies them, a timeout takes its own time', async (t) => {
  const base = [{ kind: 'latency.constant', ms: 30 }, { kind: 'latency.constant', ms: 12 }]
  t.equal(callOnce(dynamicsOf(...base)).latency, 42)
  t.equal(callOnce(dynamicsOf(...base, { kind: 'error.abort' })).latency, 42, 'a refused call takes its time too')
  t.equal(callOnce(dynamicsOf(...base, { kind: 'outage.brownout', start_ms: 0, duration_ms: 1000, error_rate: 0, latency_factor: 10 })).latency, 420)
  t.equal(callOnce(dynamicsOf(...base, { kind: 'outage.brownout', start_ms: 0, duration_ms: 1000, error_rate: 1, latency_factor: 10 }, { kind: 'error.abort' })).latency, 420)
  t.equal(callOnce(dynamicsOf(...base, { kind: 'timeout.pre_commit', deadline_ms: 5000 }, { kind: 'outage.brownout', start_ms: 0, duration_ms: 1000, error_rate: 0, latency_factor: 10 })).latency, 5000)
  t.equal(callOnce(dynamicsOf({ kind: 'latency.constant', ms: 86_400_000 }, { kind: 'latency.constant', ms: 86_400_000 })).latency, 86_400_000, 'at most a day')
  const episode = start([{ kind: 'latency.constant', ms: 400 }, { kind: 'latency.queueing', service_rate: 1000 }])
  episode.step({ tool_calls: [{ name: 'get_account', arguments: { id: 'A' } }, { name: 'ledger', arguments: { account: 'A' } }] })
  t.ok(episode.observation.clock_ms < 700, 'calls of one turn take their time together')
  wait(episode, 500)
  t.ok(episode.observation.clock_ms < 1200, 'and waiting takes what it says')
})
