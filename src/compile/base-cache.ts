import { BaseWorld } from '../world/base-world.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'

/**
 * Base worlds kept warm (about 30 kB each once played); the least recently used is forgotten and would come back the same.
 * More live episodes than this pay for making their rows again at each step.
 */
export const WARM_BASES = 10_240

/** Base worlds of one world by seed. */
export class BaseCache {
  readonly #world: CompiledWorld
  readonly #warm = new Map<number, BaseWorld>()
  #latest: BaseWorld | undefined

  constructor(world: CompiledWorld) {
    this.#world = world
  }

  of(seed: number): BaseWorld {
    if (this.#latest?.seed === seed) return this.#latest
    let base = this.#warm.get(seed)
    if (base) this.#warm.delete(seed)
    else base = new BaseWorld(this.#world, seed)
    this.#warm.set(seed, base)
    if (this.#warm.size > WARM_BASES) this.#warm.delete(this.#warm.keys().next().value!)
    return (this.#latest = base)
  }
}
