/** What people read about an argument: words of others where they are wanted, and facts that the subset has no word for. */
import type { Words } from './shape.ts'

export type SaidOptions = {
  /** Whether titles and descriptions are taken over; default true. */
  readonly sentences?: boolean
}

const MOST_DESCRIPTION = 2000
const MOST_TITLE = 200
const MOST_FALLBACK = 120
/** Room for kinds, format and default behind a description. */
const MOST_FACTS = 300

/** The beginning of a text of others, made of whole characters. */
export function cutText(text: string, most: number): string {
  return text.slice(0, most).toWellFormed()
}

/** Title and description, with format, default and the kinds that may be given (where these are told). */
export function wordsOf(words: Words | undefined, { sentences = true }: SaidOptions, kinds: readonly string[] = []): { title?: string; description?: string } {
  const title = sentences && words?.title !== undefined ? cutText(words.title, MOST_TITLE) : undefined
  const facts = [
    sentences && words?.description !== undefined ? cutText(words.description.trim(), MOST_DESCRIPTION - MOST_FACTS) : undefined,
    kinds.length ? `Takes ${kinds.join(' or ')}.` : undefined,
    words?.format === undefined ? undefined : `Format: ${cutText(words.format, 60)}.`,
    fallbackOf(words),
  ].filter((one) => one !== undefined && one !== '')
  return { ...(title !== undefined && { title }), ...(facts.length && { description: facts.join(' ') }) }
}

/** The default as JSON; a long one is left out. */
function fallbackOf(words: Words | undefined): string | undefined {
  if (!words || !Object.hasOwn(words, 'fallback') || words.fallback === null) return undefined
  const text = jsonOf(words.fallback)
  return text === undefined || text.length > MOST_FALLBACK ? undefined : `Default: ${text}.`
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
