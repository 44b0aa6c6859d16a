/** Words of a blueprint that the world language cannot take: whoever wrote them, they are data and become no code. */
import type { Blueprint, Entity, ToolStyle } from '../../protocol/spec/blueprint.ts'
import { readTools } from './world-read.ts'
import { keyName, ownKey } from './world-naming.ts'
import { writeTools } from './world-write.ts'

/** Takes a complaint; `among` are names that may have been meant. */
export type Say = (at: string, expected: string, found: string, among?: readonly string[]) => void

/** Columns that every table has, or that are made for others. */
const RESERVED = ['id', 'name', 'name_first', 'name_second']
/** Words of CEL that are no names. */
const CEL_WORDS = ['true', 'false', 'null', 'in']
/** What expressions that are written for a world call their own. */
const OWN_VARIABLES = /^(?:row|args|hits|[a-z]\d+)$/
/** Longer ones make names of tools and arguments that have to be cut. */
const LONGEST_NAME = 40
/** Characters of a complaint that are shown of a text. */
const MOST_SHOWN = 40

/** Control characters and line breaks, and halves of characters, which no file holds. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u

function visible(text: string): string {
  return JSON.stringify(text.slice(0, MOST_SHOWN)).slice(1, -1)
}

/** Looks at every text, however deep it stands. */
export function checkTexts(say: Say, value: unknown, at = ''): void {
  if (typeof value === 'string') {
    // Requests, refusals and prompts are templates: what begins an expression there would be run.
    if (value.includes('${')) say(at, 'a text without ${', visible(value.slice(value.indexOf('${'))))
    if (UNPRINTABLE.test(value)) say(at, 'one line without control characters', visible(value))
    if (value !== '' && value.trim() === '') say(at, 'a text that is not blank', visible(value))
  } else if (Array.isArray(value)) value.forEach((each, i) => checkTexts(say, each, `${at}[${i}]`))
  else if (typeof value === 'object' && value !== null) for (const [name, part] of Object.entries(value)) checkTexts(say, part, at ? `${at}.${name}` : name)
}

function checkName(say: Say, at: string, name: string): void {
  if (CEL_WORDS.includes(name)) say(at, 'a name that is no word of the expression language', name)
  if (name.length > LONGEST_NAME) say(at, `a name of at most ${LONGEST_NAME} characters`, name)
}

/** Columns that a field needs for itself. */
function helpersOf(field: Entity['fields'][number]): readonly string[] {
  const { name } = field
  if (field.type === 'day') return [`${name}_in`]
  if (field.type !== 'text') return []
  switch (field.form) {
    case 'person': case 'company': case 'title': return [`${name}_first`, `${name}_second`]
    case 'street': return [`${name}_first`, `${name}_draw`]
    case 'city': case 'note': return []
    default: return [`${name}_draw`]
  }
}

/** Looks at what an entity and its columns are called. */
export function checkNames(say: Say, at: string, entity: Entity, style: ToolStyle): void {
  const { name: one, plural, fields, relations, lifecycle } = entity
  checkName(say, `${at}.name`, one)
  checkName(say, `${at}.plural`, plural)
  if (OWN_VARIABLES.test(plural)) say(`${at}.plural`, 'a longer word, as expressions have this one for themselves', plural)
  const columns = [...relations.map(({ name }, i) => [`relations[${i}].name`, name] as const), ...(lifecycle ? [['lifecycle.field', lifecycle.field] as const] : []), ...fields.map(({ name }, i) => [`fields[${i}].name`, name] as const)]
  const helpers = new Set(fields.flatMap(helpersOf))
  const keys = new Set(['page', ownKey(style, entity), ...relations.map(({ name }) => keyName(style, name))])
  columns.forEach(([where, name], i) => {
    checkName(say, `${at}.${where}`, name)
    if (columns.findIndex(([, other]) => other === name) < i) say(`${at}.${where}`, 'a column that no other has', name)
    if (RESERVED.includes(name)) say(`${at}.${where}`, 'a column that is not one of id, name', name)
    else if (helpers.has(name)) say(`${at}.${where}`, 'a column that is not made for another field', name)
    else if (keys.has(name)) say(`${at}.${where}`, 'a name that is no other argument of the tools', name)
  })
}

/** Looks for tools of the same name; the second would take the place of the first. */
export function checkToolNames(say: Say, blueprint: Blueprint): void {
  const owners = new Map<string, string>()
  blueprint.entities.forEach((entity, i) => {
    const names = [...Object.keys(readTools(blueprint, entity)), ...writeTools(blueprint, entity).map(({ name }) => name)]
    for (const name of names) {
      const owner = owners.get(name)
      if (owner !== undefined) say(`entities[${i}].name`, `words of which no tool is made that ${owner} has already`, name)
      owners.set(name, entity.name)
    }
  })
}
