/** The tools of the lobby as MCP lists them, and their arguments. */
import type { Tool } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { LOBBY_INPUTS, LOBBY_OUTPUTS, type LobbyCall, type LobbyTool } from '../../../protocol/mcp.ts'
import { refusalOf } from '../refusal.ts'

const LOOKS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const
const DOES = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false } as const

const ABOUT: { readonly [K in LobbyTool]: { readonly title: string; readonly about: string; readonly hints: typeof LOOKS | typeof DOES } } = {
  list_scenarios: { title: 'List scenarios', about: 'Lists what there is to play.', hints: LOOKS },
  start_episode: { title: 'Start an episode', about: 'Starts an episode, and gives its handle, what has to be done in it, and its tools.', hints: DOES },
  use_tool: { title: 'Use a tool of an episode', about: 'Calls a tool of an episode, and gives what it answered.', hints: DOES },
  episode_state: { title: 'How an episode stands', about: 'Tells seq, clock, budgets, and whether the episode has ended.', hints: LOOKS },
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, reused: 'inline', unrepresentable: 'any', override: ({ jsonSchema }) => { delete jsonSchema.id } })
  return rest
}

/** All of them, by name. */
export const LOBBY_TOOLS: ReadonlyMap<string, Tool> = new Map((Object.keys(LOBBY_INPUTS) as LobbyTool[]).map((name) => {
  const { title, about, hints } = ABOUT[name]
  const gives = (LOBBY_OUTPUTS as Partial<Record<LobbyTool, z.ZodType>>)[name]
  return [name, {
    name, title, description: about, annotations: { title, ...hints },
    inputSchema: schemaOf(LOBBY_INPUTS[name], 'input') as Tool['inputSchema'],
    ...(gives && { outputSchema: schemaOf(gives, 'output') as NonNullable<Tool['outputSchema']> }),
  }]
}))

/** Reads the arguments of a call. @throws GymError GYM_INVALID_PARAMS */
export function readLobbyCall(tool: LobbyTool, args: Record<string, unknown>): LobbyCall {
  const schema: z.ZodType = LOBBY_INPUTS[tool]
  const parsed = schema.safeParse(args)
  if (!parsed.success) throw refusalOf('GYM_INVALID_PARAMS', 'arguments', schema, args, parsed.error.issues)
  return { tool, args: parsed.data } as LobbyCall
}
