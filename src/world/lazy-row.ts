/** Base rows that compute a column when it is first read. */
import type { Row } from './evaluation.ts'
import type { CompiledTable } from './table.ts'

/** Gives one cell of one base row, computed once. */
export type CellSource = { read(column: number, row: number): unknown }

/** Cells of one row by column; a hole has not been read. */
export type RowCells = readonly unknown[]

/**
 * Makes rows of one table: objects whose columns are getters over the table's cells.
 * `cells` are the row's own, by column, where the table keeps them so: what stands there is read without asking.
 */
export function lazyRowMaker(table: CompiledTable): (source: CellSource, row: number, cells: RowCells | undefined) => Row {
  class LazyRow {
    #source: CellSource
    #row: number
    #cells: RowCells | undefined

    constructor(source: CellSource, row: number, cells: RowCells | undefined) {
      this.#source = source
      this.#row = row
      this.#cells = cells
    }

    static read(self: LazyRow, column: number): unknown {
      const value = self.#cells?.[column]
      // A symbol marks a cell that is being computed: the table knows what to say.
      return value !== undefined && typeof value !== 'symbol' ? value : self.#source.read(column, self.#row)
    }
  }

  for (const { name, position } of table.columns) {
    Object.defineProperty(LazyRow.prototype, name, { enumerable: true, get(this: LazyRow) { return LazyRow.read(this, position) } })
  }
  return (source, row, cells) => new LazyRow(source, row, cells) as unknown as Row
}

/** A plain copy of a row, all columns read. */
export function copyRow(table: CompiledTable, row: Row): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const { name } of table.columns) out[name] = row[name]
  return out
}
