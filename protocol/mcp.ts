/** What of episodes over MCP is ours and not the protocol's: the lobby's tools, and the key that numbers a call. */
import { z } from 'zod'
import { EpisodeId, RequestKey, ScenarioRef, Seed } from './scalars.ts'

/** The `_meta` key that numbers a call of an episode, from 1: the same number with the same call gives the same answer. */
export const SEQ_KEY = 'fractal-gym/seq'

const handle = EpisodeId.describe('The handle that start_episode gave.')

/** What the lobby's tools take, by name. */
export const LOBBY_INPUTS = {
  list_scenarios: z.strictObject({ query: z.string().max(200).optional().describe('Words that all have to be found.'), limit: z.int().min(1).max(200).optional().describe('Default 50.') }),
  start_episode: z.strictObject({
    scenario: ScenarioRef.describe('A name that list_scenarios shows, or name@digest.'), seed: Seed.describe('Which world and task.'),
    task: z.string().min(1).max(100).optional().describe('This task instead of one drawn by the seed.'),
    request_key: RequestKey.optional().describe('A text of your own: the same key with the same arguments gives the same episode, so that a lost answer can be asked for again.'),
    dynamics: z.string().min(1).max(100).optional().describe("A dynamics profile; default: the scenario's."), intensity: z.number().min(0).max(1).optional().describe('How much of the profile.'),
  }),
  use_tool: z.strictObject({
    episode: handle, tool: z.string().min(1).max(128).describe('A tool of the episode by its name.'), arguments: z.record(z.string(), z.unknown()).optional().describe('Its arguments.'),
    seq: z.int().min(1).optional().describe('The number of this call in the episode, from 1: the same number with the same call gives the same answer.'),
  }),
  episode_state: z.strictObject({ episode: handle }),
} as const

export type LobbyTool = keyof typeof LOBBY_INPUTS

/** What they answer, where that is of their own; more fields may come. */
export const LOBBY_OUTPUTS = {
  list_scenarios: z.looseObject({ scenarios: z.array(z.looseObject({ name: z.string() })), more: z.boolean() }),
  start_episode: z.looseObject({ episode: z.string(), url: z.string().optional(), instruction: z.string(), tools: z.array(z.looseObject({ name: z.string() })) }),
  episode_state: z.looseObject({ episode: z.string(), scenario: z.string(), task: z.string(), seed: z.int(), seq: z.int(), frame: z.string(), clock_ms: z.int(), budgets: z.record(z.string(), z.int()), ended: z.boolean() }),
} as const satisfies Partial<Record<LobbyTool, z.ZodType>>

/** One call of them, read. */
export type LobbyCall = { readonly [K in LobbyTool]: { readonly tool: K; readonly args: z.infer<(typeof LOBBY_INPUTS)[K]> } }[LobbyTool]
