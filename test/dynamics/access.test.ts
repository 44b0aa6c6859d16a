/** Kinds about who may call: sessions that expire, scopes that are missing. */
import t from 'tap'
import { call, callOnce, type CallOptions, changedRows, dynamicsOf, lineOf, nearShare, overCalls, overLucks, payment, start, tryDynamics, wait } from './dynamics-under-test.ts'

const at = (...starts: number[]) => (i: number): CallOptions => ({ start: starts[i]! })

t.test('auth.expiry: exactly after its time to live, longer at a lower intensity, at its share within 4 standard errors', async (t) => {
  const session = { kind: 'auth.expiry', ttl_ms: 1000 }
  t.equal(lineOf(overCalls(dynamicsOf(session), 4, at(0, 999, 1000, 90_000))), '..xx')
  t.equal(lineOf(overCalls(dynamicsOf(session), 4, (i) => ({ start: [0, 1999, 2000, 90_000][i]!, intensity: 0.5 }))), '..xx')
  nearShare(t, overLucks(dynamicsOf({ ...session, when: { probability: 0.35 } }), 10_000, { start: 5000 }).filter(({ isError }) => isError).length, 10_000, 0.35, 'share of late calls')
  nearShare(t, overLucks(dynamicsOf({ ...session, when: { probability: 0.35 } }), 10_000, { start: 500 }).filter(({ isError }) => isError).length, 10_000, 0, 'and of early ones')
})

t.test('auth.expiry: nothing happened, a tool that is added begins a new session, again and again', async (t) => {
  const episode = start([{ id: 'session', kind: 'auth.expiry', ttl_ms: 5000 }])
  t.match(episode.observation.tools!.find(({ name }) => name === 'refresh_session'), { description: 'Begins a new session; the old one ends.', input_schema: { type: 'object', properties: {}, additionalProperties: false } })
  wait(episode, 5000)
  const refused = call(episode, 'pay', payment(episode))
  t.match(refused.event, { content: '{"error":"The session has expired; refresh_session begins a new one","status":401}', is_error: true, committed: false, changes: [], faults: [{ entry: 'session', phase: 'pre_commit' }] })
  t.same(episode.inspect().diff, [])
  t.match(call(episode, 'refresh_session', { now: true }).event, { rejected: 'invalid_arguments' })
  t.match(call(episode, 'refresh_session'), { content: '{"session":"renewed","expires_in":5}', ms: 200, event: { is_error: false, committed: false, changes: [] } })
  t.equal(call(episode, 'pay', payment(episode)).event.committed, true)
  wait(episode, 4999)
  t.equal(call(episode, 'get_account', { id: 'A' }).event.faults.length, 0)
  wait(episode, 1)
  t.equal(call(episode, 'pay', payment(episode)).event.faults.length, 1, 'expires_in was true')
  t.equal(changedRows(episode, 'payments').length, 1)
})

t.test('auth.expiry: a tool of the world renews it, whatever the entry matches; sessions are shared; in company', async (t) => {
  const session = { id: 'session', kind: 'auth.expiry', ttl_ms: 1000, tool: 'log_in', match: { tools: ['pay'], where: 'args.amount > 0' } }
  const episode = start([session, { ...session, id: 'reads', match: { effect: 'read' } }])
  t.notOk(episode.observation.tools!.some(({ name }) => name === 'refresh_session'))
  wait(episode, 1000)
  t.match(call(episode, 'pay', payment(episode)).content, /log_in begins a new one/)
  t.match(call(episode, 'ledger', { account: payment(episode).id }).event, { is_error: true, faults: [{ entry: 'reads' }] })
  t.equal(call(episode, 'log_in').isError, false, 'the tool that renews does not need a session')
  t.equal(call(episode, 'pay', payment(episode)).event.committed, true)
  t.equal(call(episode, 'ledger', { account: payment(episode).id }).isError, false, 'one session for both entries')
  const failing = start([{ ...session, match: {} }, { id: 'sorry', kind: 'response.error_in_success', match: { tools: ['log_in'] }, when: { max_occurrences: 1 } }, { id: 'lost', kind: 'timeout.post_commit', match: { tools: ['log_in'] }, deadline_ms: 100 }])
  wait(failing, 1000)
  call(failing, 'log_in')
  t.match(call(failing, 'pay', payment(failing)).event.faults, [{ entry: 'session' }], 'a session that was not begun')
  t.equal(call(failing, 'log_in').isError, true)
  t.equal(call(failing, 'pay', payment(failing)).event.committed, true, 'one that was, though the answer was lost')
  const order = (...entries: object[]) => callOnce(dynamicsOf(...entries), { tool: 'pay', args: { id: 'A', amount: 1 }, start: 9999 }).faults.map(({ entry }) => entry)
  t.same(order({ id: 'limit', kind: 'rate_limit.quota', total: 1, reset_ms: 9 }, { id: 'abort', kind: 'error.abort' }, session), ['session'])
  t.same(order({ id: 'slow', kind: 'timeout.pre_commit', deadline_ms: 9 }, session), ['slow'])
  t.match(tryDynamics({ id: 'a', kind: 'auth.expiry', ttl_ms: 5 }, { id: 'b', kind: 'auth.expiry', ttl_ms: 6 }).findings, [{ path: [1], message: "another entry adds a tool 'refresh_session' that means something else" }])
  t.same(tryDynamics({ id: 'a', kind: 'auth.expiry', ttl_ms: 5 }, { id: 'b', kind: 'auth.expiry', ttl_ms: 5 }, { id: 'c', kind: 'auth.expiry', ttl_ms: 6, tool: 'other' }).findings, [])
})

