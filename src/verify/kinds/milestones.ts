/** `milestones`: things to reach, each matched to an event of its own, in the order of their DAG. */
import type { Check, Milestone } from '../../../protocol/spec/check.ts'
import type { EpisodeView } from '../../episode/task.ts'
import type { Run } from '../../world/expression/scope.ts'
import type { Site } from '../../world/site.ts'
import { BOOL } from '../../world/type.ts'
import { evaluate, finalEvaluation } from '../check-context.ts'
import type { CompiledCheck, Evidence, Finding } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'
import { compileHappening, type Find } from '../happening.ts'
import { ancestorsOf, checkGraph } from '../milestone-graph.ts'
import { type Fit, MOST_MATCHED, reachMost } from '../milestone-match.ts'
import { momentsOf } from '../moment.ts'

type MilestonesCheck = Extract<Check, { kind: 'milestones' }>

/** So many milestones may one check have. */
const MOST_MILESTONES = 40
/** Events that evidence names for one that was missed. */
const MOST_UNUSED = 3
/** The best score with something missed, however little it weighs. */
const NOT_ALL = 1048575 / 1048576

/** A milestone of either sort, and all that it needs before it. */
type Compiled = { readonly name: string; readonly weight: number; readonly needs: ReadonlySet<string> } & (
  | { readonly find: Find; readonly holds?: undefined }
  | { readonly holds: Run; readonly source: string; readonly find?: undefined }
)

/** What an episode has reached: each milestone with the event that it was matched to, and where it was found at all. */
type Outcome = { readonly reached: ReadonlySet<string>; readonly eventOf: ReadonlyMap<string, number>; readonly seen: ReadonlyMap<string, readonly number[]> }

/** Compiles the check; mistakes become findings of the site. */
export function compileMilestones({ reach }: MilestonesCheck, environment: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run' | 'progress'> {
  const graph = new Map(Object.entries(reach).map(([name, { after }]) => [name, after]))
  checkGraph(graph, site)
  const milestones = Object.entries(reach).map(([name, milestone]): Compiled => ({ name, weight: milestone.weight, needs: ancestorsOf(graph, name), ...compileOne(milestone, environment, site.at(name)) }))
  const matched = milestones.filter(({ find }) => find).length
  if (!milestones.length) site.complain('milestones', 'there is nothing to reach', { expected: 'milestones by name' })
  if (milestones.length > MOST_MILESTONES) site.complain('milestones', `there are ${milestones.length} milestones`, { expected: `at most ${MOST_MILESTONES}` })
  if (matched > MOST_MATCHED) site.complain('milestones', `${matched} milestones wait for events`, { expected: `at most ${MOST_MATCHED}, or several checks` })
  const all = weigh(milestones, () => true)
  return {
    run: (view) => judge(milestones, outcomeOf(milestones, view, environment, true)),
    progress(view) {
      const { reached } = outcomeOf(milestones, view, environment, false)
      const share = reached.size === milestones.length ? 1 : weigh(milestones, ({ name }) => reached.has(name)) / all
      return { held: milestones.length * share, of: milestones.length }
    },
  }
}

function compileOne(milestone: Milestone, environment: CheckEnvironment, site: Site): { find: Find } | { holds: Run; source: string } {
  if ('that' in milestone) return { holds: site.at('that').expression(milestone.that, environment.scope, BOOL).run, source: milestone.that }
  return { find: compileHappening(milestone, environment, site) }
}

function weigh(milestones: readonly Compiled[], counts: (milestone: Compiled) => boolean): number {
  return milestones.reduce((sum, one) => (counts(one) ? sum + one.weight : sum), 0)
}

/**
 * What has been reached. A state has no moment: one that holds now is reached when all that it needs is, and what
 * comes after it has to come after those; one that does not hold blocks what comes after it.
 * @param ended whether what the agent has asked for and not seen yet will never be seen
 */
