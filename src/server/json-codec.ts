/** Text frames: JSON. */
import { LIMITS, SUBPROTOCOLS } from '../../protocol/json-rpc.ts'
import { GymError } from '../core/gym-error.ts'
import type { Codec } from './codec.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const OPEN_MAP = 0x7b
const CLOSE_LIST = 0x5d
const CLOSE_MAP = 0x7d

/** Whether the text nests deeper than `bound`; looks at the bytes, so that nothing deep is ever built. */
export function nestsDeeper(text: Buffer, bound: number): boolean {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at]!
    if (quoted) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) quoted = false
    } else if (byte === QUOTE) {
      quoted = true
    } else if (byte === OPEN_LIST || byte === OPEN_MAP) {
      depth += 1
      if (depth > bound) return true
    } else if (byte === CLOSE_LIST || byte === CLOSE_MAP) {
      depth -= 1
    }
  }
  return false
}

export const jsonCodec: Codec = {
  subprotocol: SUBPROTOCOLS.json,
  binary: false,

  decode(data) {
    if (data.length > LIMITS.nesting_depth && nestsDeeper(data, LIMITS.nesting_depth)) {
      throw new GymError('GYM_LIMIT', `the message nests deeper than ${LIMITS.nesting_depth} levels`, { path: '', limit: LIMITS.nesting_depth })
    }
    try {
      return JSON.parse(data.toString()) as unknown
    } catch (error) {
      throw new GymError('GYM_PARSE', `not JSON: ${(error as Error).message.slice(0, 200)}`, { path: '', expected: 'JSON text' })
    }
  },

  encode: (reply) => JSON.stringify(reply),

  join: (parts) => `[${parts.join(',')}]`,
}
