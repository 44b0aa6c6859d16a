import t from 'tap'
import type { CallEvent } from '../../protocol/event.ts'
import { formatHttpDate } from '../../src/core/calendar.ts'
import { DynamicsState } from '../../src/dynamics/dynamics-state.ts'
import { compileDynamics } from '../../src/dynamics/compiled-dynamics.ts'
import { type PlannedCall, planCall } from '../../src/dynamics/plan-call.ts'
import { takeTokens } from '../../src/dynamics/token-bucket.ts'
import { Dynamics } from '../../protocol/spec/dynamics.ts'
import { Episode } from '../../src/episode/episode.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { seedOf } from '../checkout.ts'
import { deskScenario } from '../desk.ts'

const profile = (...entries: object[]) => compileDynamics(Dynamics.parse({ kind: 'Dynamics', name: 'test', entries }))
const READ = { name: 'look', effect: 'read', idempotent: false } as const
const WRITE = { name: 'pay', effect: 'write', idempotent: false } as const
const aCall = (more: Partial<PlannedCall> = {}): PlannedCall => ({ luck: 1, intensity: 1, framePath: 'root', agent: 'root', tool: READ, start: 0, epoch: 0, ...more })
/** Plans one first call for each of n lucks. */
const overLucks = (dynamics: ReturnType<typeof profile>, n: number, more: Partial<PlannedCall> = {}) => Array.from({ length: n }, (_, i) => planCall(dynamics, new DynamicsState(), aCall({ luck: seedOf('luck', i), ...more })))
const quantile = (values: number[], q: number) => values.sort((a, b) => a - b)[Math.floor(q * values.length)]!

t.test('latency.lognormal has the p50 and p99 it states, within 5% and 15% over 20,000 draws', async (t) => {
  const latencies = overLucks(profile({ id: 'net', kind: 'latency.lognormal', p50: 200, p99: 1800 }), 20_000).map((plan) => plan.latency)
  t.ok(Math.abs(quantile(latencies, 0.5) / 200 - 1) < 0.05, `p50 ${quantile(latencies, 0.5)}`)
  t.ok(Math.abs(quantile(latencies, 0.99) / 1800 - 1) < 0.15, `p99 ${quantile(latencies, 0.99)}`)
  const calm = overLucks(profile({ id: 'net', kind: 'latency.lognormal', p50: 200, p99: 1800 }), 5000, { intensity: 0.3 }).map((plan) => plan.latency)
  t.ok(Math.abs(quantile(calm, 0.5) / 200 - 1) < 0.05 && quantile(calm, 0.99) < 600, 'intensity shrinks the tail, not the median')
  t.ok(overLucks(profile({ id: 'net', kind: 'latency.lognormal', p50: 200, p99: 1800, cap: 500 }), 2000).every((plan) => plan.latency <= 500))
})

t.test('error.abort fires at its probability (within 4 standard errors), before the commit', async (t) => {
  for (const p of [0.05, 0.3, 0.9]) {
    const n = 20_000
    const share = overLucks(profile({ id: 'busy', kind: 'error.abort', when: { probability: p } }), n).filter((plan) => !plan.runs).length / n
    t.ok(Math.abs(share - p) < 4 * Math.sqrt((p * (1 - p)) / n), `${p}: ${share}`)
  }
  const [plan] = overLucks(profile({ id: 'busy', kind: 'error.abort', status: 502, messages: ['Bad gateway'] }), 1)
  t.same(plan!.faults, [{ entry: 'busy', kind: 'error.abort', phase: 'pre_commit' }])
  t.same(JSON.parse(plan!.surface!), { error: 'Bad gateway', status: 502 })
  t.match(overLucks(profile({ id: 'cut', kind: 'error.abort', surface: 'transport', messages: ['reset by peer'] }), 1)[0]!.surface, /^Connection error: reset by peer$/)
})

