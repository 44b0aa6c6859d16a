/** The texts and numbers in a JSON value, each with its place. */
import type { InputSchema } from '../../protocol/spec/json-schema.ts'
import { pointerStep } from '../core/json-pointer.ts'

/** A text or a number, and what the schema says of it. */
export type Leaf = { readonly value: string | number; readonly pointer: string; readonly schema: InputSchema | undefined }

/** Lists them in order; flags and nulls are none. What is read here fits a schema, so it is no deeper than that. */
export function jsonLeaves(value: unknown, pointer: string, schema?: InputSchema): Leaf[] {
  if (typeof value === 'string' || typeof value === 'number') return [{ value, pointer, schema }]
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, inner]) => jsonLeaves(inner, pointer + pointerStep(name), schema && partOf(schema, name)))
}

/** The texts and numbers alone, in order. */
export function scalarsIn(value: unknown): (string | number)[] {
  if (typeof value === 'string' || typeof value === 'number') return [value]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(scalarsIn) : []
}

function partOf(schema: InputSchema, name: string): InputSchema | undefined {
  if ('items' in schema) return schema.items
  return 'properties' in schema && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
}
