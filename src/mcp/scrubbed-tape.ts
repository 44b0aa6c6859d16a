/** A recording in the making that never holds a secret longer than it takes to hide it from what is written. */
import type { Cassette, CassetteCall, ServedAnswer, ServerState, ServerTool } from '../../protocol/cassette.ts'
import { answerOf } from './answer-of.ts'
import { unfitPlace } from '../core/fit-json.ts'
import { Scrubber, type ScrubOptions } from './scrub.ts'
import { Tape } from './tape.ts'

/** A call as it went over the wire: a result as it came, or why there was none. */
export type RawCall = {
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly ms: number
  readonly rows?: ServerState
  readonly refused?: boolean
} & ({ readonly result: unknown } | { readonly failed: ServedAnswer })

type Kept = { readonly raw: RawCall; readonly text: string }

/**
 * Scrubs calls and tapes them. A secret that a later call gives away is taken out of the earlier ones too: these are
 * then taped anew, so states that are named by arguments get other names. Secrets are taken out before answers are
 * cut: half a secret would not be known again.
 */
export class ScrubbedTape {
  readonly #server: Cassette['server']
  readonly #tools: readonly ServerTool[]
  readonly #rows: ServerState | undefined
  readonly #scrubber: Scrubber
  readonly #kept: Kept[] = []
  #tape: Tape
  #known: number

  constructor(server: Cassette['server'], tools: ReadonlyArray<ServerTool>, options: ScrubOptions, rows?: ServerState) {
    this.#server = server
    this.#tools = tools
    this.#rows = rows
    this.#scrubber = new Scrubber(options)
    this.#tape = this.#begin()
    this.#known = this.#scrubber.vault.size
  }

  /** How many secrets are hidden, by kind of placeholder. */
  get counts(): Readonly<Record<string, number>> {
    return this.#scrubber.vault.counts
  }

  /**
   * Tapes a call. It is left out where it could not be replayed: with arguments that JSON cannot hold, or of a tool that
   * the server does not list.
   * @returns whether it was taped
   */
  add(raw: RawCall): boolean {
    if (!this.#tools.some(({ name }) => name === raw.tool) || unfitPlace(raw.arguments) !== undefined) return false
    const { vault } = this.#scrubber
    this.#put(raw)
    const grew = vault.size !== this.#known
    this.#known = vault.size
    if (grew && (vault.isIn(JSON.stringify([this.#server, this.#tools, this.#rows ?? null])) || this.#kept.some(({ text }) => vault.isIn(text)))) this.#again(raw)
    this.#kept.push({ raw, text: textOf(raw) })
    return true
  }

  toCassette(): Cassette {
    return this.#tape.toCassette()
  }

  #begin(): Tape {
    const tools = this.#tools.map((tool) => this.#scrubber.scrubTool(tool))
    return new Tape(this.#scrubber.scrub(this.#server), tools, this.#rows && this.#scrubber.scrub(this.#rows))
  }

  #put({ tool, arguments: args, ms, rows, refused, ...outcome }: RawCall): void {
    const scrubber = this.#scrubber
    const answer = 'failed' in outcome ? scrubber.scrub(outcome.failed) : answerOf(unfitPlace(outcome.result) === undefined ? scrubber.scrub(outcome.result) : outcome.result)
    this.#tape.add({
      tool, arguments: scrubber.scrub(args) as CassetteCall['arguments'], answer, ms,
      ...('result' in outcome && unfitPlace(outcome.result) === undefined && { bytes: Buffer.byteLength(JSON.stringify(outcome.result ?? null)) }),
      ...(rows && { rows: scrubber.scrub(rows) }), ...(refused && { refused }),
    })
  }

  /** Tapes everything once more, now that more is known. */
  #again(last: RawCall): void {
    this.#tape = this.#begin()
    for (const { raw } of this.#kept) this.#put(raw)
    this.#put(last)
    this.#known = this.#scrubber.vault.size
  }
}

function textOf(raw: RawCall): string {
  const { arguments: args, rows } = raw
  const result = 'failed' in raw ? raw.failed : unfitPlace(raw.result) === undefined ? raw.result : null
  return JSON.stringify([args, result, rows ?? null])
}
