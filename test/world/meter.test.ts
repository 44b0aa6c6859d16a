import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { BaseWorld } from '../../src/world/base-world.ts'
import { compileExpression } from '../../src/world/expression/compile.ts'
import { declare, ExpressionError } from '../../src/world/expression/scope.ts'
import { CALL_UNITS } from '../../src/world/evaluation.ts'
import { CallLimit } from '../../src/world/fault.ts'
import { Overlay } from '../../src/world/overlay.ts'
import { Transaction } from '../../src/world/transaction.ts'
import { INT, JSON_VALUE, listOf, STRING, type Type } from '../../src/world/type.ts'
import fc from '../property.ts'
import { depotWorld, Desk, evaluate, readWorld, soundWorld } from './world-under-test.ts'

const world = depotWorld()
const LONG = { s: { type: STRING, value: 'x'.repeat(10_000) }, l: { type: listOf(INT), value: Array.from({ length: 1000 }, (_, i) => i) }, j: { type: JSON_VALUE, value: Array.from({ length: 1000 }, (_, i) => i) } }

/** Milliseconds of this process that a piece of work takes. */
function timed(work: () => void): number {
  const before = process.cpuUsage()
  work()
  return process.cpuUsage(before).user / 1000
}

/** A world of one tool without input; its steps as YAML in flow style. */
function toolWorld(steps: string, defs = '{}'): string {
  return `kind: World\nname: w\nepoch: '2026-03-02T09:00:00Z'\ntables: {boxes: {key: id, rows: [{id: a, j: null}], columns: {id: {type: string}, j: {type: json}}}}\ndefs: ${defs}\ntools: {go: {description: d, effect: write, input: {properties: {}}, do: ${steps}}}\n`
}

t.test('what grows is cut off before it hurts', async (t) => {
  const sources = [
    'l.map(a, l.map(b, l.map(c, 1)))', 'l.count(a, l.exists(b, l.exists(c, c < 0)))', 'orders.count(a, orders.exists(b, orders.exists(c, c.total < 0)))', 'l.map(x, s + s)', 'l.map(x, s.upper())', "l.map(x, s.replace('x', s))", "l.map(x, s.split(''))",
    's.replace("x", s)', "s.split('').join(s)", 's.split("").map(c, s).join(s)', 'l.map(x, l + l)', 'l.map(x, string(l))', 'l.map(x, string(j))', 'l.map(x, l == l.map(y, y))', 'l.filter(x, l.map(y, [y]).distinct() == [[1]])', 'l.map(x, l.sort())', 'l.map(x, l.zip(l))', "l.map(x, text_match(s, s))", "l.map(x, re(s, '(x?){900}y'))", 'l.map(x, l.map(y, l)).map(z, string(z))', 'l.map(a, l.contains(-1))', 'l.map(a, -1 in l)', 'l.map(a, l.sort_by(b, b))',
  ]
  for (const source of sources) {
    const ms = timed(() => t.throws(() => evaluate(source, world, LONG), CallLimit, source))
    t.ok(ms < 1500, `${source}: ${Math.round(ms)} ms`)
  }
})

t.test('texts and lists that double, step by step or in a loop', async (t) => {
  const doubling = (first: string, next: (name: string) => string) => ['a0', ...Array.from({ length: 40 }, (_, i) => `a${i + 1}`)].map((name, i) => `{let: {${name}: ${JSON.stringify(i ? next(`a${i - 1}`) : first)}}}`)
  const bodies = [
    [...doubling("'xxxxxxxx'", (a) => `${a} + ${a}`), '{return: a40}'],
    [...doubling('[1]', (a) => `${a} + ${a}`), '{return: a40}'],
    [...doubling("'ab'", (a) => `${a}.replace('a', ${a})`), '{return: a40}'],
    ['{let: {a: "boxes.map(x, 1) + [1,2,3,4,5,6,7,8,9,10]"}}', '{let: {b: "a.map(x, a)"}}', '{let: {c: "b.map(x, b)"}}', '{let: {d: "c.map(x, c)"}}', '{let: {e: "d.map(x, d)"}}', '{let: {f: "e.map(x, e)"}}', '{return: f}'],
    ['{let: {a: "[1,2,3,4,5,6,7,8,9,10]"}}', '{let: {b: "a.map(x, a)"}}', '{let: {c: "b.map(x, b)"}}', '{let: {d: "c.map(x, c)"}}', '{let: {e: "d.map(x, d)"}}', '{let: {f: "e.map(x, e)"}}', "{require: 'false', else: '${f}'}"],
    ['{let: {a: "[1,2,3,4,5,6,7,8,9,10]"}}', '{let: {b: "a.map(x, a)"}}', '{let: {c: "b.map(x, b)"}}', '{let: {d: "c.map(x, c)"}}', '{let: {e: "d.map(x, d)"}}', '{let: {f: "e.map(x, e)"}}', "{set: {\"boxes['a'].j\": f}}", '{return: "1"}'],
  ]
  for (const body of bodies) {
    const desk = new Desk(soundWorld(toolWorld(`[${body.join(', ')}]`)))
    const ms = timed(() => {
      const outcome = desk.call('go', {})
      t.match(outcome, { isError: true, cost: CALL_UNITS })
    })
    t.ok(ms < 1500, `${Math.round(ms)} ms`)
    t.equal(desk.overlay.size, 0)
  }
  const nested = "[{each: 'a in boxes.map(x, [1,2,3,4,5,6,7,8,9,10])[0]', do: [{each: 'b in [1,2,3,4,5,6,7,8,9,10]', do: [{each: 'c in [1,2,3,4,5,6,7,8,9,10]', do: [{each: 'd in [1,2,3,4,5,6,7,8,9,10]', do: [{each: 'e in [1,2,3,4,5,6,7,8,9,10]', do: [{set: {\"boxes['a'].j\": e}}]}]}]}]}]}]"
  t.equal(new Desk(soundWorld(toolWorld(nested))).call('go', {}).isError, true)
})

