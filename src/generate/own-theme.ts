/** Themes made of sentences: the nearest pack with what the sentence speaks of, or a domain in its own words. */
import type { Guard } from '../../protocol/spec/blueprint.ts'
import type { Theme, ThemeEntity } from '../../protocol/spec/theme.ts'
import { keyOf } from '../core/keyed.ts'
import type { OwnTheme } from './grammar-request.ts'
import { ABOUT_ACTIVITY, ABOUT_ANYTHING, ABOUT_EVENT, ABOUT_PERSON, ABOUT_THING, ANYWHERE, HEADS, TOPICS } from './own-lexicon.ts'
import { ownLifecycle, verbName, withDeeds } from './own-lifecycle.ts'
import { countable, kindOf, type OwnKind } from './own-noun.ts'
import { TEMPLATES } from './own-template.ts'
import { pickOne } from './pick.ts'
import type { Deed, Noun, Reading } from './sentence.ts'
import { plural, singular } from './sentence-language.ts'

const MOST_MENTIONED = 9
/** Entities of a domain of its own; packs have five or more. */
const FEWEST = 5
const MOST = 12
/** Of those that nobody named: people and places with no work of their own. */
const MOST_IDLE = 2
const ORDER: readonly OwnKind[] = ['person', 'place', 'thing', 'document', 'event', 'request']

type Wanted = { readonly name: string; readonly kind: OwnKind; readonly deeds: readonly Deed[] }

function spaced(name: string): string {
  return name.replaceAll('_', ' ')
}

function article(words: string): string {
  return /^(?:[aeio]|u(?!ni|s[aeiu]|ti|ro))/.test(words) ? 'an' : 'a'
}

/** The entity of a pack that a noun speaks of. */
function known(pack: Theme, { name, head }: Pick<Noun, 'name' | 'head'>): ThemeEntity | undefined {
  const called = (word: string) => pack.entities.find((entity) => entity.name === word || entity.plural === word || entity.aliases.some((alias) => alias[0] === word || alias[1] === word))
  return called(name) ?? (name.endsWith(`_${head}`) ? called(head) : undefined)
}

/** How near a pack is to a sentence: whether its place is one of the pack's, and how many of its nouns the pack knows. */
function nearness(pack: Theme, { placeNoun, nouns }: Reading): number {
  const theme = pack.theme.split('-')
  const words = new Set([...theme, ...pack.words, ...pack.places.flatMap((place) => place.toLowerCase().split(/[ -]/))])
  const heads = new Set([...theme, ...pack.places.map((place) => place.toLowerCase().split(/[ -]/).at(-1)!)])
  // A bee-keeping co-operative is not the co-operative of farmers: what a place is about has to be known too.
  const about = placeNoun?.modifiers ?? []
  const placed = placeNoun !== undefined && heads.has(placeNoun.head) && (about.length === 0 || about.some((word) => words.has(word)))
  const found = nouns.filter((noun) => words.has(noun.name) || words.has(noun.head) || known(pack, noun)).length
  const share = nouns.length === 0 ? 0 : found / nouns.length
  const own = placeNoun !== undefined && (theme.includes(placeNoun.head) || pack.words.includes(placeNoun.head))
  return (placed ? (own ? 2 : 1) : 0) + share * (placeNoun === undefined ? 2 : found > 1 ? 1.2 : 0.6) + about.filter((word) => words.has(word)).length * 0.1
}

/** The pack that a sentence is about, or undefined where none is near. */
export function nearestPack(reading: Reading, themes: readonly Theme[]): Theme | undefined {
  let best: { pack: Theme; near: number } | undefined
  for (const pack of themes) {
    const near = nearness(pack, reading)
    if (near >= 1 && (!best || near > best.near || (near === best.near && pack.theme < best.pack.theme))) best = { pack, near }
  }
  return best?.pack
}

function deedsOn(reading: Reading, name: string): Deed[] {
  return reading.deeds.filter((deed) => deed.object === name)
}

