/** Tables as the rest of the room knows them: every one has a key column, literal rows are there. */
import type { Table } from '../../protocol/spec/table.ts'
import type { World } from '../../protocol/spec/world.ts'

/** A table whose shorthands are written out. */
export type SettledTable = Omit<Table, 'key' | 'rows'> & { readonly key: string; readonly rows?: readonly Record<string, unknown>[] }

export type SettledWorld = Omit<World, 'tables'> & { readonly tables: Readonly<Record<string, SettledTable>> }

/** Key column of a table of one row, or of one row an actor. */
export const ACTOR_KEY = 'actor'

/** Keys of a table that has a row for each actor, in row order. */
export const ACTORS = ['agent', 'user'] as const
export type Actor = (typeof ACTORS)[number]

/** Key of the row of a single table. */
export const SINGLE_KEY = 'one'

/** Writes out the shorthands of all tables. */
export function settleWorld(world: World): SettledWorld {
  return { ...world, tables: Object.fromEntries(Object.entries(world.tables).map(([name, table]) => [name, settleTable(table)])) }
}

function settleTable(table: Table): SettledTable {
  // A file that was not found has been complained about where the documents were read.
  const rows = Array.isArray(table.rows) ? table.rows : undefined
  const rest = { ...table, rows: table.rows === undefined ? undefined : rows ?? [] }
  if (!table.single && !table.per_actor) return { ...rest, key: table.key ?? '' }
  const value = table.per_actor ? `n == 0 ? '${ACTORS[0]}' : '${ACTORS[1]}'` : `'${SINGLE_KEY}'`
  return {
    ...rest, key: ACTOR_KEY, count: table.per_actor ? ACTORS.length : 1, max_rows: table.per_actor ? ACTORS.length : 1,
    columns: { [ACTOR_KEY]: { type: 'string', value }, ...table.columns },
  }
}
