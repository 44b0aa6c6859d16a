/** Functions over text. Positions and lengths count characters (code points). */
import { charge, type Evaluation } from '../evaluation.ts'
import { CallLimit } from '../fault.ts'
import { jsonEncoder } from '../json-value.ts'
import { measure } from '../measure.ts'
import { charsOf, flatUpTo, itemsIn, jsonChars, listOfSize, mostOf, recordOfSizes, share, type Size, textOfChars, times, weightOf } from '../cost/size.ts'
import { BOOL, INT, JSON_VALUE, listOf, nullable, recordOf, STRING } from '../type.ts'
import { characterCount, occurrences, positionOf, searchUnits, sliceCharacters, splitLines } from './characters.ts'
import { diffLines } from './line-diff.ts'
import { ExpressionError } from './scope.ts'
import { type Bound, chargeText, onText, plain, type Signature, TEXTS } from './signature.ts'

const LONGEST_TEXT = 1_000_000

/** @throws CallLimit before a text of more than a million units is built */
function refuseLong(chars: number): void {
  if (chars > LONGEST_TEXT) throw new CallLimit('text of more than a million characters')
}

/** Reads the text and gives one at most so many times as long. */
const rewritten = (growth: number): Bound => (s) => ({ units: share(charsOf(s!), 3), size: textOfChars(growth * charsOf(s!)) })

/** Reads the text and the part that is looked for. */
const searched: Bound = (s, t) => ({ units: searchUnits(charsOf(s!), charsOf(t!)), size: flatUpTo(charsOf(s!)) })

/** Parts of a text are together no longer than it. */
function partsOf(s: Size, parts: number): Size {
  return listOfSize(parts, textOfChars(charsOf(s)))
}

const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}'’]*/gu

function title(cx: Evaluation, s: string): string {
  charge(cx, s.length >> 2)
  return s.replace(WORD, (word) => {
    const first = String.fromCodePoint(word.codePointAt(0)!)
    return first.toUpperCase() + word.slice(first.length).toLowerCase()
  })
}

function split(cx: Evaluation, s: string, separator: string): string[] {
  charge(cx, searchUnits(s.length, separator.length) + (separator === '' ? s.length : (s.length >> 3) + occurrences(s, separator)))
  return separator === '' ? [...s] : s.split(separator)
}

function replace(cx: Evaluation, s: string, from: string, to: string): string {
  charge(cx, searchUnits(s.length, from.length))
  const hits = occurrences(s, from)
  const length = s.length + hits * (to.length - from.length)
  refuseLong(length)
  charge(cx, hits + (length >> 3))
  return hits ? s.split(from).join(to) : s
}

function pad(cx: Evaluation, s: string, width: number, side = 'end', fill = ' '): string {
  charge(cx, s.length >> 4)
  const missing = width - characterCount(s)
  if (missing <= 0) return s
  refuseLong(s.length + missing * fill.length)
  chargeText(cx, s.length + missing * fill.length)
  const before = side === 'start' ? missing : side === 'both' ? missing >> 1 : 0
  return fill.repeat(before) + s + fill.repeat(missing - before)
}

const PAD: Signature = {
  on: 'string', accepts: [STRING, INT, STRING, STRING], optional: 2,
  build: ([s, width, side, fill], offset) => {
    if (side && !['start', 'end', 'both'].includes(side.literal as string)) throw new ExpressionError("the side that is filled is 'start', 'end' or 'both'", offset, { expected: "s.pad(8, 'start')" })
    if (fill && (typeof fill.literal !== 'string' || characterCount(fill.literal) !== 1)) throw new ExpressionError('the filling is one character', offset, { expected: "s.pad(8, 'start', '0')" })
    const [where, what] = [side?.literal as string | undefined, fill?.literal as string | undefined]
    return { type: STRING, run: (cx) => pad(cx, s!.run(cx) as string, width!.run(cx) as number, where, what) }
  },
  bound: (s, width) => {
    const chars = charsOf(s!) + Math.min(2 * mostOf(width!), LONGEST_TEXT)
    return { units: share(charsOf(s!), 4) + share(chars, 3), size: textOfChars(chars) }
  },
}

/** Charged before it is built: a long separator between many texts would not fit into memory. */
function join(cx: Evaluation, items: string[], separator: string): string {
  charge(cx, items.length)
  let length = Math.max(0, items.length - 1) * separator.length
  for (const item of items) length += item.length
  refuseLong(length)
  chargeText(cx, length)
  return items.join(separator)
}

function lines(cx: Evaluation, s: string): string[] {
  charge(cx, 1 + (s.length >> 3))
  charge(cx, occurrences(s, '\n'))
  return splitLines(s)
}

function words(cx: Evaluation, s: string): string[] {
  charge(cx, s.length >> 1)
  return s.split(/\s+/).filter(Boolean)
}

/** The words of the query of late: one query meets many rows. A pure cache, so that sharing it changes nothing. */
let latest: { readonly query: string; readonly words: readonly string[] } = { query: '', words: [] }

/** Every word of the query occurs in the text, whatever its case. */
function textMatch(cx: Evaluation, haystack: string, query: string): boolean {
  charge(cx, (haystack.length + query.length) >> 2)
  if (latest.query !== query) latest = { query, words: query.toLowerCase().split(/\s+/).filter(Boolean) }
  const where = haystack.toLowerCase()
  for (const part of latest.words) {
    charge(cx, searchUnits(where.length, part.length))
    if (!where.includes(part)) return false
  }
  return true
}

