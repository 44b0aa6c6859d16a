/** JSON Schema of others, draft-04 to 2020-12, read into a shape: every keyword narrows it, or is told to be lost. */
import { followReference, isMapping, own } from './pointer.ts'
import { readArray, readNumber, readObject, readString } from './read-kind.ts'
import { readValues } from './read-values.ts'
import type { Say } from './remark.ts'
import { ANY, isNever, join, meet, NEVER, OPEN, type Shape, type Words } from './shape.ts'

/** Schemas within schemas, references followed, after which anything is allowed. */
const MOST_DEPTH = 40
/** Schemas in all, counted where they are used. */
const MOST_SCHEMAS = 5000

/** Where a reader is: shared by all of a tool but for `root`, `depth` and the references that it came through. */
export type Reading = { readonly say: Say; readonly left: { schemas: number }; readonly root: unknown; readonly depth: number; readonly through: ReadonlySet<unknown> }

export const startReading = (root: unknown, say: Say): Reading => ({ say, left: { schemas: MOST_SCHEMAS }, root, depth: 0, through: new Set() })

/** Keywords that say nothing of values, or are read elsewhere. */
const KNOWN = new Set([
  'type', 'enum', 'const', 'properties', 'required', 'additionalProperties', 'patternProperties', 'unevaluatedProperties', 'items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems', 'uniqueItems',
  'minLength', 'maxLength', 'pattern', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'anyOf', 'oneOf', 'allOf', 'not', '$ref', 'nullable',
  'title', 'description', 'default', 'format', 'if', 'then', 'else', 'dependentSchemas',
])
/** Keywords that narrow and have no counterpart here. */
const LOST = ['contains', 'minContains', 'maxContains', 'minProperties', 'maxProperties', 'propertyNames', 'dependentRequired', 'dependencies', 'unevaluatedItems', '$dynamicRef', '$recursiveRef', 'extends', 'disallow', 'divisibleBy']

const TYPES: Readonly<Record<string, Shape>> = {
  null: { null: true }, boolean: { boolean: {} }, number: { number: { whole: false } }, integer: { number: { whole: true } }, string: { string: {} }, array: { array: ANY.array! }, object: { object: ANY.object! },
}

/** What a schema allows. Never less than it does; whatever is lost is said. */
export function readShape(schema: unknown, path: string, reading: Reading): Shape {
  if (schema === true) return ANY
  if (schema === false) return NEVER
  if (!isMapping(schema)) return lost(path, 'what stands here is no schema: any JSON is taken', reading)
  if (reading.depth >= MOST_DEPTH) return lost(path, 'the schema goes too deep: any JSON is taken from here', reading)
  if (--reading.left.schemas < 0) return lost(path, 'the schema is too large: any JSON is taken from here', reading)
  const inside: Reading = { ...reading, depth: reading.depth + 1, root: typeof own(schema, '$id') === 'string' && reading.depth > 0 ? schema : reading.root }
  return withWords(schema, readKeywords(schema, path, inside))
}

function lost(path: string, message: string, { say }: Reading): Shape {
  say(path, message)
  return OPEN
}

function readKeywords(schema: Readonly<Record<string, unknown>>, path: string, reading: Reading): Shape {
  const lose = (message: string): void => reading.say(path, message)
  const reference = own(schema, '$ref')
  if (typeof reference === 'string') {
    const target = readReference(reference, path, reading)
    // Up to draft-07 nothing beside a reference counts.
    if (/draft-0[3-7]/.test(String(own(isMapping(reading.root) ? reading.root : {}, '$schema')))) return target
    return meet(target, readRest(schema, path, reading), lose)
  }
  return readRest(schema, path, reading)
}

function readReference(reference: string, path: string, reading: Reading): Shape {
  const found = followReference(reference, reading.root)
  if (!found) return lost(path, `the reference '${reference}' leads nowhere within the schema: any JSON is taken`, reading)
  if (reading.through.has(found.schema)) return lost(path, 'the schema holds itself: any JSON is taken from here', reading)
  return readShape(found.schema, path, { ...reading, root: found.root, through: new Set([...reading.through, found.schema]) })
}

function readRest(schema: Readonly<Record<string, unknown>>, path: string, reading: Reading): Shape {
  const lose = (message: string): void => reading.say(path, message)
  const within = (one: unknown, place: string): Shape => readShape(one, place, reading)
  let shape = meet(readType(schema, lose), readValues(schema, lose), lose)
  const kinds: Shape = {
    ...ANY,
    number: readNumber(schema),
    string: readString(schema, lose),
    array: shape.array && readArray(schema, path, within, lose),
    object: shape.object && readObject(schema, path, within, lose),
  }
  shape = meet(shape, kinds, lose)
  for (const part of listOf(schema, 'allOf')) shape = meet(shape, readShape(part, path, reading), lose)
  for (const key of ['anyOf', 'oneOf']) {
    const parts = listOf(schema, key)
    if (parts.length) shape = meet(shape, readAlternatives(parts, path, reading), lose)
  }
  shape = meet(shape, readConditions(schema, path, reading), lose)
  for (const key of LOST) if (Object.hasOwn(schema, key)) lose(`${key} is lost`)
  return unevaluated(schema, readNot(schema, shape, lose))
}

