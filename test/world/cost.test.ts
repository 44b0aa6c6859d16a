import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseDocument } from 'yaml'
import type { InputSchema } from '../../protocol/spec/json-schema.ts'
import { type CostBound, costOf } from '../../src/world/cost/cost-of.ts'
import { sizeOfValue } from '../../src/world/cost/input-size.ts'
import type { Size } from '../../src/world/cost/size.ts'
import { unitsOf } from '../../src/world/cost/units.ts'
import { weighBase } from '../../src/world/cost/weigh-base.ts'
import { weighSource } from '../../src/world/cost/weigh-expression.ts'
import { WorldSize } from '../../src/world/cost/world-size.ts'
import type { CompiledWorld } from '../../src/world/compiled-world.ts'
import { CALL_UNITS } from '../../src/world/evaluation.ts'
import { declare, ExpressionError } from '../../src/world/expression/scope.ts'
import { CallLimit, SpecFault } from '../../src/world/fault.ts'
import { INT, listOf, STRING, type Type } from '../../src/world/type.ts'
import fc from '../property.ts'
import { CASES, HOUSE, VARIABLES } from './function-cases.ts'
import { Desk, evaluate, soundWorld } from './world-under-test.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const house = new WorldSize(HOUSE, new Set(), (table) => unitsOf(table.slots))
weighBase(house)

/** What an expression is proved to cost, over variables of these values. */
function provedUnits(source: string, variables: Record<string, { type: Type; value: unknown }>): number {
  let scope = HOUSE.scope()
  const notes = (scope.slots.notes = new Map())
  const sizes: Size[] = []
  for (const [name, { type, value }] of Object.entries(variables)) {
    const declared = declare(scope, name, type)
    scope = declared.scope
    sizes[declared.slot] = sizeOfValue(value)
  }
  return weighSource(source, scope, { known: house, notes, sizes }).units.n
}

/** Units that an expression costs when it runs; undefined when it does not come to its end. */
function spentUnits(source: string, variables: Record<string, { type: Type; value: unknown }>): number | undefined {
  try {
    return evaluate(source, HOUSE, variables, 100 * CALL_UNITS).spent
  } catch (error) {
    if (error instanceof CallLimit || error instanceof SpecFault || error instanceof ExpressionError) return undefined
    throw error
  }
}

t.test('no expression costs more than was proved: every case of every function', async (t) => {
  let compared = 0
  for (const source of Object.values(CASES).flatMap((cases) => cases.map(([source]) => source))) {
    const spent = spentUnits(source, VARIABLES)
    if (spent === undefined) continue
    compared++
    const proved = provedUnits(source, VARIABLES)
    if (!(spent <= proved)) t.fail(`${source}: ${spent} units, proved ${proved}`)
  }
  t.ok(compared > 340, `${compared} expressions`)
})

t.test('no expression costs more than was proved: growing inputs, structures in structures', async (t) => {
  const sources = ['s.lower() + s.upper()', "s.split('a').join(s)", "s.split('').tally()", 's.lines().map(x, x.words())', "s.replace('a', s)", 'l.sort().reverse().zip(l)', 'l.map(x, l.filter(y, y > x))', 'l.map(x, [x, x]).flatten().distinct()', 'l.map(x, {"x": x, "s": s}).distinct()', 'json(l.map(x, {"x": x, "s": s}))', 'l.map(x, s).sort()', "w.join(',').split(',')", 'w.group_by(x, x).map(g, size(g.items))', 'l.map(x, [1.5, x])', '[l, [1.5]]', '{"a": l} == {"a": l}', 'l.map(x, x) == l', '3 in l', 'w.map(x, {"x": x}).contains({"x": s})', 'string(l.map(x, now()))', '[l, "x"]', '[w, l].map(x, x)', "re_all(s, 'a')", "rank(w, x, x, s, 5)", 'nodes.filter(x, size(l) > 2).map(x, x.text + s)', "nodes.filter(x, x.parent == 'h')", 'l.exists(x, nodes.exists(y, y.parent == s && y.text == s))', "nodes.under('r').sort_by(x, nodes.path(x.id))", 'min(w)', 'hash([s, l])', 'l.page(1, 3)', 'diff_lines(s, s + s)', 'text_match(s, s)', 'size(s) > 2 ? l + l : l.top(2)', "fmt(s, '>30')", 'range(size(l)).sum(x, x)', 'from_json(json(l))', 'w.map(x, similar(x, x))', 's.pad(size(l) + 20)', "w.sort_by(x, x, 'desc').take_while(x, x > 'b')"]
  const inputs = fc.record({ s: fc.string({ maxLength: 60, unit: fc.constantFrom('a', 'b', ' ', '\n', 'é', '😀') }), l: fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 25 }), w: fc.array(fc.string({ maxLength: 12, unit: 'grapheme' }), { maxLength: 25 }) })
  for (const source of sources) {
    t.doesNotThrow(() => fc.assert(fc.property(inputs, ({ s, l, w }) => {
      const variables = { s: { type: STRING, value: s }, l: { type: listOf(INT), value: l }, w: { type: listOf(STRING), value: w } }
      const spent = spentUnits(source, variables)
      const proved = provedUnits(source, variables)
      return Number.isFinite(proved) && (spent === undefined || spent <= proved)
    }), { numRuns: 60 }), source)
  }
})

