/** Makes creating calls idempotent: the same key gets the first answer, for as long as anything it created lives. */
import { isDeepStrictEqual } from 'node:util'
import { canonicalJson, NotCanonical } from '../core/canonical-json.ts'
import { sha256Hex } from '../core/digest.ts'
import { GymError } from '../core/gym-error.ts'

type Entry = { readonly params: unknown; readonly result: unknown; readonly episodes: readonly string[]; living: number }

/** Longer parameters (a snapshot) are remembered by their digest. */
const MOST_TEXT = 4096

/** Text that is equal for equal parameters. */
export function fingerprint(params: unknown): string {
  const text = spell(params)
  return text.length <= MOST_TEXT ? text : `"sha256:${sha256Hex(text)}"`
}

function spell(params: unknown): string {
  try {
    return canonicalJson(params)
  } catch (error) {
    if (error instanceof NotCanonical) return JSON.stringify(params)
    throw error
  }
}

export class RequestKeys {
  readonly #entries = new Map<string, Entry>()

  get size(): number {
    return this.#entries.size
  }

  /** The full name of a key: keys of different tokens and methods never meet. */
  static nameOf(principal: string, method: string, key: string): string {
    return `${principal} ${method} ${key}`
  }

  static conflict(): GymError {
    return new GymError('GYM_REQUEST_KEY_CONFLICT', 'this request_key was used with other parameters', { path: 'params.request_key' })
  }

  /**
   * The answer given to this key before, and what it created, if any.
   * @throws GymError GYM_REQUEST_KEY_CONFLICT when it came with other parameters
   */
  recall(name: string, params: unknown): { readonly result: unknown; readonly episodes: readonly string[] } | undefined {
    const entry = this.#entries.get(name)
    if (!entry) return undefined
    if (!isDeepStrictEqual(entry.params, params)) throw RequestKeys.conflict()
    return entry
  }

  remember(name: string, params: unknown, result: unknown, episodes: readonly string[]): void {
    this.#entries.set(name, { params, result, episodes, living: episodes.length })
  }

  /** One thing that the key created is gone; the last one takes the key with it. */
  release(name: string): void {
    const entry = this.#entries.get(name)
    if (entry && (entry.living -= 1) <= 0) this.#entries.delete(name)
  }
}
