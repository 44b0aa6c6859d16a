/** The seeded base of a world: rows are functions of (seed, table, row, column), computed when first read. */
import { keyOf, type Key } from '../core/keyed.ts'
import type { CompiledWorld } from './compiled-world.ts'
import { BaseTable } from './base-table.ts'
import { CALL_UNITS, type Evaluation, type Row, type View } from './evaluation.ts'
import { CallLimit, SpecFault } from './fault.ts'
import type { Run } from './expression/scope.ts'

/** Frozen and shared by all episodes of its seed; it may be dropped at any time and made again, the same. */
export class BaseWorld implements View {
  readonly world: CompiledWorld
  readonly seed: number
  readonly key: Key
  readonly tables: readonly BaseTable[]
  /** Units that its computed cells have cost so far: a measure of what it keeps in memory, and of nothing else. */
  spent = 0

  constructor(world: CompiledWorld, seed: number) {
    this.world = world
    this.seed = seed
    this.key = keyOf(['row', seed, world.name])
    this.tables = world.tables.map((table) => new BaseTable(this, table))
  }

  get(table: number, key: string): Row | undefined {
    return this.tables[table]!.get(key)
  }

  rows(table: number): readonly Row[] {
    return this.tables[table]!.rows()
  }

  lookup(table: number, column: string, value: unknown): readonly Row[] {
    return this.tables[table]!.lookup(column, value)
  }

  /** Runs a column's expression under a meter of its own; `i` is the number of an element inside a list. */
  evaluate(run: Run, row: Row, n: number, i: number, place: string): unknown {
    const cx: Evaluation = { view: this, slots: [row, n, i], left: CALL_UNITS, now: this.world.epoch, key: keyOf([place, n], this.key), draws: 0 }
    try {
      const value = run(cx)
      this.spent += CALL_UNITS - cx.left
      return value
    } catch (error) {
      if (error instanceof CallLimit) throw new SpecFault(`${place}: ${error.message}`)
      throw error
    }
  }
}
