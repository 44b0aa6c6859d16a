/** Kinds in which reads and writes are not what they seem: stale reads, lost writes, sources that disagree, other writers. */
import t from 'tap'
import type { Overlay } from '../../src/world/overlay.ts'
import { DynamicsState } from '../../src/dynamics/dynamics-state.ts'
import { call, callOnce, calls, changedRows, dynamicsOf, mean, near, nearShare, overCalls, overLucks, payment, start, tryDynamics, wait } from './dynamics-under-test.ts'

/** A state in which something changed at each of so many milliseconds; each moment is known by its time. */
function changedAt(times: readonly number[]): { readonly state: DynamicsState; timeOf(overlay: Overlay | undefined): number | undefined } {
  const state = new DynamicsState()
  const overlays = new Map(times.map((at, event) => {
    const overlay = {} as Overlay
    state.remember({ at, event, overlay }, 10_000_000)
    return [overlay, at]
  }))
  return { state, timeOf: (overlay) => overlay && overlays.get(overlay) }
}

t.test('consistency.stale_read: the lag has its distribution, within 6% at the middle and 15% at the tail over 10,000 reads', async (t) => {
  const { state, timeOf } = changedAt([-1, ...Array.from({ length: 6000 }, (_, i) => i * 10)])
  // Something changes every 10 ms: the moment that a read sees tells its lag.
  const lags = (entry: object, intensity = 1) => overLucksOf(dynamicsOf({ kind: 'consistency.stale_read', ...entry }), state, intensity).map((overlay) => (overlay ? 60_000 - timeOf(overlay)! : 0)).sort((a, b) => a - b)
  const overLucksOf = (dynamics: ReturnType<typeof dynamicsOf>, from: DynamicsState, intensity: number) => Array.from({ length: 10_000 }, (_, luck) => callOnce(dynamics, { luck, start: 60_000, intensity }, new DynamicsState(from)).overlay)
  const at = (values: number[], q: number) => values[Math.floor(q * values.length)]!
  const wide = lags({ lag: { p50: 1200, p99: 6000, cap: 8000 } })
  near(t, at(wide, 0.5), 1200, 0.06, 'p50')
  near(t, at(wide, 0.99), 6000, 0.15, 'p99')
  t.ok(wide.at(-1)! <= 8010, 'the cap')
  near(t, at(lags({ lag: { min: 0, max: 5000 } }, 0.4), 0.5), 1000, 0.06, 'a lower intensity lags less')
  nearShare(t, lags({ lag: { ms: 3000 }, when: { probability: 0.3 } }).filter((lag) => lag > 0).length, 10_000, 0.3, 'share of reads')
})

t.test('consistency.stale_read: reads see an earlier world, writes the present one; nothing is changed', async (t) => {
  const episode = start([{ id: 'replica', kind: 'consistency.stale_read', lag: { ms: 5000 } }])
  const { id, amount } = payment(episode)
  const look = () => call(episode, 'get_account', { id })
  const before = look()
  t.same(before.event.faults, [], 'as long as nothing changed nothing is stale')
  call(episode, 'pay', { id, amount })
  const stale = look()
  t.equal(stale.content, before.content)
  t.match(stale.event, { committed: true, is_error: false, changes: [], faults: [{ entry: 'replica', phase: 'response' }] })
  t.equal(changedRows(episode, 'payments').length, 1)
  wait(episode, 2000)
  t.equal(call(episode, 'pay', { id, amount }).json.payment, 'P0002', 'a write sees all that happened')
  wait(episode, 3000)
  t.same(look().json.payments, [amount], 'five seconds ago there was one')
  wait(episode, 1999)
  t.same(look().json.payments, [amount])
  wait(episode, 1)
  t.same(look().json.payments, [amount, amount])
  const own = start([{ kind: 'consistency.stale_read', lag: { ms: 5000 }, read_your_writes: true }])
  call(own, 'pay', payment(own))
  t.same(call(own, 'get_account', { id }).json.payments, [amount], 'who writes reads it')
  const other = start([{ kind: 'consistency.stale_read', lag: { ms: 5000 }, read_your_writes: true }, { kind: 'world.event', at_ms: 1000, do: [{ set: { [`accounts["${id}"].owner`]: "'Zoe'" } }] }])
  call(other, 'pay', payment(other))
  wait(other, 1500)
  t.match(call(other, 'get_account', { id }).json, { payments: [amount], owner: before.json.owner }, 'and not what others wrote')
})

