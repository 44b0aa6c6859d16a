/** Expressions as what they cost at most and the most that they give: their syntax tree, read with sizes for values. */
import { tryConvert } from '../expression/conversion.ts'
import { compileNode } from '../expression/compile.ts'
import { type Ast, parseExpression } from '../expression/parse.ts'
import type { Compiled, Run, Scope } from '../expression/scope.ts'
import { isStructure, sizeOfType, type Type } from '../type.ts'
import { charsOf, either, elementOf, FLAT, flatUpTo, itemsIn, share, type Size, textOfChars, times, weightOf, whyOf } from './size.ts'
import { greatest, NONE, sum, type Units, unitsOf } from './units.ts'
import { weighCall, weighMethod } from './weigh-call.ts'
import type { WorldSize } from './world-size.ts'

/** What an expression is weighed with. */
export type Weighing = {
  readonly known: WorldSize
  readonly notes: Map<Ast, Compiled>
  /** The most that each variable holds, by slot. */
  readonly sizes: Size[]
}

export type Weighed = { readonly units: Units; readonly size: Size }

/** A weighed expression with its type. */
export type WeighedSource = Weighed & { readonly type: Type }

/**
 * Weighs a whole expression, its nodes included, converted to a type if one is wanted.
 * @throws ExpressionError for what does not compile
 */
export function weighSource(source: string, scope: Scope, w: Weighing, to?: Type): WeighedSource {
  return weighTop(parseExpression(source), scope, w, to)
}

/** As weighSource, for a tree. */
export function weighTop(ast: Ast, scope: Scope, w: Weighing, to?: Type): WeighedSource {
  const cost = { nodes: 0 }
  const compiled = compileNode(ast, { ...scope, cost })
  const { units, size } = weigh(ast, w)
  const whole = { type: compiled.type, size, units: sum(unitsOf(cost.nodes), units) }
  return to ? converted(whole, to) : whole
}

const PROBE: Run = () => null

/** The same value as another type: what copying it costs, and what the copy holds. */
export function converted({ type, units, size }: WeighedSource, to: Type): WeighedSource {
  const fitted = tryConvert({ type, run: PROBE }, to)
  if (!fitted || fitted.run === PROBE) return { type: to, units, size }
  if (type.k === 'json') return { type: to, units, size: isStructure(to) ? decodedSize(size, to) : size }
  const copied = isStructure(type) ? weightOf(size) : 0
  return { type: to, units: sum(units, unitsOf(copied, whyOf(size))), size: encodedSize(size, type, to) }
}

/** JSON read as a structure: what is absent in it becomes null. */
function decodedSize(size: Size, to: Type): Size {
  return { k: 'json', weight: times(weightOf(size), 1 + sizeOfType(to)), why: whyOf(size) }
}

/** In JSON a time is text; a structure that becomes a map has its fields for keys. */
function encodedSize(size: Size, type: Type, to: Type): Size {
  if (type.k === 'time' && to.k === 'json') return textOfChars(24)
  if (type.k === 'list' && size.k === 'list') return { ...size, of: encodedSize(size.of, type.of, to.k === 'list' ? to.of : to) }
  if (type.k === 'map' && size.k === 'map') return { ...size, of: encodedSize(size.of, type.of, to.k === 'map' ? to.of : to) }
  if (type.k === 'record' && size.k === 'record') {
    const fields = new Map([...type.fields].map(([name, of]) => [name, encodedSize(size.fields.get(name) ?? FLAT, of, to.k === 'record' ? to.fields.get(name) ?? to : to.k === 'map' ? to.of : to)]))
    if (to.k === 'record') for (const name of to.fields.keys()) if (!fields.has(name)) fields.set(name, FLAT)
    if (to.k !== 'map') return { k: 'record', fields }
    return { k: 'map', items: fields.size, chars: Math.max(0, ...[...fields.keys()].map((name) => name.length)), of: [...fields.values()].reduce(either, FLAT) }
  }
  return size
}

/** Weighs a node that has been compiled, without the units of the nodes themselves: these are charged by block. */
export function weigh(ast: Ast, w: Weighing): Weighed {
  const note = w.notes.get(ast)
  switch (ast.op) {
    case 'value': return { units: NONE, size: literalSize(ast.args) }
    case 'id': return { units: NONE, size: note?.trace?.slot === undefined ? rowNamed(ast.args, w) : w.sizes[note.trace.slot] ?? FLAT }
    case '.': return weighField(ast, note, w)
    case '[]': return weighIndex(ast, w)
    case 'list': return weighList(ast, note!, w)
    case 'map': return weighMap(ast, w)
    case '?:': return weighChoice(ast, note!, w)
    case '!_': case '-_': return { units: weigh(ast.args, w).units, size: FLAT }
    case 'call': return weighCall(ast, note!, w)
    case 'rcall': return weighMethod(ast, note!, w)
    default: return weighBinary(ast, w)
  }
}

function literalSize(value: unknown): Size {
  if (typeof value === 'string') return { k: 'text', chars: value.length, literal: value }
  return typeof value === 'number' || typeof value === 'bigint' ? { k: 'flat', most: Number(value), least: Number(value) } : flatUpTo(1)
}

