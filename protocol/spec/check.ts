/** The checks of a task: what is looked at when an episode has ended. */
import { z } from 'zod'
import { Cel, Name } from './notation.ts'

const TOOLS = z.string().regex(/^[a-z0-9_*]+$/)
const Tools = z.union([TOOLS, z.array(TOOLS).min(1)]).describe('A tool or a glob, or several: calls of any of them count.')
const Words = z.array(z.string().min(1).max(200)).min(1).max(50)

/** Calls of the agent; only those that succeeded count. */
export const CallPattern = z.strictObject({
  call: Tools,
  effect: z.enum(['read', 'write']).optional().describe('Only tools that read, or only tools that write.'),
  where: Cel.optional().describe('CEL over `args` and `result` (both json) of a call, and the slots.'),
  refused: z.literal(true).optional().describe('Calls that the tool itself answered with an error count too; default: only calls that succeeded.'),
}).meta({ id: 'CallPattern', description: 'Calls of the agent.' })
export type CallPattern = z.infer<typeof CallPattern>

const Says = z.strictObject({ says: Words.describe('Phrases: the agent said one of them to the user.') })
const Hears = z.strictObject({ hears: Words.describe('Phrases: the user said one of them; the instruction counts.') })
const Ends = z.strictObject({ ends: z.enum(['finish', 'report_unable']).describe('The agent ended the task so.') })

/** Something that happens in an episode, at an event of its log. */
export const Happening = z.union([CallPattern, Says, Hears, Ends]).meta({ id: 'Happening', description: 'Something that happens: a call, words of the agent or of the user, the ending.' })
export type Happening = z.infer<typeof Happening>

/** An event of temporal rules: a happening; calls can be told apart by a key. */
export const RuleEvent = z.union([
  CallPattern.extend({ key: Cel.optional().describe('CEL over `args` and `result`: what the event is about; a line that ends in `for the same key` is kept for each key by itself. A call from which it cannot be read has no key, and shares it with none.') }),
  Says, Hears, Ends,
]).meta({ id: 'RuleEvent', description: 'A named event of temporal rules.' })
export type RuleEvent = z.infer<typeof RuleEvent>

export const TEMPORAL = {
  events: z.record(Name, RuleEvent).default({}).describe('Events by the names that the lines use; tools, globs, `write`, `read`, `call`, `finish` and `report_unable` need no name.'),
  order: z.array(z.string().min(1).max(300)).min(1).max(20).describe('Lines: `a before any b` (or `a before b`), `a before each b` (each has its own), `a after each b`, `never a`, `never a after b`, `never a before b`, `only a until b` (until then no call but a), `at most 2 a`; with `for the same key` where two events meet or are counted, with `within 60 seconds` (or minutes) for `before each` and `after each`.'),
}

const base = {
  id: Name.describe('Names the check in verdicts.'),
  gate: z.boolean().default(true).describe('A gate that fails makes the reward 0; without gate, `weight` counts.'),
  weight: z.number().gt(0).default(1).describe('Counts where gate is false.'),
  description: z.string().max(500).optional().describe('For people who read the spec.'),
}
const graded = { ...base, gate: z.boolean().default(false).describe('Default false: `weight` counts.') }

const ALLOWED_KEY = {
  key: Cel.optional().describe('CEL: the key of the row.'),
  keys: Cel.optional().describe('CEL, instead of `key`: the keys of the rows, a list.'),
}

/** What may change: rows by key (all columns, or the named), inserts by predicate, deletes by key. */
export const Allowed = z.union([
  z.strictObject({ update: Name.describe('A table: rows that may change.'), ...ALLOWED_KEY, columns: z.array(Name).optional().describe('Only these; default all.') }),
  z.strictObject({ insert: Name.describe('A table.'), where: Cel.optional().describe('CEL over `row`.'), at_most: z.int().min(1).default(1) }),
  z.strictObject({ delete: Name.describe('A table: rows that may go.'), ...ALLOWED_KEY }),
]).meta({ id: 'Allowed', description: 'A change that the agent may make.' })
export type Allowed = z.infer<typeof Allowed>

/** How a given answer is compared with the expected one. */
export const COMPARISONS = ['exact', 'set', 'number', 'date', 'quantity', 'words'] as const
const Comparison = z.enum(COMPARISONS).describe('`exact` (by type: numbers by value, text trimmed), `set` (the order of a list does not matter), `number` (text that spells a number: `1,250.00`), `date` (text that names a day or a moment: `2026-03-01`, `1 March 2026`), `quantity` (text with a unit: `1.2 km` is `1200 m`), `words` (text by its words: case, spacing and punctuation do not matter).')
const Tolerance = z.number().min(0).describe('How far a number may be off; of dates in seconds, of quantities in the unit that is expected.')

const step = {
  after: z.array(Name).default([]).describe('Milestones that have to be reached before.'),
  weight: z.number().gt(0).default(1),
}
const State = z.strictObject({ that: Cel.describe('CEL over the tables and the slots: holds in the state, however it came about.') })

export const Milestone = z.union([CallPattern.extend(step), Says.extend(step), Hears.extend(step), Ends.extend(step), State.extend(step)]).meta({ id: 'Milestone', description: 'Something to reach: a happening, or a state.' })
export type Milestone = z.infer<typeof Milestone>

