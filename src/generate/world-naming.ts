/** What the tools and arguments of a generated world are called, by its style. */
import type { Action, Entity, Lifecycle, ToolStyle } from '../../protocol/spec/blueprint.ts'

function name({ order }: ToolStyle, verb: string, noun: string): string {
  return (order === 'verb_noun' ? `${verb}_${noun}` : `${noun}_${verb}`).slice(0, 64)
}

/** A verb of the style, unless an action of the entity is called so. */
function free({ actions }: ToolStyle, { lifecycle }: Entity, verb: string, otherwise: string): string {
  return actions === 'own' && lifecycle?.actions.some((action) => action.verb === verb) ? otherwise : verb
}

/** Names of the tools of one entity. */
export const toolNames = {
  get: (style: ToolStyle, entity: Entity) => name(style, free(style, entity, style.read, 'look_up'), entity.name),
  search: (style: ToolStyle, { plural }: Entity) => name(style, style.search, plural),
  count: (style: ToolStyle, { plural }: Entity) => name(style, 'summarize', plural),
  create: (style: ToolStyle, entity: Entity) => name(style, free(style, entity, style.create, 'enter'), entity.name),
  update: (style: ToolStyle, entity: Entity, field?: string) => name(style, free(style, entity, style.change, 'correct'), field === undefined ? entity.name : `${entity.name}_${field}`),
  link: (style: ToolStyle, { name: one }: Entity, relation: string) => name(style, 'assign', `${one}_${relation}`),
  action: (style: ToolStyle, { name: one }: Entity, action: Action) => (style.actions === 'own' ? name(style, action.verb, one) : name(style, 'move', one)),
}

/** The argument and result field that holds the key of a row of an entity, or the one that a relation leads to. */
export function keyName({ ids }: ToolStyle, of: string): string {
  return ids === 'number' ? `${of}_number` : `${of}_id`
}

/** The argument that names the row a tool is about. */
export function ownKey(style: ToolStyle, { name: one }: Entity): string {
  return style.ids === 'id' ? 'id' : keyName(style, one)
}

/** A name with spaces. */
export function spaced(word: string): string {
  return word.replaceAll('_', ' ').replaceAll('-', ' ')
}

/** What a field or relation is called by people. */
export function saysOf({ name: field, says }: { readonly name: string; readonly says?: string | undefined }): string {
  return says ?? spaced(field)
}

/** Things one after another: `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** What goes with words as their subject: `the price is`, `the delivery terms are`. */
export function verbOf(says: string): { readonly is: string; readonly it: string; readonly itIs: string } {
  const [head] = says.split(/ (?:of|to|for|in|with|by|from|on|at|per|a) /)
  return /[^sui]s$/.test(head!) ? { is: 'are', it: 'them', itIs: 'they are' } : { is: 'is', it: 'it', itIs: 'it is' }
}

/** Words of rows in a state, where the state reads badly before the noun: `on_hold`, `documents_sent`. */
export function inState({ field, states }: Lifecycle, state: string, noun: string): string {
  return states.some((each) => each.includes('_')) ? `${noun} with ${spaced(field)} "${spaced(state)}"` : `${spaced(state)} ${noun}`
}

/** The letter case of a sentence's first word. */
export function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

/** `a` or `an`, by how the word is spelt. */
export function article(word: string): string {
  return /^(?:[aeio]|u(?!ni|s[aeiu]|ti|ro))/i.test(word) ? 'an' : 'a'
}
