/** Functions that run an expression for each row or element. */
import { charge, type Evaluation } from '../evaluation.ts'
import { CallLimit, SpecFault } from '../fault.ts'
import { BOOL, describeType, INT, isNumeric, isStructure, JSON_VALUE, listOf, nullable, recordOf, STRING, type Type } from '../type.ts'
import { compileCondition, compileNode } from './compile.ts'
import { convert } from './conversion.ts'
import { groupValues } from './list-function.ts'
import { safe } from './number.ts'
import { comparable, compareKeys, sortItems } from './order.ts'
import type { Ast } from './parse.ts'
import { type BlockCost, type Compiled, declare, ExpressionError, requireValue, type Run, type Scope, type Trace } from './scope.ts'

/** Names of the functions of this file. */
export const COMPREHENSIONS: ReadonlySet<string> = new Set(['filter', 'exists', 'all', 'count', 'first', 'one', 'map', 'sum', 'min_by', 'max_by', 'sort_by', 'group_by', 'take_while'])

const MAX_DEPTH = 3

type Items = (cx: Evaluation) => readonly unknown[]

/** Where the elements come from, and by which equality if by an index. */
type Source = { readonly items: Items; readonly index?: NonNullable<Trace['loop']>['index'] }

type Lambda = { readonly element: Type; readonly inner: Scope; readonly slot: number; readonly cost: BlockCost }

/** The scope in which an expression is run for each element under a name. */
function openLambda(name: string, receiver: Compiled, variable: Ast, scope: Scope, offset: number): Lambda {
  if (scope.depth >= MAX_DEPTH) throw new ExpressionError(`comprehensions nest deeper than ${MAX_DEPTH}`, offset)
  if (scope.variables.has(variable.args)) throw new ExpressionError(`'${variable.args}' is already a name here`, variable.pos)
  const iterable = receiver.type.k === 'table' || receiver.type.k === 'list' || receiver.type.k === 'json'
  if (!iterable) throw new ExpressionError(`${name} goes through a list or a table, not ${describeType(receiver.type)}`, offset, { expected: 'a list or a table' })
  const element = elementType(receiver.type, scope)
  const declared = declare(scope, variable.args, element)
  const cost: BlockCost = { nodes: 1 }
  return { element, cost, slot: declared.slot, inner: { ...declared.scope, cost, depth: scope.depth + 1 } }
}

/** For other forms that run an expression of a type for each element: the elements, and what each gives, charged. */
export function compileEach(name: string, receiver: Compiled, variable: Ast, bodyAst: Ast, to: Type, scope: Scope, offset: number): { items: Items; element: Type; loop: NonNullable<Trace['loop']>; each: (cx: Evaluation, item: unknown) => unknown } {
  const { element, inner, slot, cost } = openLambda(name, receiver, variable, scope, offset)
  const { run } = convert(compileNode(bodyAst, inner), to, bodyAst.pos, `${name}()`)
  const each = (cx: Evaluation, item: unknown) => {
    charge(cx, cost.nodes)
    cx.slots[slot] = item
    return run(cx)
  }
  return { items: sourceOf(receiver, undefined, inner, slot, scope).items, element, each, loop: { slot, cost } }
}

/** Compiles `list.name(x, body)`; a table in front is read as its rows, by an index where the body allows. */
export function compileComprehension(name: string, receiver: Compiled, args: Ast[], scope: Scope, offset: number): Compiled {
  const [variable, bodyAst] = args
  if (args.length < 2 || variable?.op !== 'id') throw new ExpressionError(`${name} takes a name and an expression`, offset, { expected: `${name}(x, …)` })
  const lambda = openLambda(name, receiver, variable, scope, offset)
  const { slot, cost } = lambda
  if (name === 'sort_by') return { ...compileSortBy(args, receiver, lambda, scope, offset), trace: { loop: { slot, cost } } }
  if (args.length > 2) throw new ExpressionError(`${name} takes a name and one expression`, offset)
  const { compiled, index } = compileLoop(name, receiver, bodyAst!, lambda, scope)
  return { ...compiled, trace: { loop: { slot, cost, index } } }
}

