/** Columns of base rows must not depend on one another in a circle, whichever rows they read. */
import type { Column } from '../../protocol/spec/column.ts'
import type { Path } from '../spec/complaint.ts'
import { partsOf } from './column-type.ts'
import { type Ast, parseExpression } from './expression/parse.ts'
import { ExpressionError } from './expression/scope.ts'
import type { SettledWorld } from './settle-table.ts'
import type { Site } from './site.ts'

type Reads = { readonly tables: Set<string>; readonly fields: Set<string>; readonly own: Set<string> }

/** Complains about the first column of each circle. */
export function checkCycles(world: SettledWorld, site: Site): void {
  const edges = new Map<string, string[]>()
  const places = new Map<string, Path>()
  for (const [table, { columns }] of Object.entries(world.tables)) {
    for (const [column, of] of Object.entries(columns)) {
      const sources = sourcesOf(of)
      if (!sources.length) continue
      edges.set(`${table}.${column}`, sources.flatMap(([source]) => dependencies(table, source, world)))
      places.set(`${table}.${column}`, [table, 'columns', column, ...sources[0]![1]])
    }
  }
  const state = new Map<string, 'open' | 'done'>()
  const visit = (column: string, path: readonly string[]): void => {
    if (state.get(column) === 'done' || !edges.has(column)) return
    if (state.get(column) === 'open') {
      const circle = [...path.slice(path.indexOf(column)), column]
      site.at(...places.get(column)!).complain('cycle', `columns depend on one another in a circle: ${circle.join(' -> ')}`, { expected: 'values that can be made in some order' })
      return
    }
    state.set(column, 'open')
    for (const next of edges.get(column)!) visit(next, [...path, column])
    state.set(column, 'done')
  }
  for (const column of edges.keys()) visit(column, [])
}

/** Expressions that fill a column or a part of it, with where they stand in it. */
function sourcesOf(column: Column, path: Path = []): [source: string, path: Path][] {
  const own: [string, Path][] = column.value === undefined ? [] : [[column.value, [...path, 'value']]]
  return own.concat(partsOf(column).flatMap(([inner, , part]) => sourcesOf(part, [...path, ...inner])))
}

/** Columns that an expression may read: by name, of every table it mentions; `row.x` is its own table's. */
function dependencies(table: string, source: string, world: SettledWorld): string[] {
  const reads: Reads = { tables: new Set(), fields: new Set(), own: new Set() }
  collectSource(source, world, reads, new Set())
  const own = [...reads.own].map((field) => `${table}.${field}`)
  const others = [...reads.tables].flatMap((name) => Object.keys(world.tables[name]!.columns).filter((column) => reads.fields.has(column) || column === world.tables[name]!.key).map((column) => `${name}.${column}`))
  return [...own, ...others]
}

function collectSource(source: string, world: SettledWorld, reads: Reads, expanding: Set<string>): void {
  try {
    collect(parseExpression(source), world, reads, expanding)
  } catch (error) {
    // What is no expression is complained about where it is compiled.
    if (!(error instanceof ExpressionError)) throw error
  }
}

function collect(node: unknown, world: SettledWorld, reads: Reads, expanding: Set<string>): void {
  if (Array.isArray(node)) {
    for (const item of node) collect(item, world, reads, expanding)
    return
  }
  if (node === null || typeof node !== 'object') return
  const { op, args } = node as Ast
  if (op === 'value') return
  if (op === 'id') {
    if (Object.hasOwn(world.tables, args)) reads.tables.add(args)
    return
  }
  if (op === '.') {
    const [object, field] = args as [Ast, string]
    if (object.op === 'id' && object.args === 'row') reads.own.add(field)
    else reads.fields.add(field)
  }
  if (op === 'call') {
    const definition = Object.hasOwn(world.defs, args[0]) ? world.defs[args[0] as string] : undefined
    if (definition?.value !== undefined && !expanding.has(args[0])) {
      collectSource(definition.value, world, reads, new Set(expanding).add(args[0]))
      // A row that is handed over is read under the parameter's name.
      for (const field of reads.fields) reads.own.add(field)
    }
  }
  collect(args, world, reads, expanding)
}
