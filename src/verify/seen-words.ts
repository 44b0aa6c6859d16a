/** Words that the agent was shown, each with the turn in which it first came: what its arguments can be made of. */
import { spokenWords } from '../core/spoken-text.ts'
import type { EpisodeView } from '../episode/task.ts'
import { isGeneratedKey } from './key-format.ts'
import { jsonLeaves } from './leaf.ts'
import { leavesOf, type ShownText, shownTexts } from './shown-text.ts'

/** Characters of different texts that are read, the earliest first: nobody can have read more. */
const MOST_READ = 8_000_000
/** Longer values are not kept as a whole: their words are. */
const LONGEST_VALUE = 200

const SPELLED: readonly (readonly string[])[] = [
  ['zero'], ['one', 'january', 'jan', 'first'], ['two', 'february', 'feb', 'second', 'twice'], ['three', 'march', 'mar', 'third'], ['four', 'april', 'apr', 'fourth'],
  ['five', 'may', 'fifth'], ['six', 'june', 'jun', 'sixth'], ['seven', 'july', 'jul', 'seventh'], ['eight', 'august', 'aug', 'eighth'], ['nine', 'september', 'sep', 'sept', 'ninth'],
  ['ten', 'october', 'oct', 'tenth'], ['eleven', 'november', 'nov'], ['twelve', 'december', 'dec', 'dozen'],
]

/** Words that show a number: `two` and `February` show 2. */
const NUMBERS: ReadonlyMap<string, string> = new Map(SPELLED.flatMap((words, n) => words.map((word) => [word, String(n)] as const)))

/** Runs of digits that may be the number of an id. */
function runsIn(text: string): string[] {
  return text.match(/\d{3,}/g) ?? []
}

/** A number with what is written at its end: `5th`, `30km`, `2pm`. */
export const COUNTED = /^(\d+)(\p{L}{1,3})$/u

/** A text by its letters and digits alone: `+31 6 1234` is `3161234`. */
export function squeezed(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, '')
}

/** Tokens as they stand between blanks, brackets and quotes, without the punctuation around them. */
export function tokensIn(text: string): string[] {
  return text.toLowerCase().split(/[\s"'`’“”„«»()[\]{}<>|,;=*]+/u).flatMap((part) => {
    const token = trimmed(part)
    return token ? [token] : []
  })
}

const POINTS = '.:!?'

/** By hand: a pattern that looks for the last points of a text tries at each of them. */
function trimmed(part: string): string {
  let [from, to] = [0, part.length]
  while (from < to && POINTS.includes(part[from]!)) from++
  while (to > from && POINTS.includes(part[to - 1]!)) to--
  return part.slice(from, to)
}

export class SeenWords {
  readonly #words = new Map<string, number>()
  readonly #tokens = new Map<string, number>()
  readonly #values = new Map<string, number>()
  /** Runs of digits as they were written. */
  readonly #runs = new Map<string, number>()

  constructor(view: EpisodeView) {
    const known = new Set<string>()
    let left = MOST_READ
    for (const shown of shownTexts(view)) {
      const { turn, text, echo } = shown
      if ((echo === undefined && known.has(text)) || this.#isGuessed(shown, view)) continue
      left -= text.length
      if (left < 0) return
      if (echo === undefined) known.add(text)
      const own = echo === undefined ? undefined : new Set(leavesOf(echo).flatMap((leaf) => [...spokenWords(leaf), ...tokensIn(leaf), ...runsIn(leaf)]))
      for (const leaf of leavesOf(text)) this.#read(leaf, turn, own)
    }
  }

  #read(text: string, turn: number, own: ReadonlySet<string> | undefined): void {
    const add = (map: Map<string, number>, word: string | undefined) => {
      if (word && !own?.has(word) && !map.has(word)) map.set(word, turn)
    }
    for (const word of spokenWords(text)) {
      add(this.#words, word)
      add(this.#words, NUMBERS.get(word) ?? COUNTED.exec(word)?.[1]?.replace(/^0+(?=\d)/, ''))
    }
    for (const token of tokensIn(text)) add(this.#tokens, token)
    for (const run of runsIn(text)) add(this.#runs, run)
    if (!own && text.length <= LONGEST_VALUE) add(this.#values, squeezed(text))
  }

  /** Whether a read was made with an id that nobody can know: what it tells was not looked up. */
  #isGuessed({ turn, asked }: ShownText, { base: { world } }: EpisodeView): boolean {
    return asked !== undefined && jsonLeaves(asked, '').some(({ value }) => typeof value === 'string' && isGeneratedKey(value, world) && !this.hasKey(value, turn))
  }

  /** Whether the number of an id was shown before a turn, however it was written around it. */
  hasKey(key: string, before: number): boolean {
    return runsIn(key).every((run) => isBefore(this.#runs.get(run), before))
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

const made = new WeakMap<EpisodeView['events'], SeenWords>()

/** The words of an episode, read once for each look at it. */
export function seenWords(view: EpisodeView): SeenWords {
  let words = made.get(view.events)
  if (!words) made.set(view.events, (words = new SeenWords(view)))
  return words
}