function outcomeOf(milestones: readonly Compiled[], view: EpisodeView, { scope }: CheckEnvironment, ended: boolean): Outcome {
  const cx = finalEvaluation(view, scope.slots.used)
  const missing = new Set(milestones.filter((one) => one.holds && evaluate(one.holds, cx, one.source) !== true).map(({ name }) => name))
  const waiting = milestones.filter(({ find }) => find)
  const bitOf = new Map(waiting.map(({ name }, i) => [name, 1 << i]))
  const states = milestones.filter(({ find, name }) => !find && !missing.has(name))
  const needsOf = ({ needs }: Compiled): number | undefined => {
    let bits = 0
    for (const name of needs) {
      if (missing.has(name)) return undefined
      bits |= bitOf.get(name) ?? 0
    }
    return bits
  }
  const stateNeeds = new Map(states.map((state) => [state, needsOf(state)]))
  const holdsAfter = (state: Compiled, mask: number): boolean => {
    const bits = stateNeeds.get(state)
    return bits !== undefined && (bits & ~mask) === 0
  }
  const worth = (mask: number) => weigh(waiting, ({ name }) => (mask & bitOf.get(name)!) !== 0) + weigh(states, (state) => holdsAfter(state, mask))
  const { log, seen } = fitsOf(waiting, view, ended)
  const { mask, events } = reachMost(log, waiting.map(needsOf), worth)
  return {
    reached: new Set([...waiting.filter((_, i) => mask & (1 << i)), ...states.filter((state) => holdsAfter(state, mask))].map(({ name }) => name)),
    eventOf: new Map(waiting.flatMap(({ name }, i) => (events.has(i) ? [[name, events.get(i)!] as const] : []))),
    seen,
  }
}

/** The events that fit something, in the order in which they were done. */
function fitsOf(waiting: readonly Compiled[], view: EpisodeView, ended: boolean): { log: Fit[]; seen: Map<string, number[]> } {
  const momentOf = momentsOf(view)
  const found = new Map<number, { event: number; done: number; fits: number }>()
  const seen = new Map<string, number[]>()
  waiting.forEach(({ name, find }, i) => {
    const moments = find!(view).map(momentOf)
    seen.set(name, moments.map(({ event }) => event))
    for (const { event, done = ended ? undefined : view.events.length } of moments) {
      if (done === undefined) continue
      const fit = found.get(event)
      if (fit) fit.fits |= 1 << i
      else found.set(event, { event, done, fits: 1 << i })
    }
  })
  return { log: [...found.values()].sort((a, b) => a.done - b.done || a.event - b.event), seen }
}

function judge(milestones: readonly Compiled[], { reached, eventOf, seen }: Outcome): Finding {
  const results = milestones.map(({ name, weight }) => ({ milestone: name, reached: reached.has(name), weight, ...(eventOf.has(name) && { event: eventOf.get(name)! }) }))
  const missed = milestones.filter(({ name }) => !reached.has(name))
  if (!missed.length) return { score: 1, evidence: [], milestones: results }
  const used = new Set(eventOf.values())
  let early: number | undefined
  const evidence = missed.flatMap((one): Evidence[] => {
    const open = [...one.needs].filter((need) => !reached.has(need))
    const unused = (seen.get(one.name) ?? []).filter((event) => !used.has(event))
    // What was done, but before its time, is a matter of order.
    if (!open.length) early ??= unused[0]
    const lost: Evidence = { pointer: `/reach/${one.name}`, expected: one.holds ? one.source : 'an event of its own', found: open.length ? `needs ${open.join(', ')}` : 'not reached' }
    return [lost, ...unused.slice(0, MOST_UNUSED).map((event) => ({ event, pointer: '', found: one.name }))]
  })
  const score = Math.min(weigh(milestones, ({ name }) => reached.has(name)) / weigh(milestones, () => true), NOT_ALL)
  return { score, evidence, milestones: results, ...(early === undefined ? { category: 'missed_action' } : { category: 'wrong_order', event: early }) }
}
