/**
 * How a request speaks of a row: by its number, its name, or by what it belongs to. A reference fits exactly one row,
 * and the plan finds its key by reading, from the name that the request gives down to the row.
 */
import type { Entity, Field, Intent } from '../../protocol/spec/blueprint.ts'
import { keyOf } from '../core/keyed.ts'
import { all, text } from './cel.ts'
import { happens, pickOne } from './pick.ts'
import { newSlot, type TaskDraft, touch } from './task-draft.ts'
import { keyName, listed, ownKey, saysOf, spaced, toolNames } from './world-naming.ts'
import { filtersOf } from './world-read.ts'
import { shown } from './world-row.ts'
import { otherOf } from './world-write.ts'

/** A row of the request: its slot, and the words for it as a template. */
export type Reference = { readonly slot: string; readonly entity: Entity; readonly says: string; /** The request gives the row's number away. */ readonly numbered?: true }

export type ReferenceWish = {
  readonly entity: Entity
  readonly style: Intent['reference']
  readonly joins: number
  /** Conditions over `${slot}` that the row has to meet. */
  readonly where?: (slot: string) => readonly string[]
  /** Columns that the set-up changes: nothing is told apart by them. */
  readonly avoid?: ReadonlySet<string>
  /** Words in a row's place: the row is found some other way. */
  readonly unsaid?: boolean
}

/** Something that a row is told apart by: a column, its words, and whether lists can be narrowed by it. */
type Mark = { readonly column: string; /** Before the noun, or in a list behind it. */ readonly place: 'before' | 'behind'; /** A template in which ROW stands for the slot. */ readonly says: string; readonly filter: boolean; /** How many values it has, about. */ readonly spread: number }

function marksOf(draft: TaskDraft, entity: Entity): Mark[] {
  const { blueprint } = draft
  const filters = new Set(filtersOf(blueprint, entity).map(({ of }) => of))
  const seen = new Set(Object.keys(shown(blueprint, entity, blueprint.style.listing === 'full', 'x')))
  const markOf = (field: Field): Mark[] => {
    const { name } = field
    if (field.type === 'choice' && (filters.has(name) || seen.has(name))) return [{ column: name, place: 'behind', says: `${saysOf(field)} \${ROW.${name}}`, filter: filters.has(name), spread: field.values.length }]
    if (field.type === 'day' && seen.has(name)) return [{ column: name, place: 'behind', says: `${saysOf(field)} \${ROW.${name}}`, filter: false, spread: 30 }]
    if (field.type === 'number' && seen.has(name)) return [{ column: name, place: 'behind', says: field.unit === saysOf(field) ? `\${ROW.${name}} ${field.unit}` : `${saysOf(field)} \${ROW.${name}}${field.unit === undefined ? '' : ` ${field.unit}`}`, filter: false, spread: Math.min(20, field.between[1] - field.between[0] + 1) }]
    return []
  }
  const { lifecycle } = entity
  const spelt = `\${string(ROW.${lifecycle?.field}).replace('_', ' ')}`
  // States of several words, and those of people, read badly before the noun.
  const behind = entity.kind === 'person' || lifecycle?.states.some((each) => each.includes('_'))
  const state: Mark[] = !lifecycle ? [] : [{ column: lifecycle.field, filter: true, spread: lifecycle.states.length, ...(behind ? { place: 'behind', says: `${spaced(lifecycle.field)} "${spelt}"` } : { place: 'before', says: spelt }) }]
  return [...state, ...entity.fields.flatMap(markOf)]
}

