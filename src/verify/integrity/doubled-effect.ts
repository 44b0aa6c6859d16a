/** Side effects that happened twice: the same write made again without looking, and what both did is still there. */
import { type CallEvent, type Change, type Event, USER_FRAME } from '../../../protocol/event.ts'
import { canonicalJson } from '../../core/canonical-json.ts'
import type { EpisodeView } from '../../episode/task.ts'
import { POW10 } from '../../world/json-value.ts'
import type { CompiledTable } from '../../world/table.ts'
import type { Type } from '../../world/type.ts'
import { lateCommits, meantBy } from '../agent-call.ts'
import { callKey } from '../call-key.ts'
import type { Finding } from '../compiled-check.ts'
import { jsonLeaves } from '../leaf.ts'
import { netChanges, type NetChanges, rowName } from '../net-change.ts'

/** A write that was committed, and what it changed. */
type Effect = { readonly call: CallEvent; readonly event: number; readonly changes: readonly Change[] }

/**
 * Finds them among the writes that the witness makes as well: as often as it makes one, it is wanted. Many honest ways
 * lead to the same call: something taken back and made again, a test before and after, a second piece of the same.
 * So a repetition counts only where nothing came between that could be a reason for it, and where what it made (an
 * equal row, or money moved once more) lasts and is more than the witness leaves. Of a tool that cannot be read back nobody
 * can know whether it worked. Requests that the network delivered twice are not the agent's.
 */
export function doubledEffects(view: EpisodeView): Omit<Finding, 'score'> | undefined {
  if (!isAnyRepeated(view)) return undefined
  const repeated = [...effectsByCall(view)].filter(([, effects]) => effects.some((effect, i) => i > 0 && isBlind(effects[i - 1]!, effect, view)))
  const reference = repeated.length ? view.reference() : undefined
  if (!reference) return undefined
  const right = effectsByCall(reference)
  const sums = new Sums(view, reference)
  for (const [key, effects] of repeated) {
    const wanted = right.get(key)?.length ?? 0
    if (!wanted || effects.length <= wanted) continue
    const again = effects.filter((effect, i) => i > 0 && isBlind(effects[i - 1]!, effect, view) && (madeTwice(effects[i - 1]!, effect, view) || sums.movedTwice(effect, effects.length - wanted)))
    if (again.length < wanted) continue
    const evidence = [effects[0]!, ...again].map(({ event }) => ({ event, pointer: '/changes', expected: wanted, found: effects.length }))
    return { category: 'duplicate_effect', event: again[0]!.event, evidence }
  }
  return undefined
}

/**
 * The agent's committed writes that are not idempotent and can be read back, by what they were. One about a row that was
 * made in the episode is left out: in another order of making, its key is another row's.
 */
function effectsByCall(view: EpisodeView): Map<string, Effect[]> {
  const { events } = view
  const late = lateCommits(events)
  const calls = onceOnly(view)
  const made = new Set(events.flatMap((event) => ('changes' in event ? event.changes.flatMap(({ op, key }) => (op === 'insert' ? [key] : [])) : [])))
  const found = new Map<string, Effect[]>()
  for (const call of calls) {
    const { index, changes } = late.get(call.index) ?? call
    if (!changes.length || jsonLeaves(meantBy(call).arguments, '').some(({ value }) => typeof value === 'string' && made.has(value))) continue
    const key = callKey(call)
    const known = found.get(key)
    if (known) known.push({ call, event: index, changes })
    else found.set(key, [{ call, event: index, changes }])
  }
  return found
}

/** The agent's calls of tools whose effect adds up and can be looked for. */
function onceOnly({ events, base: { world } }: EpisodeView): CallEvent[] {
  return events.flatMap((event) => {
    if (event.type !== 'call' || event.frame === USER_FRAME || event.rejected) return []
    const spec = world.tools.get(meantBy(event).tool)?.spec
    return spec?.effect === 'write' && !spec.idempotent && spec.read_back ? [event] : []
  })
}

/** Whether one tool of those was called twice: else nothing was made twice, and nothing need be compared. */
function isAnyRepeated(view: EpisodeView): boolean {
  const tools = onceOnly(view).map((call) => meantBy(call).tool)
  return new Set(tools).size < tools.length
}

