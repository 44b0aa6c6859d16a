/** Values of rows as texts that are equal where the values mean the same: keys renamed, moments relative, sets in one order. */
import { formatTime } from '../core/calendar.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import type { CompiledColumn } from '../world/table.ts'
import type { Type } from '../world/type.ts'
import { isChanged, type Leaf, type Leaves, momentOf } from './net-change.ts'

/** How texts and times are spelt. */
export type Spelling = {
  /** What stands for a text that is the key of a row made in the episode; undefined for any other. `path` says where. */
  rename(text: string, target: number | undefined, path: string): string | undefined
  readonly clock: Clock
}

/** How times of one place are told. */
export type Clock = {
  /** All by how far they are from the write. */
  readonly relative: boolean
  /** Times that both sides have: they mean themselves. */
  readonly shared: ReadonlySet<number>
  /** Whether both sides wrote the moment itself. */
  readonly stamped: boolean
}

/** Spells what the agent left in a leaf. */
export function spellLeaf({ type, column, to, elements, nows }: Leaf, path: string, spelling: Spelling): string {
  const spell = speller(column, nows, spelling)
  if (!elements) return spell(type, to, path)
  const items = [...elements.values()].flatMap(({ value, net }) => (net === 0 ? [] : [`${net}x${spell(inner(type), value, `${path}[]`)}`]))
  return to === null ? 'null' : `{${items.sort().join()}}`
}

/** Spells what the agent did to a leaf that was there: a number by its difference. */
export function spellChange(leaf: Leaf, path: string, spelling: Spelling): string {
  return leaf.by === undefined || typeof leaf.from !== 'number' ? spellLeaf(leaf, path, spelling) : `by ${leaf.by}`
}

function inner(type: Type): Type {
  return type.k === 'list' || type.k === 'map' ? type.of : { k: 'json' }
}

function speller(column: CompiledColumn, nows: readonly number[], { rename, clock }: Spelling): (type: Type, value: unknown, path: string) => string {
  const spell = (type: Type, value: unknown, path: string): string => {
    if (value === null || value === undefined) return 'null'
    if (type.k === 'time') return spellMoment(momentOf(value as string), nows, clock)
    if (typeof value === 'string') return rename(value, column.target, path) ?? JSON.stringify(value)
    if (Array.isArray(value)) return `[${value.map((item, i) => spell(inner(type), item, `${path}[${i}]`)).join()}]`
    if (typeof value !== 'object') return canonicalJson(value)
    const fields = Object.entries(value).map(([name, item]) => {
      const of: Type = type.k === 'record' ? type.fields.get(name) ?? { k: 'json' } : inner(type)
      // A map may be filed under keys.
      const key = type.k === 'record' ? undefined : rename(name, undefined, `${path}{}`)
      return `${key ?? JSON.stringify(name)}:${spell(of, item, key === undefined ? `${path}.${name}` : `${path}{*}`)}`
    })
    return `{${fields.sort().join()}}`
  }
  return spell
}

function spellMoment(moment: number, nows: readonly number[], { relative, shared, stamped }: Clock): string {
  const offset = offsetOf(moment, nows)
  const isAbsolute = !relative && !(offset === 0 && stamped) && shared.has(moment)
  return isAbsolute ? formatTime(moment) : `now+${offset}`
}

/** How far a time is from the write that it came with; 0 for the moment of any of the writes. */
function offsetOf(moment: number, nows: readonly number[]): number {
  return nows.includes(moment) ? 0 : moment - nows.at(-1)!
}

/**
 * How the times of one place are told in two episodes. What a tool writes by its clock differs between them, and by
 * how much it is off is the same; what was asked for is the same itself.
 */
export function clockOf(found: Iterable<Leaf>, wanted: Iterable<Leaf>): Clock {
  const [here, there] = [timesIn(found), timesIn(wanted)]
  const moments = new Set(there.map(({ moment }) => moment))
  return {
    relative: isPart(here.map(({ offset }) => offset), there.map(({ offset }) => offset)),
    shared: new Set(here.flatMap(({ moment }) => (moments.has(moment) ? [moment] : []))),
    stamped: [here, there].every((times) => times.some(({ offset }) => offset === 0)),
  }
}

/** Whether each number of the shorter list stands in the longer one as well, as often. */
function isPart(a: readonly number[], b: readonly number[]): boolean {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a]
  const left = new Map<number, number>()
  for (const one of many) left.set(one, (left.get(one) ?? 0) + 1)
  return few.every((one) => {
    const n = left.get(one) ?? 0
    left.set(one, n - 1)
    return n > 0
  })
}

type Told = { readonly moment: number; readonly offset: number }

/** The times in what the agent left. */
function timesIn(leaves: Iterable<Leaf>): Told[] {
  const found: Told[] = []
  const walk = (type: Type, value: unknown, nows: readonly number[]): void => {
    if (value === null || typeof value !== 'object') {
      if (type.k === 'time' && typeof value === 'string') found.push({ moment: momentOf(value), offset: offsetOf(momentOf(value), nows) })
    } else if (Array.isArray(value)) for (const item of value) walk(inner(type), item, nows)
    else for (const [name, item] of Object.entries(value)) walk(type.k === 'record' ? type.fields.get(name) ?? { k: 'json' } : inner(type), item, nows)
  }
  for (const { type, to, nows } of leaves) walk(type, to, nows)
  return found
}

/** Those of the leaves that say something: of a row that was made what is not null, else what was changed. */
export function tellingLeaves(leaves: Leaves, made: boolean): [string, Leaf][] {
  return [...leaves].filter(([, leaf]) => (made ? leaf.to !== null : isChanged(leaf))).sort(([a], [b]) => (a < b ? -1 : 1))
}
