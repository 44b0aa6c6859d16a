import t from 'tap'
import { SpecFault } from '../../src/world/fault.ts'
import fc from '../property.ts'
import { depotWorld, Desk, readWorld, soundWorld } from './world-under-test.ts'

const depot = depotWorld()
const desk = () => new Desk(depot)
const client = (of: Desk, i = 0) => of.rows('clients')[i] as { id: string; wallet: number; name: string; phone: string | null; score: number | null }
const small = (tables: string, body: string, rest = '') => soundWorld(`kind: World\nname: w\nepoch: '2026-03-02T09:00:00Z'\ntables: ${tables}\n${rest}tools: {go: {description: d, effect: write, input: {properties: {a: {type: string}, n: {type: integer}}}, do: ${body}}}\n`)
const BOX = "{boxes: {key: id, rows: [{id: a, n: 1, j: {x: {y: [1]}}}, {id: b, n: 2}], columns: {id: {type: string}, n: {type: int}, j: {type: json}}}}"

t.test('let, require, keep, soft failure, set, return', async (t) => {
  const of = desk()
  const one = client(of)
  t.same(of.call('pay', { client: 'C-1', amount: 1 }), { json: 'No client C-1', isError: true, cost: of.call('pay', { client: 'C-1', amount: 1 }).cost })
  t.equal(of.rows('audit').length, 0, 'a failure undoes all')
  const poor = of.call('pay', { client: one.id, amount: 1e6 })
  t.same([poor.json, poor.isError], [{ error: 'poor', wallet: (one.wallet / 100).toFixed(2), list: ['2', 7, null, true] }, false], 'a soft failure is no error')
  t.same(of.rows('audit').map((row) => row.text), ['pay 1000000.00'], 'but what keep names')
  t.equal(client(of).wallet, one.wallet)
  t.same(of.call('pay', { client: one.id, amount: 0.01 }).json, { wallet: (one.wallet - 1) / 100, before: one.wallet / 100 }, 'reads see own writes, bindings are values')
  t.equal(of.rows('audit').length, 2)
  t.same(of.call('quiet', {}), { json: undefined, isError: false, cost: 0 })
  t.same([of.call('grade', { n: 10 }).json, of.call('grade', { n: 1 }).json], [{ grade: 'high' }, { grade: 'low' }])
  t.throws(() => of.call('grade', { n: 0 }), /no case holds/)
})

t.test('set: all right-hand sides first; inside json; places that are not there', async (t) => {
  const of = desk()
  const [a, b] = [client(of, 1), client(of, 2)]
  of.call('swap', { a: a.id, b: b.id })
  t.same([client(of, 1).wallet, client(of, 2).wallet], [b.wallet, a.wallet])
  t.same(of.call('inside', { key: 'gift', at: 2, value: 'v' }).json, { deep: { list: [1, 2, 'v'] }, gift: 'v' })
  t.same(of.call('inside', { key: 'constructor', at: 0, value: 'w' }).json, JSON.parse('{"deep": {"list": ["w", 2, "v"]}, "gift": "v", "constructor": "w"}'))
  t.match(of.call('inside', { key: '__proto__', at: 0, value: 'v' }), { isError: true, json: /is no key/ })
  for (const [key, at] of [['x', 9], ['x', -1]] as const) t.throws(() => of.call('inside', { key, at, value: 'v' }), SpecFault, `${key} ${at}`)
  t.throws(() => of.call('swap', { a: a.id, b: 'nobody' }), SpecFault)
  const before = of.state()
  t.throws(() => of.call('overdraw', { client: a.id }), /invariant wallet is broken/)
  t.equal(of.state(), before, 'nothing of it is left')
  for (let i = 0; i < 3; i++) of.call('pay', { client: a.id, amount: 0.01 })
  t.throws(() => of.call('pay', { client: a.id, amount: 0.01 }), /invariant audits is broken/)
})