/** Marks enough that few rows of one owner share them; what lists cannot be narrowed by has to stand on one page. */
function chooseMarks(draft: TaskDraft, entity: Entity, perOwner: number, most: number, place: string, avoid: ReadonlySet<string>): { marks: Mark[]; /** Rows that share them, about. */ share: number } {
  const { page } = draft.blueprint.style
  const left = marksOf(draft, entity).filter(({ column }) => !avoid.has(column))
  const chosen: Mark[] = []
  let share = perOwner
  // Of what cannot be narrowed, as many rows as the narrowing leaves have to be read.
  let rowsRead = perOwner
  while (share > 0.7 && chosen.length < most) {
    const open = left.filter((mark) => !chosen.includes(mark) && (mark.filter || rowsRead * 2 <= page))
    if (open.length === 0) break
    const mark = pickOne(keyOf(['mark', place, chosen.length], draft.key), 'which', open)
    chosen.push(mark)
    share /= mark.spread
    if (mark.filter) rowsRead /= mark.spread
  }
  return { marks: chosen, share }
}

function isNamed({ named }: Entity): boolean {
  return named !== false
}

/** Relations that lead to a row that can be spoken of, with so many more steps at most. */
function speakable(draft: TaskDraft, entity: Entity, joins: number): string[] {
  return entity.relations.filter(({ name }) => {
    const other = otherOf(draft.blueprint, entity, name)
    return isNamed(other) || (joins > 1 && speakable(draft, other, joins - 1).length > 0)
  }).map(({ name }) => name)
}

/** The noun of a row with what it is told apart by: `booked appointment with kind laser`. */
function nounOf(draft: TaskDraft, entity: Entity, slot: string, marks: readonly Mark[]): string {
  const spell = (place: Mark['place']): string[] => marks.filter((mark) => mark.place === place).map(({ says }) => says.replaceAll('ROW', slot))
  const [before, behind] = [spell('before').join(' '), spell('behind')]
  const one = spaced(entity.name)
  const tail = behind.length === 0 ? '' : pickOne(keyOf(['marks', slot], draft.key), 'form', [` with ${listed(behind)}`, ` (${behind.join(', ')})`])
  return `${before}${before && ' '}${one}${tail}`
}

/** Words of one row by the row above it. */
function possessive(draft: TaskDraft, owner: Reference, entity: Entity, noun: string): string {
  const key = keyOf(['possessive', owner.slot, entity.name], draft.key)
  if (owner.entity.kind === 'person' && isNamed(owner.entity)) return pickOne(key, 'form', [`${owner.says}'s ${noun}`, `the ${noun} of ${owner.says}`, `the ${noun} for ${owner.says}`])
  return pickOne(key, 'form', [`the ${noun} for ${owner.says}`, `the ${noun} of ${owner.says}`, `the ${noun} that belongs to ${owner.says}`])
}

function byId(draft: TaskDraft, wish: ReferenceWish): Reference {
  const { entity, where } = wish
  const slot = newSlot(draft, 'r')
  draft.bind[slot] = { from: entity.plural, ...whereOf(where?.(slot) ?? []) }
  return { slot, entity, says: `${pickOne(draft.key, `id words ${slot}`, [spaced(entity.name), `${spaced(entity.name)} number`, `the ${spaced(entity.name)}`])} \${${slot}.id}`, numbered: true }
}

function whereOf(conditions: readonly string[]): { where?: string } {
  return conditions.length ? { where: all(conditions) } : {}
}

/** Words for a row that has a name of its own. */
function nameWords(draft: TaskDraft, entity: Entity, slot: string): string {
  const one = spaced(entity.name)
  // Where others have names of the same kind, the name alone could be anybody's.
  const alone = draft.blueprint.entities.filter(({ named }) => named === 'person').length === 1
  if (entity.named === 'person') return alone && happens(draft.key, `role ${slot}`, 0.65) ? `\${${slot}.name}` : pickOne(draft.key, `name words ${slot}`, [`the ${one} \${${slot}.name}`, `${one} \${${slot}.name}`, `our ${one} \${${slot}.name}`])
  return pickOne(draft.key, `name words ${slot}`, [`the ${one} "\${${slot}.name}"`, `the ${one} \${${slot}.name}`, `${one} "\${${slot}.name}"`])
}

