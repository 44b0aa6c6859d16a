/** Steps that write: set, insert, delete, copy_tree, patch. */
import type { CelTree } from '../../protocol/spec/notation.ts'
import type { StepOf } from '../../protocol/spec/step.ts'
import { nearest } from '../core/nearest.ts'
import { compileTree } from './cel-tree.ts'
import { charge, type Row } from './evaluation.ts'
import { convert } from './expression/conversion.ts'
import { declare, type Run, type Scope } from './expression/scope.ts'
import { SpecFault } from './fault.ts'
import { compileKeyRule, keyOfRow } from './id-rule.ts'
import { copyRow } from './lazy-row.ts'
import { measure } from './measure.ts'
import { compilePlace, type Place } from './place.ts'
import { writeInside } from './place-inside.ts'
import { Site } from './site.ts'
import type { CallEvaluation, StepEnvironment, StepRun } from './step.ts'
import { compileFailure } from './step.ts'
import type { CompiledTable } from './table.ts'
import { isStructure, STRING, type Type } from './type.ts'

const nothing: StepRun = () => undefined

/** All right-hand sides first, then the writes. */
export function compileSet(set: Record<string, CelTree>, scope: Scope, environment: StepEnvironment, site: Site): StepRun {
  const writes: { place: Place; value: Run }[] = []
  for (const [path, tree] of Object.entries(set)) {
    const at = site.at(path)
    const place = at.key().guard(() => compilePlace(path, scope, environment.tableOf))
    if (!place) continue
    if (!place.column) {
      at.key().complain('place', `'${path}' is a whole row`, { expected: 'table[key].column' })
      continue
    }
    if (place.column.name === place.table.key) at.key().complain('place', 'a key cannot be set')
    writes.push({ place, value: compileTree(tree, scope, at, place.type).run })
  }
  if (writes.length === 1) {
    const { place, value } = writes[0]!
    return (cx) => writePlace(cx, place, place.key(cx) as string, value(cx))
  }
  return (cx) => {
    const values = writes.map(({ place, value }) => ({ key: place.key(cx) as string, value: value(cx) }))
    writes.forEach(({ place }, i) => writePlace(cx, place, values[i]!.key, values[i]!.value))
    return undefined
  }
}

function writePlace(cx: CallEvaluation, place: Place, key: string, value: unknown): undefined {
  charge(cx, 2)
  const { table, column, inside } = place
  const name = column!.name
  if (isStructure(column!.type)) measure(cx, value)
  const row = inside.length ? cx.tx.get(table.position, key) : undefined
  if (inside.length && !row) throw new SpecFault(`${table.name}[${JSON.stringify(key)}] does not exist`)
  cx.tx.update(table.position, key, { [name]: row ? writeInside(row[name], inside, cx, value) : value })
  return undefined
}

/** Fills one column of a new row; a structure is charged by its size. */
type Filler = { readonly name: string; readonly run: Run; readonly structure: boolean }

/** Columns that a new row gets: what is given, the default, null where that is allowed. */
function compileRow(table: CompiledTable, row: Record<string, CelTree>, scope: Scope, site: Site, complete: boolean): Filler[] {
  for (const name of Object.keys(row)) {
    if (!table.columnOf.has(name)) site.at(name).complain('name', `${table.name} has no column '${name}'`, { key: true, nearest: nearest(name, table.columnOf.keys()), expected: [...table.columnOf.keys()].join(', ') })
  }
  const columns: Filler[] = []
  for (const { name, type, spec } of table.columns) {
    if (row[name] !== undefined) columns.push({ name, run: compileTree(row[name], scope, site.at(name), type).run, structure: isStructure(type) })
    else if (!complete) continue
    else if (spec.default !== undefined) columns.push({ name, run: compileDefault(spec.default, type, scope), structure: isStructure(type) })
    else if (type.nullable || type.k === 'json') columns.push({ name, run: () => null, structure: false })
    else if ( !(name === table.key && table.idRule)) site.complain('row', `column '${name}' of ${table.name} is missing`)
  }
  return columns
}

/** A column's default where a row is inserted; its mistakes are complained about where it stands. */
function compileDefault(source: string, type: Type, scope: Scope): Run {
  return new Site([], []).expression(source, { ...scope, variables: new Map() }, type).run
}

function tableNamed(name: string, scope: Scope, environment: StepEnvironment, site: Site): CompiledTable | undefined {
  const table = environment.tableOf(name)
  if (!table) site.complain('name', `unknown table '${name}'`, { nearest: nearest(name, scope.tables.keys()) })
  return table
}

export function compileInsert(step: StepOf<'insert'>, scope: Scope, environment: StepEnvironment, site: Site): { run: StepRun; scope: Scope } {
  const table = tableNamed(step.insert, scope, environment, site.at('insert'))
  if (!table) return { run: nothing, scope }
  const columns = compileRow(table, step.row, scope, site.at('row'), true)
  const makeKey = compileKeyRule(table)
  const given = columns.some((column) => column.name === table.key)
  const failure = compileFailure(step.else ?? `${table.name} already has this row`, true, [], scope, site.at('else'))
  const exhausted = compileFailure(`no free key in ${table.name}`, true, [], scope, site)
  if (step.as && scope.tables.has(step.as)) site.at('as').complain('name', `'${step.as}' is a table`, { expected: 'another name' })
  const declared = step.as ? declare(scope, step.as, table.row) : undefined
  const policy = step.if_exists ?? 'fail'
  const most = table.spec.max_rows
  return {
    scope: declared?.scope ?? scope,
    run: (cx) => {
      charge(cx, table.columns.length)
      const row: Record<string, unknown> = {}
      for (const { name, run, structure } of columns) row[name] = structure ? measure(cx, run(cx)) : run(cx)
      const key = given ? keyOfRow(table, row) : makeKey(cx, row)
      if (key === undefined) return exhausted(cx)
      row[table.key] = key
      const existing = cx.tx.get(table.position, key)
      if (!existing && most !== undefined && cx.tx.count(table.position) >= most) return exhausted(cx)
      if (existing && policy === 'fail') return failure(cx)
      if (!existing || policy === 'replace') cx.tx.put(table.position, key, row)
      if (declared) cx.slots[declared.slot] = existing && policy === 'ignore' ? existing : cx.tx.get(table.position, key)
      return undefined
    },
  }
}