t.test('patch: absent, null and present arguments differ', async (t) => {
  const of = desk()
  const one = client(of)
  t.match(of.call('rename', { id: one.id, name: 'Zoe', phone: null, wallet: 7 }).json, { name: 'Zoe', phone: null, wallet: 7, score: one.score })
  t.match(of.call('rename', { id: one.id, phone: '1' }).json, { name: 'Zoe', phone: '1' })
  const state = of.state()
  of.call('rename', { id: one.id })
  t.equal(of.state(), state, 'no argument, no change')
  t.throws(() => of.call('rename', { id: 'nobody', name: 'x' }), SpecFault)
})

t.test('each id rule', async (t) => {
  const of = desk()
  const made = (table: string, texts: string[]) => of.call('many', { table, texts })
  t.same((made('tickets', ['x', 'y']).json as { tickets: string[] }).tickets, ['T-002', 'T-003', 'T-004'], 'counters go on after the literal rows')
  t.match(made('tickets', ['1', '2']), { isError: true, json: 'no free key in tickets' }, 'max_rows')
  t.equal(of.rows('tickets').length, 3, 'and nothing of the call is left')
  const [first, second] = (made('hashes', ['x', 'y']).json as { hashes: string[] }).hashes
  t.match(first, /^h-[0-9a-f]{16}$/)
  t.not(first, second)
  t.match(made('hashes', ['x']), { isError: true, json: 'again x' }, 'the same values again')
  t.match(made('queue', ['', '', '']), { isError: true, json: 'no free key in queue' })
  t.same((made('queue', ['', '']).json as { queue: string[] }).queue, ['alpha', 'beta'], 'a failed call hands nothing out')
  t.same((made('seats', ['', '']).json as { seats: string[] }).seats, ['A2', 'A1', 'A3'], 'first free, in key order after the literal rows')
  t.match(made('seats', ['']), { isError: true })
  const draws = small("{t: {key: id, count: 90, columns: {id: {type: string, id: {draw: 'K{n:03}'}}}}}", '[{each: "x in t.map(y, 1)", do: [{insert: t, row: {}}]}, {return: "t.map(x, x.id)"}]')
  const keys = new Desk(draws).call('go', {}).json as string[]
  t.equal(new Set(keys).size, 180)
  t.ok(keys.every((key) => /^K\d{3}$/.test(key)))
  const full = new Desk(draws)
  for (let i = 0; i < 3; i++) full.call('go', {})
  t.match(full.call('go', {}), { isError: true, json: 'no free key in t' }, '1000 numbers, 1440 rows')
})

t.test('if_exists: fail, ignore, replace; at max_rows an existing row may still be replaced', async (t) => {
  const of = desk()
  const upsert = (id: string, text: string, how: string) => of.call('upsert', { id, text, how })
  t.match(upsert('T-002', 'new', 'fail'), { isError: true, json: 'tickets already has this row' })
  t.match(upsert('T-002', 'new', 'ignore'), { isError: false, json: { text: 'old' } })
  t.match(upsert('T-002', 'new', 'replace'), { isError: false, json: { text: 'new' } })
  for (const id of ['a', 'b', 'c']) t.match(upsert(id, id, 'fail').json, { id, text: id })
  t.match(upsert('d', 'd', 'replace'), { isError: true })
  t.match(upsert('a', 'again', 'replace').json, { text: 'again' })
  t.same(of.rows('tickets').map((row) => [row.id, row.text]), [['T-002', 'new'], ['a', 'again'], ['b', 'b'], ['c', 'c']])
})

