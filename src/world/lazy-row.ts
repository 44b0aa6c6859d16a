/** Base rows that compute a column when it is first read. */
import type { Row } from './evaluation.ts'
import { SpecFault } from './fault.ts'
import type { CompiledTable } from './table.ts'

/** Computes one cell of one base row. */
export type CellSource = { cell(column: number, row: number): unknown }

const UNREAD = Symbol('unread')
const READING = Symbol('reading')

/** Makes rows of one table: objects whose columns are getters over a per-row array of cells. */
export function lazyRowMaker(table: CompiledTable): (source: CellSource, row: number) => Row {
  const width = table.columns.length

  class LazyRow {
    #source: CellSource
    #row: number
    #cells: unknown[]

    constructor(source: CellSource, row: number) {
      this.#source = source
      this.#row = row
      this.#cells = new Array(width).fill(UNREAD)
    }

    static read(self: LazyRow, column: number): unknown {
      const value = self.#cells[column]
      return value !== UNREAD && value !== READING ? value : LazyRow.fill(self, column)
    }

    static fill(self: LazyRow, column: number): unknown {
      if (self.#cells[column] === READING) throw new SpecFault(`${table.name}.${table.columns[column]!.name} depends on itself`)
      self.#cells[column] = READING
      try {
        return (self.#cells[column] = self.#source.cell(column, self.#row))
      } catch (error) {
        self.#cells[column] = UNREAD
        throw error
      }
    }
  }

  for (const { name, position } of table.columns) {
    Object.defineProperty(LazyRow.prototype, name, { enumerable: true, get(this: LazyRow) { return LazyRow.read(this, position) } })
  }
  return (source, row) => new LazyRow(source, row) as unknown as Row
}

/** A plain copy of a row, all columns read. */
export function copyRow(table: CompiledTable, row: Row): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const { name } of table.columns) out[name] = row[name]
  return out
}