function compileLoop(name: string, receiver: Compiled, bodyAst: Ast, { element, inner, slot, cost }: Lambda, scope: Scope): { compiled: Compiled; index?: Source['index'] } {

  if (name === 'map' || name === 'sum' || name === 'min_by' || name === 'max_by' || name === 'group_by') {
    const body = requireValue(compileNode(bodyAst, inner), bodyAst.pos)
    const { items } = sourceOf(receiver, undefined, inner, slot, scope)
    const perItem = eachOf(items, slot, body.run, cost)
    if (name === 'map') return { compiled: { type: listOf(body.type), run: (cx) => { const out: unknown[] = []; perItem(cx, (value) => { out.push(value) }); return out } } }
    if (name === 'group_by') return { compiled: compileGroups(body, element, items, slot, cost) }
    if (name === 'sum') return { compiled: compileTotal(body, perItem, bodyAst.pos) }
    return { compiled: compileExtreme(name === 'min_by' ? -1 : 1, body, element, items, slot, cost, bodyAst.pos) }
  }
  const condition = compileCondition(bodyAst, inner)
  // `all` and `take_while` must meet the elements that do not fit; the others need only those that may.
  const { items, index } = sourceOf(receiver, name === 'all' || name === 'take_while' ? undefined : bodyAst, inner, slot, scope)
  return { compiled: compileSelection(name, condition, items, slot, cost, element), index }
}

function elementType(type: Type, scope: Scope): Type {
  if (type.k === 'table') return scope.tables.get(type.table)!.row
  return type.k === 'list' ? type.of : JSON_VALUE
}

function compileSelection(name: string, condition: Run, items: Items, slot: number, cost: BlockCost, element: Type): Compiled {
  /** Calls `hit` for each match until it returns true. */
  const search = (cx: Evaluation, hit: (value: unknown) => boolean | void) => {
    const list = items(cx)
    const units = cost.nodes
    for (let i = 0; i < list.length; i++) {
      charge(cx, units)
      cx.slots[slot] = list[i]
      if (condition(cx) && hit(list[i])) return
    }
  }
  switch (name) {
    case 'filter': return { type: listOf(element), run: (cx) => { const out: unknown[] = []; search(cx, (value) => { out.push(value) }); return out } }
    case 'count': return { type: INT, run: (cx) => { let n = 0; search(cx, () => { n++ }); return n } }
    case 'exists': return { type: BOOL, run: (cx) => { let found = false; search(cx, () => (found = true)); return found } }
    case 'first': return { type: nullable(element), run: (cx) => { let found: unknown = null; search(cx, (value) => { found = value; return true }); return found } }
    case 'one': return { type: nullable(element), run: (cx) => { let found: unknown = null; let n = 0; search(cx, (value) => { found = value; return ++n > 1 }); return n === 1 ? found : null } }
    case 'take_while': return { type: listOf(element), run: (cx) => { const list = items(cx); return list.slice(0, firstMiss(cx, list, condition, slot, cost)) } }
    default: return { type: BOOL, run: (cx) => { const list = items(cx); return firstMiss(cx, list, condition, slot, cost) === list.length } }
  }
}

/** Position of the first element that does not fit, or the length. */
function firstMiss(cx: Evaluation, list: readonly unknown[], condition: Run, slot: number, cost: BlockCost): number {
  for (let i = 0; i < list.length; i++) {
    charge(cx, cost.nodes)
    cx.slots[slot] = list[i]
    if (!condition(cx)) return i
  }
  return list.length
}

/** Elements by the value that they give, in the order in which these values first appear. */
function compileGroups(body: Compiled, element: Type, items: Items, slot: number, cost: BlockCost): Compiled {
  const keyAt = (cx: Evaluation) => (item: unknown) => {
    charge(cx, cost.nodes)
    cx.slots[slot] = item
    return body.run(cx)
  }
  return { type: listOf(recordOf({ key: body.type, items: listOf(element) })), run: (cx) => groupValues(cx, items(cx), keyAt(cx)) }
}

function eachOf(items: Items, slot: number, body: Run, cost: BlockCost): (cx: Evaluation, take: (value: unknown) => void) => void {
  return (cx, take) => {
    const list = items(cx)
    for (let i = 0; i < list.length; i++) {
      charge(cx, cost.nodes)
      cx.slots[slot] = list[i]
      take(body(cx))
    }
  }
}

function compileTotal(body: Compiled, perItem: ReturnType<typeof eachOf>, offset: number): Compiled {
  const json = body.type.k === 'json'
  if (!isNumeric(body.type) && !json) throw new ExpressionError(`a sum of ${describeType(body.type)}`, offset, { expected: 'a number' })
  const exact = body.type.k !== 'double' && !json
  return {
    type: json ? { k: 'double' } : body.type.nullable ? { ...body.type, nullable: undefined } as Type : body.type,
    run: (cx) => {
      let total = 0
      perItem(cx, (value) => {
        if (typeof value !== 'number') throw new SpecFault('a sum over what is no number')
        total += value
      })
      return exact ? safe(total) : total
    },
  }
}

