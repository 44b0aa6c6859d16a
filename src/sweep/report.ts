/** The report on a sweep: everything that is told of it, from its plan and what was played. */
import type { EpisodeLine, SweepReport } from '../../protocol/sweep-report.ts'
import { ENGINE_VERSION, VERIFIER_VERSION } from '../core/engine-version.ts'
import { keyOf } from '../core/keyed.ts'
import { breakdownsOf, curvesOf } from './breakdown.ts'
import { compareAll, correct, compare, pairUp, type Sides } from './difference.ts'
import { groupBy, isScored, type Played, scenarioOf, type Scored } from './played.ts'
import { type Plan, unitCount } from './plan.ts'
import { figuresOf } from './policy-figures.ts'
import { stopAfter } from './stop.ts'

/** What a report needs besides plan and episodes. */
export type About = {
  readonly state: SweepReport['state']
  readonly verifiedAgain?: number
  readonly timelines?: readonly EpisodeLine[]
}

const MOST_FAILURES = 20

/** Pairs of policies that are compared. */
function rivals({ policies, spec }: Plan): [number, number][] {
  const base = policies.findIndex(({ name }) => name === spec.baseline)
  return policies.flatMap((_, a) => policies.flatMap((_, b): [number, number][] => ((base === -1 ? a < b : a === base && b !== base) ? [[a, b]] : [])))
}

function policySides(plan: Plan, byPolicy: readonly Scored[][]): Sides[] {
  return rivals(plan).map(([a, b]) => ({
    a: plan.policies[a]!.name, b: plan.policies[b]!.name,
    pairs: pairUp(byPolicy[a]!, byPolicy[b]!, ({ row, repeat, dynamics }) => `${row} ${repeat} ${dynamics}`),
  }))
}

function againstFirst(plan: Plan, byPolicy: readonly Scored[][]): SweepReport['against_first'] {
  const key = keyOf(['against first', plan.spec.seed])
  const found = plan.policies.flatMap(({ name }, policy) => plan.dynamics.slice(1).flatMap((label, i) => {
    const of = (dynamics: number) => byPolicy[policy]!.filter((episode) => episode.dynamics === dynamics)
    const pairs = pairUp(of(0), of(i + 1), ({ row, repeat }) => `${row} ${repeat}`)
    return pairs.length ? [{ policy: name, difference: compare({ a: plan.dynamics[0]!, b: label, pairs }, 'success', keyOf([name], key)) }] : []
  }))
  const corrected = correct(found.map(({ difference }) => difference))
  return found.map(({ policy }, i) => ({ policy, difference: corrected[i]! }))
}

function scenariosOf(plan: Plan): SweepReport['scenarios'] {
  const rows = [...plan.rows.keys()]
  return [...groupBy(rows, (row) => scenarioOf(plan, row))].map(([name, own]) => {
    const digests = new Set(own.map((row) => plan.rows[row]!.scenario.split('@')[1] ?? ''))
    return { name, digest: digests.size === 1 && !name.startsWith('gen:') ? [...digests][0]! : null, tasks: own.length }
  })
}

function issuesOf({ policies }: Plan, byPolicy: readonly Scored[][]): SweepReport['issues'] {
  return policies.flatMap(({ name }, policy) => {
    const scored = byPolicy[policy]!
    const counts = groupBy(scored.flatMap(({ outcome }) => Object.keys(outcome.issues)), (category) => category)
    return [...counts].map(([category, { length }]) => ({ policy: name, category, episodes: length, share: length / scored.length }))
      .toSorted((a, b) => b.episodes - a.episodes || (a.category < b.category ? -1 : 1))
  })
}

