/** How a column's values are stored: what is absent in a structure is null, and what is too large is refused. */
import { Refused } from './fault.ts'
import type { CompiledColumn } from './table.ts'
import { isStructure } from './type.ts'

/** Checks a value that is about to be written; a Refused is thrown for one that is too large. */
type Bound = (value: unknown) => void

/** Parts that values of a column have. */
type Shape = Pick<CompiledColumn, 'name' | 'spec' | 'parts' | 'type'>

/** The function that makes a stored value of a written one; undefined when there is nothing to do. */
export function storeOf(column: Shape, place: string): CompiledColumn['store'] {
  const bound = boundOf(column, place)
  const settle = column.parts.length > 0
  if (!bound && !settle) return undefined
  return (value) => {
    const stored = settle ? settled(column, value) : value
    bound?.(stored)
    return stored
  }
}

/** The check of a column and all inside it, or undefined when nothing bounds it. */
function boundOf(column: Shape, place: string): Bound | undefined {
  const { spec, parts } = column
  if (spec.type === 'string') return spec.max_length === undefined ? undefined : textBound(spec.max_length, place)
  if (spec.type === 'record') return recordBound(parts.flatMap((part) => { const bound = boundOf(part, `${place}.${part.name}`); return bound ? [{ name: part.name, bound }] : [] }))
  if (spec.type === 'list' || spec.type === 'map') return itemsBound(spec.max_items, boundOf(parts[0]!, place), place)
  return undefined
}

function textBound(most: number, place: string): Bound {
  return (value) => {
    // Characters of Unicode; a text has at most as many as UTF-16 units.
    if (typeof value === 'string' && value.length > most && [...value].length > most) throw new Refused(`${place} holds at most ${most} characters`)
  }
}

function recordBound(fields: { name: string; bound: Bound }[]): Bound | undefined {
  if (!fields.length) return undefined
  return (value) => {
    if (value !== null && value !== undefined) for (const { name, bound } of fields) bound((value as Record<string, unknown>)[name])
  }
}

function itemsBound(most: number | undefined, each: Bound | undefined, place: string): Bound | undefined {
  if (most === undefined && !each) return undefined
  return (value) => {
    if (value === null || value === undefined) return
    const items = Object.values(value)
    if (most !== undefined && items.length > most) throw new Refused(`${place} holds at most ${most} items`)
    if (each) for (const item of items) each(item)
  }
}

/** Fills what is absent in a structure with null, so that equal values have one spelling. */
function settled(column: Shape, value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (column.spec.type === 'record') return Object.fromEntries(column.parts.map((part) => [part.name, settled(part, (value as Record<string, unknown>)[part.name])]))
  const part = column.parts[0]
  if (!part || !isStructure(part.type)) return value
  if (column.spec.type === 'list') return (value as unknown[]).map((item) => settled(part, item))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, settled(part, item)]))
}
