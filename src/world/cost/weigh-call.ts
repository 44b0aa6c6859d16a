/** What calls cost at most: functions by their own bounds, bodies that run for each element, keyed access, trees. */
import { sortingUnits, numberingUnits } from '../expression/list-function.ts'
import type { Ast } from '../expression/parse.ts'
import type { Compiled, Trace } from '../expression/scope.ts'
import type { Signature } from '../expression/signature.ts'
import { READ_TIME } from '../expression/time-function.ts'
import { MAX_TREE_DEPTH } from '../expression/tree-method.ts'
import { JSON_VALUE } from '../type.ts'
import { charsOf, elementOf, explained, FLAT, flatUpTo, itemsIn, levels, listOfSize, madeFinite, mostOf, reasonsOf, recordOfSizes, share, type Size, spelledChars, textOfChars, times, weightOf, whyOf, type Unknown, joinWhy } from './size.ts'
import { NONE, product, sum, type Units, unitsOf } from './units.ts'
import { converted, weigh, type Weighed, weighExpansion, type Weighing } from './weigh-expression.ts'

/** Weighs `f(a, b)`. */
export function weighCall(ast: Ast, note: Compiled, w: Weighing): Weighed {
  const [name, args] = ast.args as [string, Ast[]]
  const { signature, expansion, loop } = note.trace ?? {}
  if (expansion) return weighExpansion(expansion, args.map((arg) => weigh(arg, w)), w)
  if (signature) return weighSignature(signature, args, w)
  if (name === 'rank') return weighRank(args, loop!, w)
  return weighSpecial(name, args, w)
}

/** Weighs `x.f(a, b)`. */
export function weighMethod(ast: Ast, note: Compiled, w: Weighing): Weighed {
  const [name, receiver, args] = ast.args as [string, Ast, Ast[]]
  const { signature, loop } = note.trace ?? {}
  if (loop) return weighLoop(name, receiver, args, loop, w)
  if (signature) return weighSignature(signature, [receiver, ...args], w)
  const type = w.notes.get(receiver)?.type
  if (type?.k === 'map') return weighMapMethod(name, weigh(receiver, w))
  return weighTableMethod(name, tableOf(receiver, w)!, args.map((arg) => weigh(arg, w)), w)
}

function tableOf(receiver: Ast, { known }: Weighing): number | undefined {
  return receiver.op === 'id' ? known.world.tables.find(({ name }) => name === receiver.args)?.position : undefined
}

function weighSignature(signature: Signature, args: readonly Ast[], w: Weighing): Weighed {
  const given = args.map((arg, i) => {
    const wanted = signature.accepts[i]!
    const weighed = { ...weigh(arg, w), type: w.notes.get(arg)!.type }
    return typeof wanted === 'string' ? weighed : converted(weighed, wanted)
  })
  const sizes = given.map(({ size }) => size)
  const bounded = signature.bound ? signature.bound(...sizes) : { units: 0, size: FLAT }
  const blamed = (pick: (of: Size[]) => boolean): readonly Unknown[] => {
    // A value is to blame when it alone makes the bound infinite; otherwise all are.
    const alone = sizes.filter((_, i) => pick(sizes.map((size, j) => (i === j ? size : madeFinite(size)))))
    return (alone.length ? alone : sizes).flatMap(reasonsOf)
  }
  const units = bounded.units === Infinity ? unitsOf(Infinity, blamed((of) => signature.bound!(...of).units === Infinity)) : unitsOf(bounded.units)
  return { units: sum(...given.map((each) => each.units), units), size: explained(bounded.size, joinWhy(undefined, sizes.flatMap(reasonsOf))) }
}

