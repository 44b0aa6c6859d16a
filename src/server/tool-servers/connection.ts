/** A connection to a server of others, which may hang, crash, flood or lie: whatever it does becomes an answer or a failure. */
import { Client, ProtocolError, type RequestOptions, SdkError, SdkErrorCode, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client'
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { z } from 'zod'
import { FAILURES, ServerTool } from '../../../protocol/cassette.ts'
import { endServer, MARK, newMark } from './process-tree.ts'

/** Where a server is: a command that speaks over stdio, or a URL of Streamable HTTP. */
export type ServerAddress =
  | { readonly command: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>>; readonly cwd?: string | undefined }
  | { readonly url: string; readonly headers: Readonly<Record<string, string>> }

/** Real milliseconds, bytes and numbers beyond which a server is given up. */
export const SERVER_LIMITS = { startMs: 20_000, callMs: 30_000, listMs: 60_000, messageBytes: 4_000_000, listBytes: 16_000_000, messages: 10_000, tools: 2000, pages: 100 } as const
export type ServerLimits = { readonly [K in keyof typeof SERVER_LIMITS]: number }

type Kind = (typeof FAILURES)[number]

/** How a server is treated that somebody else's client stands behind. */
export type Manner = {
  /** What it writes to stderr is shown as it comes; default: the end of it is kept. */
  readonly isHeard?: boolean
  /** It may end by itself when its input ends, within a few seconds; default: it is ended at once. */
  readonly isAsked?: boolean
}

/** Parse error, invalid request, no such method, invalid params. */
const REFUSALS = new Set([-32700, -32600, -32601, -32602])

/** Why there is no answer; `cause` is a ProtocolError where the server answered with an error of JSON-RPC. */
export class ServerFailure extends Error {
  override readonly name = 'ServerFailure'
  readonly kind: Kind
  /** What the process wrote to stderr last: for the operator, never for agents. */
  readonly lastWords: string

  constructor(kind: Kind, message: string, lastWords = '', cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.kind = kind
    this.lastWords = lastWords
  }

  /** Whether it is certain that nothing happened: the server refused the request itself. */
  get isRefusal(): boolean {
    return this.cause instanceof ProtocolError && REFUSALS.has(this.cause.code)
  }
}

/** Results are read by whoever asked: a server may lie about its own schemas. */
const Anything = z.looseObject({})
const ToolPage = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() })

const EXTRA_BYTES = 65_536
/** Characters that are kept of what a server wrote to stderr last. */
const LAST_WORDS = 2000

export class Connection {
  readonly #client: Client
  readonly #transport: Transport
  readonly #limits: ServerLimits
  /** What the processes of the server are known by. */
  readonly #mark: string
  readonly #manner: Manner
  #broken: ServerFailure | undefined
  /** Messages since the last answer. */
  #messages = 0
  /** Rejects what waits when the connection breaks. */
  readonly #breaks = new Set<(failure: ServerFailure) => void>()
  #lastWords = ''

  private constructor(client: Client, transport: Transport, limits: ServerLimits, mark: string, manner: Manner) {
    this.#client = client
    this.#transport = transport
    this.#limits = limits
    this.#mark = mark
    this.#manner = manner
  }

