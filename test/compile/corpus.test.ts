import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { WRONG_SPECS } from './wrong-specs.ts'

const SHOP = readFileSync(join(import.meta.dirname, '../fixtures/shop.yaml'), 'utf8')
const compile = (text: string, file = 'shop.yaml') => compileCatalogue([{ file, text }])

/** Line and column of a piece of text, from 1. */
function placeOf(text: string, piece: string): { line: number; column: number } {
  const at = text.indexOf(piece)
  if (at < 0 || text.indexOf(piece, at + 1) >= 0) throw new Error(`'${piece}' is not there just once`)
  const before = text.slice(0, at).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1 }
}

type Case = {
  /** What is replaced in the shop, and by what. */
  readonly from: string
  readonly to: string
  /** Where the complaint is: this text of the wrong spec. */
  readonly at: string
  readonly code: string
  readonly message: RegExp
  readonly nearest?: string
  readonly expected?: RegExp
}

const wrong = (from: string, to: string, at: string, code: string, message: RegExp, more: { nearest?: string; expected?: RegExp } = {}): Case => ({ from, to, at, code, message, ...more })

const CASES: Case[] = [
  // Shape.
  wrong('tables:\n', 'tabels:\n', 'tabels', 'unknown_key', /unknown key 'tabels'/, { nearest: 'tables', expected: /tools/ }),
  wrong("epoch: '2026-03-02T09:00:00Z'", 'epoch: yesterday', 'yesterday', 'value', /epoch/),
  wrong("epoch: '2026-03-02T09:00:00Z'", "epoch: '2026-03-02T09:00:00.12345Z'", "'2026-03-02T09:00:00.12345Z'", 'value', /no time of the calendar/),
  wrong('kind: World\n', 'kind: Wrld\n', 'Wrld', 'kind', /unknown kind 'Wrld'/, { nearest: 'World', expected: /Framework/ }),
  wrong('kind: World\n', 'kind: toString\n', 'toString', 'kind', /unknown kind 'toString'/),
  wrong('name: shop\nepoch', 'name: Shop World\nepoch', 'Shop World', 'value', /lower case/),
  wrong('key: id\n    count: 40', 'keys: id\n    count: 40', 'keys: id', 'unknown_key', /unknown key 'keys'/, { nearest: 'key' }),
  wrong('count: 40', 'count: -1', '-1\n    columns:\n      id: {type: string, id: {draw', 'value', /count/),
  wrong('count: 40', 'count: forty', 'forty', 'value', /count/, { expected: /number/ }),
  wrong('type: dec, scale: 2', 'type: decimal, scale: 2', 'decimal', 'value', /total\.type/, { expected: /dec/ }),
  wrong('type: dec, scale: 2', 'type: dec, scale: 9', '9, between', 'value', /scale/),
  wrong('  add_note:\n', '  AddNote:\n', 'AddNote', 'name', /'AddNote' is no name/),
  wrong('  add_note:\n', '  constructor:\n', 'constructor', 'name', /'constructor' is no name/),
  wrong('effect: write', 'effect: writes', 'writes', 'value', /effect/, { expected: /read, write/ }),
  wrong('budgets: {turns: 12', 'budgets: {turn: 12', 'turn: 12', 'unknown_key', /unknown key 'turn'/, { nearest: 'turns' }),
  wrong('kind: state.untouched\n      except', 'kind: state.untuched\n      except', 'state.untuched', 'value', /kind/, { expected: /state\.untouched/ }),
  wrong('    - insert: notes\n', '    - insrt: notes\n', 'insrt', 'unknown_key', /insrt/),
  wrong("    - require: o.status == 'pending'\n      else: 'Order ${args.order_id} is ${o.status}'\n", "    - require: o.status == 'pending'\n", "require: o.status == 'pending'", 'missing', /else: is missing/),
  // Names.
  wrong('order: {type: ref, table: orders}', 'order: {type: ref, table: ordes}', 'ordes', 'name', /unknown table 'ordes'/, { nearest: 'orders' }),
  wrong('key: id\n    count: 40', 'key: ide\n    count: 40', 'ide\n', 'name', /no column 'ide'/, { nearest: 'id' }),
  wrong('world: shop\n', 'world: shpo\n', 'shpo', 'name', /no World 'shpo'/, { nearest: 'shop' }),
  wrong('framework: shop-desk', 'framework: shop-dsk', 'shop-dsk', 'name', /no Framework 'shop-dsk'/, { nearest: 'shop-desk' }),
  wrong('dynamics: slow', 'dynamics: slwo', 'slwo', 'name', /no dynamics profile 'slwo'/, { nearest: 'slow' }),
  wrong('root: clerk', 'root: clark', 'clark', 'name', /no agent 'clark'/, { nearest: 'clerk', expected: /clerk/ }),
  wrong("tools: ['*']", "tools: ['get_ordr', '*']", "'get_ordr'", 'name', /no tool fits 'get_ordr'/, { nearest: 'get_order' }),
  wrong('{call: add_note, with', '{call: ad_note, with', 'ad_note', 'name', /unknown tool 'ad_note'/, { nearest: 'add_note' }),
  wrong('      call: get_order\n', '      call: get_orders\n', 'get_orders', 'name', /unknown tool 'get_orders'/, { nearest: 'get_order' }),
  wrong('      call: get_order\n', '      call: add_note\n', 'add_note\n      with', 'read_back', /'add_note' writes/, { expected: /read tool/ }),
  wrong('order: {from: orders, where', 'order: {from: order, where', 'order, where', 'name', /unknown table 'order'/),
  wrong('      text: {pick: [leave', '      notes: {pick: [leave', 'notes: {pick: [leave at door', 'name', /'notes' is a table/),
  wrong('{id: once, kind', '{id: noted, kind', 'noted, kind: effects', 'name', /two checks are called 'noted'/),
  wrong('exactly_once, insert: notes', 'exactly_once, insert: note', 'note, where: "row', 'name', /unknown table 'note'/, { nearest: 'notes' }),
  wrong('  get_order:\n', '  finish:\n', 'finish:\n    description: Looks', 'name', /'finish' is a reserved tool name/),
  wrong('row: {order: o.id, text', 'row: {ordr: o.id, text', 'ordr', 'name', /no column 'ordr'/, { nearest: 'order' }),
  wrong('required: [order_id]}', 'required: [order]}', 'order]', 'name', /no property 'order'/, { expected: /order_id/ }),
  wrong('with: {order_id: order.id, text: text}', 'with: {orderid: order.id, text: text}', 'orderid: ', 'name', /no argument 'orderid'/, { nearest: 'order_id' }),
  // Expressions, with the place inside the line.
  wrong("require: o.status == 'pending'", "require: o.status == 'pendng'", "'pendng'", 'expression', /'pendng' is not one of/, { nearest: 'pending' }),
  wrong('total: o.total, notes', 'total: o.totl, notes', 'totl', 'expression', /no field 'totl'/, { nearest: 'total' }),
  wrong("'notes.filter(n, n.order == o.id).map(n, n.text)'", "'notes.filtr(n, n.order == o.id)'", "filtr", 'expression', /no function 'filtr'/, { nearest: 'filter' }),
  wrong('return: {note_id: note.id}', 'return: {note_id: nte.id}', 'nte.id', 'expression', /unknown name 'nte'/, { nearest: 'note' }),
  wrong("where: \"order.status == 'pending'\"", 'where: "order.total"', 'order.total"', 'expression', /does not fit/, { expected: /bool/ }),
  wrong('{id: answer, kind: answer.typed, expect: order.total}', '{id: answer, kind: answer.typed, expect: order.total + 1.001}', 'order.total + 1.001', 'expression', /dec\(3\) does not fit/),
  wrong('difficulty: {plan_depth: 1}', 'difficulty: {plan_depth: "order.id"}', 'order.id"}\n    bind', 'expression', /does not fit/),
  wrong('done: "result.notes.exists(n, n == args.text)"', 'done: "result.notes.exists(n, n == args.text"', '"\n    do:\n    - let: {o: orders.get(args.order_id)}\n      else: \'No order ${args.order_id}\'\n    - require', 'expression', /not CEL/),
  wrong('instruction: "What is the total of order ${order.id}? Finish', 'instruction: "What is the total of order ${order.di}? Finish', 'di}? Finish', 'expression', /no field 'di'/, { nearest: 'id' }),
  // Meaning.
  wrong('effect: write', 'effect: read', 'notes\n      row', 'effect', /a read tool may not insert/, { expected: /effect: write/ }),
  wrong('count: 40', 'count: 40\n    rows: []', '    key: id\n    count: 40\n    rows'.trimStart(), 'table', /only one of count, per and rows/),
  wrong("id: {draw: 'W{n:05}'}", "description: x", '{type: string, description: x}', 'table', /base rows need keys/, { expected: /draw/ }),
  wrong("id: {draw: 'W{n:05}'}", "id: {queue: [a, b]}", '{type: string, id: {queue', 'table', /base rows need keys/),
  wrong('count: 40', 'count: 400000', "{draw: 'W{n:05}'}", 'table', /400000 rows, but only 100000 keys/),
  wrong('weights: [3, 1]', 'weights: [3]', '[3]', 'column', /1 weights for 2 choices/),
  wrong('between: [5.00, 250.00]', 'between: [250.00, 5.00]', '[250.00, 5.00]', 'column', /least is above/),
  wrong('between: [5.00, 250.00]', 'between: [5.00, 99999999999999.0]', '[5.00, 99999999999999.0]', 'column', /range of exact numbers/),
  wrong('text: {type: string}\n', 'text: {type: string, pick: toString}\n', 'toString', 'name', /no list 'toString'/),
  wrong('count: 0\n', 'count: 5\n', '{type: string}\ntools', 'column', /base rows need a text/),
  wrong('finish: {answer: found.total}', 'finish: {}', '{}', 'answer', /the task wants an answer/),
  wrong('kind: latency.constant, ms: 100', 'kind: latency.constnt, ms: 100', 'latency.constnt', 'value', /there is no kind 'latency.constnt'/, { nearest: 'latency.constant' }),
  wrong('kind: latency.constant, ms: 100', 'kind: latency.constant, mz: 100', 'mz: 100', 'unknown_key', /unknown key 'mz'/, { nearest: 'ms', expected: /^id, match, when, recovery, kind, ms$/ }),
  wrong("text: {type: string, maxLength: 200}", "text: {type: string, pattern: '['}", "'['", 'schema', /no RE2 pattern/),
]