/** What a sentence names, in its order, each once. */
function mentioned(reading: Reading): Wanted[] {
  const wanted = new Map<string, Wanted>()
  for (const noun of [...reading.nouns].sort((a, b) => Number(deedsOn(reading, b.name).length > 0) - Number(deedsOn(reading, a.name).length > 0))) {
    const name = countable(noun.name)
    if (!wanted.has(name)) wanted.set(name, { name, kind: kindOf(name, noun), deeds: deedsOn(reading, noun.name) })
  }
  return [...wanted.values()].slice(0, MOST_MENTIONED)
}

/** Names that go with the words of a place or of a topic. */
function companions({ placeNoun, nouns }: Reading): string[] {
  const about = placeNoun ?? nouns[0]
  if (!about) return [...ANYWHERE]
  const topics = [...about.modifiers, ...(placeNoun ? [] : [about.head])]
  const named = about.name.split('_').slice(0, placeNoun ? -1 : undefined)
  // `volunteer fire` is about fire; `lock picking` needs both of its words.
  const stem = named.slice(named.at(-1)?.endsWith('ing') ? -2 : -1).join('_') || (HEADS.has(about.head) ? '' : about.head)
  const fromTopics = [...new Set([...topics, about.head])].map((word) => TOPICS.get(word) ?? []).filter((list) => list.length > 0)
  const unknown = stem === '' || fromTopics.length > 0 ? [] : (/(?:ing|ry|ics|logy|ism|craft)$/.test(stem) ? ABOUT_ACTIVITY : kindOf(stem) === 'person' ? ABOUT_PERSON : kindOf(stem) === 'event' ? ABOUT_EVENT : ABOUT_THING).filter((form) => form !== 'X' || !stem.endsWith('s')).map((form) => form.replace('X', stem))
  const fromHead = HEADS.get(about.head) ?? ANYWHERE
  // A few of each list in turn, so that no one word has it all.
  const lists = [...fromTopics, unknown, fromHead].filter((list) => list.length > 0)
  return Array.from({ length: 8 }, (_, i) => lists.flatMap((list) => list[i] ?? [])).flat()
}

/** Everything in a domain of its own: what is named, and what goes with it. */
function domain(reading: Reading): Wanted[] {
  const wanted = mentioned(reading)
  const heads = new Set(wanted.flatMap(({ name }) => [name, name.slice(name.lastIndexOf('_') + 1)]))
  const idle = (kind: OwnKind) => (kind === 'person' || kind === 'place') && wanted.filter((other) => other.kind === kind).length >= MOST_IDLE
  for (const name of companions(reading).map(countable)) {
    const head = name.slice(name.lastIndexOf('_') + 1)
    if (wanted.length >= MOST && wanted.some(({ kind }) => kind === 'person')) break
    if (heads.has(name) || heads.has(head) || idle(kindOf(name))) continue
    heads.add(name)
    heads.add(head)
    wanted.push({ name, kind: kindOf(name), deeds: [] })
  }
  if (!wanted.some(({ kind }) => kind === 'person')) wanted.push({ name: heads.has('member') ? 'contact' : 'member', kind: 'person', deeds: [] })
  for (const name of ['visit', 'request', 'report', 'note', 'store']) if (wanted.length < FEWEST && !heads.has(name)) wanted.push({ name, kind: kindOf(name), deeds: [] })
  return wanted
}

/** More of a domain, for worlds that have to be large; unlike what is there already. */
function fillers({ placeNoun, nouns }: Reading, wanted: readonly Wanted[]): Wanted[] {
  const about = placeNoun ?? nouns[0]
  const words = about?.name.split('_') ?? ['office']
  const stem = words.length > 1 && placeNoun ? words.at(-2)! : words.at(-1)!
  const taken = new Set(wanted.map(({ name }) => name))
  return ABOUT_ANYTHING.map((form) => form.replace('X', stem)).filter((name) => !taken.has(name)).slice(0, Math.max(0, MOST - wanted.length)).map((name) => ({ name, kind: kindOf(name), deeds: [] }))
}