/** CEL: that a search by the name of a row shows it on its first page, among all that are called nearly so. */
function onFirstPage({ blueprint: { style } }: TaskDraft, { plural, rows }: Entity, row: string): string[] {
  return rows > style.page ? [`${plural}.count(o, text_match(o.name, ${row}.name)) <= ${style.page}`] : []
}

function onlyName(draft: TaskDraft, entity: Entity, row: string): string {
  return all([`${entity.plural}.count(o, o.name == ${row}.name) == 1`, ...onFirstPage(draft, entity, row)])
}

function searchByName(draft: TaskDraft, entity: Entity, slot: string, narrowed: Readonly<Record<string, string>> = {}): void {
  draft.witness.push({ call: toolNames.search(draft.blueprint.style, entity), with: { name: `${slot}.name`, ...narrowed }, as: newSlot(draft, 's'), commutes: false })
}

/** Rows with a shared name that there have to be before one of them is asked for. */
const LEAST_TWINS = 10

/** What tells namesakes apart: something that lists can be narrowed by, or that they show. */
function twinMark(draft: TaskDraft, { entity, where, avoid = new Set() }: ReferenceWish, slot: string): Mark | undefined {
  const { decoys } = draft.blueprint
  // Of those that other conditions leave there have to be some as well.
  const conditions = where?.(slot).length ?? 0
  if (decoys * entity.rows < LEAST_TWINS * 2 ** conditions || !happens(draft.key, `twin ${slot}`, Math.min(1, decoys * 2))) return undefined
  const marks = marksOf(draft, entity).filter(({ column }) => !avoid.has(column))
  return marks.length ? pickOne(draft.key, `twin mark ${slot}`, marks) : undefined
}

/** A row whose name is shared with others, and what it is told apart by. */
function byTwin(draft: TaskDraft, { entity, where }: ReferenceWish, slot: string, mark: Mark): Reference {
  const same = `o.name == ${slot}.name`
  draft.bind[slot] = { from: entity.plural, where: all([`${entity.plural}.count(o, ${same}) >= 2`, `${entity.plural}.count(o, ${same} && o.${mark.column} == ${slot}.${mark.column}) == 1`, ...onFirstPage(draft, entity, slot), ...(where?.(slot) ?? [])]) }
  touch(draft, entity.plural, `${slot}.id`)
  searchByName(draft, entity, slot, mark.filter ? { [mark.column]: `string(${slot}.${mark.column})` } : {})
  const says = mark.says.replaceAll('ROW', slot)
  const one = spaced(entity.name)
  return { slot, entity, says: mark.place === 'before' ? `the ${says} ${one} \${${slot}.name}` : pickOne(draft.key, `twin words ${slot}`, [`the ${one} \${${slot}.name} with ${says}`, `the ${one} \${${slot}.name} (${says})`]) }
}

function byName(draft: TaskDraft, wish: ReferenceWish): Reference {
  const { entity, where, unsaid } = wish
  const slot = newSlot(draft, 'r')
  const mark = unsaid ? undefined : twinMark(draft, wish, slot)
  if (mark) return byTwin(draft, wish, slot, mark)
  draft.bind[slot] = { from: entity.plural, where: all([...(unsaid ? [] : [onlyName(draft, entity, slot)]), ...(where?.(slot) ?? [])]) }
  searchByName(draft, entity, slot)
  return { slot, entity, says: nameWords(draft, entity, slot) }
}

/** A row above, of which the request speaks; `at` is CEL for its key, given the row below. */
type Link = { readonly relation: string; readonly entity: Entity; readonly marks: readonly Mark[] }

/** Rows that may share what a row is told apart by, about, so that one alone can still be found: fewer where there are fewer rows. */
const MOST_ALIKE = [[60, 1.2], [24, 0.7], [0, 0.3]] as const