t.test('each wrong spec gets one complaint, at its line and column, with what is near', async (t) => {
  t.ok(CASES.length >= 50, `${CASES.length} specs`)
  t.same(compile(SHOP).complaints, [])
  for (const { from, to, at, code, message, nearest, expected } of CASES) {
    const text = SHOP.replace(from, () => to)
    if (text === SHOP) throw new Error(`'${from}' is not in the shop`)
    const { complaints, catalogue } = compile(text)
    const found = complaints.find((complaint) => complaint.code === code && message.test(complaint.message))
    if (!found) {
      t.fail(`${to.trim()}: ${JSON.stringify(complaints)}`)
      continue
    }
    t.same({ file: found.file, line: found.line, column: found.column }, { file: 'shop.yaml', ...placeOf(text, at) }, to.trim())
    if (nearest) t.equal(found.nearest, nearest, `${to.trim()}: nearest`)
    if (expected) t.match(found.expected, expected, `${to.trim()}: expected`)
    t.equal(catalogue.find('shop'), undefined, 'a wrong scenario is not in the catalogue')
    t.ok(complaints.length <= 5, `${to.trim()}: ${complaints.length} complaints`)
  }
})

t.test('all complaints come at once, each in its own file', async (t) => {
  const parts = SHOP.split('\n---\n')
  const files = parts.map((text, i) => ({ file: `${i}.yaml`, text }))
  t.same(compileCatalogue(files).complaints, [], 'documents find each other over files')
  files[0]!.text = files[0]!.text.replace("o.status == 'pending'", "o.status == 'x'").replace('order: {type: ref, table: orders}', 'order: {type: ref, table: nope}')
  files[1]!.text = files[1]!.text.replace("tools: ['*']", "tools: ['zzz*', '*']")
  files[3]!.text = files[3]!.text.replace('{call: add_note', '{call: nope').replace('expect: order.total', 'expect: order.sum').replace('dynamics: slow', 'dynamics: nothing')
  const { complaints } = compileCatalogue(files)
  t.same([...new Set(complaints.map(({ file }) => file))].sort(), ['0.yaml', '1.yaml', '3.yaml'])
  for (const message of [/'x' is not one of/, /unknown table 'nope'/, /no tool fits 'zzz\*'/, /unknown tool 'nope'/, /no field 'sum'/, /profile 'nothing'/]) t.ok(complaints.some((complaint) => message.test(complaint.message)), String(message))
  t.equal(new Set(complaints.map((complaint) => JSON.stringify(complaint))).size, complaints.length, 'none twice')
})

