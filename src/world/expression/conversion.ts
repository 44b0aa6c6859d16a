/** Static conversion between types: what may stand where another type is wanted. */
import { SpecFault } from '../fault.ts'
import { decodeJson, jsonEncoder, POW10 } from '../json-value.ts'
import { dec, describeType, DOUBLE, INT, isNumeric, type Type, unify } from '../type.ts'
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
  const hint = from.type.k === 'dec' && to.k === 'dec' ? `; use round(x, ${to.scale})` : from.type.nullable && !to.nullable ? '; it may be null' : ''
  throw new ExpressionError(`${describeType(from.type)} does not fit ${place}${hint}`, offset, { expected: describeType(to) })
}

/** As convert, but undefined instead of an error. */
export function tryConvert(from: Compiled, to: Type): Compiled | undefined {
  const { type, run } = from
  if (type.k === 'null') return to.nullable || to.k === 'json' || to.k === 'null' ? { ...from, type: to } : undefined
  if (to.k === 'json') {
    // JSON holds what an agent would see: a dec as its number, a time as its text.
    const encode = jsonEncoder(type)
    return type.k === 'json' ? from : type.k === 'table' ? undefined : { ...from, type: to, run: (cx) => encode(run(cx)) }
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
  if (type.k === 'record' && to.k === 'record') return unify(type, to) ? from : undefined
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

function convertList(from: Compiled, of: Type, to: Type): Compiled | undefined {
  const probe = tryConvert({ type: of, run: (cx) => cx.slots[0] }, to)
  if (!probe) return undefined
  if (of.k === to.k && (of.k !== 'dec' || of.scale === (to as Type & { k: 'dec' }).scale)) return { type: { k: 'list', of: to }, run: from.run }
  if (!isNumeric(of)) return { type: { k: 'list', of: to }, run: checked(from.run, { k: 'list', of: to }) }
  const factor = to.k === 'dec' ? POW10[to.scale - (of.k === 'dec' ? of.scale : 0)]! : of.k === 'dec' ? 1 / POW10[of.scale]! : 1
  return { type: { k: 'list', of: to }, run: (cx) => (from.run(cx) as number[]).map((n) => n * factor) }
}

function convertNumber(from: Compiled, to: Type): Compiled | undefined {
  const { type, run } = from
  if (typeof from.literal === 'number') {
    const value = literalAs(from.literal, to)
    return value === undefined ? undefined : { type: to, run: () => value, literal: from.literal }
  }
  if (type.k === to.k && (type.k !== 'dec' || to.k !== 'dec' || type.scale === to.scale)) return from
  if (to.k === 'double' && type.k === 'int') return { type: DOUBLE, run }
  if (to.k === 'double' && type.k === 'dec') return { type: DOUBLE, run: scaled(run, (n) => n / POW10[type.scale]!) }
  if (to.k === 'int' && type.k === 'dec' && type.scale === 0) return { type: INT, run }
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
