/** Kinds in which the call happened as it should, and its answer is not what it was. */
import t from 'tap'
import { call, callOnce, type CallOptions, calls, changedRows, dynamicsOf, mean, near, nearShare, overLucks, payment, start, tryDynamics, wait } from './dynamics-under-test.ts'

const rareness = { when: { probability: 0.2 } }
/** Pays once under some entries, and gives the episode with the call. */
function pay(...entries: object[]) {
  const episode = start(entries)
  return { episode, ...call(episode, 'pay', payment(episode)) }
}
const marksOf = (...entries: object[]) => callOnce(dynamicsOf(...entries), { tool: 'pay' }).faults.map(({ entry }) => entry)

/** Holds the share of a kind that alters answers, and that the altered calls ran all the same. */
function alters(t: Parameters<typeof nearShare>[0], entry: object, options: CallOptions = {}): void {
  const all = overLucks(dynamicsOf({ ...entry, ...rareness }), 20_000, options)
  const altered = all.filter(({ faults }) => faults.length)
  nearShare(t, altered.length, 20_000, 0.2, 'share')
  t.ok(altered.every(({ mode, faults }) => mode === 'run' && faults[0]!.phase === 'response'))
  t.ok(all.every(({ faults, content }) => faults.length > 0 || content === all.find((one) => !one.faults.length)!.content), 'the others are whole')
}

t.test('response.truncated: its share, bytes and items exactly, with a marker or without', async (t) => {
  alters(t, { kind: 'response.truncated', bytes: 10 })
  const cut = (entry: object, result: unknown) => callOnce(dynamicsOf({ kind: 'response.truncated', ...entry }), { result }).content
  t.equal(cut({ bytes: 9 }, 'abcdefghijkl'), 'abcdefghi… [truncated]')
  t.equal(cut({ bytes: 9, marker: false }, 'abcdefghijkl'), 'abcdefghi')
  t.equal(cut({ bytes: 12 }, 'abcdefghijkl'), 'abcdefghijkl', 'what fits stays')
  for (let bytes = 1; bytes < 12; bytes++) t.ok(Buffer.byteLength(cut({ bytes, marker: false }, 'aé漢😀b')) <= bytes && cut({ bytes, marker: false }, 'aé漢😀b').isWellFormed())
  t.equal(cut({ bytes: 6, marker: false }, 'aé漢😀b'), 'aé漢', 'by bytes, and no half characters')
  t.equal(cut({ items: 2 }, [1, 2, 3]), '{"items":[1,2],"truncated":true}')
  t.equal(cut({ items: 2, marker: false }, [1, 2, 3]), '[1,2]')
  t.equal(cut({ items: 1 }, { rows: [1, 2, 3], ids: [4] }), '{"rows":[1],"ids":[4],"truncated":true}', 'of the longest list')
  t.equal(cut({ items: 0 }, { rows: [1] }), '{"rows":[],"truncated":true}')
  t.equal(cut({ items: 3 }, { rows: [1, 2, 3] }), '{"rows":[1,2,3]}')
  t.equal(cut({ items: 3 }, 'text'), 'text')
  t.match(tryDynamics({ kind: 'response.truncated' }, { kind: 'response.truncated', bytes: 1, items: 1 }).findings, [{ message: 'response.truncated needs either bytes or items' }, { message: 'response.truncated needs either bytes or items' }])
})

