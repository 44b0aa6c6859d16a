/** What agents of a generated team are called, and what they can do, in words. */
import { below, type Key, keyOf } from '../core/keyed.ts'
import type { Outline, ToolOutline } from './outline.ts'
import { pickOne } from './pick.ts'
import { type Desk, entitiesOf, isRead } from './team-desk.ts'
import { capital, listed, spaced } from './world-naming.ts'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']

/** `Monday, 9 March 2026`. */
export function dayOf(epoch: string): string {
  const [year, month, day] = epoch.slice(0, 10).split('-').map(Number) as [number, number, number]
  // Sakamoto's rule for the day of the week.
  const shifts = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
  const y = month < 3 ? year - 1 : year
  const weekday = (y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + shifts[month - 1]! + day) % 7
  return `${DAYS[weekday]}, ${day} ${MONTHS[month - 1]} ${year}`
}

/** Kinds of rows that are named before the rest is left to the list of tools. */
const MOST_MATTERS = 4
/** Verbs that stand in one row before their object. */
const MOST_VERBS = 4

/** Whether some tools are about everything that there is, and that is more than two kinds. */
function isGeneral(tools: readonly ToolOutline[], outline: Outline): boolean {
  const { length } = entitiesOf(tools)
  return length > 2 && length === entitiesOf(outline.tools).length
}

/** What some tools are about: `patients, doctors and invoices`. */
export function matters(tools: readonly ToolOutline[], outline: Outline): string {
  const many = entitiesOf(tools).map((entity) => outline.words[entity]!.many)
  if (many.length <= MOST_MATTERS) return listed(many)
  return isGeneral(tools, outline) ? 'everything on record' : `${many.slice(0, MOST_MATTERS - 1).join(', ')} and ${many.length - MOST_MATTERS + 1} other kinds of records`
}

const VERBS: Partial<Record<ToolOutline['does'], string>> = { get: 'look up', search: 'look up', count: 'count', create: 'enter', update: 'change', link: 'reassign' }

/** What a tool does, by what it is for, or by what is left of its name without the entity. */
function verbOf({ name, does, entity }: ToolOutline, { words }: Outline, isWhole: boolean): string {
  // Who can only read a row by its key, or only list rows, is not there to look things up.
  const usual = isWhole ? VERBS[does] : { ...VERBS, get: 'read', search: 'list' }[does]
  if (usual !== undefined) return usual
  const { one, many } = words[entity]!
  const verb = `_${name}_`.replace(`_${many.replaceAll(/[ -]/g, '_')}_`, '_').replace(`_${one.replaceAll(/[ -]/g, '_')}_`, '_')
  return spaced(verb.replaceAll(/^_+|_+$/g, '')) || 'move on'
}

/** What is done to rows of one kind: `look up and change §`, `look up, count and enter §, and take them further: accept, pack, cancel`. */
function phraseOf(tools: readonly ToolOutline[], outline: Outline): string {
  const whole = tools.some(({ does }) => does === 'get') && tools.some(({ does }) => does === 'search')
  const verbs = (own: readonly ToolOutline[]) => [...new Set(own.map((tool) => verbOf(tool, outline, whole)))]
  const [usual, special] = [verbs(tools.filter(({ does }) => does !== 'action')), verbs(tools.filter(({ does }) => does === 'action'))]
  if (!usual.length || !special.length || usual.length + special.length <= MOST_VERBS) return `${listed([...usual, ...special])} §`
  return `${listed(usual)} §, and ${special.length === 1 ? `${special[0] === 'move' ? 'move them from one state to the next' : `take them further: ${special[0]}`}` : `take them further: ${special.join(', ')}`}`
}

/** What somebody can do with some tools: `look up patients and doctors; look up, enter and cancel appointments`. */
export function abilities(tools: readonly ToolOutline[], outline: Outline): string {
  const entities = entitiesOf(tools)
  if (entities.length > MOST_MATTERS) return `${tools.every(isRead) ? 'look up' : tools.some(isRead) ? 'look up and change' : 'change'} ${matters(tools, outline)}`
  const byPhrase = new Map<string, string[]>()
  for (const entity of entities) {
    const phrase = phraseOf(tools.filter((tool) => tool.entity === entity), outline)
    byPhrase.set(phrase, [...(byPhrase.get(phrase) ?? []), outline.words[entity]!.many])
  }
  return [...byPhrase].map(([phrase, many]) => phrase.replace('§', listed(many))).join('; ')
}

