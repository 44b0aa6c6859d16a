/**
 * One connection's frames, in and out, without its socket: decodes, lets the session answer, encodes.
 * What needs no waiting is answered before `receive` returns.
 */
import { setImmediate as setImmediateNow } from 'node:timers'
import { setImmediate } from 'node:timers/promises'
import { LIMITS, type Reply } from '../../protocol/json-rpc.ts'
import { GymError } from '../core/gym-error.ts'
import type { Codec, Frame } from './codec.ts'
import { idOf } from './envelope.ts'
import type { Hold } from './method.ts'
import { passTime } from './pacer.ts'
import type { Answer, Pending, Session } from './session.ts'

/** Milliseconds that the frames of one connection, or the entries of a batch, may take in a row before everybody else has a turn. */
const SLICE_MS = 8
/** Frames, and their bytes, that may wait for their turn. */
const MAX_HELD = LIMITS.in_flight
const MAX_HELD_BYTES = 64 * 1024 * 1024

/** A batch whose entries are being begun. */
type OpenBatch = { readonly batch: readonly unknown[]; readonly entries: Generator<Answer | Pending>; readonly begun: (Answer | Pending)[]; readonly frames: Frame[]; bytes: number }

export class Conversation {
  readonly #session: Session
  readonly #codec: Codec
  readonly #send: (frame: Frame) => void
  readonly #gone = new AbortController()
  /** Ids of requests whose answers are still to come. */
  readonly #waiting = new Set<string | number>()
  #inFlight = 0
  /** Frames that came while a long batch was being begun, or after others had taken long; undefined while they need not wait. */
  #held: [Buffer, boolean][] | undefined
  #heldBytes = 0
  readonly #sliceMs: number
  readonly #onHold: (holding: boolean) => void
  /** What the frames of this connection have taken since others had their turn. */
  #spentMs = 0
  #onIdle: (() => void) | undefined

  /**
   * @param sliceMs milliseconds that frames, or the entries of a batch, may take in a row before others have their turn
   * @param onHold told when frames begin to wait and when they no longer do: the transport need not read meanwhile
   */
  constructor(session: Session, codec: Codec, send: (frame: Frame) => void, { sliceMs = SLICE_MS, onHold = () => {} }: { sliceMs?: number; onHold?: (holding: boolean) => void } = {}) {
    this.#sliceMs = sliceMs
    this.#onHold = onHold
    this.#session = session
    this.#codec = codec
    this.#send = send
  }

  /** Requests that are not answered yet. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Takes one frame; every frame is answered, whatever it holds. */
  receive(data: Buffer, isBinary: boolean): void {
    if (this.#held) {
      this.#heldBytes += data.length
      if (this.#held.length < MAX_HELD && this.#heldBytes <= MAX_HELD_BYTES) this.#held.push([data, isBinary])
      else this.#reply(this.#session.refuse(null, new GymError('GYM_BUSY', `${this.#held.length} frames of this connection wait for their turn`, { limit: MAX_HELD })))
      return
    }
    const began = performance.now()
    this.#take(data, isBinary)
    if (!this.#held) this.#countTime(performance.now() - began)
  }

  /** Frames that came one upon another give way when they have taken long together. */
  #countTime(ms: number): void {
    if (this.#spentMs === 0) setImmediateNow(() => { this.#spentMs = 0 })
    this.#spentMs += ms
    if (this.#spentMs < this.#sliceMs) return
    this.#hold()
    setImmediateNow(() => this.#release())
  }

  /** From now on frames wait; until they are released this counts as one request in flight. */
  #hold(): void {
    this.#held = []
    this.#onHold(true)
    this.#inFlight += 1
  }

  /** Takes the frames that waited; they may have to wait again. */
  #release(): void {
    const held = this.#held ?? []
    this.#inFlight -= 1
    this.#held = undefined
    this.#heldBytes = 0
    this.#spentMs = 0
    for (const [data, isBinary] of held) this.receive(data, isBinary)
    if (!this.#held) this.#onHold(false)
    if (this.#inFlight === 0) this.#onIdle?.()
  }

  #take(data: Buffer, isBinary: boolean): void {
    let message: unknown
    try {
      message = this.#decode(data, isBinary)
    } catch (error) {
      this.#reply(this.#session.refuse(null, error))
      return
    }
    if (Array.isArray(message)) this.#answerBatch(message)
    else this.#answerOne(message)
  }

  /** Ends all waiting: answers that were held back are sent at once, unfinished work is refused. */
  hurry(): void {
    this.#gone.abort()
  }

  /** Resolves when nothing is in flight. */
  settled(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve()
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
    const refusal = this.#inFlight === 0 ? undefined : this.#refusalOf(message)
    if (refusal) {
      this.#reply(refusal)
      return
    }
    const begun = this.#session.begin(message)
    if ('reply' in begun && isReady(begun)) this.#reply(begun.reply)
    else void this.#replyLater([begun], ['reply' in begun ? this.#encode(begun.reply) : ''], ([frame]) => frame!)
  }

  #answerBatch(batch: unknown[]): void {
    const whole = this.#session.refuseBatch(batch) ?? (this.#inFlight + batch.length > LIMITS.in_flight ? this.#session.refuse(null, this.#busy()) : undefined)
    if (whole) {
      this.#reply(whole)
      return
    }
    const open: OpenBatch = { batch, entries: this.#session.beginBatch(batch, this.#waiting), begun: [], frames: [], bytes: 0 }
    if (this.#beginSome(open)) this.#finishBatch(open)
    else void this.#beginRest(open)
  }

  /** Begins entries of a batch for a short while; true when no more of them will be begun. */
  #beginSome(open: OpenBatch): boolean {
    const until = performance.now() + this.#sliceMs
    for (;;) {
      const { done, value: each } = open.entries.next()
      if (done) return true
      const frame = 'reply' in each ? this.#encode(each.reply) : ''
      open.begun.push(each)
      open.frames.push(frame)
      open.bytes += frame.length
      if (open.bytes > LIMITS.reply_bytes) return true
      if (performance.now() > until) return false
    }
  }

  /** Begins the rest of a long batch with pauses in which others have their turn; this connection's next frames wait. */
  async #beginRest(open: OpenBatch): Promise<void> {
    this.#hold()
    do await setImmediate()
    while (!this.#gone.signal.aborted && !this.#beginSome(open))
    this.#finishBatch(open)
    this.#release()
  }

  #finishBatch({ batch, begun, frames }: OpenBatch): void {
    // Entries that are left over are refused without having been begun.
    for (const message of batch.slice(frames.length)) frames.push(this.#encode(this.#session.refuse(idOf(message), tooLong())))
    if (begun.every((each) => 'reply' in each && isReady(each))) this.#send(this.#codec.join(frames))
    else void this.#replyLater(begun, frames, (late) => this.#joinBounded([...late, ...frames.slice(begun.length)], begun))
  }

  /** What is refused because of other requests that are still in flight. */
  #refusalOf(message: unknown): Reply | undefined {
    const id = idOf(message)
    if (id !== null && this.#waiting.has(id)) return this.#session.refuseDuplicate(id, 'id')
    return this.#inFlight >= LIMITS.in_flight ? this.#session.refuse(id, this.#busy()) : undefined
  }

  #busy(): GymError {
    return new GymError('GYM_BUSY', `${this.#inFlight} requests of this connection are unanswered`, { limit: LIMITS.in_flight })
  }

  #reply(reply: Reply): void {
    this.#send(this.#encode(reply))
  }

  #encode(reply: Reply): Frame {
    try {
      const frame = this.#codec.encode(reply)
      return frame.length <= LIMITS.reply_bytes ? frame : this.#codec.encode(this.#session.refuse(reply.id, tooLong()))
    } catch (error) {
      return this.#codec.encode(this.#session.refuse(reply.id, error))
    }
  }

