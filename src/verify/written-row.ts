/** What the agent wrote into each cell in the course of an episode. */
import type { Change } from '../../protocol/event.ts'
import { parseTime } from '../core/calendar.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import type { EpisodeView } from '../episode/task.ts'

/** One cell: what stood there before the agent's first write, and after each; all values are JSON. */
export type Written = {
  readonly from: unknown
  readonly values: unknown[]
  /** Differences of a number. */
  readonly steps: number[]
  /** Of times, how far they are from the moment in which they were written, in milliseconds. */
  readonly offsets: number[]
}

export type WrittenRow = { readonly cells: Map<string, Written>; /** Made in the episode. */ readonly made: boolean; gone: boolean }

export type WrittenRows = { find(table: string, key: string): WrittenRow | undefined; /** Rows of a table that came into being. */ made(table: string): readonly WrittenRow[] }

/** Reads the agent's changes in the order in which they happened. */
export function writtenRows({ events, base: { world } }: EpisodeView): WrittenRows {
  const rows = new Map<string, WrittenRow>()
  const made = new Map<string, WrittenRow[]>()
  const keys = new Map<string, string>()
  for (const event of events) {
    if (event.type !== 'call' && event.type !== 'effect') continue
    for (const change of event.changes) if (change.cause === 'agent') take(change, world.epoch + event.at)
  }
  return { find: (table, key) => rows.get(nameOf(table, key)), made: (table) => made.get(table) ?? [] }

  function take({ table, key, op, from = {}, to = {} }: Change, now: number): void {
    const name = nameOf(table, key)
    let row = rows.get(name)
    if (!row || (op === 'insert' && !row.gone)) {
      rows.set(name, (row = { cells: new Map(), made: op === 'insert', gone: false }))
      if (op === 'insert') {
        made.set(table, [...(made.get(table) ?? []), row])
        keys.set(key, `#${table}`)
      }
    }
    row.gone = op === 'delete'
    for (const [column, value] of Object.entries(to)) write(row, column, from[column] ?? null, rename(value), now)
  }

  /** Keys that were made are called differently in each episode. */
  function rename(value: unknown): unknown {
    return typeof value === 'string' ? keys.get(value) ?? value : value
  }
}

function nameOf(table: string, key: string): string {
  return `${table}\0${key}`
}

function write({ cells }: WrittenRow, column: string, before: unknown, value: unknown, now: number): void {
  const cell = cells.get(column) ?? { from: before, values: [], steps: [], offsets: [] }
  cells.set(column, cell)
  cell.values.push(value ?? null)
  if (typeof before === 'number' && typeof value === 'number') cell.steps.push(value - before)
  const moment = typeof value === 'string' ? parseTime(value) : undefined
  if (moment !== undefined) cell.offsets.push(moment - now)
}

/** Times are written in whole seconds. */
const SECOND_MS = 1000
/** Sums of steps that are tried. */
const MOST_SUMS = 4096

/** Whether what was left in a cell is something that the other episode comes to by some of its steps. */
export function isReached(found: Written, wanted: Written): boolean {
  const value = found.values.at(-1)
  const text = canonicalJson(value)
  if (wanted.values.some((other) => canonicalJson(other) === text)) return true
  if (typeof value === 'number' && typeof found.from === 'number') return sumsOf(wanted.steps).has(rounded(value - found.from))
  if (Array.isArray(value)) return isBetween(value, found.from, wanted)
  const offset = typeof value === 'string' && parseTime(value) !== undefined ? found.offsets.at(-1) : undefined
  return offset !== undefined && wanted.offsets.some((other) => Math.abs(other - offset) <= SECOND_MS)
}

function rounded(value: number): number {
  return Math.round(value * 1e6)
}

/** What some of the steps come to, in whatever order. */
function sumsOf(steps: readonly number[]): ReadonlySet<number> {
  let sums = new Set([0])
  for (const step of steps) if (sums.size <= MOST_SUMS) sums = new Set([...sums].flatMap((sum) => [sum, sum + rounded(step)]))
  return sums
}

/** Whether a list gained nothing but what the other gains, and lost nothing but what it loses. */
function isBetween(list: readonly unknown[], from: unknown, { values }: Written): boolean {
  const there = new Set((Array.isArray(from) ? from : []).map(canonicalJson))
  const lists = values.filter(Array.isArray).map((one) => new Set(one.map(canonicalJson)))
  const here = new Set(list.map(canonicalJson))
  return [...here].every((item) => there.has(item) || lists.some((one) => one.has(item))) && [...there].every((item) => here.has(item) || lists.some((one) => !one.has(item)))
}