t.test('what no task uses is checked too: definitions, documents', async (t) => {
  const defs: [string, RegExp][] = [
    ['spare: {value: 1 +}', /not CEL/], ['spare: {params: [o], value: ordrs.get(o)}', /unknown name 'ordrs'/], ['spare: {params: [o], value: orders.get(o).totl}', /no field 'totl'/], ['spare: {params: [o], value: "rund(o, 2)"}', /unknown function 'rund'/], ['spare: {value: spare()}', /calls itself/], ['spare: {params: [o, o], value: o}', /two parameters/], ['spare: {}', /either value or do/], ['spare: {value: 1, do: [{stop: true}]}', /either value or do/],
    ['round: {value: 1}', /function of the language/], ['spare: {do: [{insert: nots, row: {}}]}', /unknown table 'nots'/], ['spare: {params: [o], do: [{delete: "orders[o].idd"}]}', /no column 'idd'/], ['spare: {do: [{use: other()}]}', /unknown steps 'other'/],
  ]
  for (const [def, message] of defs) {
    const text = SHOP.replace('tools:\n  get_order', `defs: {${def}}\ntools:\n  get_order`)
    const { complaints } = compile(text)
    t.ok(complaints.some((complaint) => message.test(complaint.message) && complaint.line === placeOf(text, 'defs:').line), `${def}: ${JSON.stringify(complaints)}`)
  }
  for (const def of ['spare: {params: [p, q], value: "p * (1 - q) + min(p, q) - div(p, 2)"}', 'spare: {params: [l], value: "l.filter(x, x.n > 1).sum(x, x.price) + usd(\'1\')"}', 'spare: {params: [o, by], do: [{let: {row: orders.get(o)}, else: none}, {set: {"orders[o].total": row.total - by}}]}']) {
    t.same(compile(SHOP.replace('tools:\n  get_order', `defs: {${def}}\ntools:\n  get_order`)).complaints, [], def)
  }
  const lonely = SHOP.split('\n---\n')[0]!.replace('o.total', 'o.totl')
  t.match(compile(lonely).complaints, [{ message: /no field 'totl'/ }], 'a world that no scenario names')
  t.match(compile(`${SHOP}\n---\n${SHOP.split('\n---\n')[1]!}`).complaints, [{ message: /a second Framework 'shop-desk'/ }])
})

