/** Distributions over tasks, as data: weighted scenarios, and ranges on the axes of generated ones. */
import { z } from 'zod'
import { ScenarioRef } from './scalars.ts'

const Range = z.tuple([z.number(), z.number()])

export const Source = z.strictObject({
  scenario: ScenarioRef.describe('A name, or a gen: reference.'),
  weight: z.number().gt(0).max(1_000_000_000).default(1).describe('How often it is drawn, against the others.'),
  axes: z.record(z.string(), Range).default({}).describe('Of a gen: reference: axis to an inclusive range from which its value is drawn evenly.'),
  task: z.string().min(1).max(100).optional().describe('Only this template.'),
}).meta({ id: 'Source', description: 'One part of a distribution.' })
export type Source = z.infer<typeof Source>

export const Distribution = z.strictObject({
  kind: z.literal('Distribution').optional(),
  name: z.string().min(1).max(100).optional(),
  of: z.array(Source).min(1).max(200),
}).meta({ id: 'Distribution', description: 'Weighted scenarios; the axes of generated ones are drawn from ranges.' })
export type Distribution = z.infer<typeof Distribution>