/** Values for a schema: keys of rows, and whatever fits. */
function argument(schema: InputSchema, keys: readonly string[]): fc.Arbitrary<unknown> {
  const kind = Array.isArray(schema.type) ? schema.type[0] : schema.type
  const present = (): fc.Arbitrary<unknown> => {
    switch (kind) {
      case 'string': {
        const { enum: values, minLength = 0, maxLength = 40 } = schema as { enum?: string[]; minLength?: number; maxLength?: number }
        if (values) return fc.constantFrom(...values)
        const fitting = keys.filter((key) => key.length >= minLength && key.length <= maxLength)
        const any = fc.string({ minLength, maxLength, unit: 'grapheme' }).map((text) => [...text].slice(0, maxLength).join('').padEnd(minLength, 'x'))
        return fitting.length ? fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...fitting) }, { weight: 1, arbitrary: any }) : any
      }
      case 'boolean': return fc.boolean()
      case 'integer': case 'number': {
        const { minimum = -5, maximum = 50, enum: values, multipleOf } = schema as { minimum?: number; maximum?: number; enum?: number[]; multipleOf?: number }
        if (values) return fc.constantFrom(...values)
        return fc.integer({ min: Math.ceil(minimum), max: Math.max(Math.ceil(minimum), Math.floor(Math.min(maximum, 1e6))) }).map((n) => (multipleOf ? n : n))
      }
      case 'array': {
        const { items, minItems = 0, maxItems = 6, uniqueItems } = schema as { items: InputSchema; minItems?: number; maxItems?: number; uniqueItems?: boolean }
        const of = argument(items, keys)
        return uniqueItems ? fc.uniqueArray(of, { minLength: minItems, maxLength: Math.min(maxItems, 8), selector: (x) => JSON.stringify(x) }) : fc.array(of, { minLength: minItems, maxLength: Math.min(maxItems, 8) })
      }
      default: {
        const { properties, required = [] } = schema as { properties: Record<string, InputSchema>; required?: string[] }
        return fc.record(Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, argument(of, keys)])), { requiredKeys: required })
      }
    }
  }
  return Array.isArray(schema.type) ? fc.option(present()) : present()
}

