/** Opens one JSON-RPC 2.0 request. The plain path is checked by hand because every step passes here. */
import { Request } from '../../protocol/json-rpc.ts'
import { GymError } from '../core/gym-error.ts'
import { refusalOf } from './refusal.ts'

export type Opened = { id: string | number; method: string; params: Record<string, unknown> }

const NO_PARAMS: Record<string, unknown> = Object.freeze({})

function isId(id: unknown): id is string | number {
  return typeof id === 'number' ? Number.isSafeInteger(id) : typeof id === 'string' && id.length <= 128
}

/** The id of whatever was sent, as far as it can be told: what an error reply carries. */
export function idOf(message: unknown): string | number | null {
  const id = message !== null && typeof message === 'object' ? (message as { id?: unknown }).id : undefined
  return isId(id) ? id : null
}

function fieldsOf(message: object): number {
  let fields = 0
  for (const _ in message) fields += 1
  return fields
}

/**
 * Checks the envelope and returns its parts, without copying params.
 * @throws GymError GYM_INVALID_REQUEST with the field in `data.path`
 */
export function open(message: unknown): Opened {
  if (message !== null && typeof message === 'object' && !Array.isArray(message)) {
    const { jsonrpc, id, method, params } = message as Record<string, unknown>
    if (
      jsonrpc === '2.0' && isId(id) && typeof method === 'string' && method.length <= 100
      && (params === undefined ? fieldsOf(message) === ('params' in message ? 4 : 3) : params !== null && typeof params === 'object' && !Array.isArray(params) && fieldsOf(message) === 4)
    ) return { id, method, params: (params as Record<string, unknown> | undefined) ?? NO_PARAMS }
  }
  const parsed = Request.safeParse(message)
  if (parsed.success) throw new GymError('GYM_INVALID_REQUEST', 'not a JSON-RPC 2.0 request')
  throw refusalOf('GYM_INVALID_REQUEST', '', Request, message, parsed.error.issues)
}
