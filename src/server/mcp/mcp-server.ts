/** A surface as a server of the SDK: every request becomes a function of the surface. */
import { type Server, type ServerContext, type ServerEventBus } from '@modelcontextprotocol/server'
import { SEQ_KEY } from '../../../protocol/mcp.ts'
import { GymError } from '../../core/gym-error.ts'
import type { Gym } from '../gym.ts'
import { protocolError } from './refusals.ts'
import { StrictServer } from './strict-server.ts'
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

/** Makes a handler that throws nothing but errors of the protocol. */
type Guard = <A extends unknown[], R>(run: (...args: A) => Promise<R>) => (...args: A) => Promise<R>

/** Builds a server; it is told news until it is closed. */
export async function createMcpServer({ gym, surface, origin, bus }: ServerParts): Promise<Server> {
  const server = new StrictServer(
    { name: 'fractal-gym', title: surface.title, version: gym.version },
    { capabilities: CAPABILITIES, instructions: await surface.instructions() },
  )
  const guarded: Guard = (run) => async (...args) => {
    try {
      return await run(...args)
    } catch (error) {
      throw protocolError(error, gym)
    }
  }
  const lists = <R>(run: () => Promise<R>) => guarded(async ({ params }: { params?: { cursor?: string | undefined } | undefined }): Promise<R> => {
    requireNoCursor(params)
    return run()
  })
  const debugs = followLevel(server)
  server.setRequestHandler('tools/list', lists(async () => ({ tools: await surface.tools() })))
  server.setRequestHandler('tools/call', guarded(async ({ params }, context) => surface.call(params.name, server.argumentsOf(context), contextOf(context, origin, debugs))))
  server.setRequestHandler('prompts/list', lists(async () => ({ prompts: await surface.prompts() })))
  server.setRequestHandler('prompts/get', guarded(async ({ params }) => surface.prompt(params.name)))
  server.setRequestHandler('resources/list', lists(async () => ({ resources: await surface.resources() })))
  server.setRequestHandler('resources/templates/list', lists(async () => ({ resourceTemplates: await surface.templates() })))
  server.setRequestHandler('resources/read', guarded(async ({ params }) => surface.read(params.uri)))
  server.setRequestHandler('completion/complete', guarded(async ({ params }) => ({ completion: { values: (await surface.complete(params)).slice(0, 100) } })))
  tellNews(server, bus, guarded)
  return server
}

/** Every list is one page. @throws GymError GYM_INVALID_PARAMS for a cursor, which nobody was given */
function requireNoCursor(params: { cursor?: string | undefined } | undefined): void {
  if (params?.cursor !== undefined) throw new GymError('GYM_INVALID_PARAMS', 'no such cursor: the whole list is one page', { path: 'cursor', expected: 'no cursor' })
}

function tellNews(server: Server, bus: ServerEventBus | undefined, guarded: Guard): void {
  const wanted = new Set<string>()
  server.setRequestHandler('resources/subscribe', guarded(async ({ params: { uri } }) => {
    // Any address will do: there may be news of what is not there yet.
    if (wanted.size >= MOST_SUBSCRIPTIONS) throw new GymError('GYM_LIMIT', `one client is told of at most ${MOST_SUBSCRIPTIONS} resources`, { path: 'uri', limit: MOST_SUBSCRIPTIONS })
    wanted.add(uri)
    return {}
  }))
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
