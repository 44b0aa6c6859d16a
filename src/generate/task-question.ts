/** Questions with a typed answer, which nobody knows who has not looked. */
import type { Blueprint, Entity, Field, Goal, Intent } from '../../protocol/spec/blueprint.ts'
import { all, text } from './cel.ts'
import { keyOf } from '../core/keyed.ts'
import { happens, pickOne } from './pick.ts'
import { entityOf, type TaskDraft } from './task-draft.ts'
import { look, type Reference, refer, searchBelow } from './task-reference.ts'
import { inState, keyName, saysOf, spaced, toolNames, verbOf } from './world-naming.ts'
import { summed } from './world-read.ts'
import { shown } from './world-row.ts'
import { fieldOf, otherOf } from './world-write.ts'

type Question = Extract<Goal, { goal: 'question' }>

/** The tools that show rows of an entity. */
function lookers(draft: TaskDraft, entity: Entity): string[] {
  const { style } = draft.blueprint
  return [toolNames.get(style, entity), toolNames.search(style, entity), ...(summed(entity).length ? [toolNames.count(style, entity)] : [])]
}

/** Who answers without having looked is not paid. */
function mustLook(draft: TaskDraft, entity: Entity): void {
  draft.checks.push({ id: `looked_${draft.checks.length + 1}`, kind: 'calls.constraints', gate: true, weight: 1, call: lookers(draft, entity) })
}

function form(draft: TaskDraft, choices: readonly string[]): string {
  return pickOne(keyOf(['question'], draft.key), 'form', choices)
}

/** Values under which a number is guessed too often. */
const LEAST_SPREAD = 40
/** Rows in a state, about, under which their number is guessed too often. */
const LEAST_COUNT = 30

/** Rows under which the number of all is guessed too often. */
const LEAST_ALL = 100

/** Whether the value of a field is worth asking for. */
export function isAskable(field: Field): boolean {
  if (field.type === 'number') return field.between[1] - field.between[0] >= LEAST_SPREAD
  return field.type !== 'flag' && field.type !== 'choice'
}

/** Whether a field is the number that whoever takes the first one gives, of a row or of a list. */
export function isFirstNumber(blueprint: Pick<Blueprint, 'style'>, entity: Entity, field: Field): boolean {
  const listed = new Set(Object.keys(shown(blueprint as Blueprint, entity, blueprint.style.listing === 'full', 'x')))
  const fitting = entity.fields.filter(({ type }) => type === 'number' || (type === 'money' && field.type === 'money'))
  return field === fitting[0] || field === fitting.find(({ name }) => listed.has(name))
}

/** What a field of a row is. */
function askField(draft: TaskDraft, entity: Entity, fieldName: string, { reference, joins }: Intent): boolean {
  const field = fieldOf(entity, fieldName)
  if (!isAskable(field)) return false
  const target = refer(draft, { entity, style: reference, joins, avoid: new Set([fieldName]) })
  look(draft, target)
  mustLook(draft, entity)
  const value = `${target.slot}.${fieldName}`
  const number = field.type === 'number' || field.type === 'money'
  draft.answers.push(number
    ? { schema: field.type === 'number' ? { type: 'integer' } : { type: 'number', multipleOf: 0.01 }, value, compare: 'exact' }
    : { schema: { type: 'string', description: field.type === 'day' ? 'YYYY-MM-DD' : 'As it stands in the record.' }, value, compare: 'words' })
  const says = field.type === 'number' && field.unit === saysOf(field) ? `number of ${field.unit}` : saysOf(field)
  draft.sentences.push(form(draft, [`what ${verbOf(says).is} the ${says} of ${target.says}?`, `tell me the ${says} of ${target.says}`, `which ${says} do we have for ${target.says}?`, `look up the ${says} of ${target.says}`, `I need the ${says} of ${target.says}`]))
  return true
}

