/** Tests inside a world: rows that are given, calls, and what to expect of them. */
import { z } from 'zod'
import { Cel, Name } from './notation.ts'

export const Expectation = z.strictObject({
  result: z.unknown().optional().describe('The result as JSON; of a mapping, only the keys that stand here are compared.'),
  error: z.union([z.boolean(), z.string()]).optional().describe('Whether the call fails, or a text that its message contains.'),
  that: z.array(Cel).default([]).describe('CEL over the tables after the call, `result` (JSON) and `args`.'),
  rows: z.record(Name, z.record(z.string(), z.union([z.null(), z.record(z.string(), z.unknown())]))).default({}).describe('Table, key, and the columns to compare; null for a row that is gone.'),
  emits: z.array(z.string()).optional().describe('Texts of the messages sent, in order.'),
}).meta({ id: 'Expectation', description: 'What a call must do; without `error` it must succeed.' })

const call = {
  call: Name.describe('A tool.'),
  with: z.record(z.string(), z.unknown()).default({}).describe('Its arguments as JSON.'),
  wait: z.number().min(0).max(1e7).optional().describe('Seconds of virtual time to let pass before the call.'),
  expect: Expectation.prefault({}),
}

export const WorldTest = z.strictObject({
  name: z.string().min(1).max(200).describe('What it shows.'),
  seed: z.int().min(0).default(1).describe('Seed of the tables that are not given.'),
  given: z.record(Name, z.array(z.record(z.string(), z.unknown()))).default({}).describe('Tables that hold exactly these rows; columns left out get their default, null, or an empty value.'),
  calls: z.array(z.strictObject(call)).min(1).max(100).describe('One after another, on one state.'),
}).meta({ id: 'WorldTest', description: 'A test inside a world; `fractal-gym validate` runs it.' })
export type WorldTest = z.infer<typeof WorldTest>
