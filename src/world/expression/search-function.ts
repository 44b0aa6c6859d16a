/** Searching text: RE2 patterns, and how alike two texts are. */
import { type Matcher, type PatternMatch, re2Matcher, re2Search } from '../../core/pattern.ts'
import { charge, type Evaluation } from '../evaluation.ts'
import { CallLimit } from '../fault.ts'
import { charsOf, FLAT, flatUpTo, listOfSize, recordOfSizes, share, type Size, textOfChars, times } from '../cost/size.ts'
import { BOOL, INT, listOf, nullable, recordOf, STRING } from '../type.ts'
import { characterCount } from './characters.ts'
import { type Compiled, ExpressionError } from './scope.ts'
import { chargeText, plain, type Signature, SOME_TEXT } from './signature.ts'
import { similarity } from './similarity.ts'

const MATCH = recordOf({ text: STRING, at: INT, groups: listOf(SOME_TEXT) })

/** Matches of one text that are looked for; more is a mistake in the pattern. */
const MOST_MATCHES = 1000
const MOST_GROUPS = 20

function literalPattern(pattern: Compiled, offset: number): string {
  if (typeof pattern.literal !== 'string') throw new ExpressionError('the pattern is a text literal', offset)
  return pattern.literal
}

function matcherOf(pattern: Compiled, offset: number): Matcher {
  const source = literalPattern(pattern, offset)
  const matcher = re2Matcher(source)
  if (!matcher) throw new ExpressionError(`'${source}' is no RE2 pattern`, offset)
  if (matcher.groups > MOST_GROUPS) throw new ExpressionError(`more than ${MOST_GROUPS} groups`, offset)
  return matcher
}

/** Every match from left to right, not overlapping; each search is charged for all that is left of the text. */
function allMatches(cx: Evaluation, text: string, matcher: Matcher): PatternMatch[] {
  const found: PatternMatch[] = []
  for (let from = 0; from <= text.length;) {
    charge(cx, 1 + matcher.groups + (text.length - from) * matcher.units)
    const match = matcher.find(text, from)
    if (!match) break
    if (found.push(match) > MOST_MATCHES) throw new CallLimit(`more than ${MOST_MATCHES} matches`)
    // An empty match must not be found again; half of a pair of surrogates is no place to go on.
    const wide = match.end === match.start && (text.codePointAt(match.end) ?? 0) > 0xffff
    from = match.end > match.start ? match.end : match.end + (wide ? 2 : 1)
  }
  return found
}

function shown(text: string, { start, text: matched, groups }: PatternMatch): unknown {
  return { text: matched, at: characterCount(text.slice(0, start)), groups }
}

const matchSize = (s: Size): Size => recordOfSizes({ text: textOfChars(charsOf(s)), at: flatUpTo(charsOf(s)), groups: listOfSize(MOST_GROUPS, textOfChars(charsOf(s))) })

/** Units of a search through a text; nothing is known of a pattern that is no literal. */
function readUnits(s: Size, pattern: Size): number {
  const units = pattern.k === 'text' && pattern.literal !== undefined ? re2Search(pattern.literal)?.units : undefined
  return times(charsOf(s), units ?? Infinity)
}

const RE: Signature = {
  accepts: [STRING, STRING],
  build: ([s, pattern], offset) => {
    const source = literalPattern(pattern!, offset)
    const search = re2Search(source)
    if (!search) throw new ExpressionError(`'${source}' is no RE2 pattern`, offset)
    return { type: BOOL, run: (cx) => { const value = s!.run(cx) as string; charge(cx, value.length * search.units); return search(value) } }
  },
  bound: (s, pattern) => ({ units: readUnits(s!, pattern!), size: FLAT }),
}

