/** `fmt(x, spec)`: numbers and text by a format specification, times by a pattern. */
import { TIME_DIRECTIVES, timePattern, writeTime } from '../../core/calendar-field.ts'
import { chargeText, type Signature } from './signature.ts'
import { charge, type Evaluation } from '../evaluation.ts'
import { SpecFault } from '../fault.ts'
import { decText, POW10 } from '../json-value.ts'
import { charsOf, share, textOfChars } from '../cost/size.ts'
import { describeType, STRING, type Type } from '../type.ts'
import { fractionOf } from './arithmetic.ts'
import { type FormatSpec, formatNumber, formatText, MAX_WIDTH, misfitOf, parseFormatSpec } from './format-spec.ts'
import { number } from './number.ts'
import { ExpressionError } from './scope.ts'

/** What formatting a number costs: its digits are made exactly, up to 308 before the point and 60 behind it. */
const NUMBER_UNITS = 16

type Format = (cx: Evaluation, value: unknown) => string

function formatDouble(value: number, spec: FormatSpec): string {
  const plain = String(Math.abs(value))
  // An exponent of JavaScript has one digit where Python writes two.
  return formatNumber(fractionOf(value), value < 0, plain.replace(/e([-+])(\d)$/, 'e$10$2'), spec)
}

function charged(cx: Evaluation, spec: FormatSpec): void {
  charge(cx, NUMBER_UNITS)
  chargeText(cx, spec.width)
}

function textFormat(spec: FormatSpec): Format {
  return (cx, value) => {
    const text = value as string
    chargeText(cx, text.length + spec.width)
    return formatText(text, spec)
  }
}

function numberFormat(type: Type, spec: FormatSpec): Format {
  if (type.k === 'int') return (cx, value) => { charged(cx, spec); const n = number(value); return formatNumber({ n: BigInt(n), d: 1n }, n < 0, String(Math.abs(n)), spec) }
  if (type.k === 'dec') {
    const { scale } = type
    const unit = BigInt(POW10[scale]!)
    return (cx, value) => { charged(cx, spec); const n = number(value); return formatNumber({ n: BigInt(n), d: unit }, n < 0, decText(Math.abs(n), scale), spec) }
  }
  return (cx, value) => { charged(cx, spec); return formatDouble(number(value), spec) }
}

/** JSON is formatted by what it turns out to be. */
function jsonFormat(spec: FormatSpec, source: string): Format {
  const [text, int, double] = [textFormat(spec), numberFormat({ k: 'int' }, spec), numberFormat({ k: 'double' }, spec)]
  return (cx, value) => {
    const kind = typeof value === 'string' ? 'text' : typeof value === 'number' ? (Number.isInteger(value) ? 'int' : 'fraction') : undefined
    if (!kind || misfitOf(spec, kind)) throw new SpecFault(`fmt: ${JSON.stringify(value)?.slice(0, 60)} has no format '${source}'`)
    return (kind === 'text' ? text : kind === 'int' ? int : double)(cx, value)
  }
}

/** @throws ExpressionError for a specification that does not fit the type */
function formatOf(type: Type, source: string, offset: number): Format {
  if (type.nullable) throw new ExpressionError(`fmt of ${describeType(type)}; it may be null`, offset, { expected: 'x.orValue(…), or a let with else' })
  if (type.k === 'time') {
    const pattern = timePattern(source)
    if (!pattern) throw new ExpressionError(`'${source}' is no pattern of a time`, offset, { expected: `at most 12 of ${TIME_DIRECTIVES.join(' ')}` })
    return (cx, value) => { chargeText(cx, 64 + 2 * source.length); return writeTime(value as number, pattern) }
  }
  const spec = parseFormatSpec(source)
  if (!spec) throw new ExpressionError(`'${source}' is no format`, offset, { expected: "[[fill]align][sign][0][width][,][.places][type], such as ',.2f' or '>10'" })
  if (type.k === 'json') return jsonFormat(spec, source)
  const kind = type.k === 'string' ? 'text' : type.k === 'int' ? 'int' : type.k === 'dec' || type.k === 'double' ? 'fraction' : undefined
  if (!kind) throw new ExpressionError(`fmt of ${describeType(type)}`, offset, { expected: 'a number, text or time' })
  const misfit = misfitOf(spec, kind)
  if (misfit) throw new ExpressionError(`'${source}': ${misfit}`, offset, { expected: kind === 'text' ? "'<10', '.3'" : "',.2f', '+d', '08.3f', '.1%'" })
  return kind === 'text' ? textFormat(spec) : numberFormat(type, spec)
}

/** `fmt(x, spec)`; the specification is a literal, so that it is checked with the spec. */
export const FMT: Signature = {
  accepts: ['any', STRING],
  build: ([x, spec], offset) => {
    if (typeof spec!.literal !== 'string') throw new ExpressionError('the format is a text literal', offset, { expected: "fmt(total, '.2f')" })
    const format = formatOf(x!.type, spec!.literal, offset)
    return { type: STRING, run: (cx) => format(cx, x!.run(cx)) }
  },
  bound: (x) => {
    // 310 digits with their grouping, 60 places, a pattern of 4,000 characters, or the text itself.
    const chars = Math.max(charsOf(x!), 8500) + MAX_WIDTH
    return { units: NUMBER_UNITS + share(chars, 3), size: textOfChars(chars) }
  },
}
