/** Arguments that neither the request nor anything that the agent had read holds. */
import { spokenWords } from '../core/spoken-text.ts'
import type { EpisodeView } from '../episode/task.ts'
import { lateCommits, meantBy } from './agent-call.ts'
import { callsOfAgent } from './call-key.ts'
import { isFigure } from './figure.ts'
import { isGeneratedKey } from './key-format.ts'
import { jsonLeaves, type Leaf } from './leaf.ts'
import { COUNTED, type SeenWords, seenWords, squeezed, tokensIn } from './seen-words.ts'

/** What is looked at. */
export type GroundingOptions = {
  /** Calls: writes that were committed, or all that reached a tool of the world; default `writes`. */
  readonly calls?: 'writes' | 'all'
  /** Whether plain numbers, days and hours have to be grounded as well; default false. */
  readonly numbers?: boolean
  /** Arguments that are let pass. */
  isExempt?(tool: string, argument: string): boolean
}

/** An argument, or a part of one, that came from nowhere; the pointer leads into the event. */
export type Ungrounded = { readonly event: number; readonly pointer: string; readonly found: string | number }

/** Findings that are told, and how much of a text. */
const MOST_FOUND = 50
const MOST_SHOWN = 200

/**
 * Finds them. A turn can use what came in turns before it. A value is looked for as a whole, then as a joining of
 * things that were shown; a free text may say what it wants, but not name figures and ids that nothing showed.
 */
export function ungroundedArguments(view: EpisodeView, { calls = 'writes', numbers = false, isExempt }: GroundingOptions = {}): Ungrounded[] {
  const { events, base: { world } } = view
  const late = lateCommits(events)
  const found: Ungrounded[] = []
  let judge: Judge | undefined
  for (const event of callsOfAgent(events)) {
    const { tool: name, arguments: args } = meantBy(event)
    const tool = world.tools.get(name)
    if (!tool || event.rejected || (calls === 'writes' && !(tool.spec.effect === 'write' && (event.committed || late.has(event.index))))) continue
    const properties = tool.spec.input.properties ?? {}
    const leaves = Object.entries((args ?? {}) as Record<string, unknown>)
      .flatMap(([argument, value]) => (isExempt?.(name, argument) ? [] : jsonLeaves(value, `/arguments/${argument}`, properties[argument])))
    for (const leaf of leaves) {
      judge ??= new Judge(seenWords(view), (text) => isGeneratedKey(text, world))
      if (judge.isGrounded(leaf, event.turn, numbers)) continue
      // Where dynamics showed the tool in another form, its arguments stand in the log under other names.
      found.push({ event: event.index, pointer: event.meant ? '/arguments' : leaf.pointer, found: typeof leaf.value === 'string' ? leaf.value.slice(0, MOST_SHOWN) : leaf.value })
      if (found.length === MOST_FOUND) return found
    }
  }
  return found
}

const DAY_OR_MOMENT = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$|^\d{1,2}:\d{2}(:\d{2})?$/
const PLAIN_NUMBER = /^[+-]?\d+([.,]\d+)*$/
/** Scripts that put no space between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u
/** Texts of so many letters are codes (`EUR`, `yes`) that anybody knows. */
const SHORT = 3
/** The least piece, and the most pieces, that a text may be joined from without anything between. */
const LEAST_PIECE = 3
const MOST_PIECES = 4
const LONGEST_JOINED = 64
/** Texts of an episode that are tried as joined: nobody needs more, and each costs something. */
const MOST_JOINED = 2000

class Judge {
  readonly #seen: SeenWords
  readonly #isKey: (text: string) => boolean
  /** The turn whose arguments are looked at. */
  #turn = 0
  #joins = 0

  constructor(seen: SeenWords, isKey: (text: string) => boolean) {
    this.#seen = seen
    this.#isKey = isKey
  }

  isGrounded({ value, schema }: Leaf, turn: number, numbers: boolean): boolean {
    this.#turn = turn
    if (schema && 'enum' in schema && (schema.enum as readonly unknown[] | undefined)?.includes(value)) return true
    if (typeof value === 'number') return !numbers || this.#hasNumber(value)
    const text = value.trim()
    if (/\s/u.test(text) || UNSPACED.test(text)) return this.#isFreeTextGrounded(text, numbers)
    return (PLAIN_NUMBER.test(text) && !numbers && text.length <= SHORT) || this.#isTokenGrounded(text, numbers)
  }

  /** 0 and 1 are nothing and one of it. */
  #hasNumber(value: number): boolean {
    const [word = ''] = spokenWords(String(Math.abs(value)))
    return word === '0' || word === '1' || this.#hasWord(word) || this.#hasWord(`-${word}`)
  }

  /** Of a free text its figures: ids as a whole, numbers of more than one digit by value. */
  #isFreeTextGrounded(text: string, numbers: boolean): boolean {
    if (this.#seen.hasValue(squeezed(text), this.#turn)) return true
    return tokensIn(text).every((token) => !isFigure(token) || /^\d$/.test(token) || this.#isTokenGrounded(token, numbers))
  }

  #isTokenGrounded(text: string, numbers: boolean): boolean {
    const token = text.toLowerCase()
    if (token === '' || (token.length <= SHORT && !isFigure(token))) return true
    if (this.#seen.hasToken(token, this.#turn) || this.#seen.hasValue(squeezed(token), this.#turn)) return true
    // A made-up id is made up, whatever its parts.
    if (this.#isKey(text) || this.#isKey(text.toUpperCase())) return this.#seen.hasKey(text, this.#turn)
    // Days and hours are worked out: tomorrow, two hours later.
    if (DAY_OR_MOMENT.test(text) && !numbers) return true
    const words = spokenWords(token)
    if (words.every((word) => this.#hasWord(word) || this.#isCounted(word) || (words.length > 1 && word.length < SHORT && !isFigure(word)))) return true
    return this.#isJoined(squeezed(token))
  }

  #hasWord(word: string): boolean {
    return this.#seen.hasWord(word, this.#turn)
  }

  /** `30km` where 30 was shown. */
  #isCounted(word: string): boolean {
    const [, number] = COUNTED.exec(word) ?? []
    return number !== undefined && (number.length === 1 || this.#hasWord(number))
  }

  /** Whether a text is a few things that were shown, one after another. */
  #isJoined(text: string): boolean {
    if (text.length < 2 * LEAST_PIECE || text.length > LONGEST_JOINED || ++this.#joins > MOST_JOINED) return false
    /** The fewest pieces that the text is made of up to each place. */
    const pieces = [0, ...new Array<number>(text.length).fill(Infinity)]
    for (let end = LEAST_PIECE; end <= text.length; end++) {
      for (let start = 0; start + LEAST_PIECE <= end; start++) {
        if (pieces[start]! >= Math.min(MOST_PIECES, pieces[end]! - 1) || !this.#has(text.slice(start, end))) continue
        pieces[end] = pieces[start]! + 1
      }
    }
    return pieces[text.length]! <= MOST_PIECES
  }

  #has(piece: string): boolean {
    return this.#hasWord(piece) || this.#seen.hasValue(piece, this.#turn)
  }
}
