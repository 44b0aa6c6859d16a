/** What the agent changed in an episode, net of everybody else: cells of rows that were there, rows that came, rows that went. */
import type { Change, Event } from '../../protocol/event.ts'
import { parseTime } from '../core/calendar.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import type { EpisodeView } from '../episode/task.ts'
import { POW10 } from '../world/json-value.ts'
import type { CompiledColumn, CompiledTable } from '../world/table.ts'
import { present, type Type } from '../world/type.ts'

/** Which tables and columns are looked at, and which lists are sets. */
export type Scope = {
  readonly tables: ReadonlyMap<string, CompiledTable>
  ignores(table: string, column: string): boolean
  isSet(table: string, column: string): boolean
}

/** One value that the agent wrote: a cell, or a field inside one. All values are JSON. */
export type Leaf = {
  readonly column: CompiledColumn
  readonly type: Type
  /** What the agent found when it first wrote here. */
  readonly from: unknown
  /** What the agent left here. */
  to: unknown
  /** Sum of the agent's differences, in units of the type; undefined where there was no number before or after. */
  by: number | undefined
  /** The same of requests that the network delivered once more. */
  byFaults: number
  /** Of a list that is a set: how often each element was put in, less how often it was taken out. */
  readonly elements: Map<string, { readonly value: unknown; net: number }> | undefined
  /** Writes of the agent. */
  writes: number
  /** The latest event in which the agent wrote it. */
  event: number
  /** What the clock said at the agent's writes. */
  readonly nows: number[]
}

/** Leaves by their path: `balance`, `home.city`. */
export type Leaves = Map<string, Leaf>

/** A row that the agent changed, or that came into being during the episode. */
export type NetRow = {
  readonly table: CompiledTable
  readonly key: string
  /** Who made it; `there` before the agent came. */
  readonly origin: 'there' | 'agent' | 'other' | 'fault'
  /** Of a row that the agent made, all of it; else what the agent changed. */
  readonly leaves: Leaves
  /** Of a row that others made: what it was when it came. */
  readonly born: Leaves | undefined
  readonly event: number
  /** The event in which the agent deleted it. */
  gone: number | undefined
  /** The row as it was when the agent deleted it. */
  last: Record<string, unknown> | undefined
}

/** The rows of an episode by table and key, and how many values were looked at. */
export type NetChanges = { readonly rows: ReadonlyMap<string, NetRow>; readonly work: number }

/** Under what a row is filed. */
export function rowName(table: string, key: string): string {
  return `${table}\0${key}`
}

/** Adds up the changes in the log of an episode. */
export function netChanges({ events, base }: Pick<EpisodeView, 'events' | 'base'>, scope: Scope): NetChanges {
  const ledger = new Ledger(scope)
  for (const event of events) for (const change of changesOf(event)) ledger.take(change, event.index, base.world.epoch + atOf(event))
  return ledger
}

const NOTHING: readonly Change[] = []

function changesOf(event: Event): readonly Change[] {
  return event.type === 'call' || event.type === 'effect' || event.type === 'timer' ? event.changes : NOTHING
}

function atOf(event: Event): number {
  return 'at' in event ? event.at : 0
}

class Ledger implements NetChanges {
  readonly rows = new Map<string, NetRow>()
  work = 0
  readonly #scope: Scope

  constructor(scope: Scope) {
    this.#scope = scope
  }

  take(change: Change, event: number, now: number): void {
    const table = this.#scope.tables.get(change.table)
    if (!table) return
    if (change.cause === 'agent') this.#takeAgents(change, table, event, now)
    else this.#takeOthers(change, table, event, now)
  }

  #takeAgents({ op, key, from, to }: Change, table: CompiledTable, event: number, now: number): void {
    const name = rowName(table.name, key)
    const row = this.rows.get(name)
    if (op === 'update') return this.#write(row ?? this.#open(name, table, key, 'there', event), from!, to!, event, now)
    if (op === 'delete') {
      // What the agent made and took away again is nothing.
      if (row?.origin === 'agent') return void this.rows.delete(name)
      const gone = row ?? this.#open(name, table, key, 'there', event)
      gone.gone = event
      gone.last = from
      return
    }
    if (row?.gone !== undefined) {
      // Deleted and put back: the same row with what is different now.
      this.#write(row, row.last ?? {}, to!, event, now)
      row.gone = undefined
      return
    }
    // Others deleted what stood here: it was made all the same.
    if (row) this.rows.set(`${name}\0${this.rows.size}`, row)
    this.#write(this.#open(name, table, key, 'agent', event), {}, to!, event, now)
  }

  #takeOthers({ op, key, from, to, cause }: Change, table: CompiledTable, event: number, now: number): void {
    const name = rowName(table.name, key)
    const row = this.rows.get(name)
    if (op === 'insert') {
      if (row && (row.origin === 'there' || row.origin === 'agent')) return
      const origin = cause === 'fault' ? 'fault' : 'other'
      const made: NetRow = { table, key, origin, leaves: new Map(), born: undefined, event, gone: undefined, last: undefined }
      this.#write(made, {}, to!, event, now)
      this.rows.set(name, { ...made, leaves: new Map(), born: made.leaves })
    } else if (op === 'update' && cause === 'fault' && (!row || row.origin === 'there')) {
      const leaves = (row ?? this.#open(name, table, key, 'there', event)).leaves
      for (const { path, column, type, before, after } of this.#differences(table, from!, to!)) {
        const by = unitsBetween(type, before, after)
        if (by === undefined) continue
        const leaf = leaves.get(path) ?? emptyLeaf(column, type, before, event, false)
        leaves.set(path, leaf)
        leaf.byFaults += by
      }
    }
  }

  #open(name: string, table: CompiledTable, key: string, origin: NetRow['origin'], event: number): NetRow {
    const row: NetRow = { table, key, origin, leaves: new Map(), born: undefined, event, gone: undefined, last: undefined }
    this.rows.set(name, row)
    return row
  }

  #write({ leaves, table, origin }: NetRow, from: Record<string, unknown>, to: Record<string, unknown>, event: number, now: number): void {
    for (const { path, column, type, before, after } of this.#differences(table, from, to)) {
      const leaf = leaves.get(path) ?? emptyLeaf(column, type, before, event, this.#scope.isSet(table.name, path))
      leaves.set(path, leaf)
      const by = unitsBetween(type, before, after)
      // In a row of the agent's own, a number that others changed in between goes on from what the agent left.
      leaf.to = origin === 'agent' && by !== undefined && leaf.writes > 0 && typeof leaf.to === 'number' ? fromUnits(type, unitsOf(type, leaf.to) + by) : after
      leaf.by = leaf.by === undefined || by === undefined ? undefined : leaf.by + by
      if (leaf.elements) countElements(leaf.elements, before, after)
      leaf.writes++
      leaf.event = event
      leaf.nows.push(now)
    }
  }

  /** The values that differ between two versions of a row, or of some of its columns. */
  #differences(table: CompiledTable, from: Record<string, unknown>, to: Record<string, unknown>): Difference[] {
    const found: Difference[] = []
    for (const column of table.columns) {
      if (!(column.name in to) || this.#scope.ignores(table.name, column.name)) continue
      differ(column.name, column, column.type, from[column.name] ?? null, to[column.name] ?? null, found)
    }
    this.work += found.length
    return found
  }
}

