/** Whether a task can be done with fewer writes than its witness makes. */
import type { CompiledTool } from '../world/tool.ts'
import { candidatesOf, type Caps } from './candidate.ts'
import { type Deed, writesIn } from './deed.ts'
import type { Bounds } from './meter.ts'
import { firstState, type Model } from './model.ts'
import { type Move, type Node, searchPlan } from './plan-search.ts'
import { ValuePool } from './value-pool.ts'

export type Minimality = {
  /** `proven`: no plan of the candidates has fewer writes; `refuted`: one has; `unknown`: the bounds came first. */
  readonly verdict: 'proven' | 'refuted' | 'unknown'
  /** Writes of the agent that a plan has to undercut. */
  readonly writes: number
  /** The shorter plan. */
  readonly plan: readonly Deed[] | undefined
  readonly states: number
  readonly tries: number
  /** Calls that were tried in every state, and whether there are more of them than that. */
  readonly candidates: number
  readonly capped: boolean
}

export type MinimalityQuest = {
  /** Of the agent, those that write. */
  readonly tools: readonly CompiledTool[]
  readonly bounds: Bounds
  /** Writes to undercut; default: those of the witness. */
  readonly writes?: number
  /** Whether a plan that leads to the goal of the state is really enough; default: it is. */
  accept?(plan: readonly Deed[]): boolean
}

const CAPS: Caps = { values: 5, ofTool: 16, inAll: 128 }
/** Deeds that are no writes of the agent and may stand in a plan once each, as in the witness: one bit each. */
const MOST_FREE = 20

/**
 * Looks for a plan with fewer writes: of the witness's own calls and of every other write tool, over what the witness
 * and the slots of the task say, in any order. What the user does for the witness, and waiting, costs nothing.
 */
export function proveMinimal(model: Model, { tools, bounds, writes = writesIn(model.script.deeds), accept }: MinimalityQuest): Minimality {
  const own = model.script.deeds
  const others = writes > 1 ? candidatesOf(tools, poolFor(model), CAPS) : { deeds: [], capped: false }
  const free = own.filter(({ kind }) => kind !== 'call').slice(0, MOST_FREE)
  const calls = [...own.filter(({ kind }) => kind === 'call'), ...others.deeds]
  const counts = { writes, candidates: calls.length, capped: others.capped }
  if (writes === 0) return { verdict: 'proven', plan: undefined, states: 0, tries: 0, ...counts }
  const moves = ({ mark }: Node): Move[] => [
    ...free.flatMap((deed, i): Move[] => (mark & (1 << i) ? [] : [{ deed, cost: 0, mark: mark | (1 << i) }])),
    ...calls.map((deed) => ({ deed, cost: 1, mark })),
  ]
  const { result, states, tries } = searchPlan(model, firstState(model), { moves, most: writes - 1, accept }, bounds)
  if (typeof result === 'object') return { verdict: 'refuted', plan: result.plan, states, tries, ...counts }
  return { verdict: result === 'unreachable' ? 'proven' : 'unknown', plan: undefined, states, tries, ...counts }
}

function poolFor({ task, script }: Model): ValuePool {
  const pool = new ValuePool()
  for (const deed of script.deeds) if (deed.kind === 'call') for (const [name, value] of Object.entries(deed.args)) pool.add(name, value)
  const { slots } = task.template.gold(task) as { slots: Record<string, unknown> }
  for (const [name, value] of Object.entries(slots)) pool.add(name, value)
  return pool
}