  /** Long answers of a batch may pass the bound together: those that no longer fit are refused. */
  #joinBounded(frames: readonly Frame[], begun: readonly (Answer | Pending)[]): Frame {
    let bytes = 0
    return this.#codec.join(frames.map((frame, index) => {
      bytes += frame.length
      const each = begun[index]
      return bytes > LIMITS.reply_bytes && each && 'id' in each ? this.#encode(this.#session.refuse(each.id, tooLong())) : frame
    }))
  }

  /** Sends one frame when all of its answers are there and their time has passed. */
  async #replyLater(begun: readonly (Answer | Pending)[], frames: readonly Frame[], join: (frames: readonly Frame[]) => Frame): Promise<void> {
    const ids = begun.map((each) => ('reply' in each ? each.reply.id : each.id)).filter((id) => id !== null)
    this.#inFlight += begun.length
    for (const id of ids) this.#waiting.add(id)
    const holds: Hold[] = begun.flatMap((each) => ('reply' in each && each.hold ? [each.hold] : []))
    const passed = this.#passTime(holds)
    const late = await Promise.all(begun.map(async (each, index) => {
      const [answer, frame] = 'reply' in each ? [each, frames[index]!] : await this.#workOut(each)
      return this.#whenKept(answer, frame)
    }))
    await passed
    this.#inFlight -= begun.length
    for (const id of ids) this.#waiting.delete(id)
    this.#send(join(late))
    if (this.#inFlight === 0) this.#onIdle?.()
  }

  async #workOut(pending: Pending): Promise<[Answer, Frame]> {
    const answer = await this.#session.finish(pending, this.#gone.signal)
    if (answer.hold) await this.#passTime([answer.hold])
    return [answer, this.#encode(answer.reply)]
  }

  #passTime(holds: readonly Hold[]): Promise<void> {
    return passTime(holds, this.#gone.signal, (live) => {
      live.usedAt = this.#session.gym.clock.now()
    })
  }

  /** The frame when the store has what the answer tells, or the refusal that it has not. */
  async #whenKept({ reply, kept }: Answer, frame: Frame): Promise<Frame> {
    if (kept === undefined) return frame
    try {
      await kept
      return frame
    } catch (error) {
      return this.#encode(this.#session.refuse(reply.id, error))
    }
  }
}

/** Whether an answer may be sent at once. */
function isReady({ hold, kept }: Answer): boolean {
  return hold === undefined && kept === undefined
}

function tooLong(): GymError {
  return new GymError('GYM_LIMIT', `the answer is longer than ${LIMITS.reply_bytes} bytes; ask for less at a time`, { path: 'params', limit: LIMITS.reply_bytes })
}
