/** Text to the syntax tree of a template: @huggingface/jinja parses, we check and run. */
import { parse, tokenize } from '@huggingface/jinja'
import { TEMPLATE_LIMITS, TemplateFault } from './meter.ts'

/** A node of the parser's tree, looked at by its type alone. */
export type Node = { readonly type: string; readonly [field: string]: unknown }

/** A template that was parsed, with the text of its raw blocks by the name of the variable that stands for each. */
export type Syntax = { readonly body: readonly Node[]; readonly raw: ReadonlyMap<string, string>; readonly source: string }

/** Tags that would read other files, or make templates of them. */
const FILE_TAGS = ['include', 'import', 'from', 'extends', 'block']
const RAW_TAG = /\{%-?\s{0,50}(raw|endraw)\s{0,50}-?%\}/g

/**
 * Parses as Jinja does with trim_blocks and lstrip_blocks.
 * @throws TemplateFault for what is no template
 */
export function parseTemplate(source: string): Syntax {
  if (source.length > TEMPLATE_LIMITS.source) throw new TemplateFault(`it has more than ${TEMPLATE_LIMITS.source} characters`, {}, 'template_size')
  if ([...source.matchAll(/\s+/g)].some(([blanks]) => blanks.length > TEMPLATE_LIMITS.blanks)) throw new TemplateFault(`it has more than ${TEMPLATE_LIMITS.blanks} blanks in a row`, {}, 'template_size')
  const { text, raw } = takeRaw(source)
  try {
    const program = parse(tokenize(text, { trim_blocks: true, lstrip_blocks: true })) as unknown as { body: Node[] }
    return { body: program.body, raw, source }
  } catch (error) {
    throw syntaxFault(error as Error)
  }
}

/** The parser has no raw blocks: each becomes a variable that holds its text. */
function takeRaw(source: string): { text: string; raw: Map<string, string> } {
  const raw = new Map<string, string>()
  let text = ''
  let at = 0
  let inside = false
  for (const { 0: tag, 1: word, index } of source.matchAll(RAW_TAG)) {
    if (inside !== (word === 'endraw')) continue
    const part = source.slice(at, index)
    if (inside) {
      const name = `_raw_block_${raw.size}_`
      raw.set(name, part)
      text += `{{ ${name} }}`
    } else text += part
    at = index + tag.length
    inside = !inside
  }
  if (inside) throw new TemplateFault("no template: '{% raw %}' is never closed", { word: 'raw' })
  return { text: text + source.slice(at), raw }
}

function syntaxFault(error: Error): TemplateFault {
  const tag = /^Unknown statement type: (\w+)/.exec(error.message)?.[1]
  if (tag !== undefined && FILE_TAGS.includes(tag)) return new TemplateFault(`'{% ${tag} %}' would read another file, which no template may`, { word: tag, expected: 'a template that stands alone' })
  if (tag !== undefined) return new TemplateFault(`no tag '{% ${tag} %}'`, { word: tag, expected: 'if, for, set, macro, call, filter, raw' })
  if (error instanceof RangeError) return new TemplateFault('it nests too deep', {}, 'template_size')
  // The parser runs into the end of its tokens where a tag is left open.
  const message = error instanceof TypeError || /\bundefined\b/.test(error.message) ? 'it ends inside a tag or a block' : error.message.replace(/^Parser Error: /, '').slice(0, 200)
  return new TemplateFault(`no template: ${message}`)
}
