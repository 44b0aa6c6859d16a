/** Steps as what they cost at most, and what they write. */
import type { CelTree, TemplateTree } from '../../../protocol/spec/notation.ts'
import type { Step, StepOf } from '../../../protocol/spec/step.ts'
import { narrowBySource } from '../expression/narrow.ts'
import { type Ast, parseExpression } from '../expression/parse.ts'
import { declare, type Scope } from '../expression/scope.ts'
import { compilePlace } from '../place.ts'
import { derivedSource } from '../settle-table.ts'
import { splitTemplate } from '../template.ts'
import type { CompiledTable } from '../table.ts'
import { BOOL, DOUBLE, isStructure, JSON_VALUE, present, STRING, type Type } from '../type.ts'
import { keySize } from './input-size.ts'
import { charsOf, either, elementOf, itemsIn, joinWhy, share, type Size, spelledChars, textOfChars, weightOf, whyOf } from './size.ts'
import { greatest, NONE, product, sum, type Units, unitsOf } from './units.ts'
import { converted, fieldOf, type Weighed, type Weighing, weighSource, type WeighedSource, weighTop } from './weigh-expression.ts'
import { shownWeight, weighTree } from './weigh-tree.ts'

/** Rows that may have changed, by table. */
export type Writes = ReadonlyMap<number, Units>

/** What steps cost, and how many rows of each table they write. */
export type StepCost = { readonly units: Units; readonly writes: Writes }

export type StepWeighing = Weighing & {
  /** Gives up on columns that grow. */
  readonly widen: boolean
  /** What a call of another tool costs, its own steps alone. */
  readonly toolCost: (name: string) => StepCost
  /** Names of the tools that a dispatch may reach. */
  readonly targets: (step: StepOf<'call_by_name'>) => readonly string[]
}

const nothing: Writes = new Map()

export function inSequence(...all: readonly StepCost[]): StepCost {
  return { units: sum(...all.map(({ units }) => units)), writes: merged(all, sum) }
}

function oneOf(...all: readonly StepCost[]): StepCost {
  return { units: greatest(...all.map(({ units }) => units)), writes: merged(all, greatest) }
}

function merged(all: readonly StepCost[], join: (...units: Units[]) => Units): Writes {
  const writes = new Map<number, Units>()
  for (const each of all) for (const [table, units] of each.writes) writes.set(table, join(writes.get(table) ?? NONE, units))
  return writes
}

const costing = (...units: readonly Units[]): StepCost => ({ units: sum(...units), writes: nothing })
const writing = (table: CompiledTable, rows: Units, ...units: readonly Units[]): StepCost => ({ units: sum(...units), writes: new Map([[table.position, rows]]) })

/** Weighs steps in order; each sees the names that earlier ones bound. */
export function weighSteps(steps: readonly Step[], scope: Scope, w: StepWeighing): StepCost {
  const costs: StepCost[] = []
  for (const step of steps) {
    const found = weighStep(step, scope, w)
    costs.push(found.cost)
    scope = found.scope
  }
  return inSequence(...costs)
}

type Found = { readonly cost: StepCost; readonly scope: Scope }

function weighStep(step: Step, scope: Scope, w: StepWeighing): Found {
  if ('let' in step) return weighLet(step, scope, w)
  if ('insert' in step) return weighInsert(step, scope, w)
  if ('copy_tree' in step) return weighCopyTree(step, scope, w)
  if ('require' in step) return { scope: narrowBySource(step.require, scope, true), cost: costing(weighSource(step.require, scope, w, BOOL).units, template(step.else, scope, w)) }
  return { scope, cost: weighPlain(step, scope, w) }
}

