/** Two sweeps against each other: policies on the episodes that both have played. */
import type { SweepComparison } from '../../protocol/sweep-report.ts'
import { keyOf } from '../core/keyed.ts'
import { compare, compareAll, correct, pairUp, type Sides } from './difference.ts'
import { groupBy, isScored, type Played, scenarioOf, type Scored } from './played.ts'
import { luckOf, type Plan } from './plan.ts'

export type PlayedSweep = { readonly plan: Plan; readonly played: readonly Played[] }

/** What an episode is, whoever played it. */
function nameIn(plan: Plan): (episode: Played) => string {
  return (episode) => {
    const { scenario, seed, task } = plan.rows[episode.row]!
    return `${scenario} ${seed} ${task} ${luckOf(plan, episode)} ${plan.dynamics[episode.dynamics]}`
  }
}

/** Policies of the same name; where no name is in both, each with each. */
function rivals(a: Plan, b: Plan): [number, number][] {
  const all = a.policies.flatMap((_, i) => b.policies.map((_, j): [number, number] => [i, j]))
  const same = all.filter(([i, j]) => a.policies[i]!.name === b.policies[j]!.name)
  return same.length ? same : all
}

function about({ plan, played }: PlayedSweep): SweepComparison['a'] {
  const { engine = '', verifier = '' } = played[0]?.outcome ?? {}
  return { name: plan.spec.name, engine, verifier, episodes: played.filter(isScored).length }
}

function changed(a: Plan, b: Plan): string[] {
  const digests = (plan: Plan) => new Map(plan.rows.filter(({ scenario }) => !scenario.startsWith('gen:')).map(({ scenario }) => scenario.split('@') as [string, string]))
  const before = digests(a)
  return [...digests(b)].filter(([name, digest]) => before.has(name) && before.get(name) !== digest).map(([name]) => name).sort()
}

/** Pairs the episodes of two sweeps; differences are those of b over a. */
export function compareSweeps(a: PlayedSweep, b: PlayedSweep): SweepComparison {
  const names = a.plan.spec.name === b.plan.spec.name ? [`${a.plan.spec.name} (a)`, `${b.plan.spec.name} (b)`] : [a.plan.spec.name, b.plan.spec.name]
  const [nameA, nameB] = [nameIn(a.plan), nameIn(b.plan)]
  const of = ({ played }: PlayedSweep, policy: number): Scored[] => played.filter(isScored).filter((episode) => episode.policy === policy)
  const sides = rivals(a.plan, b.plan).map(([i, j]): Sides => ({
    a: `${names[0]}:${a.plan.policies[i]!.name}`, b: `${names[1]}:${b.plan.policies[j]!.name}`,
    pairs: pairUp(of(a, i), of(b, j), nameA, nameB),
  }))
  const key = keyOf(['compare sweeps', a.plan.digest, b.plan.digest])
  const [placesA, placesB] = [new Set(a.played.map(nameA)), new Set(b.played.map(nameB))]
  const common = [...placesA].filter((place) => placesB.has(place)).length
  const byScenario = [...groupBy(sides.flatMap((each) => each.pairs.map((pair) => ({ each, pair }))), ({ each, pair }) => `${scenarioOf(a.plan, pair[0].row)} ${each.a} ${each.b}`).values()]
    .map((members) => ({ scenario: scenarioOf(a.plan, members[0]!.pair[0].row), difference: compare({ ...members[0]!.each, pairs: members.map(({ pair }) => pair) }, 'success', keyOf([scenarioOf(a.plan, members[0]!.pair[0].row)], key)) }))
  const corrected = correct(byScenario.map(({ difference }) => difference))
  return {
    format: 'fractal-gym.sweep-comparison/1',
    a: about(a), b: about(b), common, only_a: placesA.size - common, only_b: placesB.size - common,
    changed_scenarios: changed(a.plan, b.plan),
    comparisons: compareAll(sides, key),
    by_scenario: byScenario.map(({ scenario }, i) => ({ scenario, difference: corrected[i]! })),
  }
}