type Difference = { readonly path: string; readonly column: CompiledColumn; readonly type: Type; readonly before: unknown; readonly after: unknown }

/** Records and maps are compared field by field, so that what others change beside a field does not matter. */
function differ(path: string, column: CompiledColumn, type: Type, before: unknown, after: unknown, into: Difference[]): void {
  if ((type.k === 'record' || type.k === 'map') && isObject(before ?? after ?? undefined)) {
    const [old, now] = [(before ?? {}) as Record<string, unknown>, (after ?? {}) as Record<string, unknown>]
    const names = type.k === 'record' ? [...type.fields.keys()] : [...new Set([...Object.keys(old), ...Object.keys(now)])].sort()
    for (const name of names) differ(`${path}.${name}`, column, type.k === 'record' ? type.fields.get(name)! : type.of, own(old, name), own(now, name), into)
    // That a structure is there at all tells it from null, whatever its fields hold.
    if ((before === null) !== (after === null)) into.push({ path, column, type: { k: 'bool' }, before: before !== null, after: after !== null })
    return
  }
  if (!sameJson(before, after)) into.push({ path, column, type, before, after })
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function own(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] ?? null : null
}

function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  return typeof a === 'object' && typeof b === 'object' && a !== null && b !== null && canonicalJson(a) === canonicalJson(b)
}

function emptyLeaf(column: CompiledColumn, type: Type, from: unknown, event: number, set: boolean): Leaf {
  return { column, type, from, to: from, by: 0, byFaults: 0, elements: set ? new Map() : undefined, writes: 0, event, nows: [] }
}

/** A number in whole units of its type, so that sums of prices are exact. */
function unitsOf(type: Type, value: number): number {
  const { k } = present(type)
  return k === 'dec' ? Math.round(value * POW10[(type as Type & { k: 'dec' }).scale]!) : value
}

function fromUnits(type: Type, units: number): number {
  return type.k === 'dec' ? units / POW10[type.scale]! : units
}

function unitsBetween(type: Type, before: unknown, after: unknown): number | undefined {
  const isNumber = type.k === 'int' || type.k === 'dec' || type.k === 'double'
  return isNumber && typeof before === 'number' && typeof after === 'number' ? unitsOf(type, after) - unitsOf(type, before) : undefined
}

function countElements(elements: NonNullable<Leaf['elements']>, before: unknown, after: unknown): void {
  for (const [list, step] of [[before, -1], [after, 1]] as const) {
    for (const value of Array.isArray(list) ? list : []) {
      const text = canonicalJson(value)
      const known = elements.get(text)
      if (known) known.net += step
      else elements.set(text, { value, net: step })
    }
  }
}

/** How far sums of floating numbers may be apart that mean the same. */
const SLACK = 2 ** -40

/** Whether two sums of a type are the same: exact, but for floating numbers. */
export function sameSum(type: Type, a: number, b: number): boolean {
  return type.k === 'double' ? Math.abs(a - b) <= SLACK * Math.max(1, Math.abs(a), Math.abs(b)) : a === b
}

/** Whether the agent left a value other than it found it, bookkeeping apart: a time that was there is replaced by the moment of the write. */
export function isChanged(leaf: Leaf): boolean {
  const { writes, elements, by, from, to, type } = leaf
  if (writes === 0) return false
  if (elements) return (from === null) !== (to === null) || [...elements.values()].some(({ net }) => net !== 0)
  if (by !== undefined && typeof from === 'number') return !sameSum(type, by, 0)
  return !sameJson(from, to) && !(from !== null && isStamp(leaf))
}

/** Whether the agent left the moment at which it wrote. */
export function isStamp({ type, to, nows }: Leaf): boolean {
  return type.k === 'time' && typeof to === 'string' && nows.includes(momentOf(to))
}

/** Milliseconds since 1970 of a time in JSON; NaN for what is none. */
export function momentOf(json: string): number {
  return parseTime(json) ?? NaN
}
