/** What an episode is: the same identity and the same actions give the same everything. */
import { z } from 'zod'
import { Action } from './action.ts'
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
}
export const BudgetOptions = z.strictObject(BUDGETS).partial().meta({ id: 'BudgetOptions', description: 'May only lower what the scenario allows.' })

/** Milliseconds that a policy takes for each token where an action does not say how long it thought. */
export const ThinkRate = z.number().min(0).max(10_000).meta({ description: 'Virtual milliseconds for each token of an action that does not state think_ms.' })

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
        z.strictObject({ action: Action }),
        z.strictObject({ user: UserAnswer }).describe('What the simulated user answered to the action before it.'),
        z.strictObject({ fork: z.strictObject({ child: z.int().min(0), luck: Seed }) }),
      ]),
    ).max(40_000),
    state_hash: z.string().regex(/^[0-9a-f]{64}$/),
  })
  .meta({ id: 'Snapshot', description: 'Identity, the actions and user answers so far and the hash they must lead to; no hidden row.' })
export type Snapshot = z.infer<typeof Snapshot>
