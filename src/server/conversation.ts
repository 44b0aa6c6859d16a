/**
 * One connection's frames, in and out, without its socket: decodes, lets the session answer, encodes.
 * What needs no waiting is answered before `receive` returns.
 */
import { LIMITS, type Reply } from '../../protocol/json-rpc.ts'
import { GymError } from '../core/gym-error.ts'
import type { Codec, Frame } from './codec.ts'
import { idOf } from './envelope.ts'
import type { Hold } from './method.ts'
import { passTime } from './pacer.ts'
import type { Session } from './session.ts'

export class Conversation {
  readonly #session: Session
  readonly #codec: Codec
  readonly #send: (frame: Frame) => void
  readonly #gone = new AbortController()
  /** Ids of requests whose answers are held back. */
  readonly #waiting = new Set<string | number>()
  #held = 0
  #onIdle: (() => void) | undefined

  constructor(session: Session, codec: Codec, send: (frame: Frame) => void) {
    this.#session = session
    this.#codec = codec
    this.#send = send
  }

  /** Requests that are not answered yet. */
  get inFlight(): number {
    return this.#held
  }

  /** Takes one frame; every frame is answered, whatever it holds. */
  receive(data: Buffer, isBinary: boolean): void {
    let message: unknown
    try {
      message = this.#decode(data, isBinary)
    } catch (error) {
      this.#send(this.#codec.encode(this.#session.refuse(null, error)))
      return
    }
    if (Array.isArray(message)) this.#answerBatch(message)
    else this.#answerOne(message)
  }

  /** Ends all waiting; answers that were held back are sent at once. */
  hurry(): void {
    this.#gone.abort()
  }

  /** Resolves when nothing is in flight. */
  settled(): Promise<void> {
    if (this.#held === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onIdle = resolve
    })
  }

  #decode(data: Buffer, isBinary: boolean): unknown {
    if (isBinary !== this.#codec.binary) {
      const expected = this.#codec.binary ? 'a binary frame' : 'a text frame'
      throw new GymError('GYM_PARSE', `${this.#codec.subprotocol} was negotiated: expected ${expected}`, { path: '', expected })
    }
    if (data.length > LIMITS.frame_bytes) {
      throw new GymError('GYM_LIMIT', `a frame of ${data.length} bytes; the most is ${LIMITS.frame_bytes}`, { path: '', limit: LIMITS.frame_bytes })
    }
    return this.#codec.decode(data)
  }

  #answerOne(message: unknown): void {
    if (this.#held > 0) {
      const refusal = this.#refusalOf(message)
      if (refusal) {
        this.#send(this.#encode(refusal))
        return
      }
    }
    const { reply, hold } = this.#session.answer(message)
    const frame = this.#encode(reply)
    if (hold) this.#sendLater(frame, [hold], [reply.id], 1)
    else this.#send(frame)
  }

  /** What is refused because of other requests that are still in flight. */
  #refusalOf(message: unknown): Reply | undefined {
    const id = idOf(message)
    if (id !== null && this.#waiting.has(id)) return this.#session.refuseDuplicate(id, 'id')
    return this.#held >= LIMITS.in_flight ? this.#session.refuse(id, this.#busy()) : undefined
  }

  #busy(): GymError {
    return new GymError('GYM_BUSY', `${this.#held} requests of this connection are unanswered`, { limit: LIMITS.in_flight })
  }

  #answerBatch(batch: unknown[]): void {
    const whole = this.#session.refuseBatch(batch) ?? (this.#held + batch.length > LIMITS.in_flight ? this.#session.refuse(null, this.#busy()) : undefined)
    if (whole) {
      this.#send(this.#encode(whole))
      return
    }
    const frames: Frame[] = []
    const holds: Hold[] = []
    const ids: (string | number | null)[] = []
    let bytes = 0
    for (const { reply, hold } of this.#session.answers(batch, this.#waiting)) {
      const frame = this.#encode(reply)
      bytes += frame.length
      frames.push(frame)
      ids.push(reply.id)
      if (hold) holds.push(hold)
      // The entries that are left over are refused without being begun.
      if (bytes > LIMITS.reply_bytes) break
    }
    for (const message of batch.slice(frames.length)) {
      frames.push(this.#encode(this.#session.refuse(idOf(message), tooLong())))
    }
    const frame = this.#codec.join(frames)
    if (holds.length > 0) this.#sendLater(frame, holds, ids, batch.length)
    else this.#send(frame)
  }

  #encode(reply: Reply): Frame {
    try {
      const frame = this.#codec.encode(reply)
      return frame.length <= LIMITS.reply_bytes ? frame : this.#codec.encode(this.#session.refuse(reply.id, tooLong()))
    } catch (error) {
      return this.#codec.encode(this.#session.refuse(reply.id, error))
    }
  }

  #sendLater(frame: Frame, holds: readonly Hold[], ids: readonly (string | number | null)[], count: number): void {
    this.#held += count
    for (const id of ids) if (id !== null) this.#waiting.add(id)
    void passTime(holds, this.#gone.signal, (live) => {
      live.usedAt = this.#session.gym.clock.now()
    }).then(() => {
      this.#held -= count
      for (const id of ids) if (id !== null) this.#waiting.delete(id)
      this.#send(frame)
      if (this.#held === 0) this.#onIdle?.()
    })
  }
}

function tooLong(): GymError {
  return new GymError('GYM_LIMIT', `the answer is longer than ${LIMITS.reply_bytes} bytes; ask for less at a time`, { path: 'params', limit: LIMITS.reply_bytes })
}