t.test('copy_tree and delete', async (t) => {
  const of = desk()
  const copied = of.call('copy', { from: 'a', name: 'copy' }).json as { id: string; nodes: { id: string; parent: string | null; name: string }[] }
  const added = copied.nodes.filter(({ id }) => !['root', 'a', 'b', 'c'].includes(id))
  t.same(added.map(({ name }) => name).sort(), ['b', 'c', 'copy'])
  t.equal(added.find(({ name }) => name === 'copy')!.parent, 'root')
  t.ok(added.filter(({ name }) => name !== 'copy').every(({ parent }) => parent === copied.id))
  t.throws(() => of.call('copy', { from: 'nowhere', name: 'x' }), SpecFault)
  const id = client(of).id
  const count = of.rows('clients').length
  t.same(of.call('drop', { id }).json, { there: false, count: count - 1 })
  t.same(of.call('drop', { id }).json, { there: false, count: count - 1 }, 'a second time is no error')
  const circle = small('{n: {key: id, tree: {parent: up, name: id}, rows: [{id: a, up: b}, {id: b, up: a}], columns: {id: {type: string, id: {counter: "k{n}"}}, up: {type: ref, table: n}}}}', "[{copy_tree: n, from: \"'a'\"}]")
  const before = new Desk(circle)
  t.throws(() => before.call('go', {}), /circle/)
  t.equal(before.overlay.size, 0)
})

t.test('a call that fails leaves the state as it was, whatever it wrote before', async (t) => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 })
  const calls = fc.array(fc.record({ table: fc.constantFrom('tickets', 'hashes', 'queue', 'seats'), texts, fail: fc.option(fc.boolean(), { nil: undefined }) }), { maxLength: 8 })
  let failed = 0
  t.doesNotThrow(() => fc.assert(fc.property(calls, (all) => {
    const of = desk()
    for (const call of all) {
      const before = of.state()
      const { isError } = of.call('many', call)
      failed += isError ? 1 : 0
      if (isError && of.state() !== before) return false
      if (!isError && call.fail) return false
    }
    return true
  }), { numRuns: 150 }))
  t.ok(failed > 50, `${failed} calls failed`)
  t.doesNotThrow(() => fc.assert(fc.property(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 30_000 }), (i, cents) => {
    const of = desk()
    const one = client(of, i)
    const outcome = of.call('pay', { client: one.id, amount: cents / 100 })
    return client(of, i).wallet === (cents > one.wallet ? one.wallet : one.wallet - cents) && of.rows('audit').length === 1 && !outcome.isError
  }), { numRuns: 50 }))
})

t.test('draws in a tool are keyed by call and place, not by what ran before', async (t) => {
  const [x, y] = [desk(), desk()]
  t.same(x.call('lot', {}).json, y.call('lot', {}).json)
  t.notSame(x.call('lot', {}).json, new Desk(depot).call('lot', {}).json, 'the second call draws anew')
  const drawn = x.call('lot', {}).json as number[]
  t.equal(new Set(drawn).size, 3)
})

