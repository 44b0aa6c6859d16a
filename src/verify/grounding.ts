/** Arguments that neither the request nor anything that the agent had read holds. */
import type { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import { pointerStep } from '../core/json-pointer.ts'
import { spokenWords } from '../core/spoken-text.ts'
import type { EpisodeView } from '../episode/task.ts'
import { lateCommits, meantBy } from './agent-call.ts'
import { callsOfAgent } from './call-key.ts'
import { isFigure } from './figure.ts'
import { isGeneratedKey } from './key-format.ts'
import { type SeenWords, seenWords, squeezed, tokensIn } from './seen-words.ts'

/** What is looked at. */
export type GroundingOptions = {
  /** Calls: writes that were committed, or all that reached a tool of the world; default `writes`. */
  readonly calls?: 'writes' | 'all'
  /** Whether plain numbers have to be grounded as well; default false. */
  readonly numbers?: boolean
  /** Arguments that are let pass. */
  isExempt?(tool: string, argument: string): boolean
}

/** An argument, or a part of one, that came from nowhere; the pointer leads into the event. */
export type Ungrounded = { readonly event: number; readonly pointer: string; readonly found: string | number }

/** Findings that are told. */
const MOST_FOUND = 50

/**
 * Finds them. A turn can use what came in turns before it. A value is looked for as a whole, then as a joining of
 * things that were shown; a free text may say what it wants, but not name figures and ids that nothing showed.
 */
export function ungroundedArguments(view: EpisodeView, { calls = 'writes', numbers = false, isExempt }: GroundingOptions = {}): Ungrounded[] {
  const { events, base: { world } } = view
  const late = lateCommits(events)
  const seen = seenWords(view)
  const judge = new Judge(seen, (text) => isGeneratedKey(text, world))
  const found: Ungrounded[] = []
  if (!seen.whole) return found
  for (const event of callsOfAgent(events)) {
    if (found.length >= MOST_FOUND) break
    const { tool: name, arguments: args } = meantBy(event)
    const tool = world.tools.get(name)
    if (!tool || event.rejected || (calls === 'writes' && !(tool.spec.effect === 'write' && (event.committed || late.has(event.index))))) continue
    judge.turn = event.turn
    for (const [argument, value] of Object.entries((args ?? {}) as Record<string, unknown>)) {
      if (isExempt?.(name, argument)) continue
      // Where dynamics showed the tool in another form, its arguments stand in the log under other names.
      const pointer = event.meant ? undefined : `/arguments${pointerStep(argument)}`
      for (const leaf of leavesOf(value, (tool.spec.input as ObjectSchema).properties[argument], pointer)) {
        if (found.length < MOST_FOUND && !judge.isGrounded(leaf, numbers)) found.push({ event: event.index, pointer: leaf.pointer ?? '/arguments', found: leaf.value })
      }
    }
  }
  return found
}

type Leaf = { readonly value: string | number; readonly schema: InputSchema | undefined; readonly pointer: string | undefined }

/** The texts and numbers in an argument; a flag is its own reason. */
function leavesOf(value: unknown, schema: InputSchema | undefined, pointer: string | undefined): Leaf[] {
  if (typeof value === 'string' || typeof value === 'number') return [{ value, schema, pointer }]
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, schema && partOf(schema, name), pointer === undefined ? undefined : `${pointer}${pointerStep(name)}`))
}

function partOf(schema: InputSchema, name: string): InputSchema | undefined {
  if ('items' in schema) return schema.items
  return 'properties' in schema ? schema.properties[name] : undefined
}

const DAY_OR_MOMENT = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$|^\d{1,2}:\d{2}(:\d{2})?$/
const PLAIN_NUMBER = /^[+-]?\d+([.,]\d+)*$/
/** Texts of so many letters are codes (`EUR`, `yes`) that anybody knows. */
const SHORT = 3
/** The least piece, and the most pieces, that a text may be joined from without anything between. */
const LEAST_PIECE = 3
const MOST_PIECES = 4
const LONGEST_JOINED = 64

/** Texts of an episode that are tried as joined: nobody needs more, and each costs something. */
const MOST_JOINED = 2000

class Judge {
  /** The turn whose arguments are looked at. */
  turn = 0
  readonly #seen: SeenWords
  readonly #isKey: (text: string) => boolean
  #joins = 0

  constructor(seen: SeenWords, isKey: (text: string) => boolean) {
    this.#seen = seen
    this.#isKey = isKey
  }

  isGrounded({ value, schema }: Leaf, numbers: boolean): boolean {
    if (schema && 'enum' in schema && (schema.enum as readonly unknown[] | undefined)?.includes(value)) return true
    if (typeof value === 'number') return !numbers || this.#hasNumber(String(value))
    const text = value.trim()
    if (PLAIN_NUMBER.test(text) && !numbers && text.length <= SHORT) return true
    if (/\s/u.test(text)) return this.#isFreeTextGrounded(text, numbers)
    return this.#isTokenGrounded(text, numbers)
  }

  /** 0 and 1 are nothing and one of it. */
  #hasNumber(text: string): boolean {
    const [word = ''] = spokenWords(text)
    return word === '0' || word === '1' || this.#seen.hasWord(word, this.turn) || this.#seen.hasWord(word.replace(/^-/, ''), this.turn)
  }

  /** Of a free text its figures: ids as a whole, numbers of more than one digit by value. */
  #isFreeTextGrounded(text: string, numbers: boolean): boolean {
    if (this.#seen.hasValue(squeezed(text), this.turn)) return true
    return tokensIn(text).every((token) => {
      if (!isFigure(token) || /^\d$/.test(token)) return true
      return this.#isTokenGrounded(token, numbers)
    })
  }

  #isTokenGrounded(text: string, numbers: boolean): boolean {
    const token = text.toLowerCase()
    if (token === '' || (token.length <= SHORT && !isFigure(token))) return true
    if (this.#seen.hasToken(token, this.turn) || this.#seen.hasValue(squeezed(token), this.turn)) return true
    // A made-up id is made up, whatever its parts.
    if (this.#isKey(text) || this.#isKey(text.toUpperCase())) return false
    // Days and hours are worked out: tomorrow, two hours later.
    if (DAY_OR_MOMENT.test(text) && !numbers) return true
    const words = spokenWords(token)
    if (words.length && words.every((word) => this.#seen.hasWord(word, this.turn) || (words.length > 1 && word.length < SHORT && !isFigure(word)))) return true
    return this.#isJoined(squeezed(token))
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
    return this.#seen.hasWord(piece, this.turn) || this.#seen.hasValue(piece, this.turn)
  }
}
