/** `timing`: something happened, and always inside a window of virtual time. */
import type { Event } from '../../../protocol/event.ts'
import type { Check } from '../../../protocol/spec/check.ts'
import type { EpisodeView } from '../../episode/task.ts'
import type { Site } from '../../world/site.ts'
import { DOUBLE } from '../../world/type.ts'
import { lateCommits } from '../agent-call.ts'
import { evaluate, finalEvaluation } from '../check-context.ts'
import { type CompiledCheck, type Evidence, PASSED } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'
import { compileHappening, type Occurrence } from '../happening.ts'

type TimingCheck = Extract<Check, { kind: 'timing' }>

/** A moment in virtual milliseconds, and the event that was it; none of an episode's end. */
type Timed = { readonly at: number; readonly event: number | undefined }

/** Compiles the check. A bound that reads a field of null is one that nothing meets. */
export function compileTiming({ of, from, by }: TimingCheck, environment: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run'> {
  const { scope } = environment
  if (from === undefined && by === undefined) site.complain('check', 'timing needs a window', { expected: 'from or by: seconds since the start' })
  const find = of && compileHappening(of, environment, site.at('of'))
  const compileBound = (name: 'from' | 'by', source: string | undefined, otherwise: number) => {
    const run = source === undefined ? undefined : site.at(name).expression(source, scope, DOUBLE).run
    return (view: EpisodeView) => (run ? ((evaluate(run, finalEvaluation(view, scope.slots.used), source!) as number | undefined) ?? NaN) * 1000 : otherwise)
  }
  const [earliestOf, latestOf] = [compileBound('from', from, 0), compileBound('by', by, Infinity)]
  return {
    run(view) {
      const [earliest, latest] = [earliestOf(view), latestOf(view)]
      const moments = find ? timesOf(find(view), view.events) : [{ event: undefined, at: view.clockMs }]
      const expected = { ...(from !== undefined && { from: seconds(earliest) }), ...(by !== undefined && { by: seconds(latest) }) }
      if (!moments.length) return { score: 0, category: 'missed_action', evidence: [{ pointer: '', expected, found: 'never' }] }
      const outside = moments.filter(({ at }) => !(at >= earliest && at <= latest))
      if (!outside.length) return PASSED
      const evidence = outside.map(({ event, at }): Evidence => ({ ...(event !== undefined && { event }), pointer: '', expected, found: seconds(at) }))
      return { score: 0, category: 'instruction_following', evidence, ...(outside[0]!.event !== undefined && { event: outside[0]!.event }) }
    },
  }
}

function seconds(ms: number): number | null {
  return Number.isFinite(ms) ? ms / 1000 : null
}

/** A call happens when it commits: at its start, or when its late effect comes. */
function timesOf(found: readonly Occurrence[], events: readonly Event[]): Timed[] {
  const late = lateCommits(events)
  return found.map(({ event: index }) => {
    const event = late.get(index) ?? events[index]!
    return { event: index, at: 'at' in event ? event.at : 0 }
  })
}
