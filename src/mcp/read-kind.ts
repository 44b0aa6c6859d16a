/** The keywords of JSON Schema that narrow one kind of value each. */
import { re2Search } from '../core/pattern.ts'
import { isMapping, own } from './pointer.ts'
import { ANY, type ArrayShape, type Field, isNever, join, type Lose, NEVER, type NumberShape, type ObjectShape, type Shape, type StringShape } from './shape.ts'

type Schema = Readonly<Record<string, unknown>>
/** Reads a schema inside another one. */
type Within = (schema: unknown, path: string) => Shape

const numberIn = (schema: Schema, key: string): number | undefined => {
  const value = own(schema, key)
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
/** A count; what is no count is read as nothing, as a validator would refuse the schema. */
const countIn = (schema: Schema, key: string): number | undefined => {
  const value = numberIn(schema, key)
  return value !== undefined && value >= 0 && Number.isInteger(value) ? value : undefined
}

export function readNumber(schema: Schema): NumberShape {
  const [least, most, step] = [numberIn(schema, 'minimum'), numberIn(schema, 'maximum'), numberIn(schema, 'multipleOf')]
  // In draft-04 the exclusive ones are marks on the others.
  const isAbove = own(schema, 'exclusiveMinimum') === true
  const isBelow = own(schema, 'exclusiveMaximum') === true
  return {
    whole: false,
    least: isAbove ? undefined : least,
    above: isAbove ? least : numberIn(schema, 'exclusiveMinimum'),
    most: isBelow ? undefined : most,
    below: isBelow ? most : numberIn(schema, 'exclusiveMaximum'),
    step: step !== undefined && step > 0 ? step : undefined,
  }
}

const MOST_PATTERN = 500
/** What RE2 reads otherwise than JavaScript: its white space is that of ASCII, and it knows classes by name. */
const READ_OTHERWISE = /\\[sS]|\[\[:|\[\^?\]|\\[QEAzC]/

export function readString(schema: Schema, lose: Lose): StringShape {
  const stated = own(schema, 'pattern')
  const pattern = typeof stated === 'string' ? stated : undefined
  const isKept = pattern !== undefined && pattern.length <= MOST_PATTERN && !READ_OTHERWISE.test(pattern) && re2Search(pattern) !== undefined
  if (pattern !== undefined && !isKept) lose(`the pattern ${pattern.slice(0, 100)} is lost: it is long, or means something else in linear time`)
  return { least: countIn(schema, 'minLength'), most: countIn(schema, 'maxLength'), pattern: isKept ? pattern : undefined }
}

export function readArray(schema: Schema, path: string, within: Within, lose: Lose): ArrayShape {
  const at = `${path}[]`
  const items = own(schema, 'items')
  const tuple = Array.isArray(own(schema, 'prefixItems')) ? (schema['prefixItems'] as unknown[]) : Array.isArray(items) ? items : undefined
  const bounds = { least: countIn(schema, 'minItems'), most: countIn(schema, 'maxItems'), unique: own(schema, 'uniqueItems') === true }
  if (!tuple) return { ...bounds, items: items === undefined ? ANY : within(items, at) }
  const rest = Array.isArray(items) ? own(schema, 'additionalItems') : items
  const places = tuple.map((one) => within(one, at))
  const after = rest === undefined ? ANY : within(rest, at)
  lose('which item stands where is lost (a tuple)')
  const all = [...places, ...(isNever(after) ? [] : [after])]
  return {
    ...bounds,
    items: all.reduce((one, other) => join(one, other, () => {}), NEVER),
    most: isNever(after) ? Math.min(bounds.most ?? tuple.length, tuple.length) : bounds.most,
  }
}

export function readObject(schema: Schema, path: string, within: Within, lose: Lose): ObjectShape {
  const stated = own(schema, 'properties')
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  const fields = new Map<string, Field>(isMapping(stated) ? Object.entries(stated).map(([name, one]) => [name, { shape: within(one, at(name)) }]) : [])
  const names = own(schema, 'required')
  const required = new Set(Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [])
  const further = own(schema, 'additionalProperties')
  const patterns = own(schema, 'patternProperties')
  const hasPatterns = isMapping(patterns) && Object.keys(patterns).length > 0
  if (hasPatterns) lose('what fields of a pattern hold is lost (patternProperties)')
  else if (isMapping(further) && Object.keys(further).length > 0) lose('what fields without a name hold is lost (additionalProperties)')
  return { fields, required, rest: hasPatterns ? 'some' : further === undefined ? 'unsaid' : further === false ? 'none' : 'some' }
}
