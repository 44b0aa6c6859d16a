/** Sizes of the cells that rows have at the start. */
import { ExpressionError, declare } from '../expression/scope.ts'
import type { CompiledColumn, CompiledTable } from '../table.ts'
import { INT } from '../type.ts'
import { baseSize } from './input-size.ts'
import { FLAT, flatUpTo, type Size } from './size.ts'
import { weighSource } from './weigh-expression.ts'
import type { WorldSize } from './world-size.ts'

/** Columns are computed from one another, not in circles: so many rounds reach the last of them. */
const MOST_ROUNDS = 40

/** Tells what is known of the world the sizes of all base cells. */
export function weighBase(known: WorldSize): void {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    for (const table of known.world.tables) {
      for (const column of table.columns) {
        known.begin(table.position, column.position, baseSize(column, table, (of) => valueSize(of, table, known), (target) => keysOf(target, known)))
      }
    }
    if (!known.takeGrowth()) return
  }
}

function keysOf(target: number, known: WorldSize): Size {
  const table = known.world.tables[target]
  const key = table?.columnOf.get(table.key)
  return key ? known.columnOf(target, key.position) : FLAT
}

function valueSize(column: CompiledColumn, table: CompiledTable, known: WorldSize): Size {
  const scope = known.world.scope()
  const notes = (scope.slots.notes = new Map())
  const sizes: Size[] = []
  const row = declare(scope, 'row', table.row)
  const n = declare(row.scope, 'n', INT)
  const i = declare(n.scope, 'i', INT)
  sizes[row.slot] = known.rowOf(table.position)
  sizes[n.slot] = flatUpTo(table.slots)
  sizes[i.slot] = flatUpTo(1000)
  try {
    return weighSource(column.spec.value!, i.scope, { known, notes, sizes }, column.type).size
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    const path = `tables.${table.name}.columns.${column.name}`
    return { k: 'text', chars: Infinity, why: [{ path, because: `${path} could not be weighed: ${error.message}`, remedy: 'a simpler value' }] }
  }
}