t.test('response.truncated: the write happened; in company of stale reads and lost answers', async (t) => {
  const { episode, event, content } = pay({ id: 'cut', kind: 'response.truncated', bytes: 12 })
  t.match(event, { committed: true, is_error: false, unseen: true, faults: [{ entry: 'cut', phase: 'response' }] })
  t.equal(content, '{"payment":"… [truncated]')
  t.equal(changedRows(episode, 'payments').length, 1)
  const company = start([{ id: 'stale', kind: 'consistency.stale_read', lag: { ms: 5000 } }, { id: 'cut', kind: 'response.truncated', bytes: 20 }, { id: 'lost', kind: 'timeout.post_commit', match: { effect: 'read' }, deadline_ms: 700, when: { every: 2 } }])
  call(company, 'pay', payment(company))
  t.match(call(company, 'get_account', { id: payment(company).id }), { event: { faults: [{ entry: 'stale' }, { entry: 'cut' }], result: { payments: [] } }, content: /truncated/ })
  t.match(call(company, 'get_account', { id: payment(company).id }), { event: { faults: [{ entry: 'stale' }, { entry: 'cut' }, { entry: 'lost' }], result: { payments: [] } }, content: 'Timeout: no response within 700 ms' })
  t.same(marksOf({ id: 'cut', kind: 'response.truncated', bytes: 1 }, { id: 'abort', kind: 'error.abort' }), ['abort'])
})

t.test('response.partial_batch: share of items within 4 standard errors over 4,000 batches of 10, less at a lower intensity', async (t) => {
  const options = { tool: 'pay_all', args: { id: 'A', amounts: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }, result: { booked: 10 } }
  const shareAt = (intensity: number) => overLucks(dynamicsOf({ kind: 'response.partial_batch', share: 0.3 }), 4000, { ...options, intensity }).flatMap(({ failed }) => failed ?? new Array<boolean>(10).fill(false))
  nearShare(t, shareAt(1).filter(Boolean).length, 40_000, 0.3, 'items that fail')
  nearShare(t, shareAt(0.5).filter(Boolean).length, 40_000, 0.15, 'at half the intensity')
  const each = overLucks(dynamicsOf({ kind: 'response.partial_batch', share: 0.3 }), 4000, options)
  for (const i of [0, 4, 9]) nearShare(t, each.filter(({ failed }) => failed?.[i]).length, 4000, 0.3, `item ${i}`)
  nearShare(t, overLucks(dynamicsOf({ kind: 'response.partial_batch', share: 1, ...rareness }), 4000, options).filter(({ failed }) => failed).length, 4000, 0.2, 'calls')
})

t.test('response.partial_batch: what passed happened, what failed did not, and the statuses say which; in company', async (t) => {
  const amounts = [1, 2, 3, 4, 5, 6, 7, 8]
  const episode = start([{ id: 'part', kind: 'response.partial_batch', share: 0.4, status: 507 }], { luck: 5 })
  const { json, event } = call(episode, 'pay_all', { id: payment(episode).id, amounts })
  const passed = amounts.filter((_, i) => json.results[i].status === 200)
  t.ok(passed.length > 0 && passed.length < 8)
  t.same(json.results.map(({ index }: { index: number }) => index), [0, 1, 2, 3, 4, 5, 6, 7])
  t.ok(json.results.every(({ status }: { status: number }) => status === 200 || status === 507))
  t.same(json.result, { booked: passed.length })
  t.same(changedRows(episode, 'payments').map(({ row }) => row.amount / 100), passed)
  t.match(event, { is_error: false, committed: true, faults: [{ entry: 'part', phase: 'response' }] })
  t.same(event.arguments, { id: payment(episode).id, amounts }, 'the log has what was asked for')
  const none = start([{ kind: 'response.partial_batch', share: 1 }])
  t.match(call(none, 'pay_all', { id: payment(none).id, amounts }), { event: { committed: false, changes: [], is_error: false }, json: { status: 'partial', result: null } })
  const single = start([{ kind: 'response.partial_batch', share: 1 }])
  t.equal(call(single, 'pay', payment(single)).event.faults.length, 0, 'a call without a list is no batch')
  t.equal(call(start([{ kind: 'response.partial_batch', share: 1 }]), 'pay_all', { id: payment(single).id, amounts: [] }).event.faults.length, 0)
  t.match(tryDynamics({ kind: 'response.partial_batch', share: 1, argument: 'rows' }).findings, [{ path: [0, 'argument'], message: "no tool takes a list 'rows'" }])
  const batch = { tool: 'pay_all', args: { id: 'A', amounts }, result: { booked: 8 } }
  const company = callOnce(dynamicsOf({ id: 'part', kind: 'response.partial_batch', share: 0.5 }, { id: 'cut', kind: 'response.truncated', items: 2 }, { id: 'lost', kind: 'connection.reset', phase: 'post_commit' }), batch)
  t.same([company.faults.map(({ entry }) => entry), company.content], [['part', 'cut', 'lost'], 'Connection error: connection reset by peer'])
  const sorry = callOnce(dynamicsOf({ id: 'part', kind: 'response.partial_batch', share: 0.5 }, { id: 'sorry', kind: 'response.error_in_success' }), batch)
  t.same(sorry.faults.map(({ entry }) => entry), ['sorry'], 'what did not happen did not happen in part')
})

