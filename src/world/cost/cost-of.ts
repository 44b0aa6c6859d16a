/** The most units that one call of each tool can cost, proved from declared sizes. */
import type { Step } from '../../../protocol/spec/step.ts'
import type { Definition, World } from '../../../protocol/spec/world.ts'
import { matchesGlob } from '../../core/glob.ts'
import type { CompiledWorld } from '../compiled-world.ts'
import { type Ast, parseExpression } from '../expression/parse.ts'
import { declare } from '../expression/scope.ts'
import type { CompiledTable } from '../table.ts'
import { compileInput } from '../input.ts'
import { JSON_VALUE, nullable } from '../type.ts'
import { writesOf } from '../written-column.ts'
import { inputSize } from './input-size.ts'
import { dispatches } from '../step-dispatch.ts'
import type { Size, Unknown } from './size.ts'
import { NONE, product, sum, type Units, unitsOf } from './units.ts'
import { weighBase } from './weigh-base.ts'
import { inSequence, type StepCost, type StepWeighing, template, weighSteps } from './weigh-step.ts'
import { weighSource, weighTop } from './weigh-expression.ts'
import { WorldSize } from './world-size.ts'

/** A proved number of units, or what would have to be declared for one. */
export type CostBound = { readonly bound: number } | { readonly unbounded: readonly Unknown[] }

/** Passes after which a column that still grows is taken to have no bound. */
const PASSES_BEFORE_WIDENING = 3
const MOST_PASSES = 60

/**
 * Bounds by tool, reactions and lifecycle guards included. `elsewhere` are columns (`table.column`, `table.*`) that
 * steps outside the world write: the set-up of tasks. Their sizes count only as far as the columns declare them.
 */
export function costOf(world: CompiledWorld, elsewhere: ReadonlySet<string> = new Set()): ReadonlyMap<string, CostBound> {
  const { spec } = world
  const all = [...Object.values(spec.tools).flatMap((tool) => tool.do ?? []), ...spec.reactions.flatMap((reaction) => reaction.do), ...Object.values(spec.timers).flatMap((timer) => timer.do)]
  const grows = insertedTables(all, spec.defs)
  for (const name of elsewhere) if (name.endsWith('.*')) grows.set(name.slice(0, -2), 'the set-up of a task')
  const known = new WorldSize(world, new Set([...writesOf(all, spec.defs), ...elsewhere]), (table) => rowsOf(table, grows))
  weighBase(known)
  openElsewhere(known, elsewhere)
  let weigher = new WorldWeigher(known, false)
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    weigher = new WorldWeigher(known, pass >= PASSES_BEFORE_WIDENING)
    weigher.weighAll()
    if (!known.takeGrowth()) break
  }
  return new Map(Object.keys(spec.tools).map((name) => [name, weigher.boundOf(name)]))
}

/** Tables that gain rows, each with a tool or other place that adds them. */
function insertedTables(steps: readonly Step[], definitions: Readonly<Record<string, Definition>>, into = new Map<string, string>(), seen = new Set<string>()): Map<string, string> {
  for (const step of steps) {
    if ('insert' in step) into.set(step.insert, 'a step inserts')
    else if ('copy_tree' in step) into.set(step.copy_tree, 'copy_tree adds')
    else if ('if' in step) insertedTables([...step.then, ...(step.else ?? [])], definitions, into, seen)
    else if ('cases' in step) insertedTables(step.cases.flatMap(([, inner]) => inner), definitions, into, seen)
    else if ('each' in step) insertedTables(step.do, definitions, into, seen)
    else if ('use' in step) {
      const name = step.use.split('(')[0]!.trim()
      if (!seen.has(name)) insertedTables(definitions[name]?.do ?? [], definitions, into, new Set(seen).add(name))
    }
  }
  return into
}

