/** A table of a compiled world: its shape, its columns, and how its keys are made. */
import type { Column, IdRule } from '../../protocol/spec/column.ts'
import type { SettledTable } from './settle-table.ts'
import type { Run } from './expression/scope.ts'
import type { Row } from './evaluation.ts'
import type { IdFormat } from './id-format.ts'
import type { Fake } from './faker-column.ts'
import type { Type } from './type.ts'

export type CompiledColumn = {
  readonly name: string
  readonly position: number
  readonly type: Type
  readonly spec: Column
  /** CEL over `row`, `n` and inside a list `i` that fills base rows. */
  readonly value?: Run
  /** Of a column whose value follows from the row number alone: its cells, the same for every seed, made when first read. */
  readonly shared?: SharedCells
  /** Choices of `pick` or an enum as run-time values, with cumulative weights. */
  readonly choices?: readonly unknown[]
  readonly cumulative?: readonly number[]
  /** A run-time value as JSON. */
  readonly encode: (value: unknown) => unknown
  /** A run-time value as it is stored; throws Refused for one that is too large. Undefined where every value is stored as it is. */
  readonly store: ((value: unknown) => unknown) | undefined
  /** CEL that fills the column of a new row that does not state it, with the slots that it needs. */
  readonly fallback?: { readonly run: Run; readonly slots: number }
  /** Columns inside a record, a list or a map. */
  readonly parts: readonly CompiledColumn[]
  /** A realistic text by the cell's key. */
  readonly fake: Fake | undefined
  /** Of a unique column whose values can be counted: how many there are to draw from. */
  readonly distinct: number | undefined
  /** Of a reference: position of the table that it refers to; -1 when there is none. */
  readonly target: number | undefined
}

/** Cells that all seeds share, and the row numbers of each value once they have been asked for. */
export type SharedCells = { readonly cells: unknown[]; numbers: Map<unknown, number[]> | undefined }

export type CompiledTable = {
  readonly name: string
  readonly position: number
  readonly spec: SettledTable
  readonly row: Type & { k: 'record' }
  readonly key: string
  /** A table of one row, or of one row an actor: its name stands for that row. */
  readonly single: 'one' | 'actor' | undefined
  readonly columns: readonly CompiledColumn[]
  /** Columns whose values are not stored as they are. */
  readonly stores: readonly { readonly name: string; readonly store: (value: unknown) => unknown }[]
  readonly columnOf: ReadonlyMap<string, CompiledColumn>
  readonly idRule: IdRule | undefined
  /** Numbers to keys and back, of a draw or counter rule; keys of literal rows are their own. */
  readonly format: IdFormat | undefined
  /** Whether numbers are scattered by seed (a draw rule). */
  readonly scattered: boolean
  /** Literal rows, the same for every seed. */
  readonly literal: readonly Row[] | undefined
  /** Whether some literal row leaves out a column that its `value` fills. */
  readonly holes: boolean
  /** Which rows repeat columns of another, and which columns. */
  readonly decoys: { readonly share: number; readonly same: ReadonlySet<string> } | undefined
  /** Row number of each key of literal rows. */
  readonly literalRow: ReadonlyMap<string, number> | undefined
  /** How many row numbers there are; of a `per` table not each of them exists. */
  readonly slots: number
  /** Position of the parent table of a `per` table. */
  readonly parent: number | undefined
}
