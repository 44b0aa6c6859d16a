/** Policies that no task may reward: they do nothing, refuse, or act at random. */
import { type Key, below, keyOf } from '../core/keyed.ts'
import type { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import type { Message } from '../../protocol/observation.ts'
import type { Episode } from '../episode/episode.ts'
import { jsonOrText } from '../core/json-or-text.ts'
import { callAction, finishAction } from '../episode/witness-step.ts'
import type { Policy } from './policy.ts'

/** Ends at once: an empty answer of the right type, or none. */
export function noop(episode: Episode): Policy {
  const { answer } = episode.task.template
  const blank = answer && { json: blankOf(answer.schema) }
  return { act: () => finishAction(blank) }
}

/** Says at once that it cannot be done; an agent below the root tells the one above. */
export function refuse(episode: Episode): Policy {
  return { act: ({ frame }) => (episode.frames.get(frame)!.leads ? callAction('report_unable', { reason: 'I cannot do this.' }) : { content: 'I cannot do this.' }) }
}

/** Valid calls at random: values from enums, bounds, and whatever it has read so far; where there is a user it also says such things. */
export function random(episode: Episode, seed: number, path = ''): Policy {
  const { task } = episode
  let tools = episode.observation.tools ?? episode.tools
  const seen: string[] = []
  let turn = 0
  return {
    act(observation) {
      tools = observation.tools ?? tools
      for (const message of observation.messages) collect(message, seen)
      const key = keyOf(['random policy', seed, ...(path && [path]), turn++])
      const choice = below(key, tools.length + (task.template.user ? 2 : 0))
      const tool = tools[choice]
      if (!tool) return { content: sayAnything(key, seen) }
      const args = draw(tool.input_schema as unknown as ObjectSchema, keyOf(['arguments'], key), seen) as Record<string, unknown>
      return callAction(tool.name, args)
    },
  }
}

function sayAnything(key: Key, seen: readonly string[]): string {
  const words = Array.from({ length: 1 + below(keyOf(['length'], key), 8) }, (_, i) => (seen.length ? seen[below(key, seen.length, i + 1)]! : 'hello'))
  return `${words.join(' ')}?`
}

function blankOf(schema: InputSchema): unknown {
  if ('enum' in schema && schema.enum) return schema.enum[0]
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'string': return ''
    case 'integer': case 'number': return ('minimum' in schema && schema.minimum) || 0
    case 'boolean': return false
    case 'json': return ''
    case 'array': return []
    default: return Object.fromEntries(Object.entries((schema as ObjectSchema).properties).map(([name, property]) => [name, blankOf(property)]))
  }
}

const WORDS = /#?[A-Za-z0-9][\w@.+#-]*/g
const MAX_SEEN = 500

function collect(message: Message, seen: string[]): void {
  if (message.role === 'system') return
  const add = (word: string) => { if (word && seen.length < MAX_SEEN && !seen.includes(word)) seen.push(word) }
  const walk = (value: unknown): void => {
    if (typeof value === 'string') add(value)
    else if (value !== null && typeof value === 'object') Object.values(value).forEach(walk)
  }
  const content = jsonOrText(message.content)
  if (typeof content === 'string') for (const [word] of content.matchAll(WORDS)) add(word.replace(/[.,]$/, ''))
  else walk(content)
}

function draw(schema: InputSchema, key: Key, seen: readonly string[]): unknown {
  if ('enum' in schema && schema.enum) return schema.enum[below(key, schema.enum.length)]
  // A tool within a team may take any JSON.
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type ?? 'string') {
    case 'string': return seen.length ? seen[below(key, seen.length)] : 'x'
    case 'boolean': return below(key, 2) === 1
    case 'integer': case 'number': {
      const { minimum = 0, maximum = Math.max(10, minimum * 2) } = schema as { minimum?: number; maximum?: number }
      return Math.ceil(minimum) + below(key, Math.max(1, Math.floor(maximum) - Math.ceil(minimum) + 1))
    }
    case 'array': {
      const { minItems = 0, maxItems = 3, items } = schema as { minItems?: number; maxItems?: number; items: InputSchema }
      const size = minItems + below(keyOf(['size'], key), Math.max(1, Math.min(maxItems, minItems + 3) - minItems + 1))
      return Array.from({ length: size }, (_, i) => draw(items, keyOf([i], key), seen))
    }
    default: {
      const { properties = {}, required = [] } = schema as Partial<ObjectSchema>
      const given = Object.entries(properties).filter(([name], i) => required.includes(name) || below(key, 2, i + 1) === 1)
      return Object.fromEntries(given.map(([name, property]) => [name, draw(property, keyOf([name], key), seen)]))
    }
  }
}
