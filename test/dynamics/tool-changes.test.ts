/** Kinds in which the tools themselves change: their arguments, their names, which of them there are. */
import t from 'tap'
import type { Episode } from '../../src/episode/episode.ts'
import { call, changedRows, nearShare, payment, start, tryDynamics, wait } from './dynamics-under-test.ts'

/** Input schemas of the tools that an observation shows, by name. */
function shownTools({ observation }: Episode): Map<string, { description: string; properties: Record<string, any>; required: string[] }> {
  return new Map((observation.tools ?? []).map(({ name, description, input_schema }) => [name, { description, ...(input_schema as { properties: Record<string, any>; required: string[] }) }]))
}

const drift = { id: 'drift', kind: 'schema.drift', match: { tools: ['pay'] } }

t.test('schema.drift: on at the share of lucks that it states, within 4 standard errors, and for the whole of its window', async (t) => {
  const lucks = Array.from({ length: 2000 }, (_, luck) => shownTools(start([{ ...drift, rename: { id: 'account' }, when: { probability: 0.3 } }], { luck })).get('pay')!)
  nearShare(t, lucks.filter(({ properties }) => 'account' in properties).length, 2000, 0.3, 'share')
  nearShare(t, Array.from({ length: 2000 }, (_, luck) => shownTools(start([{ ...drift, rename: { id: 'account' }, when: { probability: 0.3 } }], { luck, intensity: 0.5 })).get('pay')!).filter(({ properties }) => 'account' in properties).length, 2000, 0.15, 'at half the intensity')
})

t.test('schema.drift: names, types, units and new arguments: the shown form works, the old one is refused and nothing happens', async (t) => {
  const episode = start([{ ...drift, rename: { id: 'account_ref' }, unit: { amount: { factor: 100, name: 'amount_cents', about: 'In cents.' } }, require: { channel: ['desk', 'phone'] } }])
  const pay = shownTools(episode).get('pay')!
  t.match(pay, { properties: { account_ref: { type: 'string' }, amount_cents: { type: 'number', description: 'In cents.' }, channel: { type: 'string', enum: ['desk', 'phone'] } }, required: ['account_ref', 'amount_cents', 'channel'] })
  const { id, amount } = payment(episode)
  const old = call(episode, 'pay', { id, amount })
  t.match(old.event, { rejected: 'invalid_arguments', committed: false, changes: [], faults: [{ entry: 'drift', kind: 'schema.drift', phase: 'pre_commit' }] })
  t.equal(old.content, 'Invalid arguments for pay: account_ref: required, but missing')
  t.same(episode.inspect().diff, [])
  const right = call(episode, 'pay', { account_ref: id, amount_cents: amount * 100, channel: 'phone' })
  t.match(right.event, { committed: true, faults: [], meant: { tool: 'pay', arguments: { id, amount } } })
  t.equal(changedRows(episode, 'payments')[0]!.row.amount, amount * 100)
  t.match(call(episode, 'pay', { account_ref: id, amount_cents: 1, channel: 'mail' }).content, 'Invalid arguments for pay: channel: expected one of "desk", "phone", got "mail"')
  t.equal(call(episode, 'pay', { account_ref: id, amount_cents: 12.345, channel: 'desk' }).event.rejected, 'invalid_arguments', 'what is no multiple of a cent is none in cents either')
  const text = start([{ ...drift, retype: { amount: 'string' } }])
  t.match(shownTools(text).get('pay')!.properties.amount, { type: 'string', description: 'As text.' })
  t.match(call(text, 'pay', { id, amount: 5 }).content, 'Invalid arguments for pay: amount: expected a string, got 5')
  for (const wrong of ['five', '1e1', '', ' 5', '0x5', '5.', 'NaN', '1'.repeat(400)]) t.equal(call(text, 'pay', { id, amount: wrong }).event.committed, false, wrong)
  t.equal(call(text, 'pay', { id, amount: '5.25' }).event.committed, true)
  t.equal(changedRows(text, 'payments')[0]!.row.amount, 525)
  const camel = start([{ id: 'camel', kind: 'schema.drift', rename: 'camel' }, { id: 'lock', kind: 'conflict.optimistic_lock' }])
  t.ok('if_version' in shownTools(camel).get('pay')!.properties, 'what the dynamics ask for keeps its name')
})