t.test('consistency.stale_read: in company of hidden effects, another replica, truncation and lost answers', async (t) => {
  const stale = { id: 'stale', kind: 'consistency.stale_read', lag: { ms: 4000 } }
  const veiled = start([stale, { id: 'lost', kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 1000, visibility_lag_ms: 6000, when: { max_occurrences: 1 } }])
  const { id, amount } = payment(veiled)
  call(veiled, 'freeze', { id })
  wait(veiled, 5000)
  call(veiled, 'pay', { id, amount })
  t.same(call(veiled, 'get_account', { id }).json.payments, [], 'hidden and stale')
  wait(veiled, 5001)
  t.same(call(veiled, 'get_account', { id }).json.payments, [amount], 'neither any more')
  const both = start([{ id: 'older', kind: 'consistency.stale_read', lag: { ms: 9000 } }, { id: 'lost', kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 1000, visibility_lag_ms: 9000, when: { max_occurrences: 1 } }])
  const open = () => call(both, 'list_accounts').json.open as number
  const before = open()
  call(both, 'freeze', { id })
  wait(both, 5000)
  call(both, 'pay', { id, amount })
  t.equal(open(), before, 'a replica that is behind what is hidden')
  wait(both, 4000)
  t.equal(open(), before - 1)
  const older = { id: 'older', kind: 'consistency.stale_read', lag: { ms: 9000 } }
  for (const entries of [[stale, older], [older, stale]]) {
    const two = start(entries)
    call(two, 'pay', { id, amount })
    wait(two, 4000)
    call(two, 'pay', { id, amount })
    wait(two, 2000)
    t.same(call(two, 'get_account', { id }).json.payments, [], 'of two replicas, both behind, the older one is seen')
  }
  const company = start([{ id: 'lost', kind: 'timeout.post_commit', match: { effect: 'read' }, deadline_ms: 900 }, { id: 'cut', kind: 'response.truncated', bytes: 9 }, stale])
  call(company, 'pay', { id, amount })
  t.same(call(company, 'get_account', { id }).event.faults.map(({ entry }) => entry), ['stale', 'cut', 'lost'])
  t.same(call(start([stale, { id: 'abort', kind: 'error.abort' }]), 'get_account', { id }).event.faults.map(({ entry }) => entry), ['abort'])
})

t.test('consistency.silent_noop: its share within 4 standard errors, of writes alone', async (t) => {
  const dynamics = dynamicsOf({ kind: 'consistency.silent_noop', when: { probability: 0.15 } })
  const lost = overLucks(dynamics, 20_000, { tool: 'pay' })
  nearShare(t, lost.filter(({ mode }) => mode === 'undone').length, 20_000, 0.15, 'share')
  t.ok(lost.every(({ mode, faults, content, isError }) => !isError && content.includes('A00001') && faults.length === (mode === 'undone' ? 1 : 0)))
  t.ok(overLucks(dynamics, 200).every(({ mode }) => mode === 'run'))
})

t.test('consistency.silent_noop: it says that it happened, and it did not; in company of refusals, duplicates and truncation', async (t) => {
  const noop = { id: 'noop', kind: 'consistency.silent_noop', when: { max_occurrences: 1 } }
  const episode = start([noop])
  const { id, amount } = payment(episode)
  const vanished = call(episode, 'pay', { id, amount })
  t.match(vanished.event, { is_error: false, committed: false, applications: 0, changes: [], faults: [{ entry: 'noop', phase: 'pre_commit' }] })
  t.same(episode.inspect().diff, [])
  t.same(call(episode, 'get_account', { id }).json.payments, [])
  const real = call(episode, 'pay', { id, amount })
  t.equal(real.content, vanished.content, 'the answer is what it would have been')
  t.same(call(episode, 'get_account', { id }).json.payments, [amount])
  const refused = start([noop])
  t.match(call(refused, 'pay', { id: 'nobody', amount }).event, { is_error: true, content: 'No account nobody', faults: [] }, 'a refusal is no lost write')
  const twice = start([{ ...noop }, { kind: 'delivery.duplicate' }])
  call(twice, 'pay', { id, amount })
  wait(twice, 10)
  t.equal(changedRows(twice, 'payments').length, 0, 'what did not happen does not happen twice')
  const order = (...entries: object[]) => callOnce(dynamicsOf(...entries), { tool: 'pay' }).faults.map(({ entry }) => entry)
  t.same(order({ id: 'cut', kind: 'response.truncated', bytes: 5 }, { id: 'noop', kind: 'consistency.silent_noop' }, { id: 'lost', kind: 'timeout.post_commit', deadline_ms: 5 }), ['noop', 'cut', 'lost'])
  t.same(order({ id: 'noop', kind: 'consistency.silent_noop' }, { id: 'job', kind: 'async.job', poll_ms: 5, completion: { ms: 5 } }), ['noop'])
})

