/** Words that the agent was shown, each with the turn in which it first came: what its arguments can be made of. */
import { canonicalJson } from '../core/canonical-json.ts'
import { spokenWords } from '../core/spoken-text.ts'
import type { EpisodeView } from '../episode/task.ts'
import { shownTexts } from './shown-text.ts'

/** Characters of different texts that are read; who was shown more has no words held against it. */
const MOST_READ = 32_000_000
/** Longer values are not kept as a whole: their words are. */
const LONGEST_VALUE = 200

/** English names of small numbers: `two` shows 2. */
const NUMBERS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve']

/** A text by its letters and digits alone: `+31 6 1234` is `3161234`. */
export function squeezed(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, '')
}

/** Tokens as they stand between blanks, brackets and quotes, without the punctuation around them. */
export function tokensIn(text: string): string[] {
  return text.toLowerCase().split(/[\s"'`’“”„«»()[\]{}<>|,;=*]+/u).flatMap((part) => {
    const token = part.replace(/^[.:!?]+|[.:!?]+$/gu, '')
    return token ? [token] : []
  })
}

export class SeenWords {
  /** Whether everything that was shown has been read. */
  whole = true
  readonly #words = new Map<string, number>()
  readonly #tokens = new Map<string, number>()
  readonly #values = new Map<string, number>()

  constructor(view: EpisodeView) {
    const known = new Set<string>()
    let left = MOST_READ
    for (const { turn, text, echo } of shownTexts(view)) {
      if (echo === undefined && known.has(text)) continue
      if (text.length > left) {
        this.whole = false
        return
      }
      left -= text.length
      if (echo === undefined) known.add(text)
      const own = echo === undefined ? undefined : new Set([...spokenWords(echo), ...tokensIn(echo)])
      for (const leaf of leavesOf(text)) this.#read(leaf, turn, own)
    }
  }

  #read(text: string, turn: number, own: ReadonlySet<string> | undefined): void {
    const add = (map: Map<string, number>, word: string) => {
      if (word && !own?.has(word) && !map.has(word)) map.set(word, turn)
    }
    for (const word of spokenWords(text)) {
      add(this.#words, word)
      const number = NUMBERS.indexOf(word)
      if (number >= 0) add(this.#words, String(number))
    }
    for (const token of tokensIn(text)) add(this.#tokens, token)
    if (!own && text.length <= LONGEST_VALUE) add(this.#values, squeezed(text))
  }

  /** Whether a word, or a number by its value, was shown before a turn. */
  hasWord(word: string, before: number): boolean {
    return isBefore(this.#words.get(word), before)
  }

  /** Whether a token was shown as a whole. */
  hasToken(token: string, before: number): boolean {
    return isBefore(this.#tokens.get(token), before)
  }

  /** Whether a value was shown that has the same letters and digits. */
  hasValue(value: string, before: number): boolean {
    return isBefore(this.#values.get(value), before)
  }
}

function isBefore(turn: number | undefined, before: number): boolean {
  return turn !== undefined && turn < before
}

/** The texts in a JSON text, its numbers and names among them; any other text is one. */
function leavesOf(text: string): string[] {
  const leaves: string[] = []
  const walk = (value: unknown): void => {
    if (value !== null && typeof value === 'object') {
      for (const [name, inner] of Object.entries(value)) {
        if (!Array.isArray(value)) leaves.push(name)
        walk(inner)
      }
    } else if (value !== null) leaves.push(typeof value === 'string' ? value : canonicalJson(value))
  }
  // What was cut off is no JSON any more, but its texts are still written so.
  const json = /^\s*["[{]/.test(text) ? parse(text) : undefined
  if (json === undefined) return [text.replace(/\\[bfnrt"\\/]/g, ' ')]
  walk(json)
  return leaves
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const made = new WeakMap<EpisodeView['events'], SeenWords>()

/** The words of an episode, read once for each look at it. */
export function seenWords(view: EpisodeView): SeenWords {
  let words = made.get(view.events)
  if (!words) made.set(view.events, (words = new SeenWords(view)))
  return words
}
