/** Collects calls in the order in which they were made into a recording. */
import { type Cassette, CASSETTE_FORMAT, type CassetteCall, type ServedAnswer, type ServerState, type ServerTool } from '../../protocol/cassette.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { stateAfter, stateId } from '../core/state-id.ts'

/** Names the first state of recordings without rows. */
export const START = 'start'

/** A call as it was made. */
export type TapedCall = {
  /** The server's name of the tool. */
  readonly tool: string
  readonly arguments: CassetteCall['arguments']
  readonly answer: ServedAnswer
  /** Real milliseconds until the answer. */
  readonly ms: number
  /** Size of the result as it came; default: that of the answer. */
  readonly bytes?: number
  /** The server's rows afterwards, in recordings that have them; absent: as before. */
  readonly rows?: ServerState
  /** Whether it is certain that the call changed nothing, as where the server refused the request itself. */
  readonly refused?: boolean
}

/**
 * A recording in the making. With rows a state is named by them (`stateId`). Without, it is named by the calls that led
 * to it: a call of any tool that does not say `readOnlyHint` leads to a new one (`stateAfter`), also where the tool
 * answered with an error. A write that got no answer may have happened or not: what follows is recorded in a state
 * that no replay gets to. Calls alike in state, tool and arguments are all kept, since calibration counts them; the
 * first that was answered is the one that replays.
 */
export class Tape {
  readonly #head: Pick<Cassette, 'server' | 'tools' | 'start'>
  readonly #reads: ReadonlySet<string>
  readonly #states: Cassette['states'] = {}
  readonly #answers: ServedAnswer[] = []
  readonly #indices = new Map<string, number>()
  readonly #calls: CassetteCall[] = []
  readonly #hasRows: boolean
  #state: string

  /** @param rows the server's state at the beginning of each session, where it is known as rows */
  constructor(server: Cassette['server'], tools: ReadonlyArray<ServerTool>, rows?: ServerState) {
    this.#hasRows = rows !== undefined
    this.#state = rows ? this.#keep(rows) : START
    this.#head = { server, tools: [...tools], start: this.#state }
    this.#reads = new Set(tools.filter(({ annotations }) => annotations?.readOnlyHint === true).map(({ name }) => name))
  }

  get length(): number {
    return this.#calls.length
  }

  /** Another session: the server is as it was at the start. */
  restart(): void {
    this.#state = this.#head.start
  }

  /** @throws RangeError for rows in a recording that began without */
  add({ tool, arguments: args, answer, ms, bytes, rows, refused = false }: TapedCall): void {
    if (rows && !this.#hasRows) throw new RangeError('a recording that began without rows has none later')
    const state = this.#state
    if (this.#hasRows) this.#state = rows ? this.#keep(rows) : state
    else if (!this.#reads.has(tool) && !refused) this.#state = stateAfter(state, answer.failure === undefined ? tool : `${tool} (lost)`, args)
    const text = canonicalJson(answer)
    this.#calls.push({
      state, tool, arguments: args, answer: this.#indexOf(text, answer),
      ...(this.#state !== state && { next: this.#state }),
      ms: Math.round(ms * 100) / 100, bytes: bytes ?? Buffer.byteLength(text),
    })
  }

  /** All that was recorded so far. */
  toCassette(): Cassette {
    return { format: CASSETTE_FORMAT, ...this.#head, states: { ...this.#states }, answers: [...this.#answers], calls: [...this.#calls] }
  }

  #keep(rows: ServerState): string {
    const id = stateId(rows)
    this.#states[id] ??= rows
    return id
  }

  #indexOf(text: string, answer: ServedAnswer): number {
    const known = this.#indices.get(text)
    if (known !== undefined) return known
    this.#indices.set(text, this.#answers.length)
    return this.#answers.push(answer) - 1
  }
}
