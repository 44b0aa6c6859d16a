import t from 'tap'
import { CallLimit, SpecFault } from '../../src/world/fault.ts'
import { compileExpression } from '../../src/world/expression/compile.ts'
import { declare, ExpressionError } from '../../src/world/expression/scope.ts'
import { BOOL, dec, DOUBLE, INT, JSON_VALUE, listOf, nullable, recordOf, STRING, TIME, type Type } from '../../src/world/type.ts'
import fc from '../property.ts'
import { depotWorld, evaluate, soundWorld } from './world-under-test.ts'

const world = depotWorld()
const hostile = JSON.parse('{"a": 1, "nil": null, "list": [1, "x", {"k": 2.5}], "__proto__": 7, "text": "t", "yes": true, "price": 1.25, "when": "2026-03-02T09:00:00Z"}') as unknown
const VARIABLES: Record<string, { type: Type; value: unknown }> = {
  i: { type: INT, value: 7 }, d: { type: DOUBLE, value: 2.5 }, p: { type: dec(2), value: 1999 }, q: { type: dec(4), value: 12345 }, s: { type: STRING, value: 'Grüße, Welt' }, b: { type: BOOL, value: true },
  at: { type: TIME, value: world.epoch + 36_000_000 }, e: { type: { k: 'string', values: ['open', 'shut'] }, value: 'open' }, j: { type: JSON_VALUE, value: hostile },
  ni: { type: nullable(INT), value: null }, np: { type: nullable(dec(2)), value: 125 }, ns: { type: nullable(STRING), value: null }, nt: { type: nullable(TIME), value: null },
  l: { type: listOf(INT), value: [3, 1, 2, 1] }, ps: { type: listOf(dec(2)), value: [57, 110] }, nps: { type: listOf(nullable(dec(2))), value: [null, 100] }, ss: { type: listOf(STRING), value: ['b', 'a'] },
  r: { type: recordOf({ x: INT, y: dec(2) }), value: { x: 1, y: 250 } },
}
const run = (source: string) => evaluate(source, world, VARIABLES)

function complaintOf(source: string): ExpressionError | undefined {
  let scope = world.scope()
  for (const [name, { type }] of Object.entries(VARIABLES)) scope = declare(scope, name, type).scope
  try {
    compileExpression(source, scope)
    return undefined
  } catch (error) {
    if (error instanceof ExpressionError) return error
    throw error
  }
}

