/** Keys of inserted rows by the table's id rule. */
import { keyOf, word } from '../core/keyed.ts'
import { charge } from './evaluation.ts'
import { Refused, SpecFault } from './fault.ts'
import type { CallEvaluation } from './step.ts'
import type { CompiledTable } from './table.ts'

/** Makes the key of a new row, or gives undefined when none is left. */
export type MakeKey = (cx: CallEvaluation, row: Record<string, unknown>) => string | undefined

/** Compiles the id rule of a table. */
export function compileKeyRule(table: CompiledTable): MakeKey {
  const rule = table.idRule
  const { position } = table
  if (!rule) return (_cx, row) => keyOfRow(table, row)
  if ('hash' in rule) {
    return (_cx, row) => {
      const key = keyOf([table.name, ...rule.hash.map((name) => JSON.stringify(row[name] ?? null))])
      return (rule.prefix ?? '') + [0, 1].map((i) => word(key, i).toString(16).padStart(8, '0')).join('')
    }
  }
  if ('queue' in rule) return (cx) => rule.queue[cx.tx.takeNumber(position)]
  if ('first_free' in rule) {
    return (cx) => rule.first_free.find((key) => {
      charge(cx, 1)
      return !cx.tx.get(position, key)
    })
  }
  return (cx) => {
    // Rows that were inserted with a key of their own may already hold the next number.
    for (;;) {
      const key = cx.tx.base.tables[position]!.insertedKey(cx.tx.takeNumber(position))
      if (key === undefined || !cx.tx.get(position, key)) return key
    }
  }
}

/** Rows are found by their keys again and again, at one unit each. */
const LONGEST_KEY = 4000

/**
 * The key that a row states itself.
 * @throws Refused for one that is too long
 */
export function keyOfRow(table: CompiledTable, row: Record<string, unknown>): string {
  const key = row[table.key]
  if (typeof key !== 'string' || key === '') throw new SpecFault(`a row of ${table.name} without a key`)
  if (key.length > LONGEST_KEY) throw new Refused(`a key of ${table.name} has at most ${LONGEST_KEY} characters`)
  return key
}