t.test('what a call stores cannot grow without end from call to call', async (t) => {
  const desk = new Desk(soundWorld(toolWorld("[{set: {\"boxes['a'].j\": \"{'l': boxes.get('a').j, 'r': boxes.get('a').j}\"}}]")))
  let failed = 0
  const ms = timed(() => { for (let i = 0; i < 80; i++) if (desk.call('go', {}).isError) failed++ })
  t.ok(failed > 50, `${failed} of 80 refused`)
  t.ok(ms < 5000, `${Math.round(ms)} ms`)
  t.ok(JSON.stringify(desk.rows('boxes')).length < 10_000_000)
})

t.test('definitions cannot expand without end, nor structures of structures', async (t) => {
  const letters = 'abcdefgh'
  const call = (name: string) => Array.from({ length: 60 }, () => `${name}()`).join(' + ')
  const values = `{${[...letters].map((name, i) => `${name}: {value: ${JSON.stringify(i ? call(letters[i - 1]!) : '1')}}`).join(', ')}}`
  const steps = `{${[...letters].map((name, i) => `${name}: {do: [${i ? Array.from({ length: 60 }, () => `{use: ${letters[i - 1]}()}`).join(', ') : '{let: {x: "1"}}'}]}`).join(', ')}}`
  const lets = ['{let: {a0: "{\'x\': 1, \'y\': 1}"}}', ...Array.from({ length: 40 }, (_, i) => `{let: {a${i + 1}: "{'x': a${i}, 'y': a${i}}"}}`), '{return: a40}']
  const trees = ['{let: {a0: {x: 1, y: 1}}}', ...Array.from({ length: 40 }, (_, i) => `{let: {a${i + 1}: {x: a${i}, y: a${i}}}}`), '{return: a40}']
  for (const text of [toolWorld('[{return: h()}]', values), toolWorld('[{use: h()}]', steps), toolWorld(`[${lets.join(', ')}]`), toolWorld(`[${trees.join(', ')}]`)]) {
    let complaints = 0
    const ms = timed(() => { complaints = readWorld(text).complaints.length })
    t.ok(complaints > 0, 'complained about')
    t.ok(ms < 2000, `${Math.round(ms)} ms`)
  }
  const chain = Array.from({ length: 12 }, (_, i) => `d${i}: {value: ${i ? `d${i - 1}() + 1` : '1'}}`).join(', ')
  t.match(readWorld(toolWorld('[{return: d11()}]', `{${chain}}`)).complaints.map((c) => c.message).join(), /nest deeper than 8/)
  for (const defs of ['{a: {value: a()}}', '{a: {value: b()}, b: {value: a()}}', '{a: {do: [{use: a()}]}}', '{a: {do: [{use: b()}]}, b: {do: [{each: "x in [1]", do: [{use: a()}]}]}}']) {
    t.match(readWorld(toolWorld('[{stop: true}]', defs)).complaints.map((c) => c.message).join(), /(calls|uses) itself/, defs)
  }
})