/** Plays random calls on one state; complains of a call that costs more than was proved. Gives calls by tool. */
function playCalls(world: CompiledWorld, bounds: ReadonlyMap<string, CostBound>, runs: number): Map<string, number> {
  const done = new Map<string, number>()
  const first = new Desk(world)
  const keys = world.tables.flatMap(({ name, key }) => first.rows(name).slice(0, 12).map((row) => String(row[key])))
  const texts = world.tables.flatMap(({ name, columns }) => first.rows(name).slice(0, 3).flatMap((row) => columns.flatMap(({ name }) => (typeof row[name] === 'string' && row[name] !== '' ? [row[name]] : []))))
  const call = fc.constantFrom(...world.tools.keys()).chain((name) => argument(world.spec.tools[name]!.input, [...keys, ...texts]).map((args) => ({ name, args })))
  fc.assert(fc.property(fc.integer({ min: 0, max: 50 }), fc.array(call, { minLength: 1, maxLength: 25 }), (seed, calls) => {
    const desk = new Desk(world, seed)
    for (const { name, args } of calls) {
      const tool = world.tools.get(name)!
      if ('problem' in tool.read(args, '')) continue
      try {
        const { cost } = desk.call(name, args)
        done.set(name, (done.get(name) ?? 0) + 1)
        const bound = bounds.get(name)!
        if (cost < CALL_UNITS && 'bound' in bound && cost > bound.bound) throw new Error(`${name}(${JSON.stringify(args)}): ${cost} units, proved ${bound.bound}`)
      } catch (error) {
        // A fault of a fixture that faults on purpose.
        if (!(error instanceof SpecFault)) throw error
      }
    }
    return true
  }), { numRuns: runs })
  return done
}

/** The world with every size declared that can be. */
function declared(source: string): string {
  const document = parseDocument(source.split(/^---$/m).find((part) => /^kind: World/m.test(part))!)
  const spec = document.toJS() as { tests?: unknown; tables: Record<string, any>; tools: Record<string, any>; timers?: Record<string, any>; defs?: Record<string, any> }
  const column = (of: any): void => {
    if (of.type === 'string' && !of.id) of.max_length ??= 400
    if (of.type === 'list' || of.type === 'map') { of.max_items ??= Math.max(30, of.size?.[1] ?? 0); column(of.of) }
    if (of.type === 'record') Object.values(of.fields).forEach(column)
  }
  const input = (of: any): void => {
    const kind = [of.type ?? 'object'].flat()[0]
    if (kind === 'string' && !of.enum) of.maxLength ??= 60
    if (kind === 'integer' || kind === 'number') of.maximum ??= 1000
    if (kind === 'array') input(of.items)
    if (kind === 'object') Object.values(of.properties ?? {}).forEach(input)
  }
  for (const table of Object.values(spec.tables)) {
    if (!table.single && !table.per_actor) table.max_rows ??= (table.rows?.length ?? table.count ?? 100) + 400
    Object.values(table.columns).forEach(column)
  }
  for (const tool of Object.values(spec.tools)) if (tool.input) input(tool.input)
  delete spec.tests
  return JSON.stringify(spec)
}

const FAMILIES = readdirSync(join(ROOT, 'envs')).map((name) => `envs/${name}/world.yaml`).filter((file) => existsSync(join(ROOT, file)))
const WORLDS = [...FAMILIES, ...['worlds/depot', 'worlds/air', 'worlds/line', 'worlds/sketches', 'shop'].map((name) => `test/fixtures/${name}.yaml`)]

t.test('no call costs more than was proved, in the catalogue and the fixtures, as they are and with all sizes declared', async (t) => {
  for (const file of WORLDS) {
    for (const full of [false, true]) {
      const text = read(file).split(/^---$/m).find((part) => /^kind: World/m.test(part))!
      const world = soundWorld(full ? declared(text) : text, join(ROOT, file))
      const before = process.cpuUsage()
      const bounds = costOf(world)
      const ms = process.cpuUsage(before).user / 1000
      t.ok(ms < 2000, `${file}: ${Math.round(ms)} ms`)
      t.same([...bounds.keys()], [...world.tools.keys()])
      const unbounded = [...bounds].filter(([, bound]) => 'unbounded' in bound)
      for (const [name, bound] of unbounded) if ('unbounded' in bound) t.ok(bound.unbounded.every(({ path, because, remedy }) => path && because && remedy) && bound.unbounded.length > 0, `${file}: ${name} says why`)
      if (full && file !== 'test/fixtures/worlds/depot.yaml') t.same(unbounded.map(([name]) => name), [], `${file}: with all sizes declared every tool is bounded`)
      t.doesNotThrow(() => {
        const done = playCalls(world, bounds, 25)
        for (const name of world.tools.keys()) if (!done.get(name)) t.comment(`${file}: ${name} was never called`)
      }, file)
    }
  }
})

