/** Paths that are written to: `orders[o.id].status`, `orders[o.id].extra.gift`, `lines[l.id]`. */
import { nearest } from '../core/nearest.ts'
import type { Evaluation } from './evaluation.ts'
import { SpecFault } from './fault.ts'
import { compileNode } from './expression/compile.ts'
import { convert } from './expression/conversion.ts'
import { type Ast, parseExpression } from './expression/parse.ts'
import { type Compiled, ExpressionError, type Run, type Scope, unknownName } from './expression/scope.ts'
import { SINGLE_KEY } from './settle-table.ts'
import type { CompiledColumn, CompiledTable } from './table.ts'
import { JSON_VALUE, STRING, type Type } from './type.ts'

/** A row, one of its columns, or a place inside a json column. */
export type Place = {
  readonly table: CompiledTable
  readonly key: Run
  readonly column: CompiledColumn | undefined
  /** Steps inside a json column. */
  readonly inside: readonly (Run | string)[]
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
  if (column.type.k !== 'json') throw new ExpressionError(`${name}.${column.name} has no inside`, rest[0]!.pos, { expected: 'a json column' })
  const inside = rest.map((step) => (step.op === '.' ? (step.args[1] as string) : indexRun(step, scope)))
  return { table, key, column, inside, type: JSON_VALUE }
}

function indexRun(step: Ast, scope: Scope): Run {
  const index: Compiled = compileNode(step.args[1], scope)
  if (index.type.k !== 'int' && index.type.k !== 'string') throw new ExpressionError('an index is an int or a text', step.pos)
  return index.run
}

/** A copy of a JSON value with one place inside it replaced. */
export function writeInside(value: unknown, inside: readonly (Run | string)[], cx: Evaluation, written: unknown): unknown {
  if (!inside.length) return written
  const [step, ...rest] = inside
  const key = typeof step === 'string' ? step : (step!(cx) as string | number)
  if (Array.isArray(value) && typeof key === 'number' && key >= 0 && key <= value.length) {
    const copy = value.slice()
    copy[key] = writeInside(value[key], rest, cx, written)
    return copy
  }
  if (key === '__proto__' || (value !== null && (typeof value !== 'object' || Array.isArray(value)))) throw new SpecFault(`no place '${key}' in ${JSON.stringify(value)?.slice(0, 60)}`)
  const from = (value ?? {}) as Record<string, unknown>
  return { ...from, [key]: writeInside(Object.hasOwn(from, key) ? from[key] : null, rest, cx, written) }
}