t.test('expressions have a type and a value', async (t) => {
  const table: [string, string, unknown][] = [
    ['1 + 2 * 3 - -4', 'int', 11], ['i * i', 'int', 49], ['-i', 'int', -7], ['div(-7, 2)', 'int', -4], ['mod(-7, 2)', 'int', 1], ['mod(7, -2)', 'int', -1], ['div(0, -5)', 'int', 0], ['ratio(1, 4)', 'double', 0.25], ['ratio(p, p)', 'double', 1], ['d / 2.0', 'double', 1.25], ['d * 2', 'double', 5],
    ['p + p', 'dec(2)', 39.98], ['p + 1', 'dec(2)', 20.99], ['p * 2', 'dec(2)', 39.98], ['p * 0.9', 'dec(3)', 17.991], ['p * p', 'dec(4)', 399.6001], ['p + q', 'dec(4)', 21.2245], ['p - 0.001', 'dec(3)', 19.989], ['-p', 'dec(2)', -19.99], ['abs(-p)', 'dec(2)', 19.99],
    ['round(q, 2)', 'dec(2)', 1.23], ['round(-q, 3)', 'dec(3)', -1.235], ['round(2.5, 0)', 'dec(0)', 3], ["round(2.5, 0, 'even')", 'dec(0)', 2], ["round(usd('0.125') * 1, 2)", 'dec(2)', undefined], ['round(i, 2)', 'dec(2)', 7], ['min(p, 3)', 'dec(2)', 3], ['max(i, d)', 'double', 7], ['min(at, now())', 'time', '2026-03-02T09:00:00Z'],
    ["usd('50')", 'dec(2)', 50], ["to_dec('1.50', 2)", 'dec(2)?', 1.5], ["to_dec('1.501', 2)", 'dec(2)?', null], ["to_dec('x', 2)", 'dec(2)?', null], ["to_int(' 12 ')", 'int?', 12], ["to_int('1.5')", 'int?', null], ["to_int('-0')", 'int?', 0],
    ['p == 19.99', 'bool', true], ['p == 20', 'bool', false], ['p < 20', 'bool', true], ['p > d', 'bool', undefined], ['i < 7.5', 'bool', true], ['q >= p', 'bool', false], ['d == 2.5', 'bool', true], ['i == 7.0', 'bool', true],
    ['ni == null', 'bool', true], ['np == 1.25', 'bool', true], ['ni == 3', 'bool', false], ['ns == null ? 1 : 2', 'int', 1], ['np.orValue(3)', 'dec(2)', 1.25], ['ni.orValue(4)', 'int', 4], ["ns.orValue('x')", 'string', 'x'],
    ['b && !b || true', 'bool', true], ["b ? 'x' : 'y'", 'string', 'x'], ['b ? p : 1', 'dec(2)', 19.99], ['b ? p : 0.5', 'dec(2)', 19.99], ['b ? 0.125 : p', 'dec(3)', 0.125], ['[p, 0.5]', 'list of dec(2)', [19.99, 0.5]], ['b ? d : 0.5', 'double', 2.5], ['np.orValue(0.5)', 'dec(2)', 1.25], ['b ? 1 : p', 'dec(2)', 1], ['b ? null : 1', 'int?', null], ['b ? {"y": 5} : {"y": p}', '{y}', { y: 5 }], ['[{"y": 5}, {"y": p}]', 'list of {y}', [{ y: 5 }, { y: 19.99 }]], ['[[1], [p]]', 'list of list of dec(2)', [[1], [19.99]]], ['[1, p, q]', 'list of dec(4)', [1, 19.99, 1.2345]], ['[1, "a"]', 'list of json', [1, 'a']],
    ["s.lower() + '!' + s.upper()", 'string', 'grüße, welt!GRÜSSE, WELT'], ["'  x '.trim()", 'string', 'x'], ["s.contains('Welt') && s.startsWith('Gr') && s.endsWith('lt')", 'bool', true], ["'a,b,,c'.split(',')", 'list of string', ['a', 'b', '', 'c']], ["'a.b.c'.replace('.', '$&')", 'string', 'a$&b$&c'], ["ss.join('-')", 'string', 'b-a'], ["size(s) + size(l)", 'int', 15], ["text_match(s, 'WELT grüße')", 'bool', true], ["text_match(s, 'mars')", 'bool', false], ["re(s, '^G.*t$')", 'bool', true], ['string(p)', 'string', '19.99'], ['string(at)', 'string', '2026-03-02T19:00:00Z'], ['string(ni)', 'string', 'null'], ['string(r)', 'string', '{"x":1,"y":2.5}'], ["string(-0.0)", 'string', '0'],
    ['l.sort()', 'list of int', [1, 1, 2, 3]], ['l.distinct()', 'list of int', [3, 1, 2]], ['l.last()', 'int?', 1], ['l.top(2)', 'list of int', [3, 1]], ['l.top(-1)', 'list of int', []], ['l[0] + l[3]', 'int', 4], ['2 in l', 'bool', true], ['i in l', 'bool', false], ['l + [9]', 'list of int', [3, 1, 2, 1, 9]], ['l.contains(3)', 'bool', true], ["l.zip([4, 5])", 'list of list of int', [[3, 4], [1, 5]]], ['[1].zip(ps)', 'list of list of dec(2)', [[1, 0.57]]], ['l.page(1, 2)', '{items, range, total}', { items: [1, 2], range: '2-3', total: 4 }], ['l.page(9, 2).range', 'string', 'none'], ['1.10 in ps', 'bool', true], ['ni in l', 'bool', false], ['ps.contains(0.57)', 'bool', true], ['null in nps', 'bool', true], ['ps.sort()', 'list of dec(2)', [0.57, 1.1]],
    ['l.filter(x, x > 1)', 'list of int', [3, 2]], ['l.map(x, x * 2)', 'list of int', [6, 2, 4, 2]], ['l.exists(x, x == 2) && !l.all(x, x == 2)', 'bool', true], ['l.count(x, x == 1)', 'int', 2], ['l.first(x, x < 3)', 'int?', 1], ['l.one(x, x == 1)', 'int?', null], ['l.one(x, x == 3)', 'int?', 3], ['ps.sum(x, x * 2)', 'dec(2)', 3.34], ['l.min_by(x, -x)', 'int?', 3], ['l.max_by(x, x)', 'int?', 3], ["l.sort_by(x, x, 'desc')", 'list of int', [3, 2, 1, 1]], ['[].sum(x, 1)', 'int', 0],
    ['now()', 'time', '2026-03-02T09:00:00Z'], ["now().plus(-2, 'days')", 'time', '2026-02-28T09:00:00Z'], ["days(now(), at.plus(2, 'day'))", 'int', 2], ["days(at, now())", 'int', -1], ["at > now()", 'bool', true], ["time('2026-03-02') < now()", 'bool', true],
    ['j.a', 'json', 1], ['j.nil', 'json', null], ['j.missing', 'json', null], ['j.list[2].k', 'json', 2.5], ['j["text"]', 'json', 't'], ['j.a == 1', 'bool', true], ['j.price == np', 'bool', true], ['j.price < p', 'bool', true], ['j.list.contains("x")', 'bool', undefined], ['p in [j.price, j.a]', 'bool', false], ['np in j.list', 'bool', false], ['1.25 in [j.price]', 'bool', true], ['size(j.list)', 'int', 3], ['j.yes && true', 'bool', true], ['j.list == [1, "x", {"k": 2.5}]', 'bool', true], ['j.when == now()', 'bool', true], ['now() in [j.when]', 'bool', true], ['j.list.filter(x, x == 1)', 'list of json', [1]],
    ['{"a": p, "b": [now()]}', '{a, b}', { a: 19.99, b: ['2026-03-02T09:00:00Z'] }], ['{"a": 1}.a', 'int', 1], ['r["y"] + 1', 'dec(2)', 3.5], ['{"x": 1, "y": 2} == {"x": 1, "y": 2}', 'bool', true], ['r == {"x": 1, "y": 2.5}', 'bool', undefined],
    ["regions.get('north').tax", 'dec(2)', 0.07], ["regions.get('nowhere')", 'row of regions?', null], ['regions.get(ns)', 'row of regions?', null], ["regions.has('south')", 'bool', true], ["regions.filter(x, x.code == 'north').map(x, x.label)", 'list of string', ['North']], ["net(p, regions.get('north').tax)", 'dec(2)', 18.59], ["regions.get('north').extra.gift", 'json', true], ["regions.get('south').extra", 'json', null], ["regions.sort_by(x, x.tax, 'desc')[0].code", 'string', 'south'],
  ]
  for (const [source, type, json] of table) {
    if (json === undefined) continue
    try {
      const found = run(source)
      t.same({ type: found.type, json: found.json }, { type, json }, source)
    } catch (error) {
      t.fail(`${source}: ${String(error)}`)
    }
  }
})

