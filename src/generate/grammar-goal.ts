/** Goals that the entities of a world allow. */
import type { Action, Blueprint, Entity, Goal } from '../../protocol/spec/blueprint.ts'
import { keyOf } from '../core/keyed.ts'
import { isAskable } from './task-question.ts'
import { regress, statesBeyond, waysOut } from './regress.ts'

export type GoalOf<K extends Goal['goal']> = Extract<Goal, { goal: K }>

/** What a world allows, in the order of its entities; `depthTo` remembers. */
export type Goals = {
  readonly states: readonly { readonly entity: Entity; readonly state: string }[]
  readonly fields: readonly GoalOf<'field'>[]
  readonly links: readonly GoalOf<'link'>[]
  readonly creates: readonly { readonly entity: Entity; readonly then: number }[]
  readonly eaches: readonly { readonly entity: string; readonly state: string }[]
  readonly questions: readonly GoalOf<'question'>[]
  readonly forbidden: readonly { readonly entity: string; readonly state: string }[]
  readonly stuck: readonly { readonly entity: string; readonly state: string }[]
  /** Whether a plan of exactly so many writes leads to a state. */
  readonly reaches: (entity: Entity, state: string, depth: number) => boolean
}

const ANY = keyOf(['any plan'])

/** How far a new row can be taken. */
function stepsOf(entity: Entity): number {
  const open = ({ destructive, needs }: Action): boolean => !destructive && needs.every(({ relation }) => relation !== undefined)
  return entity.lifecycle ? Math.max(0, ...[1, 2, 3, 4, 5, 6].filter((count) => waysOut(entity, count, open).length > 0)) : 0
}

function isNamed(entities: readonly Entity[], name: string): boolean {
  return entities.find((entity) => entity.name === name)?.named !== false
}

function questionsOf(entities: readonly Entity[]): GoalOf<'question'>[] {
  return entities.flatMap((entity) => {
    const { name, fields, relations } = entity
    const numeric = fields.filter(({ type }) => type === 'number' || type === 'money')
    const ordered = fields.filter(({ type }) => type === 'number' || type === 'money' || type === 'day')
    const owned = relations.some(({ to }) => isNamed(entities, to))
    const asked = (ask: GoalOf<'question'>['ask'], field?: string): GoalOf<'question'> => ({ goal: 'question', entity: name, ask, ...(field !== undefined && { field }) })
    return [
      ...fields.filter(isAskable).map((field) => asked('field', field.name)),
      ...(numeric.length > 0 && fields.some(({ type }) => type === 'choice') ? [asked('count')] : []),
      ...(owned ? numeric.map((field) => asked('sum', field.name)) : []),
      ...(owned ? ordered.map((field) => asked('most', field.name)) : []),
      ...(owned && relations.length > 1 ? relations.filter(({ to }) => isNamed(entities, to)).map((relation) => asked('related', relation.name)) : []),
    ]
  })
}

/** All goals of a world. */
export function goalsOf(blueprint: Pick<Blueprint, 'entities' | 'forbid' | 'style'>): Goals {
  const { entities, forbid } = blueprint
  const ends = entities.flatMap((entity) => [...new Set(entity.lifecycle?.actions.map(({ to }) => to))].map((state) => ({ entity, state })))
  const known = new Map<string, boolean>()
  const reaches = (entity: Entity, state: string, depth: number): boolean => {
    const name = `${entity.name} ${state} ${depth}`
    const before = known.get(name)
    if (before !== undefined) return before
    const can = regress(blueprint as Blueprint, entity, state, depth, ANY) !== undefined
    known.set(name, can)
    return can
  }
  return {
    states: ends, reaches,
    fields: entities.flatMap(({ name, fields }) => fields.filter(({ mutable }) => mutable).map((field) => ({ goal: 'field' as const, entity: name, field: field.name }))),
    links: entities.flatMap(({ name, relations }) => relations.filter(({ mutable, to }) => mutable && isNamed(entities, to)).map((relation) => ({ goal: 'link' as const, entity: name, relation: relation.name }))),
    creates: entities.filter(({ fields, relations }) => fields.length > 0 || relations.length > 0).map((entity) => ({ entity, then: stepsOf(entity) })),
    eaches: ends.filter(({ entity, state }) => entity.relations.some(({ to }) => isNamed(entities, to)) && entity.lifecycle!.actions.some(({ to, asks, needs }) => to === state && asks.length === 0 && needs.length === 0)).map(({ entity, state }) => ({ entity: entity.name, state })),
    questions: questionsOf(entities),
    forbidden: ends.filter(({ entity, state }) => entity.lifecycle!.actions.some(({ verb, to, asks }) => to === state && asks.length === 0 && forbid.some((rule) => rule.entity === entity.name && rule.verbs.includes(verb)))).map(({ entity, state }) => ({ entity: entity.name, state })),
    stuck: ends.filter(({ entity, state }) => statesBeyond(entity, state).length > 0).map(({ entity, state }) => ({ entity: entity.name, state })),
  }
}

/** How many relations lead from an entity to one with a name, at most three. */
export function joinsOf(entities: readonly Entity[], name: string, most = 3): number {
  if (most === 0) return 0
  const entity = entities.find((each) => each.name === name)!
  return Math.max(0, ...entity.relations.map(({ to }) => {
    const further = joinsOf(entities, to, most - 1)
    return further > 0 ? 1 + further : isNamed(entities, to) ? 1 : 0
  }))
}