/** Kinds that rows of a kind belong to, those first that say most. */
const BELONGS: Readonly<Record<OwnKind, readonly OwnKind[]>> = { person: [], place: ['person'], thing: ['place', 'person'], document: ['person', 'thing'], event: ['person', 'thing', 'place', 'document'], request: ['person', 'document', 'thing'] }

/** One entity of its own; `before` are those that it may refer to. */
function ownEntity({ name, kind, deeds }: Wanted, before: readonly ThemeEntity[], kinds: ReadonlyMap<string, OwnKind>, reading: Reading, core: boolean): ThemeEntity {
  const template = TEMPLATES[kind]
  const many = plural(name)
  const words = new Set(name.split('_'))
  const spoken = new Set(deeds.flatMap(({ to, by }) => [to, by]).filter((each) => each !== undefined).map(countable))
  const aside = new Set(reading.deeds.flatMap(({ to }) => (to === undefined ? [] : [countable(to)])))
  const of = BELONGS[kind].flatMap((wish) => {
    const open = before.filter((entity) => kinds.get(entity.name) === wish)
    // Whoever the sentence speaks of, else who shares a word.
    const best = open.find((entity) => spoken.has(entity.name)) ?? open.find((entity) => entity.name.split('_').some((word) => words.has(word))) ?? (open.length > 0 ? pickOne(keyOf(['belongs', wish]), name, open.some((entity) => !aside.has(entity.name)) ? open.filter((entity) => !aside.has(entity.name)) : open) : undefined)
    return best ? [best] : []
  }).sort((a, b) => Number(spoken.has(b.name)) - Number(spoken.has(a.name))).slice(0, 2)
  const relations = of.map((entity, i) => ({ name: entity.name, to: entity.name, mutable: i === 1 || entity.kind === 'person', often: i === 0 ? 1 : 0.7 }))
  const above = of.find((entity) => entity.fields.some(({ name: field }) => field === TEMPLATES[kinds.get(entity.name)!].gate))
  const gate = above ? TEMPLATES[kinds.get(above.name)!].gate! : template.gate!
  const lacks = (flag: string, one: string) => ({ cleared: `the ${one} is not cleared`, safe: `the ${one} is not marked safe`, sound: `the ${one} has no quality approval`, complete: `the ${one} is not complete`, prepared: `the ${one} is not prepared` }[flag] ?? `the ${one} is not ${flag}`)
  const guard: Guard = { ...(above && { relation: above.name }), field: gate, is: true, says: lacks(gate, spaced(above?.name ?? name)) }
  const lifecycle = ownLifecycle(name, template, deeds, guard)
  const taken = new Set([lifecycle.field, ...relations.map((relation) => relation.name)])
  return {
    name, plural: many, about: template.about.replace('MANY', spaced(many)).replace('ONE', spaced(name)), kind: template.kind, named: template.named, core, aliases: [], rows: [...template.rows],
    fields: template.fields.filter((field) => !taken.has(field.name)), relations,
    ...((kind !== 'person' && kind !== 'place') || deeds.length > 0 ? { lifecycle } : {}),
  }
}

function rolesOf(entities: readonly { readonly name: string; readonly plural: string }[]): string[] {
  const desks = entities.map(({ name }) => `${spaced(name)} desk`)
  return [...new Set(['front desk', ...desks, ...entities.map(({ plural: many }) => `${spaced(many)} office`), 'records', 'coordination'])].slice(0, 30)
}