/** The name of a row that another belongs to. */
function askRelated(draft: TaskDraft, entity: Entity, relation: string, { reference, joins }: Intent): boolean {
  const other = otherOf(draft.blueprint, entity, relation)
  if (other.named === false) return false
  const before = Object.keys(draft.bind).length
  const target = refer(draft, { entity, style: reference, joins })
  // A reference through the same relation would give the answer away.
  if (Object.values(draft.bind).slice(before).some((binding) => 'value' in binding && binding.value === `${other.plural}.get(${target.slot}.${relation})`)) return false
  look(draft, target)
  const { style } = draft.blueprint
  const key = style.ids === 'id' ? 'id' : keyName(style, other.name)
  draft.witness.push({ call: toolNames.get(style, other), with: { [key]: `${target.slot}.${relation}` }, commutes: false })
  mustLook(draft, other)
  draft.answers.push({ schema: { type: 'string', description: 'A name.' }, value: `${other.plural}.get(${target.slot}.${relation}).name`, compare: 'words' })
  const says = saysOf(entity.relations.find(({ name }) => name === relation)!)
  draft.sentences.push(form(draft, [`what is the name of the ${says} of ${target.says}?`, `${other.kind === 'person' ? 'who' : 'which one'} is the ${says} of ${target.says}? I need the name`, `tell me the name of the ${says} of ${target.says}`, `give me the ${says} of ${target.says}, by name`]))
  return true
}

/** A row with a name that others belong to, neither too few nor more than fit a page. */
function ownerOf(draft: TaskDraft, entity: Entity, least: number, paged: boolean, where: (mine: string) => readonly string[]): { owner: Reference; relation: string } | undefined {
  const { style: { page } } = draft.blueprint
  const relations = entity.relations.filter(({ name }) => {
    const other = otherOf(draft.blueprint, entity, name)
    const each = entity.rows / other.rows
    return other.named !== false && each >= least / 2 && (!paged || each <= page * 0.8)
  })
  if (relations.length === 0) return undefined
  const { name: relation } = pickOne(draft.key, 'owner', relations)
  const limits = (mine: string): string[] => [`${entity.plural}.count(o, ${mine}) >= ${least}`, ...(paged ? [`${entity.plural}.count(o, ${mine}) <= ${page}`] : [])]
  const owner = refer(draft, { entity: otherOf(draft.blueprint, entity, relation), style: 'name', joins: 0, where: (slot) => [...limits(`o.${relation} == ${slot}.id`), ...where(`o.${relation} == ${slot}.id`)] })
  return { owner, relation }
}

/** How many rows there are, or what they add up to. */
function askSum(draft: TaskDraft, entity: Entity, fieldName: string | undefined): boolean {
  const { blueprint } = draft
  const { style } = blueprint
  const { lifecycle } = entity
  // Of what one owner has there have to be a few left in the state.
  const perOwner = fieldName === undefined ? entity.rows : entity.rows / Math.max(1, ...entity.relations.map(({ name }) => otherOf(blueprint, entity, name).rows))
  const state = lifecycle && perOwner >= lifecycle.states.length * (fieldName === undefined ? LEAST_COUNT : 1) && happens(draft.key, 'in state', 0.6) ? pickOne(draft.key, 'state', lifecycle.states) : undefined
  const limited = state === undefined ? [] : [`string(o.${lifecycle!.field}) == ${text(state)}`]
  // Small numbers are guessed: of what one owner has, only sums are asked.
  const whole = fieldName === undefined
  const found = whole ? undefined : ownerOf(draft, entity, 2, false, (mine) => (limited.length ? [`${entity.plural}.count(o, ${all([mine, ...limited])}) >= 2`] : []))
  if (!whole && !found) return false
  const mine = found ? [`o.${found.relation} == ${found.owner.slot}.id`] : []
  const rows = [...mine, ...limited].length ? `${entity.plural}.filter(o, ${all([...mine, ...limited])})` : `${entity.plural}.map(o, o)`
  const many = state === undefined ? spaced(entity.plural) : inState(lifecycle!, state, spaced(entity.plural))
  const narrowed = state === undefined ? {} : { [lifecycle!.field]: text(state) }
  if (whole) {
    const choice = entity.fields.find((field) => field.type === 'choice')
    if (summed(entity).length === 0 || (state === undefined && (!choice || entity.rows < LEAST_ALL))) return false
    draft.witness.push({ call: toolNames.count(style, entity), with: narrowed, commutes: false })
    draft.answers.push({ schema: { type: 'integer' }, value: `size(${rows})`, compare: 'exact' })
    draft.sentences.push(form(draft, [`how many ${many} are there?`, `count the ${many} for me`, `I need the number of ${many}`, `what is the number of ${many} that we have on record?`]))
  } else {
    const field = fieldOf(entity, fieldName)
    if (!summed(entity).includes(fieldName) || (field.type === 'number' && field.between[1] < LEAST_SPREAD)) return false
    draft.witness.push({ call: toolNames.count(style, entity), with: { [keyName(style, found!.relation)]: `${found!.owner.slot}.id`, ...narrowed }, commutes: false })
    draft.answers.push({ schema: field.type === 'number' ? { type: 'integer' } : { type: 'number', multipleOf: 0.01 }, value: `${rows}.sum(o, o.${fieldName})`, compare: 'exact' })
    draft.counts.joins += 1
    const says = saysOf(field)
    const owner = found!.owner.says
    draft.sentences.push(form(draft, [`what do the ${many} of ${owner} add up to in ${says}?`, `add up the ${says} of all ${many} of ${owner}`, `what is the total of the ${says} over the ${many} of ${owner}?`, `take the ${many} of ${owner} and sum their ${says}`]))
  }
  mustLook(draft, entity)
  return true
}

