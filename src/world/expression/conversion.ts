/** Static conversion between types: what may stand where another type is wanted. */
import { charge, type Evaluation } from '../evaluation.ts'
import { SpecFault } from '../fault.ts'
import { decodeJson, jsonEncoder, POW10 } from '../json-value.ts'
import { measure } from '../measure.ts'
import { dec, describeType, DOUBLE, INT, isNumeric, isStructure, present, type Type, unify } from '../type.ts'
import { type Compiled, ExpressionError, type Run } from './scope.ts'
import { nearest } from '../../core/nearest.ts'
import { safe } from './number.ts'

/**
 * Makes an expression fit a wanted type: int to dec or double, a dec to a larger scale, exact literals, JSON by a
 * check at run time.
 * @throws ExpressionError when it cannot fit
 */
export function convert(from: Compiled, to: Type, offset: number, place = 'here'): Compiled {
  const fitted = tryConvert(from, to)
  if (fitted) return fitted
  if (to.k === 'string' && to.values && from.type.k === 'string' && typeof from.literal === 'string') {
    throw new ExpressionError(`'${from.literal}' is not one of ${to.values.join(', ')}`, offset, { nearest: nearest(from.literal, to.values), expected: describeType(to) })
  }
  const hint = (from.type.k === 'dec' || from.type.k === 'double') && to.k === 'dec' ? `; use round(x, ${to.scale})` : from.type.nullable && !to.nullable ? '; it may be null: x.orValue(…), or a let with else' : ''
  const { found, expected } = describeDifference(from.type, to)
  throw new ExpressionError(`${found} does not fit ${place}${hint}`, offset, { expected })
}

/** Two types in words; where they would read alike, their first part that differs. */
function describeDifference(from: Type, to: Type): { found: string; expected: string } {
  const [found, expected] = [describeType(from), describeType(to)]
  if (found !== expected) return { found, expected }
  if ((from.k === 'list' || from.k === 'map') && to.k === from.k) {
    const inner = describeDifference(from.of, to.of)
    return { found: `${from.k} of ${inner.found}`, expected: `${to.k} of ${inner.expected}` }
  }
  if (from.k === 'record' && to.k === 'record') {
    for (const [name, type] of from.fields) {
      const wanted = to.fields.get(name)
      if (!wanted || tryConvert({ type, run: () => null }, wanted)) continue
      const inner = describeDifference(type, wanted)
      return { found: `{${name}: ${inner.found}}`, expected: `{${name}: ${inner.expected}}` }
    }
  }
  return { found, expected }
}

/** The type that values in one place have in common: a decimal literal beside a dec is a dec. */
export function commonType(values: readonly Compiled[]): Type | undefined {
  const exact = values.some(({ type }) => type.k === 'dec')
  const types = values.map(({ type, literal }) => (exact && type.k === 'double' && typeof literal === 'number' && decimalPlaces(literal) <= 8 ? dec(decimalPlaces(literal)) : type))
  return types.slice(1).reduce<Type | undefined>((of, type) => of && unify(of, type), types[0])
}

/** As convert, but undefined instead of an error. */
export function tryConvert(from: Compiled, to: Type): Compiled | undefined {
  const { type, run } = from
  if (type.k === 'null') return to.nullable || to.k === 'json' || to.k === 'null' ? { ...from, type: to } : undefined
  if (to.k === 'json') {
    // JSON holds what an agent would see: a dec as its number, a time as its text.
    const encode = jsonEncoder(type)
    if (type.k === 'json' || type.k === 'table') return type.k === 'json' ? from : undefined
    const copies = isStructure(type)
    return { ...from, type: to, run: copies ? (cx) => encode(measure(cx, run(cx))) : (cx) => encode(run(cx)) }
  }
  if (type.k === 'json') return { type: to, run: checked(run, to) }
  if (type.nullable && !to.nullable) return undefined
  if (type.k === 'string' && to.k === 'string') {
    if (!to.values || type.values?.every((value) => to.values!.includes(value))) return from
    if (typeof from.literal === 'string') return to.values.includes(from.literal) ? from : undefined
    return type.values ? undefined : { type: to, run: enumChecked(run, to.values) }
  }
  if (isNumeric(type) && isNumeric(to)) return convertNumber(from, to)
  if (type.k === 'list' && to.k === 'list') return convertList(from, type.of, to.of)
  if (type.k === 'record' && to.k === 'record') return convertRecord(from, to)
  if (to.k === 'map' && (type.k === 'map' || (type.k === 'record' && type.table === undefined))) return convertMap(from, to)
  return type.k === to.k && type.k !== 'table' ? from : undefined
}

function checked(run: Run, to: Type): Run {
  return (cx) => decodeJson(to, run(cx), 'value')
}

function enumChecked(run: Run, values: readonly string[]): Run {
  return (cx) => {
    const value = run(cx)
    if (value !== null && !values.includes(value as string)) throw new SpecFault(`'${String(value)}' is not one of ${values.join(', ')}`)
    return value
  }
}

/** Converts values one by one; undefined when the types do not fit, the function itself when nothing changes. */
function valueConverter(of: Type, to: Type): ((cx: Evaluation, value: unknown) => unknown) | 'same' | undefined {
  const slot: Run = (cx) => cx.slots[0]
  const probe = tryConvert({ type: of, run: slot }, to)
  if (!probe) return undefined
  // A conversion that changes nothing gives back the very function it was given.
  return probe.run === slot ? 'same' : (cx, value) => probe.run({ ...cx, slots: [value] })
}

