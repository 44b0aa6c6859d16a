/** One table of a base world: which rows exist, their keys, their cells, and indexes built on first use. */
import { below, chance, keyOf, type Key } from '../core/keyed.ts'
import { permutationOf, type Permutation } from '../core/permutation.ts'
import type { BaseWorld } from './base-world.ts'
import { drawTarget, drawValue, type Surroundings } from './draw-value.ts'
import type { Row } from './evaluation.ts'
import { SpecFault } from './fault.ts'
import type { CellSource } from './lazy-row.ts'
import type { CompiledColumn, CompiledTable, SharedCells } from './table.ts'
import { indexKey } from './index-key.ts'

/** Tables of up to this many rows are searched without an index. */
const SCAN_ROWS = 512

/** Where a value stands; a plain pass over a small table leaves nothing to collect. */
function positionsOf(values: readonly unknown[] | Int32Array, wanted: unknown): number[] {
  const hits: number[] = []
  for (let n = 0; n < values.length; n++) if (values[n] === wanted) hits.push(n)
  return hits
}

/** A cell that is being computed: meeting it again means that columns depend on one another in a circle. */
const READING = Symbol('reading')

export class BaseTable implements CellSource, Surroundings {
  readonly #base: BaseWorld
  readonly #table: CompiledTable
  /** Literal rows that are there whole; of others, what they leave out is computed as in any base row. */
  readonly #literal: readonly Row[] | undefined
  readonly #columnKeys: (Key | undefined)[] = []
  #permutation: Permutation | undefined
  /** Cells by column, then row; a hole has not been read. Only of columns that were passed over whole, or of all once all rows were. */
  readonly #cells: unknown[][] = []
  /** Cells by row, then column, of rows that were read one by one: most episodes touch few rows. */
  readonly #rowCells = new Map<number, unknown[]>()
  /** For references: row numbers in the table referred to; 0 is unread, n + 1 is row n. */
  readonly #targets: (Int32Array | undefined)[] = []
  readonly #rows = new Map<number, Row>()
  /** Row numbers of keys that were asked for and exist. */
  readonly #numbers = new Map<string, number>()
  #list: readonly Row[] | undefined
  /** Columns of which all cells, and further on all targets, have been read. */
  readonly #complete: boolean[] = []
  #indexes: Map<number, Map<unknown, number[]>> | undefined
  #children: Uint16Array | undefined
  #decoyKey: Key | undefined
  readonly #uniques = new Map<number, readonly unknown[]>()

  constructor(base: BaseWorld, table: CompiledTable) {
    this.#base = base
    this.#table = table
    this.#literal = table.holes ? undefined : table.literal
  }

  /** How many row numbers there are; of a `per` table not each of them exists. */
  get slots(): number {
    return this.#table.slots
  }

  /** Whether a row number exists. */
  exists(n: number): boolean {
    const { slots, parent, spec } = this.#table
    if (n < 0 || n >= slots) return false
    if (parent === undefined) return true
    const most = spec.per!.count[1]
    const owner = Math.floor(n / most)
    return n - owner * most < this.#childCount(owner)
  }

