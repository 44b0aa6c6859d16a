/** Goals over the final state: what is bound, written and checked for each. */
import type { Action, Entity, Field, Goal, Intent } from '../../protocol/spec/blueprint.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import { text } from './cel.ts'
import { happens, pickOne } from './pick.ts'
import { type Operator, type Plan, regressUpTo, waysOut } from './regress.ts'
import { settle } from './task-fact.ts'
import { allow, entityOf, newSlot, type TaskDraft, touch } from './task-draft.ts'
import { isValue, look, type Reference, refer, searchBelow } from './task-reference.ts'
import { rulesAgainst, withinRules } from './task-rule.ts'
import { fieldValue, nameValue, type Value } from './task-value.ts'
import { defaultOf } from './world-column.ts'
import { inState, keyName, listed, ownKey, saysOf, spaced, toolNames, verbOf } from './world-naming.ts'
import { fieldOf, givenFields, listedFields, otherOf } from './world-write.ts'

type GoalOf<K extends Goal['goal']> = Extract<Goal, { goal: K }>

/** Whether a goal could be turned into a draft; false where the blueprint has nothing that fits. */
export type Made = boolean

/** A write of the plan. */
function write(draft: TaskDraft, call: string, args: Record<string, string>, as?: string): void {
  draft.counts.writes += 1
  draft.witness.push({ call, with: args, commutes: false, ...(as !== undefined && { as }) })
}

/** The call of an action on a row. */
export function actionCall(draft: TaskDraft, entity: Entity, action: Action, key: string, values: Readonly<Record<string, string>>): { call: string; with: Record<string, string> } {
  const { style } = draft.blueprint
  return {
    call: toolNames.action(style, entity, action),
    with: { [ownKey(style, entity)]: key, ...(style.actions === 'one' && { [entity.lifecycle!.field]: text(action.to) }), ...values },
  }
}

function act(draft: TaskDraft, entity: Entity, action: Action, key: string, values: Readonly<Record<string, string>>): void {
  const { call, with: args } = actionCall(draft, entity, action, key, values)
  write(draft, call, args)
}

function updateCall(draft: TaskDraft, entity: Entity, field: string, key: string, value: string): void {
  const { style } = draft.blueprint
  write(draft, toolNames.update(style, entity, style.updates === 'field' ? field : undefined), { [ownKey(style, entity)]: key, [field]: value })
}

/** CEL: that no rule forbids what a plan does. */
function lawful(draft: TaskDraft, { operators }: Plan, row: string): string[] {
  return [...new Set(operators.flatMap((operator) => {
    const of = operator.relation === undefined ? row : `${operator.entity.plural}.get(${row}.${operator.relation})`
    return withinRules(draft.blueprint, operator.entity, operator.does === 'action' ? operator.action.verb : 'update', of)
  }))]
}

/** Rows above that rules look at: another goal of the request must not change them. */
function touchRules(draft: TaskDraft, entity: Entity, verb: string, key: (relation: string) => string): void {
  for (const { when: { relation } } of rulesAgainst(draft.blueprint, entity, verb)) if (relation !== undefined) touch(draft, otherOf(draft.blueprint, entity, relation).plural, key(relation))
}

/** Words for the values that actions ask for: ` with outcome "well"`. */
function withValues(fields: readonly { says: string; value: Value }[]): string {
  return fields.length === 0 ? '' : `, with ${fields.map(({ says, value }) => `${says} ${value.says}`).join(' and ')}`
}

/** An action on a row, or on one that it refers to. */
type Acted = { readonly relation?: string; readonly entity: Entity; readonly action: Action }

/** Where the value of a field of a row stands. */
function place(relation: string | undefined, field: string): string {
  return `${relation ?? ''}.${field}`
}

