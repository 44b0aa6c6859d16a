/** The cheapest plan from a state to the goal: uniform cost over states, each looked at once. */
import type { Deed } from './deed.ts'
import { type Bounds, type Meter, Spent } from './meter.ts'
import { isReached, type Model, type PlanState } from './model.ts'
import { keyCache, stateKey } from './state-key.ts'
import { outcomesOf } from './transition.ts'

/** Something to do in a state. */
export type Move = { readonly deed: Deed; readonly cost: number; /** What may still follow it: states are told apart by it. */ readonly mark: number }

export type Node = PlanState & { readonly cost: number; readonly mark: number; readonly deed: Deed | undefined; readonly before: Node | undefined }

export type Plan = { readonly distance: number; readonly plan: readonly Deed[] }

export type Searched = {
  /** `unreachable`: there is no plan of these moves; `unknown`: the bounds came first. */
  readonly result: Plan | 'unreachable' | 'unknown'
  /** States looked at, deeds tried, and units spent. */
  readonly states: number
  readonly tries: number
  readonly units: number
}

export type Quest = {
  moves(node: Node): Iterable<Move>
  /** Whether a state is worth going on from; default: all are. */
  keeps?(state: PlanState, from: Node, move: Move): boolean
  /** Plans that cost more are not looked for. */
  readonly most?: number
  /** Has the last word on a plan that gets there; one that is not accepted is passed over. */
  accept?(plan: readonly Deed[]): boolean
}

/** Looks for the cheapest plan; what it finds depends on nothing but its arguments. */
export function searchPlan(model: Model, root: PlanState, quest: Quest, bounds: Bounds): Searched {
  const search = new Search(model, quest, bounds)
  try {
    return search.counted(search.run(root))
  } catch (error) {
    if (error instanceof Spent) return search.counted('unknown')
    throw error
  }
}

class Search {
  readonly #model: Model
  readonly #quest: Quest
  readonly #bounds: Bounds
  readonly #meter: Meter
  readonly #keys = keyCache()
  readonly #cheapest = new Map<string, number>()
  /** Nodes to look at, by cost. */
  readonly #waiting: (Node[] | undefined)[] = []
  #states = 0

  constructor(model: Model, quest: Quest, bounds: Bounds) {
    this.#model = model
    this.#quest = quest
    this.#bounds = bounds
    this.#meter = { ...bounds }
  }

  counted(result: Searched['result']): Searched {
    return { result, states: this.#states, tries: this.#bounds.tries - Math.max(0, this.#meter.tries), units: this.#bounds.units - Math.max(0, this.#meter.units) }
  }

  run(root: PlanState): Plan | 'unreachable' {
    const found = this.#enter({ ...root, cost: 0, mark: 0, deed: undefined, before: undefined }, true)
    if (found) return found
    for (let cost = 0; cost < this.#waiting.length; cost++) {
      // What costs nothing is entered while its own cost is being gone through.
      for (const node of this.#waiting[cost] ?? []) {
        const reached = this.#expand(node)
        if (reached) return reached
      }
      this.#waiting[cost] = undefined
      for (const node of this.#waiting[cost + 1] ?? []) {
        const reached = this.#look(node)
        if (reached) return reached
      }
    }
    return 'unreachable'
  }

  #expand(node: Node): Plan | undefined {
    const { moves, keeps, most = Infinity } = this.#quest
    for (const move of moves(node)) {
      if (node.cost + move.cost > most) continue
      for (const state of outcomesOf(this.#model, node, move.deed, this.#meter)) {
        if (keeps && !keeps(state, node, move)) continue
        const reached = this.#enter({ ...state, cost: node.cost + move.cost, mark: move.mark, deed: move.deed, before: node }, move.cost === 0)
        if (reached) return reached
      }
    }
    return undefined
  }

  /** Puts a state among those to go on from; one that costs no more than what is being gone through is looked at now. */
  #enter(node: Node, now: boolean): Plan | undefined {
    const key = `${node.mark} ${stateKey(this.#model.base, node, this.#keys)}`
    const known = this.#cheapest.get(key)
    if (known !== undefined && known <= node.cost) return undefined
    this.#cheapest.set(key, node.cost);
    (this.#waiting[node.cost] ??= []).push(node)
    return now ? this.#look(node) : undefined
  }

  #look(node: Node): Plan | undefined {
    this.#states++
    if (!isReached(this.#model, node, this.#meter)) return undefined
    const plan = deedsTo(node)
    return !this.#quest.accept || this.#quest.accept(plan) ? { distance: node.cost, plan } : undefined
  }
}

function deedsTo(node: Node): Deed[] {
  const deeds: Deed[] = []
  for (let at: Node | undefined = node; at?.deed; at = at.before) deeds.push(at.deed)
  return deeds.reverse()
}