/** A single table's name stands for its row; another table is no value. */
function rowNamed(name: string, { known }: Weighing): Size {
  const table = known.world.tables.find((candidate) => candidate.name === name)
  return table ? known.rowOf(table.position) : FLAT
}

function weighField(ast: Ast, note: Compiled | undefined, w: Weighing): Weighed {
  const object = weigh(ast.args[0], w)
  const expansion = note?.trace?.expansion
  if (expansion) return weighExpansion(expansion, [object], w)
  return { units: object.units, size: fieldOf(object.size, ast.args[1]) }
}

/** The most that a field holds; JSON is as much as all of it. */
export function fieldOf(size: Size, name: string): Size {
  return size.k === 'record' ? size.fields.get(name) ?? FLAT : size.k === 'map' ? size.of : size.k === 'json' ? size : FLAT
}

/** A definition or computed field with its arguments. */
export function weighExpansion({ slots, body }: NonNullable<NonNullable<Compiled['trace']>['expansion']>, args: readonly Weighed[], w: Weighing): Weighed {
  slots.forEach((slot, i) => { w.sizes[slot] = args[i]!.size })
  const found = weigh(body, w)
  return { units: sum(...args.map(({ units }) => units), found.units), size: found.size }
}

function weighIndex(ast: Ast, w: Weighing): Weighed {
  const [objectAst, indexAst] = ast.args as [Ast, Ast]
  const object = weigh(objectAst, w)
  const index = w.notes.has(indexAst) ? weigh(indexAst, w) : { units: NONE, size: FLAT }
  const type = w.notes.get(objectAst)?.type
  if (type?.k === 'table') return { units: sum(index.units, unitsOf(1)), size: rowNamed(type.table, w) }
  const units = sum(object.units, index.units)
  if (object.size.k !== 'record') return { units, size: elementOf(object.size) }
  if (indexAst.op === 'value') return { units, size: fieldOf(object.size, String(indexAst.args)) }
  return { units, size: [...object.size.fields.values()].reduce(either, FLAT) }
}

function weighList(ast: Ast, note: Compiled, w: Weighing): Weighed {
  const of = (note.type as Type & { k: 'list' }).of
  const items = (ast.args as Ast[]).map((item) => converted({ ...weigh(item, w), type: w.notes.get(item)!.type }, of))
  return { units: sum(...items.map(({ units }) => units)), size: { k: 'list', items: items.length, of: items.map(({ size }) => size).reduce(either, FLAT) } }
}

function weighMap(ast: Ast, w: Weighing): Weighed {
  const fields = (ast.args as [Ast, Ast][]).map(([key, value]) => [String(key.args), weigh(value, w)] as const)
  return { units: sum(...fields.map(([, { units }]) => units)), size: { k: 'record', fields: new Map(fields.map(([name, { size }]) => [name, size])) } }
}

function weighChoice(ast: Ast, note: Compiled, w: Weighing): Weighed {
  const [condition, yes, no] = ast.args as [Ast, Ast, Ast]
  const branches = [yes, no].map((branch) => converted({ ...weigh(branch, w), type: w.notes.get(branch)!.type }, note.type))
  return { units: sum(weigh(condition, w).units, greatest(...branches.map(({ units }) => units))), size: either(branches[0]!.size, branches[1]!.size) }
}

function weighBinary(ast: Ast, w: Weighing): Weighed {
  const [a, b] = (ast.args as [Ast, Ast]).map((arg) => weigh(arg, w)) as [Weighed, Weighed]
  const both = sum(a.units, b.units)
  const why = [...whyOf(a.size), ...whyOf(b.size)]
  const types = (ast.args as [Ast, Ast]).map((arg) => w.notes.get(arg)!.type) as [Type, Type]
  const extra = (n: number, size: Size = FLAT): Weighed => ({ units: sum(both, unitsOf(n, why)), size })
  switch (ast.op) {
    case '==': case '!=':
      // Structures are brought to one type, then compared part by part.
      return types.some((type) => isStructure(type)) ? extra(8 + 2 * (weightOf(a.size) + weightOf(b.size))) : extra(0)
    case '<': case '<=': case '>': case '>=': return extra(share(Math.min(charsOf(a.size), charsOf(b.size)), 4))
    case 'in': return types[1].k === 'map' ? extra(0) : extra(times(itemsIn(b.size), 1 + weightOf(elementOf(b.size))) + weightOf(a.size))
    case '+': return weighPlus(a, b, types, extra)
    default: return extra(0)
  }
}

function weighPlus(a: Weighed, b: Weighed, types: readonly [Type, Type], extra: (n: number, size: Size) => Weighed): Weighed {
  const why = [...whyOf(a.size), ...whyOf(b.size)]
  if (types[0].k === 'string') {
    const chars = charsOf(a.size) + charsOf(b.size)
    return extra(share(chars, 3), { k: 'text', chars, why })
  }
  if (types[0].k === 'list') {
    const items = itemsIn(a.size) + itemsIn(b.size)
    // Elements of another type are copied before both are joined.
    return extra(items + weightOf(a.size) + weightOf(b.size), { k: 'list', items, of: either(elementOf(a.size), elementOf(b.size)), why })
  }
  return extra(0, a.size.k === 'flat' && b.size.k === 'flat' ? { k: 'flat', most: a.size.most + b.size.most, why } : FLAT)
}