t.test('times, after_calls, every and max_occurrences', async (t) => {
  const run = (entry: object, calls = 8) => {
    const dynamics = profile({ id: 'e', kind: 'error.abort', ...entry })
    const state = new DynamicsState()
    return Array.from({ length: calls }, () => (planCall(dynamics, state, aCall()).runs ? '.' : 'x')).join('')
  }
  t.equal(run({ when: { after_calls: 3 } }), '...xxxxx')
  t.equal(run({ when: { every: 3 } }), '..x..x..')
  t.equal(run({ when: { max_occurrences: 2 } }), 'xx......')
  t.equal(run({ times: 3, when: { max_occurrences: 1 } }), 'xxx.....')
})

t.test('matching by tool glob, effect, idempotence and agent', async (t) => {
  const fires = (match: object, tool: PlannedCall['tool'] = READ) => !planCall(profile({ id: 'e', kind: 'error.abort', match }), new DynamicsState(), aCall({ tool })).runs
  t.ok(fires({ tools: ['l*k'] }))
  t.notOk(fires({ tools: ['lo', '*ook_x'] }))
  t.ok(fires({ effect: 'write' }, WRITE))
  t.notOk(fires({ effect: 'write' }))
  t.notOk(fires({ idempotent: true }))
  t.notOk(fires({ agent: 'other' }))
})

t.test('faults at a lower intensity are a subset of those at a higher one', async (t) => {
  const dynamics = profile({ id: 'busy', kind: 'error.abort', when: { probability: 0.5 } }, { id: 'lost', kind: 'timeout.post_commit', deadline_ms: 1000, when: { probability: 0.5 } })
  for (let i = 0; i < 3000; i++) {
    const marks = [0.3, 0.6, 1].map((intensity) => planCall(dynamics, new DynamicsState(), aCall({ luck: seedOf('subset', i), intensity })))
    // An earlier entry may newly hide a later one: what is asked is that a call that failed goes on failing.
    if (marks[0]!.surface && !marks[1]!.surface) t.fail(`luck ${i}: 0.3 fails and 0.6 does not`)
    if (marks[1]!.surface && !marks[2]!.surface) t.fail(`luck ${i}: 0.6 fails and 1 does not`)
  }
  t.ok(overLucks(dynamics, 500, { intensity: 0 }).every((plan) => plan.runs && !plan.surface), 'none at 0')
})

t.test('an extra call to one tool moves no other tool', async (t) => {
  const dynamics = profile({ id: 'net', kind: 'latency.lognormal', p50: 100, p99: 3000 }, { id: 'busy', kind: 'error.abort', when: { probability: 0.4 } })
  const run = (extra: number) => {
    const state = new DynamicsState()
    const plans = []
    for (let i = 0; i < 50; i++) {
      for (let j = 0; j < extra; j++) planCall(dynamics, state, aCall({ tool: WRITE }))
      plans.push(planCall(dynamics, state, aCall()))
    }
    return plans
  }
  t.same(run(3), run(0))
})

t.test('rate_limit.token_bucket: burst, refill in virtual time, and a Retry-After that is true', async (t) => {
  const dynamics = profile({ id: 'limit', kind: 'rate_limit.token_bucket', rate: 0.5, burst: 3 })
  const state = new DynamicsState()
  const at = (start: number) => planCall(dynamics, state, aCall({ start }))
  t.same([0, 0, 0, 0].map((s) => at(s).runs), [true, true, true, false])
  const refused = at(1000)
  t.same(JSON.parse(refused.surface!), { error: 'Too many requests', status: 429, retry_after: 1 })
  t.equal(at(1999).runs, false)
  t.equal(at(2000).runs, true)
  t.equal(at(2000).runs, false)
  const date = profile({ id: 'limit', kind: 'rate_limit.token_bucket', rate: 0.1, burst: 1, retry_after: 'date' })
  const dated = new DynamicsState()
  planCall(date, dated, aCall({ epoch: 1_772_442_000_000 }))
  t.equal(JSON.parse(planCall(date, dated, aCall({ epoch: 1_772_442_000_000 })).surface!).retry_after, formatHttpDate(1_772_442_010_000))
  let bucket = takeTokens(undefined, 0, 0.3, 1, 1).bucket
  for (let now = 0; now < 1_000_000;) {
    const taken = takeTokens(bucket, now, 0.3, 1, 1)
    bucket = taken.bucket
    if (taken.waitMs === 0) continue
    now += taken.waitMs
    t.equal(takeTokens(bucket, now, 0.3, 1, 1).waitMs, 0, 'waiting as long as told is always enough')
    bucket = takeTokens(bucket, now, 0.3, 1, 1).bucket
    if (now > 50_000) break
  }
})

