/** JSON-RPC 2.0 envelopes, subprotocol names and frame limits. */
import { z } from 'zod'
import { ErrorObject } from './errors.ts'

export const SUBPROTOCOLS = { json: 'fractal-gym.v1.json', msgpack: 'fractal-gym.v1.msgpack' } as const

export const LIMITS = {
  frame_bytes: 1024 * 1024,
  nesting_depth: 64,
  batch: 256,
  in_flight: 4096,
  reply_bytes: 32 * 1024 * 1024,
} as const

export const RequestId = z.union([z.string().max(128), z.int()]).meta({ id: 'RequestId' })

export const Request = z
  .strictObject({ jsonrpc: z.literal('2.0'), id: RequestId, method: z.string().max(100), params: z.record(z.string(), z.unknown()).optional() })
  .meta({ id: 'Request' })
export type Request = z.infer<typeof Request>

export const Reply = z
  .union([
    z.strictObject({ jsonrpc: z.literal('2.0'), id: RequestId.nullable(), result: z.unknown() }),
    z.strictObject({ jsonrpc: z.literal('2.0'), id: RequestId.nullable(), error: ErrorObject }),
  ])
  .meta({ id: 'Reply' })
export type Reply = { jsonrpc: '2.0'; id: string | number | null; result: unknown } | { jsonrpc: '2.0'; id: string | number | null; error: z.infer<typeof ErrorObject> }
