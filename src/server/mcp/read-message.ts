/** Reads messages of MCP before the SDK has them, within the bounds of all messages. */
import { parseJSONRPCMessage } from '@modelcontextprotocol/server'
import { Buffer } from 'node:buffer'
import { LIMITS } from '../../../protocol/json-rpc.ts'
import { GymError } from '../../core/gym-error.ts'
import { nestsDeeper } from '../json-codec.ts'

/**
 * The JSON of a text; nothing deep is ever built.
 * @throws GymError GYM_LIMIT, GYM_PARSE
 */
export function readJson(text: string): unknown {
  if (nestsDeeper(Buffer.from(text), LIMITS.nesting_depth)) throw new GymError('GYM_LIMIT', `the message nests deeper than ${LIMITS.nesting_depth} levels`, { path: '', limit: LIMITS.nesting_depth })
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new GymError('GYM_PARSE', 'Parse error: the message is not JSON', { path: '', expected: 'JSON' })
  }
}

/** @throws GymError GYM_INVALID_REQUEST for anything but one message of JSON-RPC */
export function requireMessage(value: unknown): void {
  if (Array.isArray(value)) throw new GymError('GYM_INVALID_REQUEST', 'messages come one a line, not in arrays', { path: '', expected: 'one message of JSON-RPC' })
  try {
    parseJSONRPCMessage(value)
  } catch {
    throw new GymError('GYM_INVALID_REQUEST', 'not a message of JSON-RPC 2.0', { path: '', expected: 'a request, a notification or an answer' })
  }
}
