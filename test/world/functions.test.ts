import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { formatTime } from '../../src/core/calendar.ts'
import { CALENDAR_UNITS } from '../../src/core/calendar-field.ts'
import { CALL_UNITS } from '../../src/world/evaluation.ts'
import { COMPREHENSIONS } from '../../src/world/expression/comprehension.ts'
import { FUNCTIONS, METHODS } from '../../src/world/expression/functions.ts'
import { SPECIAL } from '../../src/world/expression/special.ts'
import { TABLE_METHODS } from '../../src/world/expression/table-method.ts'
import { conversionOf, UNIT_NAMES } from '../../src/world/expression/unit-table.ts'
import { CallLimit, SpecFault } from '../../src/world/fault.ts'
import { dec, DOUBLE, INT, listOf, recordOf, STRING, TIME, type Type } from '../../src/world/type.ts'
import fc from '../property.ts'
import { CASES, HOUSE, VARIABLES } from './function-cases.ts'
import { evaluate } from './world-under-test.ts'

const world = HOUSE
const V = VARIABLES
const time = (text: string) => Date.parse(text)
const run = (source: string, more: typeof V = {}, units = CALL_UNITS) => evaluate(source, world, { ...V, ...more }, units)

function outcome(source: string): unknown {
  try {
    return run(source).json
  } catch (error) {
    if (error instanceof CallLimit) return 'limit'
    if (error instanceof SpecFault) return 'fault'
    return (error as Error).message
  }
}

t.test('every function by its cases', async (t) => {
  for (const [name, cases] of Object.entries(CASES)) {
    for (const [source, wanted] of cases) {
      const found = outcome(source)
      if (wanted instanceof RegExp) t.match(found, wanted, `${name}: ${source}`)
      else t.same(found, wanted, `${name}: ${source}`)
    }
  }
})

const page = readFileSync(join(import.meta.dirname, '../../docs/world-language.md'), 'utf8')

t.test('the examples of the page hold', async (t) => {
  const examples = [...page.matchAll(/\| `([^`|]+)` = `([^`|]+)` \|$/gm)]
  t.ok(examples.length >= 50, `${examples.length} examples`)
  for (const [, source, json] of examples) t.equal(JSON.stringify(evaluate(source!, world).json), json, source)
})

t.test('no function is without cases', async (t) => {
  const names = new Set([...Object.keys(FUNCTIONS), ...Object.keys(METHODS), ...Object.keys(SPECIAL), ...COMPREHENSIONS, ...TABLE_METHODS])
  for (const name of names) t.ok((CASES[name] ?? []).length >= 3, `${name} has at least three`)
  for (const name of names) t.match(page, new RegExp(`\\b${name}\\(`), `${name} is documented`)
})

t.test('formats agree with a table that Python printed', async (t) => {
  const table = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/python-formats.json'), 'utf8')) as Record<string, Record<string, Record<string, string>>>
  const variable = (kind: string, text: string): { type: Type; value: unknown } => {
    if (kind === 'text') return { type: STRING, value: text }
    if (kind === 'dec') return { type: dec((text.split('.')[1] ?? '').length), value: Number(text.replace('.', '')) }
    return { type: kind === 'int' ? INT : DOUBLE, value: Number(text) }
  }
  for (const [kind, specs] of Object.entries(table)) {
    for (const [spec, values] of Object.entries(specs)) {
      for (const [text, wanted] of Object.entries(values)) {
        const found = run(`fmt(x, '${spec}')`, { x: variable(kind, text) }).json
        if (found !== wanted) t.fail(`${kind} ${text} as '${spec}': ${String(found)}, not ${wanted}`)
      }
    }
  }
  t.ok(Object.keys(table).length === 4, 'all kinds')
})

const int = (value: number) => ({ type: INT, value })
const text = (value: string) => ({ type: STRING, value })
const ints = fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 40 })
const holds = (property: fc.IPropertyWithHooks<any> | fc.IProperty<any>, numRuns = 200) => fc.assert(property, { numRuns })