/** From the row upwards to one with a name; undefined where too many rows would be alike. */
function chainOf(draft: TaskDraft, entity: Entity, joins: number, avoid: ReadonlySet<string>): Link[] | undefined {
  const chain: Link[] = []
  let at = entity
  for (let left = joins; left > 0; left--) {
    const ways = speakable(draft, at, left).flatMap((relation) => {
      const above = otherOf(draft.blueprint, at, relation)
      const { marks, share } = chooseMarks(draft, at, at.rows / above.rows, 3, `${at.name} ${relation} ${left}`, avoid)
      return share <= MOST_ALIKE.find(([rows]) => at.rows >= rows)![1] ? [{ relation, entity: above, marks }] : []
    })
    if (ways.length === 0) break
    const way = pickOne(keyOf(['chain', entity.name, left], draft.key), 'relation', ways)
    chain.push(way)
    at = way.entity
  }
  return chain.length > 0 && isNamed(chain.at(-1)!.entity) ? chain : undefined
}

function sameOwner(entity: Entity, row: string, { relation, marks }: Link): string {
  return `${entity.plural}.count(o, ${all([`o.${relation} == ${row}.${relation}`, ...marks.map(({ column }) => `o.${column} == ${row}.${column}`)])}) == 1`
}

function fitsPage(draft: TaskDraft, entity: Entity, row: string, relation: string, marks: readonly Mark[]): string[] {
  if (marks.every(({ filter }) => filter)) return []
  return [`${entity.plural}.count(o, ${all([`o.${relation} == ${row}.${relation}`, ...marks.filter(({ filter }) => filter).map(({ column }) => `o.${column} == ${row}.${column}`)])}) <= ${draft.blueprint.style.page}`]
}

/** Lists the rows of an owner. */
export function searchBelow(draft: TaskDraft, entity: Entity, relation: string, owner: string, narrowed: Readonly<Record<string, string>> = {}): string {
  const { style } = draft.blueprint
  const as = newSlot(draft, 's')
  draft.witness.push({ call: toolNames.search(style, entity), with: { [keyName(style, relation)]: `${owner}.id`, ...narrowed }, as, commutes: false })
  return as
}

function byRelation(draft: TaskDraft, wish: ReferenceWish): Reference | undefined {
  const { entity, where } = wish
  const chain = chainOf(draft, entity, Math.max(1, wish.joins), wish.avoid ?? new Set())
  if (!chain) return undefined
  const last = chain.at(-1)!
  const slot = newSlot(draft, 'r')
  // Conditions over the row alone: rows above are read through it.
  const conditions: string[] = []
  const slots: string[] = []
  let [row, at] = [slot, entity]
  for (const link of chain) {
    conditions.push(sameOwner(at, row, link), ...fitsPage(draft, at, row, link.relation, link.marks))
    row = `${link.entity.plural}.get(${row}.${link.relation})`
    at = link.entity
    slots.push(newSlot(draft, 'r'))
  }
  conditions.push(onlyName(draft, last.entity, row))
  draft.bind[slot] = { from: entity.plural, where: all([...(where?.(slot) ?? []), ...conditions]) }
  chain.forEach(({ relation, entity: above }, i) => { draft.bind[slots[i]!] = { value: `${above.plural}.get(${i === 0 ? slot : slots[i - 1]}.${relation})` } })
  searchByName(draft, last.entity, slots.at(-1)!)
  let owner: Reference = { slot: slots.at(-1)!, entity: last.entity, says: nameWords(draft, last.entity, slots.at(-1)!) }
  for (let i = chain.length - 1; i >= 0; i--) {
    const { relation, marks } = chain[i]!
    const below = i === 0 ? { slot, entity } : { slot: slots[i - 1]!, entity: chain[i - 1]!.entity }
    // Another goal must not change what tells it apart.
    if (marks.length > 0) touch(draft, below.entity.plural, `${below.slot}.id`)
    searchBelow(draft, below.entity, relation, owner.slot, Object.fromEntries(marks.filter(({ filter }) => filter).map(({ column }) => [column, `string(${below.slot}.${column})`])))
    owner = { slot: below.slot, entity: below.entity, says: possessive(draft, owner, below.entity, nounOf(draft, below.entity, below.slot, marks)) }
  }
  draft.counts.joins += chain.length
  return owner
}

