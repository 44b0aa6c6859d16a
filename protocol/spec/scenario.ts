/** Document kind `Scenario`: what is played, the tasks with their proof and their checks. */
import { z } from 'zod'
import { BUDGETS } from '../identity.ts'
import { Check, TEMPORAL } from './check.ts'
import { Cel, DocumentName, Name, Template } from './notation.ts'
import { Dynamics, DynamicsChanges } from './dynamics.ts'
import { AgentName, Framework } from './framework.ts'
import { InputSchema } from './json-schema.ts'
import { Step } from './step.ts'
import { User } from './user.ts'
import { World } from './world.ts'

/** How a slot of a task is filled; slots are filled in order and may refer to earlier ones by name. */
export const Binding = z.union([
  z.strictObject({ from: Name.describe('A table: one of its rows, evenly among those that fit.'), where: Cel.optional().describe('CEL over the slot\'s own name and earlier slots.') }),
  z.strictObject({ in: Cel.describe('A CEL list: one of its elements, evenly among those that fit.'), where: Cel.optional().describe('As for `from`.') }),
  z.strictObject({ pick: z.array(z.union([z.string(), z.number()])).min(1).describe('One of these.') }),
  z.strictObject({ between: z.tuple([z.int(), z.int()]).describe('A whole number, both ends included.') }),
  z.strictObject({ value: Cel.describe('CEL over earlier slots and the tables.') }),
]).meta({ id: 'Binding', description: 'How a slot of a task is filled; slots are filled in order and may refer to earlier ones by name.' })
export type Binding = z.infer<typeof Binding>

export const WitnessStep = z.union([
  z.strictObject({
    call: Name.describe('A tool of the agent.'),
    with: z.record(z.string(), Cel).default({}).describe('Its arguments: CEL over the slots, the first world and what was captured.'),
    as: Name.optional().describe('Captures the result\'s JSON under this name for later steps.'),
    commutes: z.boolean().default(false).describe('May change places with the next step.'),
    by: AgentName.optional().describe('The agent that makes it, where several of a framework could.'),
  }),
  z.strictObject({ say: Template.describe('A message to the simulated user.'), as: Name.optional().describe('Captures the text of the answer.') }),
  z.strictObject({ wait: Cel.describe('Seconds of virtual time.') }),
]).meta({ id: 'WitnessStep', description: 'A step of the plan that proves a task solvable.' })
export type WitnessStep = z.infer<typeof WitnessStep>

const taskParts = {
  outcome: z.enum(['done', 'unable']).default('done').describe('`unable`: the task cannot or must not be done, and the right ending is report_unable.'),
  bind: z.record(Name, Binding).default({}),
  require: z.array(Cel).default([]).describe('When one is false, all slots are drawn again.'),
  setup: z.array(Step).default([]).describe('Steps that prepare the world, over the slots; caused by the world.'),
  instruction: z.union([Template, z.array(Template).min(1)]).describe('One text, or several phrasings drawn by seed. With a simulated user, what the user says first.'),
  user: User.optional().describe('The simulated user of this task; what is absent comes from the scenario.'),
  answer: InputSchema.optional().describe('Schema of finish\'s answer; without it finish takes none.'),
  witness: z.array(WitnessStep).describe('The plan that proves it: played at admission, it must score exactly 1.'),
  finish: z.strictObject({ answer: Cel.optional().describe('CEL: the answer that the plan ends with.'), reason: Template.optional().describe('Of a task that cannot be done: the reason that the plan gives.') }).default({}),
  checks: z.array(Check).min(1).describe('What is looked at in the end.'),
}

/** Another version of a template: what it states replaces the template's own, the rest stays. */
const Variant = z.strictObject({
  description: z.string().min(1).max(500).optional(),
  weight: z.number().gt(0).optional(),
  tags: z.array(z.string().max(50)).optional(),
  difficulty: z.record(Name, Cel).optional().describe('Added to the axes of the template, or instead of those of the same name.'),
  ...z.object(taskParts).partial().shape,
  bind: z.record(Name, Binding).optional().describe('Added to the slots of the template, or instead of those of the same name; a new slot is filled before the first replaced one that stands after it here, or else last.'),
  require: z.array(Cel).optional().describe('Instead of those of the template.'),
  outcome: z.enum(['done', 'unable']).optional(),
  setup: z.array(Step).optional(),
  finish: z.strictObject({ answer: Cel.optional(), reason: Template.optional() }).optional(),
  user: z.union([z.null(), User]).optional(),
  answer: z.union([z.null(), InputSchema]).optional().describe('null: finish takes no answer.'),
}).meta({ id: 'Variant', description: 'Another version of a task template: what it states replaces the template\'s own, the rest stays.' })

