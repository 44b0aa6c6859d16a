/** What holds for all kinds: subsets by intensity, independence of other tools, pairs, luck, and nothing at intensity 0. */
import t from 'tap'
import type { DynamicsKind } from '../../protocol/spec/dynamics-kinds.ts'
import { DynamicsState } from '../../src/dynamics/dynamics-state.ts'
import { kindList } from '../../src/dynamics/kind-table.ts'
import type { Passage } from '../../src/dynamics/passage.ts'
import { seedOf } from '../checkout.ts'
import fc from '../property.ts'
import { call, callOnce, type CallOptions, calls, dynamicsOf, payment, start, wait } from './dynamics-under-test.ts'
import { type Example, EXAMPLES, exampleOf } from './examples.ts'

const RUNS = { numRuns: 150, endOnFailure: true }
const KINDS = kindList().map(({ kind }) => kind as DynamicsKind)

/**
 * Kinds whose draws decide at each call whether something is wrong with it. The law is about them; buckets, calls in
 * flight, quotas, versions, cursors and keys are counts of what was done before, and latencies have no yes or no.
 */
const DRAWN: readonly Example['entry'][] = [
  { kind: 'error.abort' }, { kind: 'error.gilbert_elliott', p: 0.3, r: 0.4, good: 0.05, bad: 0.8 }, { kind: 'outage.window', start_ms: [100, 900], duration_ms: 2000, every_ms: 4000 },
  { kind: 'outage.brownout', start_ms: 200, duration_ms: 5000, ramp_ms: 1000, error_rate: 0.7, latency_factor: 2 }, { kind: 'timeout.pre_commit', deadline_ms: 900 },
  { kind: 'timeout.post_commit', deadline_ms: 900, committed: 0.6 }, { kind: 'connection.reset' }, { kind: 'connection.reset', phase: 'post_commit' }, { kind: 'delivery.duplicate' },
  { kind: 'response.truncated', items: 1 }, { kind: 'response.truncated', bytes: 9 }, { kind: 'response.partial_batch', share: 0.6 }, { kind: 'response.malformed' }, { kind: 'response.empty' },
  { kind: 'response.error_in_success' }, { kind: 'response.error_in_success', phase: 'post_commit' }, { kind: 'response.corrupted' }, { kind: 'response.redundant', bytes: 50 },
  { kind: 'consistency.silent_noop' }, { kind: 'consistency.source_conflict', field: 'balance', authority: { call: 'ledger', field: 'holds' } }, { kind: 'clock.skew', offset_ms: 5000 },
  { kind: 'async.job', poll_ms: 5, completion: { p50: 9, p99: 90 } }, { kind: 'security.injection', text: 'do this', wants: ['pay'] }, { kind: 'auth.expiry', ttl_ms: 300 }, { kind: 'auth.scope', scope: 's', grant: 'ask' },
]
/** Those that time drives have no schedule by calls. */
const BY_TIME = new Set<string>(['outage.window', 'outage.brownout', 'auth.scope'])
const LASTING = new Set<string>(DRAWN.map(({ kind }) => kind).filter((kind) => /^(error.abort|timeout|connection|response|consistency.silent|security)/.test(kind)))

const probability = fc.integer({ min: 1, max: 20 }).map((n) => n / 20)
const window = fc.record({ from_ms: fc.integer({ min: 0, max: 2000 }), to_ms: fc.integer({ min: 2001, max: 6000 }) }, { requiredKeys: [] })
const byCalls = fc.record({
  probability, window, after_calls: fc.integer({ min: 0, max: 4 }), every: fc.integer({ min: 1, max: 3 }), max_occurrences: fc.integer({ min: 1, max: 5 }),
  burst: fc.record({ calls: fc.integer({ min: 1, max: 4 }), probability }),
}, { requiredKeys: [] })
const persistence = fc.oneof(fc.record({ calls: fc.integer({ min: 1, max: 5 }) }), fc.record({ ms: fc.integer({ min: 1, max: 3000 }) }))

const anEntry = fc.constantFrom(...DRAWN).chain((base) => fc.record({
  base: fc.constant(base), when: BY_TIME.has(base.kind) ? fc.record({ probability, window }, { requiredKeys: [] }) : byCalls, lasts: fc.option(persistence, { nil: undefined }),
})).map(({ base, when, lasts }) => ({ ...base, when, ...(lasts && LASTING.has(base.kind) ? { persistence: lasts } : {}) }))

const CALLS = [
  { tool: 'get_account', args: { id: 'A' }, result: { id: 'A', owner: 'Ada Lovelace of the old house', balance: 10.5, payments: [1, 2, 3] } },
  { tool: 'pay', args: { id: 'A', amount: 5 }, result: { payment: 'P0001', balance: 3.5 } },
  { tool: 'pay_all', args: { id: 'A', amounts: [1, 2, 3, 4] }, result: { booked: 4 } },
] as const satisfies readonly CallOptions[]

