/** Every kind of dynamics entry: its parameters, one schema each. */
import { z } from 'zod'
import { common, Count, Delay, DISTRIBUTIONS, Distribution, lasting, Moment, Rate, Scope } from './dynamics-entry.ts'
import { ArgumentName, Cel, Name } from './notation.ts'
import { Step } from './step.ts'

const Ms = Moment.min(1)
const Probability = z.number().min(0).max(1)
const Start = z.union([Moment, z.tuple([Moment, Moment])])
const Status = z.int().min(-32_999).max(599)
const Messages = z.array(z.string().min(1).max(1000)).min(1).max(50)
const LOUD = ['tool_error', 'transport', 'protocol_error'] as const
const failure = {
  status: Status.default(503).describe('HTTP status, or a JSON-RPC code below 0.'),
  messages: Messages.default(['Service temporarily unavailable']),
  surface: z.enum(LOUD).default('tool_error').describe('A status with a body, a broken connection, or a JSON-RPC error.'),
}
const limited = {
  scope: Scope,
  retry_after: z.enum(['seconds', 'date', 'absent']).default('seconds'),
  status: Status.default(429),
}
const announced = z.boolean().default(false).describe('Whether the agent is told: beforehand of an outage, at once of changed tools.')

const LATENCIES = [
  z.strictObject({ ...common, kind: z.literal('latency.constant'), ...DISTRIBUTIONS.constant }),
  z.strictObject({ ...common, kind: z.literal('latency.uniform'), ...DISTRIBUTIONS.uniform }),
  z.strictObject({ ...common, kind: z.literal('latency.normal'), ...DISTRIBUTIONS.normal }),
  z.strictObject({ ...common, kind: z.literal('latency.lognormal'), ...DISTRIBUTIONS.lognormal }),
  z.strictObject({ ...common, kind: z.literal('latency.pareto'), ...DISTRIBUTIONS.pareto }),
  z.strictObject({ ...common, kind: z.literal('latency.quantiles'), ...DISTRIBUTIONS.quantiles }),
  z.strictObject({ ...common, kind: z.literal('latency.cold_start'), warm_ms: Delay, cold_ms: Delay, idle_ttl_ms: Ms.describe('After so long without a call it is cold again.'), scope: Scope }),
  z.strictObject({ ...common, kind: z.literal('latency.queueing'), service_rate: Rate.describe('Calls a virtual second that one server finishes; service times are exponential.'), concurrency: z.int().min(1).max(1000).default(1).describe('Servers.'), scope: Scope }),
  z.strictObject({ ...common, kind: z.literal('latency.bandwidth'), bytes_per_second: Rate }),
  z.strictObject({ ...common, kind: z.literal('latency.correlated'), rho: z.number().min(0).lt(1).describe('Correlation of one call with the next of that frame to that tool.'), of: Distribution }),
] as const

const FAILURES = [
  z.strictObject({ ...lasting, kind: z.literal('error.abort'), ...failure, retryable: z.boolean().default(true) }),
  z.strictObject({ ...common, kind: z.literal('error.gilbert_elliott'), ...failure, p: Probability.describe('Of going bad, at each call.'), r: Probability.describe('Of getting well again; p + r is at most 1.'), good: Probability.default(0).describe('Share of errors in the good state.'), bad: Probability.default(1) }),
  z.strictObject({ ...common, kind: z.literal('outage.window'), ...failure, start_ms: Start.describe('When it starts, or between what times.'), duration_ms: Ms, every_ms: Ms.optional().describe('Again after so long.'), announced }),
  z.strictObject({ ...common, kind: z.literal('outage.brownout'), ...failure, start_ms: Start, duration_ms: Ms, ramp_ms: Delay.default(0).describe('How long it takes to get bad, and to get well.'), error_rate: Probability, latency_factor: z.number().min(1).max(1000).default(1) }),
] as const

const LIMITS = [
  z.strictObject({ ...common, kind: z.literal('rate_limit.token_bucket'), ...limited, rate: Rate.describe('Tokens a virtual second.'), burst: Count, cost: Count.default(1) }),
  z.strictObject({ ...common, kind: z.literal('rate_limit.concurrency'), ...limited, limit: Count.describe('Calls in flight.') }),
  z.strictObject({ ...common, kind: z.literal('rate_limit.quota'), ...limited, total: Count, reset_ms: Ms.describe('The quota is whole again at each multiple of this.') }),
] as const

