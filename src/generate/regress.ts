/**
 * Goals regressed through the operators of a blueprint: which actions, and which changes that make their conditions
 * true, lead to a state in exactly so many steps, and what has to hold at the start. No shorter way is left open.
 */
import type { Action, Blueprint, Entity, Guard } from '../../protocol/spec/blueprint.ts'
import type { Key } from '../core/keyed.ts'
import { pickOne } from './pick.ts'
import { rulesAgainst } from './task-rule.ts'
import { otherOf } from './world-write.ts'

/** One write of a plan; `relation` says whose row, the row of the goal itself where it is missing. */
export type Operator =
  | { readonly does: 'action'; readonly relation?: string; readonly entity: Entity; readonly action: Action }
  | { readonly does: 'update'; readonly relation?: string; readonly entity: Entity; readonly field: string; readonly value: string | boolean }

/** What holds of the row, or of one that it refers to, before anything is done. */
export type Fact = { readonly relation?: string; readonly field: string; readonly is: string | boolean; readonly not?: boolean }

export type Plan = { readonly operators: readonly Operator[]; readonly facts: readonly Fact[] }

/** Most plans that are compared. */
const MOST_PLANS = 200

/** States from which a goal is so many actions away, by the number of actions; guards are not looked at. */
export function statesBefore({ lifecycle }: Entity, goal: string, without: ReadonlySet<Action> = new Set()): ReadonlyMap<string, number> {
  const far = new Map([[goal, 0]])
  const open = [goal]
  for (let i = 0; i < open.length; i++) {
    for (const action of lifecycle!.actions) {
      if (action.to !== open[i] || without.has(action)) continue
      for (const from of action.from) {
        if (far.has(from)) continue
        far.set(from, far.get(open[i]!)! + 1)
        open.push(from)
      }
    }
  }
  return far
}

/** All shortest ways from a state to another. */
function ways({ lifecycle }: Entity, start: string, far: ReadonlyMap<string, number>): Action[][] {
  const left = far.get(start)
  if (left === undefined) return []
  if (left === 0) return [[]]
  return lifecycle!.actions.filter((action) => action.from.includes(start) && far.get(action.to) === left - 1)
    .flatMap((action) => ways({ lifecycle } as Entity, action.to, far).map((rest) => [action, ...rest]))
}

/** All ways from the first state to one that is exactly so many actions away, none of which is refused. */
export function waysOut(entity: Entity, count: number, allowed: (action: Action) => boolean): Action[][] {
  const { states, initial } = entity.lifecycle!
  return states.map((goal) => statesBefore(entity, goal)).filter((far) => far.get(initial) === count).flatMap((far) => ways(entity, initial, far)).filter((way) => way.every(allowed))
}

/** How a guard that does not hold can be made true, in how many writes. */
function repairs(blueprint: Blueprint, entity: Entity, { relation, field, is }: Guard): { readonly operators: readonly Operator[]; readonly facts: readonly Fact[] }[] {
  const owner = relation === undefined ? entity : otherOf(blueprint, entity, relation)
  const of = relation === undefined ? {} : { relation }
  if (owner.lifecycle?.field === field) {
    if (relation === undefined) return []
    const far = statesBefore(owner, String(is))
    return [...far].filter(([, steps]) => steps > 0).flatMap(([start]) => ways(owner, start, far).map((actions) => ({
      operators: actions.map((action) => ({ does: 'action' as const, relation, entity: owner, action })),
      facts: [{ ...of, field, is: start }],
    }))).filter(({ operators }) => operators.every(({ action }) => action.needs.length === 0))
  }
  if (!owner.fields.some(({ name, mutable }) => name === field && mutable)) return []
  return [{ operators: [{ does: 'update', ...of, entity: owner, field, value: is }], facts: [{ ...of, field, is, not: true }] }]
}

function sameGuard(a: Guard, b: Guard): boolean {
  return a.relation === b.relation && a.field === b.field
}

/** Whether the guards of a way can hold together, and no action of it writes what a later one asks for. */
function isSound(way: readonly Action[], statusField: string): boolean {
  const guards = way.flatMap(({ needs }) => needs)
  if (guards.some((a) => guards.some((b) => sameGuard(a, b) && a.is !== b.is))) return false
  const asked = new Set(way.flatMap(({ asks }) => asks))
  return guards.every(({ relation, field }) => relation !== undefined || (field !== statusField && !asked.has(field)))
}

