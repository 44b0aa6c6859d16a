/** Format specifications as Python writes them: `[[fill]align][sign][#][0][width][,|_][.precision][type]`. */
import { characterCount } from './characters.ts'
import type { Fraction } from './arithmetic.ts'

export type FormatSpec = {
  readonly fill: string
  readonly align: '<' | '>' | '^' | '=' | undefined
  readonly sign: '+' | '-' | ' '
  /** `#`: prefixes of 0x, 0o and 0b. */
  readonly prefixed: boolean
  readonly width: number
  readonly grouping: '' | ',' | '_'
  readonly precision: number | undefined
  readonly type: string
}

/** Widths and precisions end here. */
export const MAX_WIDTH = 1000
const MAX_PRECISION = 60

/** Reads a specification; undefined for what is none. */
export function parseFormatSpec(spec: string): FormatSpec | undefined {
  const match = /^(?:(.)?([<>^=]))?([-+ ])?(#)?(0)?(\d{1,4})?([,_])?(?:\.(\d{1,2}))?([a-zA-Z%])?$/su.exec(spec)
  if (!match) return undefined
  const [, fill, align, sign, prefixed, zero, width, grouping, precision, type] = match
  if (Number(width ?? 0) > MAX_WIDTH || Number(precision ?? 0) > MAX_PRECISION) return undefined
  return {
    fill: fill ?? (zero ? '0' : ' '),
    align: (align as FormatSpec['align']) ?? (zero ? '=' : undefined),
    sign: (sign as FormatSpec['sign']) ?? '-',
    prefixed: prefixed !== undefined,
    width: Number(width ?? 0),
    grouping: (grouping as ',' | '_') ?? '',
    precision: precision === undefined ? undefined : Number(precision),
    type: type ?? '',
  }
}

/** Types that a specification may name, by what is formatted. */
export const FORMAT_TYPES = { int: ['', 'd', 'b', 'o', 'x', 'X', 'e', 'E', 'f', 'F', 'g', 'G', '%'], fraction: ['', 'e', 'E', 'f', 'F', 'g', 'G', '%'], text: ['', 's'] } as const

/** Why a specification does not fit a kind of value, or undefined. */
export function misfitOf(spec: FormatSpec, kind: keyof typeof FORMAT_TYPES): string | undefined {
  const types: readonly string[] = FORMAT_TYPES[kind]
  if (!types.includes(spec.type)) return `the type '${spec.type}' is not for ${kind === 'text' ? 'text' : kind === 'int' ? 'a whole number' : 'a number with places'}`
  if (kind === 'text' && (spec.sign !== '-' || spec.grouping || spec.align === '=' || spec.prefixed)) return 'signs and grouping are for numbers'
  if (kind === 'int' && spec.precision !== undefined && 'dboxX'.includes(spec.type)) return 'whole numbers have no places'
  if (spec.grouping === ',' && /[boxX]/.test(spec.type)) return "only '_' groups such digits"
  return undefined
}

/** Formats text: cut to the precision, filled to the width. */
export function formatText(text: string, spec: FormatSpec): string {
  const cut = spec.precision === undefined ? text : [...text].slice(0, spec.precision).join('')
  return fillUp('', cut, spec, '<')
}

/**
 * Formats a number that is exactly `value`; `plain` is how it reads without a type. Rounds ties to even, as Python
 * does.
 */
export function formatNumber(value: Fraction, negative: boolean, plain: string, spec: FormatSpec): string {
  const magnitude = { n: value.n < 0n ? -value.n : value.n, d: value.d }
  const { type, precision } = spec
  const sign = negative ? '-' : spec.sign === '-' ? '' : spec.sign
  const radix = { b: 2, o: 8, x: 16, X: 16 }[type]
  if (radix) {
    const digits = (magnitude.n / magnitude.d).toString(radix)
    const prefix = spec.prefixed ? `0${type}` : ''
    return fillUp(sign + prefix, grouped(type === 'X' ? digits.toUpperCase() : digits, 4, spec), spec, '>', 4)
  }
  let body: string
  if (type === '%') body = `${fixed({ n: magnitude.n * 100n, d: magnitude.d }, precision ?? 6)}%`
  else if (type === 'f' || type === 'F') body = fixed(magnitude, precision ?? 6)
  else if (type === 'e' || type === 'E') body = scientific(magnitude, precision ?? 6)
  else if (type === 'g' || type === 'G') body = general(magnitude, precision ?? 6, false)
  else if (precision !== undefined) body = general(magnitude, precision, true)
  else body = plain
  if (/[EG]/.test(type)) body = body.toUpperCase()
  const [, whole, rest] = /^(\d*)(.*)$/s.exec(body) as unknown as [string, string, string]
  return fillUp(sign, grouped(whole, 3, spec) + rest, spec, '>', 3, rest)
}

function grouped(digits: string, every: number, { grouping }: FormatSpec): string {
  if (!grouping) return digits
  let out = ''
  for (let end = digits.length; end > 0; end -= every) out = digits.slice(Math.max(0, end - every), end) + (out ? grouping + out : '')
  return out
}

/** Fills to the width; zeros between sign and digits are grouped like digits. */
function fillUp(sign: string, body: string, spec: FormatSpec, usual: '<' | '>', every = 3, rest = ''): string {
  const align = spec.align ?? usual
  if (align === '=' && spec.fill === '0' && spec.grouping) {
    const digits = body.slice(0, body.length - rest.length).replaceAll(spec.grouping, '')
    const room = spec.width - sign.length - rest.length
    let length = digits.length
    while (length + Math.floor((length - 1) / every) < room) length++
    return sign + grouped(digits.padStart(length, '0'), every, spec) + rest
  }
  const missing = Math.max(0, spec.width - characterCount(sign + body))
  if (align === '=') return sign + spec.fill.repeat(missing) + body
  const before = align === '<' ? 0 : align === '>' ? missing : missing >> 1
  return spec.fill.repeat(before) + sign + body + spec.fill.repeat(missing - before)
}

function roundedQuotient(n: bigint, d: bigint): bigint {
  const [quotient, rest] = [n / d, n % d]
  const up = rest * 2n > d || (rest * 2n === d && quotient % 2n === 1n)
  return up ? quotient + 1n : quotient
}

function fixed({ n, d }: Fraction, places: number): string {
  const units = roundedQuotient(n * 10n ** BigInt(places), d).toString().padStart(places + 1, '0')
  return places ? `${units.slice(0, -places)}.${units.slice(-places)}` : units
}

/** The first digits of a fraction, rounded, and the power of ten of the first of them. */
function significant({ n, d }: Fraction, digits: number): { text: string; exponent: number } {
  if (n === 0n) return { text: '0'.repeat(digits), exponent: 0 }
  let exponent = n.toString().length - d.toString().length
  if (exponent >= 0 ? n < d * 10n ** BigInt(exponent) : n * 10n ** BigInt(-exponent) < d) exponent--
  const shift = digits - 1 - exponent
  const scaled = shift >= 0 ? roundedQuotient(n * 10n ** BigInt(shift), d) : roundedQuotient(n, d * 10n ** BigInt(-shift))
  const text = scaled.toString()
  return text.length > digits ? { text: text.slice(0, digits), exponent: exponent + 1 } : { text, exponent }
}

function power(exponent: number): string {
  return `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function scientific(value: Fraction, places: number): string {
  const { text, exponent } = significant(value, places + 1)
  return `${text[0]}${places ? `.${text.slice(1)}` : ''}${power(exponent)}`
}

/** The shorter of fixed and scientific, without trailing zeros; without a type, one place more stays. */
function general(value: Fraction, precision: number, bare: boolean): string {
  const digits = precision || 1
  const { text, exponent } = significant(value, digits)
  if (exponent < -4 || exponent >= digits - (bare ? 1 : 0)) {
    const rest = text.slice(1).replace(/0+$/, '')
    return `${text[0]}${rest ? `.${rest}` : ''}${power(exponent)}`
  }
  const plain = exponent < 0 ? `0.${'0'.repeat(-exponent - 1)}${text}` : exponent + 1 >= text.length ? text + '0'.repeat(exponent + 1 - text.length) : `${text.slice(0, exponent + 1)}.${text.slice(exponent + 1)}`
  const short = plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain
  return bare && !short.includes('.') ? `${short}.0` : short
}