t.test('complaints say where, what was expected, and what is near', async (t) => {
  const table: [string, RegExp, number, { nearest?: string; expected?: RegExp }?][] = [
    ['1 +', /^not CEL/, 3], ['p p', /^not CEL/, 2], ['', /^not CEL/, 0], ["'open", /^not CEL/, 0],
    ['1 + odrers', /unknown name 'odrers'/, 4, { nearest: 'orders' }], ['rund(p, 2)', /unknown function 'rund'/, 0, { nearest: 'round' }], ['p.lowr()', /has no function 'lowr'/, 2], ['s.lowr()', /string has no function 'lowr'/, 2, { nearest: 'lower' }],
    ["e == 'opne'", /'opne' is not one of open, shut/, 5, { nearest: 'open' }], ["orders.filter(o, o.status == 'snt')", /'snt' is not one of/, 29, { nearest: 'sent' }], ['r.z', /has no field 'z'/, 2], ["clients.get('x').walet", /no field 'walet'/, 17, { nearest: 'wallet', expected: /wallet/ }],
    ['i / 2', /which division/, 2, { expected: /div\(a, b\)/ }], ['i % 2', /which division/, 2], ['p / 2', /which division/, 2], ['p + d', /do not mix/, 2, { expected: /round/ }], ['p * d', /do not mix/, 2], ['1 + s', /int \+ string/, 2, { expected: /string\(x\)/ }], ['b + 1', /no arithmetic between bool and int/, 2], ['s * 2', /no arithmetic/, 2], ['at - now()', /no arithmetic between time and time/, 3, { expected: /seconds\(a, b\)/ }], ['at + 5', /no arithmetic between time and int/, 3, { expected: /t\.plus/ }], ['-s', /cannot be negated/, 0],
    ['i == s', /int is never equal to string/, 2], ['s < 1', /have no order/, 2, { expected: /two numbers/ }], ['b < b', /have no order/, 2], ['now() == 5', /never equal/, 6], ['i ? 1 : 2', /no condition/, 0, { expected: /bool/ }], ["b ? 1 : 'x'", /branches differ/, 0], ['!i', /no condition/, 1], ['b && 1', /no condition/, 5],
    ['l[s]', /string does not fit an index/, 0], ['orders[0]', /int does not fit the key of orders/, 7, { expected: /string/ }], ['orders.id', /has no fields/, 7, { expected: /orders\.get\(key\)\.id/ }], ['orders == orders', /a table is no value/, 7], ['size(orders)', /size of table/, 0, { expected: /count/ }], ['1 in orders', /needs a list/, 2, { expected: /has/ }], ['string(orders)', /takes one value/, 0],
    ['orders.get(1)', /does not fit the key of orders/, 11, { expected: /string/ }], ['orders.get()', /takes the key/, 7], ['l.filter(x)', /takes a name and an expression/, 2], ['l.filter(1, true)', /invalid predicate iteration variable/, 9], ['l.filter(x, x)', /no condition/, 12], ['l.map(i, i)', /already a name/, 6], ['s.filter(x, true)', /string has no function 'filter'/, 2], ['i.map(x, x)', /int has no function/, 2], ["l.sort_by(x, x, 'down')", /'asc' or 'desc'/, 2], ['l.sum(x, s)', /a sum of string/, 9], ['[r].sort()', /has no order/, 4], ['[b].sort_by(x, x)', /bool has no order/, 15], ['clients.sum(c, c.name)', /a sum of string/, 17],
    ['l.map(a, l.map(c, l.map(f, l.map(g, 1))))', /nest deeper than 3/, 29], ["re(s, '(')", /no RE2 pattern/, 0], ['re(s, s)', /text literal/, 0], ["usd('1.234')", /no amount/, 0, { expected: /usd/ }], ["time('2026-02-31')", /no time/, 0], ['round(p)', /round takes/, 0], ['round(p, 1.5)', /round takes/, 0], ['round(p, -1)', /round takes/, 0], ['round(p, 9)', /round takes/, 0], ["round(p, 1, 'up')", /round takes/, 0], ['round(s, 1)', /cannot be rounded/, 0], ['to_dec(s, 7)', /literal from 0 to 4/, 0], ["now().plus(1, 'fortnight')", /unit is a literal/, 6], ["now().plus(1, 'constructor')", /unit is a literal/, 6], ["now().plus(1, 'toString')", /unit is a literal/, 6], ['div(p, 2)', /does not fit div/, 4], ['min(1)', /takes two numbers/, 0], ["min(s, s)", /takes two numbers, not string and string/, 0], ["draw(s, 1, 2)", /text literal/, 5], ['has(p)', /has takes a field/, 0], ['has(r.z)', /no field 'z'/, 6], ['net(1)', /net takes 2 values/, 0, { expected: /net\(price, tax\)/ }],
    ['b"x"', /not part of the language|not CEL/, 0], ['1u', /not part|not CEL/, 0], ['9007199254740993', /2\^53/, 0], ['{1: 2}', /text literals/, 1], ['{"__proto__": 1}', /is no key/, 1], ['q * q * q', /more than 8 decimal places/, 6, { expected: /round/ }], ['l.zip(ss)', /two lists of one type/, 2, { expected: /range\(size\(l\)\)/ }], ['[1] + ss', /do not join/, 4], ["l.contains('x')", /never contains/, 2], ['ni in ss', /never|fit/, 3], ['constructor', /unknown name/, 0], ['__proto__', /Reserved identifier/, 0], ['toString()', /unknown function/, 0], ['s.constructor()', /has no function/, 2], ['r.constructor', /no field/, 2], ['r.__proto__', /no field/, 2], ['valueOf(1)', /unknown function/, 0], ['has(r.toString)', /no field/, 6], ['nt.plus(1, "day")', /may be null/, 0], ['days(nt, at)', /may be null: x\.orValue/, 5],
  ]
  for (const [source, message, offset, hint = {}] of table) {
    const found = complaintOf(source)
    if (!found) {
      t.fail(`${source}: no complaint`)
      continue
    }
    t.match(found.message, message, source)
    t.equal(found.offset, offset, `${source}: offset`)
    if (hint.nearest) t.equal(found.nearest, hint.nearest, `${source}: nearest`)
    if (hint.expected) t.match(found.expected, hint.expected, `${source}: expected`)
  }
})

