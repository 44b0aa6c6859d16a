/** Words that the agent was shown, each with the turn in which it first came: what its arguments can be made of. */
import { spokenWords } from '../core/spoken-text.ts'
import type { EpisodeView } from '../episode/task.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
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

/** What can be looked for in texts: words, tokens, short values as a whole, and runs of digits as they were written. */
type Sort = 'word' | 'token' | 'value' | 'run'

/** All that a text holds of each sort. */
function readText(text: string, take: (sort: Sort, item: string) => void): void {
  for (const word of spokenWords(text)) {
    take('word', word)
    const number = NUMBERS.get(word) ?? COUNTED.exec(word)?.[1]?.replace(/^0+(?=\d)/, '')
    if (number !== undefined) take('word', number)
  }
  for (const token of tokensIn(text)) take('token', token)
  for (const run of runsIn(text)) take('run', run)
  if (text.length <= LONGEST_VALUE) take('value', squeezed(text))
}

/** What every episode of a scenario shows, read once. */
const standing = new WeakMap<CompiledWorld, { readonly prompt: string; readonly items: ReadonlySet<string> }>()

function standingItems(view: EpisodeView): ReadonlySet<string> {
  const { base: { world }, task: { template: { prompt } } } = view
  const known = standing.get(world)
  if (known?.prompt === prompt) return known.items
  const items = new Set<string>()
  for (const { text, standing: isStanding } of shownTexts(view)) {
    if (isStanding) for (const leaf of leavesOf(text)) readText(leaf, (sort, item) => items.add(`${sort} ${item}`))
  }
  standing.set(world, { prompt, items })
  return items
}

export class SeenWords {
  readonly #standing: ReadonlySet<string>
  /** Of each sort the turn in which an item first came. */
  readonly #items: Readonly<Record<Sort, Map<string, number>>> = { word: new Map(), token: new Map(), value: new Map(), run: new Map() }

  constructor(view: EpisodeView) {
    this.#standing = standingItems(view)
    const known = new Set<string>()
    let left = MOST_READ
    for (const shown of shownTexts(view)) {
      const { turn, text, echo } = shown
      if (shown.standing || (echo === undefined && known.has(text)) || this.#isGuessed(shown, view)) continue
      left -= text.length
      if (left < 0) return
      if (echo === undefined) known.add(text)
      const own = echo === undefined ? undefined : new Set<string>()
      if (own) for (const leaf of leavesOf(echo!)) readText(leaf, (_, item) => own.add(item))
      for (const leaf of leavesOf(text)) this.#read(leaf, turn, own)
    }
  }

  #read(text: string, turn: number, own: ReadonlySet<string> | undefined): void {
    readText(text, (sort, item) => {
      // A whole answer that repeats what was given holds more than that.
      if (own && (sort === 'value' || own.has(item))) return
      const items = this.#items[sort]
      if (!items.has(item)) items.set(item, turn)
    })
  }

  /** Whether a read was made with an id that nobody can know: what it tells was not looked up. */
  #isGuessed({ turn, asked }: ShownText, { base: { world } }: EpisodeView): boolean {
    return asked !== undefined && jsonLeaves(asked, '').some(({ value }) => typeof value === 'string' && isGeneratedKey(value, world) && !this.hasKey(value, turn))
  }

  #has(sort: Sort, item: string, before: number): boolean {
    const turn = this.#items[sort].get(item)
    return (turn !== undefined && turn < before) || this.#standing.has(`${sort} ${item}`)
  }

  /** Whether the number of an id was shown before a turn, however it was written around it. */
  hasKey(key: string, before: number): boolean {
    return runsIn(key).every((run) => this.#has('run', run, before))
  }

  /** Whether a word, or a number by its value, was shown before a turn. */
  hasWord(word: string, before: number): boolean {
    return this.#has('word', word, before)
  }

  /** Whether a token was shown as a whole. */
  hasToken(token: string, before: number): boolean {
    return this.#has('token', token, before)
  }

  /** Whether a value was shown that has the same letters and digits. */
  hasValue(value: string, before: number): boolean {
    return this.#has('value', value, before)
  }
}

const made = new WeakMap<EpisodeView['events'], SeenWords>()

/** The words of an episode, read once for each look at it. */
export function seenWords(view: EpisodeView): SeenWords {
  let words = made.get(view.events)
  if (!words) made.set(view.events, (words = new SeenWords(view)))
  return words
}