t.test('the smallest intensity leaves finite numbers, which a hash can hold', async (t) => {
  const desk = deskScenario({ limited: '- {id: limit, kind: rate_limit.token_bucket, rate: 0.5, burst: 3}\n' })
  for (const intensity of [Number.MIN_VALUE, 1e-16, 1e-6, 0]) {
    const episode = Episode.start(desk, { seed: 1, options: { dynamics: { profile: 'limited', intensity } } })
    episode.step({ tool_calls: [{ name: 'get_account', arguments: { id: 'A' } }] })
    t.equal(Episode.restore(desk, episode.snapshot()).stateHash(), episode.stateHash())
  }
})

t.test('timeout.post_commit: the deadline passes, the write happened at its share, the answer is lost', async (t) => {
  const plans = overLucks(profile({ id: 'lost', kind: 'timeout.post_commit', deadline_ms: 8000, committed: 0.7 }), 10_000, { tool: WRITE })
  t.ok(plans.every((plan) => plan.latency === 8000 && plan.surface === 'Timeout: no response within 8000 ms'))
  t.ok(Math.abs(plans.filter((plan) => plan.runs).length / 10_000 - 0.7) < 0.02)
  t.ok(plans.every((plan) => plan.faults[0]!.phase === (plan.runs ? 'post_commit' : 'pre_commit')))
})

t.test('several entries on one call: latencies add up, of the faults the first in document order happens', async (t) => {
  const dynamics = profile(
    { id: 'a', kind: 'latency.constant', ms: 30 }, { id: 'b', kind: 'latency.constant', ms: 12 },
    { id: 'busy', kind: 'error.abort' }, { id: 'lost', kind: 'timeout.post_commit', deadline_ms: 9000 },
  )
  const plan = planCall(dynamics, new DynamicsState(), aCall())
  t.same([plan.latency, plan.faults.map((fault) => fault.entry)], [42, ['busy']])
})

const LOST = "- {id: lost, kind: timeout.post_commit, match: {tools: [pay]}, deadline_ms: 5000, when: {max_occurrences: 1}}\n"

t.test('a lost acknowledgement: blind retry doubles the effect and is caught, read-back does not', async (t) => {
  const desk = deskScenario({ lost: LOST })
  for (let i = 0; i < 20; i++) {
    const play = (policy: string) => {
      const episode = Episode.start(desk, { seed: seedOf('lost', i), task: 'pay_once', options: { dynamics: 'lost' } })
      return { reward: playOut(episode, createPolicy(policy, episode)!), episode }
    }
    const blind = play('naive')
    t.equal(blind.reward, 0)
    const end = blind.episode.events().at(-1)!
    t.ok(end.type === 'end' && end.verdict.issues.some((issue) => issue.category === 'duplicate_effect'))
    const careful = play('robust')
    t.equal(careful.reward, 1)
    const lost = careful.episode.events().find((event): event is CallEvent => event.type === 'call' && event.faults.length > 0)!
    t.same([lost.committed, lost.is_error, lost.changes.length, lost.returns_at - lost.at], [true, true, 2, 5000])
  }
})

t.test('clean and faulted runs of a seed are a pair: same task, same rows', async (t) => {
  const desk = deskScenario({ lost: LOST })
  for (let i = 0; i < 20; i++) {
    const [clean, lost] = ['clean', 'lost'].map((dynamics) => Episode.start(desk, { seed: seedOf('pair', i), options: { dynamics } }))
    t.same(lost!.observation, clean!.observation)
    t.equal(lost!.identity.luck, clean!.identity.luck)
  }
})
