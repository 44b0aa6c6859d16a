/** What an episode is: the same identity and the same actions give the same everything. */
import { z } from 'zod'
import { Action } from './action.ts'
import { ServedReply } from './cassette.ts'
import { Seed } from './scalars.ts'
import { UserAnswer } from './user-answer.ts'

const Added = z.array(z.record(z.string(), z.unknown())).max(50)
const Left = z.array(z.string().min(1).max(100)).max(200)

/** What a reset changes about a profile; at least `least` of each kind that is stated. */
const changes = (least: 0 | 1) => ({
  add: Added.min(least).optional().describe('Entries (schema DynamicsEntry) that are added, or take the place of those of the same id; together at most 40000 characters.'),
  without: Left.min(least).optional().describe('Ids of entries that are left out.'),
})

export const DynamicsChoice = z
  .union([
    z.string().min(1).max(100),
    z.strictObject({ profile: z.string().min(1).max(100).optional().describe("Default: the scenario's."), intensity: z.number().min(0).max(1).optional().describe('Default 1.'), ...changes(0) }),
  ])
  .meta({ id: 'DynamicsChoice', description: 'A profile by name, or with an intensity from 0 to 1 and with changes.' })
export type DynamicsChoice = z.infer<typeof DynamicsChoice>

export const BUDGETS = {
  turns: z.int().min(1).max(10_000),
  calls: z.int().min(1).max(100_000),
  tokens: z.int().min(1).max(1_000_000_000),
  virtual_ms: z.int().min(1).max(10_000_000_000),
  depth: z.int().min(0).max(64).describe('Levels below the root.'),
  frames: z.int().min(1).max(100_000).describe('Frames opened in all.'),
  concurrent_frames: z.int().min(1).max(10_000).describe('Frames that are not done at one time, the root and those that wait for others included.'),
}
export const BudgetOptions = z.strictObject(BUDGETS).partial().meta({ id: 'BudgetOptions', description: 'May only lower what the scenario allows.' })

/** Milliseconds that a policy takes for each token where an action does not say how long it thought. */
export const ThinkRate = z.number().min(0).max(10_000).meta({ description: 'Virtual milliseconds for each token of an action that does not state think_ms.' })

/** Who is not played by the trainer: a built-in policy by name, with its setting. */
export const PLAYERS = ['oracle', 'robust', 'naive', 'random', 'noop', 'endpoint'] as const
export const Player = z
  .union([
    z.enum(PLAYERS),
    z.strictObject({
      policy: z.enum(PLAYERS),
      competence: z.number().min(0).max(1).optional().describe('Of oracle and robust: how much of what there is to do is done; the rest is left out. Default 1.'),
      endpoint: z.string().min(1).max(100).optional().describe('Of endpoint: the name that the server was started with.'),
    }),
  ])
  .meta({ id: 'Player', description: 'A built-in policy that plays an agent.' })
export type Player = z.infer<typeof Player>

/** Names of agents, with `*` for any characters. */
const AgentGlob = z.string().regex(/^[a-z*][a-z0-9_*-]{0,63}$/, 'a name of an agent, or a glob')
export const Learner = z
  .union([z.enum(['root', 'all']), AgentGlob, z.array(AgentGlob).min(1).max(64)])
  .meta({ id: 'Learner', description: 'Who the trainer plays: the root, all, or agents by name or glob.' })
export type Learner = z.infer<typeof Learner>
export const Others = z.union([Player, z.record(AgentGlob, Player)]).meta({ id: 'Others', description: 'Who plays the other agents: one policy, or policies by name or glob of the agent, the first that fits; default robust.' })
export type Others = z.infer<typeof Others>

/** What the steps before the end pay: nothing, or the change of a potential. */
export const SHAPINGS = ['none', 'progress', 'distance'] as const

/** Options after defaults; part of the identity. */
export const ResolvedOptions = z
  .strictObject({
    dynamics: z.string(),
    dynamics_digest: z.string(),
    intensity: z.number().min(0).max(1),
    dynamics_changes: z.strictObject(changes(1)).optional(),
    think_ms_per_token: ThinkRate.optional(),
    budgets: z.strictObject(BUDGETS),
    shaping: z.enum(SHAPINGS),
    learner: z.array(z.string()).optional().describe('Agents that the trainer plays; absent: the root alone.'),
    others: Others.optional(),
    parallel_frames: z.literal(true).optional(),
    tools: z.literal('live').optional().describe('Served tools were answered by the server itself; absent: by its recording.'),
  })
  .meta({ id: 'ResolvedOptions' })
export type ResolvedOptions = z.infer<typeof ResolvedOptions>

export const Identity = z
  .strictObject({
    scenario: z.string(),
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    engine: z.string(),
    task: z.string(),
    seed: Seed,
    luck: Seed,
    options: ResolvedOptions,
  })
  .meta({ id: 'Identity' })
export type Identity = z.infer<typeof Identity>

export const Snapshot = z
  .strictObject({
    format: z.literal('fractal-gym.snapshot/1'),
    identity: Identity,
    journal: z.array(
      z.union([
        z.strictObject({ action: Action, seq: z.int().min(0).optional().describe('The step that it came in, where that is not the next one.'), player: z.string().optional().describe('The built-in policy whose turn it was; absent: the trainer.') }),
        z.strictObject({ user: UserAnswer, frame: z.string().optional().describe('The frame that was answered, where others acted in between.') }).describe('What the simulated user answered to the last action of a frame.'),
        z.strictObject({ served: ServedReply, frame: z.string().optional() }).describe('What a live server answered to a call of a frame.'),
        z.strictObject({ fork: z.strictObject({ child: z.int().min(0), luck: Seed }) }),
      ]),
    ).max(40_000),
    state_hash: z.string().regex(/^[0-9a-f]{64}$/),
  })
  .meta({ id: 'Snapshot', description: 'Identity, the actions and user answers so far and the hash they must lead to; no hidden row.' })
export type Snapshot = z.infer<typeof Snapshot>
