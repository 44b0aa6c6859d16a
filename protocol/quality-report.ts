/** What was good and bad about one episode: its verdict, every issue, and what a model had to say about it. */
import { z } from 'zod'
import { StopReason } from './event.ts'
import { Identity } from './identity.ts'
import { Issue, Verdict } from './verdict.ts'

export const Advice = z
  .strictObject({
    rubric: z.string().describe('Id of the check.'),
    model: z.string(),
    criteria: z.array(z.strictObject({
      criterion: z.string(),
      met: z.boolean(),
      because: z.string(),
      confidence: z.number().min(0).max(1),
    })).describe('Empty where the model gave no usable answer.'),
    failed: z.string().optional().describe('Why there is no answer.'),
  })
  .meta({ id: 'Advice', description: 'What a model says about an episode. It is advice: it changes neither gates nor reward.' })
export type Advice = z.infer<typeof Advice>

export const QualityReport = z
  .strictObject({
    format: z.literal('fractal-gym.quality/1'),
    identity: Identity,
    stop_reason: StopReason.nullable().describe('null while the episode goes on; then it is judged as it stands.'),
    verdict: Verdict.omit({ issues: true }),
    issues: z.array(Issue).describe('Those of the verdict, then notes of the advice.'),
    advice: z.array(Advice),
  })
  .meta({ id: 'QualityReport', description: 'What was good and bad about one episode. Evidence of issues points at events of its trajectory.' })
export type QualityReport = z.infer<typeof QualityReport>
