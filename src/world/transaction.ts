/** Reads through base, overlay and pending writes; commits all of them or none. */
import type { Cause, Change } from '../../protocol/event.ts'
import type { BaseWorld } from './base-world.ts'
import { ChangedRows } from './changed-rows.ts'
import type { Row, View } from './evaluation.ts'
import { CallLimit, SpecFault } from './fault.ts'
import { sameValue } from './json-value.ts'
import { copyRow } from './lazy-row.ts'
import type { Entry, Overlay } from './overlay.ts'
import { MAX_TIMERS } from './timer-queue.ts'
import type { CompiledTable } from './table.ts'

type Pending = Map<string, Row | null>

/** A message to an actor, delivered when the call commits. */
export type Emission = { readonly to: 'agent' | 'user'; readonly text: string }

/** A row that a commit would change, before and after; null where there is none. */
export type PendingChange = { readonly key: string; readonly row: Row | null; readonly old: Row | null }

/** What a commit did besides changing rows. */
export type Committed = { readonly changes: Change[]; readonly emitted: readonly Emission[] }

type ScheduledTimer = { readonly due: number; readonly name: string; readonly args: unknown }

/** Messages that one call may send. */
const MAX_EMISSIONS = 100
const NOTHING_EMITTED: readonly Emission[] = []

const CAPTION = (table: string, key: string) => `${table}[${JSON.stringify(key)}]`

/** A row with those of its columns that were written as they are stored. */
function storedRow(table: CompiledTable, row: Row, written: object): Row {
  let stored: Record<string, unknown> | undefined
  for (const { name, store } of table.stores) if (name in written) (stored ??= { ...row })[name] = store(row[name])
  return stored ?? row
}

function jsonOf({ columns }: CompiledTable, row: Row): Record<string, unknown> {
  return Object.fromEntries(columns.map(({ name, encode }) => [name, encode(row[name])]))
}

function updateOf({ name: table, columnOf }: CompiledTable, key: string, columns: string[], cause: Cause, old: Row, row: Row): Change {
  const from: Record<string, unknown> = {}
  const to: Record<string, unknown> = {}
  for (const name of columns) {
    const { encode } = columnOf.get(name)!
    from[name] = encode(old[name])
    to[name] = encode(row[name])
  }
  return { table, key, op: 'update', columns, cause, from, to }
}

