/** What answers the tools of a server of others: its recording, or the server itself, which somebody outside asks. */
import type { ServedAnswer, ServerState } from '../../../protocol/cassette.ts'

/** A call on its way to a server. */
export type ServedCall = {
  /** The server's name of the tool. */
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly effect: 'read' | 'write'
  /** Name of the state that the server is in. */
  readonly at: string
  /** Its rows by mirrored table, as JSON, sorted by key. */
  readonly state: ServerState
}

/** What came of it. */
export type ServedReply = {
  readonly answer: ServedAnswer
  /** Real milliseconds that it took, whole. */
  readonly ms: number
  /** The state afterwards; absent where the call changed nothing. */
  readonly state?: ServerState
}

/** Answers a call at once; whoever cannot throws. */
export type Served = (call: ServedCall) => ServedReply
