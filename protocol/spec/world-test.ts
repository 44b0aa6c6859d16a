/** Tests inside a world: rows that are given, calls, and what to expect of them. */
import { z } from 'zod'
import { Cel, Name } from './notation.ts'

export const Expectation = z.strictObject({
  result: z.unknown().optional().describe('The result as JSON; of a mapping, only the keys that stand here are compared.'),
  error: z.union([z.boolean(), z.string()]).optional().describe('Whether the call fails, or a text that its message contains.'),
  that: z.array(Cel).default([]).describe('CEL over the tables after the call, `result` (JSON) and `args`.'),
  rows: z.record(Name, z.record(z.string(), z.union([z.null(), z.record(z.string(), z.unknown())]))).default({}).describe('Table, key, and the columns to compare; null for a row that is gone.'),
  emits: z.array(z.string()).optional().describe('Texts of the messages sent, in order.'),
}).describe('Without `error` the call must succeed.')

const call = {
  call: Name.describe('A tool.'),
  with: z.record(z.string(), z.unknown()).default({}).describe('Its arguments as JSON.'),
  wait: z.number().min(0).max(1e7).optional().describe('Seconds of virtual time to let pass before the call.'),
  expect: Expectation.prefault({}),
}

export const WorldTest = z.strictObject({
  name: z.string().min(1).max(200),
  seed: z.int().min(0).default(1),
  given: z.record(Name, z.array(z.record(z.string(), z.unknown()))).default({}).describe('Tables that hold exactly these rows; columns left out get their default, null, or an empty value.'),
  calls: z.array(z.strictObject(call)).min(1).max(100),
})
export type WorldTest = z.infer<typeof WorldTest>