/** Which row has the most of something. */
function askMost(draft: TaskDraft, entity: Entity, fieldName: string): boolean {
  const { style } = draft.blueprint
  const field = fieldOf(entity, fieldName)
  const found = ownerOf(draft, entity, 3, true, () => [])
  if (!found || field.type === 'text' || field.type === 'flag' || field.type === 'choice') return false
  const { owner, relation } = found
  const rows = `${entity.plural}.filter(q, q.${relation} == ${owner.slot}.id)`
  const best = `${rows}.max_by(p, p.${fieldName})`
  draft.require.push(`${entity.plural}.count(o, o.${relation} == ${owner.slot}.id && o.${fieldName} == ${best}.${fieldName}) == 1`)
  searchBelow(draft, entity, relation, owner.slot)
  if (style.listing === 'short') for (let i = 0; i < 3; i++) draft.witness.push({ call: toolNames.get(style, entity), with: { [style.ids === 'id' ? 'id' : keyName(style, entity.name)]: `${rows}[${i}].id` }, commutes: false })
  mustLook(draft, entity)
  draft.answers.push({ schema: { type: 'string', description: `The number of the ${spaced(entity.name)}.` }, value: `${best}.id`, compare: 'words' })
  draft.counts.joins += 1
  const [one, says] = [spaced(entity.name), saysOf(field)]
  const most = field.type === 'day' ? 'latest' : 'highest'
  draft.sentences.push(form(draft, [`which ${one} of ${owner.says} has the ${most} ${says}? Give me its number`, `find the ${one} of ${owner.says} with the ${most} ${says} and tell me its number`, `among the ${spaced(entity.plural)} of ${owner.says}, which one has the ${most} ${says}? I need the number`]))
  return true
}

/** A question; false where the world has nothing to ask so. */
export function question(draft: TaskDraft, { entity: name, ask, field }: Question, intent: Intent): boolean {
  const entity = entityOf(draft.blueprint, name)
  const numeric = field ?? entity.fields.find(({ type }) => type === 'money' || type === 'number')?.name
  switch (ask) {
    case 'field': return field !== undefined && askField(draft, entity, field, intent)
    case 'related': return entity.relations.some((relation) => relation.name === field) && askRelated(draft, entity, field!, intent)
    case 'count': return askSum(draft, entity, undefined)
    case 'sum': return numeric !== undefined && askSum(draft, entity, numeric)
    case 'most': return numeric !== undefined && askMost(draft, entity, numeric)
  }
}