export const TaskTemplate = z.strictObject({
  description: z.string().min(1).max(500).describe('Public; says what kind of task this is, not its solution.'),
  weight: z.number().gt(0).default(1).describe('How often it is drawn, against the other templates.'),
  tags: z.array(z.string().max(50)).default([]).describe('For filters of task/sample.'),
  difficulty: z.record(Name, Cel).default({}).describe('Axis to a number, CEL over the slots.'),
  ...taskParts,
  variants: z.record(Name, Variant).default({}).describe('Played as tasks of their own, named template.variant.'),
}).meta({ id: 'TaskTemplate', description: 'A kind of task: instances are drawn from it by seed.' })
export type TaskTemplate = z.infer<typeof TaskTemplate>

/** A rule as the agent reads it, and as a machine checks it. */
export const Rule = z.strictObject({
  id: Name,
  text: z.string().min(1).max(2000).describe('As the agent reads it.'),
  on: z.array(z.string().regex(/^[a-z0-9_*]+$/)).optional().describe('Tools (names or globs) of the agent whose calls it is about.'),
  when: Cel.optional().describe('CEL as in `that`: only calls for which this holds.'),
  that: Cel.optional().describe('CEL over `tool`, `args` (json) and the tables as they are when such a call begins; `history`: earlier calls of the agent that succeeded, as {tool, args, result}; `said`: what the user said so far, and `told`: what the agent said, as lists of text. False is a rule_violation.'),
  events: TEMPORAL.events.optional(),
  order: TEMPORAL.order.optional().describe(`Instead of \`that\`: ${TEMPORAL.order.description}`),
}).meta({ id: 'Rule', description: 'A rule as the agent reads it, and as a machine checks it.' })
export type Rule = z.infer<typeof Rule>

export const Scenario = z.strictObject({
  kind: z.literal('Scenario'),
  name: DocumentName,
  like: DocumentName.optional().describe('A scenario whose world, tasks, rules, user, budgets, dynamics and overrides this one takes where it does not state its own; `only` picks tasks.'),
  only: z.array(z.string().min(1).max(130)).min(1).optional().describe('With `like`: the templates that are taken, by name or glob; their variants come with them.'),
  title: z.string().min(1).max(200).describe('One line for the catalogue.'),
  description: z.string().max(4000).describe('A paragraph for the catalogue.'),
  tags: z.array(z.string().max(50)).default([]).describe('For filters of scenario/list.'),
  world: z.union([DocumentName, World]).optional().describe('The name of a World document, or the document itself.'),
  framework: z.union([DocumentName, Framework]).describe('The name of a Framework document, or the document itself.'),
  dynamics: z.union([DocumentName, Dynamics]).default('clean').describe('Default profile.'),
  intensity: z.number().min(0).max(1).optional().describe('How strong the default profile is where a reset names none; default 1.'),
  overrides: z.record(z.string().regex(/^([a-z][a-z0-9_.-]{0,99}|\*)$/, 'a profile, or *'), DynamicsChanges).default({}).describe('What this scenario changes about profiles, by their names; `*` is about all but `none`, before what is said of one.'),
  budgets: z.strictObject(BUDGETS).partial().default({}).describe('Bounds of an episode; a reset may lower them.'),
  rules: z.union([z.string().max(20_000), z.array(Rule).max(100)]).optional().describe('What the agent must respect; shown after the prompt.'),
  user: User.optional().describe('A simulated user: the instruction is what the user says first, and messages of the agent are answered.'),
  tasks: z.record(Name, TaskTemplate).default({}).describe('Templates by name.'),
}).meta({ id: 'Scenario', description: 'World, framework, tasks, dynamics and budgets: what an episode is played of.' })
/** With `like` resolved there always is a world. */
export type Scenario = z.infer<typeof Scenario> & { world: string | World }
