/** Schemas of others in our subset: what is kept, what is said to be lost, and that translation only widens. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import t, { type Test } from 'tap'
import { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import { translateInput, translateSchema } from '../../src/mcp/translate-schema.ts'
import { checkInput } from '../../src/world/check-input.ts'
import { compileInput } from '../../src/world/input.ts'
import { Site } from '../../src/world/site.ts'
import fc from '../property.ts'
import { closed, fieldNames, rawSchema, someValue } from './raw-schemas.ts'

const RUNS = Number(process.env.RUNS ?? 400)
const translated = (raw: unknown): unknown => translateSchema(raw).schema
const messages = (raw: unknown): string[] => translateSchema(raw).remarks.map(({ path, message }) => `${path}: ${message}`)
const exact = (t: Test, raw: unknown, schema: unknown, name: string): void => {
  t.same(translated(raw), schema, name)
  t.same(messages(raw), [], `${name}: nothing is lost`)
}

/** What a reader of the world says about a translated schema; nothing, where all is well. */
function complaintsAbout(schema: InputSchema): unknown[] {
  const site = new Site([], [])
  checkInput(schema, site)
  return site.findings
}

/** What the closed schema says of a value; where the validator itself breaks, it says no. */
function validator(raw: unknown): (value: unknown) => boolean {
  const validate = new Ajv2020({ strict: false, validateFormats: false, logger: false }).compile(closed(raw, raw) as object)
  return (value) => {
    try {
      return validate(value) === true
    } catch (error) {
      if (error instanceof ReferenceError) return false
      throw error
    }
  }
}

