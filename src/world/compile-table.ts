/** Table documents to compiled tables: types, key rules, literal rows, and the expressions that fill columns. */
import type { Column } from '../../protocol/spec/column.ts'
import { nearest } from '../core/nearest.ts'
import { checkTable } from './check-table.ts'
import { BASE_SLOTS, type Row } from './evaluation.ts'
import { type Ast, parseExpression } from './expression/parse.ts'
import { declare, type Scope } from './expression/scope.ts'
import { SpecFault } from './fault.ts'
import { idFormat } from './id-format.ts'
import { decodeJson, POW10 } from './json-value.ts'
import type { SettledTable, SettledWorld } from './settle-table.ts'
import type { Site } from './site.ts'
import type { CompiledColumn, CompiledTable, SharedCells } from './table.ts'
import { BOOL, dec, INT, JSON_VALUE, nullable, STRING, TIME, type Type } from './type.ts'

function columnType(column: Column): Type {
  const type = presentType(column)
  return column.nullable ? nullable(type) : type
}

function presentType(column: Column): Type {
  switch (column.type) {
    case 'int': return INT
    case 'dec': return dec(column.scale)
    case 'bool': return BOOL
    case 'time': return TIME
    case 'enum': return { k: 'string', values: column.values }
    case 'json': return JSON_VALUE
    default: return STRING
  }
}

/** Compiles the shapes of all tables. */
export function compileTables(spec: SettledWorld, site: Site): CompiledTable[] {
  const names = Object.keys(spec.tables)
  return Object.entries(spec.tables).map(([name, table], position) => {
    const at = site.at('tables', name)
    checkTable(name, spec, at)
    const columns = Object.entries(table.columns).map(([column, of], i) => compileColumn(column, of, i, spec, names, at.at('columns', column)))
    const row = { k: 'record' as const, fields: new Map(columns.map((column) => [column.name, column.type])), table: name }
    const keyColumn = table.columns[table.key]
    const literal = table.rows && literalRows(table, columns, at.at('rows'))
    const idRule = keyColumn?.type === 'string' ? keyColumn.id : undefined
    const slots = slotsOf(table, spec, at, 0)
    const format = !idRule ? undefined : 'draw' in idRule ? idFormat(idRule.draw) : 'counter' in idRule ? idFormat(idRule.counter) : undefined
    if (format && idRule && 'draw' in idRule && slots > 10 ** format.digits) at.at('columns', table.key, 'id').complain('table', `${slots} rows, but only ${10 ** format.digits} keys`, { expected: 'more digits' })
    return {
      name, position, spec: table, row, key: table.key, columns,
      single: table.single ? 'one' as const : table.per_actor ? 'actor' as const : undefined,
      columnOf: new Map(columns.map((column) => [column.name, column])),
      idRule,
      format,
      scattered: idRule !== undefined && 'draw' in idRule,
      literal,
      literalRow: literal && new Map(literal.map((of, i) => [of[table.key] as string, i])),
      slots,
      parent: table.per ? Math.max(0, names.indexOf(table.per.table)) : undefined,
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

function compileColumn(name: string, spec: Column, position: number, world: SettledWorld, names: string[], at: Site): CompiledColumn {
  if (spec.type === 'ref' && !names.includes(spec.table)) at.at('table').complain('name', `unknown table '${spec.table}'`, { nearest: nearest(spec.table, names) })
  const type = columnType(spec)
  const pool = 'pick' in spec && spec.pick !== undefined ? (typeof spec.pick === 'string' ? (Object.hasOwn(world.lists, spec.pick) ? world.lists[spec.pick] : undefined) : spec.pick) : spec.type === 'enum' ? spec.values : undefined
  if ('pick' in spec && typeof spec.pick === 'string' && !pool) at.at('pick').complain('name', `no list '${spec.pick}'`, { nearest: nearest(spec.pick, Object.keys(world.lists)) })
  if (spec.null_share !== undefined && !spec.nullable) at.at('null_share').complain('column', 'null_share needs nullable: true')
  const weights = 'weights' in spec ? spec.weights : undefined
  if (weights && weights.length !== pool?.length) at.at('weights').complain('column', `${weights.length} weights for ${pool?.length ?? 0} choices`)
  if ('between' in spec && spec.between) {
    const unit = spec.type === 'dec' ? POW10[spec.scale]! : spec.type === 'time' ? 1000 : 1
    if (spec.between[0] > spec.between[1]) at.at('between').complain('column', 'the least is above the greatest')
    if (spec.between.some((bound) => !Number.isSafeInteger(Math.round(bound * unit)))) at.at('between').complain('column', 'the bounds leave the range of exact numbers')
  }
  let sum = 0
  return {
    name, position, type, spec,
    choices: pool?.map((choice, i) => decodeOr(type, choice, at.at('pick', i))),
    cumulative: weights?.map((weight) => (sum += weight)),
  }
}

function decodeOr(type: Type, value: unknown, at: Site): unknown {
  try {
    return decodeJson(type, value, 'value')
  } catch (error) {
    if (!(error instanceof SpecFault)) throw error
    at.complain('value', error.message)
    return null
  }
}

function literalRows(table: SettledTable, columns: readonly CompiledColumn[], at: Site): Row[] {
  const seen = new Set<unknown>()
  return table.rows!.map((literal, i) => {
    const row: Record<string, unknown> = {}
    for (const { name, type } of columns) row[name] = decodeOr(type, literal[name] ?? null, at.at(i, name))
    for (const name of Object.keys(literal)) if (!columns.some((column) => column.name === name)) at.at(i, name).complain('name', `no column '${name}'`, { key: true, nearest: nearest(name, columns.map((column) => column.name)) })
    if (seen.has(row[table.key])) at.at(i).complain('row', `key '${String(row[table.key])}' twice`)
    seen.add(row[table.key])
    return Object.freeze(row)
  })
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

/** Compiles the `value` expressions of columns, when all tables are known. */
export function fillExpressions(tables: CompiledTable[], scope: () => Scope, site: Site): void {
  for (const table of tables) {
    for (const column of table.columns as (CompiledColumn & { value?: unknown; shared?: SharedCells })[]) {
      if (column.spec.value === undefined) continue
      const at = table.spec.derive[column.name] ? site.at(table.name, 'derive', column.name) : site.at(table.name, 'columns', column.name, 'value')
      const withRow = declare(scope(), 'row', table.row)
      const withNumber = declare(withRow.scope, 'n', INT)
      column.value = at.expression(column.spec.value, withNumber.scope, column.type).run
      if (!table.literal && !table.spec.per && column.name !== table.key && column.spec.null_share === undefined && at.guard(() => readsOnly(parseExpression(column.spec.value!), 'n'))) column.shared = { cells: [], numbers: undefined }
      if (withNumber.scope.slots.used > BASE_SLOTS) at.complain('expression', 'too many names in one expression')
    }
  }
}
