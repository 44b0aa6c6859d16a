/** One table of a base world: which rows exist, their keys, their cells, and indexes built on first use. */
import { below, chance, keyOf, type Key, weighted, word } from '../core/keyed.ts'
import { permutationOf, type Permutation } from '../core/permutation.ts'
import { exp, log } from '../core/portable-math.ts'
import type { BaseWorld } from './base-world.ts'
import type { Row } from './evaluation.ts'
import { SpecFault } from './fault.ts'
import { idFormat, type IdFormat } from './id-format.ts'
import { POW10 } from './json-value.ts'
import type { CellSource } from './lazy-row.ts'
import type { CompiledColumn, CompiledTable } from './table.ts'

/** The largest row number that index 1 of a key is not used for: null draws live beyond it. */
const NULL_DRAW = 0x40000000
const SKEW_DRAW = 0x20000000

export class BaseTable implements CellSource {
  readonly #base: BaseWorld
  readonly #table: CompiledTable
  readonly #format: IdFormat | undefined
  readonly #columnKeys: (Key | undefined)[] = []
  #permutation: Permutation | undefined
  #rowCache: (Row | undefined)[] | undefined
  #list: readonly Row[] | undefined
  #indexes: Map<string, Map<unknown, Row[]>> | undefined
  #children: Key | undefined

  constructor(base: BaseWorld, table: CompiledTable) {
    this.#base = base
    this.#table = table
    const rule = table.idRule
    this.#format = !table.literal && rule && ('draw' in rule ? idFormat(rule.draw) : 'counter' in rule ? idFormat(rule.counter) : undefined) || undefined
  }

  /** How many row numbers there are; of a `per` table not each of them exists. */
  get slots(): number {
    const { literal, spec, parent } = this.#table
    if (literal) return literal.length
    if (parent !== undefined) return this.#base.tables[parent]!.slots * spec.per!.count[1]
    return spec.count ?? 0
  }

