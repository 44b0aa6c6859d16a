/** Rows that stand in a specification. */
import { nearest } from '../core/nearest.ts'
import type { Row } from './evaluation.ts'
import { decodeLiteral } from './literal.ts'
import type { Site } from './site.ts'
import type { CompiledColumn, CompiledTable } from './table.ts'

/** What becomes of a column that a row leaves out. */
export type LeftOut = {
  /** Whether it is computed when it is read. */
  isComputed(column: CompiledColumn): boolean
  /** Otherwise its run-time value; undefined complains unless it may be null. */
  empty?(column: CompiledColumn): unknown
}

/** Rows of a specification: a column that is left out is filled by its `value`, or else null. */
export const BY_VALUE: LeftOut = { isComputed: ({ spec }) => spec.value !== undefined }

/** Reads rows by their columns. */
export function readLiteralRows(rows: readonly Record<string, unknown>[], key: string, columns: readonly CompiledColumn[], leftOut: LeftOut, at: Site): Row[] {
  const seen = new Set<unknown>()
  const unique = new Map<string, Set<unknown>>()
  return rows.map((literal, i) => {
    const row: Record<string, unknown> = {}
    for (const column of columns) {
      const { name, spec } = column
      const stated = Object.hasOwn(literal, name)
      if (!stated && (name === key || leftOut.isComputed(column))) continue
      row[name] = stated || !leftOut.empty ? decodeLiteral(spec, stated ? literal[name] : null, at.at(i, name)) : leftOut.empty(column)
    }
    for (const name of Object.keys(literal)) if (!columns.some((column) => column.name === name)) at.at(i, name).complain('name', `no column '${name}'`, { key: true, nearest: nearest(name, columns.map((column) => column.name)), expected: columns.map((column) => column.name).join(', ') })
    if (!Object.hasOwn(literal, key)) at.at(i).complain('row', `column '${key}' is missing`, { expected: 'the key' })
    else if (seen.has(row[key])) at.at(i).complain('row', `key '${String(row[key])}' twice`)
    seen.add(row[key])
    for (const { name, spec } of columns) {
      if (!spec.unique || name === key || (row[name] ?? null) === null) continue
      const values = unique.get(name) ?? new Set()
      if (values.has(row[name])) at.at(i, name).complain('row', `${name} '${String(literal[name])}' twice`, { expected: 'a value that no other row has' })
      unique.set(name, values.add(row[name]))
    }
    return Object.freeze(row)
  })
}

/** The parts of a compiled table that literal rows decide. */
export function literalShape(literal: readonly Row[] | undefined, key: string, columns: readonly CompiledColumn[]): Pick<CompiledTable, 'literal' | 'literalRow' | 'holes'> {
  return {
    literal,
    literalRow: literal && new Map(literal.map((of, i) => [of[key] as string, i])),
    holes: literal !== undefined && literal.some((row) => columns.some(({ name }) => !Object.hasOwn(row, name))),
  }
}
