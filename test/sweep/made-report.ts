/** Reports made up in every size, for those who show them. */
import { SweepReport, type Cell, type Difference, type EpisodeLine, type Estimate, type PolicyFigures } from '../../protocol/sweep-report.ts'

/** What a made report is like. */
export type Sizes = {
  readonly policies: readonly string[]
  readonly dynamics: readonly string[]
  readonly scenarios: readonly string[]
  readonly repeats?: number
  readonly timelines?: readonly EpisodeLine[]
}

/** A share that only its name decides. */
function shareOf(...names: readonly (string | number)[]): number {
  let hash = 7
  for (const letter of names.join(' ')) hash = (hash * 31 + letter.codePointAt(0)!) % 1_000_003
  return (hash % 1001) / 1000
}

/** An estimate around a mean. */
export function around(mean: number, half = 0.05, n = 200): Estimate {
  return { mean, low: Math.max(0, mean - half), high: Math.min(1, mean + half), n, clusters: Math.ceil(n / 2), method: 'bootstrap' }
}

function figures(policy: string, episodes: number, repeats: number): PolicyFigures {
  const success = shareOf(policy)
  return {
    policy, episodes, env_errors: 0, failed: 0, success: around(success, 0.05, episodes), success_bounds: [success, success], reward: around(success, 0.04, episodes),
    pass_at: Array.from({ length: repeats }, (_, i) => ({ k: i + 1, any: 1 - (1 - success) / (i + 1), all: success / (i + 1) })),
    recovery: { met: 40, success: around(success * 0.6, 0.1, 40), extra_calls: { ...around(0.5, 0.1, 20), mean: 2.5, low: 1, high: 4 }, extra_ms: { ...around(0.5, 0.1, 20), mean: 2500, low: -100, high: 5000 } },
    collateral: around(0.01, 0.01), duplicates: around(0.02, 0.01), false_success: around(shareOf(policy, 'claims') / 2), zero_signal: { groups: 100, share: 0.4 },
    turns: 11.2, calls: 8.5, virtual_ms: 1_918_107, tokens: 498.9,
  }
}

function difference(a: string, b: string, metric: Difference['metric'], mean: number): Difference {
  return { a, b, metric, difference: { mean, low: mean - 0.05, high: mean + 0.04, n: 200, clusters: 100, method: 'bootstrap' }, better: 30, worse: 12, p: 0.004, p_holm: Math.abs(mean) > 0.05 ? 0.012 : 0.4 }
}

function cells(policies: readonly string[], keys: readonly string[]): Cell[] {
  return policies.flatMap((policy) => keys.map((key) => ({ policy, key, success: around(shareOf(policy, key), 0.12, 20), reward: shareOf(policy, key) })))
}

/** A report of a size; it holds to its schema. */
export function madeReport({ policies, dynamics, scenarios, repeats = 1, timelines }: Sizes): SweepReport {
  const breakdowns = [['scenario', scenarios], ['dynamics', dynamics], ['difficulty.plan_depth', ['2', '3 to 4', '5 to 6', '7 to 12']], ['tag', ['write', 'money']], ['fault', ['timeout', 'rate_limit']]] as const
  const episodes = scenarios.length * dynamics.length * repeats * 5
  const profiles = [...new Set(dynamics.filter((label) => label.includes('@')).map((label) => label.split('@')[0]!))]
  return SweepReport.parse({
    format: 'fractal-gym.sweep/1', name: 'made',
    spec: { name: 'made', policies: [{ policy: 'oracle', name: 'oracle' }], scenarios: ['*'], seed: 0, seeds: 5, repeats, dynamics: dynamics.map(() => ({ profile: 'clean' })), tries: 3, lease_seconds: 600 },
    engine: '5', verifier: '1', digest: 'ab'.repeat(32), state: 'done',
    counts: { tasks: scenarios.length * 5, planned: episodes * policies.length, scored: episodes * policies.length, env_errors: 0, failed: 0, left: 0, stopped_after: null, verified_again: 0, other_versions: 0 },
    scenarios: scenarios.map((name) => ({ name, digest: name.startsWith('gen:') ? null : 'cd'.repeat(32), tasks: 5 })),
    dynamics,
    policies: policies.map((policy) => figures(policy, episodes, repeats)),
    comparisons: policies.flatMap((a, i) => policies.slice(i + 1).flatMap((b) => (['success', 'reward'] as const).map((metric) => difference(a, b, metric, shareOf(b) - shareOf(a))))),
    against_first: policies.flatMap((policy) => dynamics.slice(1).map((label) => ({ policy, difference: difference(dynamics[0]!, label, 'success', -shareOf(policy, label) / 2) }))),
    curves: policies.flatMap((policy) => profiles.map((profile) => ({ policy, profile, points: [0, 0.25, 0.5, 1].map((intensity) => ({ intensity, success: around(shareOf(policy) * (1 - intensity / 2)), reward: 0.5 })) }))),
    breakdowns: breakdowns.filter(([, keys]) => keys.length > 1).map(([by, keys]) => ({ by, keys: [...keys], cells: cells(policies, keys) })),
    issues: policies.flatMap((policy) => ['missed_action', 'false_claim'].map((category) => ({ policy, category, episodes: 20, share: shareOf(policy, category) }))),
    frames: policies.flatMap((policy) => ['lead', 'clerk'].map((agent) => ({ policy, scenario: scenarios[0]!, agent, episodes: 50, turns: 6.28, calls: 4.28, errors: 0.54, milestones: 0 }))),
    failures: [],
    ...(timelines && { timelines }),
  })
}

/** An episode of so many calls with all that may befall them; every seventh waits for hours. */
export function madeLine(calls: number, name = 'update_refund_request'): EpisodeLine {
  const outcomes = ['ok', 'error', 'silent', 'said', 'ok', 'ok', 'wait'] as const
  let at = 0
  const spans = Array.from({ length: calls }, (_, i) => {
    const outcome = outcomes[i % 7]!
    const from = at
    at += outcome === 'wait' ? 7_200_000 : 100 + 37 * (i % 9)
    return { at: from, until: at, name: outcome === 'wait' ? 'wait' : `${name}_${i % 3}`, about: `{"order": "ORD-${i}"}`, outcome, committed: outcome === 'error', faults: outcome === 'error' || outcome === 'silent' ? [{ kind: 'timeout.response_lost', phase: 'response' }] : [] }
  })
  return { policy: 'naive', scenario: 'retail', task: 'refund', seed: 17, luck: 3, dynamics: 'flaky', reward: calls % 2, success: calls % 2 === 1, stop_reason: 'turn_limit', ends_ms: at, instruction: 'Refund the late order.', spans }
}
