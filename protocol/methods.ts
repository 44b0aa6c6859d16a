/** Every method of the native dialect: what it takes, what it answers, who may call it. */
import { z } from 'zod'
import { Action } from './action.ts'
import { Trajectory } from './event.ts'
import { BudgetOptions, DynamicsChoice, Identity, Learner, Others, SHAPINGS, Snapshot, ThinkRate } from './identity.ts'
import { QualityReport } from './quality-report.ts'
import { Observation, ToolSchema } from './observation.ts'
import { AdmissionReport } from './report.ts'
import { Distribution } from './distribution.ts'
import { EpisodeId, RequestKey, ScenarioRef, Seed, Split } from './scalars.ts'
import { Origin, ScenarioSummary } from './summary.ts'
import { FaultMark, StopReason } from './event.ts'
import { SweepId, SweepSpec, SweepStatus } from './sweep.ts'
import { SweepComparison, SweepReport } from './sweep-report.ts'
import { Verdict } from './verdict.ts'

const TaskName = z.string().min(1).max(100)

const Specification = z.strictObject({
  source: z.string().min(1).max(600_000).describe('YAML or JSON text: exactly one Scenario, and whatever documents it names.'),
  files: z.record(z.string().regex(/^(?!\/)(?!.*\.\.)[\w./-]{1,200}$/, 'a file beside the specification'), z.string()).refine((files) => Object.keys(files).length <= 50, 'at most 50 files').optional()
    .describe('Data files beside the specification: text by name.'),
})

const Admitted = z.strictObject({ name: z.string(), digest: z.string(), report: AdmissionReport })

const Version = z
  .strictObject({ digest: z.string(), origin: Origin, registered_at: z.iso.datetime().nullable().describe('null for the catalogue.') })
  .meta({ id: 'ScenarioVersion', description: 'One version of a scenario; it never changes.' })

export const TIME_MODES = z
  .union([z.enum(['virtual', 'real']), z.strictObject({ scale: z.number().gt(0).max(1000) })])
  .meta({ id: 'TimeMode', description: '`virtual` never sleeps; `real` sleeps as long as the clock moved; `{scale: x}` sleeps x times that.' })

export const ResetOptions = z
  .strictObject({
    luck: Seed.optional(),
    dynamics: DynamicsChoice.optional(),
    time: TIME_MODES.optional(),
    think_ms_per_token: ThinkRate.optional(),
    budgets: BudgetOptions.optional(),
    shaping: z.enum(SHAPINGS).optional(),
    learner: Learner.optional().describe('Default: root.'),
    others: Others.optional(),
    tools: z.enum(['recorded', 'live']).optional().describe('Who answers tools of a server of others: its recording (default), or the server itself, where the operator allows it.'),
    parallel_frames: z.boolean().optional().describe('Observations list all frames that wait, and a step may answer several.'),
    split: Split.optional().describe('Refuses a seed of another split.'),
  })
  .meta({ id: 'ResetOptions' })

/** Why a potential is that of `progress` though `distance` was asked for. */
export const FALLBACKS = ['no_writes', 'no_plan', 'budget'] as const

export const ShapingInfo = z
  .strictObject({
    mode: z.enum(['progress', 'distance']).describe('What the potential is taken from.'),
    distance: z.int().min(0).nullable().optional().describe('With `distance`: writes that are left, those of the user included; null where the goal is out of reach.'),
    fallback: z.enum(FALLBACKS).optional().describe('Why it is not the distance: `no_writes` (the state has nothing to do with the goal), `no_plan` (the writes of the witness alone do not lead there), `budget` (the search did not come to its end).'),
  })
  .meta({ id: 'ShapingInfo', description: 'How a step was shaped.' })
export type ShapingInfo = z.infer<typeof ShapingInfo>

export const ResetInfo = z
  .strictObject({
    scenario: z.string().describe('name@digest'),
    digest: z.string(),
    task: z.string(),
    seed: Seed,
    luck: Seed,
    split: Split,
    engine: z.string(),
    tags: z.array(z.string()),
    difficulty: z.record(z.string(), z.number()),
    options: Identity.shape.options,
    shaping: ShapingInfo.optional().describe('With `shaping: distance`: how far the goal is, or why the task has no distance.'),
  })
  .meta({ id: 'ResetInfo' })
