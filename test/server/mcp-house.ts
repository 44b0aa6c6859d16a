/** A server for one test, MCP clients of it, and a twin of an episode that says what to do next. */
import { type CallToolResult, Client, type ClientOptions, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { Action } from '../../protocol/action.ts'
import type { Access } from '../../src/server/access.ts'
import { GymServer } from '../../src/server/server.ts'
import type { Episode } from '../../src/episode/episode.ts'
import { createPolicy } from '../../src/policy/builtin.ts'
import { openGym, type TestGym } from './gym-under-test.ts'

type Teardown = { teardown(end: () => unknown): void }

export type Mode = 'legacy' | 'auto' | { pin: string }

/** The revision that has no sessions, alone. */
export const MODERN = '2026-07-28'
export const ADMIN_TOKEN = 'the-admin-token-of-this-test'

export type McpHouse = { readonly gym: TestGym; readonly server: GymServer; readonly origin: string; connect(path: string, mode?: Mode, options?: ClientOptions): Promise<Client> }

/** Starts a server for one test and stops it afterwards. */
export async function mcpHouse(t: Teardown, bounds: Parameters<typeof openGym>[0] = {}, access: Partial<Access> = {}): Promise<McpHouse> {
  const gym = openGym(bounds)
  const server = await GymServer.create(gym, { adminToken: ADMIN_TOKEN, tokens: [], hosts: [], origins: [], ...access })
  const origin = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`
  const clients: Client[] = []
  t.teardown(async () => {
    await Promise.all(clients.map((client) => client.close()))
    await server.stop()
  })
  const connect = async (path: string, mode: Mode = 'legacy', options: ClientOptions = {}): Promise<Client> => {
    const client = new Client({ name: 'test', version: '0' }, { ...options, versionNegotiation: { mode } })
    clients.push(client)
    await client.connect(new StreamableHTTPClientTransport(new URL(path, origin)))
    return client
  }
  return { gym, server, origin, connect }
}

/** Calls a tool and gives what came, whatever it is. */
export async function call(client: Client, name: string, args: Record<string, unknown> = {}, meta?: Record<string, unknown>): Promise<CallToolResult> {
  return (await client.callTool({ name, arguments: args, ...(meta && { _meta: meta }) })) as CallToolResult
}

/** All text of a result. */
export function textOf({ content }: CallToolResult): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
}

/** The one call or saying of an action, as MCP has it: without an id, which the engine gives. */
export function asCall({ content, tool_calls: calls }: Action): { name: string; args: Record<string, unknown>; action: Action } {
  const [first, ...others] = (calls ?? []) as { name: string; arguments?: Record<string, unknown> }[]
  if (others.length) throw new Error('several calls at once')
  if (!first) return { name: 'say', args: { text: content as string }, action: { content } }
  const { name, arguments: args = {} } = first
  return { name, args, action: { tool_calls: [{ name, arguments: args }] } }
}

/**
 * Plays a twin by a built-in policy, and the same calls elsewhere at the same time.
 * @returns the twin's actions
 */
export async function playAlong(twin: Episode, policyName: string, make: (name: string, args: Record<string, unknown>) => Promise<unknown>): Promise<Action[]> {
  const policy = createPolicy(policyName, twin)!
  const actions: Action[] = []
  while (!twin.ended) {
    const { name, args, action } = asCall(policy.act(twin.observation))
    actions.push(action)
    twin.step(action)
    await make(name, args)
  }
  return actions
}