function weighSpecial(name: string, args: readonly Ast[], w: Weighing): Weighed {
  if (name === 'has') return { units: weigh(args[0]!.args[0], w).units, size: flatUpTo(1) }
  const given = args.map((arg) => (w.notes.has(arg) ? weigh(arg, w) : { units: NONE, size: FLAT }))
  const [first] = given
  const units = sum(...given.map((each) => each.units))
  const why = given.flatMap(({ size }) => whyOf(size))
  switch (name) {
    case 'string': {
      const type = w.notes.get(args[0]!)!.type
      const shown = converted({ ...first!, units: NONE, type }, JSON_VALUE).size
      return { units: sum(units, unitsOf(weightOf(first!.size), why)), size: { k: 'text', chars: spelledChars(type.k === 'time' ? textOfChars(24) : shown), why } }
    }
    case 'time': return { units: sum(units, unitsOf(READ_TIME(first!.size).units, why)), size: FLAT }
    case 'min': case 'max': {
      if (args.length > 1) return { units, size: flatUpTo(name === 'min' ? Math.min(...given.map(({ size }) => (size.k === 'flat' ? size.most : Infinity))) : Math.max(...given.map(({ size }) => (size.k === 'flat' ? size.most : Infinity)))) }
      const of = elementOf(first!.size)
      return { units: sum(units, unitsOf(times(itemsIn(first!.size), 1 + share(charsOf(of), 4)), why)), size: of }
    }
    case 'draw': return { units, size: given[2]!.size }
    default: return { units, size: FLAT }
  }
}

/** Rows or elements that a body runs for, and what finding them costs. */
function visited(receiver: Ast, loop: NonNullable<Trace['loop']>, w: Weighing): { count: Units; found: Units; of: Size } {
  const table = tableOf(receiver, w)
  if (table === undefined || w.notes.get(receiver)?.trace?.slot !== undefined) {
    const list = weigh(receiver, w)
    return { count: unitsOf(itemsIn(list.size), list.size.why ?? whyOf(list.size)), found: list.units, of: elementOf(list.size) }
  }
  const { known } = w
  const rows = known.rowsOf(table)
  const of = known.rowOf(table)
  if (!loop.index) return { count: rows, found: unitsOf(share(rows.n, 2), rows.why), of }
  const value = weigh(loop.index.value, w)
  if (!cannotFault(loop.index.value, w)) return { count: rows, found: sum(value.units, unitsOf(share(rows.n, 2), rows.why)), of }
  const count = hits(table, loop.index.column, w)
  return { count, found: sum(value.units, unitsOf(share(count.n, 4), count.why)), of }
}

/** Rows that a column's index can give for one value. */
function hits(table: number, column: string, { known }: Weighing): Units {
  const { name, key, spec } = known.world.tables[table]!
  if (column === key) return unitsOf(1)
  // Children of one parent are as many as the base draws, where no steps add to them or move them.
  if (spec.per?.column === column && !known.isWritten(name, column)) return unitsOf(spec.per.count[1])
  return known.rowsOf(table)
}

/** Whether a value can be had without a fault; one that faults makes the search visit all rows. */
function cannotFault(ast: Ast, w: Weighing): boolean {
  if (ast.op === 'value' || ast.op === 'id') return true
  if (ast.op !== '.' || w.notes.get(ast)?.trace?.expansion) return false
  const type = w.notes.get(ast.args[0])?.type
  return type?.k === 'record' && !type.nullable && cannotFault(ast.args[0], w)
}

