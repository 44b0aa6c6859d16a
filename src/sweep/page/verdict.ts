/** What the sweep found, in sentences. */
import type { Difference, Estimate, PolicyFigures, SweepReport } from '../../../protocol/sweep-report.ts'
import { countOf, hasInterval, listed, percent, points, sayP, sayShare, SIGNIFICANT, writeWhole } from './figure-text.ts'
import { escapeHtml, nameTag } from './html.ts'

/** Sentences as HTML: what was found, and what to be careful about. */
export type Verdict = { readonly found: readonly string[]; readonly careful: readonly string[] }

/** A difference turned so that it is of one over the other, or undefined where the two were not compared. */
function over(comparisons: readonly Difference[], one: string, other: string): Pick<Difference, 'difference' | 'p_holm'> | undefined {
  for (const { a, b, metric, difference, p_holm } of comparisons) {
    if (metric !== 'success') continue
    if (b === one && a === other) return { difference, p_holm }
    if (a === one && b === other) return { difference: { ...difference, mean: -difference.mean, low: -difference.high, high: -difference.low }, p_holm }
  }
  return undefined
}

/** `6.8 points (95% interval +4.4 to +9.9, corrected p = 0.001, 1,000 pairs)`. */
function sayDifference({ difference, p_holm }: Pick<Difference, 'difference' | 'p_holm'>): string {
  return `${points(Math.abs(difference.mean)).replace('+', '')} points (${hasInterval(difference) ? `95% interval ${points(difference.low)} to ${points(difference.high)}` : 'too few tasks for an interval'}, corrected ${sayP(p_holm)}, ${countOf(difference.n, 'pair')})`
}

function sayNext({ comparisons }: SweepReport, best: PolicyFigures, next: PolicyFigures): string {
  const found = over(comparisons, best.policy, next.policy)
  const name = nameTag(next.policy)
  if (!found) return `The next is ${name} with ${sayShare(next.success)}; the two were not compared.`
  const { difference, p_holm } = found
  if (difference.mean === 0) return `Where both played the same, it does not differ from the next, ${name}.`
  const side = difference.mean > 0 ? 'ahead of' : 'behind'
  const sure = p_holm < SIGNIFICANT ? '' : ' That may be chance.'
  return `Where both played the same, it is ${sayDifference(found)} ${side} the next, ${name}.${sure}`
}

/** How many of the others the best is surely ahead of. */
function sayOthers({ comparisons, policies }: SweepReport, best: PolicyFigures): string[] {
  const others = policies.filter(({ policy }) => policy !== best.policy).flatMap(({ policy }) => over(comparisons, best.policy, policy) ?? [])
  if (policies.length < 3 || !others.length) return []
  const ahead = others.filter(({ difference, p_holm }) => difference.mean > 0 && p_holm < SIGNIFICANT).length
  const whom = others.length === 1 ? `${ahead ? '' : 'not '}the one policy` : ahead === others.length ? `all ${others.length} policies` : `${ahead || 'none'} of the ${others.length} policies`
  return [`At a corrected p below 0.05 it is ahead of ${whom} that it was compared with.`]
}

function sayBest(report: SweepReport): string[] {
  const ranked = report.policies.filter(({ episodes }) => episodes > 0).toSorted((a, b) => b.success.mean - a.success.mean)
  const [best, next] = ranked
  if (!best) return ['No episode was scored, so there is nothing to compare.']
  const over = `of ${countOf(best.success.n, 'episode')} over ${countOf(best.success.clusters, 'task')}`
  if (!next) return [`${nameTag(best.policy)} succeeds in ${sayShare(best.success)} ${over}.`]
  const level = ranked.filter(({ success }) => success.mean === best.success.mean)
  if (level.length > 1) return [`${listed(level.map(({ policy }) => nameTag(policy)))} succeed equally often, in ${percent(best.success.mean)} of their episodes${level.length < ranked.length ? ', and more often than the others' : ''}.`]
  return [`${nameTag(best.policy)} succeeds most often: in ${sayShare(best.success)} ${over}. ${sayNext(report, best, next)}`, ...sayOthers(report, best)]
}