/** Annotations that are neither known nor narrow anything are left out without a word, as validators do. */
export const isKeyword = (key: string): boolean => KNOWN.has(key) || LOST.includes(key)

function listOf(schema: Readonly<Record<string, unknown>>, key: string): readonly unknown[] {
  const list = own(schema, key)
  return Array.isArray(list) ? list : []
}

function readType(schema: Readonly<Record<string, unknown>>, lose: (message: string) => void): Shape {
  const stated = own(schema, 'type')
  if (stated === undefined) return ANY
  const types = Array.isArray(stated) ? stated : [stated]
  let shape = NEVER
  for (const type of types) {
    const one = typeof type === 'string' && Object.hasOwn(TYPES, type) ? TYPES[type] : undefined
    if (!one) {
      lose(`'${String(JSON.stringify(type)).slice(0, 60)}' is no type: any JSON is taken`)
      return ANY
    }
    shape = join(shape, one, () => {})
  }
  return own(schema, 'nullable') === true ? { ...shape, null: true } : shape
}

function readAlternatives(parts: readonly unknown[], path: string, reading: Reading): Shape {
  const shapes = parts.map((part) => readShape(part, path, reading)).filter((shape) => !isNever(shape))
  const present = shapes.filter((shape) => Object.keys(shape).some((kind) => kind !== 'null' && kind !== 'words' && shape[kind as keyof Shape] !== undefined))
  const [first = NEVER, ...others] = shapes
  const joined = others.reduce((one, other) => join(one, other, (message) => reading.say(path, message)), first)
  // Words about one of several alternatives are not about the whole.
  return { ...joined, words: present.length === 1 ? present[0]!.words : undefined }
}

/** What a condition demands is lost; the fields that it names are not. */
function readConditions(schema: Readonly<Record<string, unknown>>, path: string, reading: Reading): Shape {
  const parts: unknown[] = ['then', 'else'].flatMap((key) => (Object.hasOwn(schema, key) ? [schema[key]] : []))
  for (const key of ['dependentSchemas', 'dependencies']) {
    const dependent = own(schema, key)
    if (isMapping(dependent)) parts.push(...Object.values(dependent).filter(isMapping))
  }
  const asked = Object.hasOwn(schema, 'if') ? namedBy(readShape(schema['if'], path, reading)) : undefined
  if (!asked && !parts.length) return ANY
  reading.say(path, 'what holds under conditions only is lost (if, dependentSchemas)')
  const shapes = parts.map((part) => readShape(part, path, reading))
  return [...(asked ? [asked] : []), ...shapes].reduce<Shape>((shape, part) => meet(shape, join(ANY, part, () => {}), () => {}), ANY)
}

/** The fields of a shape, without its limits: what is asked of a value in an `if` need not hold of it. */
function namedBy({ object }: Shape): Shape {
  return { ...ANY, object: { ...ANY.object!, fields: new Map([...(object?.fields.keys() ?? [])].map((name) => [name, { shape: ANY }])) } }
}

function readNot(schema: Readonly<Record<string, unknown>>, shape: Shape, lose: (message: string) => void): Shape {
  if (!Object.hasOwn(schema, 'not')) return shape
  const not = schema['not']
  if (not === true || (isMapping(not) && !Object.keys(not).some(isKeyword))) return NEVER
  if (not !== false) lose('not is lost')
  return shape
}

/** `unevaluatedProperties` looks at everything beside it, so it comes last. */
function unevaluated(schema: Readonly<Record<string, unknown>>, shape: Shape): Shape {
  const stated = own(schema, 'unevaluatedProperties')
  if (stated === undefined || !shape.object) return shape
  return { ...shape, object: { ...shape.object, rest: stated === false && shape.object.rest === 'unsaid' ? 'none' : shape.object.rest === 'none' ? 'none' : 'some' } }
}

/** What a schema says to people goes before what its parts say. */
function withWords(schema: Readonly<Record<string, unknown>>, shape: Shape): Shape {
  const text = (key: string): string | undefined => (typeof own(schema, key) === 'string' ? (schema[key] as string) : undefined)
  const [title, description, format] = [text('title'), text('description'), text('format')]
  const words: Words = {
    ...shape.words,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(format !== undefined && { format }),
    ...(Object.hasOwn(schema, 'default') && { fallback: schema['default'] }),
  }
  return Object.keys(words).length ? { ...shape, words } : shape
}