export class Transaction implements View {
  readonly base: BaseWorld
  readonly #overlay: Overlay
  #pending: (Pending | undefined)[] | undefined
  /** Changed rows of tables that were read, until what is pending is committed or forgotten. */
  #read: (ChangedRows | undefined)[] | undefined
  #inserted: Map<number, number> | undefined
  #emitted: Emission[] | undefined
  #scheduled: ScheduledTimer[] | undefined
  /** Set while reactions run: what they write is the world's doing, not the caller's. */
  byWorld = false
  /** Columns that the world wrote, by table and key; `*` stands for a whole row. */
  #worldWrites: Map<number, Map<string, Set<string>>> | undefined

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
    return this.#changed(table)?.list() ?? this.base.rows(table)
  }

  /** How many rows a table has. */
  count(table: number): number {
    return this.#changed(table)?.count ?? this.base.rows(table).length
  }

  lookup(table: number, column: string, value: unknown): readonly Row[] {
    return this.#changed(table)?.lookup(column, value ?? null) ?? this.base.lookup(table, column, value)
  }

  /**
   * Replaces columns of a row that exists.
   * @throws Refused for a value that its column does not hold
   */
  update(table: number, key: string, columns: Record<string, unknown>): void {
    const row = this.get(table, key)
    const shape = this.base.world.tables[table]!
    if (!row) throw new SpecFault(`${CAPTION(shape.name, key)} does not exist`)
    if (shape.key in columns && columns[shape.key] !== key) throw new SpecFault(`the key of ${CAPTION(shape.name, key)} cannot change`)
    if (this.byWorld) for (const name of Object.keys(columns)) this.#noteWorld(table, key, name)
    this.#pend(table, key, storedRow(shape, Object.assign(copyRow(shape, row), columns), columns))
  }

  /**
   * Writes a whole row, new or not.
   * @throws Refused for a value that its column does not hold
   */
  put(table: number, key: string, row: Row): void {
    this.#write(table, key, storedRow(this.base.world.tables[table]!, row, row))
  }

  /** Removes a row; one that does not exist is no error. */
  remove(table: number, key: string): void {
    if (this.get(table, key)) this.#write(table, key, null)
  }

  /** Sends a message when this commits. */
  emit(to: Emission['to'], text: string): void {
    this.#emitted ??= []
    if (this.#emitted.length >= MAX_EMISSIONS) throw new CallLimit(`more than ${MAX_EMISSIONS} messages of one call`)
    this.#emitted.push({ to, text })
  }

  /** Sets a timer when this commits. */
  schedule(due: number, name: string, args: unknown): void {
    this.#scheduled ??= []
    if (this.#scheduled.length + this.#overlay.timers.length >= MAX_TIMERS) throw new CallLimit(`more than ${MAX_TIMERS} timers`)
    this.#scheduled.push({ due, name, args })
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
    this.#emitted = this.#scheduled = this.#read = undefined
    const survivors = this.#pending?.map((pending, table) => (keep.includes(table) ? pending : undefined))
    this.#pending = survivors?.some((pending) => pending) ? survivors : undefined
    for (const table of this.#inserted?.keys() ?? []) if (!keep.includes(table)) this.#inserted!.delete(table)
  }

  /** Rows that a commit would write, for invariants. */
  *pendingRows(table: number): Iterable<Row> {
    for (const row of this.#pending?.[table]?.values() ?? []) if (row) yield row
  }

  /** What a commit would change in a table, in the order of writing. */
  pendingChanges(table: number): PendingChange[] {
    const pending = this.#pending?.[table]
    if (!pending) return []
    return [...pending].map(([key, row]) => ({ key, row, old: this.#committed(table, key) }))
  }

  #committed(table: number, key: string): Row | null {
    const entry = this.#overlay.entries(table)?.get(key)
    return entry ? entry.row : this.base.get(table, key) ?? null
  }

  /** Tables with pending writes. */
  touched(): number[] {
    return (this.#pending ?? []).flatMap((pending, table) => (pending ? [table] : []))
  }

  /** Moves pending writes, timers and messages out and says what changed. */
  commit(cause: Cause, event: number): Committed {
    const changes: Change[] = []
    this.#pending?.forEach((pending, table) => {
      for (const [key, row] of pending ?? []) this.#commitRow(table, key, row, cause, event, changes)
    })
    for (const [table, count] of this.#inserted ?? []) this.#overlay.countInserted(table, count)
    for (const { due, name, args } of this.#scheduled ?? []) this.#overlay.addTimer(due, name, args)
    const emitted = this.#emitted ?? NOTHING_EMITTED
    this.#pending = this.#read = this.#inserted = this.#emitted = this.#scheduled = this.#worldWrites = undefined
    return { changes, emitted }
  }

  #commitRow(table: number, key: string, row: Row | null, main: Cause, event: number, into: Change[]): void {
    const byWorld = this.#worldWrites?.get(table)?.get(key)
    const cause = byWorld?.has('*') ? 'world' : main
    const shape = this.base.world.tables[table]!
    const before = this.#overlay.entries(table)?.get(key)
    const inBase = before ? before.inBase : this.base.get(table, key) !== undefined
    const old = before ? before.row : this.base.get(table, key) ?? null
    const mark = { cause, event }
    if (row === null) {
      if (old === null) return
      this.#overlay.set(table, key, { row: null, inBase, columns: {}, mark })
      into.push({ table: shape.name, key, op: 'delete', cause })
      return
    }
    if (old === null) {
      this.#overlay.set(table, key, { row, inBase, columns: {}, mark })
      into.push({ table: shape.name, key, op: 'insert', cause, to: jsonOf(shape, row) })
      return
    }
    const changed = shape.columns.filter(({ name }) => !sameValue(old[name], row[name])).map(({ name }) => name)
    if (!changed.length) return
    const ofWorld = { cause: 'world', event } as const
    const isWorlds = (name: string) => cause !== 'world' && byWorld?.has(name) === true
    // What the agent once wrote stays the agent's: the world going over it later hides nothing.
    const markOf = (name: string) => {
      const last = before?.columns[name]
      return last?.cause === 'agent' && (isWorlds(name) || cause !== 'agent') ? last : isWorlds(name) ? ofWorld : mark
    }
    const columns: Entry['columns'] = { ...before?.columns, ...Object.fromEntries(changed.map((name) => [name, markOf(name)])) }
    this.#overlay.set(table, key, { row, inBase, columns, mark: before && !before.inBase ? before.mark : mark })
    const own = changed.filter((name) => !isWorlds(name))
    if (own.length) into.push(updateOf(shape, key, own, cause, old, row))
    if (own.length < changed.length) into.push(updateOf(shape, key, changed.filter(isWorlds), 'world', old, row))
  }

  #noteWorld(table: number, key: string, what: string): void {
    this.#worldWrites ??= new Map()
    const rows = this.#worldWrites.get(table) ?? new Map<string, Set<string>>()
    this.#worldWrites.set(table, rows)
    rows.set(key, (rows.get(key) ?? new Set<string>()).add(what))
  }

  #write(table: number, key: string, row: Row | null): void {
    if (this.byWorld) this.#noteWorld(table, key, '*')
    this.#pend(table, key, row)
  }

  #pend(table: number, key: string, row: Row | null): void {
    this.#pending ??= []
    const pending = (this.#pending[table] ??= new Map())
    pending.set(key, row)
    this.#read?.[table]?.set(key, row)
  }

  /** Changed rows of a table, pending over overlay; undefined when there are none. */
  #changed(table: number): ChangedRows | undefined {
    const known = this.#read?.[table]
    if (known) return known
    const entries = this.#overlay.entries(table)
    const pending = this.#pending?.[table]
    if (!entries?.size && !pending?.size) return undefined
    const changed = new ChangedRows(this.base.tables[table]!, this.base.world.tables[table]!.key, entries, pending)
    this.#read ??= []
    return (this.#read[table] = changed)
  }
}
