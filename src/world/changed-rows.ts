/** The changed rows of one table during one call, kept ready for being read: no read costs what was changed, only what it finds. */
import type { BaseTable } from './base-table.ts'
import type { Row } from './evaluation.ts'
import { indexKey } from './index-key.ts'
import type { Entry } from './overlay.ts'

type Rows = Map<string, Row>
type ByValue = Map<unknown, Rows>

/** Adds a row to those of a value. */
function enter(index: ByValue, value: unknown, key: string, row: Row): void {
  const under = indexKey(value)
  const known = index.get(under)
  if (known) known.set(key, row)
  else index.set(under, new Map([[key, row]]))
}

export class ChangedRows {
  readonly #base: BaseTable
  readonly #keyName: string
  /** Pending over committed; null where a row is deleted. */
  readonly #rows = new Map<string, Row | null>()
  /** Rows that exist now, those of the base included; counted when first asked for. */
  #count: number | undefined
  /** Changed rows by the value of a column, for columns that were looked up. */
  readonly #changed = new Map<string, ByValue>()
  /** Base rows that did not change by the value of a column, for values that were looked up. */
  readonly #kept = new Map<string, ByValue>()
  #list: readonly Row[] | undefined

  constructor(base: BaseTable, keyName: string, entries: ReadonlyMap<string, Entry> | undefined, pending: ReadonlyMap<string, Row | null> | undefined) {
    this.#base = base
    this.#keyName = keyName
    for (const [key, { row }] of entries ?? []) this.#rows.set(key, row)
    for (const [key, row] of pending ?? []) this.#rows.set(key, row)
  }

  /** Takes a row as it is now. */
  set(key: string, row: Row | null): void {
    const old = this.#rows.get(key)
    const inBase = this.#base.indexOf(key) !== undefined
    if (this.#count !== undefined) this.#count += Number(row !== null) - Number(old === undefined ? inBase : old !== null)
    for (const [column, index] of this.#changed) {
      if (old) index.get(indexKey(old[column] ?? null))?.delete(key)
      if (row) enter(index, row[column] ?? null, key, row)
    }
    if (old === undefined && inBase) this.#forgetKept(key)
    this.#rows.set(key, row)
    this.#list = undefined
  }

  #forgetKept(key: string): void {
    if (!this.#kept.size) return
    const before = this.#base.get(key)!
    for (const [column, index] of this.#kept) index.get(indexKey(before[column] ?? null))?.delete(key)
  }

  /** How many rows there are now. */
  get count(): number {
    if (this.#count === undefined) {
      let count = this.#base.rows().length
      for (const [key, row] of this.#rows) count += Number(row !== null) - Number(this.#base.indexOf(key) !== undefined)
      this.#count = count
    }
    return this.#count
  }

  /** All rows: those of the base in row order, then inserted ones in the order in which their rule makes keys. */
  list(): readonly Row[] {
    if (this.#list) return this.#list
    const rows: Row[] = []
    for (const row of this.#base.rows()) {
      const now = this.#rows.get(row[this.#keyName] as string)
      if (now === undefined) rows.push(row)
      else if (now !== null) rows.push(now)
    }
    const inserted = [...this.#rows.keys()].filter((key) => this.#rows.get(key) && this.#base.indexOf(key) === undefined)
    for (const key of inserted.sort((a, b) => this.#base.compareInserted(a, b))) rows.push(this.#rows.get(key)!)
    return (this.#list = rows)
  }

  /** Rows whose column equals the value, in the same order. */
  lookup(column: string, value: unknown): readonly Row[] {
    const kept = this.#keptWith(column, value)
    const changed = this.#changedOn(column).get(indexKey(value))
    if (!changed?.size) return [...kept.values()]
    const moved: { at: number; row: Row }[] = []
    const inserted: string[] = []
    for (const [key, row] of changed) {
      const at = this.#base.indexOf(key)
      if (at === undefined) inserted.push(key)
      else moved.push({ at, row })
    }
    const rows = inserted.sort((a, b) => this.#base.compareInserted(a, b)).map((key) => changed.get(key)!)
    if (!moved.length) return [...kept.values(), ...rows]
    const placed = [...kept].map(([key, row]) => ({ at: this.#base.indexOf(key)!, row })).concat(moved)
    return placed.sort((a, b) => a.at - b.at).map(({ row }) => row).concat(rows)
  }

  #keptWith(column: string, value: unknown): Rows {
    let index = this.#kept.get(column)
    if (!index) this.#kept.set(column, (index = new Map()))
    const under = indexKey(value)
    let kept = index.get(under)
    if (!kept) {
      kept = new Map()
      for (const row of this.#base.lookup(column, value)) {
        const key = row[this.#keyName] as string
        if (!this.#rows.has(key)) kept.set(key, row)
      }
      index.set(under, kept)
    }
    return kept
  }

  #changedOn(column: string): ByValue {
    let index = this.#changed.get(column)
    if (!index) {
      index = new Map()
      for (const [key, row] of this.#rows) if (row) enter(index, row[column] ?? null, key, row)
      this.#changed.set(column, index)
    }
    return index
  }
}
