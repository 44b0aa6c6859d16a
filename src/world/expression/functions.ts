/** Ordinary functions and methods as data: what they accept, what they give, how they run. */
import { LAST_TIME, FIRST_TIME } from '../../core/calendar.ts'
import { re2Search } from '../../core/pattern.ts'
import { charge, type Evaluation } from '../evaluation.ts'
import { CallLimit, SpecFault } from '../fault.ts'
import { decUnits, sameValue } from '../json-value.ts'
import { BOOL, dec, describeType, INT, isNumeric, listOf, nullable, present, recordOf, STRING, TIME, type Type, unify } from '../type.ts'
import { compareKeys, comparable } from './comprehension.ts'
import { convert, tryConvert } from './conversion.ts'
import { compileMapSize } from './map-method.ts'
import { number } from './number.ts'
import { built } from './operators.ts'
import { type Compiled, ExpressionError } from './scope.ts'

export type Signature = {
  /** Receiver kind of a method; `any` takes all. */
  readonly on?: Type['k'] | 'any'
  /** Types of the values, the receiver first. */
  readonly accepts: readonly (Type | 'any' | 'list')[]
  /** How many trailing values may be missing. */
  readonly optional?: number
  readonly build: (args: Compiled[], offset: number) => Compiled
}

type Body = (cx: Evaluation, ...values: any[]) => unknown

function plain(accepts: Signature['accepts'], gives: Type, body: Body, on?: Type['k']): Signature {
  return { on, accepts, build: (args) => ({ type: gives, run: runOf(args, body) }) }
}

function runOf(args: Compiled[], body: Body): Compiled['run'] {
  const [a, b, c] = args.map((arg) => arg.run)
  if (!a) return (cx) => body(cx)
  if (!b) return (cx) => body(cx, a(cx))
  if (!c) return (cx) => body(cx, a(cx), b(cx))
  return (cx) => body(cx, a(cx), b(cx), c(cx))
}

const text = (accepts: Type[], gives: Type, body: Body) => plain([STRING, ...accepts], gives, body, 'string')
/** A method over lists whose result type follows the element type. */
const list = (accepts: (Type | 'any')[], gives: (of: Type) => Type, body: Body, optional?: number): Signature => ({
  on: 'list', accepts: ['list', ...accepts], optional,
  build: ([receiver, ...rest]) => ({ type: gives((receiver!.type as Type & { k: 'list' }).of), run: runOf([receiver!, ...rest], body) }),
})

const UNITS: Record<string, number> = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/** @throws CallLimit for a time outside the years 0 to 9999 */
function onCalendar(ms: number): number {
  if (!(ms >= FIRST_TIME && ms <= LAST_TIME)) throw new CallLimit('a time leaves the calendar')
  return ms
}

function searchWords(cx: Evaluation, haystack: string, query: string): boolean {
  charge(cx, (haystack.length + query.length) >> 2)
  const where = haystack.toLowerCase()
  return query.toLowerCase().split(/\s+/).filter(Boolean).every((part) => {
    charge(cx, 1 + (where.length >> 4))
    return where.includes(part)
  })
}

/** Charged before it is built: a long separator between many texts would not fit into memory. */
function joinText(cx: Evaluation, items: string[], separator: string): string {
  let length = items.length * separator.length
  for (const item of items) length += item.length
  charge(cx, items.length + (length >> 3))
  return items.join(separator)
}

/** `f(…)`. */
export const FUNCTIONS: Readonly<Record<string, Signature>> = {
  now: plain([], TIME, (cx) => cx.now),
  days: plain([TIME, TIME], INT, (_cx, a: number, b: number) => Math.floor((b - a) / UNITS.day!)),
  text_match: plain([STRING, STRING], BOOL, searchWords),
  to_int: plain([STRING], nullable(INT), (_cx, s: string) => (/^-?\d{1,15}$/.test(s.trim()) ? Number(s) + 0 : null)),
  size: { accepts: ['any'], build: ([x], offset) => buildSize(x!, offset) },
  abs: {
    accepts: ['any'],
    build: ([x], offset) => {
      if (!isNumeric(x!.type)) throw new ExpressionError(`abs of ${describeType(x!.type)}`, offset)
      return { type: x!.type, run: (cx) => Math.abs(number(x!.run(cx))) }
    },
  },
  to_dec: {
    accepts: [STRING, INT],
    build: ([s, scale], offset) => {
      const places = scale!.literal
      if (typeof places !== 'number' || places < 0 || places > 4) throw new ExpressionError('the scale is a literal from 0 to 4', offset)
      return { type: nullable(dec(places)), run: (cx) => { const t = String(s!.run(cx)).trim(); return /^-?\d{1,12}(\.\d+)?$/.test(t) ? decUnits(Number(t), places) ?? null : null } }
    },
  },
  re: {
    accepts: [STRING, STRING],
    build: ([s, pattern], offset) => {
      if (typeof pattern!.literal !== 'string') throw new ExpressionError('the pattern is a text literal', offset)
      const search = re2Search(pattern!.literal)
      if (!search) throw new ExpressionError(`'${pattern!.literal}' is no RE2 pattern`, offset)
      return { type: BOOL, run: (cx) => { const value = s!.run(cx) as string; charge(cx, value.length * search.units); return search(value) } }
    },
  },
}

