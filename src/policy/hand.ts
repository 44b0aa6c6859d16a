/** A careful hand: it makes a call, and gets past each fault by the recovery that its entry declares. */
import { USER_FRAME } from '../../protocol/event.ts'
import type { Message } from '../../protocol/observation.ts'
import type { Recovery } from '../../protocol/spec/dynamics-entry.ts'
import { parseHttpDate } from '../core/calendar.ts'
import type { CompiledEntry } from '../dynamics/compiled-entry.ts'
import { listIn } from '../dynamics/json-place.ts'
import type { Episode } from '../episode/episode.ts'
import { wasRefused } from '../world/refusal.ts'
import { type Attempt, Caller, type Play, type Wanted } from './attempt.ts'
import { collectPages } from './paginate.ts'
import { jsonOrText } from '../core/json-or-text.ts'
import { callAction } from '../episode/witness-step.ts'
import type { Seat } from './seat.ts'

/** Virtual milliseconds before something is tried again. */
export const PATIENCE_MS = 2000
/** Times that a read is made again which the tool itself refused and no fault explains. */
const MOST_REFUSALS = 5
/** Attempts at one step before it is given up. */
const MOST_ATTEMPTS = 25

/** The JSON that a step gave, or that nobody will see it; `unable` is what nothing gets past. */
export type Outcome = { readonly json: unknown; readonly refused?: boolean } | 'lost' | 'unable'

/** What an attempt still lacks, best way first. */
const ORDER: readonly Recovery[] = ['report_unable', 'refresh_auth', 'relist_tools', 'alternate_tool', 'idempotent_retry', 'read_back', 'paginate', 'cross_check', 'wait', 'retry', 'ask_user']

/** Makes calls and gets past what comes between, in the frame of a seat. */
export class Hand {
  readonly caller: Caller
  readonly #seat: Seat

  constructor(seat: Seat) {
    this.#seat = seat
    this.caller = new Caller(seat)
  }

  /** Says something to the user until the user was reached. */
  * say(text: string): Play<string | undefined> {
    for (let n = 0; ; n++) {
      const { events, observation } = yield* this.caller.turn({ content: text })
      const answer = observation.messages.findLast(({ role, name }) => role === 'user' && name === undefined)
      const noise = events.some((event) => event.type === 'user' && event.taken?.startsWith('noise.'))
      if (!noise || n >= MOST_ATTEMPTS) return answer?.content
    }
  }

  /** Makes a call as it stands, and again so many times when it failed. */
  * makeBlindly(wanted: Wanted, retries: number): Play<Outcome> {
    for (let n = 0; ; n++) {
      const { message } = yield* this.caller.act(callAction(wanted.call, wanted.args))
      const json = jsonOrText(message.content)
      if (!message.is_error || n >= retries) return { json }
    }
  }