/** Rules about people who are barred, and about what is not approved. */
function rulesOf(entities: readonly ThemeEntity[]): Theme['forbid'] {
  const barred = entities.flatMap((entity): Theme['forbid'] => {
    const person = entity.relations.find(({ to }) => entities.find((other) => other.name === to)?.fields.some(({ name }) => name === 'barred'))
    const verb = entity.lifecycle?.actions.find(({ destructive }) => !destructive)
    if (!person || !verb) return []
    const whose = spaced(person.to)
    return [{ entity: entity.name, verbs: [verb.verb], when: { relation: person.name, field: 'barred', is: true, says: `the ${whose} is barred` }, says: `No ${spaced(entity.name)} is ${verb.done} while its ${whose} is barred.` }]
  })
  const confidential = entities.flatMap((entity): Theme['forbid'] => {
    const verb = entity.lifecycle?.actions.findLast(({ destructive }) => !destructive)
    return entity.fields.some(({ name }) => name === 'confidential') && verb ? [{ entity: entity.name, verbs: [verb.verb], when: { field: 'confidential', is: true, says: `the ${spaced(entity.name)} is confidential` }, says: `No confidential ${spaced(entity.name)} is ${verb.done}.` }] : []
  })
  return [...barred, ...confidential].slice(0, 8)
}

/** What a domain of its own is called: the words of its place, or of its first noun. */
function slugOf({ placeNoun, nouns }: Reading): string {
  const about = placeNoun ?? nouns[0]
  const slug = (about ? [...about.modifiers, about.head].join('-') : '').replaceAll(/[^a-z0-9-]/g, '').slice(0, 35)
  return `own-${slug}`.replace(/-$/, '')
}

/** `falconry clubs` are where it happens, and `space station supplies` are kept at a space station. */
function settled(reading: Reading): Reading {
  const [first, ...others] = reading.nouns
  if (reading.placeNoun || !first) return reading
  if (HEADS.has(first.head) && deedsOn(reading, first.name).length === 0) {
    const one = [...first.modifiers, first.head].join(' ')
    return { ...reading, place: `${article(one)} ${one}`, placeNoun: first, nouns: others }
  }
  const house = first.modifiers.at(-1)
  if (house === undefined || !HEADS.has(house)) return reading
  const one = first.modifiers.join(' ')
  const noun: Noun = { name: first.modifiers.join('_'), head: house, modifiers: first.modifiers.slice(0, -1), plural: false, actor: false }
  return { ...reading, place: `${article(one)} ${one}`, placeNoun: noun, nouns: [{ ...first, name: first.head, modifiers: [] }, ...others], deeds: reading.deeds.map((deed) => (deed.object === first.name ? { ...deed, object: first.head } : deed)) }
}

/** Activities are no places: what is done there is done in an office for it. */
function isActivity(head: string): boolean {
  return !HEADS.has(head) && /(?:ing|ance|ment|tion|sion|ship)$/.test(head) && kindOf(head) !== 'place' && !/(?:organi[sz]ation|institution|corporation|foundation|administration|establishment|settlement|government|parliament|township)$/.test(head)
}

function placeOf(reading: Reading): string {
  if (reading.place !== undefined) return isActivity(reading.placeNoun!.head) ? `an office for ${reading.place.replace(/^an? /, '')}`.slice(0, 120) : reading.place
  const [first] = reading.nouns
  if (!first) return 'an office'
  return `an office for ${spaced(plural([...first.modifiers, first.head].join('_')))}`
}

function build(wanted: readonly Wanted[], before: readonly ThemeEntity[], beforeKinds: ReadonlyMap<string, OwnKind>, reading: Reading): ThemeEntity[] {
  const entities: ThemeEntity[] = []
  const kinds = new Map(beforeKinds)
  const busy = wanted.filter(({ deeds }) => deeds.length > 0)
  const named = new Set(busy.length > 1 ? busy : wanted.filter(({ kind }) => kind !== 'person' && kind !== 'place').slice(0, 4))
  for (const each of ORDER.flatMap((kind) => wanted.filter((one) => one.kind === kind))) {
    entities.push(ownEntity(each, [...entities, ...before], kinds, reading, named.has(each)))
    kinds.set(each.name, each.kind)
  }
  return entities
}

