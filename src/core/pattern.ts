import { RE2JS } from 're2js'

/** A search, with what a character of text costs: it grows with the size of the compiled pattern. */
export type Search = ((text: string) => boolean) & { readonly units: number }

/** One match: where it begins and ends (UTF-16 units), and its groups, null for one that took no part. */
export type PatternMatch = { readonly start: number; readonly end: number; readonly text: string; readonly groups: readonly (string | null)[] }

/** A pattern that says what matched; `units` as in Search. */
export type Matcher = { readonly units: number; readonly groups: number; find(text: string, from: number): PatternMatch | undefined }

/** Patterns that were compiled of late: the same one stands in many places, and is read more than once while a world is compiled. */
const compiledPatterns = new Map<string, RE2JS | undefined>()
const MOST_KEPT = 256

function compile(pattern: string): RE2JS | undefined {
  if (compiledPatterns.has(pattern)) return compiledPatterns.get(pattern)
  let compiled: RE2JS | undefined
  try {
    compiled = RE2JS.compile(pattern)
  } catch {
    compiled = undefined
  }
  if (compiledPatterns.size >= MOST_KEPT) compiledPatterns.delete(compiledPatterns.keys().next().value!)
  compiledPatterns.set(pattern, compiled)
  return compiled
}

const unitsOf = (compiled: RE2JS) => 1 + (compiled.programSize() >> 5)

/** Texts of which a search remembers what it found: the same few are asked about by every play of a task. */
const MOST_FOUND = 64
const LONGEST_FOUND = 500

function remembered(find: (text: string) => boolean): (text: string) => boolean {
  const found = new Map<string, boolean>()
  return (text) => {
    if (text.length > LONGEST_FOUND) return find(text)
    let is = found.get(text)
    if (is === undefined) {
      if (found.size >= MOST_FOUND) found.delete(found.keys().next().value!)
      found.set(text, (is = find(text)))
    }
    return is
  }
}

/** A linear-time search for a pattern of RE2, or undefined for what is no pattern. */
export function re2Search(pattern: string): Search | undefined {
  const compiled = compile(pattern)
  return compiled && Object.assign(remembered((text) => compiled.matcher(text).find()), { units: unitsOf(compiled) })
}

/** As re2Search, with the place and the groups of a match; each find is linear in what is left of the text. */
export function re2Matcher(pattern: string): Matcher | undefined {
  const compiled = compile(pattern)
  return compiled && {
    units: unitsOf(compiled),
    groups: compiled.groupCount(),
    find: (text, from) => {
      const matcher = compiled.matcher(text)
      if (!matcher.find(from)) return undefined
      const groups = Array.from({ length: compiled.groupCount() }, (_, i) => matcher.group(i + 1))
      return { start: matcher.start(), end: matcher.end(), text: matcher.group() ?? '', groups }
    },
  }
}
