/** `/mcp` over Streamable HTTP: sessions for the revisions that have them, an explicit handle for those that have none. */
import { createMcpHandler, InMemoryServerEventBus, isInitializeRequest, isLegacyRequest, type McpHttpHandler, SUPPORTED_PROTOCOL_VERSIONS, UnsupportedProtocolVersionError } from '@modelcontextprotocol/server'
import { GymError } from '../../core/gym-error.ts'
import type { Caller, Gym } from '../gym.ts'
import { answerInTurn, isAnswerable } from './answers-in-turn.ts'
import { idIn, refuse, refuseTyped } from './answers-over-http.ts'
import type { Desk } from './desk.ts'
import { LobbySurface } from './lobby-surface.ts'
import { McpHost } from './mcp-host.ts'
import { createMcpServer } from './mcp-server.ts'
import { readJson } from './read-message.ts'
import { typedOf } from './refusals.ts'
import { SessionBook, type SessionParts } from './session-book.ts'
import { type Target, targetOf } from './target.ts'

/** JSON-RPC code that the SDK's transports have for a session that is not there. */
const NO_SESSION = -32_001
const BAD_REQUEST = -32_000
/** Streams of news that one episode may have open. */
const MOST_LISTENERS = 64

/** A request whose body has been read. */
type Incoming = { readonly request: Request; readonly body: unknown; readonly caller: Caller; readonly origin: string }

/** Who asks, and how the server was reached. */
type Asker = { readonly caller: Caller; readonly origin: string }

export class McpEndpoint {
  readonly #host: McpHost
  readonly #sessions: SessionBook
  #lobby: McpHttpHandler | undefined

  /** @param mostSessions default 4096 */
  constructor(gym: Gym, mostSessions?: number) {
    this.#host = new McpHost(gym)
    this.#sessions = new SessionBook(gym.tally, mostSessions)
  }

  /** Answers one request; whatever was sent, it never throws. */
  async fetch(request: Request, caller: Caller): Promise<Response> {
    let id: ReturnType<typeof idIn> = null
    try {
      const read = await readBody(request)
      id = idIn(read.body)
      return await this.#answer({ ...read, caller, origin: new URL(request.url).origin })
    } catch (error) {
      return refuseTyped(id, typedOf(error, this.#host.gym))
    }
  }

  async #answer(incoming: Incoming): Promise<Response> {
    const { request, body } = incoming
    if (!(await isLegacyRequest(request, body))) return this.#answerAlone(incoming)
    const named = request.headers.get('mcp-session-id')
    if (named !== null) return this.#answerIn(named, incoming)
    if (request.method === 'POST' && isInitializeRequest(body)) return this.#sessions.withRoom(() => this.#begin(incoming))
    targetOf(new URL(request.url))
    return refuse(400, idIn(body), { code: BAD_REQUEST, message: 'Bad Request: Mcp-Session-Id header is required; a session begins with initialize' })
  }

  /** A request of a session. */
  async #answerIn(named: string, { request, body, caller }: Incoming): Promise<Response> {
    const session = this.#sessions.use(named, caller.principal, this.#host.gym.clock.now())
    const episode = session?.episode()
    if (session && !session.outlives && episode !== undefined && this.#host.fateOf(episode) === 'gone') await session.server.close()
    else if (session) {
      const answer = (message: unknown): Promise<Response> => session.transport.handleRequest(request, { parsedBody: message })
      return request.method === 'POST' && isAnswerable(body) ? answerInTurn(body, answer) : answer(body)
    }
    return refuse(404, idIn(body), { code: NO_SESSION, message: 'Session not found' })
  }

  /** Begins a session; where the address names a scenario, with an episode of its own. */
  async #begin(incoming: Incoming): Promise<Response> {
    const { request, body, caller } = incoming
    const target = targetOf(new URL(request.url))
    const now = this.#host.gym.clock.now()
    const parts = await this.#partsFor(target, incoming)
    const { transport, isOpen } = await this.#sessions.begin({ principal: caller.principal, ...parts }, now)
    const response = await transport.handleRequest(request, { parsedBody: body })
    // What was no valid beginning leaves nothing behind.
    if (!isOpen()) {
      await parts.server.close()
      parts.deleted()
    }
    return response
  }

