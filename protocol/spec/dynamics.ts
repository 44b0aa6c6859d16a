/** Document kind `Dynamics`: what tools do besides their meaning. */
import { z } from 'zod'
import { DynamicsEntry } from './dynamics-kinds.ts'
import { DocumentName } from './notation.ts'

export const Dynamics = z.strictObject({
  kind: z.literal('Dynamics'),
  name: DocumentName,
  description: z.string().max(2000).optional(),
  extends: z.array(DocumentName).max(20).default([]).describe('Other profiles whose entries come first; an entry here takes the place of one of the same id.'),
  entries: z.array(DynamicsEntry).max(200).default([]).describe('Those of one stage are looked at in this order.'),
}).meta({ id: 'Dynamics', description: 'What tools do besides their meaning: latency, errors, limits, lost answers, staleness.' })
export type Dynamics = z.infer<typeof Dynamics>

/** What changes about a profile. */
export const DynamicsChanges = z.strictObject({
  add: z.array(DynamicsEntry).max(100).default([]).describe('Added at the end, or instead of entries of the same id.'),
  without: z.array(DocumentName).max(200).default([]).describe('Ids of entries that are left out.'),
}).meta({ id: 'DynamicsChanges', description: 'What changes about a profile.' })
export type DynamicsChanges = z.infer<typeof DynamicsChanges>