export const Check = z.discriminatedUnion('kind', [
  z.strictObject({ ...base, kind: z.literal('state.predicates'), that: z.array(Cel).min(1).describe('CEL over the final tables and the slots.') }),
  z.strictObject({ ...base, kind: z.literal('state.untouched'), except: z.array(Allowed).default([]).describe('What the agent may change; anything else fails.') }),
  z.strictObject({
    ...base, kind: z.literal('state.equivalent'),
    tables: z.array(Name).optional().describe('Only these; default all.'),
    ignore: z.array(z.string().regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$/)).default([]).describe('Bookkeeping: `table`, or `table.column`; columns of the type time that are written with now() are ignored anyway.'),
    sets: z.array(z.string().regex(/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/)).default([]).describe('`table.column`: lists whose order does not matter.'),
  }),
  z.strictObject({ ...graded, kind: z.literal('milestones'), reach: z.record(Name, Milestone).describe('By name; those named in `after` come first. Each happening is matched to an event of its own, at most 12 of them, so that the weight that is reached is the greatest possible.') }),
  z.strictObject({ ...base, kind: z.literal('minefields'), never: z.array(z.union([Happening, State])).min(1).describe('What must never happen, or must not be so in the end.') }),
  z.strictObject({ ...base, kind: z.literal('invariants'), that: z.array(Cel).min(1).max(20).describe('CEL over the tables and the slots: holds after every commit of the agent, not only in the end. The invariants of the world hold anyway.') }),
  z.strictObject({ ...base, kind: z.literal('rules.temporal'), ...TEMPORAL }),
  z.strictObject({
    ...base, kind: z.literal('calls.constraints'),
    ...CallPattern.partial().shape,
    least: z.int().min(0).optional().describe('How many such calls at least; default 1, with `most: 0` it is 0.'),
    most: z.int().min(0).optional().describe('How many at most; 0 forbids them.'),
    order: z.array(CallPattern).min(2).max(20).optional().describe('Instead of one pattern: such calls were made in this order, whatever came between.'),
  }),
  z.strictObject({
    ...base, kind: z.literal('answer.typed'), expect: Cel.describe('CEL over the final tables and the slots.'),
    compare: Comparison.default('exact'), tolerance: Tolerance.optional(),
    fields: z.record(z.string(), z.strictObject({ compare: Comparison.default('exact'), tolerance: Tolerance.optional() })).optional().describe('Of a record, or of each record of a list: how single fields are compared.'),
  }),
  z.strictObject({
    ...base, kind: z.literal('communicated'),
    text: Cel.describe('CEL: a text that the agent must have said to the user, or a list of texts any one of which is enough; case and spacing do not matter, numbers match by value.'),
    among: z.int().min(1).max(200).default(60).describe('How many different figures of its sort (numbers, or ids of one shape) the agent may tell in the whole conversation: who tells more is guessing.'),
  }),
  z.strictObject({
    ...base, kind: z.literal('abstention'),
    cause: z.array(Happening).min(1).describe('How the agent can have found out that it cannot be done: one of these happened before it declined.'),
    reason: Cel.optional().describe('CEL: a text, or a list of texts any one of which is enough, that stands in the reason given; words as in `communicated`.'),
  }),
  z.strictObject({
    ...base, kind: z.literal('effects.exactly_once'),
    insert: Name.optional().describe('A table: exactly one row that fits `where` was inserted by the agent.'),
    call: Name.optional().describe('A tool: exactly one of its calls that fits `where` (over `args`) took effect.'),
    where: Cel.optional().describe('CEL over `row` of an insert or `args` of a call.'),
  }),
  z.strictObject({
    ...base, kind: z.literal('recovery.contract'),
    retries: z.int().min(0).max(100).default(5).describe('How often one call may be repeated after faults.'),
    patience: z.boolean().default(true).describe('A stated Retry-After is waited for.'),
    read_back: z.boolean().default(true).describe('A non-idempotent write whose answer was lost is read back, or repeated with its key, before it is made again.'),
  }),
  z.strictObject({
    ...base, kind: z.literal('timing'),
    of: Happening.optional().describe('What is timed: it happens at least once, and always inside the window; default: the ending.'),
    from: Cel.optional().describe('CEL: seconds since the start of the episode; default 0.'),
    by: Cel.optional().describe('CEL: seconds since the start; default: no end.'),
  }),
  z.strictObject({
    ...base, kind: z.literal('grounding'),
    numbers: z.boolean().default(false).describe('Plain numbers have to be grounded too, not only text.'),
    except: z.array(z.string().regex(/^[a-z0-9_*]+(\.[a-zA-Z0-9_]+)?$/)).default([]).describe('`tool`, or `tool.argument`; globs of tools.'),
  }),
  z.strictObject({
    ...graded, kind: z.literal('efficiency'),
    calls: z.number().min(1).optional().describe('Up to this many times the calls of the witness score 1; beyond, allowed / used.'),
    time: z.number().min(1).optional().describe('The same for virtual time, with the latencies of the calm profile.'),
    tokens: z.number().min(1).optional().describe('The same for tokens.'),
  }),
  z.strictObject({ ...graded, kind: z.literal('quality'), each: z.number().gt(0).max(1).default(0.1).describe('What each slip costs: repetition, loops, truncation, unknown tools, invalid arguments, ignored errors.') }),
  z.strictObject({ id: base.id, description: base.description, kind: z.literal('rubric.llm'), criteria: z.array(z.string().min(1).max(1000)).min(1).max(20).describe('What a model is asked about the episode. Advisory: it is reported and never counts.') }),
]).meta({ id: 'Check', description: 'One check of what really happened.' })
export type Check = z.infer<typeof Check>
