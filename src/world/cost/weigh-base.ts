/** Sizes of the cells that rows have at the start. */
import { ExpressionError, declare } from '../expression/scope.ts'
import type { CompiledWorld } from '../compiled-world.ts'
import { CALL_UNITS } from '../evaluation.ts'
import type { CompiledColumn, CompiledTable } from '../table.ts'
import { INT } from '../type.ts'
import { baseSize } from './input-size.ts'
import { FLAT, flatUpTo, type Size } from './size.ts'
import { weighSource } from './weigh-expression.ts'
import { unitsOf } from './units.ts'
import { WorldSize } from './world-size.ts'

/** Columns are computed from one another, not in circles: so many rounds reach the last of them. */
const MOST_ROUNDS = 40

/** Tells what is known of the world the sizes of all base cells. */
export function weighBase(known: WorldSize): void {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    for (const table of known.world.tables) {
      for (const column of table.columns) {
        known.begin(table.position, column.position, baseSize(column, table, (of) => weighValue(of, table, known).size, (target) => keysOf(target, known)))
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

/** What one cell with a `value` can cost and how large it can be. */
function weighValue(column: CompiledColumn, table: CompiledTable, known: WorldSize): { readonly units: number; readonly size: Size } {
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
    const { units, size } = weighSource(column.spec.value!, i.scope, { known, notes, sizes }, column.type)
    return { units: units.n, size }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    const path = `tables.${table.name}.columns.${column.name}`
    return { units: Infinity, size: { k: 'text', chars: Infinity, why: [{ path, because: `${path} could not be weighed: ${error.message}`, remedy: 'a simpler value' }] } }
  }
}

/** A column whose cells are computed, and what all of its cells can cost together. */
export type ColumnCost = { readonly path: string; readonly cells: number; readonly units: number }

/**
 * What the computed cells of a base world can cost, the dearest columns first. A cell runs under a meter of its own
 * when something first reads it, so a call pays little for it; it is the whole of a world that has to be bounded.
 */
export function baseCostOf(world: CompiledWorld): ColumnCost[] {
  const known = new WorldSize(world, new Set(), (table) => unitsOf(table.slots))
  weighBase(known)
  const columns = world.tables.flatMap((table) => (table.literal ? [] : table.columns.filter((column) => column.spec.value !== undefined).map((column): ColumnCost => {
    // A cell that would cost more than its meter is a fault, not a cost.
    const each = Math.min(weighValue(column, table, known).units, CALL_UNITS)
    return { path: `tables.${table.name}.columns.${column.name}.value`, cells: table.slots, units: each * table.slots }
  })))
  return columns.sort((a, b) => b.units - a.units || (a.path < b.path ? -1 : 1))
}
