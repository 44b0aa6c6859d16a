/** What is known of the sizes of a world's rows while its tools are being weighed. */
import type { CompiledWorld } from '../compiled-world.ts'
import type { CompiledTable } from '../table.ts'
import { admitted } from './input-size.ts'
import { either, FLAT, type Size, type Unknown } from './size.ts'
import type { Units } from './units.ts'

/**
 * Grows with every pass over the writers of the world until nothing grows any more. What still grows after some passes
 * has no bound: it is written from what it was.
 */
export class WorldSize {
  readonly world: CompiledWorld
  /** `table.column` of all columns that some steps write, `table.*` for whole rows. */
  readonly written: ReadonlySet<string>
  readonly #columns: Size[][]
  readonly #base: (Size | undefined)[][]
  readonly #rows: Units[]
  #grew = false

  constructor(world: CompiledWorld, written: ReadonlySet<string>, rows: (table: CompiledTable) => Units) {
    this.world = world
    this.written = written
    this.#columns = world.tables.map((table) => table.columns.map(() => FLAT))
    this.#base = world.tables.map(() => [])
    this.#rows = world.tables.map(rows)
  }

  /** The most rows that a table ever has. */
  rowsOf(table: number): Units {
    return this.#rows[table]!
  }

  columnOf(table: number, column: number): Size {
    return this.#columns[table]![column]!
  }

  rowOf(table: number): Size {
    const { columns } = this.world.tables[table]!
    return { k: 'record', fields: new Map(columns.map(({ name, position }) => [name, this.columnOf(table, position)])) }
  }

  /** Whether some steps may write a column, or whole rows of its table. */
  isWritten(table: string, column: string): boolean {
    return this.written.has(`${table}.${column}`) || this.written.has(`${table}.*`)
  }

  /** Says that a column holds a value at the start. */
  begin(table: number, column: number, size: Size): void {
    const before = this.#base[table]![column]
    const after = before ? either(before, size) : size
    if (before && covers(before, after)) return
    this.#grew = true
    this.#base[table]![column] = this.#columns[table]![column] = after
  }

  /** Says that a value may be written to a column; `widen` gives up on one that has grown. */
  admit(table: number, column: number, size: Size, widen: boolean): void {
    const { name, columns } = this.world.tables[table]!
    const of = columns[column]!
    const before = this.columnOf(table, column)
    const after = either(before, admitted(size, of))
    if (covers(before, after)) return
    this.#grew = true
    if (!widen) {
      this.#columns[table]![column] = after
      return
    }
    const path = `tables.${name}.columns.${of.name}`
    const remedy = of.spec.type === 'string' ? `declare max_length on ${path}` : of.spec.type === 'json' ? `declare ${path} as a record, list or map with bounds, instead of json` : `declare max_items and max_length on ${path}`
    const grown = widened(before, after, [{ path, because: `${path} is written from what it held before and may grow with each call`, remedy }])
    this.#columns[table]![column] = either(this.#base[table]![column] ?? FLAT, admitted(grown, of))
  }

  /** Whether anything grew since this was asked last. */
  takeGrowth(): boolean {
    const grew = this.#grew
    this.#grew = false
    return grew
  }
}

/** Whether a value of one size fits into another. */
function covers(a: Size, b: Size): boolean {
  if (a === b) return true
  if (a.k === 'flat') return b.k === 'flat' && a.most >= b.most
  if (b.k === 'flat') return true
  if (a.k === 'text' && b.k === 'text') return a.chars >= b.chars
  if (a.k === 'list' && b.k === 'list') return a.items >= b.items && covers(a.of, b.of)
  if (a.k === 'map' && b.k === 'map') return a.items >= b.items && a.chars >= b.chars && covers(a.of, b.of)
  if (a.k === 'record' && b.k === 'record') return [...b.fields].every(([name, of]) => a.fields.has(name) && covers(a.fields.get(name)!, of))
  return a.k === 'json' && b.k === 'json' && a.weight >= b.weight
}

/** The parts of a size that grew, without a bound. */
function widened(a: Size, b: Size, why: readonly Unknown[]): Size {
  if (covers(a, b)) return a
  if (a.k === 'list' && b.k === 'list') return { k: 'list', items: b.items > a.items ? Infinity : a.items, of: widened(a.of, b.of, why), why: b.items > a.items ? why : a.why }
  if (a.k === 'map' && b.k === 'map') {
    const grew = b.items > a.items || b.chars > a.chars
    return { k: 'map', items: b.items > a.items ? Infinity : a.items, chars: b.chars > a.chars ? Infinity : a.chars, of: widened(a.of, b.of, why), why: grew ? why : a.why }
  }
  if (a.k === 'record' && b.k === 'record') return { k: 'record', fields: new Map([...b.fields].map(([name, of]) => [name, a.fields.has(name) ? widened(a.fields.get(name)!, of, why) : of])) }
  switch (b.k) {
    case 'flat': return FLAT
    case 'text': return { k: 'text', chars: Infinity, why: b.why ?? why }
    default: return { k: 'json', weight: Infinity, why: b.why ?? why }
  }
}
