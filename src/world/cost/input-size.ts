/** Sizes that are declared: arguments by their schema, cells by what they hold at the start. */
import type { InputSchema } from '../../../protocol/spec/json-schema.ts'
import type { CompiledColumn, CompiledTable } from '../table.ts'
import { either, FLAT, flatUpTo, type Size, textOfChars } from './size.ts'

/** Items of an array that declares no maxItems; the reader of arguments refuses more. */
const MOST_ITEMS = 1000

/** The most that an argument can be. */
export function inputSize(schema: InputSchema, path: string): Size {
  const kind = Array.isArray(schema.type) ? schema.type[0] : schema.type
  const unknown = (missing: string) => [{ path, because: `${path} declares no ${missing}`, remedy: `declare ${missing} on ${path}` }]
  switch (kind) {
    case 'string': {
      const { enum: values, maxLength } = schema as { enum?: string[]; maxLength?: number }
      if (values) return textOfChars(Math.max(...values.map((value) => value.length)))
      // A character is up to two UTF-16 units.
      return maxLength === undefined ? { k: 'text', chars: Infinity, why: unknown('maxLength') } : textOfChars(2 * maxLength)
    }
    case 'integer': case 'number': {
      const { maximum, enum: values } = schema as { maximum?: number; enum?: number[] }
      const most = Math.min(maximum ?? Infinity, values ? Math.max(...values) : Infinity)
      return most === Infinity ? { k: 'flat', most, why: unknown('maximum') } : flatUpTo(most)
    }
    case 'boolean': return flatUpTo(1)
    case 'json': return { k: 'json', weight: Infinity, why: unknown('type') }
    case 'array': {
      const { items, maxItems } = schema as { items: InputSchema; maxItems?: number }
      return { k: 'list', items: maxItems ?? MOST_ITEMS, of: inputSize(items, `${path}.items`) }
    }
    default: {
      const { properties } = schema as { properties: Record<string, InputSchema> }
      return { k: 'record', fields: new Map(Object.entries(properties).map(([name, of]) => [name, inputSize(of, path ? `${path}.${name}` : name)])) }
    }
  }
}

/** A JSON or run-time value as the size that it has. */
export function sizeOfValue(value: unknown): Size {
  if (typeof value === 'string') return textOfChars(value.length)
  if (typeof value === 'number') return flatUpTo(value)
  if (Array.isArray(value)) return { k: 'list', items: value.length, of: joined(value.map(sizeOfValue)) }
  if (value === null || typeof value !== 'object') return flatUpTo(1)
  return { k: 'record', fields: new Map(Object.entries(value).map(([name, item]) => [name, sizeOfValue(item)])) }
}

/** What is any of these. */
export function joined(sizes: readonly Size[]): Size {
  return sizes.length ? sizes.reduce(either) : flatUpTo(0)
}

/**
 * What base rows hold in a column; `expression` weighs its value, `refersTo` is the size of the keys of a table.
 */
export function baseSize(column: CompiledColumn, table: CompiledTable, expression: (column: CompiledColumn) => Size, refersTo: (table: number) => Size): Size {
  const { spec, choices, parts, name } = column
  if (table.literal) return joined(table.literal.map((row) => stored(sizeOfValue(row[name]), column)))
  if (spec.value !== undefined) return stored(expression(column), column)
  if (name === table.key && table.idRule) return keySize(table)
  if (choices) return joined(choices.map(sizeOfValue))
  const path = `tables.${table.name}.columns.${name}`
  switch (spec.type) {
    case 'ref': return refersTo(column.target ?? -1)
    case 'record': return { k: 'record', fields: new Map(parts.map((part) => [part.name, baseSize(part, { ...table, literal: undefined }, expression, refersTo)])) }
    case 'list': return { k: 'list', items: spec.size?.[1] ?? 0, of: baseSize(parts[0]!, { ...table, literal: undefined }, expression, refersTo) }
    case 'map': return { k: 'map', items: 0, chars: 0, of: FLAT }
    case 'string': return 'faker' in spec && spec.faker !== undefined ? spec.max_length !== undefined ? textOfChars(2 * spec.max_length) : { k: 'text', chars: Infinity, why: [{ path, because: 'nothing is known of the length of its realistic values', remedy: `declare max_length on ${path}` }] } : textOfChars(0)
    case 'int': return spec.between ? flatUpTo(spec.between[1]) : FLAT
    default: return FLAT
  }
}

/** A structure as its column keeps it: maps as maps, JSON as JSON. */
function stored(size: Size, { spec, parts }: CompiledColumn): Size {
  if (spec.type === 'map' && size.k === 'record') return { k: 'map', items: size.fields.size, chars: Math.max(0, ...[...size.fields.keys()].map((key) => key.length)), of: joined([...size.fields.values()].map((of) => stored(of, parts[0]!))) }
  if (spec.type === 'list' && size.k === 'list') return { ...size, of: stored(size.of, parts[0]!) }
  if (spec.type === 'record' && size.k === 'record') return { k: 'record', fields: new Map(parts.map((part) => [part.name, stored(size.fields.get(part.name) ?? FLAT, part)])) }
  return size
}

/** Keys that an id rule makes. */
export function keySize(table: CompiledTable): Size {
  const rule = table.idRule
  if (!rule) return textOfChars(0)
  if ('hash' in rule) return textOfChars((rule.prefix?.length ?? 0) + 16)
  if ('queue' in rule || 'first_free' in rule) return textOfChars(Math.max(...('queue' in rule ? rule.queue : rule.first_free).map((key) => key.length)))
  // Numbers outgrow their digits; none is longer than 16.
  return textOfChars(('draw' in rule ? rule.draw : rule.counter).length + 16)
}

/** A written value as its column lets it in: what declares a bound refuses more. */
export function admitted(size: Size, { spec, parts }: CompiledColumn): Size {
  if (spec.type === 'string' && spec.max_length !== undefined) return { k: 'text', chars: Math.min(2 * spec.max_length, size.k === 'text' ? size.chars : Infinity) }
  if (spec.type === 'enum') return textOfChars(Math.max(...spec.values.map((value) => value.length)))
  if (spec.type === 'record' && size.k === 'record') return { k: 'record', fields: new Map(parts.map((part) => [part.name, admitted(size.fields.get(part.name) ?? FLAT, part)])) }
  const most = spec.type === 'list' || spec.type === 'map' ? spec.max_items ?? Infinity : Infinity
  const bounded = <T extends Size & { items: number }>(of: T): T => ({ ...of, items: Math.min(of.items, most), of: admitted((of as { of: Size }).of, parts[0]!), ...(of.items > most && { why: undefined }) })
  if (spec.type === 'list' && size.k === 'list') return bounded(size)
  if (spec.type === 'map' && size.k === 'map') return bounded(size)
  return stored(size, { spec, parts } as CompiledColumn)
}
