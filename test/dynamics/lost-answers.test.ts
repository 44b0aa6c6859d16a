/** Kinds in which the answer is lost or the request comes twice, the key that makes repeating safe, and the story of the lost acknowledgement. */
import t from 'tap'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { Episode } from '../../src/episode/episode.ts'
import { seedOf } from '../checkout.ts'
import { call, callOnce, calls, changedRows, DESK, dynamicsOf, effects, mean, nearShare, overCalls, overLucks, payment, quantile, slotsOf, start, verdictOf, wait } from './dynamics-under-test.ts'

/** Amounts of the payments of pay_once's account, as the agent reads them. */
function booked(episode: Episode): number[] {
  return call(episode, 'get_account', { id: payment(episode).id }).json.payments
}

/** Ends the task and gives its reward and the categories of what went wrong. */
/** What lowered the reward. */
function blamed(episode: Episode): string[] {
  return verdictOf(episode).issues.filter(({ verdict }) => verdict !== 'note').map(({ category }) => category)
}

function finish(episode: Episode): { reward: number | null; issues: string[] } {
  const { reward } = call(episode, 'finish').outcome
  return { reward, issues: blamed(episode) }
}

t.test('timeout.pre_commit: its share of calls within 4 standard errors, and always its deadline', async (t) => {
  const entry = { kind: 'timeout.pre_commit', deadline_ms: 4000, when: { probability: 0.2 } }
  const all = overLucks(dynamicsOf({ kind: 'latency.lognormal', p50: 100, p99: 900 }, entry), 20_000)
  const lost = all.filter(({ isError }) => isError)
  nearShare(t, lost.length, 20_000, 0.2, 'share')
  t.ok(lost.every(({ latency, content }) => latency === 4000 && content === 'Timeout: no response within 4000 ms'))
})

t.test('timeout.pre_commit: nothing happened, it reads like any timeout, and it comes before all else', async (t) => {
  const episode = start([{ id: 'slow', kind: 'timeout.pre_commit', deadline_ms: 4000, when: { max_occurrences: 1 } }, { id: 'limit', kind: 'rate_limit.token_bucket', rate: 1, burst: 9 }, { id: 'dup', kind: 'delivery.duplicate' }])
  const lost = call(episode, 'pay', payment(episode))
  t.match(lost.event, { content: 'Timeout: no response within 4000 ms', is_error: true, committed: false, applications: 0, changes: [], at: 0, returns_at: 4000, faults: [{ entry: 'slow', phase: 'pre_commit' }] })
  t.same(lost.event.faults.length, 1)
  wait(episode, 10_000)
  t.same(booked(episode), [])
  t.same(effects(episode), [])
})

t.test('timeout.post_commit: the deadline passes, it happened at its share, the delay has its distribution', async (t) => {
  const lost = overLucks(dynamicsOf({ kind: 'timeout.post_commit', deadline_ms: 8000, committed: 0.7 }), 10_000, { tool: 'pay' })
  t.ok(lost.every(({ latency, content, isError }) => latency === 8000 && content === 'Timeout: no response within 8000 ms' && isError))
  nearShare(t, lost.filter(({ mode }) => mode === 'run').length, 10_000, 0.7, 'share that happened')
  t.ok(lost.every(({ mode, faults }) => faults.length === 1 && faults[0]!.phase === (mode === 'run' ? 'post_commit' : 'pre_commit')))
  const late = overLucks(dynamicsOf({ kind: 'timeout.post_commit', deadline_ms: 8000, commit_delay: { p50: 900, p99: 9000, cap: 12_000 } }), 10_000, { tool: 'pay' })
  t.ok(late.every(({ mode }) => mode === 'later'))
  t.ok(Math.abs(quantile(late.map(({ delay }) => delay), 0.5) / 900 - 1) < 0.06 && Math.abs(quantile(late.map(({ delay }) => delay), 0.99) / 9000 - 1) < 0.15)
  const reads = overLucks(dynamicsOf({ kind: 'timeout.post_commit', deadline_ms: 8000, commit_delay: { ms: 500 } }), 20)
  t.ok(reads.every(({ mode }) => mode === 'run'), 'a read leaves nothing for later')
})

