/** Makes creating calls idempotent: the same key gets the first answer, for as long as anything it created lives. */
import { isDeepStrictEqual } from 'node:util'
import { GymError } from '../core/gym-error.ts'

type Entry = { params: unknown; result: unknown; living: number }

export class RequestKeys {
  readonly #entries = new Map<string, Entry>()

  get size(): number {
    return this.#entries.size
  }

  /** The full name of a key: keys of different tokens and methods never meet. */
  static nameOf(principal: string, method: string, key: string): string {
    return `${principal} ${method} ${key}`
  }

  /**
   * The answer given to this key before, if any.
   * @throws GymError GYM_REQUEST_KEY_CONFLICT when it came with other parameters
   */
  recall(name: string, params: unknown): unknown {
    const entry = this.#entries.get(name)
    if (!entry) return undefined
    if (!isDeepStrictEqual(entry.params, params)) {
      throw new GymError('GYM_REQUEST_KEY_CONFLICT', 'this request_key was used with other parameters', { path: 'params.request_key' })
    }
    return entry.result
  }

  remember(name: string, params: unknown, result: unknown, created: number): void {
    this.#entries.set(name, { params, result, living: created })
  }

  /** One thing that the key created is gone; the last one takes the key with it. */
  release(name: string): void {
    const entry = this.#entries.get(name)
    if (entry && (entry.living -= 1) <= 0) this.#entries.delete(name)
  }
}
