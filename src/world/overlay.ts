/** What an episode changed: rows over the base, each with who caused it. The overlay is the diff. */
import type { Cause } from '../../protocol/event.ts'
import type { Row } from './evaluation.ts'
import { insertTimer, type WaitingTimer } from './timer-queue.ts'

/** Who wrote last, and in which event of the log. */
export type Mark = { readonly cause: Cause; readonly event: number }

export type Entry = {
  /** The row as it is now; null when deleted. */
  readonly row: Row | null
  /** Whether the base has a row of this key. */
  readonly inBase: boolean
  /** Last writer of each changed column, but for one that the agent wrote: it stays the agent's whoever writes later; of an inserted or deleted row, the writer of the whole row is `mark`. */
  readonly columns: Readonly<Record<string, Mark>>
  readonly mark: Mark
}

/** Characters of a value, those of what is inside included. */
export function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (value === null || typeof value !== 'object') return 0
  let sum = 0
  for (const inner of Object.values(value)) sum += 16 + charactersOf(inner)
  return sum
}

/** Of a row of the base only what was written is held here. */
function weightOf({ row, inBase, columns }: Entry): number {
  if (row === null) return 0
  const written = inBase ? Object.keys(columns) : []
  return written.length ? written.reduce((sum, name) => sum + charactersOf(row[name]), 0) : charactersOf(row)
}

type TableEntries = Map<string, Entry>

/** Persistent by copy on write: a fork costs the number of tables, a write after it the changed rows of one table. */
export class Overlay {
  /** What the changed rows hold in texts and structures, in characters, roughly. */
  weight = 0
  #tables: (TableEntries | undefined)[]
  #shared: boolean[]
  /** How many rows were inserted with a generated key, by table. */
  #inserted: number[]
  /** Timers that wait, the earliest first; never changed in place. */
  #timers: readonly WaitingTimer[] = []
  #timersSet = 0

  constructor(tables: number) {
    this.#tables = new Array<TableEntries | undefined>(tables).fill(undefined)
    this.#shared = new Array<boolean>(tables).fill(false)
    this.#inserted = new Array<number>(tables).fill(0)
  }

  /** A copy that shares everything until either side writes. */
  fork(): Overlay {
    const copy = new Overlay(0)
    this.#shared = this.#tables.map(() => true)
    copy.#tables = this.#tables.slice()
    copy.#shared = this.#shared.slice()
    copy.#inserted = this.#inserted.slice()
    copy.#timers = this.#timers
    copy.#timersSet = this.#timersSet
    copy.weight = this.weight
    return copy
  }

  entries(table: number): ReadonlyMap<string, Entry> | undefined {
    return this.#tables[table]
  }

  insertedCount(table: number): number {
    return this.#inserted[table]!
  }

  set(table: number, key: string, entry: Entry): void {
    let entries = this.#tables[table]
    if (!entries || this.#shared[table]) {
      entries = new Map(entries)
      this.#tables[table] = entries
      this.#shared[table] = false
    }
    const before = entries.get(key)
    this.weight += weightOf(entry) - (before ? weightOf(before) : 0)
    // A row that was inserted and deleted again leaves nothing behind, unless it was another's to delete.
    if (entry.row === null && !entry.inBase && before?.mark.cause === entry.mark.cause) entries.delete(key)
    else entries.set(key, entry)
  }

  countInserted(table: number, count: number): void {
    this.#inserted[table] = count
  }

  /** Timers that wait, the earliest first. */
  get timers(): readonly WaitingTimer[] {
    return this.#timers
  }

  /** Sets a timer; of two that are due at once, the one that was set first fires first. */
  addTimer(due: number, name: string, args: unknown): void {
    this.#timers = insertTimer(this.#timers, { due, order: this.#timersSet++, name, args })
  }

  /** Takes the first timer out of the queue. */
  takeTimer(): WaitingTimer | undefined {
    const [first, ...rest] = this.#timers
    if (first) this.#timers = rest
    return first
  }

  /** Rows changed, over all tables. */
  get size(): number {
    return this.#tables.reduce((sum, entries) => sum + (entries?.size ?? 0), 0)
  }
}