/**
 * Whether nothing between two equal writes gave a reason to make the second: no other write of the agent, no word and
 * no deed of the user; where the first was seen to work, no time let pass; where it was not, no look at what became of
 * it, which may have been too early to see it.
 */
function isBlind(first: Effect, second: Effect, { events, base: { world } }: EpisodeView): boolean {
  const { is_error, unseen, committed, index, turn } = first.call
  const worked = !is_error && !unseen && committed
  for (let at = index + 1; at < second.call.index; at++) {
    const event = events[at]!
    if (isOfUser(event)) return false
    if (event.type !== 'call' || event.rejected) continue
    const effect = world.tools.get(meantBy(event).tool)?.spec.effect
    if (effect === 'write' && event.committed && event.changes.length) return false
    if (worked && event.tool === 'wait') return false
    const isLook = effect === 'read' && !event.is_error && !event.unseen && event.turn > turn && event.turn < second.call.turn
    if (isLook && (!worked || event.faults.length)) return false
  }
  return true
}

function isOfUser(event: Event): boolean {
  return event.type === 'user' || (event.type === 'call' && event.frame === USER_FRAME)
}

/** Whether both inserted rows that say the same, and those rows are there as they were left. */
function madeTwice(first: Effect, second: Effect, { overlay, base: { world } }: EpisodeView): boolean {
  const tables = (name: string): CompiledTable => world.tables[world.positionOf(name)!]!
  const lasting = ({ event, changes }: Effect): string[] => changes.flatMap(({ op, cause, table, key, to }) => {
    if (op !== 'insert' || cause !== 'agent') return []
    const entry = overlay.entries(tables(table).position)?.get(key)
    const isThere = entry !== undefined && entry.row !== null && entry.mark.event === event && !Object.values(entry.columns).some((mark) => mark.event > event)
    return isThere ? [contents(tables(table), to!)] : []
  })
  const before = new Set(lasting(first))
  return lasting(second).some((row) => before.has(row))
}

/** What a row says besides its own key and times. */
function contents({ name, key, columns }: CompiledTable, row: Readonly<Record<string, unknown>>): string {
  return canonicalJson([name, ...columns.map((column) => (column.name === key || column.type.k === 'time' ? null : row[column.name] ?? null))])
}

/** What the agent and the witness moved in all; worked out when it is asked for. */
class Sums {
  readonly #view: EpisodeView
  readonly #reference: EpisodeView
  #net: { readonly own: NetChanges; readonly right: NetChanges } | undefined

  constructor(view: EpisodeView, reference: EpisodeView) {
    this.#view = view
    this.#reference = reference
  }

  /**
   * Whether a write moved money that the witness moves too, and in all by so much too far as the repetitions come to:
   * sums that come out are right, however they came about.
   */
  movedTwice({ changes }: Effect, times: number): boolean {
    const { tables, positionOf } = this.#view.base.world
    return changes.some(({ op, cause, table, key, from, to }) => op === 'update' && cause === 'agent' && tables[positionOf(table)!]!.columns.some(({ name, type }) => {
      const [before, after] = [from?.[name], to?.[name]]
      if (!isMoney(type) || typeof before !== 'number' || typeof after !== 'number') return false
      const { own, right } = this.#sums()
      const place = rowName(table, key)
      const [moved, wanted] = [own.rows.get(place)?.leaves.get(name)?.by, right.rows.get(place)?.leaves.get(name)?.by]
      const once = unitsOf(type, after) - unitsOf(type, before)
      return once !== 0 && moved !== undefined && wanted !== undefined && wanted !== 0 && moved - wanted === once * times
    }))
  }

  #sums(): { readonly own: NetChanges; readonly right: NetChanges } {
    const { tables } = this.#view.base.world
    const scope = { tables: new Map(tables.map((table) => [table.name, table])), ignores: () => false, isSet: () => false }
    return (this.#net ??= { own: netChanges(this.#view, scope), right: netChanges(this.#reference, scope) })
  }
}

/** Steps and tries are counted as often as they like. */
function isMoney(type: Type): type is Type & { readonly k: 'dec' } {
  return type.k === 'dec'
}

function unitsOf(type: Type & { readonly k: 'dec' }, value: number): number {
  return Math.round(value * POW10[type.scale]!)
}
