/** Values of templates: plain data without prototypes, and how Python would write them. */
import { type Meter, TemplateFault } from './meter.ts'

/** What a template may call; it is made by us or by a macro of the template, never by its data. */
export type Callable = { readonly call: (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value }
/** Mappings are maps, so that no name of a template can reach a prototype; what is missing is undefined. */
export type Value = string | number | boolean | null | undefined | Callable | Value[] | ValueMap
export type ValueMap = Map<string, Value>

export const isCallable = (value: Value): value is Callable => value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Map)

/** JSON as a value. */
export function valueOf(json: unknown): Value {
  if (Array.isArray(json)) return json.map(valueOf)
  if (json !== null && typeof json === 'object') return new Map(Object.entries(json).map(([key, item]) => [key, valueOf(item)]))
  return typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean' || json === null ? json : undefined
}

/** A kind of value, in Python's words. */
export function typeName(value: Value): string {
  if (value === undefined) return 'undefined'
  if (value === null) return 'None'
  if (Array.isArray(value)) return 'list'
  if (value instanceof Map) return 'dict'
  return isCallable(value) ? 'function' : typeof value === 'string' ? 'str' : typeof value === 'boolean' ? 'bool' : 'number'
}

export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof Map) return value.size > 0
  return Boolean(value)
}

/** Text as a template prints it. */
export function print(value: Value, meter: Meter): string {
  if (typeof value === 'string') return value
  return value === undefined ? '' : represent(value, meter)
}

/** Text as Python's repr writes it: inside lists and mappings. */
export function represent(value: Value, meter: Meter): string {
  meter.step()
  if (typeof value === 'string') return quote(value, meter)
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return `[${joined(value.map((item) => meter.nested(() => represent(item, meter))), ', ', meter)}]`
  if (value instanceof Map) return `{${joined([...value].map(([key, item]) => `${quote(key, meter)}: ${meter.nested(() => represent(item, meter))}`), ', ', meter)}}`
  throw new TemplateFault('a function is no text')
}

function quote(text: string, meter: Meter): string {
  meter.build(2 * text.length)
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  return mark + text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll(mark, `\\${mark}`) + mark
}

/** Text that a value may be added to; its size is counted first. */
export function joined(parts: readonly string[], between: string, meter: Meter): string {
  meter.build(parts.reduce((sum, part) => sum + part.length, between.length * Math.max(0, parts.length - 1)))
  return parts.join(between)
}

/** Items to loop over: of a list, keys of a mapping, characters of a text. */
export function itemsOf(value: Value, meter: Meter): Value[] {
  const items = Array.isArray(value) ? value : value instanceof Map ? [...value.keys()] : typeof value === 'string' ? [...value] : value === undefined ? [] : undefined
  if (!items) throw new TemplateFault(`${typeName(value)} cannot be looped over`)
  meter.build(items.length)
  return items
}

/** Whether two values are the same to `==`. */
export function isSame(a: Value, b: Value, meter: Meter): boolean {
  meter.step()
  if (typeof a === 'boolean' && typeof b === 'number') return Number(a) === b
  if (typeof a === 'number' && typeof b === 'boolean') return a === Number(b)
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => meter.nested(() => isSame(item, b[i], meter)))
  if (a instanceof Map && b instanceof Map) return a.size === b.size && [...a].every(([key, item]) => b.has(key) && meter.nested(() => isSame(item, b.get(key), meter)))
  return a === b
}

/** Negative, 0 or positive. @throws TemplateFault for what has no order */
export function compare(a: Value, b: Value, meter: Meter): number {
  meter.step()
  const [x, y] = [a, b].map((value) => (typeof value === 'boolean' ? Number(value) : value))
  if (typeof x === 'number' && typeof y === 'number') return x - y
  if (typeof x === 'string' && typeof y === 'string') return x < y ? -1 : x > y ? 1 : 0
  if (Array.isArray(x) && Array.isArray(y)) {
    for (let i = 0; i < Math.min(x.length, y.length); i++) {
      const order = meter.nested(() => compare(x[i], y[i], meter))
      if (order) return order
    }
    return x.length - y.length
  }
  throw new TemplateFault(`${typeName(a)} and ${typeName(b)} have no order`)
}