/** Values for what actions ask for, by place; not told where the user is the only one who knows. */
function asked(draft: TaskDraft, acted: readonly Acted[], hide: boolean): { values: Map<string, Value>; words: string } {
  const names = new Map(acted.flatMap(({ relation, entity, action }) => action.asks.map((name) => [place(relation, name), { relation, field: fieldOf(entity, name), entity }] as const)))
  const told = [...names].map(([at, { relation, field, entity }]) => ({ at, says: relation === undefined ? saysOf(field) : `${saysOf(field)} of the ${spaced(entity.name)}`, value: fieldValue(draft, field) }))
  if (hide) for (const { says, value } of told) ask(draft, says, value)
  return { values: new Map(told.map(({ at, value }) => [at, value])), words: hide ? '' : withValues(told) }
}

/** Questions for a value that do not say which. */
const UNNAMED = ['new value', 'the value', 'change it to', 'change that to', 'set it to', 'update it to', 'should it be', 'what to', 'the new one', 'what exactly']
/** Questions for one of several rows. */
const WHICH = ['which', 'number', 'id', 'identifier', 'more than one', 'several', 'two', 'mean', 'specify', 'you want', 'match', 'matches', 'that name', 'same name', 'clarify', 'more details']

/** Who guesses is not paid, however lucky: the user has to have said it. */
function mustHear(draft: TaskDraft, fact: string, told: string): void {
  draft.checks.push({ id: `asked_${fact}`, kind: 'rules.temporal', gate: true, weight: 1, events: { told: { hears: [told] } }, order: ['told before finish'] })
}

/** Makes a value something that only the user knows. */
export function ask(draft: TaskDraft, says: string, { slot, says: spelt }: Value): void {
  const fact = newSlot(draft, 'told')
  const last = says.split(' ').at(-1)!
  // Who has one thing to ask need not name it.
  const open = Object.keys(draft.facts).length === 0 ? UNNAMED : []
  const told = `The ${says} ${verbOf(says).is}`
  draft.facts[fact] = { value: slot, asked: [...new Set([says, last, ...open])], say: `${told} ${spelt}.` }
  mustHear(draft, fact, told)
  const question = pickOne(keyOf(['question', fact], draft.key), 'form', [`What ${verbOf(says).is} the ${says}?`, `Could you tell me the ${says}, please?`, `I need the ${says} for this.`])
  draft.witness.push({ say: question })
  draft.questions.push(question)
}

function columnsOf(entity: Entity, actions: readonly Action[]): string[] {
  return [...new Set([entity.lifecycle!.field, ...actions.flatMap(({ asks }) => asks)])]
}

/** Carries out operators on a row and those above it, and lets them change what they change. */
function carryOut(draft: TaskDraft, slot: string, operators: readonly Operator[], values: ReadonlyMap<string, Value>): void {
  for (const operator of operators) {
    const key = operator.relation === undefined ? `${slot}.id` : `${slot}.${operator.relation}`
    if (operator.does === 'update') {
      updateCall(draft, operator.entity, operator.field, key, typeof operator.value === 'boolean' ? String(operator.value) : text(operator.value))
      allow(draft, operator.entity, key, [operator.field])
    } else {
      act(draft, operator.entity, operator.action, key, Object.fromEntries(operator.action.asks.map((name) => [name, values.get(place(operator.relation, name))!.slot])))
      allow(draft, operator.entity, key, columnsOf(operator.entity, [operator.action]))
    }
  }
}

/** What rows above have come to in the end, as CEL. */
function outcomesAbove(operators: readonly Operator[], slot: string, values: ReadonlyMap<string, Value>): string[] {
  const columns = new Map<string, string>()
  for (const operator of operators) {
    if (operator.relation === undefined) continue
    const row = `${operator.entity.plural}.get(${slot}.${operator.relation})`
    if (operator.does === 'update') columns.set(`${row}.${operator.field}`, isValue(row, operator.field, operator.value))
    else {
      const { field } = operator.entity.lifecycle!
      columns.set(`${row}.${field}`, isValue(row, field, operator.action.to))
      for (const name of operator.action.asks) columns.set(`${row}.${name}`, `${row}.${name} == ${values.get(place(operator.relation, name))!.slot}`)
    }
  }
  return [...columns.values()]
}

/** What `{it}` of an action's words stands for. */
function imperative({ says }: Action, it: string): string {
  return says.includes('{it}') ? says.replace('{it}', it) : `${says} ${it}`
}

