/** One call as a careful caller makes it: in the form last shown, with key and version, and what really came of it. */
import type { Action } from '../../protocol/action.ts'
import type { CallEvent, Event } from '../../protocol/event.ts'
import type { Message, Observation } from '../../protocol/observation.ts'
import type { CompiledEntry } from '../dynamics/compiled-entry.ts'
import type { Extras } from '../dynamics/passage.ts'
import { dress, type Presentation, type Presented } from '../dynamics/presentation.ts'
import { jsonOrText } from '../core/json-or-text.ts'
import { keyOf, word53 } from '../core/keyed.ts'
import { callAction } from '../episode/witness-step.ts'
import type { Seat } from './seat.ts'

/** Yields actions and is handed what was observed. */
export type Play<T> = Generator<Action, T, Observation>

/** A call of a tool of the world; with a cursor it is a later page. */
export type Wanted = { readonly call: string; readonly args: Record<string, unknown>; readonly write: boolean; readonly cursor?: Extras }

/** What came of an attempt. The privileged part is the event with its faults. */
export type Attempt = { readonly message: Message; readonly event: CallEvent; readonly clock: number }

/** What a caller remembers besides its plan. */
export class Caller {
  readonly seat: Seat
  /** The tools as they were last shown. */
  #form: Presentation | undefined
  /** Versions that were read, by the value that names what they are of. */
  readonly versions = new Map<unknown, unknown>()
  #keys = 0

  constructor(seat: Seat) {
    this.seat = seat
    this.#form = seat.episode.presentation()
  }

  /** Looks at the tools as they are now. */
  relist(): void {
    this.#form = this.seat.episode.presentation()
  }

  /** An idempotency key that was not used before. */
  newKey(): string {
    const { path } = this.seat
    // Other frames make keys of their own.
    const whose = path.includes('/') ? `${word53(keyOf(['requests', path])).toString(36)}-` : ''
    return `${whose}request-${++this.#keys}`
  }

  /** How a tool was last shown; undefined where it was not. */
  shownAs(tool: string): Presented | undefined {
    return this.#form?.real.get(tool)
  }

  /** Whether a call of a tool can carry a key. */
  takesKey(tool: string): boolean {
    return this.#keyParams(tool).length > 0
  }

  #keyParams(tool: string): string[] {
    return this.shownAs(tool)?.by.flatMap(({ spec }) => (spec.kind === 'idempotency.key' ? [spec.param] : [])) ?? []
  }

  /** Versions that a call has to state, by argument; 1 where nothing was read. */
  #versionsFor(tool: string, args: Record<string, unknown>): (readonly [string, unknown])[] {
    return this.shownAs(tool)?.by.flatMap(({ spec }) => (spec.kind === 'conflict.optimistic_lock' ? [[spec.param, this.versions.get(this.#targetOf(tool, args)) ?? 1] as const] : [])) ?? []
  }

  /** The action that makes a call, as far as its form is known. */
  #actionOf({ call, args, cursor = {} }: Wanted, key: string | undefined): Action {
    const shown = this.shownAs(call)
    if (!shown) return callAction(call, { ...args, ...cursor })
    const keys = key === undefined ? [] : this.#keyParams(call).map((param) => [param, key])
    return callAction(shown.schema.name, { ...dress(shown, args), ...Object.fromEntries([...keys, ...this.#versionsFor(call, args)]), ...cursor })
  }

  /** What a version is of: the argument that an entry names, or else the tool's first. */
  #targetOf(call: string, args: Record<string, unknown>): unknown {
    const { dynamics } = this.seat.episode
    const traits = dynamics.tools.get(call)
    if (!traits) return undefined
    const locks = dynamics.routeOf(traits, this.seat.agent).flatMap(({ spec }) => (spec.kind === 'conflict.optimistic_lock' ? [spec] : []))
    const target = locks[0]?.target ?? traits.target
    return target === undefined ? undefined : args[target]
  }

  /** Makes a call once. */
  * try(wanted: Wanted, key?: string): Play<Attempt> {
    const attempt = yield* this.act(this.#actionOf(wanted, key))
    const version = versionIn(attempt.message.content)
    if (version !== undefined) this.versions.set(this.#targetOf(wanted.call, wanted.args), version)
    return attempt
  }

  /** Takes a turn of one call. */
  * act(action: Action): Play<Attempt> {
    const { events, observation } = yield* this.turn(action)
    const event = events.find((one) => one.type === 'call' && one.frame === this.seat.path) as CallEvent
    return { event, message: observation.messages.find(({ role }) => role === 'tool')!, clock: observation.clock_ms }
  }

  /** Takes a turn. */
  * turn(action: Action): Play<{ readonly events: readonly Event[]; readonly observation: Observation }> {
    const before = this.seat.episode.eventCount
    const observation = yield action
    if (observation.tools) this.relist()
    return { events: this.seat.episode.eventsFrom(before), observation }
  }

  /** Lets virtual time pass. */
  * pause(ms: number): Play<void> {
    yield* this.turn(callAction('wait', { ms: Math.min(86_400_000, Math.max(1, Math.ceil(ms))) }))
  }

  /** The entries behind the faults of a call, the latest first. */
  entriesBehind({ faults }: CallEvent): CompiledEntry[] {
    const { entries } = this.seat.episode.dynamics
    return faults.map(({ entry }) => entries.find(({ spec }) => spec.id === entry)!).reverse()
  }
}

function versionIn(content: string): unknown {
  const body = jsonOrText(content) as { record_version?: unknown; current_version?: unknown } | null
  return body?.current_version ?? body?.record_version
}