t.test('faults and limits at run time', async (t) => {
  for (const source of ['ni + 1', 'ni < 2.5', 'ni < 2', 'max(ni, 1)', 'min(nt, at)', 'j.a.b', 'j.list["x"]', 'j.list[3]', 'l[4]', 'l[-1]', "regions.get('x').tax", 'j.text < 1', 'j.missing && true', 'size(j.a)', 'j.a.filter(x, true)', '1 in j.a', 'ns + "x"', 'nps.sum(x, x)', 'j.text.sum(x, 1)', '[j.text].sum(x, x)']) t.throws(() => run(source), SpecFault, source)
  for (const source of ['div(1, 0)', 'mod(1, 0)', 'ratio(1, 0)', 'd / 0.0', '9007199254740991 + 1', '94906267 * 94906267', 'p * 9007199254740991', 'd * 1e308 * 10.0', "now().plus(9007199254740991, 'day')", "now().plus(-800000, 'day')", "draw('x', 2, 1)"]) t.throws(() => run(source), CallLimit, source)
  t.ok(Number.isSafeInteger(run("draw('x', 0, 9007199254740990)").raw), 'the widest draw')
})

t.test('what every object inherits is nobody\'s field', async (t) => {
  const empty = { type: JSON_VALUE, value: {} }
  for (const name of ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__']) {
    t.equal(evaluate(`j.${name}`, world, { j: empty }).json, null, name)
    t.equal(evaluate(`has(j.${name})`, world, { j: empty }).json, false, `has ${name}`)
    const own = { type: JSON_VALUE, value: JSON.parse(`{"${name}": 1}`) as unknown }
    t.equal(evaluate(`has(j.${name}) && j.${name} == 1`, world, { j: own }).json, true, `own ${name}`)
    t.equal(evaluate('a == b || b == a', world, { a: empty, b: own }).json, false, `{} and {${name}}`)
    t.equal(evaluate('a == b', world, { a: own, b: own }).json, true)
  }
  t.same(evaluate('{"constructor": 1, "toString": 2}.constructor', world).json, 1)
  t.same(run('j.__proto__').json, 7)
  t.equal(evaluate('a == b', world, { a: { type: JSON_VALUE, value: { x: null } }, b: { type: JSON_VALUE, value: {} } }).json, false, 'null and absent differ, either way round')
  t.equal(evaluate('b == a', world, { a: { type: JSON_VALUE, value: { x: null } }, b: { type: JSON_VALUE, value: {} } }).json, false)
})

