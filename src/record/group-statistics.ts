/** What groups of rollouts of one task teach: a trainer that compares the members of a group learns nothing where all are equal. */
import type { MilestoneResult } from '../../protocol/verdict.ts'

/** One rollout: its group (rows that are the same task instance), and what it was paid; null where the environment failed. */
export type Rollout = { readonly group: string; readonly reward: number | null; readonly milestones?: readonly Pick<MilestoneResult, 'check' | 'milestone' | 'reached'>[] }

export type GroupSummary = {
  readonly group: string
  readonly rollouts: number
  readonly void: number
  readonly mean: number | null
  /** Of the rewards in the group, divided by their number. */
  readonly variance: number | null
  /** Two or more rewards, all of them equal. */
  readonly zero_signal: boolean
}

export type GroupStatistics = {
  readonly rollouts: number
  readonly void: number
  readonly groups: number
  readonly mean_reward: number | null
  readonly success_rate: number | null
  /** Variance of all rewards; it is the sum of that within groups and that between their means. */
  readonly variance: { readonly total: number; readonly within: number; readonly between: number } | null
  readonly zero_signal: { readonly groups: number; readonly share: number | null; readonly all_zero: number; readonly all_one: number }
  /** By check.milestone. */
  readonly milestones: Readonly<Record<string, { readonly reached: number; readonly of: number; readonly rate: number }>>
  readonly by_group: readonly GroupSummary[]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function varianceOf(values: readonly number[]): number {
  const middle = mean(values)
  return mean(values.map((value) => (value - middle) * (value - middle)))
}

/** Summarises rollouts; groups in the order in which they first come. */
export function groupStatistics(rollouts: readonly Rollout[]): GroupStatistics {
  const groups = new Map<string, Rollout[]>()
  for (const rollout of rollouts) groups.set(rollout.group, [...groups.get(rollout.group) ?? [], rollout])
  const scored = [...groups.values()].map(rewardsOf).filter((rewards) => rewards.length > 0)
  const rewards = scored.flat()
  const compared = scored.filter((members) => members.length > 1)
  const equal = compared.filter(allEqual)
  return {
    rollouts: rollouts.length,
    void: rollouts.length - rewards.length,
    groups: groups.size,
    mean_reward: rewards.length ? mean(rewards) : null,
    success_rate: rewards.length ? mean(rewards.map((reward) => (reward === 1 ? 1 : 0))) : null,
    variance: rewards.length ? splitVariance(scored, rewards) : null,
    zero_signal: {
      groups: equal.length, share: compared.length ? equal.length / compared.length : null,
      all_zero: equal.filter(([first]) => first === 0).length, all_one: equal.filter(([first]) => first === 1).length,
    },
    milestones: milestoneRates(rollouts),
    by_group: [...groups].map(([group, members]) => summarise(group, members)),
  }
}

function rewardsOf(members: readonly Rollout[]): number[] {
  return members.flatMap(({ reward }) => (reward === null ? [] : [reward]))
}

function allEqual(rewards: readonly number[]): boolean {
  return rewards.every((reward) => reward === rewards[0])
}

function summarise(group: string, members: readonly Rollout[]): GroupSummary {
  const rewards = rewardsOf(members)
  const some = rewards.length > 0
  return { group, rollouts: members.length, void: members.length - rewards.length, mean: some ? mean(rewards) : null, variance: some ? varianceOf(rewards) : null, zero_signal: rewards.length > 1 && allEqual(rewards) }
}

function splitVariance(groups: readonly (readonly number[])[], all: readonly number[]): NonNullable<GroupStatistics['variance']> {
  const within = groups.reduce((sum, members) => sum + varianceOf(members) * members.length, 0) / all.length
  const total = varianceOf(all)
  // Rounding may leave a hair below nothing.
  return { total, within, between: Math.max(0, total - within) }
}

function milestoneRates(rollouts: readonly Rollout[]): GroupStatistics['milestones'] {
  const counts = new Map<string, { reached: number; of: number }>()
  for (const { milestones = [], reward } of rollouts) {
    if (reward === null) continue
    for (const { check, milestone, reached } of milestones) {
      const name = `${check}.${milestone}`
      const count = counts.get(name) ?? { reached: 0, of: 0 }
      counts.set(name, { reached: count.reached + (reached ? 1 : 0), of: count.of + 1 })
    }
  }
  return Object.fromEntries([...counts].map(([name, { reached, of }]) => [name, { reached, of, rate: reached / of }]))
}