const LOST = [
  z.strictObject({ ...lasting, kind: z.literal('timeout.pre_commit'), deadline_ms: Ms }),
  z.strictObject({
    ...lasting, kind: z.literal('timeout.post_commit'), deadline_ms: Ms,
    committed: Probability.default(1).describe('Probability that it happened, given that the answer was lost.'),
    commit_delay: Distribution.optional().describe('It happens so long after the call began; default at once.'),
    visibility_lag_ms: Delay.default(0).describe('So long after it happened reads still see the world without it.'),
  }),
  z.strictObject({ ...lasting, kind: z.literal('connection.reset'), phase: z.enum(['pre_commit', 'post_commit']).default('pre_commit') }),
  z.strictObject({ ...common, kind: z.literal('delivery.duplicate'), gap_ms: Delay.default(0).describe('The effect is applied once more after so long.') }),
  z.strictObject({ ...common, kind: z.literal('idempotency.key'), param: Name.default('idempotency_key').describe('The tools take this argument.'), ttl_ms: Ms.default(86_400_000), mismatch_status: Status.default(422) }),
] as const

const RESPONSES = [
  z.strictObject({ ...lasting, kind: z.literal('response.truncated'), bytes: Count.optional(), items: z.int().min(0).max(1_000_000).optional().describe('Of the longest list.'), marker: z.boolean().default(true).describe('Whether the cut is shown.') }),
  z.strictObject({ ...lasting, kind: z.literal('response.partial_batch'), argument: Name.optional().describe('The list; default: the only one.'), share: Probability.describe('Of the items that fail.'), status: Status.default(503) }),
  z.strictObject({ ...lasting, kind: z.literal('response.malformed'), form: z.enum(['cut', 'html', 'garbled']).default('cut') }),
  z.strictObject({ ...lasting, kind: z.literal('response.empty'), form: z.enum(['blank', 'null', 'object', 'list']).default('blank') }),
  z.strictObject({ ...lasting, kind: z.literal('response.error_in_success'), phase: z.enum(['pre_commit', 'post_commit']).default('pre_commit'), messages: Messages.default(['Internal error']) }),
  z.strictObject({ ...lasting, kind: z.literal('response.corrupted'), field: z.string().min(1).max(200).optional().describe('A field of the result (dotted, * for any); default any number.'), values: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1).max(50).optional().describe('What stands there instead; default a number that is off.'), source: Name.optional().describe('The read tool that shows the truth; default the tool itself, asked again.') }),
  z.strictObject({ ...lasting, kind: z.literal('response.redundant'), bytes: z.int().min(1).max(100_000).describe('How much noise.') }),
  z.strictObject({ ...common, kind: z.literal('pagination.cursor_expiry'), page_size: Count, ttl_ms: Ms, param: Name.default('cursor') }),
] as const

const CONSISTENCY = [
  z.strictObject({ ...common, kind: z.literal('consistency.stale_read'), lag: Distribution, read_your_writes: z.boolean().default(false) }),
  z.strictObject({ ...lasting, kind: z.literal('consistency.silent_noop') }),
  z.strictObject({
    ...common, kind: z.literal('consistency.source_conflict'), field: z.string().min(1).max(200).describe('Of the result, dotted: wrong in the same way for the whole episode.'), values: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1).max(50).optional(),
    authority: z.strictObject({ call: Name, with: z.record(Name, Cel).default({}).describe('CEL over `args` and `result` of the call that may be wrong.'), field: z.string().min(1).max(200) }).describe('Who is right.'),
  }),
  z.strictObject({ ...common, kind: z.literal('conflict.optimistic_lock'), target: Name.optional().describe('The argument that names what is written; default: the first required text.'), param: Name.default('if_version'), rate: z.number().min(0).max(10).default(0).describe('Writes of others to each target, a virtual second.') }),
] as const

