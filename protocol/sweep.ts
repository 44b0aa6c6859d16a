/** A sweep as data: which policies play which tasks under which dynamics, how often, and when that is enough. */
import { z } from 'zod'
import { Action } from './action.ts'
import { Distribution } from './distribution.ts'
import { BudgetOptions, Learner, Others, ThinkRate } from './identity.ts'
import { ScenarioRef, Seed, Split } from './scalars.ts'

/** Names of policies and sweeps: they stand in tables, addresses and files. */
const Name = z.string().regex(/^[A-Za-z0-9][\w.:+-]{0,63}$/, 'letters, digits and _ . : + -, at most 64')
const Share = z.number().min(0).max(1)

/** Tasks of one scenario, and episodes of one sweep, at most. */
export const MOST_SEEDS = 10_000
export const MOST_EPISODES = 500_000

export const Recording = z
  .strictObject({
    scenario: z.string().max(2000).describe('Name; a digest is not looked at.'),
    seed: Seed,
    task: z.string().max(100),
    luck: Seed.optional().describe('Only for this luck; otherwise for any.'),
    actions: z.array(Action).max(10_000),
  })
  .meta({ id: 'Recording', description: 'What a policy did in a task, turn by turn.' })
export type Recording = z.infer<typeof Recording>

export const SWEEP_PLAYERS = ['oracle', 'robust', 'naive', 'random', 'noop', 'refuse', 'endpoint', 'replay', 'external'] as const

export const SweepPolicy = z
  .strictObject({
    name: Name.optional().describe('What it is called in the report; default: what it is.'),
    policy: z.enum(SWEEP_PLAYERS).describe('A built-in policy; `endpoint`, a model that the server or command line was given; `replay`, recorded actions; `external`, a client that pulls episodes with `sweep/next`.'),
    competence: Share.optional().describe('Of oracle and robust: how much of what there is to do is done. Default 1.'),
    endpoint: z.string().min(1).max(64).optional().describe('Of endpoint: its name.'),
    concurrency: z.int().min(1).max(256).optional().describe('Of endpoint: episodes at a time. Default 8.'),
    requests_per_minute: z.int().min(1).max(1_000_000).optional().describe('Of endpoint: at most so many.'),
    sampling: z.strictObject({ temperature: z.number().min(0).max(10), top_p: z.number().min(0).max(1), max_tokens: z.int().min(1).max(1_000_000) }).partial().optional().describe("Of endpoint: how it draws; default: as it does by itself."),
    price: z.strictObject({ prompt: z.number().min(0), completion: z.number().min(0) }).optional().describe('Of endpoint: price of a million tokens, in any currency.'),
    recordings: z.array(Recording).max(10_000).optional().describe('Of replay.'),
  })
  .meta({ id: 'SweepPolicy', description: 'One of those that are compared.' })
export type SweepPolicy = z.infer<typeof SweepPolicy>

export const SweepDynamics = z
  .strictObject({ profile: z.string().min(1).max(100).optional().describe("Default: each scenario's own."), intensity: Share.optional().describe('Default 1.') })
  .meta({ id: 'SweepDynamics', description: 'Dynamics under which every task is played.' })
export type SweepDynamics = z.infer<typeof SweepDynamics>

export const SweepStop = z
  .strictObject({
    half_width: z.number().gt(0).max(0.5).describe("Enough is known when the interval of every policy's mean is no wider than twice this."),
    metric: z.enum(['success', 'reward']).default('success'),
    least: z.int().min(10).max(MOST_SEEDS).default(50).describe('Seeds that are played in any case.'),
  })
  .meta({ id: 'SweepStop', description: 'When a sweep may end early; declared before it begins.' })
export type SweepStop = z.infer<typeof SweepStop>

