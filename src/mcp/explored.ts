/** A recording that grows call by call: states, answers and calls stand in it once. */
import type { Cassette, CassetteCall, ServedAnswer, ServerState, ServerTool } from '../../protocol/cassette.ts'
import { CASSETTE_FORMAT } from '../../protocol/cassette.ts'
import { canonicalJson } from '../core/canonical-json.ts'

/** One call and what came of it. */
export type Heard = {
  readonly state: string
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly answer: ServedAnswer
  readonly ms: number
  /** The state afterwards, where it is another one. */
  readonly next?: { readonly id: string; readonly rows: ServerState | undefined }
}

export class Explored {
  readonly #answers = new Map<string, number>()
  readonly #calls = new Map<string, CassetteCall>()
  readonly #states = new Map<string, ServerState>()
  readonly #list: ServedAnswer[] = []
  readonly start: string

  constructor(start: string, rows: ServerState | undefined) {
    this.start = start
    if (rows) this.#states.set(start, rows)
  }

  get states(): number {
    return this.#states.size
  }

  get calls(): number {
    return this.#calls.size
  }

  has(state: string, tool: string, args: unknown): boolean {
    return this.#calls.has(keyOf(state, tool, args))
  }

  add({ state, tool, arguments: args, answer, ms, next }: Heard): void {
    const key = keyOf(state, tool, args)
    if (this.#calls.has(key)) return
    if (next?.rows) this.#states.set(next.id, next.rows)
    // What a result says twice is kept once: agents read the text.
    const { structured, ...said } = answer
    const kept = said.json === '' && structured !== undefined ? answer : said
    const text = canonicalJson(kept)
    const index = this.#answers.get(text) ?? this.#list.push(kept) - 1
    this.#answers.set(text, index)
    this.#calls.set(key, { state, tool, arguments: args as CassetteCall['arguments'], answer: index, ...(next && { next: next.id }), ms, bytes: JSON.stringify(answer).length })
  }

  cassette(server: Cassette['server'], tools: readonly ServerTool[]): Cassette {
    return { format: CASSETTE_FORMAT, server, tools: [...tools], start: this.start, states: Object.fromEntries(this.#states), answers: this.#list, calls: [...this.#calls.values()] }
  }
}

function keyOf(state: string, tool: string, args: unknown): string {
  return `${state}\0${tool}\0${canonicalJson(args)}`
}
