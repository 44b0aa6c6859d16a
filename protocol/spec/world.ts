/** Document kind `World`: tables with seeded rows, and the tools over them. */
import { z } from 'zod'
import { Cel, CelTree, DocumentName, Name, TemplateTree } from './notation.ts'
import { ObjectSchema } from './json-schema.ts'

/** How keys are made. `draw` scatters numbers by seed, `counter` counts from 1; `{n:05}` pads to five digits. */
export const IdRule = z.union([
  z.strictObject({ draw: z.string().regex(/^[^{}]*\{n:0[3-9]\}[^{}]*$/, 'one {n:0W} with W from 3 to 9 digits') }),
  z.strictObject({ counter: z.string().regex(/^[^{}]*\{n(:0[1-9])?\}[^{}]*$/, 'one {n} or {n:0W}') }),
  z.strictObject({ hash: z.array(Name).min(1), prefix: z.string().max(20).optional() }),
  z.strictObject({ queue: z.array(z.string()).min(1).max(10_000) }),
  z.strictObject({ first_free: z.array(z.string()).min(1).max(10_000) }),
])
export type IdRule = z.infer<typeof IdRule>

const source = {
  value: Cel.optional().describe('CEL over `row` (other columns) and `n` (the row number).'),
  null_share: z.number().min(0).max(1).optional().describe('Share of base rows in which a nullable column is null.'),
  nullable: z.boolean().optional(),
  description: z.string().max(500).optional(),
}
const pick = z.union([z.string().describe('Name of a list of this world.'), z.array(z.union([z.string(), z.number()])).min(1)])
const weights = z.array(z.number().min(0)).min(1)

export const Column = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('string'), ...source, id: IdRule.optional(), pick: pick.optional(), weights: weights.optional() }),
  z.strictObject({ type: z.literal('int'), ...source, between: z.tuple([z.int(), z.int()]).optional(), pick: pick.optional(), weights: weights.optional() }),
  z.strictObject({ type: z.literal('dec'), scale: z.int().min(0).max(4).default(2), ...source, between: z.tuple([z.number(), z.number()]).optional(), pick: pick.optional(), weights: weights.optional() }),
  z.strictObject({ type: z.literal('bool'), ...source, chance: z.number().min(0).max(1).optional() }),
  z.strictObject({ type: z.literal('time'), ...source, between: z.tuple([z.int(), z.int()]).optional().describe('Seconds relative to the epoch.') }),
  z.strictObject({ type: z.literal('enum'), values: z.array(z.string()).min(1), ...source, weights: weights.optional() }),
  z.strictObject({ type: z.literal('ref'), table: Name, ...source, skew: z.number().min(0).max(4).optional().describe('0 is even; 1 and more favour few rows.') }),
  z.strictObject({ type: z.literal('json'), ...source }),
])
export type Column = z.infer<typeof Column>

export const Table = z.strictObject({
  description: z.string().max(1000).optional(),
  key: Name.describe('The column that identifies a row.'),
  count: z.int().min(0).max(1_000_000).optional().describe('How many base rows.'),
  per: z.strictObject({ table: Name, column: Name, count: z.tuple([z.int().min(0), z.int().min(1).max(1000)]) }).optional()
    .describe('Instead of count: each row of `table` has between count[0] and count[1] of these; `column` refers to it.'),
  rows: z.array(z.record(z.string(), z.unknown())).max(100_000).optional().describe('Instead of count: literal rows.'),
  tree: z.strictObject({ parent: Name, name: Name }).optional(),
  max_rows: z.int().min(1).max(10_000_000).optional(),
  columns: z.record(Name, Column),
})
export type Table = z.infer<typeof Table>

