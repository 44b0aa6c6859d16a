/** `convert(x, from, to)`: units of measure, exact where decimals are. */
import { nearest } from '../../core/nearest.ts'
import { POW10 } from '../json-value.ts'
import { dec, describeType, DOUBLE, INT, isNumeric, nullable, STRING, type Type } from '../type.ts'
import { type Fraction, fractionOf, nearestDouble } from './arithmetic.ts'
import { convert } from './conversion.ts'
import { finite, number, safe } from './number.ts'
import { type Compiled, ExpressionError } from './scope.ts'
import { FREE, type Signature } from './signature.ts'
import { type Conversion, conversionOf, placesOf, UNIT_NAMES } from './unit-table.ts'

/** A larger factor would leave the range of exact integers for everyday numbers. */
const MOST_EXACT = 1e10

/** The converted value as the nearest double. */
function converted(x: number, unit: bigint, { factor, offset }: Conversion): number {
  const exact = fractionOf(x)
  const [n, d] = [exact.n * factor.n, exact.d * unit * factor.d]
  return finite(nearestDouble({ n: n * offset.d + offset.n * d, d: d * offset.d }))
}

/** Literal units: unknown ones are complained about, and the result is exact where a decimal can hold it. */
function literalUnits(x: Compiled, from: string, to: string, offset: number): Compiled {
  const conversion = conversionOf(from, to)
  if (!conversion) {
    const unknown = [from, to].find((name) => !UNIT_NAMES.includes(name))
    if (unknown === undefined) throw new ExpressionError(`'${from}' and '${to}' measure different things`, offset)
    throw new ExpressionError(`no unit '${unknown}'`, offset, { nearest: nearest(unknown, UNIT_NAMES), expected: UNIT_NAMES.join(', ') })
  }
  const { type, run } = x
  const scale = type.k === 'dec' ? type.scale : 0
  const [more, shift] = [placesOf(conversion.factor), placesOf(conversion.offset)]
  const places = more === undefined || shift === undefined ? Infinity : Math.max(scale + more, shift)
  const [factor, plus] = places <= 8 ? [wholeAt(conversion.factor, places - scale), wholeAt(conversion.offset, places)] : [Infinity, 0]
  if (type.k !== 'double' && factor <= MOST_EXACT) {
    return { type: places ? dec(places) : INT, run: (cx) => safe(safe(number(run(cx)) * factor) + plus) }
  }
  const unit = BigInt(POW10[scale]!)
  return { type: DOUBLE, run: (cx) => converted(number(run(cx)), unit, conversion) }
}

/** A fraction that ends, as a whole number of units of a scale. */
function wholeAt({ n, d }: Fraction, scale: number): number {
  return Number((n * 10n ** BigInt(scale)) / d)
}

/** Units that the call is given: null for unknown ones and for two that measure different things. */
function givenUnits(x: Compiled, from: Compiled, to: Compiled, offset: number): Compiled {
  const [a, b] = [convert(from, STRING, offset, 'a unit').run, convert(to, STRING, offset, 'a unit').run]
  const unit = x.type.k === 'dec' ? BigInt(POW10[x.type.scale]!) : 1n
  return {
    type: nullable(DOUBLE),
    run: (cx) => {
      const value = number(x.run(cx))
      const conversion = conversionOf(a(cx) as string, b(cx) as string)
      return conversion ? converted(value, unit, conversion) : null
    },
  }
}

/** `convert(x, 'km', 'mi')`. */
export const CONVERT: Signature = {
  accepts: ['any', STRING, STRING], bound: FREE,
  build: ([x, from, to], offset) => {
    const value = x!.type.k === 'json' ? convert(x!, DOUBLE as Type, offset) : x!
    if (!isNumeric(value.type)) throw new ExpressionError(`${describeType(value.type)} has no unit`, offset, { expected: "convert(5, 'km', 'mi')" })
    if (typeof from!.literal === 'string' && typeof to!.literal === 'string') return literalUnits(value, from!.literal, to!.literal, offset)
    return givenUnits(value, from!, to!, offset)
  },
}
