import t from 'tap'
import type { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import { InputSchema as InputSchemaOf } from '../../protocol/spec/json-schema.ts'
import { compileInput } from '../../src/world/input.ts'
import { jsonEncoder } from '../../src/world/json-value.ts'
import fc from '../property.ts'
import { readWorld } from './world-under-test.ts'

/** Whether JSON fits a schema, written again from the JSON Schema specification, as an oracle. */
function fits(schema: InputSchema, value: unknown): boolean {
  const kind = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (value === null) return Array.isArray(schema.type)
  const all = schema as Record<string, any>
  const allowed = !all.enum || all.enum.includes(value)
  switch (kind) {
    case 'boolean': return typeof value === 'boolean'
    case 'string': return typeof value === 'string' && allowed && [...value].length >= (all.minLength ?? 0) && [...value].length <= (all.maxLength ?? Infinity) && (all.pattern === undefined || new RegExp(all.pattern as string, 'u').test(value))
    case 'integer': case 'number': {
      if (typeof value !== 'number' || !allowed || value < (all.minimum ?? -Infinity) || value > (all.maximum ?? Infinity)) return false
      if (kind === 'integer') return Number.isInteger(value)
      // A ten-millionth of a unit is forgiven, as sums of doubles are off by less.
      const units = value * 10 ** (String(all.multipleOf).length - 2)
      return all.multipleOf === undefined || Math.abs(units - Math.round(units)) <= 1e-7
    }
    case 'array': return Array.isArray(value) && value.length >= (all.minItems ?? 0) && value.length <= (all.maxItems ?? Infinity) && value.every((item) => fits(all.items as InputSchema, item)) && (!all.uniqueItems || new Set(value.map((item) => JSON.stringify(sorted(item)))).size === value.length)
    default: {
      if (typeof value !== 'object' || Array.isArray(value)) return false
      const { properties, required = [] } = schema as ObjectSchema
      return required.every((name) => Object.hasOwn(value, name)) && Object.entries(value).every(([name, item]) => Object.hasOwn(properties, name) && fits(properties[name]!, item))
    }
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value === 'number') return Number(value.toFixed(9)) + 0
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, sorted(item)]))
}

/** Equality of JSON, but for what is forgiven in decimals. */
function isClose(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= 1e-7
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return Object.keys(x).length === Object.keys(y).length && Object.keys(x).every((key) => Object.hasOwn(y, key) && isClose(x[key], y[key]))
}

const names = ['a', 'b', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', 'x_1']
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })
const nullable = (kind: string) => fc.constantFrom(kind, [kind, 'null'])
const { schema } = fc.letrec<{ schema: Record<string, unknown>; object: Record<string, unknown> }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ type: nullable('string'), enum: maybe(fc.uniqueArray(fc.constantFrom('p', 'q', '', '😀'), { minLength: 1 })), minLength: maybe(fc.nat(3)), maxLength: maybe(fc.integer({ min: 3, max: 6 })), pattern: maybe(fc.constantFrom('^[a-z]*$', '\\d', '^.?$', 'a|b')) }),
    fc.record({ type: nullable('integer'), minimum: maybe(fc.integer({ min: -5, max: 0 })), maximum: maybe(fc.integer({ min: 0, max: 5 })), enum: maybe(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1 })) }),
    fc.record({ type: nullable('number'), minimum: maybe(fc.double({ min: -5, max: 0, noNaN: true })), maximum: maybe(fc.double({ min: 0, max: 5, noNaN: true })), multipleOf: maybe(fc.constantFrom(0.1, 0.01, 0.001, 0.0001)) }),
    fc.record({ type: nullable('boolean') }),
    fc.record({ type: nullable('array'), items: tie('schema'), minItems: maybe(fc.nat(1)), maxItems: maybe(fc.integer({ min: 1, max: 4 })), uniqueItems: maybe(fc.boolean()) }),
    tie('object'),
  ),
  object: fc.record({ type: fc.constant('object'), properties: fc.dictionary(fc.constantFrom(...names), tie('schema'), { maxKeys: 3 }) }).chain(({ type, properties }) =>
    fc.subarray(Object.keys(properties)).map((required) => ({ type, properties, required }))),
}))

