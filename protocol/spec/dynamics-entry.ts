/** What all entries of a dynamics profile have in common: which calls, when, for how long, and what gets past it. */
import { z } from 'zod'
import { Cel, DocumentName } from './notation.ts'

/** A moment of an episode, in virtual milliseconds since its start. */
export const Moment = z.int().min(0).max(10_000_000_000)
/** Whole milliseconds, at most a day. */
export const Delay = z.int().min(0).max(86_400_000)
/** Something a virtual second. */
export const Rate = z.number().min(0.000001).max(1_000_000_000)
/** A number of things. */
export const Count = z.int().min(1).max(1_000_000_000)

const Globs = z.array(z.string().regex(/^[a-z0-9_*]+$/, 'a tool name or a glob with *')).min(1)

export const Match = z.strictObject({
  tools: Globs.optional(),
  effect: z.enum(['read', 'write']).optional(),
  idempotent: z.boolean().optional(),
  read_back: z.boolean().optional().describe('Whether the tool says how one finds out that it happened.'),
  agent: z.string().regex(/^[\w*.-]+$/, 'an agent or a glob with *').optional(),
  where: Cel.optional().describe('CEL over `args` (json): only calls for which this holds.'),
}).meta({ id: 'DynamicsMatch', description: 'Which calls an entry is about: all that is stated has to fit.' })

export const When = z.strictObject({
  probability: z.number().min(0).max(1).optional().describe('Of each call, or of each window for what time drives; at intensity 1, which scales it. Default: always.'),
  window: z.strictObject({ from_ms: Moment.default(0), to_ms: Moment.min(1).optional() }).optional().describe('Virtual milliseconds since the start of the episode; the end is outside.'),
  after_calls: z.int().min(0).optional().describe('Not before this many validated calls of the frame to the tool.'),
  every: z.int().min(1).optional().describe('Only each n-th validated call of the frame to the tool.'),
  max_occurrences: z.int().min(1).optional().describe('How often it may begin in the whole episode.'),
  burst: z.strictObject({ calls: z.int().min(1).max(1000), probability: z.number().min(0).max(1) }).optional().describe('Once it fired, the next calls of that frame to that tool have at least this probability.'),
}).meta({ id: 'DynamicsWhen', description: 'When an entry fires.' })

export const Persistence = z.union([
  z.literal('permanent'),
  z.strictObject({ calls: z.int().min(1).max(1000) }),
  z.strictObject({ ms: Moment.min(1) }),
]).meta({ id: 'Persistence', description: 'How long it lasts once it fired, for that frame and tool: so many calls in a row, so long in virtual time, or for ever (then it is drawn once for each tool, not for each call).' })

export const RECOVERIES = ['retry', 'wait', 'idempotent_retry', 'read_back', 'refresh_auth', 'paginate', 'relist_tools', 'alternate_tool', 'cross_check', 'ask_user', 'report_unable'] as const
export type Recovery = (typeof RECOVERIES)[number]

/** Fields of every entry. */
export const common = {
  id: DocumentName.describe('Names its draws: two profiles that share an id share their luck.'),
  match: Match.default({}),
  when: When.default({}),
  recovery: z.array(z.enum(RECOVERIES)).optional().describe('What gets past it, the best way first; default: those of its kind.'),
}

/** Fields of entries that can last. */
export const lasting = { ...common, persistence: Persistence.default({ calls: 1 }) }

export const SCOPES = ['tool', 'frame', 'episode'] as const
export const Scope = z.enum(SCOPES).default('episode').describe('What is counted together: the calls of a frame to a tool, of a frame, or all.')

const Ms = z.number().min(0).max(86_400_000)
const Least = Ms.min(0.001)

const Quantiles = z.array(z.tuple([z.number().gt(0).lt(1), Least])).min(2).max(50)
  .refine((points) => points.every(([share, ms], i) => i === 0 || (share > points[i - 1]![0] && ms >= points[i - 1]![1])), 'shares that rise, and milliseconds that do not fall')
  .describe('Share of calls and the milliseconds within which they are answered, as measured; between them the logarithm is a line over the normal deviate, beyond them it stays.')

export const DISTRIBUTIONS = {
  constant: { ms: Ms },
  uniform: { min: Ms, max: Ms },
  normal: { mean: Ms, sd: Ms },
  lognormal: { p50: Least, p99: Least, cap: Delay.min(1).optional() },
  pareto: { minimum: Least, alpha: z.number().min(0.01).max(20), cap: Delay.min(1) },
  quantiles: { quantiles: Quantiles },
}

/** A distribution of milliseconds by its parameters. */
export const Distribution = z.union([
  z.strictObject(DISTRIBUTIONS.constant), z.strictObject(DISTRIBUTIONS.uniform), z.strictObject(DISTRIBUTIONS.normal),
  z.strictObject(DISTRIBUTIONS.lognormal), z.strictObject(DISTRIBUTIONS.pareto), z.strictObject(DISTRIBUTIONS.quantiles),
]).meta({ id: 'Distribution', description: 'A distribution of virtual milliseconds: {ms}, {min, max}, {mean, sd}, {p50, p99, cap?} (log-normal), {minimum, alpha, cap} (Pareto) or {quantiles: [[share, ms], …]} (as measured).' })
export type Distribution = z.infer<typeof Distribution>
