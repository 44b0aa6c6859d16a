/** What calls can cost: the bounds that are proved, and whether a tool without one is affordable at all. */
import type { ToolCost } from '../../protocol/report.ts'
import type { Scenario } from '../../protocol/spec/scenario.ts'
import { keyOf } from '../core/keyed.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { costOf } from '../world/cost/cost-of.ts'
import { baseCostOf } from '../world/cost/weigh-base.ts'
import { CALL_UNITS } from '../world/evaluation.ts'
import { Overlay } from '../world/overlay.ts'
import { runTool } from '../world/tool.ts'
import { Transaction } from '../world/transaction.ts'
import { writesOf } from '../world/written-column.ts'
import type { Tally } from './tally.ts'
import { seedAt } from './seed.ts'
import { faultOf } from './trial.ts'

/** The most that each tool of a scenario can cost; the set-up of its tasks writes to the world as well. */
export function toolCosts({ world }: CompiledScenario, spec: Scenario | undefined): ToolCost[] {
  const setups = Object.values(spec?.tasks ?? {}).flatMap(({ setup = [], variants }) => [...setup, ...Object.values(variants ?? {}).flatMap((variant) => variant.setup ?? [])])
  return [...costOf(world, writesOf(setups, world.spec.defs))].map(([tool, cost]) => ('bound' in cost ? { tool, bound: cost.bound } : { tool, unbounded: [...cost.unbounded] }))
}

/** Rows that the tables of a world may start with, all together: an index over them is built while others wait. */
const BASE_ROWS = 300_000
/** What computing all cells of a base world may cost, in units. */
const BASE_UNITS = 20_000_000

/** Looks at what the seeded rows of a world can cost, which no call's meter counts. */
export function tryBase({ world }: CompiledScenario, tally: Tally): void {
  const rows = world.tables.reduce((sum, { slots }) => sum + slots, 0)
  tally.add(rows <= BASE_ROWS, () => ({ found: `${rows} rows at the start, more than ${BASE_ROWS}` }))
  const columns = baseCostOf(world)
  const units = columns.reduce((sum, column) => sum + column.units, 0)
  const dearest = columns.slice(0, 3).map((column) => `${column.path} (${column.cells} cells, ${Math.ceil(column.units / Math.max(1, column.cells))} units each)`)
  tally.add(units <= BASE_UNITS, () => ({ found: `computing all cells of the seeded rows can cost ${Math.ceil(units)} units, more than ${BASE_UNITS}; the dearest: ${dearest.join(', ')}` }))
}

/** Calls each tool that takes no argument and is not proved to be affordable: what every call costs too much can never be used. */
export function tryCosts(scenario: CompiledScenario, costs: readonly ToolCost[], tally: Tally): void {
  const { world } = scenario
  for (const { tool: name, bound = Infinity } of costs) {
    const tool = world.tools.get(name)!
    const constant = (tool.spec.input.required ?? []).length === 0
    const spent = bound <= CALL_UNITS || !constant ? 0 : callCost(scenario, name)
    tally.add(spent < CALL_UNITS, () => ({ seed: seedAt(0), found: `${name} costs more than ${CALL_UNITS} units though it is given nothing` }))
  }
}

function callCost(scenario: CompiledScenario, name: string): number {
  const { world } = scenario
  const tool = world.tools.get(name)!
  const read = tool.read({}, '')
  if ('problem' in read) return 0
  try {
    return runTool(tool, read.value, new Transaction(scenario.baseOf(seedAt(0)), new Overlay(world.tables.length)), world.epoch, keyOf(['cost', name])).cost
  } catch (error) {
    // Faults are other checks' business.
    if (faultOf(error) === undefined) throw error
    return 0
  }
}
