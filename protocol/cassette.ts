/** What a tool server of others was asked and what it answered: recorded once, replayed offline. */
import { z } from 'zod'

/** A tool as `tools/list` of the Model Context Protocol gives it. */
export const ServerTool = z.looseObject({
  name: z.string().min(1).max(200),
  title: z.string().max(1000).optional(),
  description: z.string().max(100_000).optional(),
  inputSchema: z.record(z.string(), z.unknown()),
  outputSchema: z.record(z.string(), z.unknown()).optional(),
  annotations: z.looseObject({
    title: z.string().optional(), readOnlyHint: z.boolean().optional(), destructiveHint: z.boolean().optional(), idempotentHint: z.boolean().optional(), openWorldHint: z.boolean().optional(),
  }).optional(),
}).meta({ id: 'ServerTool', description: 'A tool of a server, as tools/list gives it.' })
export type ServerTool = z.infer<typeof ServerTool>

/** What went wrong instead of an answer. `protocol`: an answer that is none, or a JSON-RPC error. */
export const FAILURES = ['timeout', 'closed', 'protocol', 'too_large'] as const

/** What a server answered to a call, or what went wrong instead. */
export const ServedAnswer = z.strictObject({
  json: z.json().describe('What the agent reads: the texts of the content, joined by newlines, with a note for whatever is no text.'),
  is_error: z.literal(true).optional().describe('The tool said that it failed, or there was no answer.'),
  structured: z.json().optional().describe('The structured content, where there was any.'),
  blocks: z.array(z.json()).max(100).optional().describe('The content as it came, where it is more than text.'),
  failure: z.enum(FAILURES).optional().describe('Why there was no answer.'),
}).meta({ id: 'ServedAnswer', description: 'What a server answered to a call, or what went wrong instead.' })
export type ServedAnswer = z.infer<typeof ServedAnswer>

/** Rows by table, as JSON shows them: the state of a server. */
export const ServerState = z.record(z.string(), z.array(z.record(z.string(), z.json()))).meta({ id: 'ServerState', description: 'The state of a server as rows by table.' })
export type ServerState = z.infer<typeof ServerState>

/** What came of a call to a live server, as a journal keeps it. */
export const ServedReply = z.strictObject({
  answer: ServedAnswer,
  ms: z.int().min(0).describe('Real milliseconds that it took.'),
  state: ServerState.optional().describe('The state afterwards, where the call changed it.'),
}).meta({ id: 'ServedReply', description: 'What came of a call to a live server.' })
export type ServedReply = z.infer<typeof ServedReply>

export const CassetteCall = z.strictObject({
  state: z.string().describe('The state in which the call was made.'),
  tool: z.string().describe("The server's name of the tool."),
  arguments: z.record(z.string(), z.json()),
  answer: z.int().min(0).describe('Index into answers.'),
  next: z.string().optional().describe('The state afterwards, where it is another one.'),
  ms: z.number().min(0).describe('Real milliseconds until the answer.'),
  bytes: z.int().min(0).describe('Size of the answer as JSON.'),
}).meta({ id: 'CassetteCall', description: 'One call of a recording.' })
export type CassetteCall = z.infer<typeof CassetteCall>

export const CASSETTE_FORMAT = 'fractal-gym.cassette/1'

export const Cassette = z.strictObject({
  format: z.literal(CASSETTE_FORMAT),
  server: z.strictObject({
    name: z.string().max(200).describe('As it names itself.'),
    version: z.string().max(200),
    package: z.string().max(300).optional().describe('What was installed, such as @scope/name@1.2.3.'),
    protocol: z.string().max(40).optional().describe('Revision of the protocol that was spoken.'),
  }),
  tools: z.array(ServerTool).max(2000),
  start: z.string().describe('The state at the beginning of each recorded session.'),
  states: z.record(z.string(), ServerState).describe('Rows by table of each state; without them a state is known by the calls that lead to it alone.'),
  answers: z.array(ServedAnswer),
  calls: z.array(CassetteCall),
}).meta({ id: 'Cassette', description: 'A recording of a server: in which state which call was answered how, and how long that took.' })
export type Cassette = z.infer<typeof Cassette>