function framesOf(plan: Plan, byPolicy: readonly Scored[][]): SweepReport['frames'] {
  return plan.policies.flatMap(({ name }, policy) => [...groupBy(byPolicy[policy]!, ({ row }) => scenarioOf(plan, row))].flatMap(([scenario, episodes]) => {
    const agents = [...new Set(episodes.flatMap(({ outcome }) => Object.keys(outcome.frames)))]
    // Teams that differ from task to task have no agents to tell of.
    if (agents.length < 2 || scenario.startsWith('gen:')) return []
    return agents.map((agent) => {
      const mean = (field: 'turns' | 'calls' | 'errors' | 'milestones'): number => episodes.reduce((sum, { outcome }) => sum + (outcome.frames[agent]?.[field] ?? 0), 0) / episodes.length
      return { policy: name, scenario, agent, episodes: episodes.length, turns: mean('turns'), calls: mean('calls'), errors: mean('errors'), milestones: mean('milestones') }
    })
  }))
}

function failuresOf({ policies }: Plan, episodes: readonly Played[]): SweepReport['failures'] {
  const lost = episodes.filter((played) => !isScored(played))
  return [...groupBy(lost, ({ policy, outcome }) => `${policy} ${outcome.cause ?? 'unknown'}`).values()]
    .map((own) => ({ policy: policies[own[0]!.policy]!.name, cause: own[0]!.outcome.cause ?? 'unknown', episodes: own.length }))
    .toSorted((a, b) => b.episodes - a.episodes || (a.cause < b.cause ? -1 : 1)).slice(0, MOST_FAILURES)
}

/** What counts: what was played of the tasks up to where the declared rule ended it. */
export function countedOf(plan: Plan, played: readonly Played[]): { readonly counted: readonly Played[]; readonly stoppedAfter: number | undefined } {
  const stoppedAfter = stopAfter(plan, played)
  return { counted: stoppedAfter === undefined ? played : played.filter(({ row }) => row < stoppedAfter), stoppedAfter }
}

/** Reports on a sweep; the same plan and outcomes give the same report, in whatever order they came. */
export function reportOn(plan: Plan, played: readonly Played[], { state, verifiedAgain = 0, timelines }: About): SweepReport {
  const { counted, stoppedAfter } = countedOf(plan, played.toSorted((a, b) => a.unit - b.unit))
  const scored = counted.filter(isScored)
  const byPolicy = plan.policies.map((_, policy) => scored.filter((episode) => episode.policy === policy))
  const key = keyOf(['sweep statistics', plan.spec.seed])
  return {
    format: 'fractal-gym.sweep/1',
    name: plan.spec.name,
    spec: { ...plan.spec, policies: plan.policies.map(({ recordings: _recordings, ...policy }) => policy) },
    engine: ENGINE_VERSION, verifier: VERIFIER_VERSION, digest: plan.digest, state,
    counts: {
      tasks: plan.rows.length, planned: unitCount(plan), scored: scored.length,
      env_errors: counted.filter(({ outcome }) => outcome.status === 'env_error').length,
      failed: counted.filter(({ outcome }) => outcome.status === 'failed').length,
      left: unitCount(plan) - counted.length,
      stopped_after: stoppedAfter ?? null,
      verified_again: verifiedAgain,
      other_versions: scored.filter(({ outcome }) => outcome.verifier !== VERIFIER_VERSION).length,
    },
    scenarios: scenariosOf(plan),
    dynamics: [...plan.dynamics],
    policies: plan.policies.map((policy, i) => figuresOf(plan, policy, counted.filter((episode) => episode.policy === i), key)),
    comparisons: compareAll(policySides(plan, byPolicy), key),
    against_first: againstFirst(plan, byPolicy),
    curves: curvesOf(plan, scored, key),
    breakdowns: breakdownsOf(plan, scored, key),
    issues: issuesOf(plan, byPolicy),
    frames: framesOf(plan, byPolicy),
    failures: failuresOf(plan, counted),
    ...(timelines && { timelines: [...timelines] }),
  }
}

/** A report without what only privileged readers may see: what the dynamics did. */
export function publicPart({ timelines: _timelines, ...report }: SweepReport): SweepReport {
  return { ...report, policies: report.policies.map(({ recovery: _recovery, ...policy }) => policy), breakdowns: report.breakdowns.filter(({ by }) => by !== 'fault') }
}
