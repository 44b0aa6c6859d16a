/** What the verifier says about an episode. */
import { z } from 'zod'
import { secret, SECRET_WHERE } from './scalars.ts'

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
    turn: z.int().min(0).nullable().describe('Index of the turn event that it belongs to.'),
    call: z.string().optional().describe('Id of the call that it is about.'),
    evidence: z.array(z.strictObject({ event: z.int().min(0), pointer: z.string() })),
    expected: secret(z.unknown().optional()),
    deterministic: z.boolean(),
    confidence: z.number().min(0).max(1),
  })
  .meta({ id: 'Issue', [SECRET_WHERE]: { source: 'env' }, description: 'Something that went wrong: a veto made the reward 0, a penalty lowered it, a note did neither. Evidence points at events of the log, by index and JSON pointer, which may lead to a private field. Issues of the source `env` (faults that the agent met) are for privileged readers.' })
export type Issue = z.infer<typeof Issue>

export const MilestoneResult = z
  .strictObject({ check: z.string(), milestone: z.string(), reached: z.boolean(), weight: z.number().gt(0), event: secret(z.int().min(0).optional()).describe('The event that it was matched to.') })
  .meta({ id: 'MilestoneResult' })
export type MilestoneResult = z.infer<typeof MilestoneResult>

export const Verdict = z
  .strictObject({
    verifier: z.string().describe('Version of the verifier.'),
    status: z.enum(['scored', 'env_error']),
    reward: z.number().min(0).max(1).nullable().describe('A multiple of 2^-20; exactly 1 on full success and only then; null on env_error.'),
    success: z.boolean(),
    gates: z.record(z.string(), z.boolean()),
    components: z.array(Component),
    milestones: z.array(MilestoneResult),
    issues: z.array(Issue),
    metrics: z.record(z.string(), z.number()),
  })
  .meta({ id: 'Verdict' })
export type Verdict = z.infer<typeof Verdict>