function rowsOf(table: CompiledTable, grows: ReadonlyMap<string, string>): Units {
  const by = grows.get(table.name)
  if (by === undefined) return unitsOf(table.slots)
  const most = table.spec.max_rows
  if (most !== undefined) return unitsOf(Math.max(most, table.slots))
  const path = `tables.${table.name}`
  return unitsOf(Infinity, [{ path, because: `${by} rows of ${table.name}, and nothing bounds how many`, remedy: `declare max_rows on ${path}` }])
}

/** Columns that are written outside the world hold whatever they let in. */
function openElsewhere(known: WorldSize, elsewhere: ReadonlySet<string>): void {
  for (const table of known.world.tables) {
    for (const column of table.columns) {
      if (column.spec.type !== 'string' && column.spec.type !== 'json') continue
      if (!elsewhere.has(`${table.name}.${column.name}`) && !elsewhere.has(`${table.name}.*`)) continue
      const path = `tables.${table.name}.columns.${column.name}`
      const why = [{ path, because: `the set-up of a task writes ${path}`, remedy: column.spec.type === 'string' ? `declare max_length on ${path}` : `declare ${path} as a record, list or map with bounds` }]
      known.admit(table.position, column.position, column.spec.type === 'string' ? { k: 'text', chars: Infinity, why } : { k: 'json', weight: Infinity, why }, false)
    }
  }
  known.takeGrowth()
}

/** One pass over everything in a world that writes. */
class WorldWeigher {
  readonly #known: WorldSize
  readonly #widen: boolean
  readonly #tools = new Map<string, StepCost>()
  #reactions: StepCost[] = []
  #guards = new Map<number, Units>()
  #invariants: { readonly each: number | undefined; readonly units: Units }[] = []

  constructor(known: WorldSize, widen: boolean) {
    this.#known = known
    this.#widen = widen
  }

  weighAll(): void {
    const { spec, tables } = this.#known.world
    for (const name of Object.keys(spec.tools)) this.#tool(name)
    this.#reactions = spec.reactions.map((_, i) => this.#reaction(i))
    for (const [name, { input, do: steps }] of Object.entries(spec.timers)) {
      const path = `timers.${name}.input`
      const untyped: Size = { k: 'json', weight: Infinity, why: [{ path, because: `the arguments of timer ${name} have no types`, remedy: `declare ${path}` }] }
      this.#steps(steps, [['args', input ? compileInput(input).type : JSON_VALUE, input ? inputSize(input, path) : untyped]])
    }
    this.#guards = new Map(tables.flatMap((table) => (table.spec.lifecycle ? [[table.position, this.#guard(table)] as const] : [])))
    this.#invariants = spec.invariants.map((invariant, i) => this.#invariant(invariant, this.#known.world.invariants[i]!.each))
  }

  boundOf(name: string): CostBound {
    const tool = this.#known.world.spec.tools[name]!
    if (tool.served !== undefined) return { bound: this.#known.world.server?.bound ?? 1 }
    if (!tool.do) return { unbounded: [{ path: `tools.${name}`, because: 'a tool in TypeScript says itself what it charges', remedy: 'do: [steps] instead of host' }] }
    const { n, why } = this.#closed(this.#tool(name))
    if (n !== Infinity) return { bound: Math.ceil(n) }
    return { unbounded: why?.length ? why : [{ path: `tools.${name}`, because: 'nothing bounds a number that it counts by', remedy: 'min(n, 100) around what is counted' }] }
  }

  #weighing(): StepWeighing {
    return { known: this.#known, notes: new Map(), sizes: [], widen: this.#widen, toolCost: (name) => this.#tool(name), targets: ({ among }) => this.#targets(among) }
  }

  #steps(steps: readonly Step[], variables: readonly [string, Parameters<typeof declare>[2], Size][]): StepCost {
    const w = this.#weighing()
    let scope = this.#known.world.scope()
    scope.slots.notes = w.notes
    for (const [name, type, size] of variables) {
      const declared = declare(scope, name, type)
      scope = declared.scope
      w.sizes[declared.slot] = size
    }
    return weighSteps(steps, scope, w)
  }

