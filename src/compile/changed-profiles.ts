/** Profiles as resets changed them, compiled: many episodes are opened with the same changes. */
import type { CompiledDynamics } from '../dynamics/compiled-dynamics.ts'

/** So many, and so many bytes by their weight. */
const MOST_KEPT = 32
const MOST_BYTES = 20_000_000

/** The changed profiles that were made last. */
export class ChangedProfiles {
  readonly #kept = new Map<string, CompiledDynamics>()
  #bytes = 0

  /** What was made under a key, as long as it is kept. */
  get(key: string): CompiledDynamics | undefined {
    return this.#kept.get(key)
  }

  /** Keeps one, and lets go of the oldest where there are too many; gives it back. */
  keep(key: string, dynamics: CompiledDynamics): CompiledDynamics {
    this.#kept.set(key, dynamics)
    this.#bytes += dynamics.weight ?? 0
    for (const [oldest, { weight = 0 }] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT && this.#bytes <= MOST_BYTES) break
      this.#kept.delete(oldest)
      this.#bytes -= weight
    }
    return dynamics
  }
}
