/** Requests that cannot or must not be done: the right ending is to say so, after having seen why. */
import type { Action, Entity, Goal, Intent } from '../../protocol/spec/blueprint.ts'
import type { Happening } from '../../protocol/spec/check.ts'
import { keyOf } from '../core/keyed.ts'
import { pickOne } from './pick.ts'
import { settle } from './task-fact.ts'
import { statesBeyond } from './regress.ts'
import { entityOf, type TaskDraft } from './task-draft.ts'
import { look, type Reference, refer } from './task-reference.ts'
import { rulesAgainst } from './task-rule.ts'
import { actionCall } from './task-write.ts'
import { ownKey, spaced, toolNames } from './world-naming.ts'
import { otherOf } from './world-write.ts'

type StateGoal = Extract<Goal, { goal: 'state' }>

/** The agent saw the row, or was refused. */
function sawIt(draft: TaskDraft, { slot, entity }: Reference, refused: readonly string[] = []): Happening[] {
  const { style } = draft.blueprint
  const key = ownKey(style, entity)
  const mine = `args.${key} == ${slot}.id`
  return [
    { call: toolNames.get(style, entity), where: mine },
    { call: toolNames.search(style, entity), where: `result.${entity.plural}.exists(o, o.${key} == ${slot}.id)` },
    ...refused.map((call): Happening => ({ call, where: mine, refused: true })),
  ]
}

function decline(draft: TaskDraft, cause: Happening[]): void {
  draft.checks.push({ id: 'declined', kind: 'abstention', gate: true, weight: 1, cause })
}

function imperative({ says }: Action, it: string): string {
  return says.includes('{it}') ? says.replace('{it}', it) : `${says} ${it}`
}

/** A state that the row cannot reach any more. */
function infeasible(draft: TaskDraft, entity: Entity, { state }: StateGoal, { reference, joins }: Intent): boolean {
  const stuck = statesBeyond(entity, state)
  const actions = entity.lifecycle!.actions.filter(({ to }) => to === state)
  if (stuck.length === 0 || actions.length === 0) return false
  const action = pickOne(draft.key, 'action', actions)
  const from = pickOne(keyOf(['stuck'], draft.key), 'from', stuck)
  const facts = settle(draft, entity, [{ field: entity.lifecycle!.field, is: from }], reference)
  const target = refer(draft, { entity, style: reference, joins, avoid: facts.avoid, where: facts.where })
  facts.make(target.slot)
  look(draft, target)
  decline(draft, sawIt(draft, target, [actionCall(draft, entity, action, '', {}).call]))
  draft.sentences.push(imperative(action, target.says))
  return true
}

/** An action that a rule forbids, although the tool would allow it. */
function forbidden(draft: TaskDraft, entity: Entity, { state }: StateGoal, { reference, joins }: Intent): boolean {
  const { blueprint } = draft
  const choices = entity.lifecycle!.actions.filter(({ to, verb, asks }) => to === state && asks.length === 0 && rulesAgainst(blueprint, entity, verb).length > 0)
  if (choices.length === 0) return false
  const action = pickOne(draft.key, 'action', choices)
  const { when } = pickOne(draft.key, 'rule', rulesAgainst(blueprint, entity, action.verb))
  const from = pickOne(draft.key, 'from', action.from)
  const facts = settle(draft, entity, [{ field: entity.lifecycle!.field, is: from }, ...[when, ...action.needs].map(({ relation, field, is }) => ({ ...(relation !== undefined && { relation }), field, is }))], reference)
  const target = refer(draft, { entity, style: reference, joins, avoid: facts.avoid, where: facts.where })
  facts.make(target.slot)
  if (when.relation === undefined) {
    look(draft, target)
    decline(draft, sawIt(draft, target))
  } else {
    look(draft, target)
    const other = otherOf(blueprint, entity, when.relation)
    const { style } = blueprint
    const key = ownKey(style, other)
    draft.witness.push({ call: toolNames.get(style, other), with: { [key]: `${target.slot}.${when.relation}` }, commutes: false })
    decline(draft, [
      { call: toolNames.get(style, other), where: `args.${key} == ${target.slot}.${when.relation}` },
      { call: toolNames.search(style, other), where: `result.${other.plural}.exists(o, o.${key} == ${target.slot}.${when.relation})` },
    ])
  }
  draft.sentences.push(imperative(action, target.says))
  return true
}

/** What no world has a tool for, with the verbs that it could be taken for. */
const NO_TOOL: readonly (readonly [readonly string[], (row: string, one: string) => string])[] = [
  [['delete', 'remove', 'erase', 'discard'], (row) => `delete ${row} from our records for good`],
  [['delete', 'remove', 'erase', 'discard'], (row) => `erase everything that we have on ${row}`],
  [['delete', 'remove', 'erase', 'discard'], (row) => `remove ${row} so that nobody can ever find it again`],
  [['merge', 'combine', 'join'], (row, one) => `merge ${row} with the next ${one} in the list`],
  [['print', 'post', 'mail', 'send'], (row) => `print ${row} on paper and post it to us`],
  [[], (row) => `give ${row} a new number: the old one brings bad luck`],
]

/** Something that no tool can do. */
function withoutTool(draft: TaskDraft, entity: Entity, { reference, joins }: Intent): boolean {
  const target = refer(draft, { entity, style: reference, joins })
  look(draft, target)
  decline(draft, sawIt(draft, target))
  // What some action of the world is called, somebody could take for it.
  const verbs = draft.blueprint.entities.flatMap(({ lifecycle }) => lifecycle?.actions.flatMap(({ verb, says }) => `${verb} ${says}`.toLowerCase().split(/[^a-z]+/)) ?? [])
  const open = NO_TOOL.filter(([words]) => !words.some((word) => verbs.includes(word)))
  draft.sentences.push(pickOne(keyOf(['no tool'], draft.key), 'form', open)[1](target.says, spaced(entity.name)))
  return true
}

/** A request that has to be declined; false where the world has no such thing. */
export function unable(draft: TaskDraft, goal: Goal, intent: Intent): boolean {
  const entity = entityOf(draft.blueprint, goal.entity)
  if (intent.twist === 'no_tool') return withoutTool(draft, entity, intent)
  if (goal.goal !== 'state') return false
  return intent.twist === 'infeasible' ? infeasible(draft, entity, goal, intent) : forbidden(draft, entity, goal, intent)
}
