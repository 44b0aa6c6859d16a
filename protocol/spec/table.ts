/** Tables: their columns, where their rows come from, and the rules their rows obey. */
import { z } from 'zod'
import { Column } from './column.ts'
import { Cel, Name, TemplateTree } from './notation.ts'

/** A computed field: live (at every read), or latched (stored, computed anew only by `refresh`). */
export const Derived = z.strictObject({
  description: z.string().max(500).optional().describe('For people who read the spec.'),
  latch: z.boolean().default(false).describe('Stored; changes only when a step says `refresh`.'),
  type: Column.optional().describe('Type of a latched field; default string.'),
  value: Cel.optional().describe('CEL over `row`.'),
  cases: z.array(z.tuple([Cel, Cel])).min(1).optional().describe('An ordered decision table over `row`, instead of value.'),
}).meta({ id: 'Derived', description: 'A computed field.' })
export type Derived = z.infer<typeof Derived>

/** Which values of a column may follow which; every other change is refused at commit. */
export const Lifecycle = z.strictObject({
  column: Name.describe('An enum column.'),
  initial: z.array(z.string()).min(1).optional().describe('What an inserted row may start with; default: anything.'),
  transitions: z.record(z.string(), z.array(z.string())).describe('Value to the values that may follow it.'),
  guards: z.array(z.strictObject({
    to: z.string().describe('The new value.'), from: z.string().optional().describe('Only when it was this before.'),
    when: Cel.describe('CEL over `row` (after) and `old` (before).'),
    else: TemplateTree.optional().describe('What the caller sees of a refusal; `row` and `old` may be used.'),
  })).default([]).describe('Conditions of single transitions.'),
  else: TemplateTree.optional().describe('What the caller sees of a refused change.'),
}).meta({ id: 'Lifecycle', description: 'Which values of an enum column may follow which.' })
export type Lifecycle = z.infer<typeof Lifecycle>

export const Table = z.strictObject({
  description: z.string().max(1000).optional().describe('For people who read the spec.'),
  key: Name.optional().describe('The column that identifies a row; a single table needs none.'),
  single: z.boolean().optional().describe('One row; its columns are read as table.column.'),
  per_actor: z.boolean().optional().describe('One row for the agent and one for the user; each tool sees that of its actor as table.column.'),
  owner: z.literal('user').optional().describe("A private table of the simulated user: no tool of the agent can read it."),
  count: z.int().min(0).max(1_000_000).optional().describe('How many base rows.'),
  per: z.strictObject({ table: Name, column: Name, count: z.tuple([z.int().min(0), z.int().min(1).max(1000)]) }).optional()
    .describe('Instead of count: each row of `table` has between count[0] and count[1] of these; `column` refers to it.'),
  rows: z.union([
    z.array(z.record(z.string(), z.unknown())).max(100_000),
    z.strictObject({ file: z.string().min(1).max(200).regex(/^(?!\/)(?!.*\.\.)[\w./-]+\.(csv|json)$/, 'a .csv or .json file beside this one') }),
  ]).optional().describe('Instead of count: literal rows, here or in a CSV or JSON file.'),
  decoys: z.strictObject({ share: z.number().gt(0).max(0.5), same: z.array(Name).min(1) }).optional()
    .describe('This share of the base rows repeats the named columns of another row: look-alikes that a careless query confuses.'),
  tree: z.strictObject({ parent: Name.describe('Column with the key of the row above; null at the top.'), name: Name.describe('Column with the name within the parent.') }).optional().describe('Makes the rows a tree, for resolve, child, path, under and copy_tree.'),
  max_rows: z.int().min(1).max(10_000_000).optional().describe('More are refused: `no free key`.'),
  columns: z.record(Name, Column).describe('By name.'),
  derive: z.record(Name, Derived).default({}).describe('Computed fields by name.'),
  lifecycle: Lifecycle.optional(),
}).meta({ id: 'Table', description: 'A typed table. Its rows come from one of count, per, rows, single or per_actor.' })
export type Table = z.infer<typeof Table>
