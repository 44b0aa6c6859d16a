/** What a person types in the terminal, as an action: `tool key=value …`, or JSON. */
import { Action } from '../../protocol/action.ts'
import type { ToolSchema } from '../../protocol/observation.ts'
import { nearest } from '../core/nearest.ts'

/** An action, or what to tell the person instead. */
export type Typed = { action: Action } | { hint: string }

type Properties = Record<string, { type?: string | string[] }>

/** Splits at spaces outside quotes and brackets; quotes are kept for the value to be read as JSON. */
export function splitWords(line: string): string[] {
  const words: string[] = []
  let word = ''
  let quote = ''
  let depth = 0
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at]!
    if (quote !== '') {
      if (char === '\\' && at + 1 < line.length) {
        word += char
        at += 1
      } else if (char === quote) {
        quote = ''
      }
    } else if (char === '"' || char === "'") {
      quote = char
    } else if (char === '[' || char === '{') {
      depth += 1
    } else if (char === ']' || char === '}') {
      depth -= 1
    } else if (char === ' ' && depth <= 0) {
      if (word !== '') words.push(word)
      word = ''
      continue
    }
    word += line[at]
  }
  return word === '' ? words : [...words, word]
}

function isText(type: string | string[] | undefined): boolean {
  return type === 'string' || (Array.isArray(type) && type.includes('string'))
}

/** A value for a property: text stays text where the tool takes text, everything else is read as JSON if it can be. */
function valueOf(text: string, type: string | string[] | undefined): unknown {
  const quoted = /^(["'])([\s\S]*)\1$/.exec(text)
  if (quoted && (isText(type) || quoted[1] === "'")) return quoted[2]!.replace(/\\(.)/g, '$1')
  if (isText(type) && !(Array.isArray(type) && text === 'null')) return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function callOf(tool: ToolSchema, words: readonly string[]): Typed {
  const properties = (tool.input_schema.properties ?? {}) as Properties
  const names = Object.keys(properties)
  const entries: [string, unknown][] = []
  for (const word of words) {
    const at = word.indexOf('=')
    // A tool with one property takes its value without the name.
    const [key, text] = at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [names.length === 1 && words.length === 1 ? names[0]! : '', word]
    if (key === '') return { hint: `${word}: write name=value; ${tool.name} takes ${names.join(', ') || 'nothing'}` }
    entries.push([key, valueOf(text, properties[key]?.type)])
  }
  return { action: { tool_calls: [{ name: tool.name, arguments: Object.fromEntries(entries) }] } }
}

function fromJson(line: string): Typed {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    return { hint: `not JSON: ${(error as Error).message}` }
  }
  const record = value as Record<string, unknown>
  const parsed = Action.safeParse(Array.isArray(value) ? { tool_calls: value } : 'name' in record ? { tool_calls: [record] } : record)
  if (parsed.success) return { action: parsed.data }
  const issue = parsed.error.issues[0]!
  return { hint: `not an action: ${issue.path.join('.')} ${issue.message}` }
}

/** Reads one line. */
export function readTyped(line: string, tools: readonly ToolSchema[]): Typed {
  const text = line.trim()
  if (text.startsWith('{') || text.startsWith('[')) return fromJson(text)
  const [name = '', ...words] = splitWords(text)
  if (name === 'say') return { action: { content: text.slice('say'.length).trim() } }
  const tool = tools.find((each) => each.name === name)
  if (tool) return callOf(tool, words)
  const near = nearest(name, tools.map((each) => each.name))
  return { hint: `no tool is called ${name}${near ? `; did you mean ${near}?` : ''} ('tools' lists them, 'help' explains)` }
}