/** A row is to reach a state. */
export function reach(draft: TaskDraft, { entity: name, state, depth }: GoalOf<'state'>, { reference, joins, twist }: Intent): Made {
  const { blueprint, key } = draft
  const entity = entityOf(blueprint, name)
  const plan = regressUpTo(blueprint, entity, state, depth, key)
  if (!plan) return false
  const facts = settle(draft, entity, plan.facts, reference)
  // Nothing is told apart by what the request is going to set.
  const given = plan.operators.flatMap((operator) => (operator.does === 'action' && operator.relation === undefined ? operator.action.asks : []))
  const target = refer(draft, { entity, style: reference, joins, avoid: new Set([...facts.avoid, ...given]), where: (slot) => [...facts.where(slot), ...lawful(draft, plan, slot)] })
  facts.make(target.slot)
  const [only, ...others] = plan.operators
  // One action on a number that the request names is among all calls that this number allows.
  if (target.numbered && others.length === 0 && only!.does === 'action' && only!.action.asks.length === 0) return false
  for (const operator of plan.operators) if (operator.relation === undefined) touchRules(draft, entity, operator.does === 'action' ? operator.action.verb : 'update', (relation) => `${target.slot}.${relation}`)
  const actions = plan.operators.flatMap((operator) => (operator.does === 'action' && operator.relation === undefined ? [operator.action] : []))
  if (plan.operators.length > 1) look(draft, target)
  for (const { relation } of plan.operators.filter((operator, i, list) => operator.relation !== undefined && list.findIndex((other) => other.relation === operator.relation) === i)) lookAbove(draft, target, relation!)
  const { values, words } = asked(draft, plan.operators.filter((operator) => operator.does === 'action'), twist === 'missing')
  carryOut(draft, target.slot, plan.operators, values)
  draft.that.push(isValue(`${entity.plural}.get(${target.slot}.id)`, entity.lifecycle!.field, state), ...[...values].filter(([at]) => at.startsWith('.')).map(([at, { slot }]) => `${entity.plural}.get(${target.slot}.id)${at} == ${slot}`))
  draft.that.push(...outcomesAbove(plan.operators, target.slot, values))
  const mends = plan.operators.length > actions.length
  draft.sentences.push(`${wish(draft, entity, actions, state, target)}${words}${mends ? pickOne(key, 'mend', ['. If something stands in the way that our tools can put right, put it right first', '. Clear whatever blocks it first', '. Whatever has to be in order for that, see to it as well', '. Sort out the conditions for it where they are not met yet', '. Should a condition for it be missing, please fix that too']) : ''}`)
  return true
}

function lookAbove(draft: TaskDraft, { slot, entity }: Reference, relation: string): void {
  const { style } = draft.blueprint
  const other = otherOf(draft.blueprint, entity, relation)
  draft.witness.push({ call: toolNames.get(style, other), with: { [ownKey(style, other)]: `${slot}.${relation}` }, as: newSlot(draft, 's'), commutes: false })
}

/** What is wanted, in words: the action itself where it is one, else the state in the end. */
function wish(draft: TaskDraft, entity: Entity, actions: readonly Action[], state: string, { says, slot }: Reference): string {
  const key = keyOf(['wish', slot], draft.key)
  if (actions.length === 1) return imperative(actions[0]!, says)
  const { done } = actions.at(-1)!
  const field = spaced(entity.lifecycle!.field)
  return pickOne(key, 'form', [
    `take ${says} through every step until it is ${spaced(state)}`, `see to it that ${says} is ${done}, with all that comes before it`, `bring ${says} to the ${field} "${spaced(state)}"`, `get ${says} all the way to ${state.includes('_') ? `"${spaced(state)}"` : spaced(state)}`,
    `make sure ${says} ends up ${done}; do the steps in between as well`, `work through what is left for ${says} until its ${field} is ${spaced(state)}`,
  ])
}

/** Rows that share their names with others, about, so that hardly a seed has none. */
const LEAST_NAMESAKES = 6

