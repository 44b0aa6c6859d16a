/** What a state is, as text: two ways to the same rows lead to one key. */
import { canonicalJson } from '../core/canonical-json.ts'
import type { BaseWorld } from '../world/base-world.ts'
import { sameValue } from '../world/json-value.ts'
import type { Entry, Overlay } from '../world/overlay.ts'
import type { CompiledTable } from '../world/table.ts'
import type { PlanState } from './model.ts'

type Entries = ReadonlyMap<string, Entry>

/** Tables that a fork shares are written once; entries are never changed in place once their overlay was forked. */
export type KeyCache = { readonly tables: WeakMap<Entries, string>; readonly timers: WeakMap<object, string> }

/** A cache for the keys of one search. */
export function keyCache(): KeyCache {
  return { tables: new WeakMap(), timers: new WeakMap() }
}

/**
 * The content of a state: columns that differ from the base, rows that are new or gone, and whose doing that is, since
 * checks ask; when it was done is left out, and so are the keys that rows to come will get.
 */
export function stateKey({ world, tables }: BaseWorld, { overlay, clock }: PlanState, cache: KeyCache): string {
  let key = String(clock)
  for (const table of world.tables) {
    const entries = overlay.entries(table.position)
    if (!entries?.size) continue
    let text = cache.tables.get(entries)
    if (text === undefined) cache.tables.set(entries, (text = tableText(table, entries, (row) => tables[table.position]!.get(row))))
    if (text) key += `\n${table.position}${text}`
  }
  return key + timersText(overlay, cache)
}

function timersText({ timers }: Overlay, cache: KeyCache): string {
  let text = cache.timers.get(timers)
  if (text === undefined) cache.timers.set(timers, (text = timers.map(({ due, name, args }) => `\n@${due} ${name} ${valueText(args)}`).join('')))
  return text
}

function tableText(table: CompiledTable, entries: Entries, baseRow: (key: string) => Readonly<Record<string, unknown>> | undefined): string {
  const rows: string[] = []
  for (const [key, entry] of entries) {
    const text = entryText(table, entry, entry.inBase ? baseRow(key) : undefined)
    if (text !== undefined) rows.push(`${JSON.stringify(key)}${text}`)
  }
  return rows.sort().join(';')
}

/** A row against the base; undefined where it is as it was. */
function entryText({ columns }: CompiledTable, { row, columns: marks, mark }: Entry, before: Readonly<Record<string, unknown>> | undefined): string | undefined {
  if (row === null) return `-${mark.cause}`
  let text = before ? '' : `+${mark.cause}`
  for (const { name, position } of columns) {
    if (before && sameValue(before[name], row[name])) continue
    text += `,${position}${marks[name]?.cause[0] ?? mark.cause[0]}${valueText(row[name])}`
  }
  return text || undefined
}

function valueText(value: unknown): string {
  return value === undefined || value === null ? 'null' : typeof value === 'object' ? canonicalJson(value) : JSON.stringify(value)
}
