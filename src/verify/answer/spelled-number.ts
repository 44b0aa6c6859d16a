/** Numbers as people write them, exactly: `1,250.00` is `1250`. */
import type { Fraction } from '../../world/expression/arithmetic.ts'

/** Longer texts are no number. */
const LONGEST = 60
/** Powers of ten that an exponent may name. */
const MOST_POWER = 30

/** Text in one form: full-width characters as plain ones, one kind of minus, spaces at the ends gone. */
export function plainText(text: string): string {
  // Spaces that group digits are told from others before they become alike.
  return text.replace(/(?<=\d)[\u00A0\u2009\u202F](?=\d{3}(?!\d))/g, '').normalize('NFKC').replace(/[\u2010\u2011\u2212]/g, '-').trim()
}

const NUMBER = /^([+-]?)(\d{1,3}(?:,\d{3})+|\d+)?(?:\.(\d*))?(?:e([+-]?\d{1,2}))?$/i

/**
 * The number that a whole text spells; undefined for any other text, two numbers included. Commas group thousands, a
 * point begins the decimals.
 */
export function spelledNumber(text: string): Fraction | undefined {
  const plain = plainText(text)
  const match = plain.length > LONGEST ? null : NUMBER.exec(plain)
  if (!match) return undefined
  const [, sign, whole = '', places = '', power = '0'] = match
  if (!whole && !places) return undefined
  const shift = Number(power)
  if (Math.abs(shift) > MOST_POWER) return undefined
  const n = BigInt(`${sign === '-' ? '-' : ''}${whole.replaceAll(',', '')}${places}`)
  const d = 10n ** BigInt(places.length)
  return shift < 0 ? { n, d: d * 10n ** BigInt(-shift) } : { n: n * 10n ** BigInt(shift), d }
}

/** A JSON number as the decimal that it is written as; undefined for what is far too large or small. */
export function decimalOf(value: number): Fraction | undefined {
  return spelledNumber(String(value))
}

/** Sums of doubles may be off in their last places: what an agent adds up by itself is not. */
const SLACK = { n: 1n, d: 10n ** 12n }

/** Whether two numbers are at most so far apart; a double may be off in its last places. */
export function isNear(a: Fraction, b: Fraction, tolerance: Fraction, loose: boolean): boolean {
  const gap = magnitude({ n: a.n * b.d - b.n * a.d, d: a.d * b.d })
  if (gap.n * tolerance.d <= tolerance.n * gap.d) return true
  const size = magnitude(b)
  return loose && gap.n * size.d * SLACK.d <= size.n * gap.d * SLACK.n
}

function magnitude({ n, d }: Fraction): Fraction {
  return { n: n < 0n ? -n : n, d }
}
