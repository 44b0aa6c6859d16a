/** Arguments of the witness that follow from what earlier calls answered: worked out anew in the state where they are needed. */
import type { Change, Event } from '../../protocol/event.ts'
import type { EpisodeView } from '../episode/task.ts'
import { CallLimit, SpecFault } from '../world/fault.ts'
import { sameValue } from '../world/json-value.ts'
import type { Call } from './deed.ts'
import { eventsOf, type Model, type PlanState } from './model.ts'

/**
 * The arguments of a step as the state has them: what was read is read again, what the plan's own writes answered is
 * known, and what was written before the plan began answers as in the reference, with the names that its rows have here.
 * Undefined where they cannot be worked out.
 * @param answer what a read would answer
 */
export function lateArguments({ task, base, reference, script }: Model, { results, past, way }: PlanState, step: number, answer: (call: Call) => unknown): Call['args'] | undefined {
  const { steps } = task.template.witness
  const captured: Record<string, unknown> = {}
  let names: ReadonlyMap<unknown, string> | undefined
  const known = (name: string) => rename(script.captured[name], (names ??= newNames(reference, [...past, ...eventsOf(way)])))
  try {
    for (const [at, one] of steps.slice(0, step).entries()) {
      if (one.as === undefined) continue
      if (one.kind !== 'call' || at < script.firstDeed) captured[one.as] = script.captured[one.as]
      else if (one.write) captured[one.as] = one.as in results ? results[one.as] : known(one.as)
      else captured[one.as] = answer({ tool: one.call, args: one.args(task, base, captured) }) ?? known(one.as)
    }
    const wanted = steps[step]!
    return wanted.kind === 'call' ? wanted.args(task, base, captured) : undefined
  } catch (error) {
    if (error instanceof SpecFault || error instanceof CallLimit) return undefined
    throw error
  }
}

/** What rows that the reference inserted are called here: those that came with the same words, but for names and times. */
function newNames({ base: { world }, events: theirs }: EpisodeView, ours: readonly Event[]): Map<unknown, string> {
  const names = new Map<unknown, string>()
  const candidates = insertsIn(ours)
  for (const wanted of insertsIn(theirs)) {
    const { key: keyName, columns } = world.tables[world.positionOf(wanted.table)]!
    const told = columns.filter(({ name, spec }) => name !== keyName && spec.type !== 'time')
    const at = candidates.findIndex(({ table, to }) => table === wanted.table && told.every(({ name }) => sameValue(rename(wanted.to![name], names), to![name])))
    if (at >= 0) names.set(wanted.key, candidates.splice(at, 1)[0]!.key)
  }
  return names
}

function insertsIn(events: readonly Event[]): Change[] {
  return events.flatMap((event) => ('changes' in event ? event.changes.filter(({ op }) => op === 'insert') : []))
}

function rename(value: unknown, names: ReadonlyMap<unknown, string>): unknown {
  if (typeof value === 'string') return names.get(value) ?? value
  if (Array.isArray(value)) return value.map((item) => rename(item, names))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, rename(item, names)]))
}
