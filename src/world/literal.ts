/** Values that stand in a specification, read by the column they are for. */
import type { Column } from '../../protocol/spec/column.ts'
import { nearest } from '../core/nearest.ts'
import { columnType, partsOf } from './column-type.ts'
import { SpecFault } from './fault.ts'
import { decodeJson } from './json-value.ts'
import type { Site } from './site.ts'

/** Reads a value; what does not fit is complained about where it stands, and null stands for it. */
export function decodeLiteral(column: Column, value: unknown, at: Site): unknown {
  if (value === null || value === undefined) return decodeScalar(column, null, at)
  const structure = typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  if (column.type === 'record' && structure) {
    for (const name of Object.keys(structure)) {
      if (!Object.hasOwn(column.fields, name)) at.at(name).complain('name', `no field '${name}'`, { key: true, nearest: nearest(name, Object.keys(column.fields)), expected: Object.keys(column.fields).join(', ') })
    }
    return Object.fromEntries(partsOf(column).map(([, name, field]) => [name, decodeLiteral(field, Object.hasOwn(structure, name) ? structure[name] : null, at.at(name))]))
  }
  if (column.type === 'list' && Array.isArray(value)) return bounded(column, value.length, at) ? value.map((item, i) => decodeLiteral(column.of, item, at.at(i))) : []
  if (column.type === 'map' && structure) {
    const entries = Object.entries(structure)
    return bounded(column, entries.length, at) ? Object.fromEntries(entries.map(([name, item]) => [name, decodeLiteral(column.of, item, at.at(name))])) : {}
  }
  if (column.type === 'string' && typeof value === 'string' && column.max_length !== undefined && [...value].length > column.max_length) {
    at.complain('value', `text of ${[...value].length} characters`, { expected: `at most ${column.max_length}` })
  }
  return decodeScalar(column, value, at)
}

function bounded(column: Column & { max_items?: number }, items: number, at: Site): boolean {
  const fits = column.max_items === undefined || items <= column.max_items
  if (!fits) at.complain('value', `${items} items`, { expected: `at most ${column.max_items}` })
  return fits
}

function decodeScalar(column: Column, value: unknown, at: Site): unknown {
  try {
    return decodeJson(columnType(column), value, 'value')
  } catch (error) {
    if (!(error instanceof SpecFault)) throw error
    const hint = value === null ? { expected: 'a value here, or nullable: true where it is declared' } : {}
    at.complain('value', error.message.replace(/^value: /, ''), hint)
    return null
  }
}