t.test('response.malformed: its share, and its three forms', async (t) => {
  alters(t, { kind: 'response.malformed', form: 'html' })
  const form = (form: string, result: unknown = { id: 'A00001', rows: [1, 2] }) => callOnce(dynamicsOf({ kind: 'response.malformed', form }), { result }).content
  t.equal(form('cut'), '{"id":"A00001","r')
  t.throws(() => JSON.parse(form('cut')) as unknown)
  t.match(form('html'), /^<html>.*502 Bad Gateway.*<\/html>$/s)
  t.equal(form('garbled'), '{\u{fffd}id\u{fffd}:\u{fffd}A00001\u{fffd},\u{fffd}rows\u{fffd}:[1,2]}')
  t.equal(form('cut', 'aaaa😀'), 'aaaa', 'no half characters')
})

t.test('response.malformed: the write happened and the agent did not see it; in company of noise and lost answers', async (t) => {
  const { episode, event, content } = pay({ id: 'bad', kind: 'response.malformed', form: 'html' })
  t.match(event, { committed: true, is_error: false, unseen: true, result: { payment: 'P0001' }, faults: [{ entry: 'bad', phase: 'response' }] })
  t.match(content, /Bad Gateway/)
  t.equal(changedRows(episode, 'payments').length, 1)
  t.same(marksOf({ id: 'bad', kind: 'response.malformed' }, { id: 'noise', kind: 'response.redundant', bytes: 99 }, { id: 'lost', kind: 'timeout.post_commit', deadline_ms: 9 }), ['noise', 'bad', 'lost'])
  t.same(callOnce(dynamicsOf({ kind: 'response.malformed' }), { isError: true, result: 'No account' }).content, 'No account', 'what the tool refuses comes whole')
})

t.test('response.empty: its share, and its four forms', async (t) => {
  alters(t, { kind: 'response.empty' })
  for (const [form, content] of [['blank', ''], ['null', 'null'], ['object', '{}'], ['list', '[]']] as const) t.equal(callOnce(dynamicsOf({ kind: 'response.empty', form })).content, content)
})

t.test('response.empty: the write happened and the agent did not see it; in company of duplicates and resets', async (t) => {
  const { episode, event, content } = pay({ id: 'nothing', kind: 'response.empty', form: 'object' }, { id: 'dup', kind: 'delivery.duplicate' })
  t.equal(content, '{}')
  t.match(event, { committed: true, is_error: false, unseen: true, faults: [{ entry: 'dup' }, { entry: 'nothing' }] })
  wait(episode, 10)
  t.equal(changedRows(episode, 'payments').length, 2)
  t.same(marksOf({ id: 'nothing', kind: 'response.empty' }, { id: 'cut', kind: 'connection.reset', phase: 'post_commit' }, { id: 'bad', kind: 'response.malformed' }), ['nothing', 'bad', 'cut'])
})

t.test('response.error_in_success: its share and messages within 4 standard errors, before or after', async (t) => {
  const messages = ['Internal error', 'Unexpected null', 'Deadlock']
  for (const phase of ['pre_commit', 'post_commit']) {
    const all = overLucks(dynamicsOf({ kind: 'response.error_in_success', phase, messages, ...rareness }), 20_000, { tool: 'pay' })
    const bad = all.filter(({ faults }) => faults.length)
    nearShare(t, bad.length, 20_000, 0.2, phase)
    t.ok(bad.every(({ mode, isError }) => !isError && mode === (phase === 'pre_commit' ? 'none' : 'run')))
    for (const message of messages) nearShare(t, bad.filter(({ content }) => content === `{"success":false,"error":"${message}"}`).length, bad.length, 1 / 3, message)
  }
})

