/** Columns of a table: what a cell may hold, and where its seeded value comes from. */
import { z } from 'zod'
import { Cel, Name } from './notation.ts'

/** How keys are made. `draw` scatters numbers by seed, `counter` counts from 1; `{n:05}` pads to five digits. */
export const IdRule = z.union([
  z.strictObject({ draw: z.string().regex(/^[^{}]*\{n:0[3-9]\}[^{}]*$/, 'one {n:0W} with W from 3 to 9 digits').describe('Distinct numbers scattered by seed, such as W{n:06}.') }),
  z.strictObject({ counter: z.string().regex(/^[^{}]*\{n(:0[1-9])?\}[^{}]*$/, 'one {n} or {n:0W}').describe('Counts from 1, such as T-{n:03}.') }),
  z.strictObject({ hash: z.array(Name).min(1).describe('Derived from these columns: the same values again are a duplicate.'), prefix: z.string().max(20).optional() }),
  z.strictObject({ queue: z.array(z.string()).min(1).max(10_000).describe('A recorded list, handed out in order.') }),
  z.strictObject({ first_free: z.array(z.string()).min(1).max(10_000).describe('The first of these that no row has.') }),
]).meta({ id: 'IdRule', description: 'How keys are made.' })
export type IdRule = z.infer<typeof IdRule>

/** What the maintained faker is asked for: a method by name, with options if it takes any. */
const Faker = z.union([
  z.string().regex(/^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/, 'module.method, such as person.fullName'),
  z.strictObject({ call: z.string().regex(/^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/), with: z.record(z.string(), z.unknown()) }),
])

const source = {
  value: Cel.optional().describe('CEL over `row` (other columns) and `n` (the row number).'),
  null_share: z.number().min(0).max(1).optional().describe('Share of base rows in which a nullable column is null.'),
  nullable: z.boolean().optional().describe('Whether cells may be null; default false.'),
  default: Cel.optional().describe('CEL: what an inserted row gets that does not state this column.'),
  unique: z.boolean().optional().describe('No two rows share a value; null is no value. Base values are drawn without repetition.'),
  description: z.string().max(500).optional().describe('For people who read the spec.'),
}
const pick = z.union([z.string().describe('Name of a list of this world.'), z.array(z.union([z.string(), z.number()])).min(1)])
const weights = z.array(z.number().min(0)).min(1).describe('One for each choice; default all alike.')
const choices = pick.optional().describe('Values to draw from: a list, or the name of one under lists.')

const ScalarColumn = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('string'), ...source, id: IdRule.optional(), pick: choices, weights: weights.optional(), faker: Faker.optional().describe('A realistic value, the same for the same seed and row.'), max_length: z.int().min(1).max(100_000).optional().describe('Most characters; a longer text is refused at commit.') }),
  z.strictObject({ type: z.literal('int'), ...source, between: z.tuple([z.int(), z.int()]).optional().describe('Least and greatest value, both included.'), pick: choices, weights: weights.optional() }),
  z.strictObject({ type: z.literal('dec'), scale: z.int().min(0).max(4).default(2).describe('Decimal places.'), ...source, between: z.tuple([z.number(), z.number()]).optional().describe('Least and greatest value, both included.'), pick: choices, weights: weights.optional() }),
  z.strictObject({ type: z.literal('bool'), ...source, chance: z.number().min(0).max(1).optional().describe('Share of true; default 0.5.') }),
  z.strictObject({ type: z.literal('time'), ...source, between: z.tuple([z.int(), z.int()]).optional().describe('Seconds relative to the epoch.') }),
  z.strictObject({ type: z.literal('enum'), values: z.array(z.string()).min(1), ...source, weights: weights.optional() }),
  z.strictObject({ type: z.literal('ref'), table: Name.describe('The table referred to, by its key.'), ...source, skew: z.number().min(0).max(4).optional().describe('0 is even; 1 and more favour few rows.') }),
  z.strictObject({ type: z.literal('json'), ...source }),
])
type ScalarColumn = z.infer<typeof ScalarColumn>

type Source = Pick<ScalarColumn, 'value' | 'null_share' | 'nullable' | 'default' | 'unique' | 'description'>

/** A nested record: its fields are columns of their own. */
export type RecordColumn = Source & { type: 'record'; fields: Record<string, Column> }
/** A list: its elements are drawn one by one, `size` of them. */
export type ListColumn = Source & { type: 'list'; of: Column; size?: [number, number]; max_items?: number }
/** A dictionary with text keys. */
export type MapColumn = Source & { type: 'map'; of: Column; max_items?: number }
export type Column = ScalarColumn | RecordColumn | ListColumn | MapColumn

export const Column: z.ZodType<Column> = z.lazy(() => z.union([
  ScalarColumn,
  z.strictObject({ type: z.literal('record'), ...source, fields: z.record(Name, Column).describe('Fields, each with a type and, where the record is drawn, a source of its own.') }),
  z.strictObject({ type: z.literal('list'), ...source, of: Column, size: z.tuple([z.int().min(0), z.int().min(0).max(1000)]).optional().describe('How many elements a base row draws.'), max_items: z.int().min(1).max(100_000).optional().describe('Most elements; more are refused at commit.') }),
  z.strictObject({ type: z.literal('map'), ...source, of: Column, max_items: z.int().min(1).max(100_000).optional().describe('Most elements; more are refused at commit.') }),
])).meta({ id: 'Column', description: 'A column: its type, and where the value of a seeded row comes from (the first that is given of value, id, pick, between, chance, values, faker, a draw of the referred table).' }) as unknown as z.ZodType<Column>
