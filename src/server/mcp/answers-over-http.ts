/** Errors of the endpoint itself, before any server of the SDK has the request. */
import type { GymError } from '../../core/gym-error.ts'
import { HTTP_STATUS } from '../../../protocol/http.ts'
import { mcpError } from './refusals.ts'

export type RequestId = string | number | null

/** What a message is answered by, where it is a request. */
export function idIn(message: unknown): RequestId {
  const { id } = (message ?? {}) as { id?: unknown }
  return typeof id === 'string' || typeof id === 'number' ? id : null
}

/** An error object of JSON-RPC with a status. */
export function refuse(status: number, id: RequestId, error: { code: number; message: string; data?: unknown }): Response {
  return Response.json({ jsonrpc: '2.0', id, error }, { status })
}

/** A typed error of the gym with the status that it has over HTTP. */
export function refuseTyped(id: RequestId, error: GymError): Response {
  const { retry_after_ms: wait } = error.data
  const response = refuse(HTTP_STATUS[error.gymCode], id, mcpError(error))
  if (typeof wait === 'number') response.headers.set('retry-after', String(Math.ceil(wait / 1000)))
  return response
}