t.test('response.error_in_success: it says success and means an error; nothing happened, or it did; in company', async (t) => {
  for (const phase of ['pre_commit', 'post_commit'] as const) {
    const { episode, event, content } = pay({ id: 'sorry', kind: 'response.error_in_success', phase })
    t.equal(content, '{"success":false,"error":"Internal error"}')
    t.match(event, { is_error: false, committed: phase === 'post_commit', faults: [{ entry: 'sorry', phase }] })
    t.equal(changedRows(episode, 'payments').length, phase === 'post_commit' ? 1 : 0)
  }
  const [before, after] = ['pre_commit', 'post_commit'].map((phase) => ({ id: phase, kind: 'response.error_in_success', phase }))
  t.same(marksOf(before!, { id: 'dup', kind: 'delivery.duplicate' }, { id: 'noop', kind: 'consistency.silent_noop' }), ['pre_commit'], 'there is nothing to deliver twice or to lose')
  t.same(marksOf(after!, { id: 'dup', kind: 'delivery.duplicate' }, { id: 'bad', kind: 'response.malformed' }), ['dup', 'bad', 'post_commit'])
  t.same(marksOf(before!, { id: 'limit', kind: 'rate_limit.quota', total: 1, reset_ms: 5 }, { id: 'lost', kind: 'timeout.post_commit', deadline_ms: 5 }), ['pre_commit', 'lost'])
})

t.test('response.corrupted: its share, an even choice among places, and values that are wrong and of the same type', async (t) => {
  alters(t, { kind: 'response.corrupted' })
  const result = { id: 'A1', owner: 'Ada', balance: 120.5, open: true, payments: [5, 70, -3], note: null }
  const corrupt = (entry: object, given: unknown = result) => overLucks(dynamicsOf({ kind: 'response.corrupted', ...entry }), 2000, { result: given }).map(({ json, faults }) => ({ json: json as any, faults }))
  const anywhere = corrupt({})
  t.ok(anywhere.every(({ json, faults }) => faults.length === 1 && JSON.stringify(json) !== JSON.stringify(result)))
  nearShare(t, anywhere.filter(({ json }) => json.balance !== 120.5).length, 2000, 0.25, 'one of four numbers')
  for (const i of [0, 1, 2]) nearShare(t, anywhere.filter(({ json }) => json.payments[i] !== result.payments[i]).length, 2000, 0.25, `payment ${i}`)
  t.ok(anywhere.every(({ json }) => json.id === 'A1' && json.owner === 'Ada' && json.open && typeof json.balance === 'number' && json.payments.every(Number.isFinite)))
  t.ok(corrupt({ field: 'owner' }).every(({ json }) => json.owner !== 'Ada' && [...json.owner].sort().join('') === 'Aad'), 'neighbouring characters change places')
  t.ok(corrupt({ field: 'open' }).every(({ json }) => json.open === false))
  const named = corrupt({ field: 'owner', values: ['Ada', 'Ben', 'Chi'] }).map(({ json }) => json.owner as string)
  t.same(new Set(named), new Set(['Ben', 'Chi']), 'never the right one')
  t.ok(corrupt({ field: 'payments' }).every(({ json }) => json.balance === 120.5 && String(json.payments) !== String(result.payments)), 'positions of a list may be left out')
  t.ok(corrupt({ field: '*.1' }).every(({ json }) => json.payments[1] !== 70 && json.payments[0] === 5))
  for (const nothing of [corrupt({ field: 'note' }), corrupt({ field: 'nowhere' }), corrupt({}, 'text'), corrupt({}, { a: 'b' }), corrupt({}, null)]) t.ok(nothing.every(({ faults }) => !faults.length), 'where there is nothing to be wrong nothing is marked')
  for (const value of [0, -1, 1, 0.1, 0.000001, -0.5, 999_999_999_999, 9_007_199_254_740_991, -9_007_199_254_740_991]) {
    t.ok(corrupt({}, { value }).every(({ json }) => Number.isFinite(json.value) && json.value !== value && (!Number.isInteger(json.value) || Number.isSafeInteger(json.value))), `around ${value}`)
  }
})