function weighLoop(name: string, receiver: Ast, args: readonly Ast[], loop: NonNullable<Trace['loop']>, w: Weighing): Weighed {
  const { count, found, of } = visited(receiver, loop, w)
  w.sizes[loop.slot] = of
  const body = weigh(args[1]!, w)
  const each = product(count, sum(unitsOf(loop.cost.nodes), body.units))
  const units = sum(found, each)
  const list = (element: Size): Size => ({ k: 'list', items: count.n, of: element, why: count.why })
  switch (name) {
    case 'filter': case 'take_while': return { units, size: list(of) }
    case 'map': return { units, size: list(body.size) }
    case 'first': case 'one': case 'min_by': case 'max_by': return { units, size: of }
    case 'count': return { units, size: { k: 'flat', most: count.n, why: count.why } }
    case 'sort_by': return { units: sum(units, unitsOf(sortingUnits(count.n, charsOf(body.size)), joinWhy(count.why, whyOf(body.size)))), size: list(of) }
    case 'group_by': return { units: sum(units, unitsOf(numberingUnits(count.n, body.size), joinWhy(count.why, whyOf(body.size)))), size: list(recordOfSizes({ key: body.size, items: list(of) })) }
    default: return { units, size: name === 'sum' ? FLAT : flatUpTo(1) }
  }
}

function weighRank(args: readonly Ast[], loop: NonNullable<Trace['loop']>, w: Weighing): Weighed {
  const [list, , text, query, most] = args as [Ast, Ast, Ast, Ast, Ast]
  const { count, found, of } = visited(list, loop, w)
  w.sizes[loop.slot] = of
  const [body, asked, limit] = [weigh(text, w), weigh(query, w), weigh(most, w)]
  const words = share(2 * charsOf(asked.size) + 1, 1)
  const why = joinWhy(joinWhy(count.why, whyOf(body.size)), whyOf(asked.size))
  const each = sum(unitsOf(loop.cost.nodes + 1 + levels(count.n)), body.units, unitsOf(share(charsOf(body.size), 1) + 2 * words, why))
  const units = sum(found, asked.units, limit.units, unitsOf(1 + share(charsOf(asked.size), 1), whyOf(asked.size)), product(count, each))
  return { units, size: { k: 'list', items: Math.min(count.n, mostOf(limit.size)), of, why: count.why } }
}

function weighMapMethod(name: string, map: Weighed): Weighed {
  const { size } = map
  const chars = size.k === 'map' ? size.chars : charsOf(size)
  const key = textOfChars(chars)
  const of = elementOf(size)
  const units = sum(map.units, unitsOf(itemsIn(size), whyOf(size)))
  return { units, size: explained(listOfSize(itemsIn(size), name === 'keys' ? key : name === 'values' ? of : recordOfSizes({ key, value: of })), whyOf(size)) }
}

function weighTableMethod(name: string, table: number, args: readonly Weighed[], w: Weighing): Weighed {
  const { known } = w
  const { spec, columns } = known.world.tables[table]!
  const given = sum(...args.map(({ units }) => units))
  const row = known.rowOf(table)
  if (name === 'get' || name === 'has') return { units: sum(given, unitsOf(1)), size: name === 'get' ? row : flatUpTo(1) }
  const rows = known.rowsOf(table)
  const up = unitsOf(MAX_TREE_DEPTH + 3)
  switch (name) {
    case 'child': return { units: sum(given, unitsOf(1), rows), size: row }
    // Every row is below one other: a part of the path visits at most all of them.
    case 'resolve': {
      const path = args[1]!.size
      const parts = unitsOf(share(charsOf(path), 1) + 1, whyOf(path))
      return { units: sum(given, up, unitsOf(share(charsOf(path), 1), whyOf(path)), product(parts, sum(unitsOf(2), rows))), size: row }
    }
    case 'up': return { units: sum(given, up), size: listOfSize(MAX_TREE_DEPTH, row) }
    case 'under': return { units: sum(given, unitsOf(2), rows, rows), size: { k: 'list', items: rows.n, of: row, why: rows.why } }
    default: {
      const label = columns.findIndex((column) => column.name === spec.tree?.name)
      const chars = times(MAX_TREE_DEPTH + 1, 1 + charsOf(known.columnOf(table, Math.max(0, label))))
      const why = whyOf(known.columnOf(table, Math.max(0, label)))
      return { units: sum(given, up, unitsOf(share(chars, 3), why)), size: { k: 'text', chars, why } }
    }
  }
}
