/** A connection to a server of others whose tools are called as they are. */
import { Client, ProtocolError, SdkError, SdkErrorCode, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { z } from 'zod'
import { FAILURES, ServerTool } from '../../protocol/cassette.ts'
import { packageVersion } from './package-root.ts'
import { WorkFailed } from './failure.ts'

/** Where a server is: a command that speaks over stdio, or a URL of Streamable HTTP. */
export type ServerAddress =
  | { readonly command: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }
  | { readonly url: string; readonly headers: Readonly<Record<string, string>> }

/** What recording needs of a server. */
export type ToolConnection = {
  readonly server: { readonly name: string; readonly version: string }
  /** Revision of the protocol that is spoken. */
  readonly protocol: string | undefined
  listTools(): Promise<ServerTool[]>
  /** The result as it came. @throws whatever went wrong; see `failureOf` */
  call(name: string, args: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<unknown>
  close(): Promise<void>
}

/** Results are read by whoever asked: a server may lie about its own schemas. */
const Anything = z.looseObject({})
const ToolPage = z.looseObject({ tools: z.array(ServerTool), nextCursor: z.string().optional() })
const MOST_PAGES = 100

/**
 * Connects to a server.
 * @param timeoutMs real milliseconds that a call may take
 * @throws WorkFailed when it does not start or speaks no such protocol
 */
export async function connectTools(address: ServerAddress, timeoutMs: number): Promise<ToolConnection> {
  const client = new Client({ name: 'fractal-gym', version: packageVersion() }, { capabilities: {} })
  const transport = 'url' in address
    ? new StreamableHTTPClientTransport(new URL(address.url), { requestInit: { headers: { ...address.headers } } })
    : new StdioClientTransport({ command: address.command, args: [...address.args], env: { ...address.env }, stderr: 'inherit' })
  const ask = (method: string, params: Record<string, unknown>, signal?: AbortSignal): Promise<unknown> =>
    client.request({ method, params } as never, Anything as never, { timeout: timeoutMs, maxTotalTimeout: timeoutMs, ...(signal && { signal }) })
  try {
    await client.connect(transport)
  } catch (error) {
    await client.close().catch(() => {})
    throw new WorkFailed(`the server cannot be reached: ${(error as Error).message}`)
  }
  const { name = 'unknown', version = 'unknown' } = client.getServerVersion() ?? {}
  return {
    server: { name: name.slice(0, 200), version: version.slice(0, 200) },
    protocol: client.getNegotiatedProtocolVersion(),
    async listTools() {
      const tools: ServerTool[] = []
      let cursor: string | undefined
      for (let page = 0; page < MOST_PAGES; page++) {
        const read = ToolPage.safeParse(await ask('tools/list', cursor === undefined ? {} : { cursor }))
        if (!read.success) throw new WorkFailed('the server gives no list of tools')
        tools.push(...read.data.tools)
        cursor = read.data.nextCursor
        if (cursor === undefined) break
      }
      return tools
    },
    call: (tool, args, signal) => ask('tools/call', { name: tool, arguments: args }, signal),
    close: () => client.close(),
  }
}

/** Why there was no answer, and whether it is certain that nothing happened: the server refused the request itself. */
export function failureOf(error: unknown): { readonly failure: (typeof FAILURES)[number]; readonly message: string; readonly refused: boolean } {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 2000)
  if (error instanceof ProtocolError) return { failure: 'protocol', message, refused: REFUSALS.has(error.code) }
  if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) return { failure: 'timeout', message, refused: false }
  if (error instanceof SdkError && error.code === SdkErrorCode.InvalidResult) return { failure: 'protocol', message, refused: false }
  return { failure: /too large|buffer size|exceeds/i.test(message) ? 'too_large' : error instanceof SdkError || error instanceof TypeError ? 'closed' : 'protocol', message, refused: false }
}

/** Parse error, invalid request, no such method, invalid params. */
const REFUSALS = new Set([-32700, -32600, -32601, -32602])