t.test('lists: sorting is stable, pages tile, sets keep first appearances', async (t) => {
  const rows = { type: listOf(recordOf({ k: INT, n: INT })) }
  t.doesNotThrow(() => holds(fc.property(ints, fc.constantFrom('asc', 'desc'), (keys, order) => {
    const value = keys.map((k, n) => ({ k, n }))
    const found = run(`l.sort_by(x, x.k, '${order}')`, { l: { ...rows, value } }).json
    const wanted = value.map((row) => row).sort((a, b) => (order === 'asc' ? a.k - b.k : b.k - a.k) || a.n - b.n)
    return JSON.stringify(found) === JSON.stringify(wanted)
  })))
  t.doesNotThrow(() => holds(fc.property(ints, fc.integer({ min: 1, max: 7 }), (value, size) => {
    const l = { type: listOf(INT), value }
    const pages = Array.from({ length: Math.ceil(value.length / size) }, (_, i) => run(`l.page(${i * size}, ${size})`, { l }).json as { items: number[]; total: number })
    return JSON.stringify(pages.flatMap(({ items }) => items)) === JSON.stringify(value) && pages.every(({ items, total }) => total === value.length && items.length <= size && items.length > 0)
  })))
  t.doesNotThrow(() => holds(fc.property(ints, (value) => {
    const l = { type: listOf(INT), value }
    const boxed = { type: listOf(recordOf({ v: INT })), value: value.map((v) => ({ v })) }
    const tally = run('l.tally()', { l }).json as { value: number; count: number }[]
    return JSON.stringify(run('l.distinct()', { l }).json) === JSON.stringify([...new Set(value)])
      && JSON.stringify(run('l.distinct().map(x, x.v)', { l: boxed }).json) === JSON.stringify([...new Set(value)])
      && tally.every((entry) => entry.count === value.filter((v) => v === entry.value).length) && tally.length === new Set(value).size
      && JSON.stringify(run('l.group_by(x, x).map(g, g.items).flatten().sort()', { l }).json) === JSON.stringify(run('l.sort()', { l }).json)
      && JSON.stringify(run('l.reverse().reverse()', { l }).json) === JSON.stringify(value)
      && JSON.stringify(run('l.take_while(x, x > 0) + l.slice(size(l.take_while(x, x > 0)))', { l }).json) === JSON.stringify(value)
  })))
})

t.test('text: code-point order, lines, slices, differences, alikeness', async (t) => {
  const any = fc.string({ unit: 'binary', maxLength: 12 })
  const points = (s: string) => Array.from(s, (c) => c.codePointAt(0)!)
  const before = (a: string, b: string) => {
    const [x, y] = [points(a), points(b)]
    const at = x.findIndex((c, i) => c !== y[i])
    return at < 0 ? x.length < y.length : y[at] === undefined ? false : x[at]! < y[at]!
  }
  t.doesNotThrow(() => holds(fc.property(any, any, (a, b) => run('a < b', { a: text(a), b: text(b) }).raw === before(a, b) && run('a >= b', { a: text(a), b: text(b) }).raw === !before(a, b)), 2000))
  t.doesNotThrow(() => holds(fc.property(any, fc.integer({ min: -15, max: 15 }), fc.integer({ min: -15, max: 15 }), (s, from, to) =>
    run(`s.slice(${from}, ${to})`, { s: text(s) }).raw === Array.from(s).slice(from, to).join('') && run('size(s)', { s: text(s) }).raw === points(s).length), 500))
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
  t.doesNotThrow(() => holds(fc.property(lines, lines, (a, b) => {
    const [x, y] = [a.map((line) => `${line}\n`).join(''), b.map((line) => `${line}\n`).join('')]
    const found = run('diff_lines(x, y)', { x: text(x), y: text(y) }).json as { op: string; text: string }[]
    const side = (op: string) => found.filter((line) => line.op !== op).map((line) => line.text)
    const kept = found.filter((line) => line.op === ' ').length
    return JSON.stringify(side('+')) === JSON.stringify(a) && JSON.stringify(side('-')) === JSON.stringify(b) && kept === longest(a, b)
      && JSON.stringify(run('x.lines()', { x: text(x) }).json) === JSON.stringify(a) && JSON.stringify(run("x.replace('\\n', '\\r\\n').lines()", { x: text(x) }).json) === JSON.stringify(a)
  })))
  t.doesNotThrow(() => holds(fc.property(any, any, (a, b) => {
    const [ab, ba] = ['similar(a, b)', 'similar(b, a)'].map((source) => run(source, { a: text(a), b: text(b) }).raw as number) as [number, number]
    return ab === ba && ab >= 0 && ab <= 100 && (ab === 100) === (a === b)
  }), 1000))
})

function longest(a: readonly string[], b: readonly string[]): number {
  const row = new Array<number>(b.length + 1).fill(0)
  for (const line of a) {
    const above = row.slice()
    for (let j = 1; j <= b.length; j++) row[j] = line === b[j - 1] ? above[j - 1]! + 1 : Math.max(above[j]!, row[j - 1]!)
  }
  return row[b.length]!
}