t.test('timeout.post_commit: the rows before and after, at once, late, hidden, and both', async (t) => {
  const lose = (more: object = {}, options = {}) => start([{ id: 'lost', kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 2000, when: { max_occurrences: 1 }, ...more }], options)
  const now = lose()
  t.match(call(now, 'pay', payment(now)).event, { is_error: true, committed: true, applications: 1, changes: [{ table: 'accounts', op: 'update' }, { table: 'payments', op: 'insert' }], returns_at: 2000, unseen: true, result: { payment: 'P0001' } })
  t.match(changedRows(now, 'payments'), [{ key: 'P0001', cause: 'agent' }])
  t.same(booked(now), [payment(now).amount])

  const late = lose({ commit_delay: { ms: 5000 } })
  t.match(call(late, 'pay', payment(late)).event, { committed: false, changes: [] })
  t.same(late.inspect().diff, [])
  t.same(booked(late), [], 'who reads back too early sees nothing')
  wait(late, 2999)
  t.same(booked(late), [])
  wait(late, 1)
  t.same(booked(late), [payment(late).amount])
  t.match(effects(late), [{ at: 5000, call: calls(late)[0]!.index, cause: 'agent', committed: true, changes: [{ cause: 'agent' }, { cause: 'agent' }] }])

  const hidden = lose({ visibility_lag_ms: 5000 })
  t.match(call(hidden, 'pay', payment(hidden)).event, { committed: true })
  t.equal(changedRows(hidden, 'payments').length, 1)
  t.same(booked(hidden), [], 'it happened, and reads do not see it')
  wait(hidden, 3000)
  t.same(booked(hidden), [payment(hidden).amount])

  const both = lose({ commit_delay: { ms: 3000 }, visibility_lag_ms: 4000 })
  call(both, 'pay', payment(both))
  wait(both, 1500)
  t.equal(changedRows(both, 'payments').length, 1, 'committed at 3000')
  t.same(booked(both), [], 'and hidden until 7000')
  wait(both, 3499)
  t.same(booked(both), [])
  wait(both, 1)
  t.same(booked(both), [payment(both).amount])

  const twice = lose({ visibility_lag_ms: 5000, when: { max_occurrences: 2 } })
  call(twice, 'pay', payment(twice))
  call(twice, 'pay', payment(twice))
  t.same([changedRows(twice, 'payments').length, booked(twice).length], [2, 0], 'of two that are hidden neither is seen')
  wait(twice, 1000)
  t.equal(booked(twice).length, 1, 'the first one from 5000 on')
  wait(twice, 2000)
  t.equal(booked(twice).length, 2)

  const unfinished = lose({ commit_delay: { ms: 50_000 } })
  call(unfinished, 'pay', payment(unfinished))
  t.equal(finish(unfinished).reward, 1, 'what was asked for happens before the score')
})

t.test('timeout.post_commit: in company of limits, aborts, other losses and spoiled answers', async (t) => {
  const lost = { id: 'lost', kind: 'timeout.post_commit', deadline_ms: 5000 }
  const entries = [lost, { id: 'limit', kind: 'rate_limit.token_bucket', rate: 0.01, burst: 2 }, { id: 'abort', kind: 'error.abort', when: { every: 2 } }]
  t.same(overCalls(dynamicsOf(...entries), 3, { tool: 'pay' }).map(({ faults }) => faults.map(({ entry }) => entry).join()), ['lost', 'abort', 'limit'])
  const twice = callOnce(dynamicsOf({ ...lost, id: 'first', deadline_ms: 7000 }, { ...lost, id: 'second', deadline_ms: 3000 }, { id: 'reset', kind: 'connection.reset', phase: 'post_commit' }), { tool: 'pay' })
  t.same([twice.content, twice.latency, twice.faults.map(({ entry }) => entry)], ['Timeout: no response within 7000 ms', 7000, ['first']], 'an answer is lost once')
  const spoiled = callOnce(dynamicsOf({ kind: 'response.corrupted' }, { kind: 'response.truncated', bytes: 5 }, { kind: 'response.malformed' }, lost), { tool: 'pay' })
  t.equal(spoiled.content, 'Timeout: no response within 5000 ms')
  const failing = start([{ ...lost, when: { max_occurrences: 1 } }])
  t.match(call(failing, 'pay', { id: 'nobody', amount: 5 }).event, { committed: false, changes: [], content: 'Timeout: no response within 5000 ms' }, 'a refusal of the tool is lost like any answer')
  const read = start([lost])
  t.match(call(read, 'get_account', { id: 'nobody' }).event, { is_error: true, content: 'Timeout: no response within 5000 ms' })
  const doubled = start([{ ...lost, match: { effect: 'write' }, commit_delay: { ms: 4000 } }, { id: 'dup', kind: 'delivery.duplicate', gap_ms: 500 }])
  call(doubled, 'pay', payment(doubled))
  t.match(effects(doubled), [{ at: 4000, cause: 'agent' }, { at: 4500, cause: 'fault' }])
})

