/** What must hold of a table before its rows can be made. */
import type { Column } from '../../protocol/spec/column.ts'
import { nearest } from '../core/nearest.ts'
import { partsOf } from './column-type.ts'
import type { SettledTable, SettledWorld } from './settle-table.ts'
import type { Site } from './site.ts'

/** Whether a table starts with rows that are made by seed. */
export function hasBaseRows(table: SettledTable): boolean {
  return !table.rows && ((table.count ?? 0) > 0 || table.per !== undefined)
}

function isEmpty(table: SettledTable | undefined): boolean {
  return table !== undefined && !hasBaseRows(table) && !table.rows?.length
}

/** Complains about a table's source of rows, its key and its columns. */
export function checkTable(name: string, world: SettledWorld, at: Site): void {
  const table = world.tables[name]!
  const sources = [table.count, table.per, table.rows].filter((source) => source !== undefined)
  if (sources.length > 1) at.complain('table', 'only one of count, per and rows', { expected: 'one source of rows' })
  checkKey(table, at)
  if (table.per) checkPer(table, table.per, world, at.at('per'))
  for (const [column, of] of Object.entries(table.columns)) checkColumn(column, of, table, world, at.at('columns', column))
  if (table.decoys) checkDecoys(table, at.at('decoys'))
  for (const column of table.tree ? [table.tree.parent, table.tree.name] : []) {
    if (!table.columns[column]) at.at('tree').complain('name', `no column '${column}'`, { nearest: nearest(column, Object.keys(table.columns)) })
  }
}

function checkDecoys(table: SettledTable, at: Site): void {
  if (!hasBaseRows(table)) at.complain('table', 'only base rows have decoys', { expected: 'count or per' })
  table.decoys!.same.forEach((name, i) => {
    const column = table.columns[name]
    const place = at.at('same', i)
    if (!column) place.complain('name', `no column '${name}'`, { nearest: nearest(name, Object.keys(table.columns)), expected: Object.keys(table.columns).join(', ') })
    else if (name === table.key || column.unique || name === table.per?.column) place.complain('table', `'${name}' cannot be the same in two rows`, { expected: 'a column that may repeat' })
  })
}

function checkKey(table: SettledTable, at: Site): void {
  const key = table.columns[table.key]
  if (!table.key) at.complain('missing', 'key is missing', { expected: 'the column that identifies a row, or single: true' })
  else if (!key) at.at('key').complain('name', `no column '${table.key}'`, { nearest: nearest(table.key, Object.keys(table.columns)) })
  else if (key.type !== 'string' && key.type !== 'ref') at.at('key').complain('table', 'a key is a string', { expected: 'type: string' })
  else if (key.nullable) at.at('key').complain('table', 'a key is never null')
  else if (hasBaseRows(table) && key.value === undefined) {
    const made = key.type === 'string' ? key.id !== undefined && ('draw' in key.id || 'counter' in key.id) : table.per?.column === table.key && table.per.count[1] === 1
    if (!made) at.at('columns', table.key).complain('table', 'base rows need keys', { expected: 'id: {draw: …}, id: {counter: …} or value' })
  }
}

function checkPer(table: SettledTable, per: NonNullable<SettledTable['per']>, world: SettledWorld, at: Site): void {
  const names = Object.keys(world.tables)
  if (!names.includes(per.table)) at.at('table').complain('name', `unknown table '${per.table}'`, { nearest: nearest(per.table, names) })
  const column = table.columns[per.column]
  if (column?.type !== 'ref' || column.table !== per.table) at.at('column').complain('table', `'${per.column}' is no reference to ${per.table}`, { expected: `{type: ref, table: ${per.table}}` })
  else if (column.value !== undefined || column.null_share !== undefined) at.at('column').complain('table', `'${per.column}' is filled with the parent`, { expected: 'a reference without value and null_share' })
  if (per.count[0] > per.count[1]) at.at('count').complain('table', 'the least is above the greatest')
}

function checkColumn(name: string, column: Column, table: SettledTable, world: SettledWorld, at: Site): void {
  const id = column.type === 'string' ? column.id : undefined
  if (id && name !== table.key) at.at('id').complain('column', 'only the key has an id rule', { expected: `the column '${table.key}'` })
  if (id && ('draw' in id || 'counter' in id) && column.value !== undefined) at.complain('column', 'only one of id and value')
  if (id && 'hash' in id) {
    id.hash.forEach((of, i) => {
      if (!Object.hasOwn(table.columns, of)) at.at('id', 'hash', i).complain('name', `no column '${of}'`, { nearest: nearest(of, Object.keys(table.columns)) })
    })
  }
  for (const [path, , part] of partsOf(column)) checkPart(part, at.at(...path))
  if (hasBaseRows(table)) checkDrawn(column, name === table.key, world, at)
}

/** What only a column of a table has. */
function checkPart(part: Column, at: Site): void {
  if (part.type === 'string' && part.id) at.at('id').complain('column', 'only the key has an id rule')
  for (const word of ['unique', 'default'] as const) if (part[word] !== undefined) at.at(word).complain('column', `only a column of a table has ${word}`)
  for (const [path, , inner] of partsOf(part)) checkPart(inner, at.at(...path))
}

/** Whether base rows can be drawn: every text and reference has a source. */
function checkDrawn(column: Column, key: boolean, world: SettledWorld, at: Site): void {
  if (column.value !== undefined || column.null_share === 1) return
  if (column.type === 'string' && !key && column.pick === undefined && column.faker === undefined && !column.nullable) at.complain('column', 'base rows need a text', { expected: 'value, pick, faker or nullable: true' })
  if (column.type === 'ref' && isEmpty(world.tables[column.table])) at.at('table').complain('column', `${column.table} has no rows to refer to`, { expected: 'a table with rows, value, or null_share: 1' })
  if (column.type === 'record' || (column.type === 'list' && (column.size?.[1] ?? 0) > 0)) {
    for (const [path, , part] of partsOf(column)) checkDrawn(part, false, world, at.at(...path))
  }
}