t.test('the meter is deterministic: the same units, the same place of the cut', async (t) => {
  const atoms = fc.constantFrom('l', 'l.map(x, x + 1)', 'l.filter(x, x > 5)', 'orders.map(o, 1)', "orders.filter(o, o.status == 'open').map(o, 2)", 's.split("")', 'clients.map(c, c.wallet).distinct()', 'l.zip(l)', 'lines.filter(l2, l2.qty == 2).map(l2, l2.price)')
  const wrap = fc.constantFrom((a: string) => `size(${a})`, (a: string) => `${a}.top(3)`, (a: string) => `string(${a})`, (a: string) => `${a}.count(v, true)`, (a: string) => `[${a}, ${a}]`)
  t.doesNotThrow(() => fc.assert(fc.property(atoms, wrap, (atom, shape) => {
    const variables = { ...LONG, s: { type: STRING, value: 'abc' }, l: { type: listOf(INT), value: [1, 5, 9, 12] } }
    const first = evaluate(shape(atom), world, variables)
    const again = evaluate(shape(atom), world, variables)
    if (first.spent !== again.spent || JSON.stringify(first.json) !== JSON.stringify(again.json) || first.spent <= 0) return false
    evaluate(shape(atom), world, variables, first.spent)
    try {
      evaluate(shape(atom), world, variables, first.spent - 1)
      return false
    } catch (error) {
      return error instanceof CallLimit
    }
  }), { numRuns: 60 }))
})

t.test('an index gives what a full pass would, in the same order, faults included', async (t) => {
  const values: Record<string, { type: Type; value: unknown }> = {
    key: { type: STRING, value: 'W000000' }, open: { type: STRING, value: 'open' }, none: { type: STRING, value: 'no such' }, n: { type: INT, value: 2 }, nil: { type: { ...STRING, nullable: true }, value: null }, nint: { type: { ...INT, nullable: true }, value: null },
    jt: { type: JSON_VALUE, value: 'open' }, jn: { type: JSON_VALUE, value: 5 }, jnull: { type: JSON_VALUE, value: null }, order: { type: STRING, value: new Desk(world).rows('lines')[0]!.order }, client: { type: STRING, value: new Desk(world).rows('clients')[3]!.id }, gone: { type: { ...world.tables[world.positionOf('clients')]!.row, nullable: true }, value: null },
  }
  const conditions: [string, string][] = [
    ['orders', 'x.id == key'], ['orders', 'x.id == nil'], ['orders', 'x.status == open'], ['orders', 'x.status == none'], ['orders', 'x.status == jt'], ['orders', 'x.status == jn'], ['orders', 'x.status == jnull'], ['orders', 'client == x.client'], ['orders', "x.client == client && x.status == 'open'"], ['orders', "x.status == 'open' && x.client == client"], ['orders', 'x.client == jn'],
    ['lines', 'x.order == order'], ['lines', 'x.order == nil'], ['lines', 'x.order == none'], ['lines', 'x.order == jnull'], ['lines', 'x.qty == n'], ['lines', 'x.qty == 2.5'], ['lines', 'x.qty == 2.0'], ['lines', 'x.price == n'], ['lines', 'x.qty == nint'], ['lines', 'n == x.qty && x.order == order'],
    ['clients', 'x.phone == nil'], ['clients', 'x.friend == client'], ['clients', 'x.friend == nil'], ['clients', 'x.score == nint'], ['clients', 'x.score == 0'], ['clients', 'x.vip == true'], ['clients', 'x.region == "north"'], ['clients', 'x.wallet == jn'], ['clients', 'x.score == jnull'],
    ['regions', 'x.code == key'], ['regions', "x.opened == time('2021-01-01')"], ['slots', "x.name == 'slot 3'"], ['slots', 'x.size == 1'], ['badges', 'x.client == client'], ['nodes', 'x.parent == nil'], ['nodes', "x.parent == 'a'"], ['audit', 'x.text == gone.name'], ['clients', 'gone != null && x.id == gone.id'], ['queue', 'x.id == gone.id'],
  ]
  const outcome = (source: string) => {
    try {
      return JSON.stringify(evaluate(source, world, values).json)
    } catch (error) {
      return String(error)
    }
  }
  for (const [table, condition] of conditions) {
    for (const form of ['filter', 'exists', 'count', 'first', 'one', 'all']) {
      // A disjunction with false keeps the compiler from seeing the equality.
      t.equal(outcome(`${table}.${form}(x, ${condition})`), outcome(`${table}.${form}(x, (${condition}) || false)`), `${table}.${form}(x, ${condition})`)
    }
  }
  t.match(outcome('clients.filter(x, x.id == gone.id)'), /SpecFault/, 'a fault that a full pass would meet stays one')
})