t.test('consistency.source_conflict: wrong in the same way for the whole episode, differently for each luck, at its share', async (t) => {
  const conflict = { kind: 'consistency.source_conflict', field: 'balance', authority: { call: 'ledger', with: { account: 'args.id' }, field: 'holds' } }
  const same = overCalls(dynamicsOf(conflict), 300)
  t.equal(new Set(same.map(({ content }) => content)).size, 1)
  const values = overLucks(dynamicsOf({ ...conflict, values: [1, 2, 3, 120.5] }), 3000).map(({ json }) => (json as { balance: number }).balance)
  for (const value of [1, 2, 3]) nearShare(t, values.filter((one) => one === value).length, 3000, 1 / 3, `value ${value}`)
  t.notOk(values.includes(120.5), 'never the right one')
  const others = new Set(Array.from({ length: 40 }, (_, i) => (callOnce(dynamicsOf({ ...conflict, values: [1, 2, 3] }), { args: { id: `A${i}` } }).json as { balance: number }).balance))
  t.equal(others.size, 3, 'each question has a wrong answer of its own')
  nearShare(t, overLucks(dynamicsOf({ ...conflict, when: { probability: 0.4 } }), 10_000).filter(({ faults }) => faults.length).length, 10_000, 0.4, 'share of calls')
})

t.test('consistency.source_conflict: the rows and the authority are right; in company of corruption and lost answers', async (t) => {
  const conflict = { id: 'two', kind: 'consistency.source_conflict', match: { tools: ['get_account', 'ledger'] }, field: 'balance', authority: { call: 'ledger', with: { account: 'args.id' }, field: 'holds' } }
  const episode = start([conflict])
  const { id } = payment(episode)
  const [wrong, right] = [call(episode, 'get_account', { id }), call(episode, 'ledger', { account: id })]
  t.not(wrong.json.balance, right.json.holds)
  t.match(wrong.event, { is_error: false, committed: true, faults: [{ entry: 'two', phase: 'response' }] })
  t.same(right.event.faults, [])
  t.same(episode.inspect().diff, [])
  const { authority } = dynamicsOf(conflict).entries[0]!.hooks
  const asked = authority!({ id }, wrong.json)!
  t.same([asked.call, asked.args], ['ledger', { account: id }], 'whom to ask')
  t.same(asked.mend(right.json), { ...wrong.json, balance: right.json.holds })
  t.same(callOnce(dynamicsOf({ id: 'wrong', kind: 'response.corrupted', field: 'owner' }, { id: 'lost', kind: 'connection.reset', phase: 'post_commit' }, conflict), { result: { owner: 'Ada', balance: 5 } }).faults.map(({ entry }) => entry), ['two', 'wrong', 'lost'])
  t.same(callOnce(dynamicsOf({ ...conflict, field: 'nothing' })).faults, [])
  t.match(tryDynamics({ ...conflict, authority: { call: 'pay', field: 'x' } }, { ...conflict, id: 'b', authority: { call: 'ledger', with: { account: 'nonsense(' }, field: 'x' } }).findings, [{ path: [0, 'authority', 'call'] }, { path: [1, 'authority', 'with', 'account'] }])
})

t.test('conflict.optimistic_lock: others write at their rate, within 5% over 2,000 seconds, one in each stretch', async (t) => {
  const versionAt = (start: number, more: object = {}) => (callOnce(dynamicsOf({ id: 'v', kind: 'conflict.optimistic_lock', rate: 0.5 }), { start, ...more }).json as { record_version: number }).record_version
  near(t, versionAt(2_000_000) - 1, 1000, 0.05, 'writes of others')
  near(t, versionAt(2_000_000, { intensity: 0.2 }) - 1, 200, 0.05, 'at a fifth of the intensity')
  const stretches = Array.from({ length: 2000 }, (_, n) => versionAt(n * 2000 + 1999.999) - versionAt(n * 2000))
  t.ok(stretches.every((writes) => writes <= 1) && mean(stretches) > 0.98)
  // A write that names the version of a moment ago conflicts as often as somebody wrote since.
  const conflicts = (gap: number) => Array.from({ length: 4000 }, (_, luck) => callOnce(dynamicsOf({ id: 'v', kind: 'conflict.optimistic_lock', rate: 0.5 }), { luck, tool: 'pay', start: 7000 + gap, extras: { if_version: versionAt(7000, { luck }) } })).filter(({ isError }) => isError).length
  nearShare(t, conflicts(500), 4000, 0.25, 'conflicts after half a second')
  t.equal(conflicts(0), 0)
  nearShare(t, Array.from({ length: 2000 }, (_, i) => versionAt(1000, { args: { id: `A${i}` } })).filter((version) => version === 2).length, 2000, 0.5, 'each target has writers of its own: half of them wrote in the first half of a stretch')
})

