/** How far a state is from the goal: the fewest writes that are left, those that the user makes when asked included. */
import type { Stray } from '../episode/task.ts'
import type { CompiledTool } from '../world/tool.ts'
import { damageSize } from './damage.ts'
import type { Deed } from './deed.ts'
import { planLongWay } from './long-way.ts'
import type { Bounds } from './meter.ts'
import { firstState, type Model, type PlanState, viewOf } from './model.ts'
import { type Move, type Node, searchPlan, type Searched } from './plan-search.ts'
import { mayRight, type Reach, reachOfDeeds, reachOfTools } from './reach.ts'
import { repairsOf } from './repair.ts'

const costOf = ({ kind }: Deed) => (kind === 'wait' ? 0 : 1)
/** Writes of a witness up to which all that could be left out of it is tried. */
const FEW = 8
const NOWHERE: Searched = { result: 'unreachable', states: 0, tries: 0, units: 0 }

/** What is left of the witness, in its order. */
function witnessMoves(deeds: readonly Deed[]): (node: Node) => Move[] {
  const moves = deeds.map((deed, i) => ({ deed, cost: costOf(deed), mark: i + 1 }))
  return ({ mark }) => moves.slice(mark)
}

/** What the witness alone has still to do: the least of it where that can be tried, else as much as nothing can be left out of. */
function planStraight(model: Model, state: PlanState, bounds: Bounds): Searched {
  const { deeds } = model.script
  return deeds.filter(({ kind }) => kind !== 'wait').length <= FEW ? searchPlan(model, state, { moves: witnessMoves(deeds) }, bounds) : planLongWay(model, state, bounds)
}

/** Whether some change that may not last lies where nothing of a reach writes. */
function isLost(strays: readonly Stray[], reach: Reach): boolean {
  return strays.some((stray) => !mayRight(reach, stray))
}

/**
 * The distance of a state: by what is left of the witness, in its order; where that does not lead to the goal, with
 * repairs before it, each of which puts right some of the damage.
 * @param tools those of the agent that write
 */
export function distanceFrom(model: Model, state: PlanState, tools: readonly CompiledTool[], bounds: Bounds): Searched {
  const { base: { world }, script: { deeds }, goal } = model
  const strays = (of: PlanState) => goal.strays(viewOf(model, of))
  const moves = witnessMoves(deeds)
  const byWitness = reachOfDeeds(world, deeds)
  const found = strays(state)
  const straight = isLost(found, byWitness) ? NOWHERE : planStraight(model, state, bounds)
  if (straight.result !== 'unreachable' || isLost(found, reachOfTools(world, tools, byWitness))) return straight
  const { deeds: mending, capped } = repairsOf(model, tools, state.overlay)
  if (!mending.length) return straight
  const repairs = mending.map((deed) => ({ deed, cost: 1, mark: 0 }))
  const mended = searchPlan(model, state, {
    moves(node) {
      if (node.mark > 0 || damageSize(model, node.overlay) === 0) return moves(node)
      return isLost(strays(node), byWitness) ? repairs : [...repairs, ...moves(node)]
    },
    keeps: ({ overlay }, from, { mark }) => mark > 0 || damageSize(model, overlay) < damageSize(model, from.overlay),
  }, { tries: bounds.tries - straight.tries, units: bounds.units - straight.units })
  const result = mended.result === 'unreachable' && capped ? 'unknown' : mended.result
  return { result, states: straight.states + mended.states, tries: straight.tries + mended.tries, units: straight.units + mended.units }
}

/** The distance of the state that an episode begins in. */
export function distanceOfStart(model: Model, bounds: Bounds): Searched {
  return planStraight(model, firstState(model), bounds)
}