t.test('schema.drift: what it cannot move stays as it is', async (t) => {
  const untouched = (entry: object) => shownTools(start([{ ...drift, ...entry }])).get('pay')
  const plain = shownTools(start([])).get('pay')
  t.same(untouched({ rename: { nothing: 'something' } }), plain)
  t.same(untouched({ rename: { id: 'amount' } }), plain, 'a name that is taken would lose an argument')
  t.same(untouched({ retype: { amount: 'number' } }), plain, 'a number is one already')
  t.same(untouched({ retype: { id: 'string' } }), plain)
  t.same(untouched({ unit: { id: { factor: 2, name: 'id_pairs', about: 'x' } } }), plain, 'text has no unit')
  t.same(untouched({ require: { id: ['x'] } }), plain, 'a new argument does not take the place of an old one')
  const both = shownTools(start([{ ...drift, rename: { id: 'amount' }, require: { channel: ['a'] } }])).get('pay')!
  t.same(Object.keys(both.properties), ['id', 'amount', 'channel'])
  const swapped = start([{ ...drift, rename: { id: 'amount', amount: 'id' } }])
  t.equal(call(swapped, 'pay', { amount: payment(swapped).id, id: 5 }).event.committed, true, 'two names may change places')
  t.match(tryDynamics(drift).findings, [{ message: 'schema.drift changes nothing' }])
})

t.test('schema.drift: announced it is shown at once, unannounced it is found out; in company of a rename, keys and aborts', async (t) => {
  for (const announced of [true, false]) {
    const episode = start([{ ...drift, rename: { id: 'account' }, announced, when: { window: { from_ms: 1000, to_ms: 3000 } } }])
    const { id, amount } = payment(episode)
    wait(episode, 500)
    t.equal(episode.observation.tools, undefined)
    wait(episode, 500)
    t.equal(episode.observation.tools !== undefined, announced)
    if (announced) t.ok('account' in shownTools(episode).get('pay')!.properties)
    t.equal(call(episode, 'pay', { id, amount }).event.rejected, 'invalid_arguments')
    t.equal(call(episode, 'pay', { account: id, amount }).event.committed, true)
    wait(episode, 2000)
    if (announced) t.ok('id' in shownTools(episode).get('pay')!.properties, 'and back')
    t.equal(call(episode, 'pay', { id, amount }).event.committed, true)
  }
  const company = start([{ ...drift, rename: { id: 'account' } }, { id: 'renamed', kind: 'tools.list_changed', match: { tools: ['pay'] }, suffix: 'v2' }, { id: 'keys', kind: 'idempotency.key' }, { id: 'abort', kind: 'error.abort', when: { max_occurrences: 1 } }])
  const args = { account: payment(company).id, amount: 5, idempotency_key: 'k' }
  t.match(call(company, 'pay_v2', args).event, { is_error: true, rejected: undefined, faults: [{ entry: 'abort' }], meant: { tool: 'pay', arguments: { id: args.account, amount: 5 } } })
  t.equal(call(company, 'pay_v2', args).event.committed, true)
  t.equal(call(company, 'pay_v2', args).event.committed, false, 'the key holds')
})

const changed = { id: 'changed', kind: 'tools.list_changed', match: { tools: ['pay'] } }

t.test('tools.list_changed: on at the share of lucks that it states, within 4 standard errors', async (t) => {
  const lucks = Array.from({ length: 2000 }, (_, luck) => shownTools(start([{ ...changed, suffix: 'v2', when: { probability: 0.4 } }], { luck })))
  nearShare(t, lucks.filter((tools) => tools.has('pay_v2')).length, 2000, 0.4, 'share')
  t.ok(lucks.every((tools) => tools.has('pay') !== tools.has('pay_v2')))
})

