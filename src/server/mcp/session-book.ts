/** Sessions of the revisions that have them: each under an id that nobody can guess, bounded in number, gone with its episode. */
import { type Server, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server'
import { randomBytes } from 'node:crypto'
import { GymError } from '../../core/gym-error.ts'
import type { Tally } from '../tally.ts'

export type McpSession = {
  readonly id: string
  readonly principal: string
  readonly server: Server
  readonly transport: WebStandardStreamableHTTPServerTransport
  /** The episode that it plays; undefined in a lobby where none was started. */
  episode(): string | undefined
  /** Whether it goes on when that episode is gone. */
  readonly outlives: boolean
  /** Server time of the last request. */
  usedAt: number
}

export type SessionParts = Pick<McpSession, 'principal' | 'server' | 'episode' | 'outlives'> & { /** Called when the client ended it. */ deleted(): void }

/** The most sessions at once. */
const MOST_SESSIONS = 4096
const RETRY_MS = 1000

export class SessionBook {
  readonly #open = new Map<string, McpSession>()
  readonly #tally: Tally
  readonly #most: number
  #beginning = 0

  constructor(tally: Tally, most = MOST_SESSIONS) {
    this.#tally = tally
    this.#most = most
  }

  get size(): number {
    return this.#open.size
  }

  /** Begins a session where there is room for one more, those counted that are beginning. @throws GymError GYM_CAPACITY */
  async withRoom<R>(run: () => Promise<R>): Promise<R> {
    if (this.#open.size + this.#beginning >= this.#most) throw new GymError('GYM_CAPACITY', `the server holds ${this.#most} MCP sessions`, { limit: this.#most, retry_after_ms: RETRY_MS })
    this.#beginning += 1
    try {
      return await run()
    } finally {
      this.#beginning -= 1
    }
  }

  /** Connects a server for the first request of a session; the session is there once that request was a valid `initialize`. */
  async begin({ deleted, server, ...parts }: SessionParts, now: number): Promise<{ transport: WebStandardStreamableHTTPServerTransport; isOpen(): boolean }> {
    const id = randomBytes(24).toString('base64url')
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      onsessioninitialized: () => {
        this.#open.set(id, { ...parts, id, server, transport, usedAt: now })
        this.#tally.mcpSessions = this.#open.size
      },
      onsessionclosed: deleted,
    })
    await server.connect(transport)
    const { onclose } = server
    server.onclose = () => {
      this.#open.delete(id)
      this.#tally.mcpSessions = this.#open.size
      onclose?.()
    }
    return { transport, isOpen: () => this.#open.has(id) }
  }

  /** A session of the same caller, marked as used now. */
  use(id: string, principal: string, now: number): McpSession | undefined {
    const session = this.#open.get(id)
    if (session?.principal !== principal) return undefined
    session.usedAt = now
    return session
  }

  /** Closes those that nobody used since `before` and whose episode is not in use either, and those whose episode is gone. */
  reap(before: number, fateOf: (episode: string) => 'used' | 'parked' | 'gone'): void {
    for (const session of this.#open.values()) {
      const episode = session.episode()
      const fate = episode === undefined ? 'parked' : fateOf(episode)
      if ((fate === 'gone' && !session.outlives) || (session.usedAt < before && fate !== 'used')) void session.server.close()
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ server }) => server.close()))
  }
}
