/** Names that an expression may use, and the complaints it may raise. */
import { nearest } from '../../core/nearest.ts'
import type { Evaluation } from '../evaluation.ts'
import type { Type } from '../type.ts'
import type { Ast } from './parse.ts'
import type { Signature } from './signature.ts'

/** A mistake in an expression, at an offset of its source. */
export class ExpressionError extends Error {
  readonly offset: number
  readonly nearest: string | undefined
  readonly expected: string | undefined

  constructor(message: string, offset: number, hint: { nearest?: string; expected?: string } = {}) {
    super(message)
    this.name = 'ExpressionError'
    this.offset = offset
    this.nearest = hint.nearest
    this.expected = hint.expected
  }
}

/** Columns that make a tree of a table: the key of the row above, and the name among the rows beside. */
export type TreeColumns = { readonly parent: string; readonly name: string }

/** A table as expressions know it. */
export type TableShape = { readonly name: string; readonly position: number; readonly row: Type & { k: 'record' }; readonly key: string; readonly slots: number; readonly single: 'one' | 'actor' | undefined; readonly spec: { readonly tree?: TreeColumns } }

/** A named expression with parameters, expanded where it is called. */
export type ValueDefinition = { readonly params: readonly string[]; readonly source: string }

export type Run = (cx: Evaluation) => unknown

/** A compiled expression: its static type, its closure, and its literal if it is one. */
export type Compiled = { readonly type: Type; readonly run: Run; readonly literal?: number | string | boolean | null; readonly trace?: Trace }

/** What the static cost bound has to know of a node besides its text. */
export type Trace = {
  /** The variable that a name stands for. */
  readonly slot?: number
  /** The function that a call was found to mean. */
  readonly signature?: Signature
  /** A body that runs for each element; `index` where only the rows with an equal column are visited. */
  readonly loop?: { readonly slot: number; readonly cost: BlockCost; readonly index?: { readonly column: string; readonly value: Ast } }
  /** A definition or computed field: where its arguments go, and its body. */
  readonly expansion?: { readonly slots: readonly number[]; readonly body: Ast }
}

/** Counts the nodes of one block (an expression or a lambda body); charged as a whole each time the block runs. */
export type BlockCost = { nodes: number }

export type Scope = {
  readonly tables: ReadonlyMap<string, TableShape>
  /** Named expressions; a computed field stands here as `table.field` with the one parameter `row`. */
  readonly definitions: ReadonlyMap<string, ValueDefinition>
  /** Tables that exist but may not be read here. */
  readonly hidden?: ReadonlySet<string>
  /** A variable may stand for a literal: then it converts as exactly as the literal itself. */
  readonly variables: ReadonlyMap<string, { type: Type; slot: number; literal?: Compiled['literal'] }>
  readonly slots: SlotCounter
  readonly cost: BlockCost
  /** Depth of comprehensions and of expanded definitions around this point. */
  readonly depth: number
  readonly expanding: readonly string[]
}

/** @throws ExpressionError for a table, which only its functions can read */
export function requireValue(compiled: Compiled, offset: number): Compiled {
  if (compiled.type.k === 'table') throw new ExpressionError('a table is no value', offset, { expected: 'rows, such as T.filter(x, true)' })
  return compiled
}

/** Nodes that one tool, task or column may come to, with its definitions expanded. */
const MAX_NODES = 20_000

/** Nested expansions of definitions. */
export const MAX_EXPANSIONS = 8

/** @throws ExpressionError when definitions that use definitions grow out of hand */
export function countNode(scope: Scope, offset: number): void {
  if (++scope.slots.nodes > MAX_NODES) throw new ExpressionError(`more than ${MAX_NODES} nodes with all definitions expanded`, offset)
}

/** Hands out slots; the largest number used sizes the slot array of an evaluation. Also counts what was compiled with them. */
export class SlotCounter {
  used = 0
  nodes = 0
  /** Every node that is compiled, by its place in the tree; kept only where somebody asks. */
  notes: Map<Ast, Compiled> | undefined
  take(): number {
    return this.used++
  }
}

/** The scope with one more variable; also returns its slot. */
export function declare(scope: Scope, name: string, type: Type, literal?: Compiled['literal']): { scope: Scope; slot: number } {
  const slot = scope.slots.take()
  return { slot, scope: { ...scope, variables: new Map(scope.variables).set(name, { type, slot, literal }) } }
}

/** @throws ExpressionError naming the nearest variable or table */
export function unknownName(scope: Scope, name: string, offset: number): ExpressionError {
  if (scope.hidden?.has(name)) return new ExpressionError(`table '${name}' is private to the user`, offset, { expected: 'a tool with actor: user' })
  const known = [...scope.variables.keys(), ...scope.tables.keys()]
  return new ExpressionError(`unknown name '${name}'`, offset, { nearest: nearest(name, known), expected: 'a variable or a table' })
}
