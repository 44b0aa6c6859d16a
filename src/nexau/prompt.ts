/** The system prompt of an agent: text or files, in one piece or several, rendered as templates. */
import type { Loading } from './loading.ts'
import { PROMPT_PART_KEYS } from './key-tables.ts'
import type { Mapping } from './mapping.ts'
import type { Place } from './remark.ts'
import { renderTemplate } from './template/render.ts'

/** Variables of the wall clock, which is not ours. */
const CLOCK = ['date', 'time', 'datetime', 'timestamp', 'now', 'today', 'current_date', 'current_time', 'current_datetime']
const TYPES = ['string', 'file', 'jinja']
/** Characters of a prompt, as the specification allows. */
export const MOST_PROMPT = 50_000

/** Where a text stands: the file and the place of its first character, or of the value that holds it. */
type Piece = { readonly text: string; readonly from: Place; /** Whether lines and columns may be counted from there. */ readonly isFile: boolean }

/** The text of `system_prompt` and its suffix, or undefined where none is stated. */
export function readPrompt(agent: Mapping, name: string, variables: Readonly<Record<string, unknown>>, loading: Loading): string | undefined {
  const { remarks } = loading
  const type = agent.text('system_prompt_type')?.toLowerCase() ?? 'string'
  if (!TYPES.includes(type)) remarks.error('value', `no type of prompt is called '${type}'`, agent.place('system_prompt_type'), { expected: TYPES.join(', ') })
  const all = { ...Object.fromEntries(CLOCK.map((word) => [word, `{{ ${word} }}`])), agent_name: name, agent_id: name, system_prompt_type: type, ...variables }
  const texts = partsOf(agent, loading).flatMap(({ text, place }) => {
    const piece = type === 'string' ? { text, from: place, isFile: false } : pieceFrom(text, place, type, loading)
    return piece ? [rendered(piece, type, all, variables, loading)] : []
  })
  const suffix = agent.text('system_prompt_suffix')
  const prompt = [...texts, ...(suffix === undefined ? [] : [rendered({ text: suffix, from: agent.place('system_prompt_suffix'), isFile: false }, 'string', all, variables, loading)])].filter((text) => text !== '').join('\n\n')
  if (prompt.length > MOST_PROMPT) remarks.error('size', `the prompt has ${prompt.length} characters`, agent.place('system_prompt'), { expected: `at most ${MOST_PROMPT}` })
  return prompt === '' ? undefined : prompt.slice(0, MOST_PROMPT)
}

function partsOf(agent: Mapping, { remarks }: Loading): { text: string; place: Place }[] {
  if (!Array.isArray(agent.raw('system_prompt'))) {
    const text = agent.text('system_prompt')
    return text === undefined ? [] : [{ text, place: agent.place('system_prompt') }]
  }
  const texts = agent.list('system_prompt').flatMap((item, i) => (typeof item === 'string' ? [{ text: item, place: agent.place('system_prompt', i), i }] : []))
  const parts = agent.mappings('system_prompt', (item) => typeof item === 'string').flatMap((part) => {
    const text = part.checkKeys('a part of a prompt', PROMPT_PART_KEYS).text('content')
    if (text === undefined && !part.has('content')) remarks.error('missing', "a part of a prompt has no 'content'", part.place(), { expected: 'content: …' })
    return text === undefined ? [] : [{ text, place: part.place('content'), i: Number(part.path.at(-1)) }]
  })
  return [...texts, ...parts].sort((a, b) => a.i - b.i)
}

/** The text of a file that is a prompt as a whole. */
export function renderPromptFile({ path, text }: { path: string; text: string }, variables: Readonly<Record<string, unknown>>, loading: Loading): string | undefined {
  const from: Place = { file: path, line: 1, column: 1 }
  const all = { ...Object.fromEntries(CLOCK.map((word) => [word, `{{ ${word} }}`])), ...variables }
  const prompt = rendered({ text, from, isFile: true }, 'file', all, {}, loading)
  if (prompt.length > MOST_PROMPT) loading.remarks.error('size', `the prompt has ${prompt.length} characters`, from, { expected: `at most ${MOST_PROMPT}` })
  return prompt === '' ? undefined : prompt.slice(0, MOST_PROMPT)
}

/** The file that a prompt names; a template that stands there itself is taken as one. */
function pieceFrom(stated: string, place: Place, type: string, loading: Loading): Piece | undefined {
  if (stated.length > 400 || /[\n{]/.test(stated)) {
    loading.remarks.warn('value', `a prompt of type '${type}' is a path; this one looks like the text itself, and is taken as it`, place)
    return { text: stated, from: place, isFile: false }
  }
  const found = loading.text(stated, place, 'the prompt')
  return found && { text: found.text, from: { file: found.path, line: 1, column: 1 }, isFile: true }
}

function rendered({ text, from, isFile }: Piece, type: string, all: Readonly<Record<string, unknown>>, stated: Readonly<Record<string, unknown>>, { remarks }: Loading): string {
  const at = (word: string | undefined): Place => (isFile && word !== undefined ? placeIn(text, word, from) : from)
  const { text: out, fault, unknown, read } = renderTemplate(text, all)
  for (const name of unknown) remarks.warn('template_variable', `the prompt uses '${name}', which nobody gives; it stays empty`, at(name), { expected: Object.keys(stated).join(', ') || `context: {${name}: …}` })
  for (const name of read) if (CLOCK.includes(name) && !Object.hasOwn(stated, name)) remarks.note('clock', `'${name}' would come from the wall clock; it stays as '{{ ${name} }}'`, at(name), { expected: `context: {${name}: …}` })
  if (fault) {
    const { expected, nearest, word } = fault.more
    // Text that is no template is text.
    const level = type === 'jinja' || fault.code === 'template_size' ? 'error' : 'warning'
    remarks.add(level, fault.code, `the prompt is not rendered: ${fault.message}`, at(word), { ...(expected !== undefined && { expected }), nearest })
    return text.trim()
  }
  return isFile ? out!.trim() : out!
}

/** Where a word stands first inside a tag of a template. */
function placeIn(text: string, word: string, from: Place): Place {
  const name = word.split('.')[0]!
  const isWord = /^\w{1,100}$/.test(name)
  for (const { 0: tag, index } of text.matchAll(/\{[{%][^]{0,2000}?[}%]\}/g)) {
    const inside = isWord ? new RegExp(`(?<!\\w)${name}(?!\\w)`).exec(tag)?.index : tag.indexOf(name)
    if (inside === undefined || inside < 0) continue
    const before = text.slice(0, index + inside).split('\n')
    return { ...from, line: before.length, column: before.at(-1)!.length + 1 }
  }
  return from
}