/** A field of a row is to have a value. */
export function change(draft: TaskDraft, { entity: name, field: fieldName }: GoalOf<'field'>, { reference, joins, twist }: Intent): Made {
  const { blueprint, key } = draft
  const entity = entityOf(blueprint, name)
  const field = fieldOf(entity, fieldName)
  const ambiguous = twist === 'ambiguous'
  // There have to be namesakes, and something else that could be changed by mistake.
  if (ambiguous && (blueprint.decoys * entity.rows < LEAST_NAMESAKES || entity.fields.filter(({ mutable }) => mutable).length < 2)) return false
  const target = refer(draft, {
    entity, style: ambiguous ? 'name' : reference, joins: ambiguous ? 0 : joins, unsaid: ambiguous, avoid: new Set([fieldName]),
    where: (slot) => [...withinRules(blueprint, entity, 'update', slot), ...(ambiguous ? [`${entity.plural}.count(o, o.name == ${slot}.name) >= 2`] : [])],
  })
  touchRules(draft, entity, 'update', (relation) => `${target.slot}.${relation}`)
  if (ambiguous) which(draft, target)
  const value = fieldValue(draft, field, target.slot)
  // Whoever gives it to all of the name changes too much.
  if (ambiguous) draft.require.push(`!${entity.plural}.exists(o, o.name == ${target.slot}.name && o.id != ${target.slot}.id && ${field.type === 'choice' ? `string(o.${fieldName})` : `o.${fieldName}`} == ${value.slot})`)
  if (twist === 'missing') ask(draft, saysOf(field), value)
  updateCall(draft, entity, fieldName, `${target.slot}.id`, value.slot)
  allow(draft, entity, `${target.slot}.id`, [fieldName])
  draft.that.push(`${entity.plural}.get(${target.slot}.id).${fieldName} == ${value.slot}`)
  const says = saysOf(field)
  const verb = verbOf(says)
  draft.sentences.push(twist === 'missing'
    ? pickOne(key, 'change', [`change the ${says} of ${target.says}`, `the ${says} of ${target.says} ${verb.is} out of date, so please update ${verb.it}`, `update the ${says} that we have for ${target.says}`])
    : field.type === 'flag' ? pickOne(key, 'change', [`set "${says}" of ${target.says} to ${value.says}`, `change "${says}" to ${value.says} for ${target.says}`, `switch "${says}" to ${value.says} for ${target.says}`])
    : pickOne(key, 'change', [`set the ${says} of ${target.says} to ${value.says}`, `change the ${says} of ${target.says} to ${value.says}`, `the ${says} of ${target.says} should be ${value.says} from now on`, `enter ${value.says} as the ${says} of ${target.says}`, `the ${says} we have for ${target.says} ${verb.is} wrong: ${verb.itIs} ${value.says}`]))
  return true
}

/** The user says which of several is meant, when asked. */
function which(draft: TaskDraft, { slot, entity }: Reference): void {
  const fact = newSlot(draft, 'told')
  const one = spaced(entity.name)
  draft.facts[fact] = { value: `${slot}.id`, asked: WHICH, say: `I mean the one with the number \${${slot}.id}.` }
  mustHear(draft, fact, 'I mean the one with the number')
  const question = pickOne(keyOf(['which', slot], draft.key), 'form', [`There is more than one ${one} of that name. Which one do you mean?`, `I find several. Which ${one} is it? A number would help.`])
  draft.witness.push({ say: question })
  draft.questions.push(question)
}

