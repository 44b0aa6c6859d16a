/** Steps: what tools, reactions and timers do, in order. */
import { z } from 'zod'
import { Cel, CelTree, Name, Template, TemplateTree } from './notation.ts'

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
  | { refresh: string }
  | { emit: 'agent' | 'user'; text: string }
  | { after: string; run: string; with?: Record<string, CelTree> }
  | { call_by_name: string; with?: CelTree; among: string[]; else?: TemplateTree }
  | { return: CelTree }
  | { stop: true }

/** The step that has a given leading word. */
export type StepOf<K extends string> = Extract<Step, Record<K, unknown>>

const is_error = z.boolean().optional().describe('Default true.')

/** One step; see docs/world-language.md for each form. */
export const Step: z.ZodType<Step> = z.lazy(() => z.union([
  z.strictObject({ let: z.record(Name, CelTree), else: TemplateTree.optional(), is_error }).describe('Binds names; with `else`, null stops here.'),
  z.strictObject({ require: Cel, else: TemplateTree, keep: z.array(Name).optional().describe('Tables whose changes survive the failure.'), is_error }).describe('Goes on only when true.'),
  z.strictObject({ if: Cel, then: z.array(Step), else: z.array(Step).optional() }).describe('One branch or the other.'),
  z.strictObject({ cases: z.array(z.tuple([Cel, z.array(Step)])).min(1) }).describe('The first case that is true runs.'),
  z.strictObject({ set: z.record(z.string(), CelTree) }).describe('Assigns places: all right-hand sides first, then the writes.'),
  z.strictObject({ insert: Name, row: z.record(Name, CelTree), as: Name.optional(), if_exists: z.enum(['fail', 'ignore', 'replace']).optional(), else: TemplateTree.optional() }).describe('Writes a new row; columns left out take their default, or null.'),
  z.strictObject({ delete: z.string() }).describe('Removes the row `table[key]`.'),
  z.strictObject({ copy_tree: Name, from: Cel, with: z.record(Name, CelTree).optional(), as: Name.optional() }).describe('Copies a row of a tree and all below it.'),
  z.strictObject({ each: z.string().regex(/^[a-z][a-z0-9_]* in .+$/s, '`name in <CEL list>`'), do: z.array(Step) }).describe('A bounded loop: `x in list`.'),
  z.strictObject({ use: z.string() }).describe('Runs the steps of a definition: name(a, b).'),
  z.strictObject({ patch: z.string(), from: Cel, only: z.array(Name).optional() }).describe('Sets the columns whose fields are present.'),
  z.strictObject({ refresh: z.string() }).describe('Computes a latched field anew: table[key].field, or table.field of a single table.'),
  z.strictObject({ emit: z.enum(['agent', 'user']), text: Template }).describe('A message to an actor, delivered when this commits.'),
  z.strictObject({ after: Cel.describe('Seconds of virtual time from now.'), run: Name.describe('A timer of this world.'), with: z.record(Name, CelTree).optional() }),
  z.strictObject({ call_by_name: Cel.describe('The name of a tool, at run time.'), with: CelTree.optional().describe('Its arguments.'), among: z.array(z.string().regex(/^[a-z0-9_*]+$/)).min(1), else: TemplateTree.optional() })
    .describe('Runs another tool of this world inside this call and ends with its result.'),
  z.strictObject({ return: CelTree }).describe('Ends with this result.'),
  z.strictObject({ stop: z.literal(true) }).describe('Ends without a result.'),
])).meta({ id: 'Step', description: 'One step of a tool, reaction, timer or definition.' }) as unknown as z.ZodType<Step>