function verbsOf(reading: Reading, names: ReadonlyMap<string, string>): Record<string, string[]> {
  const verbs: Record<string, string[]> = {}
  for (const deed of reading.deeds) (verbs[names.get(deed.object) ?? countable(deed.object)] ??= []).push(verbName(deed))
  return verbs
}

/** A pack with what a sentence says besides: its verbs, its place, and nouns that the pack does not know. */
function extendPack(pack: Theme, reading: Reading): OwnTheme {
  const names = new Map<string, string>()
  for (const noun of reading.nouns) {
    const entity = known(pack, noun)
    if (entity) names.set(noun.name, entity.name)
  }
  const place = new Set(reading.placeNoun ? [reading.placeNoun.head, ...reading.placeNoun.modifiers] : [])
  const strange = mentioned({ ...reading, nouns: reading.nouns.filter((noun) => !names.has(noun.name) && !place.has(noun.name)) }).slice(0, Math.max(0, 16 - pack.entities.length))
  const entities = pack.entities.map((entity): ThemeEntity => {
    const deeds = reading.deeds.filter(({ object }) => names.get(object) === entity.name)
    if (deeds.length === 0) return entity
    return { ...entity, lifecycle: entity.lifecycle ? withDeeds(entity.lifecycle, deeds) : ownLifecycle(entity.name, TEMPLATES[kindOf(entity.name)], deeds, undefined) }
  })
  const kinds = new Map(pack.entities.map((entity) => [entity.name, entity.kind as OwnKind]))
  const own = build(strange, entities, kinds, reading).map((entity): ThemeEntity => ({ ...entity, lifecycle: entity.lifecycle && { ...entity.lifecycle, actions: entity.lifecycle.actions.map((action) => ({ ...action, needs: action.needs.filter(({ relation, field }) => relation === undefined || strange.some(({ name }) => name === relation) || field === '') })) } }))
  const sane = own.map(({ lifecycle, ...entity }): ThemeEntity => (lifecycle ? { ...entity, lifecycle } : entity))
  const free = entities.map((entity) => ({ ...entity, aliases: entity.aliases.filter(([one, many]) => !sane.some(({ name, plural: others }) => name === one || others === many || name === many || others === one)) }))
  return { theme: { ...pack, places: reading.place === undefined ? pack.places : [reading.place, reading.place], entities: [...free, ...sane] }, must: [...new Set([...names.values(), ...strange.map(({ name }) => name)])].slice(0, MOST_MENTIONED), last: [], verbs: verbsOf(reading, names) }
}

/**
 * The theme that a sentence asks for, or undefined for one that speaks of nothing: then any theme will do.
 * A theme of its own is called `own-` and its words, so that the split of a sentence is that of its words.
 * @param fixed whether it is to be the only theme that there is
 */
export function themeOf(sentence: Reading, themes: readonly Theme[], fixed = false): OwnTheme | undefined {
  const reading = settled(sentence)
  if (!reading.placeNoun && reading.nouns.length === 0) return undefined
  const pack = fixed ? themes[0] : nearestPack(reading, themes)
  if (pack) return extendPack(pack, reading)
  const wanted = domain(reading)
  const more = fillers(reading, wanted)
  const entities = build([...wanted, ...more], [], new Map(), reading)
  const place = placeOf(reading)
  const names = new Map(reading.nouns.map(({ name }) => [name, countable(name)]))
  const words = [...new Set([...slugOf(reading).split('-').slice(1), ...entities.map(({ name }) => name), 'office', 'desk', 'record', 'work'])].map((word) => singular(word)).slice(0, 60)
  return {
    theme: { theme: slugOf(reading), split: 'train', words, places: [place, place], roles: rolesOf(entities), entities, forbid: rulesOf(entities) },
    must: mentioned(reading).map(({ name }) => name), last: more.map(({ name }) => name), verbs: verbsOf(reading, names),
  }
}