/** A decimal as an integer at scale 8, by BigInt. */
const big = (units: number, scale: number) => BigInt(units) * 10n ** BigInt(8 - scale)

t.test('decimals are exact: sums, products, order, rounding against BigInt', async (t) => {
  const units = fc.integer({ min: -50_000_000, max: 50_000_000 })
  const scale = fc.integer({ min: 0, max: 4 })
  const variable = (n: number, s: number) => ({ type: dec(s), value: n })
  const compare = (op: string, of: (a: bigint, b: bigint) => unknown) => fc.assert(fc.property(units, scale, units, scale, (m, s, n, r) => {
    const { raw, type } = evaluate(`a ${op} b`, world, { a: variable(m, s), b: variable(n, r) })
    const wanted = of(big(m, s), big(n, r))
    return typeof raw === 'boolean' ? raw === wanted : big(raw as number, Number(/\d+/.exec(type)![0])) === wanted
  }), { numRuns: 300 })
  t.doesNotThrow(() => compare('+', (a, b) => a + b))
  t.doesNotThrow(() => compare('-', (a, b) => a - b))
  t.doesNotThrow(() => compare('<', (a, b) => a < b))
  t.doesNotThrow(() => compare('>=', (a, b) => a >= b))
  t.doesNotThrow(() => compare('==', (a, b) => a === b))
  t.doesNotThrow(() => compare('!=', (a, b) => a !== b))
  t.doesNotThrow(() => fc.assert(fc.property(units, scale, fc.integer({ min: -90_000, max: 90_000 }), scale, (m, s, n, r) => {
    const { raw, type } = evaluate('a * b', world, { a: variable(m, s), b: variable(n, r) })
    return BigInt(raw as number) === BigInt(m) * BigInt(n) && type === `dec(${s + r})`
  })))
  t.doesNotThrow(() => fc.assert(fc.property(units, scale, fc.integer({ min: 0, max: 8 }), fc.boolean(), (m, s, places, even) => {
    const { raw, type } = evaluate(`round(a, ${places}${even ? ", 'even'" : ''})`, world, { a: variable(m, s) })
    const unit = places >= s ? 1n : 10n ** BigInt(s - places)
    const magnitude = BigInt(Math.abs(m))
    const [quotient, rest] = [magnitude / unit, magnitude % unit]
    const up = rest * 2n > unit || (rest * 2n === unit && (!even || quotient % 2n === 1n)) ? 1n : 0n
    const wanted = (quotient + (unit === 1n ? 0n : up)) * (m < 0 ? -1n : 1n) * (places > s ? 10n ** BigInt(places - s) : 1n)
    return BigInt(raw as number) === wanted && type === `dec(${places})` && !Object.is(raw, -0)
  })))
})

