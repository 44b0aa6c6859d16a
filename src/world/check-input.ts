/** Input schemas that say what cannot be meant. */
import type { InputSchema } from '../../protocol/spec/json-schema.ts'
import { nearest } from '../core/nearest.ts'
import { re2Search } from '../core/pattern.ts'
import type { Site } from './site.ts'

type Bounds = { minimum?: number; maximum?: number; minLength?: number; maxLength?: number; minItems?: number; maxItems?: number }

/** Complains about a schema and all inside it. */
export function checkInput(schema: InputSchema, site: Site): void {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema as Bounds
  for (const [least, most] of [[minimum, maximum], [minLength, maxLength], [minItems, maxItems]]) {
    if (least !== undefined && most !== undefined && least > most) site.complain('schema', `the least, ${least}, is above the greatest, ${most}`)
  }
  if ('pattern' in schema && schema.pattern !== undefined && !re2Search(schema.pattern)) site.at('pattern').complain('schema', `'${schema.pattern}' is no RE2 pattern`)
  if ('items' in schema) checkInput(schema.items, site.at('items'))
  if (!('properties' in schema)) return
  const names = Object.keys(schema.properties)
  schema.required?.forEach((name, i) => {
    if (!names.includes(name)) site.at('required', i).complain('name', `no property '${name}'`, { nearest: nearest(name, names), expected: names.join(', ') })
  })
  for (const name of names) checkInput(schema.properties[name]!, site.at('properties', name))
}