  async #partsFor(target: Target, { caller, origin }: Incoming): Promise<Omit<SessionParts, 'principal'>> {
    const host = this.#host
    const { gym } = host
    if (target.kind === 'lobby') return this.#lobbyFor(caller, origin)
    const id = target.kind === 'episode' ? target.episode : (await host.ask<{ episode: string }>('env/reset', target.reset, caller)).episode
    const deleted = (): void => {
      if (target.kind === 'scenario') this.#abandon(id, caller).catch(() => {})
    }
    try {
      const surface = host.surfaceOf(id, caller)
      const server = await createMcpServer({ gym, surface, origin, bus: host.deskOf(id).bus })
      await surface.tools()
      return { server, episode: () => id, outlives: false, deleted }
    } catch (error) {
      deleted()
      throw error
    }
  }

  /** An episode that a session opened goes with it, unless it was played to its end: then somebody may want the verdict. */
  async #abandon(episode: string, caller: Caller): Promise<void> {
    const { ended } = await this.#host.surfaceOf(episode, caller).port.moment()
    // A store that fails has its own way of telling.
    if (!ended) await this.#host.ask('env/close', { episode }, caller)
  }

  /** A lobby whose session goes on with the episode that it started last. */
  async #lobbyFor(caller: Caller, origin: string): Promise<Omit<SessionParts, 'principal'>> {
    const host = this.#host
    let bound: string | undefined
    let leave: (() => void) | undefined
    const bus = new InMemoryServerEventBus()
    const surface = new LobbySurface({
      gym: host.gym,
      ask: (method, params) => host.ask(method, params, caller),
      surfaceOf: (episode) => host.surfaceOf(episode, caller),
      bound: () => bound,
      bind: (episode) => {
        leave?.()
        bound = episode
        leave = host.deskOf(episode).bus.subscribe((event) => bus.publish(event))
        bus.publish({ kind: 'tools_list_changed' })
      },
    })
    const server = await createMcpServer({ gym: host.gym, surface, origin, bus })
    const { onclose } = server
    server.onclose = () => {
      onclose?.()
      leave?.()
    }
    return { server, episode: () => bound, outlives: true, deleted: () => {} }
  }

  /** A request of a revision without sessions: it stands alone, so the address has to name the episode. */
  async #answerAlone({ request, body, caller, origin }: Incoming): Promise<Response> {
    const target = targetOf(new URL(request.url))
    if (target.kind === 'scenario') return refuseModern(request, body)
    const options = { parsedBody: body, authInfo: { token: '', clientId: caller.principal, scopes: [], extra: { caller, origin } satisfies Asker } }
    if (target.kind === 'lobby') return (this.#lobby ??= this.#lobbyHandler()).fetch(request, options)
    if (this.#host.fateOf(target.episode) === 'gone') throw new GymError('GYM_UNKNOWN_EPISODE', 'no such episode: it never existed, was closed, or was reaped after being idle', { path: 'episode' })
    const desk = this.#host.deskOf(target.episode)
    return (desk.handler ??= this.#handlerOf(desk)).fetch(request, options)
  }

  #lobbyHandler(): McpHttpHandler {
    const host = this.#host
    return createMcpHandler(({ authInfo }) => {
      const { caller, origin } = authInfo!.extra as Asker
      return createMcpServer({
        gym: host.gym, origin,
        surface: new LobbySurface({ gym: host.gym, ask: (method, params) => host.ask(method, params, caller), surfaceOf: (episode) => host.surfaceOf(episode, caller) }),
      })
    }, { legacy: 'reject', maxSubscriptions: MOST_LISTENERS })
  }

  #handlerOf(desk: Desk): McpHttpHandler {
    const host = this.#host
    return createMcpHandler(({ authInfo }) => {
      const { caller, origin } = authInfo!.extra as Asker
      return createMcpServer({ gym: host.gym, origin, surface: host.surfaceOf(desk.episode, caller) })
    }, { legacy: 'reject', bus: desk.bus, maxSubscriptions: MOST_LISTENERS })
  }

  /** Ends sessions that nobody uses, and those whose episode is gone. */
  reap(): void {
    const { clock, episodes } = this.#host.gym
    const { idleMs } = episodes.bounds
    this.#sessions.reap(idleMs === 0 ? -Infinity : clock.now() - idleMs, (episode) => this.#host.fateOf(episode))
    this.#host.reap()
  }

  async close(): Promise<void> {
    await this.#host.close()
    await this.#lobby?.close()
    await this.#sessions.close()
  }
}

/** Reads the body; what the SDK is handed has none any more. @throws GymError GYM_LIMIT, GYM_PARSE */
async function readBody(request: Request): Promise<{ request: Request; body: unknown }> {
  if (request.body === null) return { request, body: undefined }
  const body = readJson(await request.text())
  const { method, headers, signal } = request
  return { request: new Request(request.url, { method, headers, signal }), body }
}

/** Who negotiates falls back to `initialize`; who cannot, reads what to do. */
function refuseModern(request: Request, body: unknown): Response {
  const requested = request.headers.get('mcp-protocol-version') ?? 'unknown'
  const { code, data } = new UnsupportedProtocolVersionError({ supported: [...SUPPORTED_PROTOCOL_VERSIONS], requested })
  return refuse(400, idIn(body), { code, message: `Unsupported protocol version ${requested}: an address that names a scenario opens an episode for a session, which this revision has none of. Begin with initialize of an older one, or start an episode at /mcp and go on at /mcp/{episode}.`, data })
}
