/** Lines of temporal rules: from readable text to their parts. */
import { nearest } from '../../core/nearest.ts'

/** A name in a line, and where it stands. */
export type NamedEvent = { readonly name: string; readonly at: number }

type Form =
  /** `first` stands before `second` in the line; each form says below what it demands of the two. */
  | { readonly form: 'before any' | 'before each' | 'after each' | 'never after' | 'never before' | 'only until'; readonly first: NamedEvent; readonly second: NamedEvent }
  | { readonly form: 'never'; readonly first: NamedEvent }
  | { readonly form: 'at most'; readonly first: NamedEvent; readonly most: number }

/** A line: its form, whether each key is judged by itself, and within how many milliseconds. */
export type RuleLine = Form & { readonly keyed: boolean; readonly within: number | undefined }

/** A mistake in a line, at an offset. */
export class LineMistake extends Error {
  readonly hint: { readonly offset: number; readonly expected?: string; readonly nearest?: string }

  constructor(message: string, hint: LineMistake['hint']) {
    super(message)
    this.name = 'LineMistake'
    this.hint = hint
  }
}

/** Words that cannot be names in a line. */
export const LINE_WORDS: ReadonlySet<string> = new Set(['before', 'after', 'each', 'every', 'any', 'never', 'only', 'until', 'at', 'most', 'for', 'within'])

/** Words that may stand before a name and say nothing. */
const ARTICLES: ReadonlySet<string> = new Set(['a', 'an', 'the', 'any'])
const MOST_COUNT = 100
const MOST_SECONDS = 1_000_000
const UNITS: Readonly<Record<string, number>> = { second: 1000, seconds: 1000, minute: 60_000, minutes: 60_000 }
const TIMED: ReadonlySet<string> = new Set(['before each', 'after each'])
const UNKEYED: ReadonlySet<string> = new Set(['never', 'only until'])

/** @throws LineMistake */
export function parseRuleLine(text: string): RuleLine {
  const words = [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], at: match.index }))
  const line = new LineReader(words, text.length)
  const form = readForm(line)
  return { ...form, ...readSuffixes(line, form.form) }
}

type Word = { readonly text: string; readonly at: number }
type Words = readonly Word[]

/** The words of a line, read one after another. */
class LineReader {
  readonly #words: Words
  readonly #end: number
  #next = 0

  constructor(words: Words, end: number) {
    this.#words = words
    this.#end = end
  }

  get done(): boolean {
    return this.#next >= this.#words.length
  }

  /** The next word in lower case; empty at the end. */
  peek(ahead = 0): string {
    return this.#words[this.#next + ahead]?.text.toLowerCase() ?? ''
  }

  /** Takes the next word when it is one of these. */
  take(...wanted: string[]): string | undefined {
    const word = this.peek()
    if (!wanted.includes(word)) return undefined
    this.#next++
    return word
  }

  /** Takes the next word. @throws LineMistake when it is another */
  need(...wanted: string[]): string {
    return this.take(...wanted) ?? this.#fail(wanted.map((word) => `'${word}'`).join(' or '), wanted)
  }

  /** Takes a name; articles before it say nothing. */
  name(): NamedEvent {
    while (ARTICLES.has(this.peek()) && this.peek(1) !== '' && !LINE_WORDS.has(this.peek(1))) this.#next++
    const word = this.#words[this.#next]
    if (!word || LINE_WORDS.has(this.peek()) || !/^[a-z0-9_*]+$/.test(word.text)) return this.#fail('the name of an event, of a tool, or a glob')
    this.#next++
    return { name: word.text, at: word.at }
  }

  /** Takes a whole number. */
  count(most: number): number {
    const word = this.peek()
    const count = /^\d{1,9}$/.test(word) ? Number(word) : 0
    if (count < 1 || count > most) return this.#fail(`a number from 1 to ${most}`)
    this.#next++
    return count
  }

  /** A mistake at the next word, or at the one before. */
  wrong(message: string, expected: string, back = 0): LineMistake {
    return new LineMistake(message, { offset: this.#words[this.#next - back]?.at ?? this.#end, expected })
  }

  #fail(expected: string, words: readonly string[] = []): never {
    const word = this.#words[this.#next]
    const close = word && nearest(word.text, words)
    throw new LineMistake(word ? `'${word.text.slice(0, 60)}' cannot stand here` : 'the line ends too early', { offset: word?.at ?? this.#end, expected, ...(close && { nearest: close }) })
  }
}

function readForm(line: LineReader): Form {
  if (line.take('never')) {
    const first = line.name()
    if (line.done || line.peek() === 'for' || line.peek() === 'within') return { form: 'never', first }
    const order = line.need('before', 'after') === 'before' ? 'never before' : 'never after'
    return { form: order, first, second: line.name() }
  }
  if (line.take('only')) {
    const first = line.name()
    line.need('until')
    return { form: 'only until', first, second: line.name() }
  }
  if (line.take('at')) {
    line.need('most')
    const most = line.count(MOST_COUNT)
    return { form: 'at most', first: line.name(), most }
  }
  const first = line.name()
  if (line.need('before', 'after') === 'before') {
    const form = line.take('each', 'every') ? 'before each' : 'before any'
    return { form, first, second: line.name() }
  }
  line.need('each', 'every')
  return { form: 'after each', first, second: line.name() }
}

function readSuffixes(line: LineReader, form: Form['form']): Pick<RuleLine, 'keyed' | 'within'> {
  let keyed = false
  let within: number | undefined
  while (!line.done) {
    const suffix = line.need(...(keyed ? [] : ['for']), ...(within === undefined ? ['within'] : []), ...(keyed && within !== undefined ? ['the end of the line'] : []))
    if (suffix === 'for') {
      if (UNKEYED.has(form)) throw line.wrong(`a key means nothing to '${form}'`, 'the end of the line', 1)
      for (const word of ['the', 'same', 'key']) line.need(word)
      keyed = true
    } else {
      if (!TIMED.has(form)) throw line.wrong("'within' has no meaning here", "'before each' or 'after each'", 1)
      const count = line.count(MOST_SECONDS)
      within = count * UNITS[line.need(...Object.keys(UNITS))]!
    }
  }
  return { keyed, within }
}