function buildSize(x: Compiled, offset: number): Compiled {
  const kind = present(x.type).k
  if (kind === 'map') return compileMapSize(x)
  if (kind !== 'list' && kind !== 'string' && kind !== 'json') throw new ExpressionError(`size of ${describeType(x.type)}`, offset, { expected: kind === 'table' ? 'T.count(x, true)' : 'a list or text' })
  return {
    type: INT,
    run: (cx) => {
      const value = x.run(cx)
      if (typeof value !== 'string' && !Array.isArray(value)) throw new SpecFault('size of what is neither list nor text')
      return value.length
    },
  }
}

/** `x.f(…)`, by name; several where the receiver's type decides. */
export const METHODS: Readonly<Record<string, readonly Signature[]>> = {
  lower: [text([], STRING, (cx, s: string) => built(cx, s.toLowerCase()))],
  upper: [text([], STRING, (cx, s: string) => built(cx, s.toUpperCase()))],
  trim: [text([], STRING, (cx, s: string) => built(cx, s.trim()))],
  startsWith: [text([STRING], BOOL, (_cx, s: string, t: string) => s.startsWith(t))],
  endsWith: [text([STRING], BOOL, (_cx, s: string, t: string) => s.endsWith(t))],
  split: [text([STRING], listOf(STRING), (cx, s: string, t: string) => { charge(cx, s.length); return s.split(t) })],
  replace: [text([STRING, STRING], STRING, (cx, s: string, a: string, b: string) => {
    const parts = s.split(a)
    if (s.length + parts.length * b.length > 1_000_000) throw new CallLimit('text of more than a million characters')
    return built(cx, parts.join(b))
  })],
  contains: [
    text([STRING], BOOL, (cx, s: string, t: string) => { charge(cx, s.length >> 4); return s.includes(t) }),
    { on: 'list', accepts: ['list', 'any'], build: ([l, x], offset) => buildContains(l!, x!, offset) },
  ],
  size: [{ on: 'any', accepts: ['any'], build: ([x], offset) => buildSize(x!, offset) }],
  distinct: [list([], listOf, (cx, items: unknown[]) => {
    charge(cx, items.length * 2)
    const out: unknown[] = []
    for (const item of items) {
      charge(cx, out.length)
      if (!out.some((kept) => sameValue(kept, item, () => charge(cx, 1)))) out.push(item)
    }
    return out
  })],
  last: [list([], nullable, (_cx, items: unknown[]) => items.at(-1) ?? null)],
  top: [list([INT], listOf, (cx, items: unknown[], n: number) => { charge(cx, Math.min(items.length, Math.max(0, n))); return items.slice(0, Math.max(0, n)) })],
  sort: [{
    on: 'list', accepts: ['list'],
    build: ([receiver], offset) => {
      const { run, type } = receiver!
      comparable((type as Type & { k: 'list' }).of, offset)
      return { type, run: (cx) => { const items = run(cx) as unknown[]; charge(cx, items.length * 4); return [...items].sort(compareKeys) } }
    },
  }],
  page: [list([INT, INT], (of) => recordOf({ items: listOf(of), range: STRING, total: INT }), (cx, items: unknown[], offset: number, limit: number) => {
    const from = Math.max(0, offset)
    const some = items.slice(from, from + Math.max(0, limit))
    charge(cx, some.length)
    return { items: some, range: some.length ? `${from + 1}-${from + some.length}` : 'none', total: items.length }
  })],
  zip: [{
    on: 'list', accepts: ['list', 'list'],
    build: ([a, b], offset) => {
      const [x, y] = [(a!.type as Type & { k: 'list' }).of, (b!.type as Type & { k: 'list' }).of]
      const of = unify(x, y)
      if (!of) throw new ExpressionError('zip takes two lists of one type', offset)
      return { type: listOf(listOf(of)), run: runOf([convert(a!, listOf(of), offset), convert(b!, listOf(of), offset)], (cx, p: unknown[], q: unknown[]) => { charge(cx, p.length * 2); return p.slice(0, q.length).map((item, i) => [item, q[i]]) }) }
    },
  }],
  join: [{ on: 'list', accepts: [listOf(STRING), STRING], build: (args) => ({ type: STRING, run: runOf(args, joinText) }) }],
  plus: [{
    on: 'time', accepts: [TIME, INT, STRING],
    build: ([t, n, unit], offset) => {
      const name = typeof unit!.literal === 'string' ? unit!.literal.replace(/s$/, '') : ''
      const ms = Object.hasOwn(UNITS, name) ? UNITS[name] : undefined
      if (!ms) throw new ExpressionError('the unit is a literal', offset, { expected: Object.keys(UNITS).join(', ') })
      return { type: TIME, run: (cx) => onCalendar(number(t!.run(cx)) + number(n!.run(cx)) * ms) }
    },
  }],
  orValue: [{
    on: 'any', accepts: ['any', 'any'],
    build: ([x, fallback], offset) => {
      const type = present(x!.type)
      const other = tryConvert(fallback!, type)
      if (!other) throw new ExpressionError(`${describeType(fallback!.type)} cannot stand for ${describeType(type)}`, offset)
      return { type, run: (cx) => x!.run(cx) ?? other.run(cx) }
    },
  }],
}

function buildContains(items: Compiled, x: Compiled, offset: number): Compiled {
  const of = (items.type as Type & { k: 'list' }).of
  const needle = tryConvert(x, nullable(of))
  if (!needle) throw new ExpressionError(`${describeType(items.type)} never contains ${describeType(x.type)}`, offset)
  return { type: BOOL, run: (cx) => { const all = items.run(cx) as unknown[]; charge(cx, all.length); const value = needle.run(cx); return all.some((item) => sameValue(item, value, () => charge(cx, 1))) } }
}
