/** What a sweep found out: means with their intervals, paired differences with their tests, and where they come from. */
import { z } from 'zod'
import { SweepSpec } from './sweep.ts'

const Count = z.int().min(0)
const Share = z.number().min(0).max(1)

export const Estimate = z
  .strictObject({
    mean: z.number(), low: z.number(), high: z.number(),
    n: Count.describe('Episodes, or pairs of them.'),
    clusters: Count.describe('Tasks among them: repeats of a task are alike, so tasks are what is drawn again.'),
    method: z.enum(['wilson', 'bootstrap', 'none']).describe("Wilson's interval where every task was played once or all tasks came out alike, the bootstrap over tasks otherwise; none where there are too few tasks."),
  })
  .meta({ id: 'Estimate', description: 'A mean with its 95% interval.' })
export type Estimate = z.infer<typeof Estimate>

export const PolicyFigures = z
  .strictObject({
    policy: z.string(),
    episodes: Count.describe('That were scored.'),
    env_errors: Count, failed: Count,
    success: Estimate.describe('pass@1.'),
    success_bounds: z.tuple([Share, Share]).describe('The mean if all that was not scored had failed, and if it had succeeded.'),
    reward: Estimate,
    pass_at: z.array(z.strictObject({ k: z.int().min(1), any: Share, all: Share })).describe('pass@k (any of k repeats succeeds) and pass^k (all of them do), up to the number of repeats.'),
    recovery: z.strictObject({
      met: Count.describe('Episodes in which a fault struck.'),
      success: Estimate.nullable().describe('Of those, the share that succeeded all the same.'),
      extra_calls: Estimate.nullable().describe('Calls of those that recovered, beyond those of the same episode under the first dynamics.'),
      extra_ms: Estimate.nullable().describe('The same for virtual milliseconds.'),
    }).optional().describe('Only for privileged readers.'),
    collateral: Estimate.describe('Share of episodes that changed what was not theirs to change.'),
    duplicates: Estimate.describe('Share with an effect that happened twice.'),
    false_success: Estimate.describe('Share that ended as something done and was not a success.'),
    zero_signal: z.strictObject({ groups: Count, share: Share.nullable() }).describe('Groups of repeats with equal rewards, of all groups of two or more.'),
    turns: z.number(), calls: z.number(), virtual_ms: z.number(), tokens: z.number(),
    usage: z.strictObject({ prompt_tokens: Count, completion_tokens: Count, requests: Count, retries: Count, cost: z.number().nullable() }).optional(),
  })
  .meta({ id: 'PolicyFigures', description: 'One policy over all that it played; turns, calls, virtual_ms and tokens are means of an episode.' })
export type PolicyFigures = z.infer<typeof PolicyFigures>

export const Difference = z
  .strictObject({
    a: z.string(), b: z.string(),
    metric: z.enum(['success', 'reward']),
    difference: Estimate.describe('Mean of b minus a over episodes of the same task, dynamics, repeat and luck.'),
    better: Count.describe('Pairs in which b did better.'),
    worse: Count,
    p: Share.describe('Two-sided, by random flips of the sign of each task.'),
    p_holm: Share.describe('The same, corrected for all differences of this list and metric.'),
  })
  .meta({ id: 'Difference', description: 'A paired comparison.' })
export type Difference = z.infer<typeof Difference>

export const Cell = z
  .strictObject({ policy: z.string(), key: z.string(), success: Estimate, reward: z.number() })
  .meta({ id: 'Cell', description: 'A part of what a policy played.' })
export type Cell = z.infer<typeof Cell>

export const Breakdown = z
  .strictObject({ by: z.string().describe('scenario, dynamics, split, tag, difficulty.AXIS, or fault.'), keys: z.array(z.string()), cells: z.array(Cell) })
  .meta({ id: 'Breakdown' })
export type Breakdown = z.infer<typeof Breakdown>

export const Curve = z
  .strictObject({ policy: z.string(), profile: z.string(), points: z.array(z.strictObject({ intensity: Share, success: Estimate, reward: z.number() })) })
  .meta({ id: 'Curve', description: 'Success over the intensity of a profile.' })
