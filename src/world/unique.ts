/** Columns in which no value occurs twice: how base rows draw them, and what a commit must not break. */
import { keyOf, type Key } from '../core/keyed.ts'
import { permutationOf, type Permutation } from '../core/permutation.ts'
import { POW10, textOf } from './json-value.ts'
import type { Guard } from './guard.ts'
import type { SettledTable } from './settle-table.ts'
import type { Site } from './site.ts'
import type { CompiledColumn, CompiledTable } from './table.ts'
import { isStructure } from './type.ts'

/** Values that a keyed permutation hands out must be this few. */
const MOST_VALUES = 2 ** 30

/** How many values a plain source of a column has; undefined where they cannot be counted. */
export function valueCount({ spec, choices }: Pick<CompiledColumn, 'spec' | 'choices'>): number | undefined {
  if (spec.value !== undefined) return undefined
  if (choices) return choices.length
  if (spec.type === 'bool') return 2
  if (spec.type !== 'int' && spec.type !== 'dec' && spec.type !== 'time') return undefined
  if (!spec.between) return 1
  const unit = spec.type === 'dec' ? POW10[spec.scale]! : 1
  return Math.round(spec.between[1] * unit) - Math.round(spec.between[0] * unit) + 1
}

/** Complains of a unique column that cannot be. */
export function checkUnique(column: CompiledColumn, table: SettledTable, slots: number, drawn: boolean, at: Site): void {
  const { spec, type } = column
  if (!spec.unique) return
  if (isStructure(type)) at.at('unique').complain('column', `a ${spec.type} is not compared`, { expected: 'a text, number, time, enum, ref or bool' })
  if (!drawn || column.name === table.key || spec.value !== undefined) return
  if ('weights' in spec && spec.weights) at.at('weights').complain('column', 'values that do not repeat have no weights')
  if (spec.type === 'ref') at.at('unique').complain('column', 'a drawn reference may repeat', { expected: 'value, or per with count [1, 1]' })
  const values = valueCount(column)
  if (values !== undefined && values < slots) at.at('unique').complain('column', `${slots} rows, but only ${values} values`, { expected: 'as many values as rows' })
  if (values !== undefined && values > MOST_VALUES) at.at('unique').complain('column', `more than ${MOST_VALUES} values to draw from`, { expected: 'a narrower range' })
}

const permutations = new WeakMap<Key, Permutation>()

/** Which of so many values the n-th row has; no two rows have the same. */
export function drawWithoutRepetition(key: Key, values: number, n: number): number {
  let permutation = permutations.get(key)
  if (!permutation) permutations.set(key, (permutation = permutationOf(keyOf(['unique'], key), values)))
  return permutation.forward(n)
}

/** Guards of all unique columns: a value that another row has is refused; looked up by index. */
export function compileUniques(tables: readonly CompiledTable[]): Guard[] {
  return tables.flatMap((table) => table.columns.filter(({ name, spec }) => spec.unique && name !== table.key).map((column): Guard => {
    const { name } = column
    const text = textOf(column.type)
    return {
      table: table.position,
      slots: 0,
      refuse({ row, old, key }, cx) {
        const value = row?.[name] ?? null
        if (value === null || old?.[name] === value) return undefined
        const other = cx.view.lookup(table.position, name, value).some((found) => found[table.key] !== key)
        return other ? { json: `${table.name} already has the ${name} ${text(value)}` } : undefined
      },
    }
  }))
}
