/** One validated call on its way through the dynamics: what is known of it, and what has been decided. */
import type { FaultMark } from '../../protocol/event.ts'
import { joined, joinedWord, type Key, nth } from '../core/keyed.ts'
import type { Overlay } from '../world/overlay.ts'
import type { DynamicsState } from './dynamics-state.ts'
import type { CompiledEntry } from './compiled-entry.ts'

/** What the dynamics know of a tool. */
export type ToolTraits = {
  readonly name: string
  readonly effect: 'read' | 'write'
  readonly idempotent: boolean
  readonly readBack: boolean
  /** Arguments that are lists. */
  readonly lists: readonly string[]
  /** The first required text argument. */
  readonly target: string | undefined
}

/** Where and when a call happens. */
export type CallSite = {
  readonly luck: number
  readonly intensity: number
  readonly framePath: string
  readonly agent: string
  /** Virtual milliseconds since the start of the episode. */
  readonly start: number
  /** Milliseconds since 1970 at virtual time 0. */
  readonly epoch: number
  /** Index of the event that will record the call. */
  readonly event: number
}

/**
 * How the tool runs: not at all, as ever, undone afterwards, over the rows of an earlier moment, or later.
 */
export type Mode = 'none' | 'run' | 'undone' | 'past' | 'later'

/** Arguments that the dynamics themselves take, by name. */
export type Extras = Readonly<Record<string, unknown>>

export class Passage {
  readonly site: CallSite
  readonly tool: ToolTraits
  readonly state: DynamicsState
  readonly extras: Extras
  /** The frame and the tool: what ordinals and streaks are counted by. */
  readonly place: string
  readonly ordinal: number
  /** JSON arguments of the caller. */
  readonly given: Record<string, unknown>
  /** Those that the tool is given: a part of them where a part of a batch fails. */
  args: Record<string, unknown>
  mode: Mode = 'run'
  /** The moment that a call of mode `past` sees, in virtual milliseconds. */
  asOf: number
  /** The rows that a call of mode `past` sees. */
  overlay: Overlay | undefined
  /** Milliseconds by which the tool's clock is off. */
  skew = 0
  /** Milliseconds until a call of mode `later` happens. */
  delay = 0
  /** Milliseconds after which the effect happens once more. */
  again: number | undefined
  /** Milliseconds for which reads do not see the effect. */
  veil = 0
  /** Which items of a batch failed. */
  failed: readonly boolean[] | undefined
  /** Where in a list the page begins. */
  offset = 0
  /** Entries that fired. */
  readonly fired: CompiledEntry[] = []
  /** Whether the caller gave a key that makes repeating safe. */
  keyed = false
  /** The caller's key, whatever becomes of the call. */
  key: string | undefined
  /** Memos that wait for the outcome of a late effect. */
  tells: string[] = []
  /** Whether the answer never comes. */
  lost = false
  /** Whether some entry answered instead of the tool: nothing after it sees the call. */
  refused = false
  /** The answer as JSON; `undefined` is a tool without a result. */
  json: unknown
  isError = false
  readonly faults: FaultMark[] = []
  /** Whether the agent does not get to see what the tool said. */
  unseen = false
  /** What the tool said, as JSON, where the agent sees it in another form or not at all. */
  truth: unknown
  readonly #key: Key
  #latency = 0
  #factor = 1
  #fixed: number | undefined
  #text: string | undefined

  constructor(site: CallSite, tool: ToolTraits, args: Record<string, unknown>, extras: Extras, state: DynamicsState) {
    this.site = site
    this.tool = tool
    this.given = args
    this.args = args
    this.asOf = site.start
    this.extras = extras
    this.state = state
    this.place = `${site.framePath}\0${tool.name}`
    this.ordinal = state.ordinals.get(this.place) ?? 0
    this.#key = nth(state.keyAt(site.luck, site.framePath, tool.name, this.place), this.ordinal)
    state.ordinals.set(this.place, this.ordinal + 1)
  }

  /** Names the draws of an entry for this call. */
  keyOf({ key }: CompiledEntry): Key {
    return joined(this.#key, key)
  }

  /** Whether a draw of an entry for this call falls under a probability. */
  chance({ key }: CompiledEntry, probability: number, index: number): boolean {
    return joinedWord(this.#key, key, index) < Math.floor(probability * TWO_32)
  }

  /** Name of an entry's memo for a scope. */
  memoOf({ spec: { id } }: CompiledEntry, scope: 'tool' | 'frame' | 'episode' = 'tool'): string {
    return scope === 'tool' ? `${id}\0${this.place}` : scope === 'frame' ? `${id}\0${this.site.framePath}` : id
  }

  /** @param waitMs what the answer tells the caller to wait */
  mark({ spec: { id, kind }, unable }: CompiledEntry, phase: FaultMark['phase'], waitMs?: number): void {
    // A write that happened was not impossible, whatever became of its answer.
    const stops = unable && (this.tool.effect === 'read' || phase === 'pre_commit')
    this.faults.push({ entry: id, kind, phase, ...(stops && { unable: true as const }), ...(waitMs !== undefined && { retry_after_ms: waitMs }) })
  }

  /**
   * Answers instead of the tool with a failure; what comes later never sees the call.
   * @param waitMs what the answer tells the caller to wait
   */
  refuse(entry: CompiledEntry, content: string, waitMs?: number): void {
    this.refused = true
    this.mode = 'none'
    this.isError = true
    this.#text = content
    this.mark(entry, 'pre_commit', waitMs)
  }

  /** Answers in the tool's stead. */
  answer(json: unknown, isError = false): void {
    this.mode = 'none'
    this.json = json
    this.isError = isError
  }

  /** What the agent will read. */
  get content(): string {
    return this.#text ?? contentOf(this.json)
  }

  /** The agent sees something else than the answer; what the tool said stays known. */
  spoil(content: string, isError = false): void {
    if (!this.unseen) this.truth ??= this.json ?? null
    this.unseen = true
    this.#text = content
    this.isError = isError
  }

  addLatency(ms: number): void {
    this.#latency += ms
  }

  scaleLatency(factor: number): void {
    this.#factor *= factor
  }

  /** The answer comes exactly so long after the call began, whatever else takes time. */
  fixLatency(ms: number): void {
    this.#fixed = ms
  }

  /** Whole milliseconds from the call to its answer. */
  get latency(): number {
    return this.#fixed ?? Math.min(MAX_MS, Math.round(this.#latency * this.#factor))
  }
}

const MAX_MS = 86_400_000
const TWO_32 = 4294967296

/** A result as the agent reads it. */
export function contentOf(json: unknown): string {
  return json === undefined ? 'ok' : typeof json === 'string' ? json : JSON.stringify(json)
}