t.test('connection.reset: its share within 4 standard errors, before the commit and after it', async (t) => {
  nearShare(t, overLucks(dynamicsOf({ kind: 'connection.reset', when: { probability: 0.1 } }), 20_000).filter(({ isError }) => isError).length, 20_000, 0.1, 'share before')
  const after = overLucks(dynamicsOf({ kind: 'connection.reset', phase: 'post_commit', when: { probability: 0.1 } }), 20_000)
  nearShare(t, after.filter(({ isError }) => isError).length, 20_000, 0.1, 'share after')
  t.ok(after.every(({ mode }) => mode === 'run'))
})

t.test('connection.reset: the rows before and after, one surface for both, in company', async (t) => {
  for (const phase of ['pre_commit', 'post_commit'] as const) {
    const episode = start([{ id: 'cut', kind: 'connection.reset', phase, match: { tools: ['pay'] } }, { kind: 'latency.constant', ms: 250 }])
    const { event } = call(episode, 'pay', payment(episode))
    t.match(event, { content: 'Connection error: connection reset by peer', is_error: true, committed: phase === 'post_commit', returns_at: 250, faults: [{ entry: 'cut', phase }] })
    t.same(booked(episode), phase === 'post_commit' ? [payment(episode).amount] : [])
  }
  const order = (...entries: object[]) => callOnce(dynamicsOf(...entries), { tool: 'pay' }).faults.map(({ entry }) => entry)
  const [cut, cutAfter] = [{ id: 'cut', kind: 'connection.reset' }, { id: 'cut-after', kind: 'connection.reset', phase: 'post_commit' }]
  t.same(order(cutAfter, { id: 'abort', kind: 'error.abort' }), ['abort'])
  t.same(order(cut, { id: 'slow', kind: 'timeout.pre_commit', deadline_ms: 9 }), ['slow'])
  t.same(order({ id: 'empty', kind: 'response.empty' }, cutAfter, { id: 'dup', kind: 'delivery.duplicate' }), ['dup', 'empty', 'cut-after'])
})

t.test('delivery.duplicate: its share within 4 standard errors, of writes alone', async (t) => {
  const dynamics = dynamicsOf({ kind: 'delivery.duplicate', gap_ms: 700, when: { probability: 0.25 } })
  const twice = overLucks(dynamics, 20_000, { tool: 'pay' }).filter(({ again }) => again !== undefined)
  nearShare(t, twice.length, 20_000, 0.25, 'share')
  t.ok(twice.every(({ again, isError, content }) => again === 700 && !isError && content.includes('A00001')))
  t.ok(overLucks(dynamics, 200).every(({ again }) => again === undefined))
})

t.test('delivery.duplicate: the second effect comes later, is the fault of nobody, and is not shown', async (t) => {
  const episode = start([{ id: 'dup', kind: 'delivery.duplicate', gap_ms: 700, when: { max_occurrences: 1 } }])
  const paid = call(episode, 'pay', payment(episode))
  t.match(paid.event, { is_error: false, committed: true, applications: 1, faults: [{ entry: 'dup', phase: 'post_commit' }] })
  t.same(paid.json, { payment: 'P0001', balance: paid.json.balance })
  t.equal(changedRows(episode, 'payments').length, 1)
  wait(episode, 700)
  t.match(changedRows(episode, 'payments'), [{ key: 'P0001', cause: 'agent' }, { key: 'P0002', cause: 'fault' }])
  t.match(effects(episode), [{ at: 700, cause: 'fault', committed: true, call: paid.event.index }])
  t.not(finish(episode).issues.includes('duplicate_effect'), true, 'a duplicated delivery is not the damage of the agent')
  const frugal = start([{ kind: 'delivery.duplicate' }])
  const balance = call(frugal, 'get_account', { id: payment(frugal).id }).json.balance as number
  call(frugal, 'pay', { id: payment(frugal).id, amount: Math.floor(balance * 0.6) })
  t.match(effects(frugal), [{ committed: false, cause: 'fault', changes: [] }], 'the second one is refused where the tool refuses it')
})

