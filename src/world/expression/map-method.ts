/** Maps: texts to values; they are read in the order of their keys. */
import { charge, type Evaluation } from '../evaluation.ts'
import { SpecFault } from '../fault.ts'
import { keysOfMap } from '../json-value.ts'
import { BOOL, describeType, INT, listOf, nullable, recordOf, STRING, type Type } from '../type.ts'
import { convert } from './conversion.ts'
import { type Compiled, ExpressionError } from './scope.ts'

/** `m.keys()`, `m.values()`, `m.entries()`: lists in the order of the keys. */
export const MAP_METHODS: ReadonlySet<string> = new Set(['keys', 'values', 'entries'])

type OfMap = Type & { k: 'map' }

/** The map of an expression, charged by its keys. */
function reader(map: Compiled): (cx: Evaluation) => Record<string, unknown> {
  const { run } = map
  return (cx) => {
    const value = run(cx)
    if (value === null || value === undefined) throw new SpecFault('null where a map is needed')
    charge(cx, Object.keys(value).length)
    return value as Record<string, unknown>
  }
}

/** Compiles a method of a map; undefined when it is none. */
export function compileMapMethod(name: string, map: Compiled, given: number): Compiled | undefined {
  if (!MAP_METHODS.has(name) || given > 0) return undefined
  const read = reader(map)
  const { of } = map.type as OfMap
  if (name === 'keys') return { type: listOf(STRING), run: (cx) => keysOfMap(read(cx)) }
  const each = (make: (key: string, value: unknown) => unknown) => (cx: Evaluation) => {
    const entries = read(cx)
    return keysOfMap(entries).map((key) => make(key, entries[key]))
  }
  if (name === 'values') return { type: listOf(of), run: each((_key, value) => value) }
  return { type: listOf(recordOf({ key: STRING, value: of })), run: each((key, value) => ({ key, value })) }
}

/** Compiles the number of a map's keys. */
export function compileMapSize(map: Compiled): Compiled {
  const read = reader(map)
  return { type: INT, run: (cx) => Object.keys(read(cx)).length }
}

/** Compiles `key in map`. */
export function compileKeyIn(key: Compiled, map: Compiled, offset: number): Compiled {
  const wanted = convert(key, nullable(STRING), offset, 'a key').run
  const { run } = map
  return {
    type: BOOL,
    run: (cx) => {
      const value = run(cx)
      if (value === null || value === undefined) throw new SpecFault('null where a map is needed')
      const text = wanted(cx)
      return text !== null && Object.hasOwn(value, text as string)
    },
  }
}

/** Compiles `map[key]`: null where the key is not there. */
export function compileMapIndex(map: Compiled, key: Compiled, offset: number): Compiled {
  const wanted = convert(key, STRING, offset, 'a key').run
  const { run } = map
  return {
    type: nullable((map.type as OfMap).of),
    run: (cx) => {
      const value = run(cx)
      if (value === null || value === undefined) throw new SpecFault('an index of null')
      const text = wanted(cx) as string
      return Object.hasOwn(value, text) ? (value as Record<string, unknown>)[text] : null
    },
  }
}

/** What `record[key]` may be asked: the fields by name, when the key's values are known and all fields are alike. */
export function compileRecordIndex(record: Compiled, key: Compiled, offset: number): Compiled {
  const type = record.type as Type & { k: 'record' }
  const { of, whole } = fieldsAt(type, key, offset)
  const wanted = convert(key, STRING, offset, 'a field').run
  const { run } = record
  const { fields } = type
  return {
    type: whole ? of : nullable(of),
    run: (cx) => {
      const value = run(cx)
      if (value === null || value === undefined) throw new SpecFault('an index of null')
      const name = wanted(cx) as string
      return fields.has(name) ? (value as Record<string, unknown>)[name] ?? null : null
    },
  }
}

/**
 * The one type of the fields that a computed key may name, and whether it always names one.
 * @throws ExpressionError when the fields differ, or when the key's values are not among them
 */
export function fieldsAt(type: Type & { k: 'record' }, key: Compiled, offset: number): { of: Type; whole: boolean } {
  const values = key.type.k === 'string' ? key.type.values : undefined
  const stranger = values?.find((value) => !type.fields.has(value))
  if (stranger !== undefined) throw new ExpressionError(`${describeType(type)} has no field '${stranger}'`, offset, { expected: [...type.fields.keys()].join(', ') })
  const types = (values ?? [...type.fields.keys()]).map((name) => type.fields.get(name)!)
  const [of, ...rest] = types
  const other = rest.find((field) => describeType(field) !== describeType(of!))
  if (!of || other) throw new ExpressionError(`the fields of ${describeType(type)} differ${other ? `: ${describeType(of!)} and ${describeType(other)}` : ''}`, offset, { expected: 'a field by name' })
  return { of, whole: values !== undefined }
}
