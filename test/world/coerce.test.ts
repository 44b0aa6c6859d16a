import t from 'tap'
import type { InputSchema } from '../../protocol/spec/json-schema.ts'
import { readCoerced } from '../../src/world/coerce.ts'
import { compileInput } from '../../src/world/input.ts'
import fc from '../property.ts'

const one = (type: object, required = true): InputSchema => ({ type: 'object', properties: { x: type as InputSchema }, ...(required && { required: ['x'] }) })
const read = (schema: InputSchema, said: unknown) => readCoerced(schema, compileInput(schema).read, said)
/** What becomes of one argument; undefined where it is refused. */
const taken = (type: object, said: unknown, required = true) => {
  const found = read(one(type, required), { x: said })
  return 'problem' in found ? undefined : found.args
}

t.test('what can only mean one thing is taken so', async (t) => {
  t.same(read(one({ type: 'integer' }), { x: '5' }), { value: { x: 5 }, args: { x: 5 }, coerced: ['x: "5" to 5'] })
  for (const [type, said, meant] of [
    ['integer', '-12', -12], ['integer', '0', 0], ['integer', '9007199254740991', 9007199254740991],
    ['number', '5', 5], ['number', '71.90', 71.9], ['number', '-0.5', -0.5], ['number', '5.0', 5],
    ['boolean', 'true', true], ['boolean', 'false', false],
    ['string', 7, '7'], ['string', -0.25, '-0.25'], ['string', 0, '0'],
  ] as const) t.same(taken({ type }, said), { x: meant }, `${JSON.stringify(said)} for ${type}`)
  t.same(taken({ type: 'array', items: { type: 'integer' } }, '[1, 2]'), { x: [1, 2] })
  t.same(taken({ type: 'array', items: { type: 'integer' } }, ['1', 2]), { x: [1, 2] })
  t.same(taken({ type: 'object', properties: { n: { type: 'integer' } } }, ' {"n": "3"}'), { x: { n: 3 } })
  t.same(taken({ type: 'number', multipleOf: 0.01 }, '12.50'), { x: 12.5 })
  t.same(taken({ type: ['integer', 'null'] }, '5'), { x: 5 })
  t.same(taken({ type: 'string' }, null, false), {}, 'null for what may be left out')
  t.same(taken({ type: ['string', 'null'] }, null, false), { x: null }, 'but null stays where it is a value')
})

t.test('what could mean something else, or would not fit, stays wrong', async (t) => {
  for (const said of ['', ' 5 ', '5 ', '+5', '05', '5.0', '1e3', '0x5', '-0', '９', '9007199254740993', 'five', 'NaN', 'Infinity', '1,000', true, [5], null]) t.equal(taken({ type: 'integer' }, said), undefined, `${JSON.stringify(said)} for an integer`)
  for (const said of ['', '.5', '5.', '1e3', '-0.0', '0.1000000000000000055', '9007199254740993', '123456789012345678.5', '-']) t.equal(taken({ type: 'number' }, said), undefined, `${JSON.stringify(said)} for a number`)
  for (const said of ['True', 'yes', '1', 1, 0, '']) t.equal(taken({ type: 'boolean' }, said), undefined, `${JSON.stringify(said)} for a boolean`)
  for (const said of [1e21, 1e-7, 0.1 + 0.2, -0, true, [], {}, null]) t.equal(taken({ type: 'string' }, said), undefined, `${String(said)} for a text`)
  for (const said of ['1', 1, '1, 2', '[1', '{"0": 1}', '["\\ud800"]', {}]) t.equal(taken({ type: 'array', items: { type: 'string' } }, said), undefined, `${JSON.stringify(said)} for a list`)
  for (const said of ['{"n": 1, "m": 2}', '[]', '{n: 1}', '{"__proto__": {"n": 1}}', 'null']) t.equal(taken({ type: 'object', properties: { n: { type: 'integer' } } }, said), undefined, `${said} for an object`)
  t.equal(taken({ type: 'integer', maximum: 4 }, '5'), undefined)
  t.equal(taken({ type: 'string', enum: ['a', 'b'] }, 5), undefined)
  t.equal(taken({ type: 'string', pattern: '^[A-Z]' }, 5), undefined)
  t.equal(taken({ type: 'number', multipleOf: 0.01 }, '12.345'), undefined)
  t.equal(taken({ type: 'integer' }, null), undefined, 'null for what is needed')
  t.match(read(one({ type: 'integer' }), { x: '5', y: 1 }), { path: 'x', problem: /got "5"/ }, 'all or nothing')
})