/** Whether JSON may be shown, stored and hashed: exact numbers, well-formed text. */
function isSafe(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  if (typeof value === 'string') return value.isWellFormed()
  if (value === null || typeof value !== 'object') return true
  return Object.entries(value).every(([name, item]) => name.isWellFormed() && isSafe(item))
}

function fromJson(cx: Evaluation, s: string): unknown {
  charge(cx, s.length)
  try {
    const value: unknown = JSON.parse(s)
    return isSafe(measure(cx, value)) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const DIFFERENCE = recordOf({ op: { k: 'string', values: [' ', '-', '+'] }, text: STRING })

/** `f(…)` over text. */
export const TEXT_FUNCTIONS: Readonly<Record<string, Signature>> = {
  text_match: plain([STRING, STRING], BOOL, textMatch, (s, q) => ({
    // Lower case has at most twice the units; each part of the query is a search of its own.
    units: share(charsOf(s!) + charsOf(q!), 2) + times(searchUnits(2 * charsOf(s!), 0), 2 * charsOf(q!) + 1), size: flatUpTo(1),
  })),
  json: {
    accepts: ['any'],
    build: ([x], offset) => {
      if (x!.type.k === 'table') throw new ExpressionError('a table is no value', offset, { expected: 'rows, such as T.filter(x, true)' })
      const encode = jsonEncoder(x!.type)
      return { type: STRING, run: (cx) => { const text = JSON.stringify(encode(measure(cx, x!.run(cx))) ?? null); chargeText(cx, text.length); return text } }
    },
    bound: (x) => ({ units: weightOf(x!) + share(jsonChars(x!), 3), size: textOfChars(jsonChars(x!)) }),
  },
  from_json: plain([STRING], JSON_VALUE, fromJson, (s) => ({ units: 3 * charsOf(s!), size: { k: 'json', weight: 1 + 2 * charsOf(s!) } })),
  diff_lines: plain([STRING, STRING], listOf(DIFFERENCE), diffLines, (a, b) => {
    const [x, y] = [charsOf(a!), charsOf(b!)]
    const lines = Math.min(x + y, 2 + x + y)
    return { units: 2 + share(x + y, 2) + 3 * lines + share(times(x + 1, y + 1), 3), size: listOfSize(lines, recordOfSizes({ op: textOfChars(1), text: textOfChars(Math.max(x, y)) })) }
  }),
}

/** `s.f(…)`. */
export const TEXT_METHODS: Readonly<Record<string, Signature>> = {
  lower: onText([], STRING, (cx, s: string) => { chargeText(cx, s.length); return s.toLowerCase() }, rewritten(3)),
  upper: onText([], STRING, (cx, s: string) => { chargeText(cx, s.length); return s.toUpperCase() }, rewritten(3)),
  title: onText([], STRING, title, (s) => ({ units: share(charsOf(s!), 2), size: textOfChars(3 * charsOf(s!)) })),
  trim: onText([], STRING, (cx, s: string) => { chargeText(cx, s.length); return s.trim() }, rewritten(1)),
  startsWith: onText([STRING], BOOL, (cx, s: string, t: string) => { charge(cx, t.length >> 6); return s.startsWith(t) }, (_s, t) => ({ units: share(charsOf(t!), 6), size: flatUpTo(1) })),
  endsWith: onText([STRING], BOOL, (cx, s: string, t: string) => { charge(cx, t.length >> 6); return s.endsWith(t) }, (_s, t) => ({ units: share(charsOf(t!), 6), size: flatUpTo(1) })),
  contains: onText([STRING], BOOL, (cx, s: string, t: string) => { charge(cx, searchUnits(s.length, t.length)); return s.includes(t) }, searched),
  index_of: onText([STRING], nullable(INT), (cx, s: string, t: string) => { charge(cx, searchUnits(s.length, t.length)); return positionOf(s, t) }, searched),
  slice: onText([INT, INT], STRING, (cx, s: string, from: number, to?: number) => { chargeText(cx, s.length); return sliceCharacters(s, from, to) }, rewritten(1), 1),
  split: onText([STRING], TEXTS, split, (s, t) => ({ units: searchUnits(charsOf(s!), charsOf(t!)) + 2 * charsOf(s!), size: partsOf(s!, charsOf(s!) + 1) })),
  replace: onText([STRING, STRING], STRING, replace, (s, a, b) => {
    const chars = Math.min(LONGEST_TEXT, times(charsOf(s!), Math.max(1, charsOf(b!))))
    return { units: searchUnits(charsOf(s!), charsOf(a!)) + charsOf(s!) + share(chars, 3), size: textOfChars(chars) }
  }),
  pad: PAD,
  lines: onText([], TEXTS, lines, (s) => ({ units: 1 + share(charsOf(s!), 3) + charsOf(s!), size: partsOf(s!, charsOf(s!)) })),
  words: onText([], TEXTS, words, (s) => ({ units: share(charsOf(s!), 1), size: partsOf(s!, share(charsOf(s!) + 1, 1)) })),
}

/** `l.join(sep)`, a method of lists. */
export const JOIN: Signature = {
  ...plain([TEXTS, STRING], STRING, join, (l, t) => {
    const chars = Math.min(LONGEST_TEXT, times(itemsIn(l!), (l!.k === 'list' ? charsOf(l!.of) : charsOf(l!)) + charsOf(t!)))
    return { units: itemsIn(l!) + share(chars, 3), size: textOfChars(chars) }
  }),
  on: 'list',
}
