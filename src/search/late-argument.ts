/** Arguments of the witness that follow from what earlier calls answered: worked out anew in the state where they are needed. */
import type { EpisodeView } from '../episode/task.ts'
import { CallLimit, SpecFault } from '../world/fault.ts'
import { sameValue } from '../world/json-value.ts'
import type { Overlay } from '../world/overlay.ts'
import type { Row } from '../world/evaluation.ts'
import type { Call } from './deed.ts'
import type { Model, PlanState } from './model.ts'

/**
 * The arguments of a step as the state has them: what was read is read again, what the plan's own writes answered is
 * known, and what was written before the plan began answers as in the reference, with the names that its rows have here.
 * Undefined where they cannot be worked out.
 * @param answer what a read would answer
 */
export function lateArguments({ task, base, reference, script, start }: Model, { overlay, results }: PlanState, step: number, answer: (call: Call) => unknown): Call['args'] | undefined {
  const { steps } = task.template.witness
  const captured: Record<string, unknown> = {}
  let names: ReadonlyMap<unknown, string> | undefined
  const known = (name: string) => rename(script.captured[name], (names ??= newNames(reference, start, overlay)))
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

/** Rows inserted since the start, by key. */
function inserted(start: Overlay, overlay: Overlay, table: number): [string, Row][] {
  return [...(overlay.entries(table) ?? [])].flatMap(([key, { row, inBase }]) => (row && !inBase && !start.entries(table)?.get(key)?.row ? [[key, row] as [string, Row]] : []))
}

/** What rows that the reference inserted are called here: those that say the same, but for their names and times. */
function newNames({ base, overlay: theirs }: EpisodeView, start: Overlay, ours: Overlay): Map<unknown, string> {
  const names = new Map<unknown, string>()
  for (const { position, key: keyName, columns } of base.world.tables) {
    const told = columns.filter(({ name, spec }) => name !== keyName && spec.type !== 'time')
    const rows = inserted(start, ours, position)
    for (const [key, row] of inserted(start, theirs, position)) {
      const at = rows.findIndex(([, other]) => told.every(({ name }) => sameValue(names.get(row[name]) ?? row[name], other[name])))
      if (at >= 0) names.set(key, rows.splice(at, 1)[0]![0])
    }
  }
  return names
}

function rename(value: unknown, names: ReadonlyMap<unknown, string>): unknown {
  if (typeof value === 'string') return names.get(value) ?? value
  if (Array.isArray(value)) return value.map((item) => rename(item, names))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, rename(item, names)]))
}
