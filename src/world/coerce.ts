/** Arguments of the wrong type, taken as the type that the schema wants where only one thing can be meant. */
import type { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import { unsafePlace } from '../core/json-safe.ts'
import type { Misfit, Reader } from './input.ts'

/** Arguments that fit: what was read, its JSON, and what had to be taken otherwise, as `place: this to that`. */
export type ReadArguments = { readonly value: unknown; readonly args: unknown; readonly coerced: readonly string[] }

/** Places that are told of one call; of the others only their number. */
const MOST_TOLD = 20

const NOTHING: readonly string[] = []

/**
 * Reads arguments by a schema. Those that fit stay as they are; those that fit once all wrong types were taken as the
 * wanted ones are changed; all others give the misfit of what was said.
 * @param read the reader of this schema
 */
export function readCoerced(schema: InputSchema, read: Reader, said: unknown): ReadArguments | Misfit {
  const plain = read(said, '')
  if ('value' in plain) return { value: plain.value, args: said, coerced: NOTHING }
  const notes: string[] = []
  const args = coerce(schema, said, '', notes)
  if (!notes.length || unsafePlace(args)) return plain
  const fitting = read(args, '')
  if ('problem' in fitting) return plain
  const told = notes.length > MOST_TOLD ? [...notes.slice(0, MOST_TOLD), `and ${notes.length - MOST_TOLD} more`] : notes
  return { value: fitting.value, args, coerced: told }
}

function coerce(schema: InputSchema, said: unknown, path: string, notes: string[]): unknown {
  const [kind, ...others] = [schema.type].flat()
  if (said === null && others.length) return null
  const meant = taken(kind!, said)
  if (meant !== undefined) notes.push(`${path ? `${path}: ` : ''}${clip(said)} to ${clip(meant)}`)
  const value = meant ?? said
  if (kind === 'array' && Array.isArray(value)) {
    const { items } = schema as { items: InputSchema }
    return kept(value, value.map((item, i) => coerce(items, item, `${path}[${i}]`, notes)))
  }
  if (kind === 'object' && isObject(value)) return coerceObject(schema as ObjectSchema, value, path, notes)
  return value
}

function coerceObject({ properties, required = [] }: ObjectSchema, from: Record<string, unknown>, path: string, notes: string[]): Record<string, unknown> {
  const out: [string, unknown][] = []
  let changed = false
  for (const [name, item] of Object.entries(from)) {
    const property = Object.hasOwn(properties, name) ? properties[name]! : undefined
    const place = path ? `${path}.${name}` : name
    if (property && item === null && !Array.isArray(property.type) && !required.includes(name)) {
      notes.push(`${place}: null left out`)
      changed = true
      continue
    }
    const value = property ? coerce(property, item, place, notes) : item
    changed ||= value !== item
    out.push([name, value])
  }
  return changed ? Object.fromEntries(out) : from
}

/** The value of the wanted kind that can be meant by one of another kind; undefined where there is none, or more than one. */
function taken(kind: string, said: unknown): unknown {
  if (kind === 'string') return typeof said === 'number' ? textOf(said) : undefined
  if (typeof said !== 'string') return undefined
  switch (kind) {
    case 'integer': return /^(0|-?[1-9][0-9]*)$/.test(said) && Number.isSafeInteger(Number(said)) ? Number(said) : undefined
    case 'number': return numberOf(said)
    case 'boolean': return said === 'true' ? true : said === 'false' ? false : undefined
    case 'array': { const found = /^\s*\[/.test(said) ? parsed(said) : undefined; return Array.isArray(found) ? found : undefined }
    case 'object': { const found = /^\s*\{/.test(said) ? parsed(said) : undefined; return isObject(found) ? found : undefined }
    default: return undefined
  }
}

/** The digits of a number that stand for it and no other. */
function textOf(said: number): string | undefined {
  const text = String(said)
  const digits = text.replace(/^-?(0\.0*)?/, '').replace('.', '')
  return /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/.test(text) && !Object.is(said, -0) && (Number.isInteger(said) ? Number.isSafeInteger(said) : digits.length <= 15) ? text : undefined
}

/** A number in plain decimal spelling, where nothing is lost in reading it. */
function numberOf(said: string): number | undefined {
  if (!/^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/.test(said)) return undefined
  const short = said.includes('.') ? said.replace(/\.?0+$/, '') : said
  const text = textOf(Number(said))
  return text !== undefined && text === short ? Number(said) : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** The same list where nothing in it has changed. */
function kept(from: unknown[], to: unknown[]): unknown[] {
  return to.some((item, i) => item !== from[i]) ? to : from
}

function clip(value: unknown): string {
  const text = [...JSON.stringify(value)]
  return text.length > 60 ? `${text.slice(0, 59).join('')}…` : text.join('')
}