t.test('delivery.duplicate: in company of errors, jobs, parts of batches and keys', async (t) => {
  const dup = { id: 'dup', kind: 'delivery.duplicate', gap_ms: 100 }
  const failed = start([dup, { id: 'abort', kind: 'error.abort' }])
  call(failed, 'pay', payment(failed))
  wait(failed, 1000)
  t.same(effects(failed), [], 'what was refused is not delivered twice')
  const job = start([dup, { id: 'job', kind: 'async.job', match: { effect: 'write' }, poll_ms: 10, completion: { ms: 2000 } }])
  call(job, 'pay', payment(job))
  wait(job, 3000)
  t.match(effects(job), [{ at: 2000, cause: 'agent' }, { at: 2100, cause: 'fault' }])
  const part = start([dup, { id: 'part', kind: 'response.partial_batch', share: 0.5 }], { luck: 3 })
  const answer = call(part, 'pay_all', { id: payment(part).id, amounts: [1, 2, 3, 4, 5, 6] }).json
  const passed = answer.results.filter(({ status }: { status: number }) => status === 200).length
  t.ok(passed > 0 && passed < 6)
  wait(part, 1000)
  t.equal(changedRows(part, 'payments').length, 2 * passed, 'only what arrived arrives again')
  const keyed = start([dup, { id: 'keys', kind: 'idempotency.key' }])
  call(keyed, 'pay', { ...payment(keyed), idempotency_key: 'k' })
  wait(keyed, 1000)
  t.equal(changedRows(keyed, 'payments').length, 1, 'under a key the second one does nothing')
  call(keyed, 'pay', payment(keyed))
  wait(keyed, 1000)
  t.equal(changedRows(keyed, 'payments').length, 3)
})

t.test('idempotency.key: the stored answer, its time to live, other arguments; 200 keys have 200 effects whatever is repeated', async (t) => {
  const episode = start([{ id: 'keys', kind: 'idempotency.key', ttl_ms: 10_000, mismatch_status: 422 }])
  const { id } = payment(episode)
  const pay = (key: string, amount: number) => call(episode, 'pay', { id, amount, idempotency_key: key })
  const first = pay('one', 5)
  const again = pay('one', 5)
  t.equal(again.content, first.content)
  t.match(again.event, { committed: false, changes: [], faults: [], is_error: false })
  t.match(pay('one', 6).event, { content: '{"error":"The idempotency key was used with other arguments","status":422}', is_error: true, committed: false })
  t.equal(pay('two', 5).event.committed, true)
  t.equal(call(episode, 'pay', { id, amount: 5 }).event.committed, true, 'the key is optional')
  wait(episode, 9999)
  t.equal(pay('one', 5).event.committed, false)
  wait(episode, 1)
  t.equal(pay('one', 5).event.committed, true, 'after its time to live a key is new')
  const many = start([{ kind: 'idempotency.key' }])
  let made = 0
  for (let i = 0; i < 600; i++) if (call(many, 'pay', { id, amount: 0.01, idempotency_key: `k${(i * 7919) % 200}` }).event.committed) made++
  t.equal(made, 200)
})

t.test('idempotency.key: the tools take it, refusals leave it free, tools and keys are apart', async (t) => {
  const episode = start([{ id: 'keys', kind: 'idempotency.key', param: 'request_id', match: { tools: ['pay', 'freeze'] } }])
  const shown = new Map(episode.observation.tools!.map((tool) => [tool.name, tool.input_schema as { properties: Record<string, any>; required: string[] }]))
  t.match(shown.get('pay'), { properties: { id: {}, amount: {}, request_id: { type: 'string' } }, required: ['id', 'amount'] })
  t.notOk('request_id' in shown.get('pay_all')!.properties)
  t.notOk('request_id' in shown.get('get_account')!.properties, 'reads take none')
  const { id } = payment(episode)
  t.equal(call(episode, 'pay', { id, amount: 1_000_000, request_id: 'k' }).isError, true)
  t.equal(call(episode, 'pay', { id, amount: 1, request_id: 'k' }).event.committed, true, 'a refused call leaves the key free')
  t.equal(call(episode, 'freeze', { id, request_id: 'k' }).event.committed, true, 'each tool has keys of its own')
  t.match(call(episode, 'pay', { id, amount: 2, request_id: 7 }).event, { rejected: 'invalid_arguments', content: 'Invalid arguments for pay: request_id: expected a string, got 7' })
  t.match(call(episode, 'pay', { id, amount: 2, idempotency_key: 'k' }).event, { rejected: 'invalid_arguments' })
  t.match(call(episode, 'pay', { id, amount: 2, request_id: '' }).event, { rejected: 'invalid_arguments' })
  for (const taken of [{ kind: 'idempotency.key', param: 'id' }, { kind: 'conflict.optimistic_lock', param: 'amount' }, { kind: 'pagination.cursor_expiry', page_size: 5, ttl_ms: 5, param: 'owner' }]) {
    const kept = start([taken])
    t.same(kept.observation.tools!.filter(({ name }) => ['pay', 'list_accounts'].includes(name)), start([]).observation.tools!.filter(({ name }) => ['pay', 'list_accounts'].includes(name)), 'a tool keeps an argument that it has')
    t.equal(call(kept, 'pay', payment(kept)).event.committed, true)
  }
})

