/** Document kind `Dynamics`: what tools do besides their meaning. */
import { z } from 'zod'
import { DocumentName } from './notation.ts'

const Match = z.strictObject({
  tools: z.array(z.string().regex(/^[a-z0-9_*]+$/, 'a tool name or a glob with *')).optional(),
  effect: z.enum(['read', 'write']).optional(),
  idempotent: z.boolean().optional(),
  agent: z.string().optional(),
})

const When = z.strictObject({
  probability: z.number().min(0).max(1).optional().describe('At intensity 1; intensity scales it.'),
  after_calls: z.int().min(0).optional().describe('Not before this many validated calls of the frame to the tool.'),
  every: z.int().min(1).optional(),
  max_occurrences: z.int().min(1).optional(),
})

export const RECOVERIES = ['retry', 'wait', 'idempotent_retry', 'read_back', 'refresh_auth', 'paginate', 'relist_tools', 'alternate_tool', 'cross_check', 'ask_user', 'report_unable'] as const

const entry = {
  id: DocumentName,
  match: Match.default({}),
  when: When.default({}),
  recovery: z.array(z.enum(RECOVERIES)).default([]),
}

export const DynamicsEntry = z.discriminatedUnion('kind', [
  z.strictObject({ ...entry, kind: z.literal('latency.constant'), ms: z.int().min(0) }),
  z.strictObject({ ...entry, kind: z.literal('latency.lognormal'), p50: z.number().gt(0).describe('Milliseconds.'), p99: z.number().gt(0), cap: z.int().min(1).optional() }),
  z.strictObject({
    ...entry, kind: z.literal('error.abort'),
    status: z.int().min(100).max(599).default(503), messages: z.array(z.string()).min(1).default(['Service temporarily unavailable']),
    retryable: z.boolean().default(true),
    surface: z.enum(['tool_error', 'transport', 'protocol_error']).default('tool_error'),
    times: z.int().min(1).default(1).describe('Once fired, this many calls of that frame to that tool fail in a row.'),
  }),
  z.strictObject({
    ...entry, kind: z.literal('rate_limit.token_bucket'),
    rate: z.number().gt(0).describe('Tokens a virtual second.'), burst: z.int().min(1), cost: z.int().min(1).default(1),
    scope: z.enum(['tool', 'frame', 'episode']).default('episode'),
    retry_after: z.enum(['seconds', 'date', 'absent']).default('seconds'), status: z.int().default(429),
  }),
  z.strictObject({
    ...entry, kind: z.literal('timeout.post_commit'),
    deadline_ms: z.int().min(1), committed: z.number().min(0).max(1).default(1).describe('Probability that it committed, given that it fires.'),
  }),
]).meta({ id: 'DynamicsEntry', description: 'One entry of a profile: what happens, to which calls, when, and how one recovers.' })
export type DynamicsEntry = z.infer<typeof DynamicsEntry>

export const Dynamics = z.strictObject({
  kind: z.literal('Dynamics'),
  name: DocumentName,
  description: z.string().max(2000).optional(),
  entries: z.array(DynamicsEntry).max(200).describe('Looked at in order.'),
}).meta({ id: 'Dynamics', description: 'What tools do besides their meaning: latency, errors, limits.' })
export type Dynamics = z.infer<typeof Dynamics>
