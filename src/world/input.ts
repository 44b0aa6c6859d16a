/** JSON Schema inputs: read into typed values by interpretation, with the first mistake by place. */
import type { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import { nearest } from '../core/nearest.ts'
import { re2Search } from '../core/pattern.ts'
import { decUnits } from './json-value.ts'
import { BOOL, dec, DOUBLE, INT, JSON_VALUE, listOf, nullable, STRING, type Type } from './type.ts'

/** Why a value does not fit, as an agent should read it. */
export type Misfit = { readonly path: string; readonly problem: string }

/** Reads a JSON value; a Misfit is returned, not thrown: a wrong argument is a normal case. */
export type Reader = (value: unknown, path: string) => { value: unknown } | Misfit

export type CompiledInput = { readonly type: Type; readonly read: Reader }

/** Scale of a number schema: 2 for `multipleOf: 0.01`. */
function scaleOf(multipleOf: number): number {
  return String(multipleOf).length - 2
}

/** Compiles a schema into its type and its reader. */
export function compileInput(schema: InputSchema): CompiledInput {
  const kind = Array.isArray(schema.type) ? schema.type[0] : schema.type
  const inner = compilePresent(kind, schema)
  if (!Array.isArray(schema.type)) return inner
  return { type: nullable(inner.type), read: (value, path) => (value === null ? { value: null } : inner.read(value, path)) }
}

function compilePresent(kind: string | undefined, schema: InputSchema): CompiledInput {
  switch (kind) {
    case 'string': return compileString(schema as never)
    case 'boolean': return { type: BOOL, read: (value, path) => (typeof value === 'boolean' ? { value } : misfit(path, value, 'true or false')) }
    case 'integer': case 'number': return compileNumber(kind, schema as never)
    case 'array': return compileArray(schema as never)
    // As agents are shown it, what may be anything has no type.
    case 'json': case undefined: return 'properties' in schema ? compileObject(schema) : { type: JSON_VALUE, read: (value) => ({ value }) }
    default: return compileObject(schema as ObjectSchema)
  }
}

function misfit(path: string, value: unknown, expected: string): Misfit {
  const shown = value === undefined ? 'nothing' : typeof value === 'number' ? String(value) : JSON.stringify(value)?.slice(0, 60) ?? typeof value
  return { path, problem: `expected ${expected}, got ${shown}` }
}

/** JSON Schema counts characters of Unicode, not UTF-16 units. */
function codePoints(text: string): number {
  let n = 0
  for (const _ of text) n++
  return n
}

function compileString(schema: { enum?: string[]; minLength?: number; maxLength?: number; pattern?: string }): CompiledInput {
  const search = schema.pattern === undefined ? undefined : re2Search(schema.pattern)
  const values = schema.enum && new Set(schema.enum)
  return {
    type: values ? { k: 'string', values: schema.enum! } : STRING,
    read: (value, path) => {
      if (typeof value !== 'string') return misfit(path, value, 'a string')
      if (values && !values.has(value)) return misfit(path, value, `one of ${schema.enum!.map((item) => JSON.stringify(item)).join(', ')}`)
      const length = schema.minLength === undefined && schema.maxLength === undefined ? 0 : codePoints(value)
      if (schema.minLength !== undefined && length < schema.minLength) return misfit(path, value, `at least ${schema.minLength} characters`)
      if (schema.maxLength !== undefined && length > schema.maxLength) return misfit(path, value, `at most ${schema.maxLength} characters`)
      if (search && !search(value)) return misfit(path, value, `text matching ${schema.pattern}`)
      return { value }
    },
  }
}

function compileNumber(kind: string, schema: { minimum?: number; maximum?: number; multipleOf?: number; enum?: number[] }): CompiledInput {
  const scale = schema.multipleOf === undefined ? undefined : scaleOf(schema.multipleOf)
  const type = kind === 'integer' ? INT : scale === undefined ? DOUBLE : dec(scale)
  const noun = kind === 'integer' ? 'an integer' : 'a number'
  return {
    type,
    read: (value, path) => {
      if (typeof value !== 'number' || !Number.isFinite(value) || (kind === 'integer' && !Number.isInteger(value))) return misfit(path, value, noun)
      // Canonical JSON, and with it the journal, ends here.
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) return misfit(path, value, `${noun} up to 2^53`)
      if (schema.minimum !== undefined && value < schema.minimum) return misfit(path, value, `at least ${schema.minimum}`)
      if (schema.maximum !== undefined && value > schema.maximum) return misfit(path, value, `at most ${schema.maximum}`)
      if (schema.enum && !schema.enum.includes(value)) return misfit(path, value, `one of ${schema.enum.join(', ')}`)
      if (scale === undefined) return { value: value === 0 ? 0 : value }
      const units = decUnits(value, scale)
      return units === undefined ? misfit(path, value, `a multiple of ${schema.multipleOf}`) : { value: units === 0 ? 0 : units }
    },
  }
}

function compileArray(schema: { items: InputSchema; minItems?: number; maxItems?: number; uniqueItems?: boolean }): CompiledInput {
  const items = compileInput(schema.items)
  const most = schema.maxItems ?? 1000
  return {
    type: listOf(items.type),
    read: (value, path) => {
      if (!Array.isArray(value)) return misfit(path, value, 'an array')
      if (value.length > most) return { path, problem: `expected at most ${most} items, got ${value.length}` }
      if (value.length < (schema.minItems ?? 0)) return { path, problem: `expected at least ${schema.minItems} items, got ${value.length}` }
      const out: unknown[] = []
      const seen = new Set<string>()
      for (let i = 0; i < value.length; i++) {
        const read = items.read(value[i], `${path}[${i}]`)
        if ('problem' in read) return read
        // Fields are read in the schema's order, so equal items have one spelling.
        const spelling = schema.uniqueItems ? JSON.stringify(read.value) : ''
        if (schema.uniqueItems && seen.has(spelling)) return { path: `${path}[${i}]`, problem: 'expected no item twice' }
        seen.add(spelling)
        out.push(read.value)
      }
      return { value: out }
    },
  }
}

function compileObject(schema: ObjectSchema): CompiledInput {
  const required = new Set(schema.required ?? [])
  const fields = Object.entries(schema.properties).map(([name, property]) => ({ name, input: compileInput(property), required: required.has(name) }))
  const known = new Set(fields.map((field) => field.name))
  return {
    type: { k: 'record', fields: new Map(fields.map((field) => [field.name, field.required ? field.input.type : nullable(field.input.type)])) },
    read: (value, path) => {
      if (value === null || typeof value !== 'object' || Array.isArray(value)) return misfit(path, value, 'an object')
      const from = value as Record<string, unknown>
      const at = (name: string) => (path ? `${path}.${name}` : name)
      const out: Record<string, unknown> = {}
      for (const field of fields) {
        const item = Object.hasOwn(from, field.name) ? from[field.name] : undefined
        if (item === undefined) {
          if (field.required) return { path: at(field.name), problem: 'required, but missing' }
          // What every object inherits must not stand in for an argument that was not given.
          if (field.name in Object.prototype) out[field.name] = undefined
          continue
        }
        const read = field.input.read(item, at(field.name))
        if ('problem' in read) return read
        out[field.name] = read.value
      }
      for (const name of Object.keys(from)) {
        if (known.has(name)) continue
        const close = nearest(name, known)
        return { path: at(name), problem: `unknown argument${close ? `; did you mean ${close}?` : ''}` }
      }
      return { value: out }
    },
  }
}
