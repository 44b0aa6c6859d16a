/** A world: tables, tools and invariants, compiled once and shared by all episodes. */
import type { World } from '../../protocol/spec/world.ts'
import { parseTime } from '../core/calendar.ts'
import { BaseWorld } from './base-world.ts'
import { checkCycles } from './check-cycle.ts'
import type { Row } from './evaluation.ts'
import { type Scope, SlotCounter, type TableShape, type ValueDefinition } from './expression/scope.ts'
import { compileInvariants, type Invariant } from './invariant.ts'
import { type CellSource, lazyRowMaker } from './lazy-row.ts'
import { type SettledWorld, settleWorld } from './settle-table.ts'
import type { Site } from './site.ts'
import type { StepDefinition } from './step-definition.ts'
import type { CompiledTable } from './table.ts'
import { compileTables, fillExpressions } from './compile-table.ts'
import { checkDefinitions } from './check-definitions.ts'
import { type CompiledTool, compileTool } from './tool.ts'

export type CompiledWorld = {
  readonly name: string
  readonly spec: SettledWorld
  /** Milliseconds since 1970. */
  readonly epoch: number
  readonly tables: readonly CompiledTable[]
  readonly tools: ReadonlyMap<string, CompiledTool>
  readonly invariants: readonly Invariant[]
  /** Position of a table by name. */
  positionOf(table: string): number
  /** A scope with the world's tables and definitions, and a slot counter of its own. */
  scope(): Scope
  makeRow(table: number, source: CellSource, n: number, cells: readonly unknown[] | undefined): Row
}

/** Compiles a world; mistakes become findings of the site. */
export function compileWorld(source: World, site: Site): CompiledWorld {
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
  const scope = (): Scope => ({ tables: shapes, definitions, variables: new Map(), slots: new SlotCounter(), cost: { nodes: 0 }, depth: 0, expanding: [] })
  fillExpressions(tables, scope, site.at('tables'))
  checkCycles(spec, site.at('tables'))

  const environment = { tableOf, definitions: stepDefinitions }
  checkDefinitions(spec.defs, scope, environment, site.at('defs'))
  const tools = new Map(Object.entries(spec.tools).map(([name, tool]) => [name, compileTool(name, tool, scope(), environment, site.at('tools', name))]))
  const makers = tables.map(lazyRowMaker)
  return {
    name: spec.name,
    spec,
    epoch: epoch ?? 0,
    tables,
    tools,
    invariants: compileInvariants(spec.invariants, scope, tables, site.at('invariants')),
    positionOf: (table) => positions.get(table)!,
    scope,
    makeRow: (table, source, n, cells) => makers[table]!(source, n, cells),
  }
}

/** Makes the base world of a seed. */
export function makeBase(world: CompiledWorld, seed: number): BaseWorld {
  return new BaseWorld(world, seed)
}

