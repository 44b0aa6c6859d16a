/** What a column holds, as a static type, and the columns inside it. */
import type { Column } from '../../protocol/spec/column.ts'
import { BOOL, dec, INT, JSON_VALUE, listOf, mapOf, nullable, recordOf, STRING, TIME, type Type } from './type.ts'

/** Static type of what a column holds. */
export function columnType(column: Column): Type {
  const type = presentType(column)
  return column.nullable ? nullable(type) : type
}

function presentType(column: Column): Type {
  switch (column.type) {
    case 'int': return INT
    case 'dec': return dec(column.scale)
    case 'bool': return BOOL
    case 'time': return TIME
    case 'enum': return { k: 'string', values: column.values }
    case 'json': return JSON_VALUE
    case 'record': return recordOf(new Map(Object.entries(column.fields).map(([name, field]) => [name, columnType(field)])))
    case 'list': return listOf(columnType(column.of))
    case 'map': return mapOf(columnType(column.of))
    default: return STRING
  }
}

/** The columns inside a column, with where they stand in it. */
export function partsOf(column: Column): [path: string[], name: string, part: Column][] {
  if (column.type === 'record') return Object.entries(column.fields).map(([name, field]) => [['fields', name], name, field])
  return column.type === 'list' || column.type === 'map' ? [[['of'], '', column.of]] : []
}
