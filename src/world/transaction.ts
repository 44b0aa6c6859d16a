/** Reads through base, overlay and pending writes; commits all of them or none. */
import type { Cause, Change } from '../../protocol/event.ts'
import type { BaseWorld } from './base-world.ts'
import type { Row, View } from './evaluation.ts'
import { SpecFault } from './fault.ts'
import { sameValue } from './json-value.ts'
import { copyRow } from './lazy-row.ts'
import type { Entry, Overlay } from './overlay.ts'

type Pending = Map<string, Row | null>

const CAPTION = (table: string, key: string) => `${table}[${JSON.stringify(key)}]`

export class Transaction implements View {
  readonly base: BaseWorld
  readonly #overlay: Overlay
  #pending: (Pending | undefined)[] | undefined
  #inserted: Map<number, number> | undefined

  constructor(base: BaseWorld, overlay: Overlay) {
    this.base = base
    this.#overlay = overlay
  }

  /** Whether anything is waiting to be committed. */
  get dirty(): boolean {
    return this.#pending !== undefined
  }

  get(table: number, key: string): Row | undefined {
    const pending = this.#pending?.[table]
    if (pending) {
      const row = pending.get(key)
      if (row !== undefined) return row ?? undefined
    }
    const entry = this.#overlay.entries(table)?.get(key)
    return entry ? entry.row ?? undefined : this.base.get(table, key)
  }

  rows(table: number): readonly Row[] {
    const changed = this.#changed(table)
    if (!changed) return this.base.rows(table)
    const keyName = this.base.world.tables[table]!.key
    const rows: Row[] = []
    for (const row of this.base.rows(table)) {
      const now = changed.get(row[keyName] as string)
      if (now === undefined) rows.push(row)
      else if (now !== null) rows.push(now)
    }
    return rows.concat(this.#insertedRows(table, changed))
  }

  lookup(table: number, column: string, value: unknown): readonly Row[] {
    const hits = this.base.lookup(table, column, value)
    const changed = this.#changed(table)
    if (!changed) return hits
    const wanted = value ?? null
    const keyName = this.base.world.tables[table]!.key
    const kept = hits.filter((row) => !changed.has(row[keyName] as string))
    const base = this.base.tables[table]!
    const moved: { at: number; row: Row }[] = []
    for (const [key, row] of changed) {
      const at = row && (row[column] ?? null) === wanted ? base.indexOf(key) : undefined
      if (row && at !== undefined) moved.push({ at, row })
    }
    const inserted = this.#insertedRows(table, changed).filter((row) => (row[column] ?? null) === wanted)
    if (!moved.length) return kept.concat(inserted)
    const placed = kept.map((row) => ({ at: base.indexOf(row[keyName] as string)!, row })).concat(moved)
    return placed.sort((a, b) => a.at - b.at).map((entry) => entry.row).concat(inserted)
  }

  /** Replaces columns of a row that exists. */
  update(table: number, key: string, columns: Record<string, unknown>): void {
    const row = this.get(table, key)
    const shape = this.base.world.tables[table]!
    if (!row) throw new SpecFault(`${CAPTION(shape.name, key)} does not exist`)
    if (shape.key in columns && columns[shape.key] !== key) throw new SpecFault(`the key of ${CAPTION(shape.name, key)} cannot change`)
    this.#write(table, key, Object.assign(copyRow(shape, row), columns))
  }

  /** Writes a whole row, new or not. */
  put(table: number, key: string, row: Row): void {
    this.#write(table, key, row)
  }

  /** Removes a row; one that does not exist is no error. */
  remove(table: number, key: string): void {
    if (this.get(table, key)) this.#write(table, key, null)
  }

  /** Takes the next number for generated keys of a table. */
  takeNumber(table: number): number {
    this.#inserted ??= new Map()
    const next = this.#inserted.get(table) ?? this.#overlay.insertedCount(table)
    this.#inserted.set(table, next + 1)
    return next
  }

  /** Forgets pending writes, but for the tables named. */
  abort(keep: readonly number[] = []): void {
    const survivors = this.#pending?.map((pending, table) => (keep.includes(table) ? pending : undefined))
    this.#pending = survivors?.some((pending) => pending) ? survivors : undefined
    for (const table of this.#inserted?.keys() ?? []) if (!keep.includes(table)) this.#inserted!.delete(table)
  }

  /** Rows that a commit would write, for invariants. */
  *pendingRows(table: number): Iterable<Row> {
    for (const row of this.#pending?.[table]?.values() ?? []) if (row) yield row
  }

  /** Tables with pending writes. */
  touched(): number[] {
    return (this.#pending ?? []).flatMap((pending, table) => (pending ? [table] : []))
  }

  /** Moves pending writes into the overlay and says what changed. */
  commit(cause: Cause, event: number): Change[] {
    const changes: Change[] = []
    this.#pending?.forEach((pending, table) => {
      for (const [key, row] of pending ?? []) {
        const change = this.#commitRow(table, key, row, cause, event)
        if (change) changes.push(change)
      }
    })
    for (const [table, count] of this.#inserted ?? []) this.#overlay.countInserted(table, count)
    this.#pending = this.#inserted = undefined
    return changes
  }

  #commitRow(table: number, key: string, row: Row | null, cause: Cause, event: number): Change | undefined {
    const shape = this.base.world.tables[table]!
    const before = this.#overlay.entries(table)?.get(key)
    const inBase = before ? before.inBase : this.base.get(table, key) !== undefined
    const old = before ? before.row : this.base.get(table, key) ?? null
    const mark = { cause, event }
    if (row === null) {
      if (old === null) return undefined
      this.#overlay.set(table, key, { row: null, inBase, columns: {}, mark })
      return { table: shape.name, key, op: 'delete', cause }
    }
    if (old === null) {
      this.#overlay.set(table, key, { row, inBase, columns: {}, mark })
      return { table: shape.name, key, op: 'insert', cause }
    }
    const changed = shape.columns.filter(({ name }) => !sameValue(old[name], row[name])).map(({ name }) => name)
    if (!changed.length) return undefined
    const columns: Entry['columns'] = { ...before?.columns, ...Object.fromEntries(changed.map((name) => [name, mark])) }
    this.#overlay.set(table, key, { row, inBase, columns, mark: before && !before.inBase ? before.mark : mark })
    return { table: shape.name, key, op: 'update', columns: changed, cause }
  }

  #write(table: number, key: string, row: Row | null): void {
    this.#pending ??= []
    const pending = (this.#pending[table] ??= new Map())
    pending.set(key, row)
  }

  /** Changed rows of a table by key, pending over overlay; undefined when there are none. */
  #changed(table: number): ReadonlyMap<string, Row | null> | undefined {
    const entries = this.#overlay.entries(table)
    const pending = this.#pending?.[table]
    if (!entries?.size) return pending
    const merged = new Map<string, Row | null>()
    for (const [key, entry] of entries) merged.set(key, entry.row)
    for (const [key, row] of pending ?? []) merged.set(key, row)
    return merged
  }

  #insertedRows(table: number, changed: ReadonlyMap<string, Row | null>): Row[] {
    const base = this.base.tables[table]!
    const keys = [...changed].filter(([key, row]) => row && base.indexOf(key) === undefined).map(([key]) => key)
    return keys.sort().map((key) => changed.get(key)!)
  }
}
