/** Plans along witnesses that are too long for trying all that could be left out: one plan, from which nothing can be. */
import { USER_FRAME } from '../../protocol/event.ts'
import { sameValue } from '../world/json-value.ts'
import type { Deed } from './deed.ts'
import { type Bounds, type Meter, Spent } from './meter.ts'
import { isReached, type Model, type PlanState } from './model.ts'
import type { Plan, Searched } from './plan-search.ts'
import { outcomesOf } from './transition.ts'

/**
 * What of the witness has not been done yet, without all that can be left out one by one; `unknown` where that does not
 * lead to the goal. As far as the bounds allow: a plan that was found stands when they are met.
 */
export function planLongWay(model: Model, state: PlanState, bounds: Bounds): Searched {
  const meter: Meter = { ...bounds }
  const walk = new Walk(model, state, meter)
  let plan: readonly Deed[] | undefined
  try {
    // What was done and undone again is done once more; a call that would be one too many is not.
    plan = walk.follow(undone(model, state)) ?? walk.follow(model.script.deeds)
    for (let i = 0; plan && i < plan.length;) {
      const shorter: readonly Deed[] | undefined = plan[i]!.kind === 'wait' ? undefined : walk.follow(plan.toSpliced(i, 1))
      if (shorter) plan = shorter
      else i++
    }
  } catch (error) {
    if (!(error instanceof Spent)) throw error
  }
  const result: Plan | 'unknown' = plan ? { distance: plan.filter(({ kind }) => kind !== 'wait').length, plan } : 'unknown'
  return { result, states: walk.states, tries: bounds.tries - Math.max(0, meter.tries), units: bounds.units - Math.max(0, meter.units) }
}

class Walk {
  states = 0
  readonly #model: Model
  readonly #from: PlanState
  readonly #meter: Meter

  constructor(model: Model, from: PlanState, meter: Meter) {
    this.#model = model
    this.#from = from
    this.#meter = meter
  }

  /** Those of some deeds that change something, where they lead to the goal: waiting as little, or else as long as they may. */
  follow(deeds: readonly Deed[]): readonly Deed[] | undefined {
    return this.#try(deeds, 0) ?? (deeds.some(({ kind }) => kind === 'wait') ? this.#try(deeds, -1) : undefined)
  }

  #try(deeds: readonly Deed[], which: 0 | -1): readonly Deed[] | undefined {
    let state = this.#from
    const made: Deed[] = []
    for (const deed of deeds) {
      const next = [...outcomesOf(this.#model, state, deed, this.#meter)].at(which)
      if (!next) continue
      state = next
      made.push(deed)
    }
    this.states++
    return isReached(this.#model, state, this.#meter) ? made : undefined
  }
}

/** Deeds of the witness for which no call of the agent, or of the user, stands in the log yet. */
function undone({ script: { deeds } }: Model, { past }: PlanState): Deed[] {
  const calls = past.flatMap((event) => (event.type === 'call' && event.committed ? [{ user: event.frame === USER_FRAME, tool: event.meant?.tool ?? event.tool, args: event.meant?.arguments ?? event.arguments }] : []))
  const take = (user: boolean, tool: string, args: unknown) => {
    const at = calls.findIndex((call) => call.user === user && call.tool === tool && (args === undefined || sameValue(call.args, args)))
    return at >= 0 && calls.splice(at, 1).length > 0
  }
  return deeds.filter((deed) => {
    if (deed.kind === 'call') return !take(false, deed.tool, deed.late ? undefined : deed.args)
    return deed.kind === 'wait' || !deed.calls.map(({ tool, args }) => take(true, tool, args)).every(Boolean)
  })
}