  /** How many rows of a `per` table an owner has. */
  #childCount(owner: number): number {
    const { slots, parent, spec, name } = this.#table
    const [least, most] = spec.per!.count
    this.#children ??= new Uint16Array(slots / most)
    // Stored plus one: 0 is not computed yet.
    const known = this.#children[owner]!
    if (known > 0) return known - 1
    const count = this.#base.tables[parent!]!.exists(owner) ? least + below(keyOf(['children', name], this.#base.key), most - least + 1, owner) : 0
    this.#children[owner] = count + 1
    return count
  }

  /** The key of an existing row number. */
  keyAt(n: number): string {
    // Through the cells, so that all references to a row share one text.
    return this.#cellOf(this.#table.columnOf.get(this.#table.key)!, n) as string
  }

  /** The row number of a key, or undefined. */
  indexOf(key: string): number | undefined {
    if (this.#table.literalRow) return this.#table.literalRow.get(key)
    if (!this.#table.format) return this.#numbersWith(this.#table.columnOf.get(this.#table.key)!, key)[0]
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const n = this.#numberOf(key)
    if (n === undefined || !this.exists(n)) return undefined
    this.#numbers.set(key, n)
    return n
  }

  /** The number that a draw or counter rule made a key from; undefined for keys of another form. */
  #numberOf(key: string): number | undefined {
    const { format, scattered } = this.#table
    const number = format?.parse(key)
    if (number === undefined || !scattered) return number === undefined ? undefined : number - 1
    return number < 10 ** format!.digits ? this.#permute().inverse(number) : undefined
  }

  /**
   * Order of keys that are not in the base: those that a rule made in the order in which it makes them, then the others as text.
   * It depends on the keys alone, not on when rows were written.
   */
  compareInserted(a: string, b: string): number {
    const x = this.#numberOf(a) ?? Infinity
    const y = this.#numberOf(b) ?? Infinity
    return x === y ? (a < b ? -1 : a > b ? 1 : 0) : x - y
  }

  get(key: string): Row | undefined {
    const n = this.indexOf(key)
    return n === undefined ? undefined : this.#row(n)
  }

  /** All rows in row order. */
  rows(): readonly Row[] {
    if (this.#literal) return this.#literal
    if (this.#list) return this.#list
    const list: Row[] = []
    for (let n = 0; n < this.slots; n++) if (this.exists(n)) list.push(this.#row(n))
    this.#rowCells.clear()
    return (this.#list = list)
  }

  /** Rows whose column equals a value, in row order. */
  lookup(column: string, value: unknown): readonly Row[] {
    const { spec, parent, key } = this.#table
    if (column === key && typeof value === 'string') {
      const row = this.get(value)
      return row ? [row] : []
    }
    if (parent !== undefined && column === spec.per!.column) return typeof value !== 'string' ? [] : this.#childrenOf(value, parent)
    return this.#numbersWith(this.#table.columnOf.get(column)!, value ?? null).map((n) => this.#row(n))
  }

  /** The n-th row in an even, keyed order: visiting 0, 1, 2… is drawing without replacement. */
  shuffled(order: Key): { size: number; at(i: number): Row | undefined } {
    const size = this.slots
    const permutation = permutationOf(order, Math.max(1, size))
    return { size, at: (i) => { const n = permutation.forward(i); return this.exists(n) ? this.#rowAt(n) : undefined } }
  }

  read(position: number, n: number): unknown {
    const { shared } = this.#table.columns[position]!
    if (shared) return (shared.cells[n] ??= this.#compute(this.#table.columns[position]!, n))
    const byColumn = this.#list !== undefined || this.#complete[position] === true
    const cells = byColumn ? (this.#cells[position] ??= new Array(this.slots)) : this.#cellsOfRow(n)
    const at = byColumn ? n : position
    const known = cells[at]
    if (known !== undefined && known !== READING) return known
    const column = this.#table.columns[position]!
    if (known === READING) throw new SpecFault(`${this.#table.name}.${column.name} depends on itself`)
    cells[at] = READING
    try {
      return (cells[at] = this.#compute(column, n))
    } catch (error) {
      cells[at] = undefined
      throw error
    }
  }

  #cellsOfRow(n: number): unknown[] {
    let cells = this.#rowCells.get(n)
    if (!cells) this.#rowCells.set(n, (cells = new Array(this.#table.columns.length)))
    return cells
  }

  #compute(column: CompiledColumn, n: number): unknown {
    const given = this.#table.literal?.[n]
    if (given && Object.hasOwn(given, column.name)) return given[column.name]
    if (column.name === this.#table.key && this.#table.format) return this.#table.format.format(this.#number(n))
    if (column.spec.unique && (column.value ?? column.fake)) return this.#uniqueValues(column)[n]
    return this.#draw(column, n)
  }

  #draw(column: CompiledColumn, n: number): unknown {
    const model = this.#table.decoys?.same.has(column.name) ? this.#modelOf(n) : n
    if (model !== n) return this.#cellOf(column, model)
    if (this.#isPlainReference(column)) return this.#target(column)!.keyAt(this.#targetRow(column, this.#columnKey(column), n))
    return drawValue(column, this.#columnKey(column), n, 0, `${this.#table.name}.${column.name}`, this)
  }

  /** Whose columns a decoy repeats; the row itself when it is none. */
  #modelOf(n: number): number {
    const { share } = this.#table.decoys!
    const key = (this.#decoyKey ??= keyOf(['decoy', this.#table.name], this.#base.key))
    if (!chance(key, share, n)) return n
    const others = keyOf([n], key)
    for (let attempt = 0; attempt < 32; attempt++) {
      const model = below(others, this.slots, attempt)
      // A model is no decoy itself: nothing is repeated at second hand.
      if (model !== n && this.exists(model) && !chance(key, share, model)) return model
    }
    return n
  }

  /**
   * Values of all rows of a unique column that is computed or faked: drawn together, in row order.
   * @throws SpecFault for an expression that gives two rows the same
   */
  #uniqueValues(column: CompiledColumn): readonly unknown[] {
    const known = this.#uniques.get(column.position)
    if (known) return known
    const values: unknown[] = []
    const rows = new Map<unknown, number>()
    for (let n = 0; n < this.slots; n++) {
      if (!this.exists(n)) continue
      const value = this.#uniqueValue(column, n, rows)
      if (value !== null) rows.set(value, n)
      values[n] = value
    }
    this.#uniques.set(column.position, values)
    return values
  }

  #uniqueValue(column: CompiledColumn, n: number, rows: ReadonlyMap<unknown, number>): unknown {
    const value = this.#draw(column, n)
    if (value === null || !rows.has(value)) return value
    if (!column.fake) throw new SpecFault(`${this.#table.name}.${column.name} is unique, but rows ${rows.get(value)} and ${n} both have ${JSON.stringify(value)}`)
    // What repeats is drawn again, and in the end numbered.
    for (let attempt = 1; attempt <= 8; attempt++) {
      const again = column.fake(keyOf(['again', attempt], this.#columnKey(column)), n)
      if (!rows.has(again)) return again
    }
    const { spec } = column
    const most = (spec.type === 'string' && spec.max_length) || Infinity
    return `${String(value).slice(0, most - String(n).length - 1)} ${n}`
  }

  // What drawing a cell needs of the world around it.
  get epoch(): number {
    return this.#base.world.epoch
  }

  target(position: number): BaseTable {
    return this.#base.tables[position]!
  }

  evaluate(column: CompiledColumn, n: number, i: number, place: string): unknown {
    return this.#base.evaluate(column.value!, this.#row(n), n, i, place)
  }

  #isParentColumn(column: CompiledColumn): boolean {
    return this.#table.parent !== undefined && column.name === this.#table.spec.per!.column
  }

  #target(column: CompiledColumn): BaseTable | undefined {
    return column.target === undefined ? undefined : this.#base.tables[column.target]
  }

  /** Row number that a drawn reference points to. */
  #targetRow(column: CompiledColumn, key: Key, n: number): number {
    if (this.#isParentColumn(column)) return Math.floor(n / this.#table.spec.per!.count[1])
    const known = (this.#targets[column.position] ??= new Int32Array(this.slots))
    if (!known[n]) known[n] = drawTarget(column, key, n, this.#target(column)!) + 1
    return known[n]! - 1
  }

  #childrenOf(parentKey: string, parent: number): readonly Row[] {
    const owner = this.#base.tables[parent]!.indexOf(parentKey)
    return owner === undefined ? [] : this.#childNumbers(owner).map((n) => this.#row(n))
  }

  /** Row numbers of an owner's children: they come first in its range of numbers. */
  #childNumbers(owner: number): number[] {
    const from = owner * this.#table.spec.per!.count[1]
    return Array.from({ length: this.#childCount(owner) }, (_, i) => from + i)
  }

  #columnKey(column: CompiledColumn): Key {
    return (this.#columnKeys[column.position] ??= keyOf(['cell', this.#table.name, column.name], this.#base.key))
  }

  #permute(): Permutation {
    return (this.#permutation ??= permutationOf(keyOf(['id', this.#table.name], this.#base.key), 10 ** this.#table.format!.digits))
  }

  /** The number inside the id of the n-th row (base or inserted). */
  #number(n: number): number {
    return this.#table.scattered ? this.#permute().forward(n) : n + 1
  }

  /** The key that an inserted row gets by a draw or counter rule; `k` counts inserted rows from 0. */
  insertedKey(k: number): string | undefined {
    const n = this.slots + k
    if (!this.#table.format || (this.#table.scattered && n >= 10 ** this.#table.format.digits)) return undefined
    return this.#table.format.format(this.#number(n))
  }

  #rowAt(n: number): Row {
    return this.#literal ? this.#literal[n]! : this.#row(n)
  }

  #row(n: number): Row {
    if (this.#literal) return this.#literal[n]!
    let row = this.#rows.get(n)
    if (!row) this.#rows.set(n, (row = this.#base.world.makeRow(this.#table.position, this, n, this.#list ? undefined : this.#cellsOfRow(n))))
    return row
  }

  /** Whether a plain draw decides a reference, so that rows can be compared without making keys. */
  #isPlainReference({ name, spec, value }: CompiledColumn): boolean {
    return spec.type === 'ref' && !value && spec.null_share === undefined && !this.#table.literal && !this.#table.decoys?.same.has(name)
  }

  /** Row numbers of a column's value, in order. */
  #numbersWith(column: CompiledColumn, value: unknown): readonly number[] {
    if (column.shared) return this.#sharedNumbers(column, column.shared).get(indexKey(value)) ?? []
    if (this.#isPlainReference(column)) {
      const wanted = typeof value === 'string' ? this.#target(column)!.indexOf(value) : undefined
      if (wanted === undefined) return []
      if (this.#isParentColumn(column)) return this.#childNumbers(wanted)
      if (this.slots > SCAN_ROWS) return this.#indexOn(column, (n) => this.#targetRow(column, this.#columnKey(column), n)).get(wanted) ?? []
      return positionsOf(this.#allTargets(column), wanted + 1)
    }
    if (this.slots > SCAN_ROWS) return this.#indexOn(column, (n) => this.#cellOf(column, n)).get(indexKey(value)) ?? []
    return positionsOf(this.#allCells(column), value)
  }

  #sharedNumbers(column: CompiledColumn, shared: SharedCells): ReadonlyMap<unknown, number[]> {
    if (!shared.numbers) {
      shared.numbers = new Map()
      for (let n = 0; n < this.slots; n++) {
        const value = indexKey(this.read(column.position, n))
        const bucket = shared.numbers.get(value)
        if (bucket) bucket.push(n)
        else shared.numbers.set(value, [n])
      }
    }
    return shared.numbers
  }

  /** Cells of all rows; rows that do not exist are holes. */
  #allCells(column: CompiledColumn): readonly unknown[] {
    const literal = this.#literal
    if (literal) return (this.#cells[column.position] ??= literal.map((row) => row[column.name] ?? null))
    if (!this.#complete[column.position]) {
      this.#complete[column.position] = true
      try {
        for (let n = 0; n < this.slots; n++) if (this.exists(n)) this.read(column.position, n)
      } catch (error) {
        this.#complete[column.position] = false
        throw error
      }
    }
    return this.#cells[column.position] ?? []
  }

  /** Targets of all rows of a reference, plus one; 0 where the row does not exist. */
  #allTargets(column: CompiledColumn): Int32Array {
    if (!this.#complete[column.position + this.#table.columns.length]) {
      const key = this.#columnKey(column)
      for (let n = 0; n < this.slots; n++) if (this.exists(n)) this.#targetRow(column, key, n)
      this.#complete[column.position + this.#table.columns.length] = true
    }
    return this.#targets[column.position] ?? new Int32Array(0)
  }

  #indexOn(column: CompiledColumn, valueOf: (n: number) => unknown): Map<unknown, number[]> {
    this.#indexes ??= new Map()
    let index = this.#indexes.get(column.position)
    if (index) return index
    index = new Map()
    for (let n = 0; n < this.slots; n++) {
      if (!this.exists(n)) continue
      const value = indexKey(valueOf(n))
      const bucket = index.get(value)
      if (bucket) bucket.push(n)
      else index.set(value, [n])
    }
    this.#indexes.set(column.position, index)
    return index
  }

  #cellOf(column: CompiledColumn, n: number): unknown {
    return this.#literal ? this.#literal[n]![column.name] ?? null : this.read(column.position, n)
  }
}