t.test('conflict.optimistic_lock: a write names the version that it was read with, and bumps it; nothing happens on a conflict', async (t) => {
  const episode = start([{ id: 'lock', kind: 'conflict.optimistic_lock' }])
  t.match(episode.observation.tools!.find(({ name }) => name === 'pay')!.input_schema, { properties: { if_version: { type: 'integer' } }, required: ['id', 'amount', 'if_version'] })
  t.notOk('if_version' in (episode.observation.tools!.find(({ name }) => name === 'log_in')!.input_schema as { properties: object }).properties, 'what writes to nothing in particular has no version')
  const { id, amount } = payment(episode)
  const version = () => call(episode, 'get_account', { id }).json.record_version as number
  t.equal(version(), 1)
  t.match(call(episode, 'pay', { id, amount }).event, { rejected: 'invalid_arguments', faults: [{ entry: 'lock' }] })
  t.match(call(episode, 'pay', { id, amount, if_version: 7 }), { content: '{"error":"Version conflict: it was changed meanwhile","status":409,"current_version":1}', event: { is_error: true, committed: false, changes: [], faults: [{ entry: 'lock', phase: 'pre_commit' }] } })
  t.same(episode.inspect().diff, [])
  t.match(call(episode, 'pay', { id, amount, if_version: 1 }), { json: { payment: 'P0001', record_version: 2 }, event: { committed: true, meant: { tool: 'pay', arguments: { id, amount } } } })
  t.equal(version(), 2)
  t.equal(call(episode, 'freeze', { id, if_version: 1 }).isError, true, 'tools share the version of what they write')
  t.equal(call(episode, 'freeze', { id, if_version: 2 }).isError, false)
  t.equal(call(episode, 'pay', { id, amount: 1_000_000, if_version: 3 }).content.includes('not enough'), true)
  t.equal(version(), 3, 'a refused write bumps nothing')
})

t.test('conflict.optimistic_lock: in company of keys, drift, errors and lost answers', async (t) => {
  const lock = { id: 'lock', kind: 'conflict.optimistic_lock' }
  const keyed = start([lock, { id: 'keys', kind: 'idempotency.key' }])
  const { id, amount } = payment(keyed)
  const pay = (if_version: number) => call(keyed, 'pay', { id, amount, if_version, idempotency_key: 'k' })
  t.equal(pay(1).event.committed, true)
  t.match(pay(1).event, { committed: false, is_error: false }, 'a repeated key is answered before any version is asked for')
  t.equal(call(keyed, 'get_account', { id }).json.record_version, 2)
  const conflicting = start([lock, { id: 'keys', kind: 'idempotency.key' }])
  t.equal(call(conflicting, 'pay', { id, amount, if_version: 9, idempotency_key: 'k' }).isError, true)
  t.equal(call(conflicting, 'pay', { id, amount, if_version: 1, idempotency_key: 'k' }).event.committed, true, 'a conflict leaves the key free')
  const lost = start([lock, { id: 'lost', kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 9 }, { id: 'abort', kind: 'error.abort', match: { tools: ['pay'] }, when: { max_occurrences: 1 } }])
  t.same([1, 1, 1].map((if_version) => call(lost, 'pay', { id, amount, if_version }).event.faults.map(({ entry }) => entry).join()), ['abort', 'lost', 'lock'], 'a blind retry with the old version is refused')
  t.equal(changedRows(lost, 'payments').length, 1)
  const drifted = start([{ id: 'drift', kind: 'schema.drift', rename: 'camel', retype: { amount: 'string' } }, lock])
  t.equal(call(drifted, 'pay', { id, amount: String(amount), if_version: 1 }).event.committed, true, 'the dynamics\' own arguments keep their names')
  t.equal(calls(drifted).length, 1)
})