export const SweepSpec = z
  .strictObject({
    kind: z.literal('Sweep').optional(),
    name: Name.default('sweep'),
    policies: z.array(SweepPolicy).min(1).max(20),
    scenarios: z.array(z.union([ScenarioRef, z.string().regex(/^[a-z0-9_.*-]{1,100}$/, 'a name, a reference, or a glob of names')])).max(200).default([]).describe('Names, references, or globs such as `*` for all that the catalogue has.'),
    distribution: Distribution.optional().describe('Played besides the scenarios.'),
    seed: Seed.default(0).describe('Chooses the tasks, as in `task/sample`, and names the random draws of the statistics.'),
    seeds: z.int().min(1).max(MOST_SEEDS).default(100).describe('Tasks of each scenario, and of the distribution.'),
    split: Split.optional(),
    task: z.string().min(1).max(100).optional().describe('Only this template.'),
    tags: z.array(z.string().max(100)).max(20).optional(),
    difficulty: z.record(z.string(), z.tuple([z.number(), z.number()])).optional().describe('Axis to inclusive range.'),
    repeats: z.int().min(1).max(1000).default(1).describe('Episodes of each task under each dynamics, each with its own luck; all policies share it.'),
    dynamics: z.array(SweepDynamics).min(1).max(50).default([{}]),
    learner: Learner.optional(),
    others: Others.optional(),
    budgets: BudgetOptions.optional(),
    think_ms_per_token: ThinkRate.optional(),
    baseline: Name.optional().describe('Compare with this policy alone; default: each with each.'),
    stop: SweepStop.optional(),
    tries: z.int().min(1).max(20).default(3).describe('How often an episode is begun that infrastructure broke, before it counts as failed.'),
    lease_seconds: z.int().min(5).max(86_400).default(600).describe('Of external: how long a client may say nothing before its episode is given to another.'),
  })
  .meta({ id: 'SweepSpec', description: 'Policies by tasks by repeats by dynamics.' })
export type SweepSpec = z.infer<typeof SweepSpec>
export type SweepRequest = z.input<typeof SweepSpec>

/** 128 random bits. */
export const SweepId = z.string().regex(/^[0-9a-f]{32}$/).meta({ id: 'SweepId', description: '32 hexadecimal digits.' })

const Count = z.int().min(0)

export const SweepFrame = z
  .strictObject({ turns: Count, calls: Count, errors: Count, milestones: Count })
  .meta({ id: 'SweepFrame', description: 'What the frames of one agent did: turns, calls, calls that failed, milestones reached.' })

export const SweepOutcome = z
  .strictObject({
    status: z.enum(['scored', 'env_error', 'failed']).describe('`env_error`: the environment broke; `failed`: infrastructure did (an endpoint, a client), so often that it was given up. Neither is a zero.'),
    cause: z.string().max(500).optional().describe('Why it was not scored.'),
    reward: Share.nullable(),
    success: z.boolean(),
    stop_reason: z.string().nullable(),
    claimed: z.boolean().describe('It ended as something done: by an answer, `finish`, or a satisfied user.'),
    turns: Count, calls: Count, tool_errors: Count, rejected_calls: Count,
    virtual_ms: Count,
    tokens: Count.describe('As the budget counts them.'),
    usage: z.strictObject({ prompt_tokens: Count, completion_tokens: Count, requests: Count, retries: Count, real_ms: Count }).optional().describe('Of endpoints: what was really used, with everything that was asked in vain.'),
    faults: z.record(z.string(), Count).describe('Faults that were met, by kind.'),
    issues: z.record(z.string(), Count).describe('Issues, by category.'),
    frames: z.record(z.string(), SweepFrame).describe('By agent.'),
    tries: z.int().min(1),
    verifier: z.string(),
    engine: z.string(),
    state_hash: z.string(),
  })
  .meta({ id: 'SweepOutcome', description: 'What came of one episode of a sweep.' })
export type SweepOutcome = z.infer<typeof SweepOutcome>

export const SWEEP_STATES = ['queued', 'running', 'waiting', 'done', 'cancelled', 'failed'] as const

export const SweepStatus = z
  .strictObject({
    sweep: SweepId,
    name: z.string(),
    state: z.enum(SWEEP_STATES).describe('`queued`: others come first; `waiting`: what is left is for clients that pull.'),
    why: z.string().optional().describe('Why it failed, or stopped early.'),
    episodes: Count.describe('Of the whole plan.'),
    done: Count,
    failed: Count.describe('Of those that are done: broken by infrastructure.'),
    env_errors: Count,
    leased: Count.describe('With clients at the moment.'),
    external: z.array(z.strictObject({ policy: z.string(), left: Count })).describe('Policies that clients play, and how many episodes of each are left.'),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'SweepStatus' })
export type SweepStatus = z.infer<typeof SweepStatus>
