/** How messages are written in frames; a connection negotiates one by subprotocol. */
import type { Reply } from '../../protocol/json-rpc.ts'

export type Frame = string | Uint8Array

export type Codec = {
  readonly subprotocol: string
  /** Whether its frames are binary frames. */
  readonly binary: boolean
  /**
   * Reads one frame.
   * @throws GymError GYM_PARSE, or GYM_LIMIT when it nests too deeply
   */
  decode(data: Buffer): unknown
  encode(reply: Reply): Frame
  /** One frame of a batch, from replies that are encoded already. */
  join(parts: readonly Frame[]): Frame
}
