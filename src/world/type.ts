/** Static types of the world language; at run time their values are plain numbers, strings, arrays and objects. */

/** What a value may be. `nullable` marks values that may also be null. */
export type Type = { readonly nullable?: true } & (
  | { readonly k: 'null' | 'bool' | 'int' | 'double' | 'time' | 'json' }
  | { readonly k: 'dec'; readonly scale: number }
  | { readonly k: 'string'; readonly values?: readonly string[] }
  | { readonly k: 'list'; readonly of: Type }
  | { readonly k: 'map'; readonly of: Type }
  | { readonly k: 'record'; readonly fields: ReadonlyMap<string, Type>; readonly table?: string }
  | { readonly k: 'table'; readonly table: string }
)

export const NULL: Type = { k: 'null' }
export const BOOL: Type = { k: 'bool' }
export const INT: Type = { k: 'int' }
export const DOUBLE: Type = { k: 'double' }
export const STRING: Type = { k: 'string' }
export const TIME: Type = { k: 'time' }
export const JSON_VALUE: Type = { k: 'json' }

export const dec = (scale: number): Type => ({ k: 'dec', scale })
export const listOf = (of: Type): Type => ({ k: 'list', of })
/** Texts to values, in the order of the keys' code units. */
export const mapOf = (of: Type): Type => ({ k: 'map', of })
export const recordOf = (fields: Record<string, Type> | ReadonlyMap<string, Type>): Type => ({
  k: 'record',
  fields: fields instanceof Map ? fields : new Map(Object.entries(fields)),
})

/** The type with null allowed. */
export function nullable(type: Type): Type {
  return type.nullable || type.k === 'null' || type.k === 'json' ? type : { ...type, nullable: true }
}

/** The type with null excluded. */
export function present(type: Type): Type {
  if (!type.nullable) return type
  const { nullable: _, ...rest } = type
  return rest as Type
}

/** Whether values of a type have parts. */
export function isStructure(type: Type): boolean {
  return type.k === 'record' || type.k === 'list' || type.k === 'map' || type.k === 'json'
}

export function isNumeric(type: Type): boolean {
  return type.k === 'int' || type.k === 'double' || type.k === 'dec'
}

/** How complaints call a type. */
export function describeType(type: Type): string {
  const mark = type.nullable ? '?' : ''
  switch (type.k) {
    case 'dec': return `dec(${type.scale})${mark}`
    case 'list': case 'map': return `${type.k} of ${describeType(type.of)}${mark}`
    case 'record': return (type.table ? `row of ${type.table}` : `{${[...type.fields.keys()].join(', ')}}`) + mark
    case 'table': return `table ${type.table}`
    case 'string': return (type.values ? `one of ${type.values.join(' | ')}` : 'string') + mark
    default: return type.k + mark
  }
}

const sizes = new WeakMap<ReadonlyMap<string, Type>, number>()

/** How many types a type is made of; a part that occurs twice counts twice, as it does in a value's JSON. */
export function sizeOfType(type: Type): number {
  if (type.k === 'list' || type.k === 'map') return 1 + sizeOfType(type.of)
  if (type.k !== 'record') return 1
  let size = sizes.get(type.fields)
  if (size === undefined) {
    size = 1
    for (const field of type.fields.values()) size += sizeOfType(field)
    sizes.set(type.fields, size)
  }
  return size
}

/** What a structure may come to: bindings that repeat bindings double it each time. */
export const MAX_TYPE_SIZE = 2000

/** The narrowest type that both fit, or undefined. */
export function unify(a: Type, b: Type): Type | undefined {
  if (a === b) return a
  if (a.k === 'null') return nullable(b)
  if (b.k === 'null') return nullable(a)
  const either = a.nullable || b.nullable
  const of = unifyPresent(present(a), present(b))
  return of && either ? nullable(of) : of
}

function unifyPresent(a: Type, b: Type): Type | undefined {
  if (a.k === 'json' || b.k === 'json') return JSON_VALUE
  if (a.k === 'string' && b.k === 'string') return a.values && b.values && a.values.join('\0') === b.values.join('\0') ? a : STRING
  if (isNumeric(a) && isNumeric(b)) {
    if (a.k === 'double' || b.k === 'double') return DOUBLE
    const scale = Math.max(a.k === 'dec' ? a.scale : 0, b.k === 'dec' ? b.scale : 0)
    return a.k === 'dec' || b.k === 'dec' ? dec(scale) : INT
  }
  if ((a.k === 'list' || a.k === 'map') && b.k === a.k) {
    const of = unify(a.of, (b as typeof a).of)
    return of && { k: a.k, of }
  }
  if (a.k === 'record' && b.k === 'record') return unifyRecords(a, b)
  if (a.k === 'map' && b.k === 'record') return unifyMap(a, b)
  if (b.k === 'map' && a.k === 'record') return unifyMap(b, a)
  return a.k === b.k && a.k !== 'list' && a.k !== 'map' && a.k !== 'record' && a.k !== 'table' ? a : undefined
}

/** A structure that stands where a map is: each field is a key. */
function unifyMap(map: Type & { k: 'map' }, { fields, table }: Type & { k: 'record' }): Type | undefined {
  let of: Type | undefined = map.of
  for (const field of fields.values()) of = of && unify(of, present(field))
  return of && table === undefined ? mapOf(of) : undefined
}

function unifyRecords(a: Type & { k: 'record' }, b: Type & { k: 'record' }): Type | undefined {
  if (a.table !== undefined && a.table === b.table) return a
  if (a.fields.size !== b.fields.size) return undefined
  const fields = new Map<string, Type>()
  for (const [name, type] of a.fields) {
    const other = b.fields.get(name)
    const of = other && unify(type, other)
    if (!of) return undefined
    fields.set(name, of)
  }
  return { k: 'record', fields }
}