/** Rows from which on hardly a seed has no owner of several. */
const LEAST_COMPARED = 32

/** The row of an owner that has the most or least of something. */
function byExtreme(draft: TaskDraft, wish: ReferenceWish): Reference | undefined {
  const { entity, where } = wish
  const { blueprint } = draft
  const seen = new Set(Object.keys(shown(blueprint, entity, blueprint.style.listing === 'full', 'x')))
  const fields = entity.fields.filter(({ type, name }) => (type === 'day' || type === 'money' || type === 'number') && seen.has(name) && !wish.avoid?.has(name))
  const relations = entity.relations.filter(({ name }) => {
    const other = otherOf(blueprint, entity, name)
    const each = entity.rows / other.rows
    return isNamed(other) && each >= 1.5 && entity.rows >= LEAST_COMPARED && each <= blueprint.style.page * 0.7
  })
  if (fields.length === 0 || relations.length === 0) return undefined
  const field = pickOne(draft.key, 'extreme field', fields)
  const { name: relation } = pickOne(draft.key, 'extreme relation', relations)
  const above = otherOf(blueprint, entity, relation)
  const greatest = happens(draft.key, 'greatest', 0.5)
  const [slot, owner] = [newSlot(draft, 'r'), newSlot(draft, 'r')]
  const mine = `o.${relation} == ${slot}.${relation}`
  draft.bind[slot] = {
    from: entity.plural,
    where: all([
      ...(where?.(slot) ?? []),
      `${entity.plural}.count(o, ${mine} && o.${field.name} ${greatest ? '>=' : '<='} ${slot}.${field.name}) == 1`,
      `${entity.plural}.count(o, ${mine}) >= 2`, `${entity.plural}.count(o, ${mine}) <= ${blueprint.style.page}`,
      onlyName(draft, above, `${above.plural}.get(${slot}.${relation})`),
    ]),
  }
  draft.bind[owner] = { value: `${above.plural}.get(${slot}.${relation})` }
  searchByName(draft, above, owner)
  searchBelow(draft, entity, relation, owner)
  draft.counts.joins += 1
  const words = extremeWords(field, greatest)
  return { slot, entity, says: possessive(draft, { slot: owner, entity: above, says: nameWords(draft, above, owner) }, entity, `${spaced(entity.name)} ${words}`) }
}

function extremeWords(field: Field, greatest: boolean): string {
  if (field.type === 'day') return `with the ${greatest ? 'latest' : 'earliest'} ${saysOf(field)}`
  return `with the ${greatest ? 'highest' : 'lowest'} ${saysOf(field)}`
}

/** Speaks of a row as wished, or in the nearest way that the world allows. */
export function refer(draft: TaskDraft, wish: ReferenceWish): Reference {
  const { entity, style, joins } = wish
  if (style === 'id') return byId(draft, wish)
  if (style === 'extreme') {
    const found = byExtreme(draft, wish)
    if (found) return found
  }
  if (joins > 0 || !isNamed(entity) || style === 'relation' || style === 'attributes') {
    const found = byRelation(draft, wish)
    if (found) return found
  }
  return isNamed(entity) ? byName(draft, wish) : byId(draft, wish)
}

/** Reads the row whole. */
export function look(draft: TaskDraft, { slot, entity }: Reference): string {
  const { style } = draft.blueprint
  const as = newSlot(draft, 's')
  draft.witness.push({ call: toolNames.get(style, entity), with: { [ownKey(style, entity)]: `${slot}.id` }, as, commutes: false })
  return as
}

/** CEL: whether the column of a row has a value. */
export function isValue(row: string, field: string, is: string | boolean): string {
  return typeof is === 'boolean' ? (is ? `${row}.${field}` : `!${row}.${field}`) : `string(${row}.${field}) == ${text(is)}`
}