/** JSON that fits a schema about half of the time. */
function near(of: InputSchema): fc.Arbitrary<unknown> {
  const all = of as Record<string, any>
  const anything = fc.oneof(fc.constantFrom(null, 0, -0, 1.5, 2 ** 53, 1e300, '', 'a', '😀', [], {}, [null], true, JSON.parse('{"__proto__": 1}') as unknown))
  const kind = Array.isArray(of.type) ? of.type[0] : of.type
  const likely: fc.Arbitrary<unknown> = kind === 'string' ? fc.oneof(fc.constantFrom(...((all.enum ?? ['abc']) as string[])), fc.string({ maxLength: 7, unit: 'grapheme' }))
    : kind === 'boolean' ? fc.boolean()
      : kind === 'integer' ? fc.integer({ min: -6, max: 6 })
        : kind === 'number' ? fc.oneof(fc.integer({ min: -6e6, max: 6e6 }).map((n) => n / 1e6), fc.integer({ min: -60_000, max: 60_000 }).map((n) => n / 1e4), fc.integer({ min: -600, max: 600 }).map((n) => n / 100))
          : kind === 'array' ? fc.array(near(all.items as InputSchema), { maxLength: 4 })
            : fc.record(Object.fromEntries(Object.entries((of as ObjectSchema).properties).map(([name, property]) => [name, near(property)])), { requiredKeys: ((of as ObjectSchema).required ?? []) as never[] })
  return fc.oneof({ weight: 5, arbitrary: likely }, { weight: 1, arbitrary: anything })
}

t.test('what is read fits the schema, and what fits is read: against an oracle', async (t) => {
  let [taken, refused] = [0, 0]
  const pair = schema.map((raw) => InputSchemaOf.parse(JSON.parse(JSON.stringify(raw)))).chain((of) => near(of).map((value) => [of, value] as const))
  t.doesNotThrow(() => fc.assert(fc.property(pair, ([of, value]) => {
    const input = compileInput(of)
    const read = input.read(value, 'args')
    const fit = fits(of, value)
    if ('problem' in read) {
      refused++
      // Past 2^53 an integer is not exact, and a decimal of so many digits neither: refused though the schema allows it.
      return (!fit || /e\+|\d{14}/.test(JSON.stringify(value))) && read.path.startsWith('args') && read.problem.length > 0 && read.problem.length < 400
    }
    taken++
    if (!fit) return false
    const again = jsonEncoder(input.type)(read.value)
    return isClose(again, value)
  }), { numRuns: 6000 }))
  t.ok(taken > 1000 && refused > 1000, `${taken} taken, ${refused} refused`)
})

t.test('any JSON at all gives a value or a misfit with its place, quickly', async (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(schema, fc.jsonValue(), (raw, value) => {
    const read = compileInput(InputSchemaOf.parse(JSON.parse(JSON.stringify(raw)))).read(value, '')
    return 'problem' in read || 'value' in read
  }), { numRuns: 2000 }))
  for (const odd of [undefined, NaN, Infinity, () => 1, new Date(0), new Map()]) for (const type of ['string', 'integer', 'number', 'boolean'] as const) t.ok('problem' in compileInput({ type } as InputSchema).read(odd, ''), `${typeof odd} for ${type}`)
  const many = Array.from({ length: 50_000 }, (_, i) => `${i}`)
  const before = process.cpuUsage()
  t.ok('value' in compileInput({ type: 'array', items: { type: 'string' }, uniqueItems: true, maxItems: 100_000 }).read(many, ''))
  t.match(compileInput({ type: 'array', items: { type: 'string' } }).read(many, 'x'), { problem: /at most 1000 items/ })
  t.ok(process.cpuUsage(before).user < 2e6)
})

