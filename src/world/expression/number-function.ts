/** Functions over numbers: exact where the types are, portable where they are doubles. */
import { log, pow } from '../../core/portable-math.ts'
import { charge, type Evaluation } from '../evaluation.ts'
import { CallLimit } from '../fault.ts'
import { charsOf, FLAT, flatUpTo, share } from '../cost/size.ts'
import { POW10 } from '../json-value.ts'
import { dec, describeType, DOUBLE, INT, isNumeric, nullable, STRING, type Type } from '../type.ts'
import { nearestDouble, parseArithmetic } from './arithmetic.ts'
import { convert } from './conversion.ts'
import { finite, number, safe } from './number.ts'
import { type Compiled, ExpressionError } from './scope.ts'
import { type Bound, FREE, plain, type Signature } from './signature.ts'

const LONGEST_ARITHMETIC = 1000

/** The text is read once; the number that comes out has no length. */
const readOnce: Bound = (s) => ({ units: share(charsOf(s!), 4), size: FLAT })

function toInt(cx: Evaluation, s: string): number | null {
  charge(cx, s.length >> 4)
  const text = s.trim()
  return /^[-+]?\d{1,15}$/.test(text) ? Number(text) + 0 : null
}

/** Units of a decimal text at a scale; null for what is none, and for one with more places. */
function toDec(cx: Evaluation, s: string, scale: number): number | null {
  charge(cx, s.length >> 4)
  const match = /^([-+]?)(\d{1,15})(?:\.(\d+))?$/.exec(s.trim())
  if (!match) return null
  const places = (match[3] ?? '').replace(/0+$/, '')
  if (places.length > scale) return null
  const units = Number(match[2]! + places.padEnd(scale, '0'))
  return Number.isSafeInteger(units) ? (match[1] === '-' ? 0 - units : units) : null
}

function calc(cx: Evaluation, s: string): number | null {
  charge(cx, s.length >> 4)
  if (s.length > LONGEST_ARITHMETIC) throw new CallLimit(`arithmetic of more than ${LONGEST_ARITHMETIC} characters`)
  charge(cx, s.length + ((s.length * s.length) >> 6))
  const value = parseArithmetic(s)
  return value ? finite(nearestDouble(value)) : null
}

/** A function that rounds to a whole number: `units` are tenths, hundredths… of it, by `unit`. */
function rounding(name: string, ofUnits: (units: number, unit: number) => number, ofDouble: (x: number) => number): Signature {
  return {
    accepts: ['any'],
    build: ([x], offset) => {
      const { type, run } = x!
      if (!isNumeric(type)) throw new ExpressionError(`${name} of ${describeType(type)}`, offset, { expected: 'a number' })
      if (type.k === 'int') return { type: INT, run: (cx) => number(run(cx)) }
      if (type.k === 'dec') return { type: INT, run: (cx) => ofUnits(number(run(cx)), POW10[type.scale]!) + 0 }
      return { type: INT, run: (cx) => safe(ofDouble(number(run(cx)))) }
    },
    bound: (x) => ({ units: 0, size: x!.k === 'flat' ? flatUpTo(x!.most) : FLAT }),
  }
}

const towardsZero = (units: number, unit: number) => (units - (units % unit)) / unit
const down = (units: number, unit: number) => towardsZero(units, unit) - (units % unit < 0 ? 1 : 0)
const up = (units: number, unit: number) => towardsZero(units, unit) + (units % unit > 0 ? 1 : 0)

/** Makes a double of any number. */
function toDouble(x: Compiled, offset: number, name: string): Compiled {
  if (!isNumeric(x.type) && x.type.k !== 'json') throw new ExpressionError(`${name} of ${describeType(x.type)}`, offset, { expected: 'a number' })
  return convert(x, DOUBLE, offset, `${name}()`)
}

function ofDouble(name: string, body: (x: number) => number): Signature {
  return {
    accepts: ['any'], bound: FREE,
    build: ([x], offset) => {
      const { run } = toDouble(x!, offset, name)
      return { type: DOUBLE, run: (cx) => finite(body(number(run(cx)))) }
    },
  }
}

/** @throws CallLimit for numbers that have no logarithm or root */
function defined(x: number, name: string): number {
  if (Number.isNaN(x)) throw new CallLimit(`${name} of a number that has none`)
  return x
}

function wholePower(base: number, exponent: number): number {
  if (exponent < 0) throw new CallLimit('a whole number to a power below 0')
  if (Math.abs(base) <= 1) return base === -1 && exponent % 2 === 0 ? 1 : exponent === 0 ? 1 : base
  let value = 1
  for (let i = 0; i < exponent; i++) value = safe(value * base)
  return value
}

const POW: Signature = {
  accepts: ['any', 'any'], bound: FREE,
  build: ([x, y], offset) => {
    if (x!.type.k === 'int' && y!.type.k === 'int') return { type: INT, run: (cx) => wholePower(number(x!.run(cx)), number(y!.run(cx))) }
    const [base, exponent] = [toDouble(x!, offset, 'pow').run, toDouble(y!, offset, 'pow').run]
    return {
      type: DOUBLE,
      run: (cx) => {
        const [b, e] = [number(base(cx)), number(exponent(cx))]
        if (b === 0 && e < 0) throw new CallLimit('division by zero')
        return finite(defined(pow(b, e), 'a power'))
      },
    }
  },
}

const ABS: Signature = {
  accepts: ['any'], bound: FREE,
  build: ([x], offset) => {
    if (!isNumeric(x!.type)) throw new ExpressionError(`abs of ${describeType(x!.type)}`, offset)
    return { type: x!.type, run: (cx) => Math.abs(number(x!.run(cx))) }
  },
}

const TO_DEC: Signature = {
  accepts: [STRING, INT], bound: readOnce,
  build: ([s, scale], offset) => {
    const places = scale!.literal
    if (typeof places !== 'number' || places < 0 || places > 4) throw new ExpressionError('the scale is a literal from 0 to 4', offset)
    const type: Type = nullable(dec(places))
    return { type, run: (cx) => toDec(cx, s!.run(cx) as string, places) }
  },
}

/** `f(…)` over numbers, and from text to numbers. */
export const NUMBER_FUNCTIONS: Readonly<Record<string, Signature>> = {
  to_int: plain([STRING], nullable(INT), toInt, readOnce),
  to_dec: TO_DEC,
  abs: ABS,
  trunc: rounding('trunc', towardsZero, Math.trunc),
  floor: rounding('floor', down, Math.floor),
  ceil: rounding('ceil', up, Math.ceil),
  sqrt: ofDouble('sqrt', (x) => defined(Math.sqrt(x), 'a square root')),
  ln: ofDouble('ln', (x) => (x > 0 ? log(x) : defined(NaN, 'a logarithm'))),
  pow: POW,
  calc: plain([STRING], nullable(DOUBLE), calc, (s) => ({
    units: share(charsOf(s!), 4) + LONGEST_ARITHMETIC + share(LONGEST_ARITHMETIC ** 2, 6), size: FLAT,
  })),
}