/** Steps that bind nothing. */
function weighPlain(step: Step, scope: Scope, w: StepWeighing): StepCost {
  if ('if' in step) {
    const branches = [weighSteps(step.then, narrowBySource(step.if, scope, true), w), weighSteps(step.else ?? [], narrowBySource(step.if, scope, false), w)]
    return inSequence(costing(weighSource(step.if, scope, w, BOOL).units), oneOf(...branches))
  }
  if ('cases' in step) return weighCases(step.cases, scope, w)
  if ('set' in step) return inSequence(...Object.entries(step.set).map(([path, tree]) => weighSet(path, tree, scope, w)))
  if ('delete' in step) {
    const { table, key } = place(step.delete, scope, w)
    return writing(table, unitsOf(1), key, unitsOf(1))
  }
  if ('each' in step) return weighEach(step, scope, w)
  if ('use' in step) return weighUse(step.use, scope, w)
  if ('refresh' in step) return weighRefresh(step.refresh, scope, w)
  if ('emit' in step) return costing(unitsOf(4), template(step.text, scope, w))
  if ('after' in step) return costing(unitsOf(4), weighSource(step.after, scope, w, DOUBLE).units, ...Object.values(step.with ?? {}).map((tree) => measured(weighTree(tree, scope, w))))
  if ('call_by_name' in step) return weighDispatch(step, scope, w)
  if ('patch' in step) return weighPatch(step, scope, w)
  if (!('return' in step)) return costing()
  const value = weighTree(step.return, scope, w)
  const shown = shownWeight(value.type, value.size, scope, w)
  return costing(value.units, shown.units, unitsOf(weightOf(shown.size), whyOf(shown.size)))
}

function measured({ units, size }: WeighedSource): Units {
  return sum(units, unitsOf(weightOf(size), whyOf(size)))
}

function weighLet(step: StepOf<'let'>, scope: Scope, w: StepWeighing): Found {
  const before = scope
  const units = Object.entries(step.let).map(([name, tree]) => {
    const value = weighTree(tree, scope, w)
    const declared = declare(scope, name, step.else === undefined ? value.type : present(value.type))
    scope = declared.scope
    w.sizes[declared.slot] = value.size
    return value.units
  })
  return { scope, cost: costing(...units, step.else === undefined ? NONE : template(step.else, before, w)) }
}

function weighCases(cases: readonly [string, Step[]][], scope: Scope, w: StepWeighing): StepCost {
  let left = scope
  const rows = cases.map(([when, steps]) => {
    const found = { when: weighSource(when, left, w, BOOL).units, steps: weighSteps(steps, narrowBySource(when, left, true), w) }
    left = narrowBySource(when, left, false)
    return found
  })
  return inSequence(costing(...rows.map(({ when }) => when)), oneOf(...rows.map(({ steps }) => steps)))
}

function weighEach(step: StepOf<'each'>, scope: Scope, w: StepWeighing): StepCost {
  const [, name, source] = /^(\S+) in (.+)$/s.exec(step.each)!
  const list = weighSource(source!, scope, w)
  const declared = declare(scope, name!, list.type.k === 'list' ? list.type.of : JSON_VALUE)
  w.sizes[declared.slot] = elementOf(list.size)
  const count = unitsOf(itemsIn(list.size), list.size.why ?? whyOf(list.size))
  const body = weighSteps(step.do, declared.scope, w)
  return inSequence(costing(list.units), { units: product(count, sum(unitsOf(1), body.units)), writes: new Map([...body.writes].map(([table, rows]) => [table, product(count, rows)])) })
}

function weighUse(source: string, scope: Scope, w: StepWeighing): StepCost {
  const [name, args] = parseExpression(source).args as [string, Ast[]]
  const definition = w.known.world.stepEnvironment.definitions.get(name)!
  let inner: Scope = { ...scope, variables: new Map(), expanding: [...scope.expanding, name] }
  const given = args.map((arg, i) => {
    const value = weighTop(arg, scope, w)
    const declared = declare(inner, definition.params[i]!, value.type)
    inner = declared.scope
    w.sizes[declared.slot] = value.size
    return value.units
  })
  return inSequence(costing(...given), weighSteps(definition.steps, inner, w))
}