t.test('calc is exact: against fractions of BigInt', async (t) => {
  type Tree = { text: string; n: bigint; d: bigint } | undefined
  const leaf = fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 3 })).map(([units, scale]): Tree => ({ text: scale ? `${Math.floor(units / 10 ** scale)}.${String(units % 10 ** scale).padStart(scale, '0')}` : String(units), n: BigInt(units), d: 10n ** BigInt(scale) }))
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf, fc.tuple(tie('tree'), fc.constantFrom('+', '-', '*', '/', '%'), tie('tree')).map(([a, op, b]): Tree => {
      if (!a || !b || ((op === '/' || op === '%') && b.n === 0n)) return undefined
      const [n, d] = op === '+' ? [a.n * b.d + b.n * a.d, a.d * b.d] : op === '-' ? [a.n * b.d - b.n * a.d, a.d * b.d] : op === '*' ? [a.n * b.n, a.d * b.d] : op === '/' ? [a.n * b.d, a.d * b.n] : remainder(a, b)
      return { text: `(${a.text} ${op} ${b.text})`, n: d < 0n ? -n : n, d: d < 0n ? -d : d }
    })),
  }))
  t.doesNotThrow(() => holds(fc.property(tree, (node) => {
    if (!node || node.text.length > 1000) return true
    const found = run('calc(s)', { s: text(node.text) }).raw as number
    // Nearest: no neighbouring double is closer. Distances are compared as fractions over one denominator.
    const distance = (x: number) => { const [m, e] = exact(x); const off = m * node.d - node.n * e; return { over: off < 0n ? -off : off, under: e } }
    const here = distance(found)
    return [nextDouble(found, 1), nextDouble(found, -1)].every((x) => { const there = distance(x); return here.over * there.under <= there.over * here.under })
  }), 500))
})

function remainder(a: { n: bigint; d: bigint }, b: { n: bigint; d: bigint }): [bigint, bigint] {
  let [n, d] = [a.n * b.d, a.d * b.n]
  if (d < 0n) [n, d] = [-n, -d]
  const floor = n / d - (n % d < 0n ? 1n : 0n)
  return [a.n * b.d - b.n * floor * a.d, a.d * b.d]
}

function exact(x: number): [bigint, bigint] {
  let e = 1n
  while (!Number.isInteger(x)) { x *= 2; e *= 2n }
  return [BigInt(x), e]
}

function nextDouble(x: number, direction: 1 | -1): number {
  const view = new DataView(new ArrayBuffer(8))
  if (x === 0) return direction * Number.MIN_VALUE
  view.setFloat64(0, x)
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(x > 0 ? direction : -direction))
  return view.getFloat64(0)
}

t.test('the calendar agrees with Date, a reference that the engine does not use', async (t) => {
  const ms = fc.integer({ min: time('0001-01-01T00:00:00Z'), max: time('9998-12-31T00:00:00Z') })
  const of = (value: number) => ({ at: { type: TIME, value } })
  t.doesNotThrow(() => holds(fc.property(ms, fc.integer({ min: -20_000, max: 20_000 }), fc.constantFrom(['month', 1], ['quarter', 3], ['year', 12]), (at, n, [unit, months]) => {
    const date = new Date(at)
    const target = new Date(at)
    target.setUTCDate(1)
    target.setUTCMonth(date.getUTCMonth() + n * (months as number))
    const lastDay = new Date(0)
    lastDay.setUTCFullYear(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)
    target.setUTCDate(Math.min(date.getUTCDate(), lastDay.getUTCDate()))
    const inside = target.getUTCFullYear() >= 0 && target.getUTCFullYear() <= 9999
    try {
      return run(`at.plus(n, '${unit as string}')`, { ...of(at), n: int(n) }).raw === target.getTime() && inside
    } catch (error) {
      return error instanceof CallLimit && !inside
    }
  }), 1000))
  t.doesNotThrow(() => holds(fc.property(ms, (at) => {
    const date = new Date(at)
    const parts = run('[at.year(), at.month(), at.day(), at.hour(), at.minute(), at.second(), at.weekday()]', of(at)).raw
    return JSON.stringify(parts) === JSON.stringify([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), ((date.getUTCDay() + 6) % 7) + 1])
  }), 500))
  t.doesNotThrow(() => holds(fc.property(ms, fc.constantFrom(...CALENDAR_UNITS), (at, unit) => {
    const start = run(`at.start_of('${unit}')`, of(at)).raw as number
    const again = run(`at.start_of('${unit}')`, of(start)).raw
    const next = run(`at.plus(1, '${unit}')`, of(start)).raw as number
    return again === start && start <= at && at < next
  }), 500))
  const patterns = fc.constantFrom('%Y-%m-%d %H:%M:%S', '%d/%m/%Y %I:%M:%S %p', '%A, %B %-d %Y %T'.replace('%T', '%H:%M:%S'), '%b %d %Y %-H:%M:%S', 'x.%Y(%m)|%d*%H[%M]%S')
  t.doesNotThrow(() => holds(fc.property(ms, patterns, (at, pattern) => {
    const second = Math.floor(at / 1000) * 1000
    return run(`time(fmt(at, '${pattern}'), '${pattern}')`, of(second)).raw === second && run("fmt(at, '%FT%TZ')", of(second)).raw === formatTime(second)
  }), 500))
})