t.test('misfits say where and what', async (t) => {
  const object = compileInput({ type: 'object', properties: { order_id: { type: 'string' }, lines: { type: 'array', items: { type: 'object', properties: { qty: { type: 'integer', minimum: 1 } }, required: ['qty'] } }, amount: { type: 'number', multipleOf: 0.01 }, kind: { type: 'string', enum: ['a', 'b'] } }, required: ['order_id'] })
  const table: [unknown, string, RegExp][] = [
    [{}, 'order_id', /required, but missing/], [{ order_id: 5 }, 'order_id', /a string, got 5/], [{ order_id: 'x', lines: [{ qty: 1 }, { qty: 0 }] }, 'lines[1].qty', /at least 1, got 0/], [{ order_id: 'x', lines: [{}] }, 'lines[0].qty', /required/], [{ order_id: 'x', amount: 1.005 }, 'amount', /multiple of 0.01/], [{ order_id: 'x', kind: 'c' }, 'kind', /one of "a", "b"/],
    [{ order_id: 'x', ordr_id: 'y' }, 'ordr_id', /did you mean order_id/], [{ order_id: 'x', __proto__: 1 }, '', /never/], [[], '', /an object/], [null, '', /an object/], ['{}', '', /an object/], [JSON.parse('{"order_id": "x", "__proto__": 1}'), '__proto__', /unknown argument/], [{ order_id: 'x', constructor: 1 }, 'constructor', /unknown argument/],
  ]
  for (const [value, path, problem] of table) {
    const read = object.read(value, '')
    if (problem.source === 'never') t.ok('value' in read)
    else t.match(read, { path, problem }, JSON.stringify(value))
  }
  t.match(compileInput({ type: 'number', multipleOf: 0.01 }).read(71.9, ''), { value: 7190 })
  for (const [n, fine] of [[123456.78, true], [123456.789, false], [9_999_999_999.99, true], [9_999_999_999.995, false], [0.1 + 0.2, true], [71.96000000000001, true], [1.005, false]] as const) t.equal('value' in compileInput({ type: 'number', multipleOf: 0.01 }).read(n, ''), fine, `${n}`)
  t.match(compileInput({ type: 'number', multipleOf: 0.01 }).read(-0, ''), { value: 0 })
})

t.test('schemas that cannot be meant are complained about', async (t) => {
  const complaints = (input: string) => readWorld(`kind: World\nname: w\nepoch: '2026-03-02T09:00:00Z'\ntables: {}\ntools: {go: {description: d, effect: read, input: ${input}, do: [{stop: true}]}}\n`).complaints
  const table: [string, RegExp][] = [
    ['{properties: {a: {type: string, pattern: "("}}}', /properties\.a\.pattern: '\(' is no RE2 pattern/], ['{properties: {a: {type: string, pattern: "(?=x)"}}}', /no RE2 pattern/], ['{properties: {a: {type: string}}, required: [b]}', /no property 'b'/], ['{properties: {a: {type: integer, minimum: 3, maximum: 1}}}', /3, is above the greatest, 1/], ['{properties: {a: {type: array, items: {type: string, minLength: 3, maxLength: 1}}}}', /items: the least/],
    ['{properties: {a: {type: date}}}', /input\.properties\.a/], ['{properties: {a: {type: string, format: email}}}', /unknown key 'format'/], ['{properties: {a: {type: number, multipleOf: 0.3}}}', /multipleOf/], ['{properties: {a: {type: array}}}', /items/], ['{properties: {"a b": {type: string}}}', /is no name/], ['{properties: {a: {oneOf: []}}}', /oneOf|type/], ['{additionalProperties: true}', /additionalProperties/],
  ]
  for (const [input, message] of table) {
    const found = complaints(input)
    t.ok(found.length > 0 && found.every(({ line, column }) => line === 5 && column > 1), input)
    t.match(found.map((complaint) => complaint.message).join('; '), message, input)
  }
})
