/** What the agent changed and the witness does not: where a plan may have to put something back. */
import { jsonEncoder, sameValue } from '../world/json-value.ts'
import type { Row } from '../world/evaluation.ts'
import type { Entry, Overlay } from '../world/overlay.ts'
import type { CompiledTable } from '../world/table.ts'
import type { Model } from './model.ts'

/** A row that is not as the witness would leave it, by the agent's doing. */
export type Damage = {
  readonly table: CompiledTable
  readonly key: string
  /** Columns that differ; all of a row that is new or gone. */
  readonly columns: readonly string[]
  /** The row as the agent found it and as it is now. */
  readonly before: Row | undefined
  readonly now: Row | undefined
}

/** Everything of the kind in a state, in the order of tables and keys. */
export function damageIn({ base, start, reference }: Model, overlay: Overlay): Damage[] {
  return base.world.tables.flatMap((table) => {
    const at = table.position
    const rowIn = (some: Overlay, key: string) => {
      const entry = some.entries(at)?.get(key)
      return (entry ? entry.row : base.get(at, key)) ?? undefined
    }
    const wanted = newRows(reference.overlay, start, at)
    return [...(overlay.entries(at) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([key, entry]): Damage[] => {
      const before = rowIn(start, key)
      const now = entry.row ?? undefined
      const columns = before && now ? changedColumns(table, entry, before, now, rowIn(reference.overlay, key)) : wholeRow(table, entry, before, now, wanted, rowIn(reference.overlay, key))
      return columns.length ? [{ table, key, columns, before, now }] : []
    })
  })
}

const sizes = new WeakMap<Overlay, number>()

/** How much there is to put right: columns that differ, and rows that are new or gone. For overlays that nobody writes to any more. */
export function damageSize(model: Model, overlay: Overlay): number {
  let size = sizes.get(overlay)
  if (size === undefined) {
    size = damageIn(model, overlay).reduce((sum, { before, now, columns }) => sum + (before && now ? columns.length : 1), 0)
    sizes.set(overlay, size)
  }
  return size
}

function newRows(overlay: Overlay, start: Overlay, table: number): Row[] {
  return [...(overlay.entries(table) ?? [])].flatMap(([key, { row, inBase }]) => (row && !inBase && !start.entries(table)?.get(key)?.row ? [row] : []))
}

function changedColumns({ columns }: CompiledTable, entry: Entry, before: Row, now: Row, wanted: Row | undefined): string[] {
  return columns.flatMap(({ name, spec }) => {
    if ((entry.columns[name] ?? entry.mark).cause !== 'agent' || sameValue(before[name], now[name])) return []
    if (!wanted || sameValue(wanted[name], before[name])) return [name]
    // Where both write a time, each writes its own.
    return spec.type === 'time' || sameValue(wanted[name], now[name]) ? [] : [name]
  })
}

/** A row that came or went; one that says what a new row of the witness says takes its place. */
function wholeRow({ columns, key }: CompiledTable, { mark }: Entry, before: Row | undefined, now: Row | undefined, wanted: Row[], left: Row | undefined): string[] {
  if (mark.cause !== 'agent' || (!before && !now) || (before && !left)) return []
  const told = columns.filter(({ name, spec }) => name !== key && spec.type !== 'time')
  const at = now ? wanted.findIndex((row) => told.every(({ name }) => sameValue(row[name], now[name]))) : -1
  if (at < 0) return columns.map(({ name }) => name)
  wanted.splice(at, 1)
  return []
}

/** Columns of a row as JSON. */
export function jsonColumns({ columns }: CompiledTable, row: Row, names: readonly string[]): [string, unknown][] {
  return columns.flatMap(({ name, type }) => (names.includes(name) ? [[name, jsonEncoder(type)(row[name])] as [string, unknown]] : []))
}
