/** How far a state is from the goal: the fewest writes that are left, those that the user makes when asked included. */
import { firstFirings } from '../world/compiled-world.ts'
import type { Deed } from './deed.ts'
import { damageSize } from './damage.ts'
import type { Model, PlanState } from './model.ts'
import { type Bounds, type Move, type Node, searchPlan, type Searched } from './plan-search.ts'
import { repairsOf } from './repair.ts'
import type { CompiledTool } from '../world/tool.ts'

/** The state in which an episode begins. */
export function firstState({ base: { world }, start }: Model): PlanState {
  const overlay = start.fork()
  for (const { name, due } of firstFirings(world)) overlay.addTimer(due, name, {})
  return { overlay, clock: 0, results: {} }
}

const costOf = ({ kind }: Deed) => (kind === 'wait' ? 0 : 1)

/** What is left of the witness, in its order. */
function witnessMoves(deeds: readonly Deed[]): (node: Node) => Move[] {
  const moves = deeds.map((deed, i) => ({ deed, cost: costOf(deed), mark: i + 1 }))
  return ({ mark }) => moves.slice(mark)
}

/**
 * The distance of a state: by what is left of the witness, in its order; where that does not lead to the goal, with
 * repairs before it, each of which puts right some of the damage.
 */
export function distanceFrom(model: Model, state: PlanState, tools: readonly CompiledTool[], bounds: Bounds): Searched {
  const moves = witnessMoves(model.script.deeds)
  const straight = searchPlan(model, state, { moves }, bounds)
  if (straight.result !== 'unreachable') return straight
  const { deeds, capped } = repairsOf(model, tools, state.overlay)
  if (!deeds.length) return straight
  const repairs = deeds.map((deed) => ({ deed, cost: 1, mark: 0 }))
  const mended = searchPlan(model, state, {
    moves: (node) => (node.mark === 0 ? [...repairs, ...moves(node)] : moves(node)),
    keeps: ({ overlay }, from, { mark }) => mark > 0 || damageSize(model, overlay) < damageSize(model, from.overlay),
  }, { tries: bounds.tries - straight.tries, units: bounds.units - straight.units })
  const result = mended.result === 'unreachable' && capped ? 'unknown' : mended.result
  return { result, states: straight.states + mended.states, tries: straight.tries + mended.tries, units: straight.units + mended.units }
}

/** The distance of the state that an episode begins in. */
export function distanceOfStart(model: Model, bounds: Bounds): Searched {
  return distanceFrom(model, firstState(model), [], bounds)
}
