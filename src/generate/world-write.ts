/** Tools that write: new rows, changed fields, links, and the actions of a lifecycle. */
import type { Action, Blueprint, Entity, Field, Guard, Lifecycle } from '../../protocol/spec/blueprint.ts'
import type { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import type { Step } from '../../protocol/spec/step.ts'
import type { Tool } from '../../protocol/spec/world.ts'
import { text, texts } from './cel.ts'
import { MOST_TEXT } from './world-column.ts'
import { article, keyName, ownKey, saysOf, spaced, toolNames } from './world-naming.ts'
import { refusal, schemaOf, shown, unknownRow } from './world-row.ts'

const base = { actor: 'agent', idempotent: false, destructive: false, disable_parallel: false } as const
const KEY: InputSchema = { type: 'string', maxLength: 30 }

/** Fields of an entity that a new row has to be given. */
const MOST_GIVEN = 4

/** What a new row is given, besides its name and relations; the rest takes defaults. */
export function givenFields({ fields, lifecycle }: Entity): Field[] {
  const asked = new Set(lifecycle?.actions.flatMap(({ asks }) => asks))
  return fields.filter(({ name, type }) => !asked.has(name) && type !== 'flag').slice(0, MOST_GIVEN)
}

export function fieldOf(entity: Entity, name: string): Field {
  return entity.fields.find((field) => field.name === name)!
}

function object(properties: Record<string, InputSchema>, required: readonly string[]): ObjectSchema {
  return { type: 'object', properties, required: [...required] }
}

function readRow(blueprint: Blueprint, entity: Entity): { key: string; steps: Step[] } {
  const key = ownKey(blueprint.style, entity)
  return { key, steps: [{ let: { row: `${entity.plural}.get(args.${key})` }, else: unknownRow(blueprint, entity, key) }] }
}

function readBack(blueprint: Blueprint, entity: Entity, done: string): Pick<Tool, 'read_back'> {
  const key = ownKey(blueprint.style, entity)
  return { read_back: { call: toolNames.get(blueprint.style, entity), with: { [key]: `args.${key}` }, done } }
}

/** A guard as a condition over `row`. */
export function guardHolds(blueprint: Blueprint, entity: Entity, { relation, field, is }: Guard, row: string): string {
  const place = relation === undefined ? row : `${otherOf(blueprint, entity, relation).plural}.get(${row}.${relation})`
  return typeof is === 'boolean' ? (is ? `${place}.${field}` : `!${place}.${field}`) : `string(${place}.${field}) == ${text(is)}`
}

/** The entity that a relation leads to. */
export function otherOf({ entities }: Blueprint, entity: Entity, relation: string): Entity {
  const { to } = entity.relations.find(({ name }) => name === relation)!
  return entities.find(({ name }) => name === to)!
}

function actSteps(blueprint: Blueprint, entity: Entity, { field }: Lifecycle, { from, to, asks, needs, done }: Action): Step[] {
  const one = spaced(entity.name)
  return [
    { require: `string(row.${field}) in ${texts(from)}`, else: refusal(blueprint, 'wrong_state', `The ${one} is ${`\${row.${field}}`}; it can be ${done} only while it is ${from.map(spaced).join(' or ')}.`) },
    ...needs.map((guard): Step => ({ require: guardHolds(blueprint, entity, guard, 'row'), else: refusal(blueprint, 'not_allowed', `It cannot be ${done}: ${guard.says}.`) })),
    { set: { [`${entity.plural}[row.id].${field}`]: text(to), ...Object.fromEntries(asks.map((name) => [`${entity.plural}[row.id].${name}`, `args.${name}`])) } },
  ]
}

function ownAction(blueprint: Blueprint, entity: Entity, lifecycle: Lifecycle, action: Action): Tool {
  const { key, steps } = readRow(blueprint, entity)
  const asked = Object.fromEntries(action.asks.map((name) => [name, schemaOf(fieldOf(entity, name))]))
  const from = action.from.map(spaced).join(' or ')
  const sentence = `${says(action, `${article(spaced(entity.name))} ${spaced(entity.name)}`)}.`
  return {
    ...base, effect: 'write', destructive: action.destructive,
    description: blueprint.style.descriptions === 'short' ? sentence : blueprint.style.descriptions === 'usual' ? `${sentence} Only while it is ${from}.` : `${sentence} Only while it is ${from}; afterwards it is ${spaced(action.to)}.${action.needs.map((guard) => ` Refused where ${guard.says}.`).join('')}`,
    input: object({ [key]: KEY, ...asked }, [key, ...action.asks]),
    ...readBack(blueprint, entity, `result.${lifecycle.field} == ${text(action.to)}`),
    do: [...steps, ...actSteps(blueprint, entity, lifecycle, action), { return: { [key]: 'row.id', [lifecycle.field]: text(action.to) } }],
  }
}

/** An imperative sentence about something. */
export function says({ says: phrase }: Action, it: string): string {
  const whole = phrase.includes('{it}') ? phrase.replace('{it}', it) : `${phrase} ${it}`
  return whole.charAt(0).toUpperCase() + whole.slice(1)
}

/** One tool for all actions: it takes the state that is wanted. */
function oneAction(blueprint: Blueprint, entity: Entity, lifecycle: Lifecycle): Tool {
  const { key, steps } = readRow(blueprint, entity)
  const { field, actions } = lifecycle
  const asks = [...new Set(actions.flatMap((action) => action.asks))]
  const goals = [...new Set(actions.map(({ to }) => to))]
  const ways = actions.map((action): [string, Step[]] => [
    `args.${field} == ${text(action.to)} && string(row.${field}) in ${texts(action.from)}`,
    [
      ...action.asks.map((name): Step => ({ require: `has(args.${name})`, else: refusal(blueprint, 'missing_argument', `For this ${name} has to be given.`) })),
      ...actSteps(blueprint, entity, lifecycle, action),
    ],
  ])
  const one = spaced(entity.name)
  const words = actions.map(({ done, to }) => `${spaced(to)} when it is ${done}`)
  return {
    ...base, effect: 'write', destructive: actions.some(({ destructive }) => destructive),
    description: `Moves ${article(one)} ${one} to another ${spaced(field)}.${blueprint.style.descriptions === 'short' ? '' : ` It becomes ${[...new Set(words)].join(', ')}.`}`,
    input: object({ [key]: KEY, [field]: { type: 'string', enum: goals }, ...Object.fromEntries(asks.map((name) => [name, schemaOf(fieldOf(entity, name))])) }, [key, field]),
    ...readBack(blueprint, entity, `result.${field} == args.${field}`),
    do: [
      ...steps,
      { cases: [...ways, ['true', [{ require: 'false', else: refusal(blueprint, 'wrong_state', `The ${one} is \${row.${field}}; it cannot become \${args.${field}} from there.`) }]]] },
      { return: { [key]: 'row.id', [field]: `args.${field}` } },
    ],
  }
}

function updateRow(blueprint: Blueprint, entity: Entity, fields: readonly Field[]): Tool {
  const { key, steps } = readRow(blueprint, entity)
  const names = fields.map(({ name }) => name)
  const one = spaced(entity.name)
  return {
    ...base, effect: 'write', idempotent: true,
    description: `Changes ${article(one)} ${one}: ${fields.map(saysOf).join(', ')}.${blueprint.style.descriptions === 'long' ? ' Give those that change; the others stay as they are.' : ''}`,
    input: object({ [key]: KEY, ...Object.fromEntries(fields.map((field) => [field.name, schemaOf(field)])) }, [key]),
    ...readBack(blueprint, entity, names.map((name) => `(!has(args.${name}) || result.${name} == args.${name})`).join(' && ')),
    do: [
      ...steps,
      { require: names.map((name) => `has(args.${name})`).join(' || '), else: refusal(blueprint, 'nothing_to_change', `Give at least one of ${names.join(', ')}.`) },
      { patch: `${entity.plural}[row.id]`, from: 'args', only: names },
      { return: { [key]: 'row.id', changed: 'true' } },
    ],
  }
}

function updateField(blueprint: Blueprint, entity: Entity, field: Field): Tool {
  const { key, steps } = readRow(blueprint, entity)
  const one = spaced(entity.name)
  return {
    ...base, effect: 'write', idempotent: true,
    description: `Sets the ${saysOf(field)} of ${article(one)} ${one}.`,
    input: object({ [key]: KEY, [field.name]: schemaOf(field) }, [key, field.name]),
    ...readBack(blueprint, entity, `result.${field.name} == args.${field.name}`),
    do: [...steps, { set: { [`${entity.plural}[row.id].${field.name}`]: `args.${field.name}` } }, { return: { [key]: 'row.id', [field.name]: `args.${field.name}` } }],
  }
}

function linkTool(blueprint: Blueprint, entity: Entity, relation: string): Tool {
  const { key, steps } = readRow(blueprint, entity)
  const other = otherOf(blueprint, entity, relation)
  const argument = keyName(blueprint.style, relation)
  const one = spaced(entity.name)
  return {
    ...base, effect: 'write', idempotent: true,
    description: `Gives ${article(one)} ${one} another ${saysOf(entity.relations.find(({ name }) => name === relation)!)}.`,
    input: object({ [key]: KEY, [argument]: KEY }, [key, argument]),
    ...readBack(blueprint, entity, `result.${argument} == args.${argument}`),
    do: [
      ...steps,
      { let: { other: `${other.plural}.get(args.${argument})` }, else: unknownRow(blueprint, other, argument) },
      { set: { [`${entity.plural}[row.id].${relation}`]: 'other.id' } },
      { return: { [key]: 'row.id', [argument]: 'other.id' } },
    ],
  }
}

/** What a new row is given that lists show: by this it is known again. */
export function listedFields(blueprint: Blueprint, entity: Entity): string[] {
  const seen = shown(blueprint, entity, blueprint.style.listing === 'full', 'x')
  return givenFields(entity).map(({ name }) => name).filter((name) => Object.hasOwn(seen, name))
}

function createTool(blueprint: Blueprint, entity: Entity): Tool {
  const { style } = blueprint
  const given = givenFields(entity)
  const relations = entity.relations.map(({ name }) => ({ name, argument: keyName(style, name), other: otherOf(blueprint, entity, name) }))
  const named = entity.named !== false
  const properties = { ...(named && { name: { type: 'string', minLength: 1, maxLength: MOST_TEXT } as InputSchema }), ...Object.fromEntries(relations.map(({ argument }) => [argument, KEY])), ...Object.fromEntries(given.map((field) => [field.name, schemaOf(field)])) }
  const one = spaced(entity.name)
  const same = [...(named ? ['x.name == args.name'] : []), ...relations.map(({ argument }) => `x.${argument} == args.${argument}`), ...listedFields(blueprint, entity).map((name) => `x.${name} == args.${name}`)]
  return {
    ...base, effect: 'write',
    description: `Makes a new ${one}.${entity.lifecycle && style.descriptions !== 'short' ? ` It starts as ${spaced(entity.lifecycle.initial)}.` : ''}`,
    input: object(properties, Object.keys(properties)),
    read_back: {
      call: toolNames.search(style, entity),
      with: { ...(named && { name: 'args.name' }), ...Object.fromEntries(relations.map(({ argument }) => [argument, `args.${argument}`])) },
      done: same.length ? `result.${entity.plural}.exists(x, ${same.join(' && ')})` : 'false',
    },
    do: [
      ...relations.map(({ name, argument, other }): Step => ({ let: { [`of_${name}`]: `${other.plural}.get(args.${argument})` }, else: unknownRow(blueprint, other, argument) })),
      {
        insert: entity.plural, as: 'made',
        row: { ...(named && { name: 'args.name' }), ...Object.fromEntries(relations.map(({ name }) => [name, `of_${name}.id`])), ...Object.fromEntries(given.map(({ name }) => [name, `args.${name}`])) },
      },
      { return: { [ownKey(style, entity)]: 'made.id', ...(entity.lifecycle && { [entity.lifecycle.field]: `made.${entity.lifecycle.field}` }) } },
    ],
  }
}

/** The writing tools of an entity, by name, and what each does. */
export function writeTools(blueprint: Blueprint, entity: Entity): { readonly name: string; readonly does: 'create' | 'update' | 'link' | 'action'; readonly tool: Tool }[] {
  const { style } = blueprint
  const { lifecycle } = entity
  const changing = entity.fields.filter(({ mutable }) => mutable)
  return [
    { name: toolNames.create(style, entity), does: 'create', tool: createTool(blueprint, entity) },
    ...(changing.length === 0 ? [] : style.updates === 'row'
      ? [{ name: toolNames.update(style, entity), does: 'update' as const, tool: updateRow(blueprint, entity, changing) }]
      : changing.map((field) => ({ name: toolNames.update(style, entity, field.name), does: 'update' as const, tool: updateField(blueprint, entity, field) }))),
    ...entity.relations.filter(({ mutable }) => mutable).map(({ name }) => ({ name: toolNames.link(style, entity, name), does: 'link' as const, tool: linkTool(blueprint, entity, name) })),
    ...(!lifecycle ? [] : style.actions === 'one'
      ? [{ name: toolNames.action(style, entity, lifecycle.actions[0]!), does: 'action' as const, tool: oneAction(blueprint, entity, lifecycle) }]
      : lifecycle.actions.map((action) => ({ name: toolNames.action(style, entity, action), does: 'action' as const, tool: ownAction(blueprint, entity, lifecycle, action) }))),
  ]
}

