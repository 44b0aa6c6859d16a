/** A scenario in a list. */
import { z } from 'zod'

export const Origin = z.enum(['catalogue', 'registered', 'generated']).meta({ id: 'Origin', description: '`catalogue` ships with the server, `registered` came over the wire, `generated` is made from a reference and a seed.' })
export type Origin = z.infer<typeof Origin>

export const ScenarioSummary = z
  .strictObject({
    name: z.string(),
    digest: z.string(),
    title: z.string(),
    description: z.string(),
    tags: z.array(z.string()),
    tasks: z.int(),
    tools: z.int(),
    origin: Origin,
  })
  .meta({ id: 'ScenarioSummary' })
export type ScenarioSummary = z.infer<typeof ScenarioSummary>