t.test('response.corrupted: the rows are right, asking again tells, and in company of truncation and lost answers', async (t) => {
  const episode = start([{ id: 'wrong', kind: 'response.corrupted', field: 'balance', match: { tools: ['get_account'] }, when: { max_occurrences: 1 } }])
  const { id } = payment(episode)
  const [wrong, right, ledger] = [call(episode, 'get_account', { id }), call(episode, 'get_account', { id }), call(episode, 'ledger', { account: id })]
  t.not(wrong.json.balance, right.json.balance)
  t.equal(right.json.balance, ledger.json.holds)
  t.match(wrong.event, { is_error: false, committed: true, faults: [{ entry: 'wrong', phase: 'response' }] })
  t.same(episode.inspect().diff, [])
  t.same(Object.keys(wrong.json), Object.keys(right.json), 'it looks like any answer')
  t.same(callOnce(dynamicsOf({ id: 'cut', kind: 'response.truncated', bytes: 9 }, { id: 'wrong', kind: 'response.corrupted' }, { id: 'lost', kind: 'timeout.post_commit', deadline_ms: 9 })).faults.map(({ entry }) => entry), ['wrong', 'cut', 'lost'])
  t.match(tryDynamics({ kind: 'response.corrupted', source: 'pay' }).findings, [{ path: [0, 'source'], message: "no read tool 'pay'" }])
})

t.test('response.redundant: its share, its size within 25%, less at a lower intensity, and the answer whole beside it', async (t) => {
  alters(t, { kind: 'response.redundant', bytes: 100 })
  const bytes = (intensity: number) => mean(overLucks(dynamicsOf({ kind: 'response.redundant', bytes: 2000 }), 50, { intensity, result: { a: 1 } }).map(({ content }) => content.length - 7))
  near(t, bytes(1), 2000, 0.25, 'bytes')
  near(t, bytes(0.5), 1000, 0.25, 'bytes at half the intensity')
  const [one, other] = overLucks(dynamicsOf({ kind: 'response.redundant', bytes: 100 }), 2, { result: { a: 1 } })
  t.match(one!.json, { a: 1, _debug: { request_id: String, trace: [/^span=/] } })
  t.not(one!.content, other!.content)
  t.match(callOnce(dynamicsOf({ kind: 'response.redundant', bytes: 100 }), { result: 'text' }).content, /^text\n\[debug\] span=/)
  t.same(callOnce(dynamicsOf({ kind: 'response.redundant', bytes: 100 }), { result: [1] }).faults, [], 'a bare list has no room for it')
})

t.test('response.redundant: nothing else changes; in company of truncation and planted text', async (t) => {
  const { episode, event, json } = pay({ id: 'noise', kind: 'response.redundant', bytes: 99 })
  t.match(json, { payment: 'P0001' })
  t.match(event, { committed: true, is_error: false, faults: [{ entry: 'noise', phase: 'response' }] })
  t.equal(changedRows(episode, 'payments').length, 1)
  const cut = callOnce(dynamicsOf({ id: 'cut', kind: 'response.truncated', bytes: 60 }, { id: 'noise', kind: 'response.redundant', bytes: 500 }, { id: 'wrong', kind: 'response.corrupted' }))
  t.same([cut.faults.map(({ entry }) => entry), cut.content.length], [['wrong', 'noise', 'cut'], 60 + '… [truncated]'.length])
})