/** A place, what its keys and indexes cost, and the most that one of them is. */
function place(source: string, scope: Scope, w: StepWeighing): Omit<ReturnType<typeof compilePlace>, 'key'> & { readonly key: Units; readonly index: Size } {
  const compiled = compilePlace(source, scope, (name) => w.known.world.stepEnvironment.tableOf(name))
  const found: Weighed[] = []
  for (let at = parseExpression(source); at.op === '.' || at.op === '[]'; at = at.args[0]) {
    if (at.op === '[]') found.push(weighTop(at.args[1], scope, w))
    else found.push({ units: NONE, size: textOfChars(String(at.args[1]).length) })
  }
  return { ...compiled, key: sum(...found.map(({ units }) => units)), index: { k: 'text', chars: Math.max(0, ...found.map(({ size }) => charsOf(size))), why: found.flatMap(({ size }) => whyOf(size)) } }
}

function weighSet(path: string, tree: CelTree, scope: Scope, w: StepWeighing): StepCost {
  const { table, column, inside, key, type, index } = place(path, scope, w)
  const value = weighTree(tree, scope, w, type)
  const size = inside.length ? writtenInside(w.known.columnOf(table.position, column!.position), inside, value.size, index) : value.size
  w.known.admit(table.position, column!.position, size, w.widen)
  const copy = isStructure(column!.type) ? unitsOf(weightOf(value.size), whyOf(value.size)) : NONE
  return writing(table, unitsOf(1), key, value.units, copy, unitsOf(2))
}

/** A value with one place inside it replaced: a list may grow by one at its end, a map by a key. */
function writtenInside(whole: Size, inside: ReturnType<typeof compilePlace>['inside'], written: Size, index: Size): Size {
  const [step, ...rest] = inside
  if (!step) return written
  const inner = writtenInside(typeof step.key === 'string' ? fieldOf(whole, step.key) : elementOf(whole), rest, written, index)
  if (whole.k === 'record') return { k: 'record', fields: new Map([...whole.fields].map(([name, of]) => [name, step.key === name || typeof step.key !== 'string' ? either(of, inner) : of])) }
  if (step.of === 'list' && whole.k === 'list') return { ...whole, items: rest.length ? whole.items : whole.items + 1, of: either(whole.of, inner) }
  if (step.of === 'map' && whole.k === 'map') return { k: 'map', items: rest.length ? whole.items : whole.items + 1, chars: Math.max(whole.chars, charsOf(index)), of: either(whole.of, inner), why: joinWhy(whole.why, index.why) }
  return { k: 'json', weight: weightOf(whole) + weightOf(inner) + weightOf(index) + 1, why: joinWhy(whyOf(inner), index.why) }
}

/** The columns of a row that is inserted or copied: units of all values, and what they may hold from now on. */
function weighRow(table: CompiledTable, row: Record<string, CelTree>, complete: boolean, scope: Scope, w: StepWeighing): Units {
  const units: Units[] = []
  for (const column of table.columns) {
    const { name, position, type, spec } = column
    const given: CelTree | undefined = row[name] ?? (complete ? spec.default : undefined)
    if (given === undefined) {
      if (complete && name === table.key && table.idRule) w.known.admit(table.position, position, keySize(table), w.widen)
      continue
    }
    const value = weighTree(given, row[name] === undefined ? { ...scope, variables: new Map() } : scope, w, type)
    units.push(value.units)
    if (isStructure(type)) units.push(unitsOf(weightOf(value.size), whyOf(value.size)))
    w.known.admit(table.position, position, value.size, w.widen)
  }
  return sum(...units)
}

/** Keys that making one may try. */
function keyTries({ idRule }: CompiledTable): number {
  return idRule && 'first_free' in idRule ? idRule.first_free.length : 0
}

