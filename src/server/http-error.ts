/** Errors over HTTP: the same objects as over the WebSocket, with the status that fits. */
import { randomBytes } from 'node:crypto'
import type { FastifyError, FastifyReply } from 'fastify'
import type { GymCode } from '../../protocol/errors.ts'
import { HTTP_STATUS, SPEC_MEDIA_TYPES } from '../../protocol/http.ts'
import { LIMITS } from '../../protocol/json-rpc.ts'
import { GymError } from '../core/gym-error.ts'
import type { Gym } from './gym.ts'

type WireError = { readonly data: Readonly<Record<string, unknown>> }

/** Sends `{error}` with its status, and when to come back where that is known. */
export function sendError(reply: FastifyReply, error: WireError, status: number = HTTP_STATUS[error.data.code as GymCode]): FastifyReply {
  const { retry_after_ms: wait } = error.data
  if (typeof wait === 'number') reply.header('retry-after', Math.ceil(wait / 1000))
  return reply.code(status).type('application/json; charset=utf-8').send({ error })
}

/** What the HTTP layer itself complains about, or a fault of ours, which is reported and given an incident. */
export function sendIncident(reply: FastifyReply, thrown: unknown, gym: Gym): FastifyReply {
  const { code, statusCode = 500, message } = thrown as Partial<FastifyError>
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return sendError(reply, new GymError('GYM_LIMIT', `the body is larger than ${LIMITS.frame_bytes} bytes`, { path: 'body', limit: LIMITS.frame_bytes }).toWire())
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return sendError(reply, new GymError('GYM_INVALID_REQUEST', 'a specification is sent as YAML or JSON; name its media type', { path: 'Content-Type', expected: SPEC_MEDIA_TYPES }).toWire(), 415)
  if (statusCode < 500) return sendError(reply, new GymError('GYM_INVALID_REQUEST', String(message)).toWire(), statusCode)
  const incident = randomBytes(6).toString('hex')
  gym.report(incident, thrown)
  return sendError(reply, new GymError('GYM_INTERNAL', `a fault of the server; incident ${incident}`, { incident }).toWire())
}