export type ResetInfo = z.infer<typeof ResetInfo>

export const StepInfo = z
  .strictObject({
    stop_reason: StopReason.optional(),
    verdict: Verdict.partial().optional().describe('At the end; its private fields only for privileged callers.'),
    faults: z.array(FaultMark).optional().describe('What the dynamics did in this step; only for privileged callers.'),
    shaping: ShapingInfo.optional().describe('With `shaping: distance`, of each step before the last.'),
    coerced: z.array(z.string()).optional().describe('Arguments of this step that were taken as the type that the schema wants, by place.'),
    credit: z.record(z.string(), z.array(z.string())).optional().describe('At the end, with several frames: which milestones each frame reached, as check.milestone.'),
    played: z.int().min(1).optional().describe('Turns of built-in policies in this step.'),
  })
  .meta({ id: 'StepInfo' })

const Observations = z.array(Observation).optional().describe('With parallel_frames: all frames of the trainer that wait, the earliest first.')

export const ResetResult = z
  .strictObject({
    episode: EpisodeId, observation: Observation, observations: Observations, info: ResetInfo,
    ended: z.strictObject({ reward: z.number().nullable(), terminated: z.boolean(), truncated: z.boolean(), info: StepInfo }).optional().describe('Where others brought it to its end before the trainer had a turn.'),
  })
  .meta({ id: 'ResetResult' })

export const StepResult = z
  .strictObject({
    observation: Observation,
    observations: Observations,
    reward: z.number().nullable().describe('null when the environment itself failed.'),
    terminated: z.boolean(),
    truncated: z.boolean(),
    info: StepInfo,
    seq: z.int().min(1),
  })
  .meta({ id: 'StepResult' })
export type StepResult = z.infer<typeof StepResult>

export const TaskRow = z
  .strictObject({
    scenario: z.string(),
    seed: Seed,
    task: z.string(),
    difficulty: z.record(z.string(), z.number()),
    tags: z.array(z.string()),
    split: Split,
    group: z.string().describe('Equal for rows that are the same task instance.'),
    prompt: z.array(z.unknown()).optional().describe('The first messages that a reset of this row gives, byte for byte.'),
    tools: z.array(ToolSchema).optional(),
  })
  .meta({ id: 'TaskRow' })
export type TaskRow = z.infer<typeof TaskRow>

const ofEpisode = z.strictObject({ episode: EpisodeId })