function weighInsert(step: StepOf<'insert'>, scope: Scope, w: StepWeighing): Found {
  const table = w.known.world.stepEnvironment.tableOf(step.insert)!
  const row = weighRow(table, step.row, true, scope, w)
  const declared = step.as ? declare(scope, step.as, table.row) : undefined
  if (declared) w.sizes[declared.slot] = w.known.rowOf(table.position)
  const failure = step.else === undefined ? NONE : template(step.else, scope, w)
  return { scope: declared?.scope ?? scope, cost: writing(table, unitsOf(1), row, failure, unitsOf(table.columns.length + 4 + keyTries(table))) }
}

function weighCopyTree(step: StepOf<'copy_tree'>, scope: Scope, w: StepWeighing): Found {
  const table = w.known.world.stepEnvironment.tableOf(step.copy_tree)!
  const rows = w.known.rowsOf(table.position)
  const changes = weighRow(table, step.with ?? {}, false, scope, w)
  w.known.admit(table.position, table.columnOf.get(table.key)!.position, keySize(table), w.widen)
  const declared = step.as ? declare(scope, step.as, table.row) : undefined
  if (declared) w.sizes[declared.slot] = w.known.rowOf(table.position)
  return { scope: declared?.scope ?? scope, cost: writing(table, rows, weighSource(step.from, scope, w, STRING).units, changes, product(rows, unitsOf(table.columns.length + keyTries(table))), unitsOf(4)) }
}

function weighPatch(step: StepOf<'patch'>, scope: Scope, w: StepWeighing): StepCost {
  const { table, key } = place(step.patch, scope, w)
  const from = weighSource(step.from, scope, w)
  const fields = (from.type as Type & { k: 'record' }).fields
  let columns = 0
  const copies: Units[] = []
  for (const [name, of] of fields) {
    const column = table.columnOf.get(name)
    if (!column || name === table.key || (step.only && !step.only.includes(name))) continue
    columns++
    const value = converted({ type: present(of), units: NONE, size: fieldOf(from.size, name) }, present(column.type))
    copies.push(value.units)
    w.known.admit(table.position, column.position, value.size, w.widen)
  }
  return writing(table, unitsOf(1), key, from.units, ...copies, unitsOf(columns))
}

function weighRefresh(source: string, scope: Scope, w: StepWeighing): StepCost {
  const { table, column, key } = place(source, scope, w)
  const derived = table.spec.derive[column!.name]!
  const row = declare({ ...scope, variables: new Map() }, 'row', table.row)
  w.sizes[row.slot] = w.known.rowOf(table.position)
  const value = weighSource(derivedSource(derived), row.scope, w, column!.type)
  w.known.admit(table.position, column!.position, value.size, w.widen)
  return writing(table, unitsOf(1), key, value.units)
}

function weighDispatch(step: StepOf<'call_by_name'>, scope: Scope, w: StepWeighing): StepCost {
  const name = weighSource(step.call_by_name, scope, w, STRING)
  const unknown = step.else === undefined ? unitsOf(8 + share(spelledChars(name.size), 3), whyOf(name.size)) : template(step.else, scope, w)
  return inSequence(costing(unitsOf(8), name.units, name.units, unknown, measured(weighTree(step.with ?? {}, scope, w))), oneOf(...w.targets(step).map(w.toolCost)))
}

/** A template, or a structure of templates. */
export function template(tree: TemplateTree, scope: Scope, w: Weighing): Units {
  if (Array.isArray(tree)) return sum(...tree.map((item) => template(item, scope, w)))
  if (tree !== null && typeof tree === 'object') return sum(...Object.values(tree).map((item) => template(item, scope, w)))
  if (typeof tree !== 'string') return NONE
  let chars = 0
  const why = []
  const units: Units[] = []
  for (const part of splitTemplate(tree) ?? []) {
    if (typeof part === 'string') {
      chars += part.length
      continue
    }
    const value = weighSource(part.source, scope, w)
    units.push(measured(value))
    const shown = value.type.k === 'time' ? 24 : spelledChars(converted({ ...value, units: NONE }, JSON_VALUE).size)
    chars += shown
    why.push(...whyOf(value.size))
  }
  return sum(...units, unitsOf(share(chars, 4), why))
}