export function compileDelete(path: string, scope: Scope, environment: StepEnvironment, site: Site): StepRun {
  const place = site.guard(() => compilePlace(path, scope, environment.tableOf))
  if (!place) return nothing
  if (place.column) site.complain('place', `'${path}' is a column`, { expected: 'table[key]' })
  return (cx) => {
    charge(cx, 1)
    cx.tx.remove(place.table.position, place.key(cx) as string)
    return undefined
  }
}

export function compilePatch(step: StepOf<'patch'>, scope: Scope, environment: StepEnvironment, site: Site): StepRun {
  const place = site.at('patch').guard(() => compilePlace(step.patch, scope, environment.tableOf))
  const from = site.at('from').expression(step.from, scope)
  if (!place) return nothing
  if (place.column) site.at('patch').complain('place', `'${step.patch}' is a column`, { expected: 'table[key]' })
  if (from.type.k !== 'record') {
    site.at('from').complain('expression', 'patch takes the present fields of a structure', { expected: 'args' })
    return nothing
  }
  const { table } = place
  const columns: { name: string; run: (value: unknown) => unknown }[] = []
  for (const [name, type] of from.type.fields) {
    if (step.only && !step.only.includes(name)) continue
    const column = table.columnOf.get(name)
    if (!column || name === table.key) {
      if (step.only) site.at('only').complain('name', `${table.name} has no column '${name}' to patch`, { nearest: nearest(name, table.columnOf.keys()) })
      continue
    }
    // The value is present when it is written: only null itself must be allowed by the column.
    const probe = site.guard(() => convert({ type: { ...type, nullable: undefined } as typeof type, run: (cx) => cx.slots[0] }, column.type, 0, `${table.name}.${name}`))
    if (probe) columns.push({ name, run: (value) => probe.run({ slots: [value] } as never) })
  }
  for (const name of step.only ?? []) if (!from.type.fields.has(name)) site.at('only').complain('name', `no field '${name}'`, { nearest: nearest(name, from.type.fields.keys()) })
  return (cx) => {
    const values = from.run(cx) as Record<string, unknown>
    const changes: Record<string, unknown> = {}
    for (const { name, run } of columns) if (values[name] !== undefined) changes[name] = values[name] === null ? null : run(values[name])
    charge(cx, columns.length)
    if (Object.keys(changes).length) cx.tx.update(table.position, place.key(cx) as string, changes)
    return undefined
  }
}

/** Copies a row and all that hang below it by the table's tree; `with` changes the top of the copy. */
export function compileCopyTree(step: StepOf<'copy_tree'>, scope: Scope, environment: StepEnvironment, site: Site): { run: StepRun; scope: Scope } {
  const table = tableNamed(step.copy_tree, scope, environment, site.at('copy_tree'))
  if (!table) return { run: nothing, scope }
  const tree = table.spec.tree
  if (!tree) {
    site.complain('tree', `${table.name} declares no tree`, { expected: 'tree: {parent, name}' })
    return { run: nothing, scope }
  }
  const from = site.at('from').expression(step.from, scope, STRING).run
  const changes = compileRow(table, step.with ?? {}, scope, site.at('with'), false)
  const makeKey = compileKeyRule(table)
  const exhausted = compileFailure(`no free key in ${table.name}`, true, [], scope, site)
  const declared = step.as ? declare(scope, step.as, table.row) : undefined
  const most = table.spec.max_rows
  return {
    scope: declared?.scope ?? scope,
    run: (cx) => {
      let room = most === undefined ? Infinity : most - cx.tx.count(table.position)
      const copy = (row: Row, extra: Record<string, unknown>, depth: number): Row | undefined => {
        charge(cx, table.columns.length)
        if (depth > 64) throw new SpecFault(`${table.name} is deeper than 64, or its tree has a circle`)
        const children = cx.tx.lookup(table.position, tree.parent, row[table.key])
        const made: Record<string, unknown> = { ...copyRow(table, row), ...extra }
        const key = makeKey(cx, made)
        if (key === undefined || --room < 0) return undefined
        made[table.key] = key
        cx.tx.put(table.position, key, made)
        for (const child of children) if (!copy(child, { [tree.parent]: key }, depth + 1)) return undefined
        return made
      }
      const top = cx.tx.get(table.position, from(cx) as string)
      if (!top) throw new SpecFault(`copy_tree: no such row of ${table.name}`)
      const made = copy(top, Object.fromEntries(changes.map(({ name, run }) => [name, run(cx)])), 0)
      if (!made) return exhausted(cx)
      if (declared) cx.slots[declared.slot] = made
      return undefined
    },
  }
}
