/** The plain HTTP routes: probes and metrics. */
import type { FastifyInstance } from 'fastify'
import type { Gym } from './gym.ts'
import { metricsOf } from './metrics.ts'

/** Adds `/healthz` (the process runs), `/readyz` (it takes new work) and `/metrics`. */
export function addHttpRoutes(app: FastifyInstance, gym: Gym): void {
  const metrics = metricsOf(gym)

  app.get('/healthz', () => ({ status: 'ok' }))

  app.get('/readyz', (_request, reply) => {
    if (gym.closing) return reply.code(503).send({ status: 'closing' })
    return reply.send({ status: 'ready', scenarios: gym.scenarios.size, episodes: gym.episodes.size })
  })

  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.read()))
}