t.test('rows read in the midst of writing are those that a fresh look finds, whatever was written in whatever order', async (t) => {
  const small = soundWorld(`{kind: World, name: w, epoch: '2026-03-02T09:00:00Z', tools: {}, tables: {boxes: {key: id, count: 12, columns: {id: {type: string, id: {counter: 'B{n:02}'}}, n: {type: int, between: [1, 3]}, s: {type: string, nullable: true, pick: [x, y], null_share: 0.3}}}}}`)
  const base = new BaseWorld(small, 5)
  const key = fc.integer({ min: 1, max: 18 }).map((n) => `B${String(n).padStart(2, '0')}`)
  const row = fc.record({ n: fc.integer({ min: 1, max: 4 }), s: fc.constantFrom('x', 'y', 'z', null) })
  const write = fc.oneof(fc.record({ op: fc.constant('put' as const), key, row }), fc.record({ op: fc.constant('remove' as const), key }), fc.record({ op: fc.constant('commit' as const) }), fc.record({ op: fc.constant('abort' as const) }))
  fc.assert(fc.property(fc.array(write, { maxLength: 25 }), (writes) => {
    const overlay = new Overlay(1)
    const tx = new Transaction(base, overlay)
    let kept = new Map(base.rows(0).map((each) => [each.id as string, { ...each, n: each.n, s: each.s, id: each.id }]))
    let now = new Map(kept)
    const look = () => {
      const order = (a: string, b: string) => (a < b ? -1 : 1)
      const all = [...now.keys()].sort(order).map((id) => ({ id, n: now.get(id)!.n, s: now.get(id)!.s }))
      const plain = (rows: readonly Record<string, unknown>[]) => rows.map(({ id, n, s }) => ({ id, n, s }))
      return isDeepStrictEqual(plain(tx.rows(0)), all) && tx.count(0) === all.length
        && [1, 2, 3, 4].every((n) => isDeepStrictEqual(plain(tx.lookup(0, 'n', n)), all.filter((each) => each.n === n)))
        && ['x', 'y', 'z', null].every((s) => isDeepStrictEqual(plain(tx.lookup(0, 's', s)), all.filter((each) => each.s === s)))
    }
    return writes.every((each) => {
      if (each.op === 'put') {
        tx.put(0, each.key, { id: each.key, ...each.row })
        now.set(each.key, { id: each.key, ...each.row })
      } else if (each.op === 'remove') {
        tx.remove(0, each.key)
        now.delete(each.key)
      } else if (each.op === 'commit') {
        tx.commit('agent', 1)
        kept = new Map(now)
      } else {
        tx.abort()
        now = new Map(kept)
      }
      return look()
    })
  }), { numRuns: 300 })
  t.pass()
})

t.test('any text at all compiles or is complained about', async (t) => {
  const scope = () => declare(world.scope(), 'args', JSON_VALUE).scope
  const token = fc.constantFrom('orders', 'clients', '.', '(', ')', '[', ']', '{', '}', ',', ':', '?', '&&', '||', '!', '-', '+', '*', '/', '%', '==', '<', 'in', 'x', 'args', '1', '2.5', "'t'", 'null', 'true', 'filter', 'map', 'sum', 'get', 'round', 'size', 'has', 'now()', 'draw', 'sort_by', 'plus', 'string', 'join', ' ', 'min', 'usd', 're', 'zip', 'page')
  const compiles = (source: string) => {
    try {
      compileExpression(source, scope())
      return true
    } catch (error) {
      return error instanceof ExpressionError && error.offset >= 0 && error.offset <= source.length
    }
  }
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(token, { maxLength: 14 }), (tokens) => compiles(tokens.join(''))), { numRuns: 5000 }))
  t.doesNotThrow(() => fc.assert(fc.property(fc.string({ unit: 'binary' }), compiles), { numRuns: 2000 }))
  const methods = ['filter', 'map', 'sum', 'exists', 'all', 'count', 'first', 'one', 'min_by', 'max_by', 'sort_by', 'get', 'has', 'lower', 'split', 'replace', 'contains', 'size', 'distinct', 'last', 'top', 'sort', 'page', 'zip', 'join', 'plus', 'orValue']
  const receivers = ['orders', 'args', "'t'", '1', '[1]', '[]', 'null', 'now()', "usd('1')", '{"a": 1}', "clients.get('x')", 'true', '2.5']
  for (const receiver of receivers) for (const method of methods) for (const args of ['', 'x', '1', 'x, 1', 'x, x', "'a'", "'a', 'b'", '1, 2', '[1]', 'x, x, x', 'orders']) if (!compiles(`${receiver}.${method}(${args})`)) t.fail(`${receiver}.${method}(${args})`)
  for (const name of ['has', 'round', 'ratio', 'draw', 'string', 'usd', 'time', 'div', 'mod', 'min', 'max', 'now', 'days', 'text_match', 'to_int', 'size', 'abs', 'to_dec', 're', 'net']) for (const args of ['', '1', "'a'", '1, 2', "'a', 'b'", '[1], [2]', 'orders', 'null', "'a', 1, 2", 'args.x', '2.5, 1', '1, 2, 3, 4']) if (!compiles(`${name}(${args})`)) t.fail(`${name}(${args})`)
})
