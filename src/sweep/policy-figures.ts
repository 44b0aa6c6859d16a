/** All that a report says about one policy by itself. */
import type { PolicyFigures } from '../../protocol/sweep-report.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import { passAtK, passHatK } from '../statistics/pass-at-k.ts'
import { estimate, estimateDifference } from './estimate.ts'
import { groupBy, isScored, type Played, rewardOf, type Scored, successOf, valuesOf } from './played.ts'
import type { Plan, PlannedPolicy } from './plan.ts'

const EVERY_K = 8
const MILLION = 1_000_000

function meanOf(episodes: readonly Scored[], valueOf: (episode: Scored) => number): number {
  return episodes.length ? episodes.reduce((sum, episode) => sum + valueOf(episode), 0) / episodes.length : 0
}

/** Repeats of one task under one dynamics. */
function groupsOf(scored: readonly Scored[]): Scored[][] {
  return [...groupBy(scored, ({ row, dynamics }) => `${row} ${dynamics}`).values()]
}

/** pass@k and pass^k over groups that have at least k members. */
function passes(scored: readonly Scored[], repeats: number): PolicyFigures['pass_at'] {
  const groups = groupsOf(scored).map((members) => ({ n: members.length, c: members.filter(({ outcome }) => outcome.success).length }))
  const ks = Array.from({ length: repeats }, (_, i) => i + 1).filter((k) => k <= EVERY_K || (k & (k - 1)) === 0 || k === repeats)
  return ks.flatMap((k) => {
    const large = groups.filter(({ n }) => n >= k)
    if (!large.length) return []
    const over = (share: (n: number, c: number, k: number) => number): number => large.reduce((sum, { n, c }) => sum + share(n, c, k), 0) / large.length
    return [{ k, any: over(passAtK), all: over(passHatK) }]
  })
}

function zeroSignal(scored: readonly Scored[]): PolicyFigures['zero_signal'] {
  const groups = groupsOf(scored).filter(({ length }) => length > 1)
  const equal = groups.filter((members) => members.every(({ outcome }) => outcome.reward === members[0]!.outcome.reward))
  return { groups: groups.length, share: groups.length ? equal.length / groups.length : null }
}

/** What faults cost: who recovered is held against the same episode under the first dynamics. */
function recovery(scored: readonly Scored[], key: Key): NonNullable<PolicyFigures['recovery']> {
  const met = scored.filter(({ outcome }) => Object.keys(outcome.faults).length > 0)
  const first = new Map(scored.filter(({ dynamics }) => dynamics === 0).map((episode) => [`${episode.row} ${episode.repeat}`, episode]))
  const pairs = met.filter(({ outcome, dynamics }) => outcome.success && dynamics > 0).flatMap((episode) => {
    const calm = first.get(`${episode.row} ${episode.repeat}`)
    return calm?.outcome.success && !Object.keys(calm.outcome.faults).length ? [{ episode, calm }] : []
  })
  const extra = (valueOf: (episode: Scored) => number, name: string) => (pairs.length
    ? estimateDifference(pairs.map(({ episode, calm }) => ({ task: episode.row, value: valueOf(episode) - valueOf(calm) })), keyOf([name], key))
    : null)
  return {
    met: met.length,
    success: met.length ? estimate(valuesOf(met, successOf), keyOf(['recovery'], key)) : null,
    extra_calls: extra(({ outcome }) => outcome.calls, 'extra calls'),
    extra_ms: extra(({ outcome }) => outcome.virtual_ms, 'extra ms'),
  }
}

/** What endpoints took, with all that was asked in vain. */
function usageOf(episodes: readonly Played[], { price }: PlannedPolicy): Pick<PolicyFigures, 'usage'> {
  const used = episodes.flatMap(({ outcome }) => outcome.usage ?? [])
  if (!used.length) return {}
  const sum = (field: 'prompt_tokens' | 'completion_tokens' | 'requests' | 'retries'): number => used.reduce((total, usage) => total + usage[field], 0)
  const [prompt_tokens, completion_tokens] = [sum('prompt_tokens'), sum('completion_tokens')]
  return { usage: { prompt_tokens, completion_tokens, requests: sum('requests'), retries: sum('retries'), cost: price ? (prompt_tokens * price.prompt + completion_tokens * price.completion) / MILLION : null } }
}

/** The figures of a policy from what it played. @param key names the draws of the bootstrap */
export function figuresOf(plan: Plan, policy: PlannedPolicy, episodes: readonly Played[], key: Key): PolicyFigures {
  const own = keyOf([policy.name], key)
  const scored = episodes.filter(isScored)
  const share = (name: string, holds: (episode: Scored) => boolean) => estimate(valuesOf(scored, (episode) => (holds(episode) ? 1 : 0)), keyOf([name], own))
  const has = (category: string) => ({ outcome }: Scored): boolean => Object.hasOwn(outcome.issues, category)
  const successes = scored.reduce((sum, episode) => sum + successOf(episode), 0)
  const [lost, all] = [episodes.length - scored.length, Math.max(1, episodes.length)]
  return {
    policy: policy.name,
    episodes: scored.length,
    env_errors: episodes.filter(({ outcome }) => outcome.status === 'env_error').length,
    failed: episodes.filter(({ outcome }) => outcome.status === 'failed').length,
    success: estimate(valuesOf(scored, successOf), keyOf(['success'], own)),
    success_bounds: [successes / all, (successes + lost) / all],
    reward: estimate(valuesOf(scored, rewardOf), keyOf(['reward'], own)),
    pass_at: passes(scored, plan.spec.repeats),
    recovery: recovery(scored, own),
    collateral: share('collateral', has('collateral_damage')),
    duplicates: share('duplicates', has('duplicate_effect')),
    false_success: share('false success', ({ outcome }) => outcome.claimed && !outcome.success),
    zero_signal: zeroSignal(scored),
    turns: meanOf(scored, ({ outcome }) => outcome.turns),
    calls: meanOf(scored, ({ outcome }) => outcome.calls),
    virtual_ms: meanOf(scored, ({ outcome }) => outcome.virtual_ms),
    tokens: meanOf(scored, ({ outcome }) => outcome.tokens),
    ...usageOf(episodes, policy),
  }
}