  /** Whether a row number exists. */
  exists(n: number): boolean {
    const { spec, parent } = this.#table
    if (n < 0 || n >= this.slots) return false
    if (parent === undefined) return true
    const [least, most] = spec.per!.count
    const owner = Math.floor(n / most)
    this.#children ??= keyOf(['children', this.#table.name], this.#base.key)
    return n % most < least + below(this.#children, most - least + 1, owner) && this.#base.tables[parent]!.exists(owner)
  }

  /** The key of an existing row number. */
  keyAt(n: number): string {
    if (this.#format) return this.#format.format(this.#number(n))
    return this.#row(n)[this.#table.key] as string
  }

  /** The row number of a key, or undefined. */
  indexOf(key: string): number | undefined {
    if (this.#format) {
      const number = this.#format.parse(key)
      if (number === undefined) return undefined
      const n = this.#scattered() ? (number < 10 ** this.#format.digits ? this.#permute().inverse(number) : -1) : number - 1
      return this.exists(n) ? n : undefined
    }
    const row = this.#index(this.#table.key).get(key)?.[0]
    return row === undefined ? undefined : this.#order(row)
  }

  get(key: string): Row | undefined {
    if (!this.#format) return this.#index(this.#table.key).get(key)?.[0]
    const n = this.indexOf(key)
    return n === undefined ? undefined : this.#row(n)
  }

  /** All rows in row order. */
  rows(): readonly Row[] {
    if (this.#table.literal) return this.#table.literal
    if (this.#list) return this.#list
    const list: Row[] = []
    for (let n = 0; n < this.slots; n++) if (this.exists(n)) list.push(this.#row(n))
    return (this.#list = list)
  }

  /** Rows whose column equals a value, in row order. */
  lookup(column: string, value: unknown): readonly Row[] {
    const { spec, parent, key } = this.#table
    if (column === key && typeof value === 'string') {
      const row = this.get(value)
      return row ? [row] : []
    }
    if (parent !== undefined && column === spec.per!.column) return this.#childrenOf(value as string, parent, spec.per!.count[1])
    return this.#index(column).get(value ?? null) ?? []
  }

  /** The n-th row in an even, keyed order: visiting 0, 1, 2… is drawing without replacement. */
  shuffled(order: Key): { size: number; at(i: number): Row | undefined } {
    const size = this.slots
    const permutation = permutationOf(order, Math.max(1, size))
    return { size, at: (i) => { const n = permutation.forward(i); return this.exists(n) ? this.#rowAt(n) : undefined } }
  }

  cell(position: number, n: number): unknown {
    const column = this.#table.columns[position]!
    const key = this.#columnKey(column)
    const { spec } = column
    if (column.name === this.#table.key && this.#format) return this.#format.format(this.#number(n))
    if (spec.null_share !== undefined && chance(key, spec.null_share, NULL_DRAW + n)) return null
    if (column.value) return this.#base.evaluate(column.value, this.#row(n), n, `${this.#table.name}.${column.name}`)
    if (column.choices) return column.cumulative ? column.choices[weighted(key, column.cumulative, n)] : column.choices[below(key, column.choices.length, n)]
    return this.#drawCell(column, key, n)
  }

  /** Forgets what was computed. */
  cool(): void {
    this.#rowCache = this.#list = this.#indexes = this.#permutation = undefined
  }

  #drawCell(column: CompiledColumn, key: Key, n: number): unknown {
    const { spec } = column
    switch (spec.type) {
      case 'bool': return chance(key, spec.chance ?? 0.5, n)
      case 'ref': return this.#drawReference(spec.table, spec.skew ?? 0, key, n)
      case 'int': case 'dec': case 'time': {
        if (!spec.between) return spec.nullable ? null : 0
        const [least, most] = spec.between
        if (spec.type === 'time') return this.#base.world.epoch + (least + below(key, most - least + 1, n)) * 1000
        const unit = spec.type === 'dec' ? POW10[spec.scale]! : 1
        const lo = Math.round(least * unit)
        return lo + below(key, Math.round(most * unit) - lo + 1, n)
      }
      default: return null
    }
  }

  #drawReference(tableName: string, skew: number, key: Key, n: number): string {
    const { parent, spec } = this.#table
    if (parent !== undefined && spec.per!.table === tableName && this.#columnKeys[this.#table.columnOf.get(spec.per!.column)!.position] === key) {
      return this.#base.tables[parent]!.keyAt(Math.floor(n / spec.per!.count[1]))
    }
    const target = this.#base.tables[this.#base.world.positionOf(tableName)]!
    for (let attempt = 0; attempt < 64; attempt++) {
      const from = attempt === 0 ? key : keyOf([attempt], key)
      const u = (word(from, skew ? SKEW_DRAW + n : n) + 0.5) / 4294967296
      const at = Math.floor((skew ? exp((1 + skew) * log(u)) : u) * target.slots)
      if (target.exists(at)) return target.keyAt(at)
    }
    throw new SpecFault(`${this.#table.name}: no row of ${tableName} to refer to`)
  }

  #childrenOf(parentKey: string, parent: number, most: number): readonly Row[] {
    const owner = this.#base.tables[parent]!.indexOf(parentKey)
    if (owner === undefined) return []
    const rows: Row[] = []
    for (let n = owner * most; this.exists(n) && n < (owner + 1) * most; n++) rows.push(this.#row(n))
    return rows
  }

  #columnKey(column: CompiledColumn): Key {
    return (this.#columnKeys[column.position] ??= keyOf(['cell', this.#table.name, column.name], this.#base.key))
  }

  #scattered(): boolean {
    return this.#table.idRule !== undefined && 'draw' in this.#table.idRule
  }

  #permute(): Permutation {
    return (this.#permutation ??= permutationOf(keyOf(['id', this.#table.name], this.#base.key), 10 ** this.#format!.digits))
  }

  /** The number inside the id of the n-th row (base or inserted). */
  #number(n: number): number {
    return this.#scattered() ? this.#permute().forward(n) : n + 1
  }

  /** The key that an inserted row gets by a draw or counter rule; `k` counts inserted rows from 0. */
  insertedKey(k: number): string | undefined {
    const n = this.slots + k
    if (!this.#format || (this.#scattered() && n >= 10 ** this.#format.digits)) return undefined
    return this.#format.format(this.#number(n))
  }

  #rowAt(n: number): Row {
    return this.#table.literal ? this.#table.literal[n]! : this.#row(n)
  }

  #row(n: number): Row {
    if (this.#table.literal) return this.#table.literal[n]!
    this.#rowCache ??= new Array(this.slots)
    return (this.#rowCache[n] ??= this.#base.world.makeRow(this.#table.position, this, n))
  }

  #order(row: Row): number {
    return this.#table.literal ? this.#table.literal.indexOf(row) : this.#rowCache!.indexOf(row)
  }

  #index(column: string): Map<unknown, Row[]> {
    this.#indexes ??= new Map()
    let index = this.#indexes.get(column)
    if (!index) {
      index = new Map()
      for (const row of this.rows()) {
        const value = row[column] ?? null
        const bucket = index.get(value)
        if (bucket) bucket.push(row)
        else index.set(value, [row])
      }
      this.#indexes.set(column, index)
    }
    return index
  }
}