export type Step =
  | { let: Record<string, CelTree>; else?: TemplateTree; is_error?: boolean }
  | { require: string; else: TemplateTree; keep?: string[]; is_error?: boolean }
  | { if: string; then: Step[]; else?: Step[] }
  | { cases: [string, Step[]][] }
  | { set: Record<string, CelTree> }
  | { insert: string; row: Record<string, CelTree>; as?: string; if_exists?: 'fail' | 'ignore' | 'replace'; else?: TemplateTree }
  | { delete: string }
  | { copy_tree: string; from: string; with?: Record<string, CelTree>; as?: string }
  | { each: string; do: Step[] }
  | { use: string }
  | { patch: string; from: string; only?: string[] }
  | { return: CelTree }
  | { stop: true }

/** The step that has a given leading word. */
export type StepOf<K extends string> = Extract<Step, Record<K, unknown>>

const is_error = z.boolean().optional().describe('Default true.')

/** One step of a tool; see docs/world-language.md for each form. */
export const Step: z.ZodType<Step> = z.lazy(() => z.union([
  z.strictObject({ let: z.record(Name, CelTree), else: TemplateTree.optional(), is_error }),
  z.strictObject({ require: Cel, else: TemplateTree, keep: z.array(Name).optional(), is_error }),
  z.strictObject({ if: Cel, then: z.array(Step), else: z.array(Step).optional() }),
  z.strictObject({ cases: z.array(z.tuple([Cel, z.array(Step)])).min(1) }),
  z.strictObject({ set: z.record(z.string(), CelTree) }),
  z.strictObject({ insert: Name, row: z.record(Name, CelTree), as: Name.optional(), if_exists: z.enum(['fail', 'ignore', 'replace']).optional(), else: TemplateTree.optional() }),
  z.strictObject({ delete: z.string() }),
  z.strictObject({ copy_tree: Name, from: Cel, with: z.record(Name, CelTree).optional(), as: Name.optional() }),
  z.strictObject({ each: z.string().regex(/^[a-z][a-z0-9_]* in .+$/s, '`name in <CEL list>`'), do: z.array(Step) }),
  z.strictObject({ use: z.string() }),
  z.strictObject({ patch: z.string(), from: Cel, only: z.array(Name).optional() }),
  z.strictObject({ return: CelTree }),
  z.strictObject({ stop: z.literal(true) }),
])) as unknown as z.ZodType<Step>

export const ReadBack = z
  .strictObject({ call: Name, with: z.record(z.string(), Cel), done: Cel.describe('CEL over `result` (the read\'s JSON) and `args` (of the write): true when the write happened.') })
  .meta({ description: 'How a caller can find out whether an unanswered write happened.' })
export type ReadBack = z.infer<typeof ReadBack>

export const Tool = z.strictObject({
  description: z.string().min(1).max(2000),
  effect: z.enum(['read', 'write']),
  idempotent: z.boolean().default(false).describe('Doing it twice leaves the same state as once.'),
  destructive: z.boolean().default(false),
  disable_parallel: z.boolean().default(false),
  input: ObjectSchema,
  read_back: ReadBack.optional(),
  do: z.array(Step).min(1),
})
export type Tool = z.infer<typeof Tool>

/** A named expression (`value`) or named steps (`do`), with parameters; no recursion. */
export const Definition = z.strictObject({
  params: z.array(Name).max(8).default([]),
  value: Cel.optional(),
  do: z.array(Step).optional(),
})
export type Definition = z.infer<typeof Definition>

export const World = z.strictObject({
  kind: z.literal('World'),
  name: DocumentName,
  description: z.string().max(2000).optional(),
  epoch: z.iso.datetime().describe('What now() is at virtual time 0.'),
  lists: z.record(Name, z.array(z.union([z.string(), z.number()])).min(1).max(10_000)).default({}),
  tables: z.record(Name, Table),
  defs: z.record(Name, Definition).default({}),
  invariants: z.array(z.strictObject({ id: Name, that: Cel })).default([]).describe('Checked on what a call changed, at every commit.'),
  tools: z.record(Name, Tool),
})
export type World = z.infer<typeof World>