  #tool(name: string): StepCost {
    const known = this.#tools.get(name)
    if (known) return known
    const { argumentsType, spec } = this.#known.world.tools.get(name)!
    const cost = this.#steps(spec.do ?? [], [['args', argumentsType, inputSize(spec.input, `tools.${name}.input`)]])
    this.#tools.set(name, cost)
    return cost
  }

  #targets(among: readonly string[]): string[] {
    const { spec: { tools }, stepEnvironment: { definitions } } = this.#known.world
    return Object.keys(tools).filter((name) => matchesGlob(among, name) && tools[name]!.do !== undefined && !dispatches(tools[name]!.do, definitions))
  }

  #reaction(i: number): StepCost {
    const { world } = this.#known
    const { watch, as, do: steps } = world.spec.reactions[i]!
    const table = world.tables.find(({ name }) => name === watch[0]!.split('.')[0])!
    const row = this.#known.rowOf(table.position)
    return this.#steps(steps, as === undefined ? [] : [[as, nullable(table.row), row], ['old', nullable(table.row), row]])
  }

  #guard(table: CompiledTable): Units {
    const w = this.#weighing()
    const scope = this.#known.world.scope()
    scope.slots.notes = w.notes
    const row = declare(scope, 'row', table.row)
    const old = declare(row.scope, 'old', nullable(table.row))
    w.sizes[row.slot] = w.sizes[old.slot] = this.#known.rowOf(table.position)
    const { guards, else: otherwise } = table.spec.lifecycle!
    const texts = [otherwise, ...guards.map((guard) => guard.else)].flatMap((tree) => (tree === undefined ? [] : [template(tree, old.scope, w)]))
    return sum(...guards.map(({ when }) => weighSource(when, old.scope, w).units), ...texts)
  }

  /** An invariant, for one changed row where it looks at the rows of a table one by one. */
  #invariant({ that, else: otherwise }: World['invariants'][number], each: number | undefined): { each: number | undefined; units: Units } {
    const w = this.#weighing()
    let scope = this.#known.world.scope()
    scope.slots.notes = w.notes
    let condition = parseExpression(that)
    if (each !== undefined) {
      const [variable, body] = condition.args[2] as [Ast, Ast]
      const declared = declare(scope, variable.args, this.#known.world.tables[each]!.row)
      w.sizes[declared.slot] = this.#known.rowOf(each)
      scope = declared.scope
      condition = body
    }
    return { each, units: sum(weighTop(condition, scope, w).units, otherwise === undefined ? NONE : template(otherwise, scope, w)) }
  }

  /** A call with what follows it before the commit: each reaction as often as rows that it watches may change. */
  #closed(call: StepCost): Units {
    const { world } = this.#known
    if (!call.writes.size) return call.units
    let runs: Units[] = this.#reactions.map(() => NONE)
    let all = call
    // Reactions feed one another without circles: so many rounds reach the last.
    for (let round = 0; round <= this.#reactions.length; round++) {
      all = inSequence(call, ...this.#reactions.map(({ units, writes }, i) => ({ units: product(runs[i]!, units), writes: new Map([...writes].map(([table, rows]) => [table, product(runs[i]!, rows)])) })))
      const { writes } = all
      runs = world.spec.reactions.map(({ watch, as }) => {
        const rows = [...new Set(watch.map((source) => world.positionOf(source.split('.')[0]!)))].map((table) => writes.get(table) ?? NONE)
        return as === undefined ? unitsOf(rows.some(({ n }) => n > 0) ? 1 : 0) : sum(...rows)
      })
    }
    const guards = [...this.#guards].map(([table, units]) => product(all.writes.get(table) ?? NONE, units))
    const invariants = this.#invariants.map(({ each, units }) => (each === undefined ? units : product(all.writes.get(each) ?? NONE, units)))
    return sum(all.units, ...guards, ...invariants)
  }
}
