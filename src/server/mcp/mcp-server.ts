/** A surface as a server of the SDK: every request becomes a function of the surface. */
import { Server, type ServerContext, type ServerEventBus } from '@modelcontextprotocol/server'
import { SEQ_KEY } from '../../../protocol/mcp.ts'
import { GymError } from '../../core/gym-error.ts'
import type { Gym } from '../gym.ts'
import { protocolError } from './refusals.ts'
import type { CallContext, Surface } from './surface.ts'

const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: {},
  resources: { subscribe: true },
  completions: {},
  logging: {},
} as const

const LOGGER = 'fractal-gym'

/** A client that went away in the midst of its call is no fault of ours. */
const unheard = (): void => {}

/** The most resources that one client may be told about. */
const MOST_SUBSCRIPTIONS = 1000

export type ServerParts = {
  readonly gym: Gym
  readonly surface: Surface
  /** What is asked of a server is where it is reached. */
  readonly origin?: string | undefined
  /** Whose news the client is told; where the transport does that itself, none. */
  readonly bus?: ServerEventBus
}

/** Builds a server; it is told news until it is closed. */
export async function createMcpServer({ gym, surface, origin, bus }: ServerParts): Promise<Server> {
  const server = new Server(
    { name: 'fractal-gym', title: surface.title, version: gym.version },
    { capabilities: CAPABILITIES, instructions: await surface.instructions() },
  )
  /** Nothing but typed errors leaves a handler. */
  const guarded = <A extends unknown[], R>(run: (...args: A) => Promise<R>) => async (...args: A): Promise<R> => {
    try {
      return await run(...args)
    } catch (error) {
      throw protocolError(error, gym)
    }
  }
  const debugs = followLevel(server)
  server.setRequestHandler('tools/list', guarded(async () => ({ tools: await surface.tools() })))
  server.setRequestHandler('tools/call', guarded(async ({ params }, context) => surface.call(params.name, params.arguments ?? {}, contextOf(context, origin, debugs))))
  server.setRequestHandler('prompts/list', guarded(async () => ({ prompts: await surface.prompts() })))
  server.setRequestHandler('prompts/get', guarded(async ({ params }) => surface.prompt(params.name)))
  server.setRequestHandler('resources/list', guarded(async () => ({ resources: await surface.resources() })))
  server.setRequestHandler('resources/templates/list', guarded(async () => ({ resourceTemplates: await surface.templates() })))
  server.setRequestHandler('resources/read', guarded(async ({ params }) => surface.read(params.uri)))
  server.setRequestHandler('completion/complete', guarded(async ({ params }) => ({ completion: { values: (await surface.complete(params)).slice(0, 100) } })))
  tellNews(server, bus)
  return server
}

function tellNews(server: Server, bus: ServerEventBus | undefined): void {
  const wanted = new Set<string>()
  server.setRequestHandler('resources/subscribe', async ({ params }) => {
    if (wanted.size < MOST_SUBSCRIPTIONS) wanted.add(params.uri)
    return {}
  })
  server.setRequestHandler('resources/unsubscribe', async ({ params }) => {
    wanted.delete(params.uri)
    return {}
  })
  const leave = bus?.subscribe((event) => {
    // A client that is not there to be told reads the list when it comes back.
    const told = event.kind === 'tools_list_changed' ? server.sendToolListChanged() : event.kind === 'resource_updated' && wanted.has(event.uri) ? server.sendResourceUpdated({ uri: event.uri }) : undefined
    told?.catch(() => {})
  })
  server.onclose = leave
  // What a client sent wrongly is answered; there is nobody else to tell.
  server.onerror = () => {}
}

/** Whether the client of a session asked for debug messages: who never said what it wants is sent none. */
function followLevel(server: Server): () => boolean {
  let level: string | undefined
  server.setRequestHandler('logging/setLevel', async ({ params }) => {
    level = params.level
    return {}
  })
  return () => level === 'debug'
}

function contextOf({ mcpReq }: ServerContext, origin: string | undefined, debugs: () => boolean): CallContext {
  const { _meta: meta, signal } = mcpReq
  const token = meta?.progressToken
  return {
    signal, origin,
    // Where there are no sessions each request says what it wants, and the SDK looks.
    log: async (text) => {
      if (mcpReq.envelope !== undefined) await mcpReq.log('debug', text, LOGGER).catch(unheard)
      else if (debugs()) await mcpReq.notify({ method: 'notifications/message', params: { level: 'debug', logger: LOGGER, data: text } }).catch(unheard)
    },
    seq: readSeq(meta?.[SEQ_KEY]),
    progress: token === undefined ? undefined : (progress, total, message) => mcpReq.notify({ method: 'notifications/progress', params: { progressToken: token, progress, total, message } }).catch(unheard),
  }
}

/** @throws GymError GYM_INVALID_PARAMS */
function readSeq(value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw new GymError('GYM_INVALID_PARAMS', `_meta['${SEQ_KEY}']: expected a whole number from 1 on`, { path: `_meta.${SEQ_KEY}`, expected: 'the number of the step, from 1' })
  return value as number
}