/** What somebody is there for, as those above are told. */
export function describeDesk({ tools, kind }: Desk, outline: Outline, key: Key): string {
  const about = matters(tools, outline)
  switch (kind) {
    case 'reads': return entitiesOf(tools).length === 1 && !tools.some(({ does }) => does === 'get') ? `Can ${abilities(tools, outline)}.` : !tools.some(({ does }) => does === 'search') ? `Reads ${about}, one at a time, by key.` : pickOne(key, 'reads', [`Looks up ${about}.`, `Finds ${about} and tells what is on record.`, `Knows where to find ${about}.`])
    case 'more': return pickOne(key, 'more', [`Looks things up: ${about}.`, `Researches ${about}.`, `A second pair of eyes on ${about}.`])
    case 'writes': return entitiesOf(tools).length > 2 ? `Changes ${about}.` : `Can ${abilities(tools, outline)}.`
    case 'both': return pickOne(key, 'both', [`Looks after ${about}.`, `Finds and changes ${about}.`, `${capital(about)}, from looking up to changing.`])
  }
}

const NOUNS: Record<Desk['kind'], readonly string[]> = {
  both: ['desk', 'office', 'keeper', 'clerk', 'agent', 'specialist', 'counter'],
  reads: ['reader', 'finder', 'archivist', 'records clerk', 'enquiry desk', 'librarian', 'lookup desk'],
  writes: ['registrar', 'editor', 'writer', 'entry clerk', 'operator', 'change desk', 'bookkeeper'],
  more: ['researcher', 'analyst', 'checker', 'inspector', 'scout', 'investigator', 'observer', 'examiner'],
}
const GENERAL = ['general desk', 'all-rounder', 'generalist', 'general office', 'records office']
const LEADS = ['lead', 'section head', 'department head', 'branch manager', 'coordinator', 'team lead', 'supervisor', 'chief']

/** A list from some place on, round to the one before. */
function turned<T>(key: Key, all: readonly T[]): T[] {
  const at = below(key, all.length)
  return [...all.slice(at), ...all.slice(0, at)]
}

/** What somebody who leads may be called, the first rather than the others. */
export function leadNames(tools: readonly ToolOutline[], outline: Outline, key: Key): string[] {
  return turned(keyOf(['lead'], key), LEADS).map((noun) => `${firstWords(tools, outline)} ${noun}`)
}

/** What somebody who works with tools of their own may be called. */
export function deskNames({ tools, kind }: Desk, outline: Outline, key: Key): string[] {
  const isAny = entitiesOf(tools).length > MOST_MATTERS || isGeneral(tools, outline)
  return turned(keyOf(['noun'], key), isAny ? GENERAL : NOUNS[kind]).map((noun) => (isAny ? noun : `${firstWords(tools, outline)} ${noun}`))
}

/** The entity that most of the tools are about, and another one where there are just two. */
function firstWords(tools: readonly ToolOutline[], { words }: Outline): string {
  const entities = entitiesOf(tools)
  const count = (entity: string) => tools.filter((tool) => tool.entity === entity).length
  const [first, second] = entities.toSorted((a, b) => count(b) - count(a))
  return entities.length === 2 ? `${words[first!]!.one} and ${words[second!]!.one}` : words[first!]!.one
}

/** The role that speaks of what some tools are about; undefined where none does. */
export function fittingRole(roles: readonly string[], tools: readonly ToolOutline[], { words }: Outline): string | undefined {
  const stems = entitiesOf(tools).flatMap((entity) => words[entity]!.one.toLowerCase().split(' ')).filter((word) => word.length > 3).map((word) => word.slice(0, Math.max(4, word.length - 2)))
  return roles.find((role) => role.toLowerCase().split(/[^a-z]+/).some((word) => stems.some((stem) => word.startsWith(stem))))
}