function compileExtreme(sign: 1 | -1, body: Compiled, element: Type, items: Items, slot: number, cost: BlockCost, offset: number): Compiled {
  comparable(body.type, offset)
  return {
    type: nullable(element),
    run: (cx) => {
      let best: unknown = null
      let bestKey: unknown
      for (const item of items(cx)) {
        charge(cx, cost.nodes)
        cx.slots[slot] = item
        const key = body.run(cx)
        // The first of equals wins.
        if (bestKey === undefined || compareKeys(key, bestKey) * sign > 0) {
          best = item
          bestKey = key
        }
      }
      return best
    },
  }
}

function compileSortBy(args: Ast[], receiver: Compiled, { element, inner, slot, cost }: Lambda, outer: Scope, offset: number): Compiled {
  const order = args[2]
  if (args.length > 3 || (order && (order.op !== 'value' || (order.args !== 'desc' && order.args !== 'asc')))) throw new ExpressionError("the order is 'asc' or 'desc'", offset)
  const body = compileNode(args[1]!, inner)
  comparable(body.type, args[1]!.pos)
  const { items } = sourceOf(receiver, undefined, inner, slot, outer)
  const sign = order?.args === 'desc' ? -1 : 1
  return {
    type: listOf(element),
    run: (cx) => {
      const list = items(cx)
      const keys = list.map((item) => {
        charge(cx, cost.nodes)
        cx.slots[slot] = item
        return body.run(cx)
      })
      return sortItems(cx, list, keys, sign)
    },
  }
}

/** The elements to visit; for a table and a conjunct `x.column == value` free of x, only the index's hits. */
function sourceOf(receiver: Compiled, condition: Ast | undefined, inner: Scope, slot: number, outer: Scope): Source {
  const { run, type } = receiver
  if (type.k === 'table') {
    const shape = outer.tables.get(type.table)!
    const equality = condition && findEquality(condition, slot, inner, outer)
    const all: Items = (cx) => {
      // A table that is too large is refused before its rows are made.
      if (shape.slots >> 2 > cx.left) charge(cx, shape.slots >> 2)
      const rows = cx.view.rows(shape.position)
      charge(cx, rows.length >> 2)
      return rows
    }
    if (!equality) return { items: all }
    const { column, value, ast } = equality
    const items: Items = (cx) => {
      let wanted: unknown
      try {
        wanted = value(cx)
      } catch (error) {
        // What stands to the left may keep rows from ever meeting this fault.
        if (error instanceof SpecFault) return all(cx)
        throw error
      }
      const rows = cx.view.lookup(shape.position, column, wanted)
      charge(cx, rows.length >> 4)
      return rows
    }
    return { items, index: { column, value: ast } }
  }
  const items: Items = (cx) => {
    const list = run(cx)
    if (!Array.isArray(list)) throw new SpecFault(`${JSON.stringify(list)?.slice(0, 60)} is no list`)
    if (list.length > 1_000_000) throw new CallLimit('a list of more than a million elements')
    return list
  }
  return { items }
}

function findEquality(condition: Ast, slot: number, inner: Scope, outer: Scope): { column: string; value: Run; ast: Ast } | undefined {
  if (condition.op === '&&') return findEquality(condition.args[0], slot, inner, outer) ?? findEquality(condition.args[1], slot, inner, outer)
  if (condition.op !== '==') return undefined
  for (const [side, other] of [[condition.args[0], condition.args[1]], [condition.args[1], condition.args[0]]] as [Ast, Ast][]) {
    if (side.op !== '.' || side.args[0].op !== 'id') continue
    const variable = inner.variables.get(side.args[0].args)
    if (variable?.slot !== slot || variable.type.k !== 'record') continue
    const of = variable.type.fields.get(side.args[1])
    if (!of || isStructure(of) || mentions(other, side.args[0].args)) continue
    try {
      const compiled = compileNode(other, { ...outer, cost: inner.cost })
      // JSON is compared as it is, and a text that is no value of an enum equals none: neither may fault here.
      if (compiled.type.k === 'json') continue
      return { column: side.args[1], value: convert(compiled, nullable(of.k === 'string' ? STRING : of), other.pos).run, ast: other }
    } catch (error) {
      // A comparison that only holds after widening (a dec with more places): visit all rows instead.
      if (!(error instanceof ExpressionError)) throw error
    }
  }
  return undefined
}

function mentions(ast: unknown, name: string): boolean {
  if (Array.isArray(ast)) return ast.some((item) => mentions(item, name))
  if (ast === null || typeof ast !== 'object') return false
  const node = ast as Ast
  return (node.op === 'id' && node.args === name) || (node.op !== 'value' && mentions(node.args, name))
}