const small = (tables: string, tools: string, more = '') => soundWorld(`kind: World\nname: w\nepoch: '2026-03-02T09:00:00Z'\ntables: ${tables}\n${more}tools: ${tools}\n`)
const tool = (input: string, body: string) => `{go: {description: d, effect: write, input: {properties: ${input}}, do: ${body}}}`
const BOX = '{boxes: {key: id, max_rows: 50, rows: [{id: a, n: 1, t: x}], columns: {id: {type: string, max_length: 20}, n: {type: int}, t: {type: string}}}}'
const go = (world: CompiledWorld) => costOf(world).get('go')!

t.test('what is missing is named, with its remedy', async (t) => {
  const cases: [string, string, RegExp, RegExp][] = [
    ['{text: {type: string}}', "[{return: args.text.orValue('').lower()}]", /tools\.go\.input\.text declares no maxLength/, /declare maxLength on tools\.go\.input\.text/],
    ['{n: {type: integer}}', '[{return: range(args.n.orValue(1))}]', /input\.n declares no maximum/, /declare maximum/],
    ['{texts: {type: array, items: {type: string}}}', '[{each: "x in args.texts.orValue([])", do: [{require: "size(x) > 0", else: no}]}]', /texts\.items declares no maxLength/, /maxLength/],
    ['{}', "[{set: {\"boxes['a'].t\": \"boxes.get('a').t + 'x'\"}}, {return: \"boxes.get('a').t\"}]", /boxes\.columns\.t is written from what it held before/, /declare max_length/],
  ]
  for (const [input, body, because, remedy] of cases) {
    const bound = go(small(BOX, tool(input, body)))
    t.ok('unbounded' in bound, body)
    if (!('unbounded' in bound)) continue
    t.match(bound.unbounded.map((each) => each.because).join(), because, body)
    t.match(bound.unbounded.map((each) => each.remedy).join(), remedy, body)
  }
  const grows = small(BOX.replace('max_rows: 50, ', ''), tool('{}', "[{insert: boxes, row: {id: \"string(boxes.count(x, true))\", n: 1, t: \"'x'\"}}]"))
  t.match(go(grows), { unbounded: [{ path: 'tables.boxes', remedy: 'declare max_rows on tables.boxes' }] })
})

t.test('bounds are tight where they can be: keys, children, declared lists, products of loops', async (t) => {
  const bound = (input: string, body: string) => (go(small(BOX, tool(input, body))) as { bound: number }).bound
  t.ok(bound('{}', "[{return: \"boxes.filter(x, x.id == 'a')\"}]") < 30, 'a key finds one row')
  const [once, twice] = ['[{each: "x in args.l.orValue([])", do: [{require: x > 0, else: no}]}]', '[{each: "x in args.l.orValue([])", do: [{each: "y in args.l.orValue([])", do: [{require: x > y, else: no}]}]}]'].map((body) => bound('{l: {type: array, maxItems: 10, items: {type: integer}}}', body)) as [number, number]
  t.ok(once < 60 && twice > once * 5 && twice < 800, `${once}, ${twice}`)
  const per = small('{a: {key: id, count: 500, columns: {id: {type: string, id: {draw: "A{n:04}"}}}}, b: {key: id, per: {table: a, column: of, count: [0, 3]}, columns: {id: {type: string, id: {counter: "B{n}"}}, of: {type: ref, table: a}}}}', tool('{id: {type: string, maxLength: 5}}', '[{let: {x: "a.get(args.id)"}, else: none}, {return: "b.filter(y, y.of == x.id)"}]'))
  t.ok((go(per) as { bound: number }).bound < 80, 'children of one parent, by the index')
  const reacting = (react: string) => (go(small(BOX.replace('n: {type: int}', 'n: {type: int}, m: {type: int, nullable: true}'), tool('{}', "[{set: {\"boxes['a'].n\": 2}}]"), react)) as { bound: number }).bound
  t.ok(reacting("reactions: [{watch: [boxes.n], as: x, do: [{set: {'boxes[x.id].m': 'boxes.count(y, true)'}}]}]\n") > reacting('') + 5, 'reactions count')
})
