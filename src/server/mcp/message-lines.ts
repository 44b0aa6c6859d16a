/** Lines of a pipe as whole messages: what is none is refused, and what comes after it is read all the same. A last line without its end was broken off, and is none. */
import { Buffer } from 'node:buffer'
import { Transform, type TransformCallback } from 'node:stream'
import { LIMITS } from '../../../protocol/json-rpc.ts'
import { GymError } from '../../core/gym-error.ts'
import { idIn, type RequestId } from './answers-over-http.ts'
import { readJson, requireMessage } from './read-message.ts'

const NEWLINE = 0x0a

export class MessageLines extends Transform {
  readonly #refuse: (id: RequestId, error: unknown) => void
  /** The beginning of a line that has not ended yet. */
  #begun: Buffer[] = []
  #length = 0

  /** @param refuse told of each line that is no message, and of the id that it has in spite of that */
  constructor(refuse: (id: RequestId, error: unknown) => void) {
    super()
    this.#refuse = refuse
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.#take(chunk.subarray(from, end))
      this.#endLine()
      from = end + 1
    }
    this.#take(chunk.subarray(from))
    done()
  }

  /** Of a line that is too long nothing is kept. */
  #take(part: Buffer): void {
    this.#length += part.length
    if (this.#length <= LIMITS.frame_bytes) this.#begun.push(part)
    else this.#begun = []
  }

  #endLine(): void {
    const text = Buffer.concat(this.#begun).toString()
    const length = this.#length
    this.#begun = []
    this.#length = 0
    if (length <= LIMITS.frame_bytes && text.trim() === '') return
    let id: RequestId = null
    try {
      if (length > LIMITS.frame_bytes) throw new GymError('GYM_LIMIT', `the message has ${length} bytes; the most is ${LIMITS.frame_bytes}`, { path: '', limit: LIMITS.frame_bytes })
      const message = readJson(text)
      id = idIn(message)
      requireMessage(message)
    } catch (error) {
      this.#refuse(id, error)
      return
    }
    this.push(`${text.trim()}\n`)
  }
}