/** A row is to belong to another one. */
export function relink(draft: TaskDraft, { entity: name, relation }: GoalOf<'link'>, { reference, joins }: Intent): Made {
  const { blueprint, key } = draft
  const entity = entityOf(blueprint, name)
  const other = otherOf(blueprint, entity, relation)
  const target = refer(draft, { entity, style: reference, joins, where: (slot) => withinRules(blueprint, entity, 'update', slot) })
  touchRules(draft, entity, 'update', (each) => `${target.slot}.${each}`)
  const next = refer(draft, { entity: other, style: other.named === false ? 'id' : 'name', joins: 0, where: (slot) => [`${slot}.id != ${target.slot}.${relation}`] })
  const { style } = blueprint
  write(draft, toolNames.link(style, entity, relation), { [ownKey(style, entity)]: `${target.slot}.id`, [keyName(style, relation)]: `${next.slot}.id` })
  allow(draft, entity, `${target.slot}.id`, [relation])
  draft.that.push(`${entity.plural}.get(${target.slot}.id).${relation} == ${next.slot}.id`)
  const says = saysOf(entity.relations.find((each) => each.name === relation)!)
  draft.sentences.push(pickOne(key, 'relink', [`give ${target.says} another ${says}: ${next.says}`, `change the ${says} of ${target.says} to ${next.says}`, `${next.says} takes over as ${says} of ${target.says}; please enter that`, `make ${next.says} the ${says} of ${target.says}`]))
  return true
}

/** There is to be a new row, perhaps taken some steps further. */
export function create(draft: TaskDraft, { entity: name, then }: GoalOf<'create'>, { twist }: Intent): Made {
  const { blueprint, key } = draft
  const { style } = blueprint
  const entity = entityOf(blueprint, name)
  const actions = firstActions(draft, entity, then)
  if (!actions) return false
  const above = entity.relations.map(({ name: relation, says }) => {
    const other = otherOf(blueprint, entity, relation)
    const guards = actions.flatMap(({ needs }) => needs).filter((guard) => guard.relation === relation)
    const rules = actions.flatMap(({ verb }) => rulesAgainst(blueprint, entity, verb).filter(({ when }) => when.relation === relation))
    const spoken = other.named === false ? (happens(key, `id of ${relation}`, 0.3) ? 'id' : 'relation') : 'name'
    const facts = settle(draft, other, guards.map(({ field, is }) => ({ field, is })), spoken)
    const where = (slot: string): string[] => [...facts.where(slot), ...rules.map(({ when: { field, is } }) => `!(${isValue(slot, field, is)})`)]
    const reference = refer(draft, { entity: other, style: spoken, joins: other.named === false ? 1 : 0, avoid: facts.avoid, where })
    facts.make(reference.slot)
    if (guards.length + rules.length > 0) touch(draft, other.plural, `${reference.slot}.id`)
    return { relation, says: says ?? spaced(relation), reference }
  })
  const named = entity.named === false ? undefined : nameValue(draft, entity)
  const fields = givenFields(entity).map((field) => ({ field, says: saysOf(field), value: fieldValue(draft, field) }))
  const hidden = twist === 'missing' ? fields.slice(0, 1) : []
  for (const { says, value } of hidden) ask(draft, says, value)
  const { values, words } = asked(draft, actions.map((action) => ({ entity, action })), false)
  const args = { ...(named && { name: named.slot }), ...Object.fromEntries(above.map(({ relation, reference }) => [keyName(style, relation), `${reference.slot}.id`])), ...Object.fromEntries(fields.map(({ field, value }) => [field.name, value.slot])) }
  write(draft, toolNames.create(style, entity), args)
  const made = actions.length ? findNew(draft, entity, named, above) : ''
  for (const action of actions) act(draft, entity, action, made, Object.fromEntries(action.asks.map((each) => [each, values.get(place(undefined, each))!.slot])))
  const last = actions.at(-1)
  const known = listedFields(blueprint, entity)
  // One that is already there could be taken for the new one.
  const twin = [...(named ? [`o.name == ${named.slot}`] : []), ...above.map(({ relation, reference }) => `o.${relation} == ${reference.slot}.id`), ...fields.filter(({ field }) => known.includes(field.name)).map(({ field, value }) => `o.${field.name} == ${value.slot}`)]
  // What cannot be told from others cannot be looked for when an answer is lost.
  if (twin.length === 0 || twinsOf(entity, named !== undefined, above.map(({ reference }) => reference.entity), fields.map(({ field }) => field).filter(({ name: each }) => known.includes(each))) > MOST_TWINS) return false
  draft.require.push(`!${entity.plural}.exists(o, ${twin.join(' && ')})`)
  // What nobody asked for is not filled in either.
  const untouched = entity.fields.filter((field) => field.mutable && !fields.some((given) => given.field === field) && !values.has(place(undefined, field.name))).map((field) => (field.type === 'choice' ? isValue('row', field.name, field.values[0]!) : `row.${field.name} == ${defaultOf(field)}`))
  const same = [
    ...(named ? [`row.name == ${named.slot}`] : []), ...above.map(({ relation, reference }) => `row.${relation} == ${reference.slot}.id`), ...fields.map(({ field, value }) => `row.${field.name} == ${value.slot}`),
    ...[...values].map(([at, { slot }]) => `row${at} == ${slot}`), ...untouched, ...(entity.lifecycle ? [isValue('row', entity.lifecycle.field, last?.to ?? entity.lifecycle.initial)] : []),
  ].join(' && ')
  draft.checks.push({ id: `made_${draft.checks.length + 1}`, kind: 'effects.exactly_once', gate: true, weight: 1, insert: entity.plural, where: same })
  draft.allowed.push({ insert: entity.plural, where: same, at_most: 1 })
  draft.sentences.push(newRow(draft, entity, named, above, fields.filter((field) => !hidden.includes(field))) + (last ? `${onwards(entity, last.to, key)}${words}` : ''))
  return true
}