t.test('wrong worlds, columns, users, rules, variants and tests', async (t) => {
  const sound = new Map<string, string>()
  for (const { base, from, to, at, code, message, nearest, expected } of WRONG_SPECS) {
    const text = sound.get(base) ?? readFileSync(join(import.meta.dirname, '../fixtures', base), 'utf8')
    if (!sound.has(base)) t.same(compile(text, base).complaints, [], `${base} is sound`)
    sound.set(base, text)
    const wrongText = text.replace(from, () => to)
    if (wrongText === text) throw new Error(`'${from}' is not in ${base}`)
    const { complaints } = compile(wrongText, base)
    const found = complaints.find((complaint) => complaint.code === code && message.test(complaint.message))
    if (!found) {
      t.fail(`${to.trim()}: ${JSON.stringify(complaints)}`)
      continue
    }
    const [before, piece] = at.includes('|') ? [at.slice(0, at.indexOf('|')), at.replace('|', '')] : ['', at]
    const { line, column } = placeOf(wrongText, piece)
    const lines = before.split('\n')
    const place = { line: line + lines.length - 1, column: lines.length > 1 ? lines.at(-1)!.length + 1 : column + before.length }
    t.same({ line: found.line, column: found.column }, place, to.trim())
    if (nearest) t.equal(found.nearest, nearest, `${to.trim()}: nearest`)
    if (expected) t.match(found.expected, expected, `${to.trim()}: expected`)
    t.ok(complaints.length <= 8, `${to.trim()}: ${JSON.stringify(complaints)}`)
  }
  t.ok(CASES.length + WRONG_SPECS.length >= 100, `${CASES.length + WRONG_SPECS.length} wrong specs`)
})