t.test('whole numbers: floor division and modulo exact to 2^53, mixed comparisons like numbers', async (t) => {
  const int = fc.maxSafeInteger()
  t.doesNotThrow(() => fc.assert(fc.property(int, int.filter((n) => n !== 0), (a, b) => {
    const quotient = evaluate('div(a, b)', world, { a: { type: INT, value: a }, b: { type: INT, value: b } }).raw as number
    const rest = evaluate('mod(a, b)', world, { a: { type: INT, value: a }, b: { type: INT, value: b } }).raw as number
    const floor = BigInt(a) / BigInt(b) - (BigInt(a) % BigInt(b) !== 0n && a < 0 !== b < 0 ? 1n : 0n)
    return BigInt(quotient) === floor && BigInt(rest) === BigInt(a) - floor * BigInt(b) && !Object.is(quotient, -0) && !Object.is(rest, -0)
  }), { numRuns: 3000, examples: [[9007199254740991, 9007199254740990], [-9007199254740991, 2], [9007199254740991, 4503599627370496]] }))
  const money = fc.integer({ min: -1e9, max: 1e9 })
  t.doesNotThrow(() => fc.assert(fc.property(money, money, fc.double({ min: -1e6, max: 1e6, noNaN: true }), (a, n, x) => {
    const variables = { p: { type: dec(2), value: a }, n: { type: INT, value: n }, x: { type: DOUBLE, value: x }, j: { type: JSON_VALUE, value: a / 100 } }
    return evaluate('p < n', world, variables).raw === (BigInt(a) < BigInt(n) * 100n) && evaluate('n <= p', world, variables).raw === (BigInt(n) * 100n <= BigInt(a))
      && evaluate('n < x', world, variables).raw === (n < x) && evaluate('p == j', world, variables).raw === true && evaluate('n == p', world, variables).raw === (BigInt(n) * 100n === BigInt(a))
  })))
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(money), (units) => {
    const list = { type: listOf(dec(2)), value: units }
    return BigInt(evaluate('l.sum(x, x)', world, { l: list }).raw as number) === units.reduce((sum, n) => sum + BigInt(n), 0n)
      && JSON.stringify(evaluate('[l, [1.5]]', world, { l: list }).json) === JSON.stringify([units.map((n) => n / 100), [1.5]])
  })))
})

t.test('a literal handed to a definition stays exact', async (t) => {
  const world = soundWorld(`kind: World\nname: w\nepoch: '2026-03-02T09:00:00Z'\ntables: {t: {key: id, rows: [{id: a, price: 71.9}], columns: {id: {type: string}, price: {type: dec}}}}\ndefs: {net: {params: [p, rate], value: p * rate}}\ntools: {}`)
  t.equal(evaluate("net(t.get('a').price, 0.19)", world).json, 13.661)
  t.equal(evaluate('net(3, 2)', world).json, 6)
})