  /** Makes a call and whatever its faults ask for. */
  * make(wanted: Wanted): Play<Outcome> {
    let key = this.caller.newKey()
    for (let n = 0, refusals = 0; n < MOST_ATTEMPTS; n++) {
      const attempt = yield* this.caller.try(wanted, key)
      const needed = this.#needed(attempt, wanted)
      if (!needed) {
        const json = jsonOrText(attempt.message.content)
        if (!attempt.message.is_error || wanted.cursor || this.#isAwaited(wanted, attempt)) return { json }
        // While the first request with a key is under way, only the same key is safe.
        const underWay = attempt.event.faults.some(({ kind }) => kind === 'idempotency.key')
        if (wanted.write && !underWay) return { json, refused: true }
        if (!underWay && refusals++ >= MOST_REFUSALS) return { json }
        yield* this.caller.pause(waitAsked(attempt.message, this.#seat.episode, attempt.clock) ?? PATIENCE_MS)
        continue
      }
      const done = yield* this.#recover(needed, attempt, wanted)
      if (done === 'again with a new key') key = this.caller.newKey()
      else if (done !== 'again') return done
    }
    return 'lost'
  }

  /** The best recovery among those that the faults of an attempt declare. */
  #needed({ event }: Attempt, wanted: Wanted): { readonly recovery: Recovery; readonly entry: CompiledEntry } | undefined {
    // What came twice was done already: only a key given beforehand would have helped.
    const entries = this.caller.entriesBehind(event).filter(({ recovery, spec }) => recovery.length && spec.kind !== 'delivery.duplicate')
    for (const recovery of ORDER) {
      const entry = entries.find((one) => one.recovery.includes(recovery))
      if (entry && this.#applies(recovery, entry, wanted)) return { recovery, entry }
    }
    if (wanted.cursor && entries.every(({ spec }) => spec.kind === 'pagination.cursor_expiry')) return undefined
    // Declared ways that this tool does not have leave the blind one.
    return entries[0] && { recovery: 'retry', entry: entries[0] }
  }

  #applies(recovery: Recovery, entry: CompiledEntry, { call, write, cursor }: Wanted): boolean {
    switch (recovery) {
      // A later page is what was asked for.
      case 'paginate': return cursor === undefined
      case 'report_unable': return entry.unable
      case 'idempotent_retry': return write && this.caller.takesKey(call)
      case 'read_back': return write && this.#seat.episode.scenario.readBacks.has(call)
      case 'alternate_tool': return entry.hooks.alternate !== undefined
      default: return true
    }
  }

  * #recover({ recovery, entry }: { recovery: Recovery; entry: CompiledEntry }, attempt: Attempt, wanted: Wanted): Play<Outcome | 'again' | 'again with a new key'> {
    const { spec } = entry
    switch (recovery) {
      case 'report_unable': return 'unable'
      case 'refresh_auth':
        yield* this.caller.act(callAction(spec.kind === 'auth.scope' ? spec.grant! : spec.kind === 'auth.expiry' ? spec.tool : 'refresh_session', {}))
        return 'again'
      case 'relist_tools':
        this.caller.relist()
        return 'again'
      case 'alternate_tool': {
        const other = entry.hooks.alternate!(wanted.args)!
        return yield* this.make({ ...wanted, ...other })
      }
      case 'idempotent_retry':
        yield* this.caller.pause(waitAsked(attempt.message, this.#seat.episode, attempt.clock) ?? PATIENCE_MS)
        return 'again'
      case 'read_back': return (yield* this.#look(wanted)) ? 'lost' : 'again with a new key'
      case 'paginate': return yield* this.#collect(entry, attempt, wanted)
      case 'cross_check': return yield* this.#crossCheck(entry, attempt, wanted)
      default: {
        if (spec.kind === 'async.job') return yield* this.#awaitJob(spec.tool, attempt)
        if (spec.kind === 'response.partial_batch') return yield* this.#finishBatch(attempt, wanted)
        if (spec.kind === 'conflict.optimistic_lock') {
          this.caller.relist()
          return 'again'
        }
        const settling = spec.kind === 'consistency.stale_read' ? entry.hooks.settles : undefined
        yield* this.caller.pause(settling ?? waitAsked(attempt.message, this.#seat.episode, attempt.clock) ?? PATIENCE_MS)
        return 'again'
      }
    }
  }

  /** Whether a write happened, by the way that its tool declares, once whatever may be hidden can be seen. */
  * #look({ call, args }: Wanted): Play<boolean> {
    const readBack = this.#seat.episode.scenario.readBacks.get(call)!
    const base = this.#seat.episode.scenario.baseOf(this.#seat.episode.identity.seed)
    const { settles } = this.#seat.episode.dynamics
    if (settles > 0) yield* this.caller.pause(settles)
    const seen = yield* this.make({ call: readBack.call, args: readBack.args(base, args), write: false })
    return typeof seen !== 'string' && readBack.done(base, args, seen.json)
  }

  /** Reads the pages after the first. */
  * #collect({ spec }: CompiledEntry, { message, event }: Attempt, wanted: Wanted): Play<Outcome | 'again'> {
    if (spec.kind !== 'pagination.cursor_expiry' || message.is_error || event.unseen) return 'again'
    return yield* collectPages(jsonOrText(message.content), (cursor) => this.#readPage({ ...wanted, cursor: { [spec.param]: cursor } }))
  }

  * #readPage(wanted: Wanted): Play<unknown> {
    const page = yield* this.make(wanted)
    return typeof page === 'string' ? undefined : page.json
  }

  /** Asks who knows better, or once more. */
  * #crossCheck(entry: CompiledEntry, { message, event }: Attempt, wanted: Wanted): Play<Outcome | 'again'> {
    if (event.unseen) return 'again'
    const result = jsonOrText(message.content)
    const authority = entry.hooks.authority?.(wanted.args, result)
    if (!authority) return wanted.write && this.#seat.episode.scenario.readBacks.has(wanted.call) ? 'lost' : 'again'
    const answer = yield* this.make({ call: authority.call, args: authority.args, write: false })
    return typeof answer === 'string' ? answer : { json: authority.mend(answer.json) }
  }

  /** Asks how a job stands until it is done. */
  * #awaitJob(tool: string, { message }: Attempt): Play<Outcome | 'again'> {
    const { job_id, poll_after_ms } = jsonOrText(message.content) as { job_id?: string; poll_after_ms?: number }
    if (job_id === undefined) return 'again'
    yield* this.caller.pause(poll_after_ms ?? PATIENCE_MS)
    for (let n = 0; n < MOST_ATTEMPTS; n++) {
      const { message: { content, is_error } } = yield* this.caller.act(callAction(tool, { job_id }))
      const job = jsonOrText(content) as { status?: string; result?: unknown; error?: unknown; poll_after_ms?: number }
      if (is_error) return 'lost'
      if (job.status === 'done') return { json: job.result }
      if (job.status === 'failed') return { json: job.error, refused: true }
      yield* this.caller.pause(job.poll_after_ms ?? PATIENCE_MS)
    }
    return 'lost'
  }

  /** Makes the call again for the items that failed. */
  * #finishBatch({ message }: Attempt, wanted: Wanted): Play<Outcome> {
    const { results, result } = jsonOrText(message.content) as { results: { status: number }[]; result: unknown }
    const argument = Object.keys(wanted.args).find((name) => Array.isArray(wanted.args[name]) && (wanted.args[name] as unknown[]).length === results.length)
    if (argument === undefined) return { json: result }
    const left = (wanted.args[argument] as unknown[]).filter((_, i) => results[i]!.status !== 200)
    const rest = yield* this.make({ ...wanted, args: { ...wanted.args, [argument]: left } })
    if (result === null) return rest
    return { json: typeof rest === 'string' ? result : joined(result, rest.json) }
  }

  /** Whether the tool itself refused what the task's checks count as refused. */
  #isAwaited({ call }: Wanted, { event }: Attempt): boolean {
    return this.#seat.episode.task.template.refusals.has(call) && event.frame !== USER_FRAME && wasRefused(event)
  }
}

/** The list of a part of a batch with that of the rest. */
function joined(part: unknown, rest: unknown): unknown {
  const [one, two] = [listIn(part), listIn(rest)]
  if (!one || !two || one.field !== two.field) return part
  const items = [...one.items, ...two.items]
  return one.field === undefined ? items : { ...(part as object), [one.field]: items }
}

/** Milliseconds that an answer asks to wait: seconds or a date; undefined where it says nothing. */
export function waitAsked({ content }: Message, episode: Episode, clock: number): number | undefined {
  const body = jsonOrText(content)
  if (body === null || typeof body !== 'object') return undefined
  const { retry_after: retry, status } = body as { retry_after?: unknown; status?: unknown }
  if (typeof retry === 'number') return Math.max(1, retry * 1000)
  const at = typeof retry === 'string' ? parseHttpDate(retry) : undefined
  if (at !== undefined) return Math.max(1, at - (episode.scenario.world.epoch + clock))
  return status === 429 ? PATIENCE_MS * 2 : undefined
}