t.test('what the subset has words for comes over whole', async (t) => {
  exact(t, { type: 'string', minLength: 2, maxLength: 5, pattern: '^a+$' }, { type: 'string', minLength: 2, maxLength: 5, pattern: '^a+$' }, 'texts')
  exact(t, { type: ['string', 'null'], enum: ['a', 'b', null] }, { type: ['string', 'null'], enum: ['a', 'b'] }, 'lists of types')
  exact(t, { anyOf: [{ type: 'integer' }, { type: 'null' }], default: null }, { type: ['integer', 'null'] }, 'optional ones')
  exact(t, { oneOf: [{ const: 'a', title: 'A' }, { const: 'b' }] }, { type: 'string', enum: ['a', 'b'] }, 'constants')
  exact(t, { anyOf: [{ type: 'string', enum: ['a'] }, { type: 'string', enum: ['b'] }] }, { type: 'string', enum: ['a', 'b'] }, 'enums of enums')
  exact(t, { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 10 }, { type: 'integer', minimum: 1, maximum: 9 }, 'bounds of whole numbers')
  exact(t, { type: 'integer', minimum: 0, exclusiveMinimum: true }, { type: 'integer', minimum: 1 }, 'and those of draft-04')
  exact(t, { type: 'number', multipleOf: 1 }, { type: 'integer' }, 'whole numbers by another name')
  exact(t, { type: 'number', multipleOf: 0.01, minimum: 0 }, { type: 'number', minimum: 0, multipleOf: 0.01 }, 'decimals')
  exact(t, { enum: [1, 2, 3] }, { type: 'integer', enum: [1, 2, 3] }, 'enums without a type')
  exact(t, { type: 'boolean', default: false }, { type: 'boolean', description: 'Default: false.' }, 'defaults are said')
  exact(t, { type: 'string', format: 'uri', description: 'Where.' }, { type: 'string', description: 'Where. Format: uri.' }, 'formats are said')
  exact(t, { type: 'array', items: { type: 'string' }, minItems: 1, uniqueItems: true }, { type: 'array', items: { type: 'string' }, minItems: 1, uniqueItems: true }, 'arrays')
  exact(t, { type: 'object', properties: { a: { type: 'string' }, never: false, not: { not: {} } }, required: ['a'], additionalProperties: false }, { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }, 'objects')
  exact(t, { allOf: [{ type: 'object', properties: { a: { type: 'string' } } }, { properties: { b: { type: 'integer' } }, required: ['a'] }] }, { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer' } }, required: ['a'] }, 'objects in parts')
  exact(t, { $ref: '#/$defs/one', description: 'Mine.', $defs: { one: { type: 'string', description: 'Theirs.' } } }, { type: 'string', description: 'Mine.' }, 'references')
  exact(t, { $schema: 'http://json-schema.org/draft-07/schema#', $ref: '#/definitions/a~1b%20c', minLength: 9, definitions: { 'a/b c': { type: 'string' } } }, { type: 'string' }, 'nothing beside a reference counts in draft-07')
  exact(t, true, { type: 'json' }, 'anything')
  exact(t, { description: 'Anything.' }, { type: 'json', description: 'Anything.' }, 'anything, described')
  exact(t, { type: ['array', 'string', 'number', 'object', 'boolean', 'null'] }, { type: 'json' }, 'anything, by all types')
})

t.test('what it has no words for is widened, and said', async (t) => {
  const lost = (raw: unknown, schema: unknown, message: RegExp): void => {
    t.same(translated(raw), schema, JSON.stringify(raw).slice(0, 80))
    t.match(messages(raw).join('\n'), message)
  }
  lost({ anyOf: [{ type: 'string' }, { type: 'integer' }] }, { type: 'json', description: 'Takes number or string.' }, /number or string: any JSON is taken/)
  lost({ type: 'object', additionalProperties: { type: 'string' } }, { type: 'json', description: 'Takes object.' }, /fields without a name/)
  lost({ type: 'object' }, { type: 'json', description: 'Takes object.' }, /fields have no names/)
  lost({ type: 'object', properties: { 'x-y': { type: 'string' } }, additionalProperties: false }, { type: 'json', description: 'Takes object.' }, /fields have no names/)
  lost({ type: 'object', patternProperties: { '^a': {} }, additionalProperties: false }, { type: 'json', description: 'Takes object.' }, /patternProperties/)
  lost({ type: 'number', exclusiveMinimum: 0 }, { type: 'number', minimum: 0 }, /may be reached/)
  lost({ type: 'integer', multipleOf: 5 }, { type: 'integer' }, /multipleOf 5 is lost/)
  lost({ type: 'string', pattern: '^(?!a)' }, { type: 'string' }, /pattern .* is lost/)
  lost({ type: 'string', pattern: '^\\s+$' }, { type: 'string' }, /pattern .* is lost/)
  lost({ type: 'string', not: { enum: ['a'] } }, { type: 'string' }, /not is lost/)
  lost({ type: 'array', prefixItems: [{ type: 'number' }, { type: 'number' }], items: false }, { type: 'array', items: { type: 'number' }, maxItems: 2 }, /tuple/)
  lost({ type: 'array', items: [{ type: 'number' }, { type: 'string' }], minItems: 2 }, { type: 'array', items: { type: 'json' }, minItems: 2 }, /tuple/)
  lost({ minLength: 3 }, { type: 'json' }, /without one type/)
  lost({ type: 'null' }, { type: 'json', description: 'Takes null.' }, /only null/)
  lost({ const: true }, { type: 'boolean' }, /always true/)
  lost({ type: 'file' }, { type: 'json' }, /'"file"' is no type/)
  lost({ $ref: 'https://example.com/x.json' }, { type: 'json' }, /leads nowhere/)
  lost(false, { type: 'json' }, /nothing fits/)
  lost({ type: 'string', allOf: [{ type: 'integer' }] }, { type: 'json' }, /nothing fits/)
  lost({ type: 'integer', minimum: 5, maximum: 3 }, { type: 'json' }, /nothing fits/)
  lost({ anyOf: [{ type: 'object', properties: { kind: { const: 'a' }, x: { type: 'string' } }, required: ['kind', 'x'] }, { type: 'object', properties: { kind: { const: 'b' }, y: { type: 'integer' } }, required: ['kind'] }] },
    { type: 'object', properties: { kind: { type: 'string', enum: ['a', 'b'] }, x: { type: 'string' }, y: { type: 'integer' } }, required: ['kind'] }, /alternatives are merged/)
  lost({ type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } }, anyOf: [{ required: ['a'] }, { required: ['b'] }] }, { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } } }, /alternatives are merged/)
  lost({ type: 'object', properties: { a: {} }, if: { properties: { a: { const: 1 } } }, then: { properties: { b: { type: 'string' } }, required: ['b'] } }, { type: 'object', properties: { a: { type: 'json' }, b: { type: 'string' } } }, /conditions/)
  lost({ if: { type: 'object', properties: { a: { type: 'string' } } }, then: false }, { type: 'json' }, /conditions/)
  lost({ type: 'object', if: { properties: { a: { type: 'string' } } }, then: { properties: { b: {} } } }, { type: 'object', properties: { a: { type: 'json' }, b: { type: 'json' } } }, /conditions/)
  const tree = { $defs: { node: { type: 'object', properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } }, required: ['name'] } }, $ref: '#/$defs/node' }
  lost(tree, { type: 'object', properties: { name: { type: 'string' }, children: { type: 'array', items: { type: 'json' } } }, required: ['name'] }, /^children\[\]: the schema holds itself/)
})

t.test('words of others are left out where they are not wanted, facts are not', async (t) => {
  const raw = { type: 'object', title: 'T', properties: { at: { type: 'string', format: 'date', title: 'At', description: 'A sentence.', default: 'now' } } }
  t.same(translateInput(raw, { sentences: false }).schema, { type: 'object', properties: { at: { type: 'string', description: 'Format: date. Default: "now".' } } })
})

