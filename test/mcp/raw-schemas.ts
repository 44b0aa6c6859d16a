/** Schemas as others write them, drawn; values that may fit them; and schemas closed as ours are. */
import fc from '../property.ts'

const NAMES = ['a', 'b', 'kind', 'x-y', 'prototype']
export const fieldNames = fc.constantFrom(...NAMES)
const texts = fc.constantFrom('', 'a', 'b', 'ab', 'aa1', 'kind', '\u00a0', '🙂🙂')
const numbers = fc.constantFrom(-1, 0, 1, 2, 3, 5, 10, 0.5, 1.25, 0.01, 1e20)
const counts = fc.constantFrom(0, 1, 2, 3)
const leaf = fc.oneof(texts, numbers, fc.boolean(), fc.constant(null))

/** A JSON value over the same few names, texts and numbers as the schemas. */
export const someValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(fieldNames, tie('value'), { maxKeys: 3, noNullPrototype: true })),
})).value.filter((value) => !JSON.stringify(value).includes('100000000000000000000'))

const some = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> => fc.record(shape, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>
const types = fc.constantFrom('string', 'number', 'integer', 'boolean', 'array', 'object', 'null')

const { schema } = fc.letrec<{ schema: unknown; many: unknown[]; keyed: Record<string, unknown> }>((tie) => {
  const inner = tie('schema')
  const text = some({ minLength: counts, maxLength: counts, pattern: fc.constantFrom('^a', 'b$', '^.$', '\\d', '^[^a]*$', '\\w+', '\\S', 'a|b', '(?=a)', '\\u{1F642}'), format: fc.constant('email'), enum: fc.array(texts, { minLength: 1, maxLength: 3 }) })
  const number = some({ minimum: numbers, maximum: numbers, exclusiveMinimum: numbers, exclusiveMaximum: numbers, multipleOf: fc.constantFrom(1, 2, 0.5, 0.01, 5), enum: fc.array(numbers, { minLength: 1, maxLength: 3 }) })
  const list = some({ items: inner, minItems: counts, maxItems: counts, uniqueItems: fc.boolean(), prefixItems: fc.array(inner, { minLength: 1, maxLength: 2 }), contains: inner })
  const object = some({
    properties: fc.dictionary(fieldNames, inner, { maxKeys: 3, noNullPrototype: true }), required: fc.uniqueArray(fieldNames, { maxLength: 2 }), additionalProperties: fc.oneof(fc.constant(false), inner), minProperties: counts,
    patternProperties: fc.dictionary(fc.constantFrom('^a', 'x'), inner, { maxKeys: 1, noNullPrototype: true }), unevaluatedProperties: fc.oneof(fc.constant(false), inner), dependentSchemas: fc.dictionary(fieldNames, inner, { maxKeys: 1, noNullPrototype: true }), propertyNames: fc.constant({ minLength: 2 }),
  })
  const typed = fc.oneof(
    fc.tuple(fc.constant({ type: 'string' }), text), fc.tuple(fc.constantFrom({ type: 'number' }, { type: 'integer' }), number), fc.tuple(fc.constant({ type: 'array' }), list),
    { arbitrary: fc.tuple(fc.constant({ type: 'object' }), object), weight: 3 }, fc.tuple(types.map((type) => ({ type })), fc.constant({})), fc.tuple(fc.uniqueArray(types, { minLength: 1, maxLength: 3 }).map((type) => ({ type })), fc.oneof(text, number, list, object)),
    fc.tuple(fc.constant({}), fc.oneof(text, number, list, object)),
  ).map(([one, other]) => ({ ...one, ...other }))
  const branches = fc.array(inner, { minLength: 1, maxLength: 3 })
  const combined = fc.oneof(
    some({ anyOf: branches, allOf: branches, oneOf: branches, not: inner }), fc.record({ if: inner, then: inner, else: inner }), fc.record({ const: someValue }), fc.record({ enum: fc.array(someValue, { minLength: 1, maxLength: 3 }) }),
    fc.record({ $ref: fc.constantFrom('#/$defs/one', '#/$defs/two') }),
  )
  return {
    schema: fc.oneof({ depthSize: 'small', maxDepth: 4 }, fc.boolean(), { arbitrary: typed, weight: 6 }, { arbitrary: combined, weight: 2 }, { arbitrary: fc.tuple(typed, combined).map(([one, other]) => ({ ...one, ...other })), weight: 3 }) as fc.Arbitrary<unknown>,
    many: fc.array(inner), keyed: fc.dictionary(fieldNames, inner),
  }
})

/** A whole schema; `one` and `two` are what it may refer to, and `two` may refer to `one`. */
export const rawSchema = fc.tuple(schema, schema, schema).map(([root, one, two]) => {
  const $defs = { one: withoutReferences(one, []), two: withoutReferences(two, ['#/$defs/one']) }
  return typeof root === 'boolean' ? root : { ...(root as object), $defs }
})

/** References that would lead in circles without end become schemas that hold for all. */
function withoutReferences(raw: unknown, allowed: readonly string[]): unknown {
  if (Array.isArray(raw)) return raw.map((one) => withoutReferences(one, allowed))
  if (raw === null || typeof raw !== 'object') return raw
  return Object.fromEntries(Object.entries(raw).flatMap(([key, value]) => (key === '$ref' && !allowed.includes(value as string) ? [] : [[key, withoutReferences(value, allowed)]])))
}

const IN_PLACE = ['anyOf', 'allOf', 'oneOf'] as const
const CONDITIONS = ['if', 'then', 'else', 'not'] as const

/** Whether a schema names fields of the value that it is about. */
function namesFields(raw: unknown, root: unknown): boolean {
  if (raw === null || typeof raw !== 'object') return false
  const one = raw as Record<string, unknown>
  if (one.properties && Object.keys(one.properties).length > 0) return true
  const parts = [...IN_PLACE.flatMap((key) => (one[key] as unknown[] | undefined) ?? []), ...CONDITIONS.map((key) => one[key]), ...Object.values((one.dependentSchemas as object | undefined) ?? {})]
  if (typeof one.$ref === 'string') parts.push((root as { $defs: Record<string, unknown> }).$defs[one.$ref.slice('#/$defs/'.length)])
  return parts.some((part) => namesFields(part, root))
}

/** The schema in which an object that names fields has no others, unless it speaks of them. */
export function closed(raw: unknown, root: unknown, inPlace = false): unknown {
  if (raw === null || typeof raw !== 'object') return raw
  const one = raw as Record<string, unknown>
  const out: Record<string, unknown> = { ...one }
  const each = (of: unknown, place: boolean): unknown => Object.fromEntries(Object.entries(of as object).map(([name, inner]) => [name, closed(inner, root, place)]))
  for (const key of ['properties', 'patternProperties']) if (one[key]) out[key] = each(one[key], false)
  for (const key of ['$defs', 'dependentSchemas']) if (one[key]) out[key] = each(one[key], true)
  for (const key of ['additionalProperties', 'unevaluatedProperties', 'items', 'contains']) if (key in one) out[key] = closed(one[key], root)
  if (one.prefixItems) out.prefixItems = (one.prefixItems as unknown[]).map((inner) => closed(inner, root))
  for (const key of IN_PLACE) if (one[key]) out[key] = (one[key] as unknown[]).map((inner) => closed(inner, root, true))
  for (const key of CONDITIONS) if (key in one) out[key] = closed(one[key], root, true)
  if (!inPlace && !('unevaluatedProperties' in one) && namesFields(one, root)) out.unevaluatedProperties = false
  return out
}
