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
    const fault = gym.keeper?.store.fault
    // Under ack nothing can be played that cannot be kept; otherwise episodes go on in memory alone.
    if (fault !== undefined && gym.keeper?.store.durability === 'ack') return reply.code(503).send({ status: 'degraded', durability: 'ack', fault })
    return reply.send({
      status: fault === undefined && gym.storeFault === undefined ? 'ready' : 'degraded', scenarios: gym.scenarios.size, episodes: gym.episodes.size,
      durability: gym.keeper?.store.durability ?? 'none', ...((fault ?? gym.storeFault) !== undefined && { fault: fault ?? gym.storeFault }),
    })
  })

  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.read()))
}
