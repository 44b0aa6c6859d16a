/** Filters of templates, as Jinja has them. */
import { type Meter, TemplateFault } from './meter.ts'
import { capitalize, replaceIn, titled } from './method.ts'
import { runTest } from './test.ts'
import { compare, isSame, isTrue, itemsOf, joined, print, typeName, type Value, valueOf } from './value.ts'

/** What a filter is handed besides its value. */
export type FilterCall = { readonly args: readonly Value[]; readonly named: ReadonlyMap<string, Value>; readonly meter: Meter; /** Runs another filter by name. */ readonly run: (name: string, value: Value, args: readonly Value[]) => Value }
type Filter = (value: Value, call: FilterCall) => Value

const given = ({ args, named }: FilterCall, at: number, name: string): Value => args[at] ?? named.get(name)
const texted = (change: (text: string, call: FilterCall) => Value): Filter => (value, call) => {
  const text = print(value, call.meter)
  call.meter.build(text.length)
  return change(text, call)
}

function numberOf(value: Value): number | undefined {
  const number = typeof value === 'boolean' ? Number(value) : typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** A part of a value by a dotted name: `address.city`. */
export function attributeOf(value: Value, path: Value): Value {
  let at = value
  for (const part of String(path).split('.')) at = at instanceof Map ? at.get(part) : Array.isArray(at) && /^\d{1,9}$/.test(part) ? at[Number(part)] : undefined
  return at
}

const sorted = (items: readonly Value[], key: (item: Value) => Value, call: FilterCall, reverse: boolean): Value[] => {
  const low = (value: Value): Value => (typeof value === 'string' && call.named.get('case_sensitive') !== true ? value.toLowerCase() : value)
  call.meter.build(items.length)
  return items.toSorted((a, b) => (reverse ? -1 : 1) * compare(low(key(a)), low(key(b)), call.meter))
}

/** select and its like: by a test, of the item or of a part of it. */
const chosen = (byPart: boolean, wanted: boolean): Filter => (value, { args, meter }) => {
  const [part, test, ...rest] = byPart ? args : [undefined, ...args]
  return itemsOf(value, meter).filter((item) => {
    const at = byPart ? attributeOf(item, part) : item
    return (test === undefined ? isTrue(at) : runTest(String(test), at, rest, meter)) === wanted
  })
}

const listed = (reduce: (items: Value[], call: FilterCall) => Value): Filter => (value, call) => reduce(itemsOf(value, call.meter), call)

function toJson(value: Value, meter: Meter): unknown {
  meter.step()
  if (Array.isArray(value)) return value.map((item) => meter.nested(() => toJson(item, meter)))
  if (value instanceof Map) {
    const into: Record<string, unknown> = Object.create(null) as Record<string, unknown>
    for (const [key, item] of value) into[key] = meter.nested(() => toJson(item, meter))
    return into
  }
  if (typeof value === 'object' && value !== null) throw new TemplateFault('a function is no JSON')
  if (typeof value === 'string') meter.build(2 * value.length)
  return value ?? null
}

const FILTERS: Readonly<Record<string, Filter>> = {
  upper: texted((text) => text.toUpperCase()),
  lower: texted((text) => text.toLowerCase()),
  title: texted(titled),
  capitalize: texted(capitalize),
  trim: texted((text) => text.trim()),
  string: texted((text) => text),
  safe: (value) => value,
  escape: texted((text, { meter }) => ['&amp;&', '&lt;<', '&gt;>', '&#34;"', "&#39;'"].reduce((held, pair) => replaceIn(held, pair.at(-1)!, pair.slice(0, -1), meter), text)),
  replace: texted((text, call) => replaceIn(text, String(call.args[0] ?? ''), String(call.args[1] ?? ''), call.meter)),
  wordcount: texted((text) => text.split(/\s+/).filter(Boolean).length),
  indent: texted((text, call) => {
    const width = given(call, 0, 'width') ?? 4
    const pad = typeof width === 'string' ? width : ' '.repeat(Math.min(200, Math.max(0, Number(width) || 0)))
    const lines = text.split('\n')
    return joined(lines.map((line, i) => ((i > 0 || isTrue(given(call, 1, 'first'))) && (line !== '' || isTrue(given(call, 2, 'blank'))) ? pad + line : line)), '\n', call.meter)
  }),
  truncate: texted((text, call) => {
    const most = Number(given(call, 0, 'length') ?? 255)
    return text.length <= most ? text : `${text.slice(0, Math.max(0, most - 3))}...`
  }),
  default(value, call) {
    return value === undefined || (isTrue(given(call, 1, 'boolean')) && !isTrue(value)) ? given(call, 0, 'default_value') ?? '' : value
  },
  length(value) {
    if (typeof value === 'string') return [...value].length
    if (Array.isArray(value)) return value.length
    if (value instanceof Map) return value.size
    if (value === undefined) return 0
    throw new TemplateFault(`${typeName(value)} has no length`)
  },
  join: listed((items, call) => {
    const part = given(call, 1, 'attribute')
    return joined(items.map((item) => print(part === undefined ? item : attributeOf(item, part), call.meter)), print(given(call, 0, 'd'), call.meter), call.meter)
  }),
  first: listed((items) => items[0]),
  last: listed((items) => items.at(-1)),
  list: listed((items) => [...items]),
  reverse: (value, { meter }) => (typeof value === 'string' ? itemsOf(value, meter).reverse().join('') : [...itemsOf(value, meter)].reverse()),
  sort: listed((items, call) => {
    const part = given(call, 2, 'attribute')
    return sorted(items, (item) => (part === undefined ? item : attributeOf(item, part)), call, isTrue(given(call, 0, 'reverse')))
  }),
  unique: listed((items, { meter }) => {
    const kept: Value[] = []
    for (const item of items) if (!kept.some((one) => isSame(one, item, meter))) kept.push(item)
    return kept
  }),
  sum: listed((items, call) => {
    const part = given(call, 0, 'attribute')
    return items.reduce<number>((sum, item) => sum + (numberOf(part === undefined ? item : attributeOf(item, part)) ?? 0), 0)
  }),
  min: listed((items, call) => sorted(items, (item) => item, call, false)[0]),
  max: listed((items, call) => sorted(items, (item) => item, call, true)[0]),
  map: listed((items, call) => {
    const part = call.named.get('attribute')
    if (part !== undefined) return items.map((item) => attributeOf(item, part) ?? call.named.get('default'))
    const [name, ...rest] = call.args
    return items.map((item) => call.run(String(name ?? ''), item, rest))
  }),
  select: chosen(false, true),
  reject: chosen(false, false),
  selectattr: chosen(true, true),
  rejectattr: chosen(true, false),
  items: (value, { meter }) => (value instanceof Map ? (meter.build(3 * value.size), [...value].map(([key, item]) => [key, item])) : []),
  dictsort: (value, call) => (value instanceof Map ? sorted([...value].map(([key, item]) => [key, item]), (pair) => (pair as Value[])[call.named.get('by') === 'value' ? 1 : 0], call, isTrue(call.named.get('reverse'))) : []),
  int: (value, call) => Math.trunc(numberOf(value) ?? numberOf(given(call, 0, 'default')) ?? 0),
  float: (value, call) => numberOf(value) ?? numberOf(given(call, 0, 'default')) ?? 0,
  abs: (value) => Math.abs(numberOf(value) ?? 0),
  round(value, call) {
    const scale = 10 ** Math.min(12, Math.max(0, Math.trunc(numberOf(given(call, 0, 'precision')) ?? 0)))
    return Math.round((numberOf(value) ?? 0) * scale) / scale
  },
  tojson(value, call) {
    const indent = Math.min(10, Math.max(0, Number(given(call, 0, 'indent') ?? 0) || 0))
    // As in Jinja, which makes it safe to stand in HTML.
    const text = JSON.stringify(toJson(value, call.meter), null, indent).replace(/[<>&']/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)
    call.meter.build(text.length)
    // Python puts a space after the marks; the text between quotes is left alone.
    return indent ? text : text.replace(/"(?:[^"\\]|\\.)*"|[,:]/g, (part) => (part.startsWith('"') ? part : `${part} `))
  },
  fromjson: texted((text) => {
    try {
      return valueOf(JSON.parse(text))
    } catch {
      throw new TemplateFault('fromjson: no JSON')
    }
  }),
}
const ALIASES: Readonly<Record<string, string>> = { d: 'default', e: 'escape', count: 'length' }

/** Names of all filters. */
export const FILTER_NAMES: readonly string[] = [...Object.keys(FILTERS), ...Object.keys(ALIASES)]

/** The filter of a name, or undefined. */
export function filterNamed(name: string): Filter | undefined {
  const known = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name
  return Object.hasOwn(FILTERS, known) ? FILTERS[known] : undefined
}
