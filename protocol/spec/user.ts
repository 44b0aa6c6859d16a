/** The simulated user: a deterministic script that knows, reveals, acts, and is satisfied or leaves. */
import { z } from 'zod'
import { Cel, Name, Template } from './notation.ts'

const keywords = z.array(z.string().min(1).max(100)).min(1).describe('Words or phrases; one of them in what the agent said is enough. Case and punctuation do not matter, words are whole.')

export const UserFact = z.strictObject({
  value: Cel.describe('CEL over the slots of the task and earlier facts, in the initial world; the fact is then read like a slot.'),
  asked: keywords.optional().describe('What one asks for with; a fact without it is told by cases and instructions alone.'),
  say: Template.optional().describe('What the user answers when asked; default: My <name> is <value>.'),
}).meta({ id: 'UserFact', description: 'Something that the user knows.' })

export const UserCase = z.strictObject({
  says: keywords.optional(),
  if: Cel.optional().describe('CEL over the facts, `mind`, `heard` (what the agent said, lower case), `received` (messages of the world to the user since its last answer), `turn` (how many messages the agent has said), and all tables, private ones included.'),
  once: z.boolean().default(false).describe('Fits one time only.'),
  do: z.array(z.strictObject({ call: Name.describe('A tool of the user.'), with: z.record(z.string(), Cel).default({}).describe('Its arguments.'), as: Name.optional().describe('Captures the result as json, for `say` and later calls.') })).max(8).default([]).describe('Calls that the user makes first.'),
  set: z.record(Name, Cel).default({}).describe('Changes the user\'s mind.'),
  say: Template.optional().describe('Without it the facts that were asked for are told, or else a plain Okay.'),
  leave: z.boolean().default(false).describe('Ends the conversation: user_left.'),
}).meta({ id: 'UserCase', description: 'One rule of the script: what is heard, and what the user does and says. One without `says` and `if` always fits.' })

/** Every part is optional: a task's user takes what it does not state from the scenario's, and that from USER_DEFAULTS. */
export const User = z.strictObject({
  persona: z.string().max(2000).optional().describe('For people who read the spec.'),
  facts: z.record(Name, UserFact).optional().describe('What the user knows, and tells when asked.'),
  mind: z.record(Name, z.union([z.boolean(), z.int(), z.string().max(200)])).optional().describe('What the user remembers, with its first value; read as mind.name.'),
  cases: z.array(UserCase).max(100).optional().describe('In order; the first that fits is taken, before facts are looked at.'),
  unknown: Template.optional().describe('What the user answers when no case fits and no fact is asked for.'),
  satisfied: Cel.optional().describe('CEL as in `if`; looked at before each answer. When true the user thanks and leaves: user_satisfied.'),
  thanks: Template.optional().describe('Said when satisfied.'),
  patience: z.int().min(1).max(1000).optional().describe('How many messages the user answers; to the next one it gives up: user_left. Default 20.'),
  gives_up: Template.optional().describe('Said when patience is at its end.'),
  reply_ms: z.int().min(0).max(86_400_000).optional().describe('Virtual milliseconds that an answer takes; default 0.'),
}).meta({ id: 'User', description: 'A simulated user. Every part is optional: what a task does not state comes from the scenario, and that from defaults.' })
export type User = z.infer<typeof User>

/** What a user says and does where the spec is silent. */
export const USER_DEFAULTS = {
  facts: {}, mind: {}, cases: [], patience: 20, reply_ms: 0,
  okay: 'Okay.',
  unknown: "I'm not sure what you mean. Could you ask in another way?",
  thanks: 'Great, that is all I needed. Thank you!',
  gives_up: 'This is taking too long. I will try again another time.',
} as const satisfies User & { okay: string }
