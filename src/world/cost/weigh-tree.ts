/** Structures whose leaves are CEL, and rows as callers see them, as what they cost at most. */
import type { CelTree } from '../../../protocol/spec/notation.ts'
import { expandDefinition } from '../expression/definition.ts'
import type { Compiled, Scope } from '../expression/scope.ts'
import { JSON_VALUE, listOf, type Type, unify } from '../type.ts'
import { elementOf, either, flatUpTo, itemsIn, type Size, whyOf } from './size.ts'
import { greatest, NONE, product, sum, unitsOf } from './units.ts'
import { converted, fieldOf, type Weighed, weighExpansion, type WeighedSource, type Weighing, weighSource } from './weigh-expression.ts'

/** Weighs a structure of expressions, converted to a type if one is wanted. */
export function weighTree(tree: CelTree, scope: Scope, w: Weighing, to?: Type): WeighedSource {
  const found = loose(tree, scope, w)
  return to ? converted(found, to) : found
}

function loose(tree: CelTree, scope: Scope, w: Weighing): WeighedSource {
  if (Array.isArray(tree)) {
    const items = tree.map((item) => loose(item, scope, w))
    const of = commonType(items)
    const same = items.map((item) => converted(item, of))
    return { type: listOf(of), units: sum(...same.map(({ units }) => units)), size: { k: 'list', items: items.length, of: same.map(({ size }) => size).reduce(either, flatUpTo(0)) } }
  }
  if (typeof tree !== 'object') return weighSource(String(tree), scope, w)
  const keys = Object.keys(tree)
  if (keys.length === 1 && keys[0] === 'cases') return cases(tree.cases as [CelTree, CelTree][], scope, w)
  const fields = Object.entries(tree).map(([name, value]) => [name, loose(value, scope, w)] as const)
  return {
    type: { k: 'record', fields: new Map(fields.map(([name, { type }]) => [name, type])) },
    units: sum(...fields.map(([, { units }]) => units)),
    size: { k: 'record', fields: new Map(fields.map(([name, { size }]) => [name, size])) },
  }
}

function commonType(items: readonly WeighedSource[]): Type {
  return items.length ? items.map(({ type }) => type).reduce((a, b) => unify(a, b) ?? JSON_VALUE) : JSON_VALUE
}

function cases(rows: readonly [CelTree, CelTree][], scope: Scope, w: Weighing): WeighedSource {
  const found = rows.map(([when, value]) => ({ when: weighSource(String(when), scope, w).units, value: loose(value, scope, w) }))
  const type = commonType(found.map(({ value }) => value))
  const values = found.map(({ value }) => converted(value, type))
  return { type, units: sum(...found.map(({ when }) => when), greatest(...values.map(({ units }) => units))), size: values.map(({ size }) => size).reduce(either) }
}

/** What showing a value adds: the computed fields of its rows. */
export function shownWeight(type: Type, size: Size, scope: Scope, w: Weighing): Weighed {
  if (type.k === 'list') {
    const each = shownWeight(type.of, elementOf(size), scope, w)
    const count = unitsOf(itemsIn(size), size.why ?? whyOf(size))
    return { units: product(count, each.units), size: size.k === 'list' ? { ...size, of: each.size } : size }
  }
  if (type.k !== 'record') return { units: NONE, size }
  if (type.table !== undefined) return shownRow(type as Type & { k: 'record'; table: string }, size, scope, w)
  const fields = [...type.fields].map(([name, of]) => [name, shownWeight(of, fieldOf(size, name), scope, w)] as const)
  return { units: sum(...fields.map(([, { units }]) => units)), size: size.k === 'record' ? { k: 'record', fields: new Map(fields.map(([name, field]) => [name, field.size])) } : size }
}

function shownRow(type: Type & { k: 'record'; table: string }, size: Size, scope: Scope, w: Weighing): Weighed {
  const prefix = `${type.table}.`
  const derived = [...scope.definitions].filter(([name]) => name.startsWith(prefix))
  const shape = scope.tables.get(type.table)
  if (!shape || (!derived.length && !shape.single)) return { units: NONE, size }
  const row: Compiled = { type, run: () => null }
  const cost = { nodes: 0 }
  const fields = derived.map(([name, definition]) => {
    const { trace } = expandDefinition(name, definition, [row], { ...scope, cost }, 0)
    return [name.slice(prefix.length), weighExpansion(trace!.expansion!, [{ units: NONE, size }], w)] as const
  })
  const all = new Map([...type.fields.keys()].map((name) => [name, fieldOf(size, name)] as const))
  for (const [name, field] of fields) all.set(name, field.size)
  // The nodes of computed fields are part of no block; they are counted for safety.
  return { units: sum(unitsOf(all.size + cost.nodes), ...fields.map(([, { units }]) => units)), size: { k: 'record', fields: all } }
}