t.test('expressions that blow up, and patterns that would, are refused or run in bounded time', async (t) => {
  const inside = (expression: string) => SHOP.replace('return: {note_id: note.id}', () => `return: ${JSON.stringify(expression)}`)
  const table: [string, string, RegExp][] = [
    ['10,000 brackets', `${'('.repeat(1900)}1${')'.repeat(1900)}`, /not CEL/], ['a long sum', Array(1100).fill('1').join('+'), /not CEL|nodes/], ['comprehensions in comprehensions', 'orders.map(a, orders.map(b, orders.map(c, orders.map(d, 1))))', /nest deeper than 3/],
    ['a long list', `[${Array(600).fill('1').join(',')}]`, /not CEL/], ['many arguments', `min(${Array(20).fill('1').join(',')})`, /not CEL|takes/], ['a prototype', "{'__proto__': 1}", /is no key/], ['a prototype field', 'args.__proto__', /no field|Reserved/], ['a constructor', 'args.constructor', /no field 'constructor'/], ['code', "constructor.constructor('return 1')()", /not CEL|unknown/], ['a number past 2^53', '9007199254740993', /2\^53/], ['an unknown escape', "'\\q'", /not CEL/], ['assignment', 'o = 1', /not CEL/], ['a statement', '1; 2', /not CEL/],
  ]
  for (const [name, expression, message] of table) {
    const began = process.hrtime.bigint()
    const { complaints } = compile(inside(expression))
    t.ok(complaints.some((complaint) => message.test(complaint.message)), `${name}: ${JSON.stringify(complaints).slice(0, 300)}`)
    t.ok(process.hrtime.bigint() - began < 2_000_000_000n, `${name}: in time`)
  }
  const doubling = Array.from({ length: 12 }, (_, i) => `d${i}: {value: "${i ? `d${i - 1}() + d${i - 1}()` : '1'}"}`).join(', ')
  t.match(compile(inside('d11()').replace('tools:\n  get_order', `defs: {${doubling}}\ntools:\n  get_order`)).complaints.map(({ message }) => message).join(), /nest deeper than 8|nodes/)
  const pattern = compile(SHOP.replace('text: {type: string, maxLength: 200}', () => "text: {type: string, pattern: '^(a+)+$'}"))
  t.same(pattern.complaints, [], 'a catastrophic pattern is none in a linear engine')
  const began = process.hrtime.bigint()
  const read = pattern.catalogue.find('shop')!.world.tools.get('add_note')!.read({ order_id: 'x', text: `${'a'.repeat(50_000)}!` }, '')
  t.ok('problem' in read && process.hrtime.bigint() - began < 2_000_000_000n)
})
