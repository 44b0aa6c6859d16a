/** What is left of a blueprint without its names: two worlds of one shape are the same world in other words. */
import type { Action, Blueprint, Entity, Field, Guard } from '../../protocol/spec/blueprint.ts'
import { joined, type Key, keyOf } from '../core/keyed.ts'
import { bag, hex } from './bag.ts'

/** How often what is known of an entity is handed on to its neighbours: more than the longest way in a world of sixteen needs in practice. */
const ROUNDS = 3

function typeOf({ fields, lifecycle }: Entity, name: string): string {
  return lifecycle?.field === name ? 'state' : (fields.find((field) => field.name === name)?.type ?? 'none')
}

function fieldShape({ type, mutable }: Field): Key {
  return keyOf(['field', type, mutable ? 1 : 0])
}

function guardShape(blueprint: Blueprint, entity: Entity, { relation, field, is }: Guard): Key {
  const to = relation === undefined ? undefined : entity.relations.find(({ name }) => name === relation)?.to
  const owner = to === undefined ? entity : blueprint.entities.find(({ name }) => name === to)
  return keyOf(['guard', relation === undefined ? 0 : 1, owner ? typeOf(owner, field) : 'none', is === false ? 0 : 1])
}

function actionShape(blueprint: Blueprint, entity: Entity, { asks, needs }: Action): Key {
  return joined(bag('asks', asks.map((name) => keyOf([typeOf(entity, name)]))), bag('needs', needs.map((guard) => guardShape(blueprint, entity, guard))))
}

/** States by what leads to them and from them, up to their names. */
function lifecycleShape(blueprint: Blueprint, entity: Entity): Key {
  const { lifecycle } = entity
  if (!lifecycle) return keyOf(['stateless'])
  const { states, initial, actions } = lifecycle
  const shapes = actions.map((action) => actionShape(blueprint, entity, action))
  let colours = new Map(states.map((state) => [state, keyOf([state === initial ? 'initial' : 'state'])]))
  for (let round = 0; round < ROUNDS; round++) {
    const before = colours
    colours = new Map(states.map((state) => [state, joined(joined(before.get(state)!,
      bag('out', actions.flatMap(({ from, to }, i) => (from.includes(state) ? [joined(shapes[i]!, before.get(to)!)] : [])))),
    bag('in', actions.flatMap(({ from, to }, i) => (to === state ? from.map((each) => joined(shapes[i]!, before.get(each)!)) : []))))]))
  }
  return bag('lifecycle', [...colours.values()])
}

function entityShape(blueprint: Blueprint, entity: Entity): Key {
  return joined(joined(keyOf(['entity', entity.named === false ? 0 : 1]), bag('fields', entity.fields.map(fieldShape))), lifecycleShape(blueprint, entity))
}

/** Entities with their fields, lifecycles and the graph of their relations, up to names, as 16 hexadecimal digits. */
export function shapeDigest(blueprint: Blueprint): string {
  const { entities } = blueprint
  let colours = new Map(entities.map((entity) => [entity.name, entityShape(blueprint, entity)]))
  for (let round = 0; round < ROUNDS; round++) {
    const before = colours
    const above = new Map(entities.map(({ name, relations }) => [name, bag('to', relations.map(({ to, mutable }) => joined(keyOf([mutable ? 1 : 0]), before.get(to)!)))]))
    const below = new Map(entities.map(({ name }) => [name, bag('from', entities.flatMap((other) => other.relations.filter(({ to }) => to === name).map(() => before.get(other.name)!)))]))
    colours = new Map(entities.map(({ name }) => [name, joined(joined(before.get(name)!, above.get(name)!), below.get(name)!)]))
  }
  return hex(bag('world', [...colours.values()]))
}

/** What one operator takes and looks at, up to names. */
function operators(blueprint: Blueprint, entity: Entity): Key[] {
  const { style } = blueprint
  const { fields, relations, lifecycle, named } = entity
  const changeable = fields.filter(({ mutable }) => mutable)
  const own = named === false ? 0 : 1
  const columns = bag('columns', [...fields.map(({ type }) => keyOf([type])), ...relations.map(() => keyOf(['relation']))])
  const updates = changeable.length === 0 ? [] : style.updates === 'row' ? [bag('update', changeable.map(({ type }) => keyOf([type])))] : changeable.map(({ type }) => bag('update', [keyOf([type])]))
  const actions = (lifecycle?.actions ?? []).map((action) => joined(keyOf(['action', action.from.length]), actionShape(blueprint, entity, action)))
  return [
    ...(['get', 'search', 'create'].map((does) => joined(keyOf([does, own, lifecycle ? 1 : 0]), columns))),
    ...updates, ...relations.filter(({ mutable }) => mutable).map(() => keyOf(['link'])),
    ...(actions.length === 0 ? [] : style.actions === 'own' ? actions : [bag('actions', actions)]),
  ]
}

/** The multiset of operators by their arguments and conditions, up to names, as 16 hexadecimal digits. */
export function operatorDigest(blueprint: Blueprint): string {
  return hex(bag('operators', blueprint.entities.flatMap((entity) => operators(blueprint, entity))))
}
