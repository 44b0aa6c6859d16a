/** The tools of a world in parts, one for each agent: by entity first, then by reading and writing, then tool by tool. */
import { type Key, keyOf } from '../core/keyed.ts'
import type { Outline, ToolOutline } from './outline.ts'
import { below } from '../core/keyed.ts'

/** What one agent has to do with: tools of its own, and those that it needs beside them. */
export type Part = { readonly tools: readonly ToolOutline[]; /** Entities, the one that it is mostly about first. */ readonly about: readonly string[]; readonly role: 'desk' | 'reader' | 'writer' }

function partOf(tools: readonly ToolOutline[], role: Part['role']): Part {
  const counts = new Map<string, number>()
  for (const { entity } of tools) counts.set(entity, (counts.get(entity) ?? 0) + 1)
  return { tools, about: [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([entity]) => entity), role }
}

/** One part for each entity. */
export function entityParts({ tools }: Outline): Part[] {
  return [...new Set(tools.map(({ entity }) => entity))].map((entity) => partOf(tools.filter((tool) => tool.entity === entity), 'desk'))
}

/** Several parts as one. */
export function union(parts: readonly Part[]): Part {
  return partOf([...new Set(parts.flatMap(({ tools }) => tools))], 'desk')
}

/** Reads of the entities that a part writes to: whoever writes has to be able to see whether it happened. */
export function withReads({ tools }: Part, { tools: all }: Outline): string[] {
  const written = new Set(tools.filter(({ effect }) => effect === 'write').map(({ entity }) => entity))
  const needed = all.filter(({ entity, does }) => written.has(entity) && (does === 'get' || does === 'search'))
  return [...new Set([...tools, ...needed].map(({ name }) => name))]
}

/** A part in two, as evenly as it can be; undefined where it is one thing. */
export function halve({ tools, about, role }: Part, key: Key): [Part, Part] | undefined {
  if (about.length > 1) {
    const first = about.filter((_, i) => (i + below(keyOf(['halve', ...about], key), 2)) % 2 === 0)
    const own = (entities: readonly string[]): Part => partOf(tools.filter(({ entity }) => entities.includes(entity)), 'desk')
    return [own(first), own(about.filter((entity) => !first.includes(entity)))]
  }
  const [reads, writes] = [tools.filter(({ effect }) => effect === 'read'), tools.filter(({ effect }) => effect === 'write')]
  if (role === 'desk' && reads.length && writes.length) return [partOf(reads, 'reader'), partOf(writes, 'writer')]
  if (tools.length < 2) return undefined
  const cut = Math.max(1, Math.floor(tools.length / 2))
  return [partOf(tools.slice(0, cut), role), partOf(tools.slice(cut), role)]
}

/** Parts in so many groups, neighbours together: entities that refer to each other stay with each other where they can. */
export function group(parts: readonly Part[], count: number, key: Key): Part[][] {
  const groups: Part[][] = Array.from({ length: Math.min(count, parts.length) }, () => [])
  const turn = below(keyOf(['group', parts.length, count], key), parts.length)
  const turned = [...parts.slice(turn), ...parts.slice(0, turn)]
  turned.forEach((part, i) => groups[Math.floor((i * groups.length) / turned.length)]!.push(part))
  return groups
}
