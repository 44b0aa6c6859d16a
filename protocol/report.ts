/** What is found about a specification: complaints of the compiler, and the report of admission. */
import { z } from 'zod'
import { Seed } from './scalars.ts'
import { ScenarioSummary } from './summary.ts'

export const Complaint = z
  .strictObject({
    code: z.string().describe('What kind of mistake it is.'),
    message: z.string(),
    file: z.string(),
    line: z.int().min(1),
    column: z.int().min(1),
    expected: z.string().optional(),
    nearest: z.string().optional().describe('The closest valid name.'),
  })
  .meta({ id: 'Complaint', description: 'One mistake in a specification, with its place.' })
export type Complaint = z.infer<typeof Complaint>

/** Characters of a counter-example's transcript; the end of a longer one is cut. */
export const MOST_TRANSCRIPT = 6000

export const CounterExample = z
  .strictObject({
    task: z.string().optional(),
    seed: Seed.optional(),
    policy: z.string().optional().describe('Who played.'),
    dynamics: z.string().optional(),
    found: z.string().max(2000).describe('What was found, in a sentence.'),
    transcript: z.string().max(MOST_TRANSCRIPT).optional().describe('The episode as text; of the first counter-example of a check.'),
  })
  .meta({ id: 'CounterExample', description: 'One episode that shows why a check failed.' })
export type CounterExample = z.infer<typeof CounterExample>

export const AdmissionCheck = z
  .strictObject({
    id: z.string(),
    about: z.string().describe('What has to hold.'),
    ok: z.boolean(),
    tried: z.int().min(0),
    failed: z.int().min(0),
    detail: z.string().describe('What was found, in a sentence.'),
    skipped: z.string().optional().describe('Why it was not tried; then `ok` is false.'),
    examples: z.array(CounterExample).max(3),
  })
  .meta({ id: 'AdmissionCheck' })
export type AdmissionCheck = z.infer<typeof AdmissionCheck>

export const ToolCost = z
  .strictObject({
    tool: z.string(),
    bound: z.int().min(0).optional().describe('The most units that one call can cost, proved from declared sizes; a call may spend 200,000.'),
    unbounded: z.array(z.strictObject({ path: z.string(), because: z.string(), remedy: z.string() })).optional().describe('Instead: why there is no bound, and what to declare for one.'),
  })
  .meta({ id: 'ToolCost', description: 'What one call of a tool can cost.' })
export type ToolCost = z.infer<typeof ToolCost>

export const CheckCost = z
  .strictObject({
    task: z.string(),
    check: z.string(),
    kind: z.string().describe('Kind of the check; `shaping` is one look of progress shaping, which is taken after every step.'),
    units: z.number().min(0).describe('Units over the end of the witness, mean over the seeds.'),
    most: z.int().min(0).describe('The most of any seed.'),
    scans: z.array(z.string()).describe('Tables that its expressions go through row by row.'),
  })
  .meta({ id: 'CheckCost', description: 'What a check of a task costs.' })
export type CheckCost = z.infer<typeof CheckCost>

export const MutationRow = z
  .strictObject({
    id: z.string(),
    about: z.string().describe('How the witness was changed.'),
    must: z.enum(['one', 'below one', 'gate', 'reported']).describe('What must come of it: exactly 1, less than 1, 0 by a gate that fails; or it is only reported.'),
    played: z.int().min(0),
    held: z.int().min(0).describe('How many came out as they must.'),
    mean: z.number().min(0).max(1).describe('Mean reward.'),
  })
  .meta({ id: 'MutationRow', description: 'One class of changes of the witnesses, over all tasks and seeds.' })
export type MutationRow = z.infer<typeof MutationRow>

export const AdmissionReport = z
  .strictObject({
    format: z.literal('fractal-gym.report/1'),
    ok: z.boolean().describe('Whether every check holds: the scenario is admitted.'),
    name: z.string(),
    digest: z.string(),
    engine: z.string(),
    scenario: ScenarioSummary.omit({ origin: true }),
    tasks: z.array(z.string()),
    tools: z.array(z.string()),
    seeds: z.int().min(1).describe('Seeds that each task template was tried with.'),
    episodes: z.int().min(0).describe('Episodes that were played.'),
    checks: z.array(AdmissionCheck),
    costs: z.array(ToolCost).describe('What a call of each tool can cost at most.'),
    check_costs: z.array(CheckCost).describe('What the checks of each task cost, the dearest first.'),
    mutations: z.array(MutationRow).describe('What changed witnesses earned, by the way they were changed.'),
    rewards: z.record(z.string(), z.record(z.string(), z.number())).describe('Mean reward by task and trivial policy.'),
  })
  .meta({ id: 'AdmissionReport', description: 'What admission found about a scenario.' })
export type AdmissionReport = z.infer<typeof AdmissionReport>