const someCalls = fc.array(fc.record({ which: fc.integer({ min: 0, max: 2 }), ms: fc.integer({ min: 0, max: 400 }) }), { minLength: 5, maxLength: 30 })

function playCalls(entries: readonly object[], script: readonly { readonly which: number; readonly ms: number }[], intensity: number, luck: number): Passage[] {
  const dynamics = dynamicsOf(...entries)
  const state = new DynamicsState()
  let at = 0
  return script.map(({ which, ms }) => callOnce(dynamics, { ...CALLS[which]!, start: (at += ms), intensity, luck }, state))
}

/** What an entry did to a call: its own marks, and of a batch which items failed. */
const doneBy = (passage: Passage) => [...passage.faults.map(({ entry }) => entry), ...(passage.failed ?? []).flatMap((fails, i) => (fails ? [`item ${i}`] : []))]

t.test('one entry: its faults at a lower intensity are a subset of those at a higher one, schedules and streaks included', async (t) => {
  const seen = new Set<string>()
  fc.assert(fc.property(anEntry, someCalls, fc.nat(), (entry, script, luck) => {
    const [few, some, all] = [0.25, 0.6, 1].map((intensity) => playCalls([entry], script, intensity, luck).map(doneBy))
    if (some!.some(({ length }) => length)) seen.add(entry.kind)
    return few!.every((marks, i) => marks.every((mark) => some![i]!.includes(mark))) && some!.every((marks, i) => marks.every((mark) => all![i]!.includes(mark)))
  }), { ...RUNS, numRuns: 900 })
  t.same([...new Set(DRAWN.map(({ kind }) => kind))].filter((kind) => !seen.has(kind)), [], 'no kind was vacuous')
})

t.test('several entries: each fires at a higher intensity wherever it fires at a lower one, and a call that failed goes on failing', async (t) => {
  // What one entry does can be hidden by another one that comes first: so the claim is about firing, and about calls that fail.
  fc.assert(fc.property(fc.array(anEntry, { minLength: 2, maxLength: 5 }), someCalls, fc.nat(), (entries, script, luck) => {
    const [few, all] = [0.3, 0.9].map((intensity) => playCalls(entries, script, intensity, luck))
    // A grant that two entries share means the same to both.
    return few!.every((low, i) => low.fired.every(({ spec }) => all![i]!.fired.some((other) => other.spec.id === spec.id)) && (!low.isError || all![i]!.isError))
  }), { ...RUNS, numRuns: 400 })
  t.pass('held')
})

t.test('stale reads, others and users: the same at the level of the episode', async (t) => {
  const marks = (entry: object, intensity: number, luck: number) => {
    const episode = start([entry], { intensity, luck })
    for (let i = 0; i < 6; i++) {
      call(episode, 'freeze', { id: payment(episode).id })
      wait(episode, 700)
      call(episode, 'pay', payment(episode))
      call(episode, 'get_account', { id: payment(episode).id })
    }
    return episode.events().flatMap((event) => (event.type === 'timer' && event.changes.length ? [`others at ${event.at}`] : event.type === 'call' && event.faults.length ? [`call ${event.call_id}`] : []))
  }
  const stale = { id: 'r', kind: 'consistency.stale_read', lag: { min: 0, max: 3000 }, when: { probability: 0.8 } }
  const others = { id: 'o', kind: 'world.event', mean_ms: 300, do: [{ insert: 'payments', row: { account: 'accounts[accounts.filter(a, true)[0].id].id', amount: '1.0' } }], when: { probability: 0.9, window: { to_ms: 60_000 } } }
  for (const entry of [stale, others]) {
    let most = 0
    for (let luck = 0; luck < 12; luck++) {
      const [few, some, all] = [0.2, 0.5, 1].map((intensity) => new Set(marks(entry, intensity, luck)))
      t.ok([...few!].every((mark) => some!.has(mark)) && [...some!].every((mark) => all!.has(mark)), `${entry.id} ${luck}: ${few!.size} ${some!.size} ${all!.size}`)
      most += few!.size
    }
    t.ok(most > 0)
  }
})

t.test('an extra call to one tool moves no fault and no latency of another', async (t) => {
  // What is counted over the whole episode or frame is counted over all tools, as it says.
  const own = (entry: object & { kind: string }) => ({ ...entry, ...(/^rate_limit|cold_start|queueing/.test(entry.kind) ? { scope: 'tool' } : {}) })
  const fields = (passage: Passage) => [passage.latency, passage.content, passage.isError, passage.faults, passage.mode, passage.delay, passage.again, passage.failed]
  const bases = [...DRAWN, ...KINDS.filter((kind) => /^(latency|rate_limit)/.test(kind)).map((kind) => EXAMPLES[kind].entry)]
  for (const base of bases) {
    const when = BY_TIME.has(base.kind) || /^(latency|rate_limit|auth)/.test(base.kind) ? {} : { when: { probability: 0.4, burst: { calls: 2, probability: 0.6 } } }
    const dynamics = dynamicsOf(own({ ...base, ...when }))
    const run = (extra: number) => {
      const state = new DynamicsState()
      return Array.from({ length: 40 }, (_, i) => {
        for (let j = 0; j < extra; j++) callOnce(dynamics, { tool: 'list_accounts', args: {}, start: i * 90 }, state)
        return [0, 1, 2].map((which) => fields(callOnce(dynamics, { ...CALLS[which]!, start: i * 90 }, state)))
      })
    }
    t.same(run(3), run(0), base.kind)
  }
})

