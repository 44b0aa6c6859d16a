/** Methods of texts and mappings that templates may call, as Python has them. */
import { type Meter, TemplateFault } from './meter.ts'
import { type Callable, isCallable, joined, print, typeName, type Value } from './value.ts'

type Method<T> = (self: T, args: readonly Value[], meter: Meter) => Value

function textAt(args: readonly Value[], at: number, method: string): string {
  const value = args[at]
  if (typeof value !== 'string') throw new TemplateFault(`${method}() wants text, not ${typeName(value)}`)
  return value
}

const stripped = (text: string, chars: Value, start: boolean, end: boolean): string => {
  const set = typeof chars === 'string' ? new Set(chars) : undefined
  const isOff = (char: string): boolean => (set ? set.has(char) : /\s/.test(char))
  let [from, to] = [0, text.length]
  while (start && from < to && isOff(text[from]!)) from++
  while (end && to > from && isOff(text[to - 1]!)) to--
  return text.slice(from, to)
}

export const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()
export const titled = (text: string): string => text.replace(/[A-Za-z\u00c0-\u024f]+/g, capitalize)

/** Replaces every occurrence; the size of the result is counted first. */
export function replaceIn(text: string, from: string, to: string, meter: Meter, most = Infinity): string {
  if (from === '') throw new TemplateFault('replace() wants a text to look for')
  meter.build(text.length)
  const parts = text.split(from)
  const kept = most < parts.length - 1 ? [...parts.slice(0, most), parts.slice(most).join(from)] : parts
  return joined(kept, to, meter)
}

const OF_TEXT: Readonly<Record<string, Method<string>>> = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  title: titled,
  capitalize,
  strip: (text, [chars]) => stripped(text, chars, true, true),
  lstrip: (text, [chars]) => stripped(text, chars, true, false),
  rstrip: (text, [chars]) => stripped(text, chars, false, true),
  startswith: (text, args) => text.startsWith(textAt(args, 0, 'startswith')),
  endswith: (text, args) => text.endsWith(textAt(args, 0, 'endswith')),
  replace: (text, args, meter) => replaceIn(text, textAt(args, 0, 'replace'), textAt(args, 1, 'replace'), meter, typeof args[2] === 'number' ? args[2] : Infinity),
  split(text, [between], meter) {
    meter.build(2 * text.length)
    if (typeof between === 'string' && between !== '') return text.split(between)
    return text.split(/\s+/).filter(Boolean)
  },
  splitlines(text, _args, meter) {
    meter.build(2 * text.length)
    return text.replace(/\n$/, '').split('\n')
  },
  join: (text, [list], meter) => {
    if (!Array.isArray(list)) throw new TemplateFault(`join() wants a list, not ${typeName(list)}`)
    return joined(list.map((item) => print(item, meter)), text, meter)
  },
  find: (text, args) => text.indexOf(textAt(args, 0, 'find')),
  count: (text, args) => text.split(textAt(args, 0, 'count') || '\0').length - 1,
}

const OF_MAP: Readonly<Record<string, Method<Map<string, Value>>>> = {
  get: (map, [key, other]) => (typeof key === 'string' && map.has(key) ? map.get(key) : other ?? null),
  keys: (map, _args, meter) => (meter.build(map.size), [...map.keys()]),
  values: (map, _args, meter) => (meter.build(map.size), [...map.values()]),
  items: (map, _args, meter) => (meter.build(3 * map.size), [...map].map(([key, value]) => [key, value])),
}

/** A method bound to its value, or undefined where the value has none of that name. */
export function methodOf(value: Value, name: string, meter: Meter): Callable | undefined {
  const bind = <T>(methods: Readonly<Record<string, Method<T>>>, self: T, size: number): Callable | undefined => {
    if (!Object.hasOwn(methods, name)) return undefined
    return { call: (args) => (meter.build(size), methods[name]!(self, args, meter)) }
  }
  if (typeof value === 'string') return bind(OF_TEXT, value, value.length)
  return value instanceof Map && !isCallable(value) ? bind(OF_MAP, value, value.size) : undefined
}
