/** One episode as an MCP server on a pipe, for a client that starts it as a process of its own. */
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Caller, Gym } from '../gym.ts'
import type { AfterStep } from './episode-surface.ts'
import { McpHost } from './mcp-host.ts'
import { createMcpServer } from './mcp-server.ts'
import { MessageLines } from './message-lines.ts'
import { mcpError, typedOf } from './refusals.ts'

const PLAYER: Caller = { privileged: false, principal: 'stdio' }

/**
 * Serves an episode of a gym on stdin and stdout until stdin ends.
 * @param after told after each step, before it is answered
 */
export async function servePipe(gym: Gym, episode: string, input: Readable, output: Writable, after?: AfterStep): Promise<void> {
  const host = new McpHost(gym)
  const surface = host.surfaceOf(episode, PLAYER, after)
  await surface.tools()
  // The SDK drops what is no message without a word, and goes deaf at a line that is too long for it.
  const lines = new MessageLines((id, error) => output.write(`${JSON.stringify({ jsonrpc: '2.0', id, error: mcpError(typedOf(error, gym)) })}\n`))
  // A pipe that breaks ends as one that is closed.
  const ended = finished(input, { writable: false }).catch(() => {})
  const transport = new StdioServerTransport(input.pipe(lines), output)
  const serving = serveStdio(() => createMcpServer({ gym, surface, bus: host.deskOf(episode).bus }), { onerror: () => {}, transport })
  const { onclose } = transport
  const closed = new Promise<void>((resolve) => {
    transport.onclose = () => {
      onclose?.()
      resolve()
    }
  })
  await Promise.race([ended, closed])
  input.destroy()
  await serving.close()
  await host.close()
}