t.test('idempotency.key: in company of lost answers, late commits, errors, parts of batches, lost writes and duplicates', async (t) => {
  const keys = { id: 'keys', kind: 'idempotency.key' }
  const late = start([keys, { kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 1000, commit_delay: { ms: 3000 }, when: { max_occurrences: 1 } }, { kind: 'delivery.duplicate' }])
  const again = () => call(late, 'pay', { ...payment(late), idempotency_key: 'k' })
  again()
  t.match(again().event, { content: '{"error":"A request with this idempotency key is in progress","status":409}', committed: false })
  wait(late, 2500)
  t.match(again().json, { payment: 'P0001' }, 'once it happened its answer is there')
  t.same(booked(late), [payment(late).amount])

  const expired = start([{ ...keys, ttl_ms: 2000 }, { kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 1000, commit_delay: { ms: 9000 }, when: { max_occurrences: 1 } }])
  call(expired, 'pay', { ...payment(expired), idempotency_key: 'k' })
  wait(expired, 1000)
  t.equal(call(expired, 'pay', { ...payment(expired), amount: 1_000_000, idempotency_key: 'k' }).isError, true, 'a key that has expired is free')
  wait(expired, 9000)
  t.equal(effects(expired).length, 1)
  t.equal(call(expired, 'pay', { ...payment(expired), amount: 0.5, idempotency_key: 'k' }).event.committed, true, 'and stays so when its first request happens at last')

  const refused = start([keys, { kind: 'error.abort', when: { max_occurrences: 1 } }])
  t.equal(call(refused, 'pay', { ...payment(refused), idempotency_key: 'k' }).isError, true)
  t.equal(call(refused, 'pay', { ...payment(refused), idempotency_key: 'k' }).event.committed, true)
  const uncommitted = start([keys, { kind: 'timeout.post_commit', deadline_ms: 9, committed: 0, when: { max_occurrences: 1 } }])
  call(uncommitted, 'pay', { ...payment(uncommitted), idempotency_key: 'k' })
  t.equal(call(uncommitted, 'pay', { ...payment(uncommitted), idempotency_key: 'k' }).event.committed, true, 'what never reached the tool leaves the key free')

  const part = start([keys, { id: 'part', kind: 'response.partial_batch', share: 0.5 }], { luck: 3 })
  const args = { id: payment(part).id, amounts: [1, 2, 3, 4, 5, 6], idempotency_key: 'k' }
  const first = call(part, 'pay_all', args)
  t.match(first.json, { status: 'partial' })
  const rows = changedRows(part, 'payments').length
  const repeated = call(part, 'pay_all', args)
  t.equal(repeated.content, first.content, 'what failed is in the stored answer too')
  t.equal(changedRows(part, 'payments').length, rows)

  const vanished = start([keys, { id: 'noop', kind: 'consistency.silent_noop', when: { max_occurrences: 1 } }])
  t.equal(call(vanished, 'pay', { ...payment(vanished), idempotency_key: 'k' }).isError, false)
  t.equal(call(vanished, 'pay', { ...payment(vanished), idempotency_key: 'k' }).event.committed, true, 'a write that vanished took its key along')
})