const CHANGES = [
  z.strictObject({
    ...common, kind: z.literal('schema.drift'), announced,
    rename: z.union([z.literal('camel'), z.record(Name, ArgumentName)]).optional().describe('Arguments by old name, or all of them to camelCase.'),
    retype: z.record(Name, z.enum(['string', 'number'])).optional().describe('Arguments that are now numbers in text, or the other way round.'),
    unit: z.record(Name, z.strictObject({ factor: z.number().min(1e-9).max(1e9), name: Name, about: z.string().max(300) })).optional().describe('Arguments that are now stated in another unit, under another name.'),
    require: z.record(Name, z.array(z.string().min(1)).min(1).max(20)).optional().describe('New required arguments and the values they take; any will do.'),
  }),
  z.strictObject({
    ...common, kind: z.literal('tools.list_changed'), announced,
    suffix: z.string().regex(/^[a-z0-9_]{1,20}$/).optional().describe('The tools are now called so, with this added.'),
    remove: z.boolean().default(false).describe('The tools are gone.'),
    description: z.string().min(1).max(2000).optional().describe('What they now say of themselves.'),
    decoys: z.int().min(0).max(5).default(0).describe('Dead tools of similar names beside each.'),
    alternate: z.strictObject({ call: Name, with: z.record(Name, Cel).default({}).describe('CEL over `args`.') }).optional().describe('Another tool that does the same.'),
  }),
] as const

const ACCESS = [
  z.strictObject({ ...common, kind: z.literal('auth.expiry'), ttl_ms: Ms, tool: Name.default('refresh_session').describe('The tool that begins a new session; one of the world, or else it is added.') }),
  z.strictObject({ ...common, kind: z.literal('auth.scope'), scope: z.string().min(1).max(100), grant: Name.optional().describe('A tool that is added and grants it; without one it stays missing.') }),
] as const

const TIME = [
  z.strictObject({ ...common, kind: z.literal('clock.skew'), offset_ms: z.int().min(-10_000_000_000).max(10_000_000_000) }),
  z.strictObject({ ...common, kind: z.literal('deadline'), at_ms: Ms, announced: z.boolean().default(true) }),
  z.strictObject({ ...common, kind: z.literal('async.job'), poll_ms: Ms, completion: Distribution, expires_ms: Ms.default(86_400_000).describe('The result is kept so long.'), tool: Name.default('check_job').describe('The tool that is added and tells how a job stands.') }),
] as const

const OTHERS = [
  z.strictObject({
    ...common, kind: z.literal('world.event'),
    at_ms: Moment.optional(), mean_ms: Ms.min(100).optional().describe('Poisson: again and again, so long apart on average; at most 10,000 times in a day of the window.'),
    after: z.strictObject({ tools: z.array(z.string().regex(/^[a-z0-9_*]+$/)).min(1), delay_ms: Delay.default(0) }).optional().describe('After calls of the agent that took effect.'),
    do: z.array(Step).min(1).max(50).describe('Steps over the tables; caused by the world. After a call they know its `args` and `result` (both json). What is refused does not happen.'),
  }),
  z.strictObject({ ...common, kind: z.literal('user.noise'), form: z.enum(['late', 'vague', 'contradicts', 'changes_mind', 'silent']), late: Distribution.default({ p50: 60_000, p99: 600_000 }) }),
  z.strictObject({ ...lasting, kind: z.literal('security.injection'), text: z.string().min(1).max(4000), wants: z.array(z.string().regex(/^[a-z0-9_*]+$/)).min(1).describe('Tools that it wants called; doing so after it was read is a violation.') }),
] as const

export const DynamicsEntry = z.discriminatedUnion('kind', [...LATENCIES, ...FAILURES, ...LIMITS, ...LOST, ...RESPONSES, ...CONSISTENCY, ...CHANGES, ...ACCESS, ...TIME, ...OTHERS])
  .meta({ id: 'DynamicsEntry', description: 'One entry of a profile: what happens, to which calls, when, and how one recovers. docs/dynamics.md says what each kind does.' })
export type DynamicsEntry = z.infer<typeof DynamicsEntry>
export type DynamicsKind = DynamicsEntry['kind']
export type EntryOf<K extends DynamicsKind> = Extract<DynamicsEntry, { kind: K }>
