/** Input schemas as agents are shown them: plain JSON Schema. */
import type { InputSchema } from '../../protocol/spec/json-schema.ts'

/** What may be anything is shown without a type. */
function shown(schema: InputSchema): Record<string, unknown> {
  if (schema.type === 'json') return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'type'))
  if ('items' in schema) return holdsJson(schema) ? { ...schema, items: shown(schema.items) } : schema
  if (!('properties' in schema) || !holdsJson(schema)) return schema
  return { ...schema, properties: Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, shown(property)])) }
}

function holdsJson(schema: InputSchema): boolean {
  if (schema.type === 'json') return true
  if ('items' in schema) return holdsJson(schema.items)
  return 'properties' in schema && Object.values(schema.properties).some(holdsJson)
}

/** The input of a tool: no arguments besides those it names. */
export function shownInput(input: InputSchema): Record<string, unknown> {
  return { ...shown(input), additionalProperties: false }
}