t.test('places', async (t) => {
  const lines: InputSchema = { type: 'object', properties: { lines: { type: 'array', items: { type: 'object', properties: { qty: { type: 'integer' } } } } } }
  t.match(read(lines, { lines: [{ qty: 1 }, { qty: '2' }] }), { coerced: ['lines[1].qty: "2" to 2'] })
  t.match(read(lines, JSON.stringify({ lines: [{ qty: 1 }] })), { coerced: ['"{\\"lines\\":[{\\"qty\\":1}]}" to {"lines":[{"qty":1}]}'] })
  t.match(read(lines, { lines: null }), { args: {}, coerced: ['lines: null left out'] })
  const many = read(lines, { lines: Array.from({ length: 30 }, () => ({ qty: '2' })) })
  t.equal('coerced' in many && many.coerced.length, 21)
  t.match(many, { coerced: { 20: 'and 10 more' } })
  const long = read(one({ type: 'array', items: { type: 'string' } }), { x: JSON.stringify(['é'.repeat(200)]) })
  t.ok('coerced' in long && long.coerced[0]!.length < 140)
})

const schemas: fc.Arbitrary<InputSchema> = fc.letrec<{ schema: InputSchema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<InputSchema>({ type: 'string' }, { type: 'string', enum: ['5', 'true', 'a'] }, { type: 'string', maxLength: 3 }, { type: ['string', 'null'] }, { type: 'string', pattern: '^[0-9]+$' }),
    fc.constantFrom<InputSchema>({ type: 'integer' }, { type: 'integer', minimum: 0, maximum: 10 }, { type: ['integer', 'null'] }),
    fc.constantFrom<InputSchema>({ type: 'number' }, { type: 'number', multipleOf: 0.01 }, { type: 'boolean' }, { type: ['boolean', 'null'] }),
    tie('schema').map((items): InputSchema => ({ type: 'array', items, maxItems: 4 })),
    fc.record({ a: tie('schema'), b: tie('schema'), needs: fc.subarray(['a', 'b']) }).map(({ a, b, needs }): InputSchema => ({ type: 'object', properties: { a, b }, required: needs })),
  ),
})).schema

const leaves = fc.oneof(fc.constantFrom('5', '-1', '1.50', '0.1', '007', 'true', 'false', '', 'a', '[]', '["5"]', '{"a": "5"}', '{"a": null}'), fc.integer({ min: -3, max: 20 }), fc.double(), fc.boolean(), fc.constant(null), fc.string())
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leaves, fc.array(tie('value'), { maxLength: 3 }), fc.record({ a: tie('value'), b: tie('value') }, { requiredKeys: [] }), tie('value').map((value) => JSON.stringify(value))),
})).value

t.test('laws: what fits stays, what comes out fits or is nothing, and once is enough', async () => {
  fc.assert(fc.property(schemas, values, (schema, said) => {
    const { read: strict } = compileInput(schema)
    const before = JSON.stringify(said)
    const plain = strict(said, '')
    const found = readCoerced(schema, strict, said)
    if (JSON.stringify(said) !== before) throw new Error('what was said has changed')
    if ('value' in plain) return 'args' in found && found.args === said && found.coerced.length === 0
    if ('problem' in found) return found.problem === plain.problem && found.path === plain.path
    const again = readCoerced(schema, strict, found.args)
    return found.coerced.length > 0 && 'value' in strict(found.args, '') && 'args' in again && again.args === found.args && again.coerced.length === 0
  }), { numRuns: 3000 })
})
