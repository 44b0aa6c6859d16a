/**
 * Blueprints: a world, its tools, its agents and what is asked of them, in the words of a domain and without a line of
 * CEL. Whoever wrote one (the grammar, a model, a person), the same compiler makes the spec of it.
 */
import { z } from 'zod'
import { DocumentName, Name } from './notation.ts'

const Phrase = z.string().min(1).max(120)

/** Texts that are drawn by row: what they look like. */
export const FORMS = ['person', 'company', 'city', 'street', 'phone', 'email', 'code', 'title', 'note'] as const

const fieldParts = {
  name: Name.describe('Column and argument, such as phone or due_on.'),
  says: Phrase.optional().describe('How people call it: "phone number"; default the name with spaces.'),
  mutable: z.boolean().default(false).describe('Whether the update tool may change it.'),
}

/** Fields of an entity; `more` is what a theme says besides. */
export function fieldsWith<M extends z.ZodRawShape>(more: M) {
  const parts = { ...fieldParts, ...more }
  return z.discriminatedUnion('type', [
    z.strictObject({ ...parts, type: z.literal('text'), form: z.enum(FORMS) }),
    z.strictObject({ ...parts, type: z.literal('choice'), values: z.array(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/)).min(2).max(12).describe('Lower case, words joined by _ or -.') }),
    z.strictObject({ ...parts, type: z.literal('number'), between: z.tuple([z.int(), z.int()]), unit: z.string().max(20).optional().describe('km, minutes, pieces …') }),
    z.strictObject({ ...parts, type: z.literal('money'), between: z.tuple([z.number(), z.number()]) }),
    z.strictObject({ ...parts, type: z.literal('flag'), chance: z.number().min(0).max(1).default(0.5) }),
    z.strictObject({ ...parts, type: z.literal('day'), between: z.tuple([z.int(), z.int()]).describe('Days from the epoch; negative is the past.') }),
  ])
}

/** What is known of every row of an entity, besides its key, its name, its references and its state. */
export const Field = fieldsWith({}).meta({ id: 'BlueprintField', description: 'A field of an entity.' })
export type Field = z.infer<typeof Field>

/** A row of another entity that each row belongs to. */
export const Relation = z.strictObject({
  name: Name.describe('Column, such as patient.'),
  to: Name.describe('An entity.'),
  says: Phrase.optional().describe('How people call it; default the name with spaces.'),
  mutable: z.boolean().default(false).describe('Whether a link tool may change it.'),
}).meta({ id: 'BlueprintRelation', description: 'A row of another entity that each row belongs to.' })
export type Relation = z.infer<typeof Relation>

/** What has to hold for an action: a flag, a choice or the state, of the row itself or of one that it refers to. */
export const Guard = z.strictObject({
  relation: Name.optional().describe('Of the row that this relation leads to; default the row itself.'),
  field: Name.describe('A flag or choice, or the column of the state.'),
  is: z.union([z.string(), z.boolean()]),
  says: Phrase.describe('Why it is refused otherwise: "the patient is not insured".'),
}).meta({ id: 'BlueprintGuard', description: 'A condition of an action.' })
export type Guard = z.infer<typeof Guard>

/** An operator: takes a row from one state to the next. */
export const Action = z.strictObject({
  verb: Name.describe('Imperative, for tool names: check_in.'),
  says: Phrase.describe('Imperative with {it}: "check {it} in".'),
  done: Phrase.describe('Participle: "checked in".'),
  from: z.array(Name).min(1),
  to: Name,
  asks: z.array(Name).max(3).default([]).describe('Fields of this entity that the action takes as arguments and stores.'),
  needs: z.array(Guard).max(3).default([]),
  destructive: z.boolean().default(false),
}).meta({ id: 'BlueprintAction', description: 'A transition with a name.' })
export type Action = z.infer<typeof Action>

export const Lifecycle = z.strictObject({
  field: Name.default('status'),
  states: z.array(Name).min(2).max(12),
  initial: Name,
  actions: z.array(Action).min(1).max(16),
}).meta({ id: 'BlueprintLifecycle', description: 'States of an entity and what leads from one to another.' })
export type Lifecycle = z.infer<typeof Lifecycle>

