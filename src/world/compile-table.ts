/** Table documents to compiled tables: types, key rules, literal rows, and the expressions that fill columns. */
import { checkTable, hasBaseRows } from './check-table.ts'
import { partsOf } from './column-type.ts'
import { compileColumn } from './compile-column.ts'
import { BASE_SLOTS } from './evaluation.ts'
import { type Ast, parseExpression } from './expression/parse.ts'
import { declare, type Scope } from './expression/scope.ts'
import { idFormat } from './id-format.ts'
import { BY_VALUE, literalShape, readLiteralRows } from './literal-rows.ts'
import type { SettledTable, SettledWorld } from './settle-table.ts'
import type { Site } from './site.ts'
import type { CompiledColumn, CompiledTable, SharedCells } from './table.ts'
import { INT } from './type.ts'
import { checkUnique } from './unique.ts'

/** Compiles the shapes of all tables. */
export function compileTables(spec: SettledWorld, site: Site): CompiledTable[] {
  const names = Object.keys(spec.tables)
  return Object.entries(spec.tables).map(([name, table], position) => {
    const at = site.at('tables', name)
    checkTable(name, spec, at)
    const columns = Object.entries(table.columns).map(([column, of], i) => compileColumn(column, of, i, `${name}.${column}`, spec, at.at('columns', column)))
    const row = { k: 'record' as const, fields: new Map(columns.map((column) => [column.name, column.type])), table: name }
    const keyColumn = table.columns[table.key]
    const literal = table.rows && readLiteralRows(table.rows, table.key, columns, BY_VALUE, at.at('rows'))
    const idRule = keyColumn?.type === 'string' ? keyColumn.id : undefined
    const slots = slotsOf(table, spec, at, 0)
    const format = !idRule ? undefined : 'draw' in idRule ? idFormat(idRule.draw) : 'counter' in idRule ? idFormat(idRule.counter) : undefined
    for (const column of columns) checkUnique(column, table, slots, hasBaseRows(table), at.at('columns', column.name))
    if (format && idRule && 'draw' in idRule && slots > 10 ** format.digits) at.at('columns', table.key, 'id').complain('table', `${slots} rows, but only ${10 ** format.digits} keys`, { expected: 'more digits' })
    return {
      name, position, spec: table, row, key: table.key, columns,
      single: table.single ? 'one' as const : table.per_actor ? 'actor' as const : undefined,
      stores: columns.flatMap(({ name: of, store }) => (store ? [{ name: of, store }] : [])),
      columnOf: new Map(columns.map((column) => [column.name, column])),
      idRule,
      format,
      scattered: idRule !== undefined && 'draw' in idRule,
      slots,
      parent: table.per ? Math.max(0, names.indexOf(table.per.table)) : undefined,
      decoys: table.decoys && { share: table.decoys.share, same: new Set(table.decoys.same) },
      ...literalShape(literal, table.key, columns),
    }
  })
}

/** The most base rows that one table may have. */
const MAX_SLOTS = 10_000_000

function slotsOf(table: SettledTable, world: SettledWorld, at: Site, depth: number): number {
  if (table.rows) return table.rows.length
  if (!table.per) return table.count ?? 0
  const parent = world.tables[table.per.table]
  if (depth > 8 || !parent) {
    if (parent) at.at('per').complain('table', 'rows per row per row… without an end', { expected: 'a table with count or rows at the top' })
    return 0
  }
  const slots = slotsOf(parent, world, at, depth + 1) * table.per.count[1]
  if (slots > MAX_SLOTS && depth === 0) at.at('per').complain('table', `more than ${MAX_SLOTS} base rows`)
  return slots
}

/** Whether an expression mentions no name but one, and calls nothing that depends on more than its values. */
function readsOnly(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.every((item) => readsOnly(item, name))
  if (node === null || typeof node !== 'object') return true
  const { op, args } = node as Ast
  if (op === 'value') return true
  if (op === 'id') return args === name
  if (op === 'call' && !SEEDLESS_CALLS.has(args[0])) return false
  return readsOnly(args, name)
}

const SEEDLESS_CALLS: ReadonlySet<string> = new Set(['div', 'mod', 'min', 'max', 'abs', 'string', 'round', 'ratio', 'usd', 'time', 'to_int', 'to_dec', 'size'])

type Filling = CompiledColumn & { value?: unknown; fallback?: unknown; shared?: SharedCells }

/** Compiles the `value` expressions of columns, when all tables are known. */
export function fillExpressions(tables: CompiledTable[], scope: () => Scope, site: Site): void {
  for (const table of tables) {
    for (const column of table.columns as Filling[]) {
      const derived = table.spec.derive[column.name] !== undefined
      const at = derived ? site.at(table.name, 'derive', column.name) : site.at(table.name, 'columns', column.name)
      fillColumn(column, table, scope, false, at)
      fillDefault(column, scope, at.at('default'))
      const { value, null_share } = column.spec
      if (value === undefined || table.literal || table.spec.per || column.name === table.key || null_share !== undefined || column.spec.unique || table.decoys) continue
      if (at.at('value').guard(() => readsOnly(parseExpression(value), 'n'))) column.shared = { cells: [], numbers: undefined }
    }
  }
}

function fillColumn(column: Filling, table: CompiledTable, scope: () => Scope, inList: boolean, site: Site): void {
  const { spec } = column
  partsOf(spec).forEach(([path], i) => fillColumn(column.parts[i]!, table, scope, inList || spec.type === 'list', site.at(...path)))
  if (spec.value === undefined) return
  const at = site.at('value')
  let inner = declare(declare(scope(), 'row', table.row).scope, 'n', INT).scope
  if (inList) inner = declare(inner, 'i', INT).scope
  column.value = at.expression(spec.value, inner, column.type).run
  if (inner.slots.used > BASE_SLOTS) at.complain('expression', 'too many names in one expression')
}

function fillDefault(column: Filling, scope: () => Scope, at: Site): void {
  if (column.spec.default === undefined) return
  const inner = scope()
  const { run } = at.expression(column.spec.default, inner, column.type)
  column.fallback = { run, slots: inner.slots.used }
}
