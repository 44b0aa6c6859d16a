/** Side effects that happened more often than they should: the same write again, and what both inserted is still there. */
import type { CallEvent, Change } from '../../../protocol/event.ts'
import type { EpisodeView } from '../../episode/task.ts'
import { lateCommits, meantBy } from '../agent-call.ts'
import { callKey, callsOfAgent } from '../call-key.ts'
import type { Finding } from '../compiled-check.ts'
import { textsIn } from '../slip-calls.ts'

/**
 * Finds them among the writes that the witness makes as well: how often it makes them is how often they are wanted.
 * One that was taken back counts no more: its row was deleted or changed afterwards, by whomever.
 */
export function doubledEffects(view: EpisodeView): Omit<Finding, 'score'> | undefined {
  const repeated = [...effectsByCall(view)].filter(([, effects]) => effects.length > 1)
  const wanted = repeated.length ? view.reference() : undefined
  if (!wanted) return undefined
  const right = effectsByCall(wanted)
  for (const [key, effects] of repeated) {
    const times = right.get(key)?.length ?? 0
    if (!times || effects.length <= times) continue
    const lasting = effects.filter((effect) => lasts(effect, view))
    if (lasting.length > times) return { category: 'duplicate_effect', event: lasting[times]!.event, evidence: lasting.map(({ event, pointer }) => ({ event, pointer, expected: times, found: lasting.length })) }
  }
  return undefined
}

/** A write that inserted rows, and the event that did it. */
type Effect = { readonly event: number; readonly pointer: string; readonly inserted: readonly Change[] }

/**
 * The agent's non-idempotent writes that inserted something, by what they were; requests that came twice are not the
 * agent's. One about a row that was made in the episode is left out: in another order of making, its key is another row's.
 */
function effectsByCall({ events, base: { world } }: EpisodeView): Map<string, Effect[]> {
  const late = lateCommits(events)
  const made = new Set(events.flatMap((event) => ('changes' in event ? event.changes.flatMap(({ op, key }) => (op === 'insert' ? [key] : [])) : [])))
  const found = new Map<string, Effect[]>()
  for (const call of callsOfAgent(events)) {
    const spec = world.tools.get(meantBy(call).tool)?.spec
    if (spec?.effect !== 'write' || spec.idempotent || textsIn(meantBy(call).arguments).some((text) => made.has(text))) continue
    const effect = effectOf(call, late)
    if (!effect) continue
    const key = callKey(call)
    const known = found.get(key)
    if (known) known.push(effect)
    else found.set(key, [effect])
  }
  return found
}

function effectOf(call: CallEvent, late: ReturnType<typeof lateCommits>): Effect | undefined {
  const { index, changes } = late.get(call.index) ?? call
  const inserted = changes.filter(({ op, cause }) => op === 'insert' && cause === 'agent')
  return inserted.length ? { event: index, pointer: '/changes', inserted } : undefined
}

/** Whether all rows that a write inserted are there as it left them. */
function lasts({ event, inserted }: Effect, { overlay, base: { world } }: EpisodeView): boolean {
  return inserted.every(({ table, key }) => {
    const entry = overlay.entries(world.positionOf(table))?.get(key)
    return entry !== undefined && entry.row !== null && entry.mark.event === event && !Object.values(entry.columns).some((mark) => mark.event > event)
  })
}
