/** A world: tables, tools and invariants, compiled once and shared by all episodes. */
import type { World } from '../../protocol/spec/world.ts'
import { parseTime } from '../core/calendar.ts'
import { BaseWorld } from './base-world.ts'
import { checkCycles } from './check-cycle.ts'
import type { Row } from './evaluation.ts'
import { type Scope, SlotCounter, type TableShape, type ValueDefinition } from './expression/scope.ts'
import { declare } from './expression/scope.ts'
import { compileLifecycles, type Guard } from './guard.ts'
import type { HostTools } from './host-tool.ts'
import { compileInvariants, type Invariant } from './invariant.ts'
import { compileReactions, type Reaction } from './reaction.ts'
import { type CompiledTimer, compileTimers, repeatingName } from './timer.ts'
import { type CellSource, lazyRowMaker } from './lazy-row.ts'
import { type Actor, derivedSource, type SettledWorld, settleWorld } from './settle-table.ts'
import { compileServer, type ServedWorld } from './served/served-tool.ts'
import type { Site } from './site.ts'
import type { StepEnvironment } from './step.ts'
import type { StepDefinition } from './step-definition.ts'
import type { CompiledTable } from './table.ts'
import { compileTables, fillExpressions } from './compile-table.ts'
import { checkDefinitions } from './check-definitions.ts'
import { type CompiledTool, compileTool } from './tool.ts'
import { compileUniques } from './unique.ts'
import { type CompiledTest, compileTests } from './world-test.ts'

export type CompiledWorld = {
  readonly name: string
  readonly spec: SettledWorld
  /** Milliseconds since 1970. */
  readonly epoch: number
  readonly tables: readonly CompiledTable[]
  readonly tools: ReadonlyMap<string, CompiledTool>
  readonly invariants: readonly Invariant[]
  readonly reactions: readonly Reaction[]
  /** What a commit must fulfil besides. */
  readonly guards: readonly Guard[]
  readonly timers: ReadonlyMap<string, CompiledTimer>
  /** What steps outside tools are compiled in: those of a task's set-up. */
  readonly stepEnvironment: Omit<StepEnvironment, 'writes'>
  /** The server of others whose tools it has. */
  readonly server: ServedWorld | undefined
  readonly tests: readonly CompiledTest[]
  /** Position of a table by name. */
  positionOf(table: string): number
  /** A scope with the world's tables and definitions, and a slot counter of its own. */
  scope(): Scope
  makeRow(table: number, source: CellSource, n: number, cells: readonly unknown[] | undefined): Row
}

/** Compiles a world; mistakes become findings of the site. */
export function compileWorld(source: World, site: Site, hosts: HostTools = {}): CompiledWorld {
  const spec = settleWorld(source)
  const epoch = parseTime(spec.epoch)
  if (epoch === undefined) site.at('epoch').complain('value', 'no time of the calendar', { expected: '2026-03-02T09:00:00Z' })
  const tables = compileTables(spec, site)
  const positions = new Map(tables.map((table) => [table.name, table.position]))
  const tableOf = (name: string) => tables[positions.get(name) ?? -1]
  const shapes = new Map<string, TableShape>(tables.map((table) => [table.name, table]))
  const definitions = new Map<string, ValueDefinition>()
  const stepDefinitions = new Map<string, StepDefinition>()
  for (const [name, { params, value, do: steps }] of Object.entries(spec.defs)) {
    if ((value === undefined) === (steps === undefined)) site.at('defs', name).complain('definition', `${name} needs either value or do`)
    if (value !== undefined) definitions.set(name, { params, source: value })
    if (steps) stepDefinitions.set(name, { params, steps })
  }
  for (const [table, { derive }] of Object.entries(spec.tables)) {
    for (const [field, derived] of Object.entries(derive)) {
      if ((derived.value === undefined) === (derived.cases === undefined)) site.at('tables', table, 'derive', field).complain('definition', `${field} needs either value or cases`)
      if (!derived.latch) definitions.set(`${table}.${field}`, { params: ['row'], source: derivedSource(derived) })
    }
  }
  const scope = (): Scope => ({ tables: shapes, definitions, variables: new Map(), slots: new SlotCounter(), cost: { nodes: 0 }, depth: 0, expanding: [] })
  fillExpressions(tables, scope, site.at('tables'))
  checkCycles(spec, site.at('tables'))

  const tools = new Map<string, CompiledTool>()
  const server = compileServer(spec, tableOf, site.at('server'))
  const environment = { tableOf, definitions: stepDefinitions, timers: spec.timers, tools: spec.tools, toolOf: (name: string) => tools.get(name), hosts, server, path: spec.server?.state?.calls }
  checkDefinitions(spec.defs, scope, environment, site.at('defs'))
  checkDerived(tables, scope, site.at('tables'))
  for (const [name, tool] of Object.entries(spec.tools)) tools.set(name, compileTool(name, tool, scopeOf(tool.actor, scope(), spec), environment, site.at('tools', name)))
  const makers = tables.map(lazyRowMaker)
  const world: Omit<CompiledWorld, 'tests'> = {
    name: spec.name,
    spec,
    epoch: epoch ?? 0,
    tables,
    tools,
    reactions: compileReactions(spec, scope, environment, site.at('reactions')),
    guards: [...compileLifecycles(tables, scope, site.at('tables')), ...compileUniques(tables)],
    timers: compileTimers(spec, scope, environment, site),
    stepEnvironment: environment,
    server,
    invariants: compileInvariants(spec.invariants, scope, tables, site.at('invariants')),
    positionOf: (table) => positions.get(table)!,
    scope,
    makeRow: (table, source, n, cells) => makers[table]!(source, n, cells),
  }
  return { ...world, tests: compileTests({ ...world, tests: [] }, site.at('tests')) }
}

/** What the tools of an actor may read: private tables of the user are the user's. */
function scopeOf(actor: Actor, scope: Scope, spec: SettledWorld): Scope {
  if (actor === 'user') return scope
  const hidden = new Set(Object.keys(spec.tables).filter((name) => spec.tables[name]!.owner === 'user'))
  return hidden.size ? { ...scope, hidden, tables: new Map([...scope.tables].filter(([name]) => !hidden.has(name))) } : scope
}

/** Compiles every computed field once, for its mistakes. */
function checkDerived(tables: readonly CompiledTable[], scope: () => Scope, site: Site): void {
  for (const { name, spec, row, columnOf } of tables) {
    for (const [field, derived] of Object.entries(spec.derive)) {
      if (derived.latch) continue
      const at = site.at(name, 'derive', field)
      if (columnOf.has(field)) at.complain('name', `'${field}' is a column already`, { key: true, expected: 'another name' })
      const place = derived.value === undefined ? at : at.at('value')
      place.expression(derivedSource(derived), declare(scope(), 'row', row).scope)
    }
  }
}

/** Milliseconds since 1970 at which the repeating timers of a world first fire. */
export function firstFirings({ spec, epoch }: CompiledWorld): { readonly name: string; readonly due: number }[] {
  return spec.every.map(({ id, seconds, first = seconds }) => ({ name: repeatingName(id), due: epoch + first * 1000 }))
}

/** Makes the base world of a seed. */
export function makeBase(world: CompiledWorld, seed: number): BaseWorld {
  return new BaseWorld(world, seed)
}