function convertList(from: Compiled, of: Type, to: Type): Compiled | undefined {
  const item = valueConverter(of, to)
  if (!item) return undefined
  const { run } = from
  const type: Type = { ...from.type, k: 'list', of: to }
  if (item === 'same') return { type, run }
  return {
    type,
    run: (cx) => {
      const list = run(cx) as unknown[] | null
      if (list) charge(cx, list.length)
      return list && list.map((value) => item(cx, value))
    },
  }
}

function convertRecord(from: Compiled, to: Type & { k: 'record' }): Compiled | undefined {
  const { type, run } = from
  if (type.k !== 'record') return undefined
  if (type === to || (type.table !== undefined && type.table === to.table)) return from
  const missing = [...to.fields.keys()].filter((name) => !type.fields.has(name))
  // What may be null may be left out.
  if (type.fields.size + missing.length !== to.fields.size || missing.some((name) => !to.fields.get(name)!.nullable && to.fields.get(name)!.k !== 'json')) return undefined
  const fields: [string, (cx: Evaluation, value: unknown) => unknown][] = []
  for (const [name, of] of type.fields) {
    const wanted = to.fields.get(name)
    const field = wanted && valueConverter(of, wanted)
    if (!field) return undefined
    if (field !== 'same') fields.push([name, field])
  }
  if (!fields.length && !missing.length) return { ...from, type: to }
  return {
    type: to,
    run: (cx) => {
      const value = run(cx) as Record<string, unknown> | null
      if (!value) return value
      const out: Record<string, unknown> = {}
      for (const name of type.fields.keys()) out[name] = value[name]
      for (const name of missing) out[name] = null
      for (const [name, convertField] of fields) out[name] = convertField(cx, value[name] ?? null)
      return out
    },
  }
}

/** A map of other values, or a structure whose fields become keys; what is null is left out. */
function convertMap({ type, run }: Compiled, to: Type & { k: 'map' }): Compiled | undefined {
  if (type.k === 'map' && valueConverter(type.of, to.of) === 'same') return { type: type.nullable ? { ...to, nullable: true } : to, run }
  const items = type.k === 'map' ? new Map([['', type.of]]) : (type as Type & { k: 'record' }).fields
  const converters = new Map<string, (cx: Evaluation, value: unknown) => unknown>()
  for (const [name, of] of items) {
    const convertItem = valueConverter(type.k === 'map' ? of : present(of), to.of)
    if (!convertItem) return undefined
    converters.set(name, convertItem === 'same' ? (_cx, value) => value : convertItem)
  }
  return {
    type: to,
    run: (cx) => {
      const value = run(cx) as Record<string, unknown> | null
      if (!value) return value
      const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined)
      charge(cx, entries.length)
      return Object.fromEntries(entries.map(([key, item]) => [key, (converters.get(type.k === 'map' ? '' : key)!)(cx, item)]))
    },
  }
}

function convertNumber(from: Compiled, to: Type): Compiled | undefined {
  const { type, run } = from
  if (typeof from.literal === 'number') {
    const value = literalAs(from.literal, to)
    return value === undefined ? undefined : { type: to, run: () => value, literal: from.literal }
  }
  if (type.k === to.k && (type.k !== 'dec' || to.k !== 'dec' || type.scale === to.scale)) return from
  if (to.k === 'double' && type.k === 'int') return { type: to, run }
  if (to.k === 'double' && type.k === 'dec') return { type: to, run: scaled(run, (n) => n / POW10[type.scale]!) }
  if (to.k === 'int' && type.k === 'dec' && type.scale === 0) return { type: to, run }
  if (to.k === 'dec' && type.k === 'int') return { type: to, run: scaled(run, (n) => safe(n * POW10[to.scale]!)) }
  if (to.k === 'dec' && type.k === 'dec' && type.scale < to.scale) return { type: to, run: scaled(run, (n) => safe(n * POW10[to.scale - type.scale]!)) }
  return undefined
}

function scaled(run: Run, scale: (n: number) => number): Run {
  return (cx) => {
    const n = run(cx)
    return n === null ? null : scale(n as number)
  }
}

function literalAs(literal: number, to: Type): number | undefined {
  if (to.k === 'double') return literal
  if (to.k === 'int') return Number.isInteger(literal) ? literal : undefined
  const places = decimalPlaces(literal)
  return to.k === 'dec' && places <= to.scale ? Math.round(literal * POW10[to.scale]!) : undefined
}

/** Decimal places in a literal's shortest spelling. */
export function decimalPlaces(literal: number): number {
  const text = String(literal)
  return text.includes('e') ? 99 : (text.split('.')[1] ?? '').length
}

/** Brings two numbers to one type: exact for int and dec, double when either is one that is not a literal. */
export function align(a: Compiled, b: Compiled, offset: number): [Compiled, Compiled, Type] {
  const scaleOf = (x: Compiled) => (x.type.k === 'dec' ? x.type.scale : x.type.k === 'double' && typeof x.literal === 'number' ? decimalPlaces(x.literal) : 0)
  const soft = (x: Compiled) => typeof x.literal === 'number' || x.type.k === 'int'
  let to: Type
  if (a.type.k === 'dec' || b.type.k === 'dec') {
    const other = a.type.k === 'dec' ? b : a
    if (other.type.k === 'double' && !soft(other)) throw new ExpressionError('a dec and a double do not mix', offset, { expected: 'round(x, n) makes a dec of a double, ratio() a double of decs' })
    to = dec(Math.max(scaleOf(a), scaleOf(b)))
    if ((to as { scale: number }).scale > 8) throw new ExpressionError('more than 8 decimal places', offset)
  } else to = a.type.k === 'double' || b.type.k === 'double' ? DOUBLE : INT
  const wide = (x: Compiled): Type => (x.type.nullable ? { ...to, nullable: true } : to)
  return [convert(a, wide(a), offset), convert(b, wide(b), offset), to]
}