/** That a new row is taken on to a state. */
function onwards({ lifecycle }: Entity, state: string, key: Key): string {
  const [field, to] = [spaced(lifecycle!.field), spaced(state)]
  return pickOne(key, 'then', state.includes('_') ? [`, and take it on until its ${field} is "${to}"`, `; then bring it to the ${field} "${to}"`] : [`, and take it on until it is ${to}`, `; then bring it to ${to}`, `, and see that it becomes ${to}`])
}

/** Rows, about, that look like a new one; where they are more, hardly a seed has a place for it. */
const MOST_TWINS = 0.4

/** How many rows there are, about, that look like a new one. */
function twinsOf({ rows }: Entity, named: boolean, owners: readonly Entity[], fields: readonly Field[]): number {
  const spread = (field: Field): number => (field.type === 'flag' ? 2 : field.type === 'choice' ? field.values.length : 100)
  return fields.reduce((left, field) => left / spread(field), owners.reduce((left, owner) => left / owner.rows, rows / (named ? 100 : 1)))
}

/** Looks for the new row, the first in the list: the answer that named it may have been lost. */
function findNew(draft: TaskDraft, entity: Entity, named: Value | undefined, above: readonly { relation: string; reference: Reference }[]): string {
  const { style } = draft.blueprint
  const as = newSlot(draft, 's')
  const narrowed = { ...(named && { name: named.slot }), ...Object.fromEntries(above.map(({ relation, reference }) => [keyName(style, relation), `${reference.slot}.id`])) }
  draft.witness.push({ call: toolNames.search(style, entity), with: narrowed, as, commutes: false })
  return `${as}.${entity.plural}[0].${ownKey(style, entity)}`
}

/** Words for a new row. */
function newRow(draft: TaskDraft, entity: Entity, named: Value | undefined, above: readonly { says: string; reference: Reference }[], fields: readonly { says: string; value: Value }[]): string {
  const one = spaced(entity.name)
  const verb = pickOne(draft.key, 'new', ['add', 'create', 'enter', 'set up', 'put in'])
  const called = named ? ` ${pickOne(draft.key, 'called', ['called', 'named', 'by the name of'])} ${named.says}` : ''
  const of = above.map(({ says, reference }, i) => (i === 0 ? ` for ${reference.says}` : `${i === 1 ? ', with ' : ' and '}${says === spaced(reference.entity.name) ? reference.says : `${reference.says} as the ${says}`}`)).join('')
  const values = listed(fields.map(({ says, value }) => `${says} ${value.says}`))
  const told = values && pickOne(draft.key, 'values', [`; ${values}`, `: ${values}`, of.endsWith(')') || of.includes(', with ') ? `; ${values}` : ` (${values})`, of.includes(', with ') ? `; ${values}` : `, with ${values}`])
  return `${verb} a new ${one}${called}${of}${told}`
}