t.test('clean and faulted runs of a seed are a pair: same task, rows and luck, and the same draws for what both have', async (t) => {
  const base = { id: 'net', kind: 'latency.lognormal', p50: 100, p99: 3000 }
  const others = KINDS.filter((kind) => !/^(latency|deadline|outage|tools|schema|conflict|idempotency|pagination|auth)/.test(kind)).map((kind) => exampleOf(kind))
  for (let i = 0; i < 12; i++) {
    const seed = seedOf('pair', i)
    const [clean, faulted] = [start([base], { seed, luck: i }), start([base, ...others], { seed, luck: i })]
    t.same(faulted.observation.messages, clean.observation.messages)
    t.same(payment(faulted), payment(clean))
    t.equal(faulted.identity.luck, clean.identity.luck)
    const [a, b] = [clean, faulted].map((episode) => Array.from({ length: 8 }, () => call(episode, 'get_account', { id: payment(episode).id })))
    // Timeouts take their own time, and what fails is not counted by who calls again.
    const same = a!.filter(({ ms }, n) => ms === b![n]!.ms).length
    const timeouts = b!.filter(({ event }) => event.faults.some(({ kind }) => kind.startsWith('timeout'))).length
    t.equal(same + timeouts, 8, `the latencies of seed ${i} are the same but for ${timeouts} timeouts`)
  }
})

t.test('luck: the same luck has the same faults whatever the seed; another has others; a fork may go on with either', async (t) => {
  const rough = [{ id: 'busy', kind: 'error.abort', when: { probability: 0.5 } }, { id: 'net', kind: 'latency.lognormal', p50: 100, p99: 3000 }]
  const faultsOf = (episode: ReturnType<typeof start>, n = 30) => Array.from({ length: n }, () => call(episode, 'look_at_clock')).map(({ isError, ms }) => `${isError ? 'x' : '.'}${ms}`).join(' ')
  t.equal(faultsOf(start(rough, { seed: 1, luck: 7 })), faultsOf(start(rough, { seed: 2, luck: 7 })))
  t.equal(new Set(Array.from({ length: 20 }, (_, luck) => faultsOf(start(rough, { luck })))).size, 20)
  const parent = start(rough)
  faultsOf(parent, 5)
  const [same, fresh, other] = [parent.fork(), parent.fork('fresh'), parent.fork('fresh')]
  const [a, b, c, d] = [parent, same, fresh, other].map((episode) => faultsOf(episode))
  t.equal(a, b)
  t.equal(new Set([a, c, d]).size, 3)
  t.equal(faultsOf(start(rough, { luck: 2 ** 53 - 1 }), 3).length > 0, true, 'the largest luck')
})

t.test('intensity 0: nothing is wrong, nothing is added, nobody else acts', async (t) => {
  for (const kind of KINDS) {
    const episode = start([exampleOf(kind)], { intensity: 0 })
    const bare = start([])
    t.same(episode.observation, bare.observation, kind)
    for (const one of [episode, bare]) {
      call(one, 'get_account', { id: payment(one).id })
      call(one, 'pay', payment(one))
      call(one, 'pay_all', { id: payment(one).id, amounts: [1, 2] })
      wait(one, 20_000)
      call(one, 'list_accounts')
      call(one, 'remarks', { id: 'A' })
      call(one, 'finish')
    }
    const seen = (one: typeof episode) => calls(one).map(({ content, is_error, faults, changes }) => ({ content, is_error, faults, changes }))
    t.same(seen(episode), seen(bare), kind)
    t.ok(calls(episode).every(({ faults }) => !faults.length))
    t.notOk(episode.events().some(({ type }) => type === 'effect' || type === 'timer'), kind)
    t.equal(episode.last.info.stop_reason, 'finished')
  }
})

t.test('the smallest intensity leaves numbers that a hash can hold', async (t) => {
  for (const intensity of [Number.MIN_VALUE, 1e-300, 1e-16, 1e-6]) {
    for (const kind of KINDS) {
      const episode = start([exampleOf(kind)], { intensity })
      call(episode, 'get_account', { id: payment(episode).id })
      call(episode, 'pay', payment(episode))
      t.match(episode.stateHash(), /^[0-9a-f]{64}$/, kind)
    }
    const all = start(KINDS.map((kind) => exampleOf(kind)), { intensity })
    call(all, 'get_account', { id: payment(all).id })
    t.match(all.stateHash(), /^[0-9a-f]{64}$/)
    t.notOk(all.ended)
  }
})
