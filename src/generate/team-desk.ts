/** The tools of a world in parts, one for each agent: by entities that refer to each other, then by reading and writing, then tool by tool. */
import { below, type Key, keyOf } from '../core/keyed.ts'
import type { Outline, ToolOutline } from './outline.ts'

/** What one agent works with, and what kind of work that makes it. */
export type Desk = { readonly tools: readonly ToolOutline[]; readonly kind: 'both' | 'reads' | 'writes' | 'more' }

export const isRead = ({ effect }: ToolOutline): boolean => effect === 'read'
export const isWrite = ({ effect }: ToolOutline): boolean => effect === 'write'
/** Looking at one row, or for rows: what a write is read back by. */
export const isLook = ({ does }: ToolOutline): boolean => does === 'get' || does === 'search'

function deskOf(tools: readonly ToolOutline[], kind?: Desk['kind']): Desk {
  return { tools, kind: kind ?? (tools.every(isRead) ? 'reads' : tools.every(isWrite) ? 'writes' : 'both') }
}

/** Entities of some tools, in their order. */
export function entitiesOf(tools: readonly ToolOutline[]): string[] {
  return [...new Set(tools.map(({ entity }) => entity))]
}

/** The tools with those that read back what they write. */
export function withLooks(tools: readonly ToolOutline[], { tools: all }: Outline): ToolOutline[] {
  const written = new Set(tools.filter(isWrite).map(({ entity }) => entity))
  const own = new Set(tools)
  return all.filter((tool) => own.has(tool) || (written.has(tool.entity) && isLook(tool)))
}

function areLinked({ relations }: Outline, one: string, other: string): boolean {
  return (relations[one]?.includes(other) ?? false) || (relations[other]?.includes(one) ?? false)
}

/** Entities in a row in which neighbours tend to refer to each other, from wherever the key begins. */
function chainOf(entities: readonly string[], outline: Outline, key: Key): string[] {
  const left = [...entities]
  const chain: string[] = []
  while (left.length) {
    const linked = left.filter((one) => chain.slice(-2).some((other) => areLinked(outline, one, other)))
    const near = linked.length ? linked : left.filter((one) => chain.some((other) => areLinked(outline, one, other)))
    const from = near.length ? near : left
    const next = from[below(keyOf(['chain', chain.length], key), from.length)]!
    left.splice(left.indexOf(next), 1)
    chain.push(next)
  }
  return chain
}

/** Exactly so many desks that have all of some tools between them: several entities at one where there are few, overlapping ones where there are many. */
export function desksOf(tools: readonly ToolOutline[], count: number, outline: Outline, key: Key): Desk[] {
  const desks = chainOf(entitiesOf(tools), outline, key).map((entity) => deskOf(tools.filter((tool) => tool.entity === entity)))
  while (desks.length > count) {
    const at = lightest(desks, outline, keyOf(['merge', desks.length], key))
    desks.splice(at, 2, deskOf([...desks[at]!.tools, ...desks[at + 1]!.tools]))
  }
  const whole = [...desks]
  while (desks.length < count) {
    const own = keyOf(['split', desks.length], key)
    const parts = desks.flatMap((desk, at) => {
      const halves = halve(desk, keyOf([at], own))
      return halves ? [{ at, halves, size: desk.tools.length * 4 + below(keyOf(['size', at], own), 5) }] : []
    })
    const largest = parts.reduce<(typeof parts)[number] | undefined>((best, one) => (best && best.size >= one.size ? best : one), undefined)
    if (largest) desks.splice(largest.at, 1, ...largest.halves)
    else desks.splice(below(keyOf(['place'], own), desks.length + 1), 0, another(whole, outline, own))
  }
  return desks
}

/** Two neighbours that have the least to do together, rather those that refer to each other. */
function lightest(desks: readonly Desk[], outline: Outline, key: Key): number {
  const weigh = (i: number): number => {
    const [one, two] = [desks[i]!, desks[i + 1]!]
    const linked = entitiesOf(one.tools).some((a) => entitiesOf(two.tools).some((b) => areLinked(outline, a, b)))
    return (one.tools.length + two.tools.length) * 2 + (linked ? 0 : 6) + below(keyOf([i], key), 5)
  }
  let best = 0
  for (let i = 1; i < desks.length - 1; i++) if (weigh(i) < weigh(best)) best = i
  return best
}

/** A desk in two; undefined where it is one thing. */
function halve({ tools, kind }: Desk, key: Key): [Desk, Desk] | undefined {
  if (kind === 'more' || tools.length < 2) return undefined
  const [reads, writes] = [tools.filter(isRead), tools.filter(isWrite)]
  if (reads.length && writes.length) return [deskOf(reads), deskOf(writes)]
  const at = 1 + below(key, tools.length - 1)
  return [deskOf(tools.slice(0, at)), deskOf(tools.slice(at))]
}

/** One more who can look at what others look at: at all of one desk, or at two kinds of rows together. */
function another(desks: readonly Desk[], { tools }: Outline, key: Key): Desk {
  const one = desks[below(keyOf(['one'], key), desks.length)]!
  const two = desks[below(keyOf(['two'], key), desks.length)]!
  const about = new Set([...entitiesOf(one.tools).slice(0, 2), ...(one === two ? [] : entitiesOf(two.tools).slice(0, 1))])
  return { kind: 'more', tools: tools.filter((tool) => about.has(tool.entity) && isRead(tool)) }
}
