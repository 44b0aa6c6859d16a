/** Where a policy's success comes from: by scenario, dynamics, split, tag, difficulty and fault. */
import type { Breakdown, Cell, Curve } from '../../protocol/sweep-report.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import { estimate } from './estimate.ts'
import { groupBy, type Scored, scenarioOf, successOf, valuesOf } from './played.ts'
import type { Plan } from './plan.ts'

/** Values of a difficulty axis up to which each has a cell of its own. */
const MOST_VALUES = 6
const BINS = 4
/** Tags of fewer tasks say nothing. */
const LEAST_TASKS = 10
const MOST_TAGS = 30

/** Names of the parts that an episode belongs to; none where it belongs to none. */
type PartsOf = (episode: Scored) => readonly string[]

function cellOf(policy: string, key: string, episodes: readonly Scored[], draws: Key): Cell {
  return { policy, key, success: estimate(valuesOf(episodes, successOf), keyOf([policy, key], draws)), reward: episodes.reduce((sum, { outcome }) => sum + outcome.reward, 0) / episodes.length }
}

function breakDown(plan: Plan, scored: readonly Scored[], by: string, keys: readonly string[], partsOf: PartsOf, draws: Key): Breakdown[] {
  const cells = plan.policies.flatMap(({ name }, policy) => {
    const parts = new Map<string, Scored[]>(keys.map((key) => [key, []]))
    for (const episode of scored) if (episode.policy === policy) for (const part of partsOf(episode)) parts.get(part)?.push(episode)
    return [...parts].filter(([, episodes]) => episodes.length > 0).map(([key, episodes]) => cellOf(name, key, episodes, keyOf([by], draws)))
  })
  const used = keys.filter((key) => cells.some((cell) => cell.key === key))
  return used.length > 1 || (by === 'fault' && used.length) ? [{ by, keys: used, cells }] : []
}

/** The parts of an axis: its values where there are few, otherwise ranges with about as many tasks each. */
function binsOf(values: readonly number[]): { readonly labels: readonly string[]; labelOf(value: number): string } {
  const distinct = [...new Set(values)].sort((a, b) => a - b)
  if (distinct.length <= MOST_VALUES) return { labels: distinct.map(String), labelOf: String }
  const sorted = values.toSorted((a, b) => a - b)
  const edges = [...new Set(Array.from({ length: BINS - 1 }, (_, i) => sorted[Math.floor((sorted.length * (i + 1)) / BINS)]!))]
  const ranges = [...edges, Infinity].map((to, i) => ({ from: i === 0 ? -Infinity : edges[i - 1]!, to }))
    .map((range) => ({ ...range, inside: distinct.filter((value) => value >= range.from && value < range.to) }))
    .filter(({ inside }) => inside.length > 0)
    .map(({ from, to, inside }) => ({ from, to, label: inside[0] === inside.at(-1) ? `${inside[0]}` : `${inside[0]} to ${inside.at(-1)}` }))
  return { labels: ranges.map(({ label }) => label), labelOf: (value) => ranges.find(({ from, to }) => value >= from && value < to)!.label }
}

/** The family of a kind of fault: `rate_limit` of `rate_limit.quota`. */
export function familyOf(kind: string): string {
  return kind.split('.')[0]!
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].sort()
}

/** Every breakdown that has more than one part. @param draws names the draws of the bootstrap */
export function breakdownsOf(plan: Plan, scored: readonly Scored[], draws: Key): Breakdown[] {
  const { rows } = plan
  const found = [
    ...breakDown(plan, scored, 'scenario', [...new Set(rows.map((_, row) => scenarioOf(plan, row)))], ({ row }) => [scenarioOf(plan, row)], draws),
    ...breakDown(plan, scored, 'dynamics', plan.dynamics, ({ dynamics }) => [plan.dynamics[dynamics]!], draws),
    ...breakDown(plan, scored, 'split', ['train', 'validation', 'test'], ({ row }) => [rows[row]!.split], draws),
  ]
  for (const axis of distinct(rows.flatMap(({ difficulty }) => Object.keys(difficulty)))) {
    const { labels, labelOf } = binsOf(rows.flatMap(({ difficulty }) => difficulty[axis] ?? []))
    found.push(...breakDown(plan, scored, `difficulty.${axis}`, labels, ({ row }) => (rows[row]!.difficulty[axis] === undefined ? [] : [labelOf(rows[row]!.difficulty[axis])]), draws))
  }
  const tags = [...groupBy(rows.flatMap((row) => row.tags), (tag) => tag)].filter(([, uses]) => uses.length >= LEAST_TASKS && uses.length < rows.length).toSorted(([a, m], [b, n]) => n.length - m.length || (a < b ? -1 : 1)).slice(0, MOST_TAGS)
  found.push(...breakDown(plan, scored, 'tag', tags.map(([tag]) => tag), ({ row }) => rows[row]!.tags, draws))
  const families = (episode: Scored): string[] => distinct(Object.keys(episode.outcome.faults).map(familyOf))
  found.push(...breakDown(plan, scored, 'fault', distinct(scored.flatMap(families)), families, draws))
  return found
}

/** Curves of the profiles that were played at several intensities. */
export function curvesOf({ spec, policies }: Plan, scored: readonly Scored[], draws: Key): Curve[] {
  const profiles = [...groupBy([...spec.dynamics.entries()], ([, { profile = 'own' }]) => profile)].filter(([, members]) => members.length > 1)
  return policies.flatMap(({ name }, policy) => profiles.map(([profile, members]) => ({
    policy: name, profile,
    points: members.toSorted(([, a], [, b]) => (a.intensity ?? 1) - (b.intensity ?? 1)).flatMap(([dynamics, { intensity = 1 }]) => {
      const episodes = scored.filter((episode) => episode.policy === policy && episode.dynamics === dynamics)
      if (!episodes.length) return []
      const { success, reward } = cellOf(name, `${profile}@${intensity}`, episodes, keyOf(['curve'], draws))
      return [{ intensity, success, reward }]
    }),
  })))
}
