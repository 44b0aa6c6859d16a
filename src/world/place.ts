/** Paths that are written to: `orders[o.id].status`, `orders[o.id].extra.gift`, `lines[l.id]`. */
import { nearest } from '../core/nearest.ts'
import { compileNode } from './expression/compile.ts'
import { convert } from './expression/conversion.ts'
import { type Ast, parseExpression } from './expression/parse.ts'
import { ExpressionError, type Run, type Scope, unknownName } from './expression/scope.ts'
import { SINGLE_KEY } from './settle-table.ts'
import { compileInside, type Inward } from './place-inside.ts'
import type { CompiledColumn, CompiledTable } from './table.ts'
import { STRING, type Type } from './type.ts'

/** A row, one of its columns, or a place inside a column. */
export type Place = {
  readonly table: CompiledTable
  readonly key: Run
  readonly column: CompiledColumn | undefined
  /** Steps inside the column. */
  readonly inside: readonly Inward[]
  /** Type of what is written there. */
  readonly type: Type
}

/** @throws ExpressionError for what is no place */
export function compilePlace(source: string, scope: Scope, tableOf: (name: string) => CompiledTable | undefined): Place {
  const chain: Ast[] = []
  let at = parseExpression(source)
  while (at.op === '.' || (at.op === '[]' && at.args[0].op !== 'id')) {
    chain.unshift(at)
    at = at.args[0]
  }
  const single = at.op === 'id' ? tableOf(at.args)?.single : undefined
  if (!single && (at.op !== '[]' || at.args[0].op !== 'id')) throw new ExpressionError(`'${source}' is no place in a table`, at.pos, { expected: 'table[key].column, or table.column of a single table' })
  const name: string = single ? at.args : at.args[0].args
  const table = scope.hidden?.has(name) ? undefined : tableOf(name)
  if (!table) throw scope.hidden?.has(name) ? unknownName(scope, name, at.pos) : new ExpressionError(`unknown table '${name}'`, at.pos, { nearest: nearest(name, scope.tables.keys()) })
  const key: Run = single === 'one' ? () => SINGLE_KEY : single === 'actor' ? (cx) => cx.actor ?? 'agent' : convert(compileNode(at.args[1], scope), STRING, at.args[1].pos, `the key of ${name}`).run
  if (!chain.length) return { table, key, column: undefined, inside: [], type: table.row }

  const [first, ...rest] = chain
  if (first!.op !== '.') throw new ExpressionError(`a column of ${name} is missing`, first!.pos)
  const column = table.columnOf.get(first!.args[1])
  if (!column && scope.definitions.has(`${name}.${first!.args[1]}`)) throw new ExpressionError(`${name}.${first!.args[1]} is computed, it cannot be set`, first!.pos, { expected: 'a column that it is computed from' })
  if (!column) throw new ExpressionError(`${name} has no column '${first!.args[1]}'`, first!.pos, { nearest: nearest(first!.args[1], table.columnOf.keys()) })
  if (!rest.length) return { table, key, column, inside: [], type: column.type }
  const { inside, type } = compileInside(rest, column.type, `${name}.${column.name}`, scope)
  return { table, key, column, inside, type }
}
