/** `effects.exactly_once`: no doubled side effect, lost acknowledgement or not. */
import { USER_FRAME } from '../../../protocol/event.ts'
import type { Check } from '../../../protocol/spec/check.ts'
import { nearest } from '../../core/nearest.ts'
import type { EpisodeView } from '../../episode/task.ts'
import { declare } from '../../world/expression/scope.ts'
import type { Site } from '../../world/site.ts'
import { BOOL } from '../../world/type.ts'
import { lateCommits, meantBy } from '../agent-call.ts'
import { evaluate, finalEvaluation } from '../check-context.ts'
import { type CompiledCheck, type Finding, PASSED } from '../compiled-check.ts'
import { type CheckEnvironment, compileRowPredicate, tableFor } from '../compile-check.ts'

type OnceCheck = Extract<Check, { kind: 'effects.exactly_once' }>

/** Events in which the effect happened. */
type Occurrences = (view: EpisodeView) => number[]

/** Compiles the check over inserted rows, or over calls that took effect. */
export function compileExactlyOnce(check: OnceCheck, environment: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run' | 'whenDeclined' | 'progress'> {
  if ((check.insert === undefined) === (check.call === undefined)) site.complain('check', 'exactly_once needs either insert or call')
  const occurrences = check.insert !== undefined ? insertedRows(check, check.insert, environment, site) : committedCalls(check, check.call ?? '', environment, site)
  return {
    run: (view) => judge(occurrences(view)),
    // Who declined what nothing gets past may have done nothing, and has doubled nothing.
    whenDeclined(view) {
      const events = occurrences(view)
      return events.length ? judge(events) : PASSED
    },
    progress: (view) => ({ held: occurrences(view).length === 1 ? 1 : 0, of: 1 }),
  }
}

function judge(events: readonly number[]): Finding {
  if (events.length === 1) return PASSED
  const evidence = events.map((event) => ({ event, pointer: '/changes', expected: 1, found: events.length }))
  if (!events.length) return { score: 0, category: 'missed_action', evidence: [{ pointer: '/changes', expected: 1, found: 0 }] }
  return { score: 0, category: 'duplicate_effect', evidence, event: events[1] }
}

function insertedRows(check: OnceCheck, insert: string, environment: CheckEnvironment, site: Site): Occurrences {
  const table = tableFor(insert, environment.world, site.at('insert'))
  if (table === undefined) return () => []
  const { test } = compileRowPredicate(check.where, table, environment, site.at('where'))
  return (view) => {
    const cx = finalEvaluation(view, environment.scope.slots.used)
    const rows = [...(view.overlay.entries(table) ?? [])]
    return rows
      .filter(([, { row, inBase, mark }]) => row && !inBase && mark.cause === 'agent' && test(cx, row))
      .map(([, { mark }]) => mark.event)
      .sort((a, b) => a - b)
  }
}

function committedCalls(check: OnceCheck, call: string, { world, scope }: CheckEnvironment, site: Site): Occurrences {
  const tool = world.tools.get(call)
  if (!tool) {
    site.at('call').complain('name', `unknown tool '${call}'`, { nearest: nearest(call, world.tools.keys()) })
    return () => []
  }
  const declared = declare(scope, 'args', tool.argumentsType)
  const fits = check.where === undefined ? undefined : site.at('where').expression(check.where, declared.scope, BOOL).run
  return (view) => {
    const cx = finalEvaluation(view, scope.slots.used)
    const late = lateCommits(view.events)
    return view.events.flatMap((event) => {
      if (event.type !== 'call' || event.frame === USER_FRAME || !(event.committed || late.has(event.index))) return []
      const meant = meantBy(event)
      if (meant.tool !== call) return []
      const read = tool.read(meant.arguments, '')
      if ('problem' in read) return []
      cx.slots[declared.slot] = read.value
      const fit = fits === undefined || evaluate(fits, cx, check.where!) === true
      return fit ? [event.index] : []
    })
  }
}
