/** The tools of the lobby: what they take and what they answer. */
import type { Tool } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { EpisodeId, ScenarioRef, Seed } from '../../../protocol/scalars.ts'
import { refusalOf } from '../refusal.ts'

const LOOKS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const
const DOES = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false } as const

const handle = EpisodeId.describe('The handle that start_episode gave.')

const INPUTS = {
  list_scenarios: z.strictObject({ query: z.string().max(200).optional().describe('Words that all have to be found.'), limit: z.int().min(1).max(200).optional().describe('Default 50.') }),
  start_episode: z.strictObject({
    scenario: ScenarioRef.describe('A name that list_scenarios shows, or name@digest.'), seed: Seed.describe('Which world and task.'),
    task: z.string().min(1).max(100).optional().describe('This task instead of one drawn by the seed.'),
    dynamics: z.string().min(1).max(100).optional().describe("A dynamics profile; default: the scenario's."), intensity: z.number().min(0).max(1).optional().describe('How much of the profile.'),
  }),
  use_tool: z.strictObject({
    episode: handle, tool: z.string().min(1).max(128).describe('A tool of the episode by its name.'), arguments: z.record(z.string(), z.unknown()).optional().describe('Its arguments.'),
    seq: z.int().min(1).optional().describe('The number of this call in the episode, from 1: the same number with the same call gives the same answer.'),
  }),
  episode_state: z.strictObject({ episode: handle }),
} as const

export type LobbyTool = keyof typeof INPUTS

type Outputs = Record<string, z.ZodType>

const ABOUT: { readonly [K in LobbyTool]: { title: string; about: string; annotations: typeof LOOKS | typeof DOES; gives?: Outputs } } = {
  list_scenarios: { title: 'List scenarios', about: 'Lists what there is to play.', annotations: LOOKS, gives: { scenarios: z.array(z.looseObject({ name: z.string() })), more: z.boolean() } },
  start_episode: { title: 'Start an episode', about: 'Starts an episode, and gives its handle, what has to be done in it, and its tools.', annotations: DOES, gives: { episode: z.string(), url: z.string().optional(), instruction: z.string(), tools: z.array(z.looseObject({ name: z.string() })) } },
  use_tool: { title: 'Use a tool of an episode', about: 'Calls a tool of an episode, and gives what it answered.', annotations: DOES },
  episode_state: { title: 'How an episode stands', about: 'Tells seq, clock, budgets, and whether the episode has ended.', annotations: LOOKS, gives: { episode: z.string(), scenario: z.string(), task: z.string(), seed: z.int(), seq: z.int(), frame: z.string(), clock_ms: z.int(), budgets: z.record(z.string(), z.int()), ended: z.boolean() } },
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, reused: 'inline', unrepresentable: 'any', override: ({ jsonSchema }) => { delete jsonSchema.id } })
  return rest
}

/** All of them, by name. */
export const LOBBY_TOOLS: ReadonlyMap<string, Tool> = new Map((Object.keys(INPUTS) as LobbyTool[]).map((name) => {
  const { title, about, annotations, gives } = ABOUT[name]
  return [name, {
    name, title, description: about, annotations: { title, ...annotations },
    inputSchema: schemaOf(INPUTS[name], 'input') as Tool['inputSchema'],
    ...(gives && { outputSchema: schemaOf(z.looseObject(gives), 'output') as NonNullable<Tool['outputSchema']> }),
  }]
}))

type LobbyCall = { readonly [K in LobbyTool]: { readonly tool: K; readonly args: z.infer<(typeof INPUTS)[K]> } }[LobbyTool]

/** Reads the arguments of a call. @throws GymError GYM_INVALID_PARAMS */
export function readLobbyCall(tool: LobbyTool, args: Record<string, unknown>): LobbyCall {
  const schema: z.ZodType = INPUTS[tool]
  const parsed = schema.safeParse(args)
  if (!parsed.success) throw refusalOf('GYM_INVALID_PARAMS', 'arguments', schema, args, parsed.error.issues)
  return { tool, args: parsed.data } as LobbyCall
}