export type Curve = z.infer<typeof Curve>

const Mark = z.strictObject({ kind: z.string(), phase: z.string() })

export const EpisodeLine = z
  .strictObject({
    policy: z.string(), scenario: z.string(), task: z.string(), seed: z.int(), luck: z.int(), dynamics: z.string(),
    reward: z.number().nullable(), success: z.boolean(), stop_reason: z.string(), ends_ms: Count,
    instruction: z.string(),
    spans: z.array(z.strictObject({ at: Count, until: Count, name: z.string(), about: z.string(), outcome: z.enum(['ok', 'error', 'silent', 'wait', 'said']), committed: z.boolean(), faults: z.array(Mark) })),
  })
  .meta({ id: 'EpisodeLine', description: 'A chosen episode on its virtual clock.' })
export type EpisodeLine = z.infer<typeof EpisodeLine>

export const SweepReport = z
  .strictObject({
    format: z.literal('fractal-gym.sweep/1'),
    name: z.string(),
    spec: SweepSpec.describe('With its defaults; recordings are left out.'),
    engine: z.string(), verifier: z.string(),
    digest: z.string().describe('Of the plan: the same specification over the same scenario contents.'),
    state: z.string(),
    counts: z.strictObject({
      tasks: Count, planned: Count, scored: Count, env_errors: Count, failed: Count, left: Count.describe('Planned and not played.'),
      stopped_after: z.int().min(1).nullable().describe('Tasks after which the declared rule ended it; those beyond are not counted.'),
      verified_again: Count.describe('Judged by this version of the verifier though they were played under another.'),
      other_versions: Count.describe('Judged by another version, and of another engine, so that they cannot be judged again.'),
    }),
    scenarios: z.array(z.strictObject({ name: z.string(), digest: z.string().nullable().describe('null for generated ones, which differ from seed to seed.'), tasks: Count })),
    dynamics: z.array(z.string()).describe('Labels, in the order of the specification.'),
    policies: z.array(PolicyFigures),
    comparisons: z.array(Difference).describe('Between policies, over all dynamics.'),
    against_first: z.array(z.strictObject({ policy: z.string(), difference: Difference })).describe('Each policy, each dynamics against the first of the list.'),
    curves: z.array(Curve).describe('Profiles that were played at several intensities.'),
    breakdowns: z.array(Breakdown),
    issues: z.array(z.strictObject({ policy: z.string(), category: z.string(), episodes: Count, share: Share })).describe('Episodes with at least one issue of the category.'),
    frames: z.array(z.strictObject({ policy: z.string(), scenario: z.string(), agent: z.string(), episodes: Count, turns: z.number(), calls: z.number(), errors: z.number(), milestones: z.number() })).describe('Of teams: what each agent did in an episode, on average.'),
    failures: z.array(z.strictObject({ policy: z.string(), cause: z.string(), episodes: Count })).describe('Why episodes were not scored.'),
    timelines: z.array(EpisodeLine).optional().describe('Only for privileged readers.'),
  })
  .meta({ id: 'SweepReport', description: 'What a sweep found out.' })
export type SweepReport = z.infer<typeof SweepReport>

export const SweepComparison = z
  .strictObject({
    format: z.literal('fractal-gym.sweep-comparison/1'),
    a: z.strictObject({ name: z.string(), engine: z.string(), verifier: z.string(), episodes: Count }),
    b: z.strictObject({ name: z.string(), engine: z.string(), verifier: z.string(), episodes: Count }),
    common: Count.describe('Tasks by dynamics by repeats that both have.'),
    only_a: Count, only_b: Count,
    changed_scenarios: z.array(z.string()).describe('Scenarios whose content differs: their episodes are not paired.'),
    comparisons: z.array(Difference).describe("Policies of b against those of a, each called SWEEP:POLICY."),
    by_scenario: z.array(z.strictObject({ scenario: z.string(), difference: Difference })),
  })
  .meta({ id: 'SweepComparison', description: 'Two sweeps, paired where they played the same.' })
export type SweepComparison = z.infer<typeof SweepComparison>