t.test('auth.scope: drawn once for each tool, at its share within 4 standard errors', async (t) => {
  const scope = { kind: 'auth.scope', scope: 'desk:write', grant: 'ask', when: { probability: 0.4 } }
  nearShare(t, overLucks(dynamicsOf(scope), 10_000).filter(({ isError }) => isError).length, 10_000, 0.4, 'share of lucks')
  nearShare(t, overLucks(dynamicsOf(scope), 10_000, { intensity: 0.5 }).filter(({ isError }) => isError).length, 10_000, 0.2, 'at half the intensity')
  for (let luck = 0; luck < 30; luck++) t.match(lineOf(overCalls(dynamicsOf(scope), 5, { luck })), /^(x{5}|\.{5})$/)
  t.equal(lineOf(overCalls(dynamicsOf({ ...scope, when: { window: { from_ms: 10, to_ms: 20 } } }), 3, at(9, 10, 20))), '.x.')
})

t.test('auth.scope: nothing happened, the grant is asked for once, without one it is impossible; in company', async (t) => {
  const scope = { id: 'scope', kind: 'auth.scope', match: { tools: ['pay'] }, scope: 'desk:write', grant: 'ask_permission' }
  const episode = start([scope, { ...scope, id: 'more', match: { tools: ['freeze'] } }])
  t.ok(episode.observation.tools!.some(({ name }) => name === 'ask_permission'))
  t.match(call(episode, 'pay', payment(episode)).event, { content: `{"error":"Missing permission 'desk:write'; ask_permission asks for it","status":403}`, is_error: true, committed: false, changes: [], faults: [{ entry: 'scope', phase: 'pre_commit' }] })
  t.equal(call(episode, 'get_account', { id: payment(episode).id }).isError, false)
  t.match(call(episode, 'ask_permission'), { content: '{"granted":"desk:write"}', ms: 200 })
  t.equal(call(episode, 'pay', payment(episode)).event.committed, true)
  t.equal(call(episode, 'freeze', { id: payment(episode).id }).isError, false, 'a scope is granted, not a tool')
  const never = start([{ id: 'scope', kind: 'auth.scope', match: { tools: ['pay'] }, scope: 'desk:write' }])
  t.match(call(never, 'pay', payment(never)).event, { content: `{"error":"Missing permission 'desk:write'","status":403}`, faults: [{ entry: 'scope', unable: true }] })
  t.match(call(never, 'report_unable', { reason: 'no permission' }).outcome, { reward: 1 }, 'saying so is the success')
  const order = (...entries: object[]) => callOnce(dynamicsOf(...entries), { tool: 'pay', start: 9999 }).faults.map(({ entry }) => entry)
  t.same(order(scope, { id: 'session', kind: 'auth.expiry', ttl_ms: 5 }), ['session'], 'first who, then what')
  t.same(order({ id: 'abort', kind: 'error.abort' }, { id: 'limit', kind: 'rate_limit.quota', total: 1, reset_ms: 9 }, scope), ['scope'])
  t.match(tryDynamics({ ...scope, grant: 'pay' }).findings, [{ path: [0, 'grant'] }])
  t.match(tryDynamics(scope, { ...scope, id: 'b', scope: 'other' }).findings, [{ path: [1], expected: 'another name for the tool' }])
  t.match(tryDynamics(scope, { id: 'b', kind: 'async.job', poll_ms: 1, completion: { ms: 1 }, tool: 'ask_permission' }).findings, [{ path: [1] }])
})