/** Story of the issue: what a caller does about a payment whose answer never came. */
t.test('the lost acknowledgement: a blind retry pays twice and is caught; reading back or a key pays once', async (t) => {
  const lost = { id: 'lost', kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 5000, when: { max_occurrences: 1 } }
  const begin = (seed: number, ...more: object[]) => start([lost, ...more], { seed })
  for (let i = 0; i < 20; i++) {
    const seed = seedOf('lost', i)

    const blind = begin(seed)
    t.match(call(blind, 'pay', payment(blind)), { content: 'Timeout: no response within 5000 ms', isError: true })
    t.equal(call(blind, 'pay', payment(blind)).isError, false)
    t.equal(changedRows(blind, 'payments').length, 2)
    t.same(finish(blind), { reward: 0, issues: blamed(blind) })
    t.ok(verdictOf(blind).issues.some(({ category }) => category === 'duplicate_effect'))

    const careful = begin(seed)
    call(careful, 'pay', payment(careful))
    if (!booked(careful).includes(payment(careful).amount)) call(careful, 'pay', payment(careful))
    t.same(finish(careful), { reward: 1, issues: [] })

    const keyed = begin(seed, { id: 'keys', kind: 'idempotency.key' })
    for (let tries = 0; tries < 3 && call(keyed, 'pay', { ...payment(keyed), idempotency_key: 'payment-1' }).isError; tries++) wait(keyed, 1000)
    t.equal(changedRows(keyed, 'payments').length, 1)
    t.same(finish(keyed), { reward: 1, issues: [] })
  }
})

t.test('the lost acknowledgement, committed late or hidden: reading back too early shows nothing and retrying then pays twice; patience or a key pays once', async (t) => {
  for (const later of [{ commit_delay: { ms: 9000 } }, { visibility_lag_ms: 9000 }, { commit_delay: { ms: 6000 }, visibility_lag_ms: 3000 }]) {
    const lost = { id: 'lost', kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 5000, when: { max_occurrences: 1 }, ...later }
    const hasty = start([lost])
    call(hasty, 'pay', payment(hasty))
    t.same(booked(hasty), [])
    call(hasty, 'pay', payment(hasty))
    const { reward, issues } = finish(hasty)
    t.equal(reward, 0, JSON.stringify(later))
    t.ok(issues.includes('duplicate_effect'))

    const patient = start([lost])
    call(patient, 'pay', payment(patient))
    wait(patient, 4000)
    t.same(booked(patient), [payment(patient).amount])
    t.equal(finish(patient).reward, 1)

    const keyed = start([lost, { id: 'keys', kind: 'idempotency.key' }])
    for (let tries = 0; tries < 9 && call(keyed, 'pay', { ...payment(keyed), idempotency_key: 'k' }).isError; tries++) wait(keyed, 1000)
    t.equal(finish(keyed).reward, 1)
    t.equal(changedRows(keyed, 'payments').length, 1)
  }
})

t.test('the lost acknowledgement, played by the built-in policies', async (t) => {
  const dynamics = { profile: 'none', add: [{ id: 'lost', kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 5000, when: { max_occurrences: 1 } }] }
  const rewards = (policy: string) => mean(Array.from({ length: 20 }, (_, i) => {
    const episode = Episode.start(DESK, { seed: seedOf('lost', i), task: 'pay_once', options: { dynamics } })
    return playOut(episode, createPolicy(policy, episode)!)!
  }))
  t.equal(rewards('naive'), 0)
  t.equal(rewards('robust'), 1)
})

t.test('idempotency.key: what fails late leaves the key free, as what fails at once does', async (t) => {
  const deposit = { id: 'deposit', kind: 'world.event', at_ms: 5000, do: [{ each: 'a in accounts.filter(x, true)', do: [{ set: { 'accounts[a.id].balance': "a.balance + usd('5000')" } }] }] }
  const episode = start([{ id: 'keys', kind: 'idempotency.key' }, { id: 'lost', kind: 'timeout.post_commit', deadline_ms: 1000, commit_delay: { ms: 2000 }, match: { tools: ['pay'] }, when: { max_occurrences: 1 } }, deposit])
  const { account } = slotsOf(episode)
  const pay = () => call(episode, 'pay', { id: account.id, amount: 2000, idempotency_key: 'k' })
  t.ok(pay().isError)
  wait(episode, 3000)
  t.match(effects(episode), [{ committed: false }], 'there was not enough')
  wait(episode, 3000)
  const again = pay()
  t.notOk(again.isError, 'now there is')
  t.ok(again.event.committed)
  t.notOk(pay().event.committed, 'and its answer is kept')
})