const RE_FIND: Signature = {
  accepts: [STRING, STRING],
  build: ([s, pattern], offset) => {
    const matcher = matcherOf(pattern!, offset)
    return {
      type: nullable(MATCH),
      run: (cx) => {
        const text = s!.run(cx) as string
        charge(cx, 1 + matcher.groups + text.length * matcher.units + (text.length >> 4))
        const match = matcher.find(text, 0)
        return match ? shown(text, match) : null
      },
    }
  },
  bound: (s, pattern) => ({ units: 1 + MOST_GROUPS + readUnits(s!, pattern!) + share(charsOf(s!), 4), size: matchSize(s!) }),
}

const RE_ALL: Signature = {
  accepts: [STRING, STRING],
  build: ([s, pattern], offset) => {
    const matcher = matcherOf(pattern!, offset)
    return {
      type: listOf(MATCH),
      run: (cx) => {
        const text = s!.run(cx) as string
        const found = allMatches(cx, text, matcher)
        charge(cx, found.length * (1 + (text.length >> 4)))
        return found.map((match) => shown(text, match))
      },
    }
  },
  bound: (s, pattern) => {
    const matches = Math.min(MOST_MATCHES, charsOf(s!) + 1)
    return { units: times(matches + 1, 2 + MOST_GROUPS + readUnits(s!, pattern!) + share(charsOf(s!), 4)), size: listOfSize(matches, matchSize(s!)) }
  },
}

/** `$1` to `$9` in the replacement stand for groups, `$0` for the match, `$$` for a dollar sign. */
function filled(replacement: string, { text, groups }: PatternMatch): string {
  return replacement.replace(/\$([0-9$])/g, (_whole, sign: string) => (sign === '$' ? '$' : sign === '0' ? text : groups[Number(sign) - 1] ?? ''))
}

const RE_REPLACE: Signature = {
  accepts: [STRING, STRING, STRING],
  build: ([s, pattern, to], offset) => {
    const matcher = matcherOf(pattern!, offset)
    return {
      type: STRING,
      run: (cx) => {
        const [text, replacement] = [s!.run(cx) as string, to!.run(cx) as string]
        const found = allMatches(cx, text, matcher)
        const references = 1 + replacement.split('$').length
        let out = ''
        let from = 0
        for (const match of found) {
          // What a match is replaced by may repeat it as often as the replacement names it.
          chargeText(cx, match.start - from + replacement.length + references * match.text.length)
          out += text.slice(from, match.start) + filled(replacement, match)
          from = match.end
        }
        chargeText(cx, text.length - from)
        return out + text.slice(from)
      },
    }
  },
  bound: (s, pattern, to) => {
    const matches = Math.min(MOST_MATCHES, charsOf(s!) + 1)
    const chars = charsOf(s!) + times(matches, charsOf(to!)) + times(charsOf(s!), charsOf(to!) + 2)
    return { units: times(matches + 1, 2 + MOST_GROUPS + readUnits(s!, pattern!)) + share(chars, 3), size: textOfChars(chars) }
  },
}

/** Longest text that `similar` compares, in characters. */
const LONGEST_COMPARED = 256

function similar(cx: Evaluation, a: string, b: string): number {
  if (a.length > 2 * LONGEST_COMPARED || b.length > 2 * LONGEST_COMPARED) throw new CallLimit(`similar compares at most ${LONGEST_COMPARED} characters`)
  const [x, y] = [[...a], [...b]]
  if (x.length > LONGEST_COMPARED || y.length > LONGEST_COMPARED) throw new CallLimit(`similar compares at most ${LONGEST_COMPARED} characters`)
  charge(cx, x.length + y.length + ((x.length * y.length) >> 4))
  return similarity(x, y)
}

/** `f(…)` over text. */
export const SEARCH_FUNCTIONS: Readonly<Record<string, Signature>> = {
  re: RE,
  re_find: RE_FIND,
  re_all: RE_ALL,
  re_replace: RE_REPLACE,
  similar: plain([STRING, STRING], INT, similar, (a, b) => {
    const [x, y] = [Math.min(charsOf(a!), LONGEST_COMPARED), Math.min(charsOf(b!), LONGEST_COMPARED)]
    return { units: x + y + share(x * y, 4), size: flatUpTo(100) }
  }),
}

