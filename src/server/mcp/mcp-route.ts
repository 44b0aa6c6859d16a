/** The MCP endpoint on Fastify, behind the same guard as everything else. */
import { toNodeHandler } from '@modelcontextprotocol/node'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { LIMITS } from '../../../protocol/json-rpc.ts'
import { GymError } from '../../core/gym-error.ts'
import type { Caller, Gym } from '../gym.ts'
import { McpEndpoint } from './mcp-endpoint.ts'

const VERBS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** Adds `/mcp` and `/mcp/{episode}`; who calls has been judged by then. The caller reaps and closes what it gets. */
export async function addMcp(app: FastifyInstance, gym: Gym, callerOf: (request: FastifyRequest) => Caller): Promise<McpEndpoint> {
  const endpoint = new McpEndpoint(gym)
  await app.register(async (scope) => {
    // The endpoint reads bodies itself, so that it answers whatever they hold.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _body, done) => done(null))
    for (const url of ['/mcp', '/mcp/:episode']) {
      scope.route({
        method: [...VERBS], url,
        handler: async (request, reply) => {
          const caller = callerOf(request)
          const { host = '' } = request.headers
          // A port that is none makes no address.
          if (!URL.canParse(`http://${host}`)) throw new GymError('GYM_INVALID_REQUEST', `the host ${JSON.stringify(host.slice(0, 100))} is no address`, { path: 'Host' })
          // Who goes away before its request was whole has broken off itself.
          const onerror = (error: Error): void => {
            if (request.raw.complete) gym.report('mcp', error)
          }
          reply.hijack()
          const serve = toNodeHandler({ fetch: (incoming) => endpoint.fetch(incoming, caller) }, { maxRequestBodySize: LIMITS.frame_bytes, onerror })
          await serve(request.raw, reply.raw)
        },
      })
    }
  })
  return endpoint
}
