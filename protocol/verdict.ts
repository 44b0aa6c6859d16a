/** What the verifier says about an episode. */
import { z } from 'zod'
import { secret } from './scalars.ts'

export const Component = z
  .strictObject({
    id: z.string(),
    kind: z.string(),
    gate: z.boolean(),
    weight: z.number().min(0),
    score: z.number().min(0).max(1),
    evidence: secret(z.array(z.strictObject({ event: z.int().min(0).optional(), pointer: z.string(), expected: z.unknown().optional(), found: z.unknown().optional() })).optional()),
  })
  .meta({ id: 'Component', description: 'One check: its score and, for privileged readers, why.' })
export type Component = z.infer<typeof Component>

export const ISSUE_CATEGORIES = [
  'instruction_following', 'hallucinated_tool', 'hallucinated_argument', 'invalid_arguments', 'repetition', 'truncation',
  'premature_stop', 'missed_action', 'wrong_order', 'collateral_damage', 'duplicate_effect', 'rule_violation', 'false_claim',
  'ungrounded_argument', 'ignored_error', 'retry_storm', 'reward_hacking', 'tool_design', 'env_fault',
] as const

export const Issue = z
  .strictObject({
    id: z.string(),
    check: z.string(),
    source: z.enum(['agent', 'user', 'env', 'verifier']),
    category: z.enum(ISSUE_CATEGORIES),
    severity: z.enum(['info', 'minor', 'major', 'critical']),
    verdict: z.enum(['note', 'penalty', 'veto']),
    turn: z.int().min(0).nullable(),
    evidence: z.array(z.strictObject({ event: z.int().min(0), pointer: z.string() })),
    expected: secret(z.unknown().optional()),
    deterministic: z.boolean(),
    confidence: z.number().min(0).max(1),
  })
  .meta({ id: 'Issue' })
export type Issue = z.infer<typeof Issue>

export const Verdict = z
  .strictObject({
    status: z.enum(['scored', 'env_error']),
    reward: z.number().min(0).max(1).nullable().describe('A multiple of 2^-20; exactly 1 on full success and only then; null on env_error.'),
    success: z.boolean(),
    gates: z.record(z.string(), z.boolean()),
    components: z.array(Component),
    issues: z.array(Issue),
    metrics: z.record(z.string(), z.number()),
  })
  .meta({ id: 'Verdict' })
export type Verdict = z.infer<typeof Verdict>