export const Entity = z.strictObject({
  name: Name.describe('Singular: appointment.'),
  plural: Name.describe('Table and list tools: appointments.'),
  about: z.string().min(1).max(300).describe('One sentence.'),
  kind: z.enum(['person', 'thing', 'event', 'document', 'place']),
  named: z.union([
    z.literal('person').describe('First and last name.'),
    z.strictObject({ first: z.array(z.string().min(1).max(40)).min(4).max(40), second: z.array(z.string().min(1).max(40)).min(4).max(40) }).describe('Names of two parts, such as "Blue" "Kettle".'),
    z.literal(false).describe('Without a name: known by its number, or by what it belongs to.'),
  ]),
  id: z.strictObject({ style: z.enum(['draw', 'counter']), prefix: z.string().max(8).regex(/^[A-Za-z]*[-_#]?$/), digits: z.int().min(3).max(7) }),
  rows: z.int().min(4).max(400),
  fields: z.array(Field).max(12),
  relations: z.array(Relation).max(4).default([]),
  lifecycle: Lifecycle.optional(),
}).meta({ id: 'BlueprintEntity', description: 'A kind of thing in the world.' })
export type Entity = z.infer<typeof Entity>

/** How tools look; the same operations in other clothes. */
export const ToolStyle = z.strictObject({
  order: z.enum(['verb_noun', 'noun_verb']).default('verb_noun').describe('get_order or order_get.'),
  read: z.enum(['get', 'show', 'fetch', 'read', 'view']).default('get'),
  search: z.enum(['search', 'find', 'list', 'query', 'lookup']).default('search'),
  create: z.enum(['create', 'add', 'register', 'open', 'new']).default('create'),
  change: z.enum(['update', 'change', 'edit', 'modify', 'set']).default('update'),
  actions: z.enum(['own', 'one']).default('own').describe('A tool for each action, or one for each entity that takes the next state.'),
  updates: z.enum(['row', 'field']).default('row').describe('One update tool with optional arguments, or one tool a field.'),
  ids: z.enum(['id', 'entity_id', 'number']).default('entity_id').describe('What the argument is called that names a row.'),
  page: z.int().min(3).max(50).default(10),
  listing: z.enum(['full', 'short']).default('full').describe('Whether lists show whole rows.'),
  errors: z.enum(['plain', 'coded', 'terse']).default('plain'),
  descriptions: z.enum(['short', 'usual', 'long']).default('usual'),
}).meta({ id: 'BlueprintToolStyle', description: 'How tools are called and what they show.' })
export type ToolStyle = z.infer<typeof ToolStyle>

/** How an instruction speaks of a row. */
export const REFERENCES = ['id', 'name', 'relation', 'attributes', 'extreme'] as const

/** What is wrong, missing or forbidden. */
export const TWISTS = ['none', 'missing', 'ambiguous', 'infeasible', 'forbidden', 'no_tool'] as const

const Goal = z.discriminatedUnion('goal', [
  z.strictObject({ goal: z.literal('state'), entity: Name, state: Name, depth: z.int().min(1).max(8).default(1).describe('Actions between the start and the goal, those that make a condition true included.') }),
  z.strictObject({ goal: z.literal('field'), entity: Name, field: Name }),
  z.strictObject({ goal: z.literal('link'), entity: Name, relation: Name }),
  z.strictObject({ goal: z.literal('create'), entity: Name, then: z.int().min(0).max(6).default(0).describe('Actions on the new row.') }),
  z.strictObject({ goal: z.literal('question'), entity: Name, ask: z.enum(['field', 'count', 'sum', 'most', 'related']), field: Name.optional() }),
  z.strictObject({ goal: z.literal('each'), entity: Name, state: Name, rows: z.int().min(2).max(6).default(2) }),
]).meta({ id: 'BlueprintGoal', description: 'What shall hold in the end, or be known.' })
export type Goal = z.infer<typeof Goal>

export const Intent = z.strictObject({
  name: Name,
  goals: z.array(Goal).min(1).max(4).describe('More than one is a request with several parts, about different entities.'),
  reference: z.enum(REFERENCES).default('name'),
  joins: z.int().min(0).max(4).default(0).describe('Relations that the references go through, all together.'),
  twist: z.enum(TWISTS).default('none'),
  weight: z.number().gt(0).default(1),
}).meta({ id: 'BlueprintIntent', description: 'A kind of request.' })
export type Intent = z.infer<typeof Intent>

/** The shape of the team. */
export const Team = z.strictObject({
  pattern: z.enum(['single', 'orchestrator-workers', 'hierarchy', 'pipeline', 'router', 'map-merge', 'planner-executor', 'evaluator-optimizer', 'blackboard', 'hand-off']).default('single'),
  layers: z.int().min(1).max(6).default(1).describe('Levels of agents, the root included.'),
  agents: z.int().min(1).max(64).default(1).describe('How many agents, about: fewer where there is nothing for them to do.'),
  delegation: z.enum(['named', 'agent', 'xml']).default('named'),
  roles: z.array(Phrase).max(64).default([]).describe('What agents may be called: "front desk", "billing clerk".'),
}).meta({ id: 'BlueprintTeam', description: 'Pattern and size of the team.' })
export type Team = z.infer<typeof Team>

export const Blueprint = z.strictObject({
  format: z.literal('fractal-gym.blueprint/1'),
  name: DocumentName,
  title: z.string().min(1).max(120).describe('For the catalogue.'),
  theme: z.string().min(1).max(60),
  place: Phrase.describe('Where the agents work, with its article: "a beekeeping cooperative".'),
  epoch: z.iso.datetime(),
  currency: z.string().max(4).default('$'),
  entities: z.array(Entity).min(2).max(16),
  style: ToolStyle,
  decoys: z.number().min(0).max(0.5).default(0.1).describe('Share of the named rows that share their name with another.'),
  forbid: z.array(z.strictObject({
    entity: Name, verbs: z.array(Name).min(1).describe('Actions, or `update`.'),
    when: Guard, says: z.string().min(1).max(300).describe('The rule as the agents read it.'),
  })).max(4).default([]).describe('Rules: what must not be done although the tools allow it.'),
  intents: z.array(Intent).min(1).max(24),
  team: Team,
  dynamics: z.strictObject({ profile: z.string().min(1).max(100), intensity: z.number().min(0).max(1).default(1) }).default({ profile: 'clean', intensity: 1 }),
}).meta({ id: 'Blueprint', description: 'What an environment is made of, before it is written in the world language.' })
export type Blueprint = z.infer<typeof Blueprint>