/** What the dynamics cost the best policy, and whom they cost the most. */
function sayDynamics({ against_first, dynamics, policies }: SweepReport): string[] {
  if (dynamics.length < 2) return [`All was played under one dynamics, ${nameTag(dynamics[0] ?? 'none')}, so this says nothing about what disturbances cost.`]
  const losses = against_first.filter(({ difference }) => difference.difference.mean < 0).toSorted((a, b) => a.difference.difference.mean - b.difference.difference.mean)
  const first = nameTag(dynamics[0]!)
  if (!against_first.length) return []
  if (!losses.length) return [`No other dynamics lower the success of any policy below that under ${first}.`]
  const best = policies.toSorted((a, b) => b.success.mean - a.success.mean)[0]!.policy
  const own = losses.find(({ policy }) => policy === best)
  const most = losses[0]!
  const say = ({ policy, difference }: (typeof losses)[number]): string => `${nameTag(policy)} loses ${sayDifference(difference)} under ${nameTag(difference.b)}${difference.p_holm < SIGNIFICANT ? '' : ', which may be chance'}`
  return [`Against ${first}, ${own && own !== most ? `${say(own)}; ` : ''}${say(most)}${policies.length > 1 || dynamics.length > 2 ? ', the largest loss of all' : ''}.`]
}

function sayClaims({ policies }: SweepReport): string[] {
  const scored = policies.filter(({ episodes }) => episodes > 0)
  const worst = scored.toSorted((a, b) => b.false_success.mean - a.false_success.mean)[0]
  if (!worst || worst.false_success.mean < 0.01) return []
  const best = scored.toSorted((a, b) => b.success.mean - a.success.mean)[0]!
  const own = best === worst || best.success.mean === 0 ? '' : `, against ${percent(best.false_success.mean)} of ${nameTag(best.policy)}`
  return [`${nameTag(worst.policy)} ${scored.length > 1 ? 'most often ' : ''}ends an episode as something done that is not: in ${sayShare(worst.false_success)} of its episodes${own}.`]
}

function sayLost({ counts: { env_errors, failed }, policies }: SweepReport): string[] {
  if (!env_errors && !failed) return []
  const reasons = [...(env_errors ? [`${writeWhole(env_errors)} because the environment broke`] : []), ...(failed ? [`${writeWhole(failed)} because infrastructure did`] : [])]
  const widest = policies.toSorted((a, b) => width(b) - width(a))[0]!
  return [`${countOf(env_errors + failed, 'episode was', 'episodes were')} not scored, ${listed(reasons)}; they are not counted as zeros. Had all of them failed, or all succeeded, the success of ${nameTag(widest.policy)} would be ${percent(widest.success_bounds[0])} or ${percent(widest.success_bounds[1])}.`]
}

function width({ success_bounds: [least, most] }: PolicyFigures): number {
  return most - least
}

function sayEnd({ counts: { stopped_after, left, planned, tasks }, spec: { stop }, state }: SweepReport): string[] {
  if (stopped_after !== null) return [`It ended early, after ${writeWhole(stopped_after)} of ${countOf(tasks, 'task')}, by the rule declared before it began${stop ? ` (intervals of ${stop.metric} no wider than ±${points(stop.half_width).replace('+', '')} points, after at least ${countOf(stop.least, 'seed')})` : ''}; what was played beyond is not counted.`]
  if (left > 0) return [`It is incomplete: ${countOf(left, 'episode')} of ${writeWhole(planned)} ${left === 1 ? 'is' : 'are'} not played (state: ${escapeHtml(state)}). Figures may still change, and policies may have played different tasks.`]
  return state === 'done' ? [] : [`Its state is ${escapeHtml(state)}.`]
}

function sayVersions({ counts: { verified_again, other_versions } }: SweepReport): string[] {
  return [
    ...(verified_again ? [`${countOf(verified_again, 'episode was', 'episodes were')} judged again by this version of the verifier.`] : []),
    ...(other_versions ? [`${countOf(other_versions, 'episode was', 'episodes were')} judged by another version of the verifier and cannot be judged again, as the engine is another too: mind that when comparing.`] : []),
  ]
}

/** Estimates whose tasks are too few for an interval. */
function sayFew({ policies }: SweepReport): string[] {
  const few = policies.map(({ success }) => success).filter((success: Estimate) => success.n > 0 && !hasInterval(success))
  return few.length ? ['Fewer than two tasks were scored, so there are no intervals: play more seeds.'] : []
}

/** The verdict on a report. */
export function verdictOn(report: SweepReport): Verdict {
  const isScored = report.policies.some(({ episodes }) => episodes > 0)
  return {
    found: [...sayBest(report), ...(isScored ? [...sayDynamics(report), ...sayClaims(report)] : [])],
    careful: [...sayEnd(report), ...sayLost(report), ...sayVersions(report), ...sayFew(report)],
  }
}
