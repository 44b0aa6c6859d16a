/** Tables as the rest of the room knows them: every one has a key column, literal rows are there. */
import type { Column } from '../../protocol/spec/column.ts'
import type { Derived, Table } from '../../protocol/spec/table.ts'
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

/** The one expression of a computed field. */
export function derivedSource({ value, cases = [] }: Derived): string {
  if (value !== undefined) return value
  const last = cases.at(-1)?.[0] === 'true' ? cases.at(-1)![1] : undefined
  const rest = last === undefined ? cases : cases.slice(0, -1)
  return rest.map(([when, then]) => `(${when}) ? (${then}) : `).join('') + (last === undefined ? 'null' : `(${last})`)
}

/** Latched fields are columns: what they say at the start is a value like any other. */
function latchedColumns(table: Table): Record<string, Column> {
  const latched = Object.entries(table.derive).filter(([, derived]) => derived.latch)
  return Object.fromEntries(latched.map(([name, derived]) => [name, { ...(derived.type ?? { type: 'string' }), value: derivedSource(derived) } as Column]))
}

/** Literal rows of a table of one row, or of one an actor, need not say whose they are. */
export function withActors(rows: readonly Record<string, unknown>[], keys: readonly string[]): Record<string, unknown>[] {
  return rows.map((row, i) => ({ [ACTOR_KEY]: keys[i] ?? `row ${i + 1}`, ...row }))
}

function settleTable(table: Table): SettledTable {
  // A file that was not found has been complained about where the documents were read.
  const rows = Array.isArray(table.rows) ? table.rows : undefined
  const rest = { ...table, columns: { ...table.columns, ...latchedColumns(table) }, rows: table.rows === undefined ? undefined : rows ?? [] }
  if (!table.single && !table.per_actor) return { ...rest, key: table.key ?? '' }
  const keys = table.per_actor ? ACTORS : [SINGLE_KEY]
  const columns = { [ACTOR_KEY]: { type: 'string' as const, value: table.per_actor ? `n == 0 ? '${ACTORS[0]}' : '${ACTORS[1]}'` : `'${SINGLE_KEY}'` }, ...rest.columns }
  if (rest.rows) return { ...rest, key: ACTOR_KEY, max_rows: keys.length, columns, rows: withActors(rest.rows, keys) }
  return { ...rest, key: ACTOR_KEY, count: keys.length, max_rows: keys.length, columns }
}