t.test('units: every pair of a dimension converts, there and back', async (t) => {
  for (const from of UNIT_NAMES) {
    for (const to of UNIT_NAMES.filter((name) => conversionOf(from, name))) {
      const exactly = run(`convert(360, '${from}', '${to}')`)
      const there = run('convert(x, u, v)', { x: { type: DOUBLE, value: 360 }, u: text(from), v: text(to) }).raw as number
      const back = run('convert(x, u, v)', { x: { type: DOUBLE, value: there }, u: text(to), v: text(from) }).raw as number
      if (Math.abs(back - 360) > 1e-9 * 360 || Math.abs((exactly.json as number) - there) > 1e-9 * Math.abs(there)) t.fail(`${from} ${to}: ${String(exactly.json)} ${there} ${back}`)
    }
  }
  t.equal(run("convert(x, 'F', 'C')", { x: { type: dec(1), value: 986 } }).json, 37)
})

t.test('the meter: units grow as documented, and what is too large is refused before it is built', async (t) => {
  const repeated = (n: number) => ({ s: text('ab\n'.repeat(n)), l: { type: listOf(INT), value: Array.from({ length: n }, (_, i) => (i * 7919) % n) }, w: { type: listOf(STRING), value: Array.from({ length: n }, (_, i) => `w${(i * 31) % n}`) }, n: int(n) })
  // Expressions, and how their units grow when the input grows sixteen times: at least linearly, at most with a log.
  const linear = ['s.lower()', 's.title()', "s.split('')", 's.lines()', 's.words()', "s.replace('a', 'x')", "s.contains('zz')", "s.index_of('zz')", 's.pad(n + size(s))', 'json(s)', 'json(l)', 'text_match(s, "ab zz")', 'diff_lines(s, s)', "re(s, 'zz')", "re_find(s, 'zz')", 'l.distinct()', 'l.tally()', 'l.group_by(x, x)', 'l.sort()', 'w.sort()', 'l.sort_by(x, x)', 'l.reverse()', 'l.zip(l)', 'range(n)', 'min(l)', 'hash(l)', 'l.contains(-1)', 'l.slice(0)', 'l.top(n)', 'l.take_while(x, true)', "rank(w, x, x, 'w1', 3)", '[l, l].flatten()', "w.join(',')", 's.trim()', 's.slice(1)', 'size(s)', 'from_json(json(l))', 'l.page(0, n)', "fmt(s, '')"]
  for (const source of linear) {
    const [small, large] = [run(source, repeated(64)).spent, run(source, repeated(1024)).spent]
    t.ok(large > small * 4 && large < small * 40, `${source}: ${small}, ${large}`)
  }
  // The same units whatever is in the list: they do not depend on how an engine sorts.
  const sorted = Array.from({ length: 500 }, (_, i) => i)
  const spent = [sorted, sorted.toReversed(), sorted.map((i) => (i * 7919) % 500)].map((value) => run('l.sort()', { l: { type: listOf(INT), value } }).spent)
  t.equal(new Set(spent).size, 1)
  const huge = { s: text('x'.repeat(100_000)), l: { type: listOf(INT), value: Array.from({ length: 30_000 }, (_, i) => i) }, needle: text(`y${'x'.repeat(50_000)}`) }
  for (const source of ["s.pad(1000000000)", 'range(0, 1000000000)', "s.replace('x', s)", "l.map(x, s).join(s)", 's.contains(needle)', 's.index_of(needle)', "s.split(needle)", 's.replace(needle, s)', 'text_match(s, needle)', 'l.map(x, [x]).distinct()', 'l.map(x, [x]).tally()', 'l.group_by(x, [x])', "rank(l, x, s, 'x', 1)", 'diff_lines(s.replace("x", "x\\n"), needle.replace("x", "\\nx"))', "l.map(x, s).sort()", "re_all(s, 'x')", "re_replace(s, 'x', s)", 'from_json(s + s + s)', 'l.map(x, l).flatten()', 'l.sort_by(x, s)', 'l.map(x, s).exists(x, x > s + "a")', 'l.map(x, calc(s.slice(0, 900)))', 'l.map(x, similar(s.slice(0, 250), s.slice(0, 250)))']) {
    const before = process.cpuUsage()
    t.throws(() => run(source, huge), CallLimit, source)
    const ms = process.cpuUsage(before).user / 1000
    t.ok(ms < 1500, `${source}: ${Math.round(ms)} ms`)
  }
})