t.test('pagination.cursor_expiry: every page once, in order, whatever the size; larger pages at a lower intensity', async (t) => {
  const items = Array.from({ length: 103 }, (_, i) => i)
  for (const [page_size, intensity, pages] of [[1, 1, 103], [10, 1, 11], [10, 0.5, 6], [103, 1, 1], [1000, 1, 1], [10, 0.001, 1]] as const) {
    const dynamics = dynamicsOf({ kind: 'pagination.cursor_expiry', page_size, ttl_ms: 5000 })
    let [cursor, seen, n] = [undefined as string | undefined, [] as number[], 0]
    let [state] = [undefined as ConstructorParameters<typeof import('../../src/dynamics/dynamics-state.ts').DynamicsState>[0]]
    do {
      const page = callOnce(dynamics, { tool: 'list_accounts', args: {}, extras: cursor === undefined ? {} : { cursor }, result: { rows: items, total: 103 }, intensity }, state)
      state = page.state
      const json = page.json as { rows: number[]; total: number; next_cursor?: string | null }
      t.equal(json.total, 103)
      seen = [...seen, ...json.rows]
      cursor = json.next_cursor ?? undefined
      n++
    } while (cursor !== undefined)
    t.same([seen, n], [items, pages], `${page_size} at ${intensity}`)
  }
  t.equal(callOnce(dynamicsOf({ kind: 'pagination.cursor_expiry', page_size: 2, ttl_ms: 9 }), { result: [1, 2, 3] }).content.replace(/cur_[0-9a-f]{8}/, 'cur'), '{"items":[1,2],"next_cursor":"cur"}')
  t.equal(callOnce(dynamicsOf({ kind: 'pagination.cursor_expiry', page_size: 3, ttl_ms: 9 }), { result: [1, 2, 3] }).content, '[1,2,3]', 'what fits a page is as ever')
})

t.test('pagination.cursor_expiry: cursors live so long, are of their request, and are asked for in the schema; in company', async (t) => {
  const episode = start([{ id: 'pages', kind: 'pagination.cursor_expiry', page_size: 7, ttl_ms: 3000 }])
  t.match(episode.observation.tools!.find(({ name }) => name === 'list_accounts')!.input_schema, { properties: { owner: {}, cursor: { type: 'string' } } })
  t.notOk('cursor' in (episode.observation.tools!.find(({ name }) => name === 'pay')!.input_schema as { properties: object }).properties)
  const list = (args: object) => call(episode, 'list_accounts', args)
  const first = list({})
  t.match(first, { json: { accounts: { length: 7 }, open: Number, next_cursor: /^cur_[0-9a-f]{8}$/ }, event: { is_error: false, faults: [{ entry: 'pages', phase: 'response' }] } })
  const second = list({ cursor: first.json.next_cursor })
  t.equal(new Set([...first.json.accounts, ...second.json.accounts]).size, 14)
  t.same(list({ cursor: first.json.next_cursor }).json.accounts, second.json.accounts, 'a page can be read again')
  t.match(list({ cursor: first.json.next_cursor, owner: 'Ada' }).content, '{"error":"Invalid cursor","status":400}')
  t.match(list({ cursor: 'cur_00000000' }).content, '{"error":"Invalid cursor","status":400}')
  wait(episode, 3000)
  t.match(list({ cursor: first.json.next_cursor }), { content: '{"error":"The cursor has expired: begin again without one","status":410}', event: { is_error: true, faults: [{ entry: 'pages', phase: 'pre_commit' }] } })
  t.same(episode.inspect().diff, [])
  const company = start([{ id: 'pages', kind: 'pagination.cursor_expiry', page_size: 7, ttl_ms: 3000 }, { id: 'cut', kind: 'response.truncated', items: 3 }, { id: 'stale', kind: 'consistency.stale_read', lag: { ms: 9000 } }, { id: 'wrong', kind: 'response.corrupted', field: 'open' }])
  call(company, 'freeze', { id: payment(company).id })
  const page = call(company, 'list_accounts')
  t.same(page.event.faults.map(({ entry }) => entry), ['stale', 'wrong', 'pages', 'cut'])
  t.equal(page.json.accounts.length, 3)
  t.equal(calls(company).filter(({ is_error }) => is_error).length, 0)
})
