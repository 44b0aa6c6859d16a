/** Episodes of a sweep that were played, and how they are found by what they have in common. */
import type { SweepOutcome } from '../../protocol/sweep.ts'
import { type Plan, type Unit, unitAt } from './plan.ts'
import type { Valued } from './estimate.ts'

export type Played = Unit & { readonly outcome: SweepOutcome }

/** One that was scored: its reward counts. */
export type Scored = Played & { readonly outcome: SweepOutcome & { readonly reward: number } }

export function isScored(played: Played): played is Scored {
  return played.outcome.status === 'scored' && played.outcome.reward !== null
}

export function playedOf(plan: Plan, unit: number, outcome: SweepOutcome): Played {
  return { ...unitAt(plan, unit), outcome }
}

export function valuesOf<T extends Played>(episodes: readonly T[], valueOf: (episode: T) => number): Valued[] {
  return episodes.map((episode) => ({ task: episode.row, value: valueOf(episode) }))
}

export const successOf = ({ outcome }: Scored): number => (outcome.success ? 1 : 0)
export const rewardOf = ({ outcome }: Scored): number => outcome.reward

/** The name of the scenario of a row, without its digest and what a reference asks for. */
export function scenarioOf({ rows }: Pick<Plan, 'rows'>, row: number): string {
  return rows[row]!.scenario.split(/[?@]/)[0]!
}

/** Groups in the order in which they first come. */
export function groupBy<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const name = nameOf(item)
    const group = groups.get(name)
    if (group) group.push(item)
    else groups.set(name, [item])
  }
  return groups
}
