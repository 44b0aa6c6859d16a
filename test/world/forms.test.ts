import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Desk, readWorld, soundWorld } from './world-under-test.ts'

const LINE = readFileSync(join(import.meta.dirname, '../fixtures/worlds/line.yaml'), 'utf8')
const line = soundWorld(LINE)
const desk = () => new Desk(line)

t.test('a table with a row for each actor, and a tool that comes with it', async (t) => {
  const of = desk()
  const visible = line.tools.get('secret')!.visible!
  const sees = () => visible({ get: (table: number, key: string) => of.rows(line.tables[table]!.name).find((row) => row.actor === key) } as never, line.epoch, { left: 1000 })
  t.equal(sees(), false)
  t.same(of.call('login', { name: 'ann' }).json, { login: 'ann', count: 1 })
  t.equal(sees(), true)
  of.call('airplane', { airplane: true })
  of.call('airplane', { airplane: true })
  t.same(of.call('secret', {}).json, { who: 'ann', agents: 1, users: 2 }, 'the user has a row of its own')
})

t.test('computed fields: live at every read, latched until refreshed', async (t) => {
  const of = desk()
  t.same(of.call('get_lines', {}).json, { lines: [
    { id: 'L1', number: '555', status: 'active', used: 3, cap: 5, over: false, label: 'fine L1' },
    { id: 'L2', number: '777', status: 'active', used: 1, cap: 5, over: false, label: 'fine L2' },
  ], over: [] }, 'a row shows its computed fields')
  t.same(of.call('set_status', { line: 'L1', used: 5 }).json, { id: 'L1', number: '555', status: 'active', used: 5, cap: 5, over: true, label: 'over L1' })
  t.same((of.call('get_lines', {}).json as { over: string[] }).over, ['over L1'])
  t.match(of.call('look', {}).json, { signal: 'good', state: 'good over', over: true }, 'a reaction told the phone')
  of.call('airplane', { airplane: true })
  t.match(of.call('look', {}).json, { airplane: true, signal: 'good' }, 'latched: nothing changes by itself')
  t.equal(of.call('reboot', {}).json, 'signal none')
  t.match(of.call('look', {}).json, { signal: 'none', state: 'none over' })
})

t.test('reactions: inside the transaction, caused by the world, once a commit, able to refuse', async (t) => {
  const of = desk()
  of.call('set_status', { line: 'L1', status: 'suspended' })
  t.same(of.changes, [
    { table: 'lines', key: 'L1', op: 'update', columns: ['status'], cause: 'agent', from: { status: 'active' }, to: { status: 'suspended' } },
    { table: 'phone', key: 'one', op: 'update', columns: ['line_ok'], cause: 'world', from: { line_ok: true }, to: { line_ok: false } },
    { table: 'notes', key: 'N1', op: 'insert', cause: 'world', to: { id: 'N1', line: 'L1', text: 'active to suspended' } },
  ])
  t.same(of.rows('notes').map(({ text }) => text), ['active to suspended'])
  t.same(of.emitted, [{ to: 'user', text: 'Your line L1 is suspended' }])
  const before = of.state()
  t.match(of.call('set_status', { line: 'L2', status: 'suspended' }), { json: 'L2 cannot be suspended', isError: true })
  t.equal(of.state(), before, 'nothing of the call is left')
  t.equal(of.emitted.length, 1, 'nor of its messages')
  of.call('set_status', { line: 'L1', status: 'suspended' })
  t.equal(of.rows('notes').length, 1, 'no change, no reaction')
})

t.test('a lifecycle and an invariant with words refuse a change; the caller is told why', async (t) => {
  const of = desk()
  t.match(of.call('set_status', { line: 'L1', status: 'closed' }), { json: 'Line L1 has 3 GB to pay, it was active', isError: true })
  t.equal(of.call('set_status', { line: 'L1', status: 'closed', used: 0 }).isError, false, 'both changes together may pass')
  t.match(of.call('set_status', { line: 'L1', status: 'active' }), { json: "lines.status cannot change from 'closed' to 'active'", isError: true })
  t.match(of.call('place_order', { qty: 100, limit: 2 }), { json: 'Needs 200.00, has 100.00', isError: true })
  t.equal(of.rows('orders').length, 0)
  t.equal(of.overlay.timers.length, 0, 'a refused call sets no timer')
})

