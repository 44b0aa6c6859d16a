/** Puts the server together: gym, access, HTTP routes, MCP and the WebSocket transport on one Fastify instance. */
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { GymError } from '../core/gym-error.ts'
import { type Access, judge, whyStrange } from './access.ts'
import { allowPage, asksLeave, giveLeave } from './cross-origin.ts'
import type { Caller, Gym } from './gym.ts'
import { addHttpRoutes } from './http.ts'
import type { McpEndpoint } from './mcp/mcp-endpoint.ts'
import { sendIncident } from './http-error.ts'
import { type Keepalive, WebSocketTransport } from './websocket.ts'

const REAP_MS = 5000
/** How long a request may take to arrive, body and all: half of one must not hold a connection for ever. */
const REQUEST_MS = 120_000
/** How long answers in real time may still take once the server is told to stop. */
const SHUTDOWN_GRACE_MS = 3000
/** Probes carry no token and no secret. */
const OPEN_ROUTES = new Set(['/healthz', '/readyz'])

const callers = new WeakMap<object, Caller>()

function callerOf(request: FastifyRequest): Caller {
  return callers.get(request.raw)!
}

/** Judges every request before its route runs, upgrades included. */
function guard(app: FastifyInstance, access: Access): void {
  app.addHook('onRequest', async (request, reply) => {
    const { headers: { origin }, raw } = request
    if (origin !== undefined && whyStrange(request.headers, access) === undefined) {
      allowPage(reply.raw, origin)
      if (asksLeave(raw)) {
        giveLeave(reply.raw, raw)
        await reply.code(204).send()
        return
      }
    }
    const judgement = judge(request.headers, access)
    if ('caller' in judgement) {
      callers.set(request.raw, judgement.caller)
      return
    }
    if (judgement.status === 401 && OPEN_ROUTES.has(request.url)) return
    if (judgement.status === 401) reply.header('WWW-Authenticate', 'Bearer')
    await reply.code(judgement.status).send({ error: new GymError('GYM_FORBIDDEN', judgement.why).toWire() })
  })
}

export class GymServer {
  readonly gym: Gym
  readonly app: FastifyInstance
  readonly #transport: WebSocketTransport
  readonly #mcp: McpEndpoint
  #stopping: Promise<void> | undefined

  private constructor(gym: Gym, app: FastifyInstance, transport: WebSocketTransport, mcp: McpEndpoint) {
    this.gym = gym
    this.app = app
    this.#transport = transport
    this.#mcp = mcp
  }

  /** Builds a server that does not listen yet. */
  static async create(gym: Gym, access: Access, keepalive?: Keepalive): Promise<GymServer> {
    // What cannot even be routed is answered in the same form as all else.
    const app = Fastify({ logger: false, requestTimeout: REQUEST_MS, forceCloseConnections: true, frameworkErrors: (error, _request, reply) => { sendIncident(reply, error, gym) } })
    const transport = new WebSocketTransport(gym, keepalive)
    await transport.register(app)
    guard(app, access)
    transport.addRoute(app, callerOf)
    addHttpRoutes(app, gym, callerOf)
    // Loading the SDK takes longer than most commands: only who serves pays for it.
    const { addMcp } = await import('./mcp/mcp-route.ts')
    const mcp = await addMcp(app, gym, callerOf)
    const reaper = setInterval(() => {
      gym.reap()
      mcp.reap()
    }, REAP_MS).unref()
    app.addHook('onClose', () => clearInterval(reaper))
    return new GymServer(gym, app, transport, mcp)
  }

  /** Listens, and returns the port (chosen by the system when 0 was asked for). */
  async listen(host: string, port: number): Promise<number> {
    await this.app.listen({ host, port })
    return (this.app.server.address() as { port: number }).port
  }

  /** Stops accepting, finishes what is in flight, closes the sockets with 1001; safe to call again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.gym.closing = true
    this.app.server.close()
    await Promise.all([this.#transport.close(SHUTDOWN_GRACE_MS), this.#mcp.close()])
    await this.gym.sweeps?.close()
    this.gym.episodes.releaseAll()
    await this.gym.toolServers.closeAll()
    await this.app.close()
    await this.gym.keeper?.store.close()
  }
}