/** Facts that a way needs besides the state that it starts from. */
function factsOf(way: readonly Action[], but: readonly Guard[]): Fact[] {
  const guards = way.flatMap(({ needs }) => needs).filter((guard) => !but.some((other) => sameGuard(guard, other)))
  return guards.filter((guard, i) => guards.findIndex((other) => sameGuard(guard, other)) === i).map(({ relation, field, is }) => ({ ...(relation !== undefined && { relation }), field, is }))
}

/** Plans for a way in which some of its guards do not hold at first. */
function withRepairs(blueprint: Blueprint, entity: Entity, way: readonly Action[], start: string, extra: number): Plan[] {
  const { field } = entity.lifecycle!
  const first: Fact = { field, is: start }
  if (extra === 0) return [{ operators: way.map((action) => ({ does: 'action', entity, action })), facts: [first, ...factsOf(way, [])] }]
  const guards = way.flatMap(({ needs }) => needs)
  const distinct = guards.filter((guard, i) => guards.findIndex((other) => sameGuard(guard, other)) === i)
  return distinct.flatMap((guard) => {
    // With the guard unmet there must be no way around it that is shorter than mending it.
    const shut = new Set(entity.lifecycle!.actions.filter(({ needs }) => needs.some((other) => sameGuard(guard, other))))
    const around = statesBefore(entity, way.at(-1)!.to, shut).get(start)
    if (around !== undefined && around < way.length + extra) return []
    return repairs(blueprint, entity, guard).filter(({ operators }) => operators.length === extra).map((repair): Plan => {
      const at = way.findIndex(({ needs }) => needs.some((other) => sameGuard(guard, other)))
      const acts = way.map((action): Operator => ({ does: 'action', entity, action }))
      return { operators: [...acts.slice(0, at), ...repair.operators, ...acts.slice(at)], facts: [first, ...repair.facts, ...factsOf(way, [guard])] }
    })
  })
}

/** Whether what a plan itself brings about leaves its actions allowed; what it does not touch is looked for among the rows. */
function isLawful(blueprint: Blueprint, { operators, facts }: Plan): boolean {
  const at = (relation: string | undefined, field: string): string => `${relation ?? ''}.${field}`
  /** What is known of a column; undefined is whatever the request says. */
  const known = new Map<string, { readonly is: string | boolean; readonly not: boolean } | undefined>(facts.map(({ relation, field, is, not = false }) => [at(relation, field), { is, not }]))
  for (const operator of operators) {
    const verb = operator.does === 'action' ? operator.action.verb : 'update'
    for (const { when } of rulesAgainst(blueprint, operator.entity, verb)) {
      if (when.relation !== undefined && operator.relation !== undefined) continue
      const place = at(when.relation ?? operator.relation, when.field)
      const value = known.get(place)
      if (known.has(place) && (value === undefined || (value.is === when.is) !== value.not)) return false
    }
    if (operator.does === 'update') known.set(at(operator.relation, operator.field), { is: operator.value, not: false })
    else {
      for (const field of operator.action.asks) known.set(at(operator.relation, field), undefined)
      known.set(at(operator.relation, operator.entity.lifecycle!.field), { is: operator.action.to, not: false })
    }
  }
  return true
}

/** A plan of exactly so many writes to a state, or undefined where there is none. */
export function regress(blueprint: Blueprint, entity: Entity, goal: string, depth: number, key: Key): Plan | undefined {
  const far = statesBefore(entity, goal)
  const plans = [...far].filter(([, steps]) => steps > 0 && steps <= depth)
    .flatMap(([start, steps]) => ways(entity, start, far).filter((way) => isSound(way, entity.lifecycle!.field)).flatMap((way) => withRepairs(blueprint, entity, way, start, depth - steps)))
    .filter((plan) => isLawful(blueprint, plan)).slice(0, MOST_PLANS)
  return plans.length === 0 ? undefined : pickOne(key, 'plan', plans)
}

/** The longest plan that there is to a state, up to a number of writes. */
export function regressUpTo(blueprint: Blueprint, entity: Entity, goal: string, depth: number, key: Key): Plan | undefined {
  for (let writes = depth; writes > 0; writes--) {
    const plan = regress(blueprint, entity, goal, writes, key)
    if (plan) return plan
  }
  return undefined
}

/** States from which a goal is out of reach. */
export function statesBeyond(entity: Entity, goal: string): string[] {
  const far = statesBefore(entity, goal)
  return entity.lifecycle!.states.filter((state) => !far.has(state))
}