t.test('timers: own transactions at their virtual time, again and again, in order', async (t) => {
  const of = desk()
  const { epoch } = line
  t.same(of.call('place_order', { qty: 5, limit: 10.5 }).json, { order: 'O1', status: 'pending' }, 'a result is from before')
  of.advance(epoch + 60_000)
  t.same(of.rows('orders')[0]!.status, 'open', 'too dear at 12')
  t.same(of.overlay.timers.map(({ due }) => due - epoch), [60_000 + 86_400_000])
  of.advance(epoch + 3 * 86_400_000)
  t.same(of.rows('orders')[0]!.status, 'filled')
  t.same(of.call('account_state', {}).json, { cash: 50, held: 0, shares: 5 })
  t.same(of.emitted, [{ to: 'agent', text: 'Order O1 filled at 10.00' }])
  for (const [name, due] of [['every.heart', epoch + 10_000]] as const) of.overlay.addTimer(due, name, {})
  of.advance(epoch + 10_000)
  t.equal(of.rows('beats').length, 1)
})

t.test('call_by_name: what the globs allow, as if it had been called', async (t) => {
  const of = desk()
  t.match(of.call('run', { tool: 'set_status', line: 'L2' }).json, { id: 'L2', used: 7, over: true })
  t.match(of.call('run', { tool: 'secret' }), { json: "Unknown tool 'secret'", isError: true }, 'a tool that is not there cannot be dispatched either')
  t.match(of.call('run', { tool: 'login' }), { json: "Unknown tool 'login'", isError: true })
  t.match(of.call('run', { tool: 'place_order' }), { json: /^Invalid arguments for place_order: unknown|^Invalid arguments for place_order/, isError: true })
  of.call('login', { name: 'ann' })
  t.match(of.call('run', { tool: 'secret' }), { json: /^Invalid arguments for secret/, isError: true })
})

t.test('what is wrong with the forms is said, with its place', async (t) => {
  const wrong = (from: string, to: string) => {
    t.ok(LINE.includes(from), from)
    return readWorld(LINE.replace(from, to)).complaints.map(({ message, nearest }) => `${message}${nearest ? ` (${nearest})` : ''}`)
  }
  for (const [from, to, message] of [
    ['watch: [lines.status]', 'watch: [lines.stat]', /watch\.0: lines has no column 'stat' \(status\)/],
    ['watch: [lines.status]', 'watch: [lines.status, notes.text]', /as: a row of one table/],
    ["insert: notes\n    row: {line: l.id, text: \"old.status + ' to ' + l.status\"}", "set: {'lines[l.id].status': \"'active'\"}", /circle/],
    ['run: try_fill\n      with: {order: o.id}\n    - return', 'run: try_fil\n      with: {order: o.id}\n    - return', /unknown timer 'try_fil' \(try_fill\)/],
    ['with: {order: o.id}\n    - return', 'with: {ordr: o.id}\n    - return', /no argument 'ordr' \(order\)/],
    ['refresh: phone.signal', 'refresh: phone.over', /'phone.over' is no latched field/],
    ['refresh: phone.signal', 'set: {phone.state: "\'x\'"}', /phone.state is computed/],
    ['{return: {who: session.login,', '{return: {who: phone.number,', /table 'phone' is private to the user/],
    ['transitions: {active: [suspended, closed]', 'transitions: {active: [suspendd, closed]', /'suspendd' is no value of lines.status \(suspended\)/],
    ['among: [set_status, secret, place_*]', 'among: [nothing]', /no tool fits/],
    ['effect: read\n    input: {}\n    do: [{return: account}]', "effect: read\n    input: {}\n    do: [{emit: user, text: hi}]", /a read tool may not emit/],
    ['run: beat, first', 'run: heat, first', /unknown timer 'heat' \(beat\)/],
    ['show_when: session.login != null', 'show_when: session.login', /show_when: .*does not fit/],
    ['over: {value: row.used >= row.cap}', 'over: {value: row.used >= row.cap || row.label == row.id}', /calls itself/],
    ['do: [{return: account}]', 'host: fs/read', /no environment family here has the tool 'fs\/read'/],
    ['do: [{return: account}]', 'idempotent: true', /one of do, served and host/],
  ] as const) t.match(wrong(from, to).join('\n'), message, `${from} -> ${to}`)
})