export const METHODS = {
  'server/info': {
    params: z.strictObject({}),
    result: z.strictObject({
      name: z.string(), version: z.string(), engine: z.string(),
      dialects: z.array(z.string()), methods: z.array(z.string()),
      limits: z.record(z.string(), z.number()), counts: z.record(z.string(), z.number()),
      privileged: z.boolean(),
    }),
    about: 'Name, version, limits and counts of this server.',
  },
  'scenario/list': {
    params: z.strictObject({
      query: z.string().max(200).optional().describe('Words that all have to be found in name, title, tags, tasks, tools or description; the best match comes first.'),
      tags: z.array(z.string()).max(20).optional().describe('All of them.'),
      prefix: z.string().max(100).optional().describe('How the name begins.'),
      origin: Origin.optional(),
      min_tasks: z.int().min(0).optional().describe('Task templates, at least.'),
      max_tasks: z.int().min(0).optional().describe('Task templates, at most.'),
      cursor: z.string().max(400).optional().describe('`next` of the page before, with the same filters.'),
      limit: z.int().min(1).max(200).optional(),
    }),
    result: z.strictObject({ scenarios: z.array(ScenarioSummary), next: z.string().nullable() }),
    about: 'The newest version of every scenario, a page at a time: by name, or with a query by how well it fits.',
  },
  'scenario/get': {
    params: z.strictObject({ scenario: ScenarioRef, seed: Seed.optional().describe('Of a generated scenario: which one; default 0.') }),
    result: z.strictObject({
      summary: ScenarioSummary,
      versions: z.array(Version).describe('The newest first.'),
      prompt: z.string(), rules: z.string().nullable(), tools: z.array(ToolSchema),
      agents: z.array(z.strictObject({
        name: z.string(), description: z.string(), workflow: z.boolean().describe('No model: a fixed order of nodes.'), tools: z.array(z.string()), calls: z.array(z.string()).describe('Agents that it may cause to run.'), learner: z.boolean().describe('Whether the trainer plays it where nobody says who does.'),
      })).describe('The root first; `prompt` and `tools` are its.'),
      tasks: z.array(z.strictObject({ name: z.string(), description: z.string(), tags: z.array(z.string()), weight: z.number(), answer_schema: z.record(z.string(), z.unknown()).nullable() })),
      budgets: z.record(z.string(), z.number()), dynamics: z.array(z.string()),
      action_schema: z.record(z.string(), z.unknown()), observation_schema: z.record(z.string(), z.unknown()),
    }),
    about: 'The public part of one scenario, and its versions.',
  },
  'scenario/validate': { params: Specification, result: Admitted, about: 'Tries a specification as `scenario/register` does, and keeps nothing.' },
  'scenario/register': { params: Specification, result: Admitted, about: 'Admits a specification and keeps it as the newest version of its name. The same content is kept once.' },
  'task/sample': {
    params: z.strictObject({
      scenario: ScenarioRef.optional(), distribution: Distribution.optional().describe('Instead of `scenario`: several of them, by weight.'), seed: Seed, count: z.int().min(1).max(10_000),
      split: Split.optional(), task: TaskName.optional(), tags: z.array(z.string()).max(20).optional(),
      difficulty: z.record(z.string(), z.tuple([z.number(), z.number()])).refine((axes) => Object.keys(axes).length <= 20, 'at most 20 axes').optional().describe('Axis to inclusive range.'),
      include: z.array(z.enum(['prompt', 'tools'])).max(2).optional(),
    }),
    result: z.strictObject({ tasks: z.array(TaskRow) }),
    about: 'Rows that a trainer loads as its dataset before any reset; a pinned request has the same answer for ever.',
  },
  'env/reset': {
    params: z.strictObject({ scenario: ScenarioRef, seed: Seed, task: TaskName.optional(), options: ResetOptions.optional(), request_key: RequestKey.optional() }),
    result: ResetResult,
    about: 'Starts an episode.',
  },
  'env/step': {
    params: z.strictObject({ episode: EpisodeId, action: Action.optional(), actions: z.array(Action).min(1).max(1024).optional().describe('Instead of `action`, with parallel_frames: answers of several frames, each with its `frame`.'), seq: z.int().min(1).optional() }),
    result: StepResult,
    about: 'Answers one turn. A repeated seq with the same action returns the recorded answer.',
  },
  'env/resume': {
    params: ofEpisode,
    result: z.strictObject({ seq: z.int().min(0), last: z.union([StepResult, ResetResult]) }),
    about: 'The last seq and its answer: episodes outlive sockets.',
  },
  'env/fork': {
    params: z.strictObject({ episode: EpisodeId, at: z.int().min(0).optional(), count: z.int().min(1).max(256).optional(), luck: z.enum(['same', 'fresh']).optional(), request_key: RequestKey.optional() }),
    result: z.strictObject({ episodes: z.array(EpisodeId) }),
    about: 'Copies of an episode at the present or at an earlier seq.',
  },
  'env/snapshot': { params: ofEpisode, result: z.strictObject({ snapshot: Snapshot }), about: 'What is needed to rebuild the episode anywhere.' },
  'env/restore': {
    params: z.strictObject({ snapshot: z.unknown(), request_key: RequestKey.optional() }),
    result: z.strictObject({ episode: EpisodeId, observation: Observation, observations: Observations, info: ResetInfo, seq: z.int().min(0), ended: z.boolean() }),
    about: 'Replays a snapshot; one whose hash does not come out is refused.',
  },
  'env/state': {
    params: ofEpisode,
    result: z.strictObject({ hash: z.string(), clock_ms: z.int(), diff: z.array(z.unknown()), gold: z.unknown(), identity: Identity, ended: z.boolean() }),
    privileged: true,
    about: 'State, diff, hash, clock and gold.',
  },
  'env/render': { params: z.strictObject({ episode: EpisodeId, mode: z.enum(['ansi', 'json']).optional() }), result: z.strictObject({ text: z.string() }), about: 'A readable transcript.' },
  'env/close': { params: ofEpisode, result: z.strictObject({ closed: z.boolean() }), about: 'Frees the episode; closing twice is safe.' },
  'trajectory/get': { params: ofEpisode, result: z.strictObject({ trajectory: Trajectory }), about: 'The event log so far; private fields only for privileged callers.' },
  'report/get': { params: ofEpisode, result: z.strictObject({ report: QualityReport }), about: 'The quality report: verdict and issues. Of an episode that goes on, judged as it stands, only for privileged callers.' },
  'sweep/create': {
    params: z.strictObject({ spec: SweepSpec, request_key: RequestKey.optional() }),
    result: z.strictObject({ sweep: SweepStatus }),
    about: 'Begins a sweep: draws its tasks, plays what built-in policies and endpoints play, and has the rest for clients that pull.',
  },
  'sweep/next': {
    params: z.strictObject({ sweep: SweepId, policy: z.string().min(1).max(64).optional().describe('Of an external policy by name; default: any.'), request_key: RequestKey.optional() }),
    result: z.strictObject({
      state: SweepStatus.shape.state,
      episode: ResetResult.nullable().describe('A reset as `env/reset` answers it, to be played over this or any connection; null when none is free.'),
      unit: z.int().min(0).nullable(), policy: z.string().nullable(), dynamics: z.string().nullable(), repeat: z.int().min(0).nullable(),
      left: z.int().min(0).describe('Episodes for clients that are not done, this one included.'),
      lease_seconds: z.int(),
      retry_after_ms: z.int().min(0).optional().describe('All that is left is with others; one may come back.'),
    }),
    about: 'Gives out the next episode of an external policy. Its end is noted by itself; one that nobody steps for `lease_seconds`, or that is closed before its end, is given to another.',
  },
  'sweep/get': { params: z.strictObject({ sweep: SweepId }), result: z.strictObject({ sweep: SweepStatus, spec: SweepSpec }), about: 'How a sweep stands, and its specification.' },
  'sweep/report': {
    params: z.strictObject({ sweep: SweepId, format: z.enum(['json', 'html', 'csv']).optional().describe('Default json.') }),
    result: z.strictObject({ report: SweepReport.optional(), text: z.string().optional().describe('Of html and csv.'), media: z.string() }),
    about: 'What a sweep found out so far; faults only for privileged callers.',
  },
  'sweep/compare': { params: z.strictObject({ a: SweepId, b: SweepId }), result: z.strictObject({ comparison: SweepComparison }), about: 'Two sweeps, paired where they played the same.' },
  'sweep/list': {
    params: z.strictObject({ state: SweepStatus.shape.state.optional(), cursor: SweepId.optional().describe('`next` of the page before.'), limit: z.int().min(1).max(200).optional() }),
    result: z.strictObject({ sweeps: z.array(SweepStatus), next: SweepId.nullable() }),
    about: 'All sweeps, the newest first.',
  },
  'sweep/cancel': { params: z.strictObject({ sweep: SweepId, remove: z.boolean().optional().describe('Also forget all of it.') }), result: z.strictObject({ sweep: SweepStatus }), about: 'Ends a sweep of the same token, or any with the admin token; what was played stays, unless it is to be removed.' },
} satisfies Record<string, { params: z.ZodType; result: z.ZodType; about: string; privileged?: boolean }>

export type MethodName = keyof typeof METHODS
export type Params<M extends MethodName> = z.infer<(typeof METHODS)[M]['params']>
export type Result<M extends MethodName> = z.infer<(typeof METHODS)[M]['result']>
