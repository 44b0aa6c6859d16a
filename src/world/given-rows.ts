/** A world in which some tables hold rows that are given, and nothing else. */
import { nearest } from '../core/nearest.ts'
import type { CompiledWorld } from './compiled-world.ts'
import type { Column } from '../../protocol/spec/column.ts'
import { type LeftOut, literalShape, readLiteralRows } from './literal-rows.ts'
import { ACTORS, SINGLE_KEY, withActors } from './settle-table.ts'
import type { Site } from './site.ts'
import type { CompiledTable } from './table.ts'

/** Tables by name, with all the rows that they shall hold. */
export type GivenRows = Readonly<Record<string, readonly Record<string, unknown>[]>>

/** The same world over given rows; tables that are not named keep theirs. Mistakes become findings of the site. */
export function worldWithRows(world: CompiledWorld, given: GivenRows, site: Site): CompiledWorld {
  const names = world.tables.map(({ name }) => name)
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) site.at(name).complain('name', `unknown table '${name}'`, { key: true, nearest: nearest(name, names), expected: names.join(', ') })
  }
  const replaced = world.tables.map((table) => {
    const rows = Object.hasOwn(given, table.name) ? given[table.name] : undefined
    return rows ? tableOf(table, rows, world.epoch, site.at(table.name)) : table
  })
  // Children of given rows: as many numbers as their parents need.
  const slotsOf = (table: CompiledTable): number => (table.parent === undefined ? table.slots : slotsOf(replaced[table.parent]!) * table.spec.per!.count[1])
  return { ...world, tables: replaced.map((table) => ({ ...table, slots: slotsOf(table) })) }
}

function tableOf(table: CompiledTable, rows: readonly Record<string, unknown>[], epoch: number, at: Site): CompiledTable {
  // What a step would have computed is computed here: the default, or a latched field as it is at first.
  const columns = table.columns.map((column) => ({ ...column, shared: undefined, value: table.spec.derive[column.name] ? column.value : column.fallback?.run }))
  const leftOut: LeftOut = { isComputed: (column) => column.value !== undefined, empty: ({ spec }) => emptyValue(spec, epoch) }
  const keyed = table.single ? withActors(rows, table.single === 'one' ? [SINGLE_KEY] : ACTORS) : rows
  const literal = readLiteralRows(keyed, table.key, columns, leftOut, at)
  return {
    ...table, columns, columnOf: new Map(columns.map((column) => [column.name, column])),
    slots: literal.length, parent: undefined, spec: { ...table.spec, per: undefined }, ...literalShape(literal, table.key, columns),
  }
}

/** What stands for a value that nobody stated: null, nothing, or the first of an enum. */
function emptyValue(column: Column, epoch: number): unknown {
  if (column.nullable) return null
  switch (column.type) {
    case 'int': case 'dec': return 0
    case 'bool': return false
    case 'time': return epoch
    case 'enum': return column.values[0]
    case 'record': return Object.fromEntries(Object.entries(column.fields).map(([name, field]) => [name, emptyValue(field, epoch)]))
    case 'list': return []
    case 'map': return {}
    case 'json': return null
    default: return ''
  }
}