/** Actions that a new row goes through, one after another, by no longer way than there has to be; undefined where it cannot get so far. */
function firstActions(draft: TaskDraft, entity: Entity, count: number): Action[] | undefined {
  if (count === 0) return []
  if (!entity.lifecycle) return undefined
  // What a new row's own fields decide is left out: they are what the request says.
  const ways = waysOut(entity, count, ({ verb, needs, destructive }) => !destructive && [...needs, ...rulesAgainst(draft.blueprint, entity, verb).map(({ when }) => when)].every(({ relation }) => relation !== undefined)).filter((way) => {
    const guards = way.flatMap(({ needs }) => needs)
    return !guards.some((one) => guards.some((other) => one.relation === other.relation && one.field === other.field && one.is !== other.is))
  })
  return ways.length ? pickOne(keyOf(['first', entity.name], draft.key), 'way', ways) : undefined
}

/** All rows of an owner that are in one state are to reach another. */
export function each(draft: TaskDraft, { entity: name, state, rows: wanted }: GoalOf<'each'>): Made {
  const { blueprint, key } = draft
  const entity = entityOf(blueprint, name)
  const field = entity.lifecycle?.field
  const actions = entity.lifecycle?.actions.filter(({ to, asks, needs }) => to === state && asks.length === 0 && needs.length === 0) ?? []
  const relations = entity.relations.filter(({ name: relation }) => {
    const other = otherOf(blueprint, entity, relation)
    return other.named !== false && entity.rows >= other.rows * 1.5
  })
  if (field === undefined || actions.length === 0 || relations.length === 0) return false
  const action = pickOne(key, 'each', actions)
  // The set-up brings the rows into the state: no rule may be about it.
  const open = action.from.filter((each) => !rulesAgainst(blueprint, entity, action.verb).some(({ when }) => when.relation === undefined && when.field === field && when.is === each))
  if (open.length === 0) return false
  const from = pickOne(key, 'from', open)
  const { name: relation } = pickOne(key, 'of', relations)
  const owner = otherOf(blueprint, entity, relation)
  const rows = Math.min(wanted, Math.max(2, Math.round(entity.rows / owner.rows)))
  const kept = withinRules(blueprint, entity, action.verb, 'o')
  const mine = (slot: string): string => `o.${relation} == ${slot}.id`
  const target = refer(draft, { entity: owner, style: 'name', joins: 0, where: (slot) => [`${entity.plural}.count(o, ${[mine(slot), ...kept].join(' && ')}) >= ${rows}`] })
  const all = newSlot(draft, 'r')
  draft.bind[all] = { value: `${entity.plural}.filter(o, ${[mine(target.slot), ...kept].join(' && ')}).slice(0, ${rows})` }
  // Exactly these are in the state that the request speaks of.
  const other = entity.lifecycle!.states.find((each) => each !== from && each !== state) ?? state
  draft.setup.push(
    { each: `o in ${entity.plural}.filter(o, ${mine(target.slot)} && string(o.${field}) == ${text(from)})`, do: [{ set: { [`${entity.plural}[o.id].${field}`]: text(other) } }] },
    { each: `o in ${all}`, do: [{ set: { [`${entity.plural}[o.id].${field}`]: text(from) } }] },
  )
  searchBelow(draft, entity, relation, target.slot, { [field]: text(from) })
  for (let i = 0; i < rows; i++) {
    act(draft, entity, action, `${all}[${i}].id`, {})
    draft.that.push(isValue(`${entity.plural}.get(${all}[${i}].id)`, field, state))
  }
  draft.allowed.push({ update: entity.plural, keys: `${all}.map(o, o.id)`, columns: [field] })
  draft.touched.push({ goal: key, table: entity.plural, keys: `${all}.map(o, o.id)` })
  draft.counts.joins += 1
  const many = inState(entity.lifecycle!, from, spaced(entity.plural))
  draft.sentences.push(imperative(action, pickOne(key, 'all of', [`all ${many} of ${target.says}`, `every one of the ${many} of ${target.says}`, `${rows === 2 ? 'both' : `all ${rows}`} ${many} of ${target.says}`])))
  return true
}