  /** @throws ServerFailure when it does not start in time, or speaks no such protocol */
  static async open(address: ServerAddress, limits: ServerLimits = SERVER_LIMITS, manner: Manner = {}): Promise<Connection> {
    const client = new Client({ name: 'fractal-gym', version: '0.1.0' }, { capabilities: {} })
    const mark = newMark()
    const transport = 'url' in address
      ? new StreamableHTTPClientTransport(new URL(address.url), { requestInit: { headers: { ...address.headers } }, fetch: boundedFetch(limits.messageBytes, (failure) => connection.#break(failure)), reconnectionOptions: { maxRetries: 0, initialReconnectionDelay: 100, maxReconnectionDelay: 100, reconnectionDelayGrowFactor: 1 } })
      : new StdioClientTransport({ command: address.command, args: [...address.args], env: { ...getDefaultEnvironment(), ...address.env, [MARK]: mark }, stderr: manner.isHeard ? 'inherit' : 'pipe', maxBufferSize: limits.messageBytes + EXTRA_BYTES, ...(address.cwd !== undefined && { cwd: address.cwd }) })
    const connection = new Connection(client, transport, limits, mark, manner)
    if (transport instanceof StdioClientTransport) transport.stderr?.on('data', (chunk: Buffer) => (connection.#lastWords = (connection.#lastWords + chunk.toString()).slice(-LAST_WORDS)))
    client.onclose = () => connection.#break(new ServerFailure('closed', 'the server went away'))
    client.onerror = (error) => {
      // Other errors quote what the server sent, which may say anything.
      if (error instanceof TooLarge || error.message.startsWith('ReadBuffer exceeded maximum size')) connection.#break(new ServerFailure('too_large', `the server sent more than ${limits.messageBytes} bytes at once`))
    }
    try {
      await connection.#within(client.connect(transport, { timeout: limits.startMs }), limits.startMs, 'to start')
    } catch (error) {
      const { kind, message } = connection.#broken ?? failureOf(error, limits.startMs)
      await connection.close()
      throw new ServerFailure(kind, message, connection.lastWords)
    }
    connection.#count()
    return connection
  }

  /** Name and version as the server gives them. */
  get server(): { readonly name: string; readonly version: string } {
    const { name = 'unknown', version = 'unknown' } = this.#client.getServerVersion() ?? {}
    return { name: String(name).slice(0, 200), version: String(version).slice(0, 200) }
  }

  get protocol(): string | undefined {
    return this.#client.getNegotiatedProtocolVersion()
  }

  /** What the process wrote to stderr last: for the operator, never for agents. */
  get lastWords(): string {
    return this.#lastWords.trim()
  }

  /** Whether it can still be asked. */
  get isOpen(): boolean {
    return this.#broken === undefined
  }

  /** All tools, page after page. @throws ServerFailure, also for a list that is none */
  async listTools(): Promise<ServerTool[]> {
    const tools: ServerTool[] = []
    const until = performance.now() + this.#limits.listMs
    let cursor: string | undefined
    let bytes = 0
    for (let page = 0; page < this.#limits.pages; page++) {
      const answer = await this.#ask('tools/list', cursor === undefined ? {} : { cursor }, Math.max(1, Math.ceil(until - performance.now())))
      bytes += sizeOf(answer)
      if (bytes > this.#limits.listBytes) throw new ServerFailure('too_large', `a list of tools of more than ${this.#limits.listBytes} bytes`)
      const found = ToolPage.safeParse(answer)
      if (!found.success) throw new ServerFailure('protocol', 'the list of tools is no list')
      for (const tool of found.data.tools) {
        const read = ServerTool.safeParse(tool)
        if (!read.success) throw new ServerFailure('protocol', `a tool of the list is none: ${read.error.issues[0]!.path.join('.')}: ${read.error.issues[0]!.message}`)
        tools.push(read.data)
      }
      if (tools.length > this.#limits.tools) throw new ServerFailure('too_large', `more than ${this.#limits.tools} tools`)
      cursor = found.data.nextCursor
      if (cursor === undefined) return tools
    }
    throw new ServerFailure('too_large', `more than ${this.#limits.pages} pages of tools`)
  }

  /**
   * Calls a tool: the result as it came, unchecked.
   * @param signal calls it off
   * @throws ServerFailure; JSON-RPC errors are of kind `protocol`
   */
  async call(name: string, args: Readonly<Record<string, unknown>>, ms = this.#limits.callMs, signal?: AbortSignal): Promise<unknown> {
    return this.#ask('tools/call', { name, arguments: args }, ms, signal)
  }

  async #ask(method: string, params: Record<string, unknown>, ms: number, signal?: AbortSignal): Promise<unknown> {
    if (this.#broken) throw this.#broken
    const options: RequestOptions = { timeout: ms, maxTotalTimeout: ms, ...(signal && { signal }) }
    this.#messages = 0
    try {
      return await this.#within(this.#client.request({ method, params } as never, Anything as never, options), ms, 'for an answer')
    } catch (error) {
      throw this.#broken ?? failureOf(error, ms)
    }
  }

  /** Whatever the SDK waits for, we do not wait for longer. */
  async #within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    let broken: ((failure: ServerFailure) => void) | undefined
    const over = new Promise<never>((_, reject) => {
      broken = reject
      this.#breaks.add(reject)
      timer = setTimeout(() => reject(new ServerFailure('timeout', `waited ${ms} ms ${what}`)), ms + 250)
    })
    try {
      return await Promise.race([promise, over])
    } finally {
      clearTimeout(timer)
      this.#breaks.delete(broken!)
      promise.catch(() => {})
    }
  }

  /** Counts what comes without having been asked for. */
  #count(): void {
    const receive = this.#transport.onmessage
    this.#transport.onmessage = (message, extra) => {
      if (++this.#messages > this.#limits.messages) return this.#break(new ServerFailure('too_large', `more than ${this.#limits.messages} messages without an answer`))
      receive?.call(this.#transport, message, extra)
    }
  }

  #break(failure: ServerFailure): void {
    if (this.#broken) return
    this.#broken = failure
    for (const reject of this.#breaks) reject(failure)
    void this.close()
  }

  /** Ends the connection, and the processes behind it. */
  async close(): Promise<void> {
    this.#broken ??= new ServerFailure('closed', 'the connection was closed')
    const end = (): void => {
      if (this.#transport instanceof StdioClientTransport) endServer(this.#transport.pid, this.#mark)
    }
    // A server that does not listen any more is not asked twice; what it started may have outlived it.
    if (!this.#manner.isAsked) end()
    await this.#client.close().catch(() => {})
    if (this.#manner.isAsked) end()
  }
}

function failureOf(error: unknown, ms: number): ServerFailure {
  if (error instanceof ServerFailure) return error
  const message = error instanceof Error ? error.message : String(error)
  const clipped = message.slice(0, 2000)
  if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) return new ServerFailure('timeout', `waited ${ms} ms for an answer`)
  if (error instanceof SdkError && (error.code === SdkErrorCode.ConnectionClosed || error.code === SdkErrorCode.NotConnected)) return new ServerFailure('closed', 'the server went away')
  if (error instanceof TooLarge) return new ServerFailure('too_large', error.message)
  if (error instanceof ProtocolError) return new ServerFailure('protocol', clipped, '', error)
  if (/ENOENT|EACCES|spawn|fetch failed|ECONNREFUSED/.test(message)) return new ServerFailure('closed', clipped)
  return new ServerFailure('protocol', clipped)
}

/** Characters of a value as JSON; what is nested too deep to be written has no end. */
function sizeOf(value: unknown): number {
  try {
    return JSON.stringify(value).length
  } catch {
    return Infinity
  }
}

class TooLarge extends Error {}

/**
 * Fetch whose answers end, as errors, where they have too many bytes; of a stream of events, where one has. It follows no
 * redirect: the headers that the operator wrote for one host, keys among them, would go to another.
 */
function boundedFetch(most: number, moved: (failure: ServerFailure) => void): typeof fetch {
  return async (input, init) => {
    const answer = await fetch(input, { ...init, redirect: 'manual' })
    if (answer.status >= 300 && answer.status < 400) moved(new ServerFailure('protocol', `the server is elsewhere (${answer.status}): ${(answer.headers.get('location') ?? 'it does not say where').slice(0, 500)}`))
    if (!answer.body) return answer
    const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') ?? false
    let bytes = 0
    const counted = answer.body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const end = isStream ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).lastIndexOf('\n\n') : -1
        bytes = end < 0 ? bytes + chunk.byteLength : chunk.byteLength - end
        if (bytes > most) controller.error(new TooLarge(`the server sent more than ${most} bytes at once`))
        else controller.enqueue(chunk)
      },
    }))
    return new Response(counted, { status: answer.status, statusText: answer.statusText, headers: answer.headers })
  }
}
