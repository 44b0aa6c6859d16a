/** Binary frames: MessagePack, core types and string keys only. */
import { Encoder } from '@msgpack/msgpack'
import { LIMITS, SUBPROTOCOLS } from '../../protocol/json-rpc.ts'
import type { Codec } from './codec.ts'
import { decodeMsgpack } from './msgpack-decoder.ts'

/** Deeper than any reply; the library's own default of 100 would do, but says less. */
const REPLY_DEPTH = LIMITS.nesting_depth * 4
const encoder = new Encoder({ ignoreUndefined: true, maxDepth: REPLY_DEPTH })

function head(length: number): Buffer {
  if (length < 16) return Buffer.from([0x90 | length])
  const bytes = Buffer.alloc(3)
  bytes[0] = 0xdc
  bytes.writeUInt16BE(length, 1)
  return bytes
}

export const msgpackCodec: Codec = {
  subprotocol: SUBPROTOCOLS.msgpack,
  binary: true,
  decode: (data) => decodeMsgpack(data, LIMITS.nesting_depth),
  encode: (reply) => encoder.encode(reply),
  join: (parts) => Buffer.concat([head(parts.length), ...(parts as Uint8Array[])]),
}