t.test('read tools that write, and steps that cannot be meant, are complained about', async (t) => {
  const complaints = (body: string, effect = 'write', defs = '{}') => readWorld(`kind: World\nname: w\nepoch: '2026-03-02T09:00:00Z'\ntables: ${BOX}\ndefs: ${defs}\ntools: {go: {description: d, effect: ${effect}, input: {properties: {a: {type: string}, n: {type: integer}}}, do: ${body}}}\n`).complaints.map(({ message }) => message).join('; ')
  for (const [step, word] of [['{set: {"boxes[\'a\'].n": 1}}', 'set'], ['{insert: boxes, row: {id: "\'c\'", n: 1}}', 'insert'], ['{delete: "boxes[\'a\']"}', 'delete'], ['{patch: "boxes[\'a\']", from: args}', 'patch']] as const) {
    t.match(complaints(`[${step}]`, 'read'), `a read tool may not ${word}`)
    t.match(complaints(`[{if: 'true', then: [{each: 'x in [1]', do: [${step}]}]}]`, 'read'), `a read tool may not ${word}`)
    t.match(complaints('[{use: w()}]', 'read', `{w: {do: [${step}]}}`), `a read tool may not ${word}`)
    t.equal(complaints(`[${step}]`, 'write'), '')
  }
  const table: [string, RegExp][] = [
    ['[{let: {boxes: "1"}}]', /'boxes' is a table/], ['[{let: {x: boxes}}]', /table is no value/], ['[{return: boxes}]', /is no value/], ['[{each: "boxes in [1]", do: [{stop: true}]}]', /'boxes' is a table/], ['[{insert: boxes, row: {id: "\'c\'", n: 1}, as: boxes}]', /'boxes' is a table/], ['[{each: "x in 5", do: [{stop: true}]}]', /int is no list/],
    ['[{insert: boxs, row: {}}]', /unknown table 'boxs'/], ['[{insert: boxes, row: {id: args.a, n: 1}}]', /may be null/], ['[{insert: boxes, row: {n: 1}}]', /column 'id' of boxes is missing/], ['[{insert: boxes, row: {id: "\'c\'", n: 1, m: 2}}]', /no column 'm'/], ['[{insert: boxes, row: {id: "\'c\'", n: 1.5}}]', /does not fit/],
    ['[{set: {"boxes[\'a\']": 1}}]', /whole row/], ['[{set: {"boxes[\'a\'].id": "\'b\'"}}]', /key cannot be set/], ['[{set: {"boxes[\'a\'].n.x": 1}}]', /has no inside/], ['[{set: {"boxes.n": 1}}]', /no place in a table/], ['[{set: {"n": 1}}]', /no place/], ['[{set: {"boxes[1].n": 1}}]', /does not fit the key/], ['[{set: {"boxes[\'a\'][0]": 1}}]', /column of boxes is missing/], ['[{delete: "boxes[\'a\'].n"}]', /is a column/], ['[{set: {"boxes[\'a\'].n": args.n}}]', /may be null/],
    ['[{patch: "boxes[\'a\']", from: "[1]"}]', /fields of a structure/], ['[{patch: "boxes[\'a\']", from: args, only: [n, q]}]', /no field 'q'/], ['[{copy_tree: boxes, from: "\'a\'"}]', /no tree/], ['[{require: "1", else: x}]', /int does not fit/], ['[{require: "true", else: "${"}]', /without its }/], ['[{require: "true", else: "${1 +}"}]', /not CEL/], ['[{require: "true", else: x, keep: [boxs]}]', /unknown table 'boxs'/], ['[{use: nope()}]', /unknown steps 'nope'/], ['[{use: nope}]', /use takes name/], ['[{return: {cases: 5}}]', /list of \[condition/], ['[{return: {cases: [["true", boxes]]}}]', /no value|does not fit/], ['[{return: {x: boxes}}]', /no value/], ['[{return: [boxes]}]', /no value/],
  ]
  for (const [body, message] of table) t.match(complaints(body), message, body)
  // A name that could not be computed is complained about once, and so is an independent mistake beside it.
  t.equal(complaints('[{let: {a: nosuch(1)}}, {let: {b: a - 1, c: b * 2}}, {require: c > now(), else: "${c - b} ${nope}"}]'), "tools.go.do.0.let.a: unknown function 'nosuch'; tools.go.do.2.else: unknown name 'nope'")
})

t.test('invariants: odd forms compile or are complained about; those over all rows see them all', async (t) => {
  for (const that of ['boxes.all(x)', 'boxes.all()', 'boxes.all(1, true)', 'boxes', '1', 'boxes.all(x, x.m > 0)', 'nope.all(x, true)', '']) {
    const { complaints } = readWorld(`kind: World\nname: w\nepoch: '2026-03-02T09:00:00Z'\ntables: ${BOX}\ninvariants: [{id: i, that: ${JSON.stringify(that)}}]\ntools: {}\n`)
    t.equal(complaints.length, 1, that)
  }
  const total = small(BOX, "[{set: {\"boxes['a'].n\": args.n.orValue(0)}}]", "invariants: [{id: each, that: 'boxes.all(x, x.n < 10)'}, {id: whole, that: 'boxes.sum(x, x.n) != 7'}]\n")
  const of = new Desk(total)
  of.call('go', { n: 4 })
  t.throws(() => of.call('go', { n: 10 }), /invariant each/)
  t.throws(() => of.call('go', { n: 5 }), /invariant whole/)
  t.same(of.rows('boxes').map((row) => row.n), [4, 2])
})