t.test('arguments of a tool are an object, whatever stands there', async (t) => {
  t.same(translateInput({ type: 'object' }).schema, { type: 'object', properties: {} })
  t.same(translateInput({ type: 'object', properties: { 'page-size': { type: 'integer' }, a: { type: 'string' } }, required: ['page-size', 'a'], additionalProperties: { type: 'string' } }), {
    schema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    remarks: [
      { path: '', message: 'what fields without a name hold is lost (additionalProperties)' }, { path: '', message: 'arguments without a name cannot be given' },
      { path: 'page-size', message: 'no name for an argument here: it cannot be given' }, { path: '', message: 'required, but no field here: page-size' },
    ],
  })
  t.match(translateInput({ type: 'string' }).remarks[0]!.message, /takes no object/)
})

t.test('translation only widens, and what comes out is a schema of the subset', async (t) => {
  let accepted = 0
  let refused = 0
  fc.assert(fc.property(rawSchema, fc.array(someValue, { minLength: 5, maxLength: 12 }), (raw, values) => {
    const { schema } = translateSchema(raw)
    const parsed = InputSchema.safeParse(schema)
    if (!parsed.success) throw new Error(`${JSON.stringify(schema)}: ${parsed.error.message}`)
    const complaints = complaintsAbout(schema)
    if (complaints.length) throw new Error(`${JSON.stringify(schema)}: ${JSON.stringify(complaints)}`)
    const fits = validator(raw)
    const { read } = compileInput(schema)
    for (const value of values) {
      const isFit = fits(value)
      if (isFit) accepted++
      if (!('problem' in read(value, ''))) continue
      refused++
      if (isFit) throw new Error(`${JSON.stringify(schema)} refuses ${JSON.stringify(value)}`)
    }
  }), { numRuns: RUNS })
  t.ok(accepted > RUNS / 2, `${accepted} values fit`)
  t.ok(refused > RUNS, `${refused} values were refused`)
})

t.test('the arguments of a tool are only widened too, but for those without a name here', async () => {
  fc.assert(fc.property(rawSchema, fc.array(fc.dictionary(fieldNames, someValue, { maxKeys: 4, noNullPrototype: true }), { minLength: 5, maxLength: 10 }), (raw, values) => {
    const { schema } = translateInput(raw)
    ObjectSchema.parse(schema)
    if (complaintsAbout(schema).length) throw new Error(JSON.stringify(schema))
    const fits = validator(raw)
    const { read } = compileInput(schema)
    for (const value of values) {
      if (!('problem' in read(value, '')) || Object.keys(value).some((name) => !Object.hasOwn(schema.properties, name))) continue
      if (fits(value)) throw new Error(`${JSON.stringify(schema)} refuses ${JSON.stringify(value)}`)
    }
  }), { numRuns: RUNS })
})

t.test('nothing that is said for a schema throws, or takes long', async (t) => {
  let deep: unknown = { type: 'string' }
  for (let i = 0; i < 20_000; i++) deep = i % 2 ? { allOf: [deep] } : { type: 'array', items: deep }
  const cyclic: Record<string, unknown> = { type: 'object' }
  cyclic.properties = { self: cyclic }
  // Each level names the one below twice: 2^30 schemas, if one went through them all.
  const defs = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`d${i}`, { type: 'object', properties: { a: { $ref: `#/$defs/d${i + 1}` }, b: { $ref: `#/$defs/d${i + 1}` } } }]))
  const wide = { type: 'object', properties: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`p${i}`, { type: 'string' }])) }
  const inherited = JSON.parse('{"type": "object", "properties": {"__proto__": {"type": "string"}, "constructor": {"type": "string"}}, "required": ["__proto__", "constructor"], "additionalProperties": false}') as unknown
  for (const raw of [deep, cyclic, { $ref: '#/$defs/d0', $defs: defs }, wide, inherited, { $ref: '#' }, { $ref: '#/__proto__' }, { $ref: '#/%' }, null, 5, [], 'x', undefined, { enum: Array.from({ length: 50_000 }, (_, i) => `v${i}`) }, { type: 'string', pattern: '('.repeat(100_000) }, { type: 'string', title: '\ud800', description: 'x'.repeat(100_000) }, { type: {} }, { properties: [] }, { anyOf: {} }, { allOf: [null] }]) {
    const { schema, remarks } = translateSchema(raw)
    t.ok(InputSchema.safeParse(schema).success)
    t.same(complaintsAbout(schema), [])
    t.ok(remarks.length <= 200)
    t.ok(ObjectSchema.safeParse(translateInput(raw).schema).success)
  }
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), fc.object({ key: fc.constantFrom('type', 'properties', 'items', 'anyOf', 'allOf', 'enum', '$ref', 'not', 'if', 'required', '__proto__', 'pattern', 'minimum', 'a'), maxDepth: 5 }), (any, keyed) => {
    for (const raw of [any, keyed]) ObjectSchema.parse(translateInput(raw).schema)
  }), { numRuns: RUNS })
})
