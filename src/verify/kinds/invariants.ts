/** `invariants`: what must hold after every commit of the agent. The engine looks, and notes in the event what does not. */
import { type Event, USER_FRAME } from '../../../protocol/event.ts'
import type { Check } from '../../../protocol/spec/check.ts'
import type { EpisodeView } from '../../episode/task.ts'
import type { Watch, WatchMoment } from '../../episode/watch.ts'
import { notingAccess } from '../../world/cost/table-access.ts'
import type { Site } from '../../world/site.ts'
import { BOOL } from '../../world/type.ts'
import { evaluate, finalEvaluation } from '../check-context.ts'
import { type CompiledCheck, type Evidence, type Finding, PASSED } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'

type InvariantsCheck = Extract<Check, { kind: 'invariants' }>

/** A condition that is watched: its id (`check.position`), the tables that it reads, and whether it holds. */
export type Watched = { readonly id: string; readonly tables: ReadonlySet<string>; holds(moment: WatchMoment): boolean }

/** Compiles the check. */
export function compileInvariants({ id, that, gate }: InvariantsCheck, { scope }: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run' | 'whenDeclined' | 'guards' | 'stands' | 'watched'> {
  const watched = that.map((source, i): Watched => {
    const { made, accesses } = notingAccess(scope, () => site.at(i).expression(source, scope, BOOL).run)
    return { id: `${id}.${i}`, tables: new Set(accesses.map(({ table }) => table)), holds: (moment) => evaluate(made, finalEvaluation(moment, scope.slots.used), source) === true }
  })
  const start = ({ task, base, start: overlay }: EpisodeView) => {
    const moment = { task, base, overlay, clockMs: 0 }
    return watched.flatMap((one) => (one.holds(moment) ? [] : [one.id]))
  }
  const broken = (view: EpisodeView) => breaches(view.events, watched, start(view))
  const run = (view: EpisodeView): Finding => {
    const found = broken(view)
    if (!found.length) return PASSED
    const lost = new Set(found.map(({ at }) => at)).size
    const evidence = found.map(({ event, at }): Evidence => ({ event, pointer: '/violates', expected: that[at], found: watched[at]!.id }))
    return { score: (that.length - lost) / that.length, category: 'rule_violation', evidence, event: found[0]!.event }
  }
  return { watched, guards: gate, run, whenDeclined: run, stands: (view) => !broken(view).length }
}

/** Commits of the agent after which a condition does not hold that held before: what others broke is not the agent's. */
function breaches(events: readonly Event[], watched: readonly Watched[], start: readonly string[]): { event: number; at: number }[] {
  let before = new Set(start)
  return events.flatMap((event) => {
    if (!('changes' in event) || !event.changes.length) return []
    const now = new Set(event.violates)
    const fresh = watched.flatMap(({ id }, at) => (now.has(id) && !before.has(id) ? [{ event: event.index, at }] : []))
    before = now
    return isAgents(event) ? fresh : []
  })
}

function isAgents(event: Event): boolean {
  return event.type === 'call' ? event.frame !== USER_FRAME : event.type === 'effect' && event.cause === 'agent'
}

/** What an episode of a task is watched for; undefined where none of its checks asks for it. */
export function watchFor(checks: readonly CompiledCheck[]): Watch | undefined {
  const watched = checks.flatMap((check) => check.watched ?? [])
  if (!watched.length) return undefined
  return {
    broken: (moment, since) => watched.flatMap(({ id, tables, holds }) => {
      const isOld = since && ![...tables].some((table) => since.tables.has(table))
      return (isOld ? !since.broken.includes(id) : holds(moment)) ? [] : [id]
    }),
  }
}
