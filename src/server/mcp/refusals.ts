/** The gym's errors as those of MCP: the code is the protocol's, `data` is the gym's. */
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import { randomBytes } from 'node:crypto'
import { ERRORS, type GymCode } from '../../../protocol/errors.ts'
import { GymError } from '../../core/gym-error.ts'
import type { Gym } from '../gym.ts'

/** What the caller did wrong; all else is no fault of the request. */
const OF_PARAMS: ReadonlySet<GymCode> = new Set([
  'GYM_INVALID_PARAMS', 'GYM_UNKNOWN_SCENARIO', 'GYM_UNKNOWN_TASK', 'GYM_UNKNOWN_EPISODE', 'GYM_EPISODE_ENDED', 'GYM_EPISODE_LOST', 'GYM_SEQ_CONFLICT', 'GYM_SEQ_GAP',
  'GYM_NO_TASK', 'GYM_SPLIT_MISMATCH', 'GYM_SNAPSHOT_INVALID', 'GYM_LIMIT', 'GYM_UNKNOWN_DYNAMICS', 'GYM_UNKNOWN_FRAME', 'GYM_FORBIDDEN', 'GYM_REQUEST_KEY_CONFLICT',
])

/** What is no message at all has the codes of JSON-RPC itself. */
const OF_MESSAGES: ReadonlyMap<GymCode, ProtocolErrorCode> = new Map([['GYM_PARSE', ProtocolErrorCode.ParseError], ['GYM_INVALID_REQUEST', ProtocolErrorCode.InvalidRequest]])

/** What to do about it; of what is no message at all the registry speaks as of frames of the WebSocket. */
function remedyOf(code: GymCode): string {
  return OF_MESSAGES.has(code) ? 'Send one message of JSON-RPC 2.0 as JSON.' : ERRORS[code].remedy
}

/** Its message with the remedy. */
export function adviceOf({ gymCode, message }: GymError): string {
  return `${message}${/[.?!]$/.test(message) ? '' : '.'} ${remedyOf(gymCode)}`
}

/** A typed error for anything that was thrown; faults of ours are reported and given an incident. */
export function typedOf(error: unknown, gym: Gym): GymError {
  if (error instanceof GymError) return error
  const incident = randomBytes(6).toString('hex')
  gym.report(incident, error)
  return new GymError('GYM_INTERNAL', `a fault of the server; incident ${incident}`, { incident })
}

/** The error object of JSON-RPC as MCP has it: -32602 for what the caller did wrong, -32603 for the rest. */
export function mcpError(error: GymError): { code: number; message: string; data: Record<string, unknown> } {
  const { data } = error.toWire()
  const code = OF_MESSAGES.get(error.gymCode) ?? (OF_PARAMS.has(error.gymCode) ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError)
  return { code, message: adviceOf(error), data: { ...data, remedy: remedyOf(error.gymCode) } }
}

/** What a handler throws so that the caller is answered so. */
export function protocolError(error: unknown, gym: Gym): Error {
  if (error instanceof ProtocolError) return error
  const { code, message, data } = mcpError(typedOf(error, gym))
  return new ProtocolError(code, message, data)
}