t.test('tools.list_changed: renamed, described anew, gone, among dead ones; what leads nowhere changes nothing', async (t) => {
  const episode = start([{ ...changed, suffix: 'v2', description: 'Books a payment, second edition.', decoys: 3 }])
  const { id, amount } = payment(episode)
  const tools = shownTools(episode)
  t.same([...tools.keys()].filter((name) => name.startsWith('pay')).sort(), ['pay', 'pay_all', 'pay_old', 'pay_v0', 'pay_v2'])
  t.equal(tools.get('pay_v2')!.description, 'Books a payment, second edition.')
  t.equal(tools.get('pay_old')!.description, 'Books a payment.')
  for (const name of ['pay', 'pay_old', 'pay_v0']) t.match(call(episode, name, { id, amount }).event, { content: '{"error":"This operation has been retired","status":410}', is_error: true, committed: false, changes: [], faults: [{ entry: 'changed', phase: 'pre_commit' }] })
  t.same(episode.inspect().diff, [])
  t.match(call(episode, 'pay_v2', { id, amount }).event, { committed: true, tool: 'pay_v2', meant: { tool: 'pay', arguments: { id, amount } } })
  t.match(call(episode, 'pay_v3', { id, amount }).event, { rejected: 'unknown_tool', content: /did you mean 'pay_v/ })
  const renamed = start([{ ...changed, suffix: 'v2' }])
  t.match(call(renamed, 'pay', { id, amount }).event, { rejected: 'unknown_tool', content: "Unknown tool 'pay'", faults: [{ entry: 'changed' }] })
  const gone = start([{ ...changed, remove: true, when: { window: { to_ms: 2000 } } }])
  t.notOk(shownTools(gone).has('pay'))
  t.match(call(gone, 'pay', { id, amount }).event, { rejected: 'unknown_tool', committed: false, faults: [{ entry: 'changed' }] })
  wait(gone, 2000)
  t.equal(call(gone, 'pay', { id, amount }).event.committed, true, 'it comes back')
  const serial = start([{ id: 'changed', kind: 'tools.list_changed', match: { tools: ['freeze'] }, suffix: 'v2' }, { kind: 'latency.constant', ms: 100 }])
  serial.step({ tool_calls: [{ name: 'ledger', arguments: { account: id } }, { name: 'freeze_v2', arguments: { id } }] })
  t.equal(serial.observation.clock_ms, 200, 'what runs by itself does so under any name')
})

t.test('tools.list_changed: announced or not, complaints, and in company of another change, a lock and a lost answer', async (t) => {
  for (const announced of [true, false]) {
    const episode = start([{ ...changed, suffix: 'v2', announced, when: { window: { from_ms: 1000 } } }])
    wait(episode, 1000)
    t.equal(episode.observation.tools !== undefined, announced)
    t.equal(call(episode, 'pay_v2', payment(episode)).event.committed, true)
  }
  const two = start([{ ...changed, suffix: 'v2' }, { ...changed, id: 'again', suffix: 'beta', decoys: 1 }, { id: 'lock', kind: 'conflict.optimistic_lock' }, { id: 'lost', kind: 'timeout.post_commit', match: { tools: ['pay'] }, deadline_ms: 900 }])
  t.ok(shownTools(two).has('pay_v2_beta') && shownTools(two).has('pay_v2') && !shownTools(two).has('pay'))
  t.match(call(two, 'pay_v2', payment(two)).event, { content: /retired/, faults: [{ entry: 'again' }] })
  t.match(call(two, 'pay_v2_beta', { ...payment(two), if_version: 1 }).event, { committed: true, content: 'Timeout: no response within 900 ms', faults: [{ entry: 'lost' }] })
  const wrong = (entry: object) => tryDynamics({ ...changed, ...entry }).findings.map(({ path, message }) => `${path.slice(1).join('.')}: ${message}`)
  t.same(wrong({}), [': tools.list_changed changes nothing'])
  t.same(wrong({ remove: true }), ['remove: a tool that is gone for ever leaves no way'])
  t.match(wrong({ remove: true, alternate: { call: 'pya' } }), ["alternate.call: no tool 'pya'"])
  t.same(wrong({ remove: true, alternate: { call: 'pay_all', with: { id: 'args.id', amounts: '[args.amount]' } } }), [])
})
