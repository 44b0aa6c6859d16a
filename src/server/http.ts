/** The plain HTTP routes: the methods' other way in, probes, metrics and their description. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { METHOD_ROUTES, type MethodRoute, SPEC_MEDIA_TYPES } from '../../protocol/http.ts'
import { LIMITS } from '../../protocol/json-rpc.ts'
import { openApiDocument } from '../../protocol/openapi.ts'
import { GymError } from '../core/gym-error.ts'
import { docsPage } from './docs-page.ts'
import type { Caller, Gym } from './gym.ts'
import { sendError, sendIncident } from './http-error.ts'
import { onlyTries, paramsOf, readDocument, readSpecification } from './http-params.ts'
import { metricsOf } from './metrics.ts'
import { Session } from './session.ts'

type CallerOf = (request: FastifyRequest) => Caller

/** The docs page runs nothing and loads nothing. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

/** `/v1/scenarios/{scenario}` as the router spells it. */
function urlOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1')
}

/** Aborted when the client went away before it was answered. */
function goneOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}

async function answer(gym: Gym, caller: Caller, route: MethodRoute, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const session = new Session(gym, caller)
  const dryRun = route.posts === 'scenario' && onlyTries(request)
  const method = dryRun ? 'scenario/validate' : route.calls
  const params = route.posts === 'scenario' ? readSpecification(request) : route.posts === 'sweep' ? { spec: readDocument(request) } : paramsOf(route, request)
  const { reply: answered } = await session.settle({ jsonrpc: '2.0', id: 0, method, params }, goneOf(reply))
  if ('error' in answered) await sendError(reply, answered.error)
  else await sendResult(reply.code(dryRun ? 200 : route.status), route, answered.result)
}

/** A text goes out as what it is; a page of ours runs nothing and loads nothing. */
function sendResult(reply: FastifyReply, { gives }: MethodRoute, result: unknown): FastifyReply {
  const { text, media } = (gives ? result : {}) as { text?: string; media?: string }
  if (text === undefined) return reply.send(result)
  return reply.type(media!).header('content-security-policy', PAGE_POLICY).header('x-content-type-options', 'nosniff').send(text)
}

function addMethods(app: FastifyInstance, gym: Gym, callerOf: CallerOf): void {
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser([...SPEC_MEDIA_TYPES], { parseAs: 'buffer', bodyLimit: LIMITS.frame_bytes }, (_request, body, done) => done(null, body))
  for (const route of METHOD_ROUTES as readonly MethodRoute[]) {
    app.route({ method: route.verb, url: urlOf(route.path), handler: (request, reply) => answer(gym, callerOf(request), route, request, reply) })
  }
}

/** Adds all of them; what goes wrong is answered in the same typed form everywhere. */
export function addHttpRoutes(app: FastifyInstance, gym: Gym, callerOf: CallerOf): void {
  const metrics = metricsOf(gym)
  addMethods(app, gym, callerOf)
  app.setErrorHandler((error, _request, reply) => (error instanceof GymError ? sendError(reply, error.toWire()) : sendIncident(reply, error, gym)))
  app.setNotFoundHandler((request, reply) => {
    const known = METHOD_ROUTES.map(({ verb, path }) => `${verb} ${path}`)
    const error = new GymError('GYM_UNKNOWN_METHOD', `no route is called ${request.method} ${request.url.split('?')[0]!.slice(0, 200)}`, { path: 'url', expected: known })
    return sendError(reply, error.toWire())
  })

  app.get('/healthz', () => ({ status: 'ok' }))

  app.get('/readyz', (_request, reply) => {
    if (gym.closing) return reply.code(503).send({ status: 'closing' })
    const fault = gym.keeper?.store.fault
    // Under ack nothing can be played that cannot be kept; otherwise episodes go on in memory alone.
    if (fault !== undefined && gym.keeper?.store.durability === 'ack') return reply.code(503).send({ status: 'degraded', durability: 'ack', fault })
    return reply.send({
      status: fault === undefined && gym.storeFault === undefined ? 'ready' : 'degraded', scenarios: gym.scenarios.size, episodes: gym.episodes.size,
      durability: gym.keeper?.store.durability ?? 'none', ...((fault ?? gym.storeFault) !== undefined && { fault: fault ?? gym.storeFault }),
    })
  })

  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.read()))

  let described: Record<string, unknown> | undefined
  const describe = (): Record<string, unknown> => (described ??= openApiDocument(gym.version))
  app.get('/openapi.json', () => describe())
  app.get('/docs', (_request, reply) => reply.type('text/html; charset=utf-8').header('content-security-policy', PAGE_POLICY).send(docsPage(describe())))
}
