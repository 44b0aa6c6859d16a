/** One episode as an MCP server on a pipe, for a client that starts it as a process of its own. */
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { Caller, Gym } from '../gym.ts'
import type { AfterStep } from './episode-surface.ts'
import { McpHost } from './mcp-host.ts'
import { createMcpServer } from './mcp-server.ts'

const PLAYER: Caller = { privileged: false, principal: 'stdio' }

/**
 * Serves an episode of a gym on stdin and stdout until stdin ends.
 * @param after told after each step, before it is answered
 */
export async function servePipe(gym: Gym, episode: string, input: Readable, after?: AfterStep): Promise<void> {
  const host = new McpHost(gym)
  const surface = host.surfaceOf(episode, PLAYER, after)
  await surface.tools()
  const ended = Promise.race([once(input, 'end'), once(input, 'close')])
  const serving = serveStdio(() => createMcpServer({ gym, surface, bus: host.deskOf(episode).bus }), { onerror: () => {} })
  await ended
  await serving.close()
  await host.close()
}
