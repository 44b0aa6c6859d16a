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
  const needed = own.filter(({ kind }) => kind === 'call')
  const calls = [...needed, ...others.deeds]
  const counts = { writes, candidates: calls.length, capped: others.capped }
  if (writes === 0) return { verdict: 'proven', plan: undefined, states: 0, tries: 0, ...counts }
  const moves = (some: readonly Deed[]) => ({ mark }: Node): Move[] => [
    ...free.flatMap((deed, i): Move[] => (mark & (1 << i) ? [] : [{ deed, cost: 0, mark: mark | (1 << i) }])),
    ...some.map((deed) => ({ deed, cost: 1, mark })),
  ]
  const most = writes - 1
  // What the witness has too much is found at once; all the rest takes long.
  const among = searchPlan(model, firstState(model), { moves: moves(needed), most, accept }, bounds)
  const searches = [among]
  if (among.result === 'unreachable' && others.deeds.length) {
    searches.push(searchPlan(model, firstState(model), { moves: moves(calls), most, accept }, { tries: bounds.tries - among.tries, units: bounds.units - among.units }))
  }
  const { result } = searches.at(-1)!
  const spent = { states: searches.reduce((sum, one) => sum + one.states, 0), tries: searches.reduce((sum, one) => sum + one.tries, 0) }
  if (typeof result === 'object') return { verdict: 'refuted', plan: result.plan, ...spent, ...counts }
  return { verdict: result === 'unreachable' ? 'proven' : 'unknown', plan: undefined, ...spent, ...counts }
}

/** What the witness and the slots of a task say: all that a request is about. */
export function poolFor({ task, script }: Model): ValuePool {
  const pool = new ValuePool()
  for (const deed of script.deeds) if (deed.kind === 'call') for (const [name, value] of Object.entries(deed.args)) pool.add(name, value)
  const { slots } = task.template.gold(task) as { slots: Record<string, unknown> }
  for (const [name, value] of Object.entries(slots)) pool.add(name, value)
  return pool
}
