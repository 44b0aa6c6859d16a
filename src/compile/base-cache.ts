import { BaseWorld } from '../world/base-world.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'

/**
 * Base worlds kept warm by all scenarios of a process together (about 30 kB each once played); the least recently
 * used is forgotten and would come back the same. More live episodes than this pay for making their rows again.
 */
export const WARM_BASES = 10_240
/** Base worlds that a scenario keeps for itself once it was let go: only episodes that still play it use them. */
const OWN_BASES = 256

/** Rows that a world may have to count as one of the warm ones; a larger one counts for several. */
const ROWS_OF_ONE = 4000

/** The same of the units that its computed cells have cost: each stands for 16 bytes at most. */
const UNITS_OF_ONE = 50_000

function weightOf({ world, spent }: BaseWorld): number {
  const rows = world.tables.reduce((sum, { slots }) => sum + slots, 0)
  return Math.max(1, Math.ceil(rows / ROWS_OF_ONE), Math.ceil(spent / UNITS_OF_ONE))
}

/** Base worlds in the order of their last use, with a bound over all the caches that share it. */
export class WarmBases {
  readonly #bound: number
  readonly #owners = new Map<BaseWorld, { readonly owner: BaseCache; readonly weight: number }>()
  /** Sum over the worlds, as each weighed when it was last used; a small one counts once. */
  #weight = 0

  constructor(bound: number) {
    this.#bound = bound
  }

  get size(): number {
    return this.#owners.size
  }

  touch(base: BaseWorld, owner: BaseCache): void {
    this.#drop(base)
    const weight = weightOf(base)
    this.#weight += weight
    this.#owners.set(base, { owner, weight })
    while (this.#weight > this.#bound && this.#owners.size > 1) {
      const [oldest, { owner: itsOwner }] = this.#owners.entries().next().value!
      this.#drop(oldest)
      itsOwner.forget(oldest.seed)
    }
  }

  release(bases: Iterable<BaseWorld>): void {
    for (const base of bases) this.#drop(base)
  }

  #drop(base: BaseWorld): void {
    const kept = this.#owners.get(base)
    if (!kept) return
    this.#owners.delete(base)
    this.#weight -= kept.weight
  }
}

/** The one bound that all scenarios share. */
const SHARED = new WarmBases(WARM_BASES)

/** Base worlds of one world by seed. */
export class BaseCache {
  readonly #world: CompiledWorld
  readonly #warm = new Map<number, BaseWorld>()
  #shared: WarmBases
  #latest: BaseWorld | undefined

  constructor(world: CompiledWorld, shared: WarmBases = SHARED) {
    this.#world = world
    this.#shared = shared
  }

  of(seed: number): BaseWorld {
    if (this.#latest?.seed === seed) return this.#latest
    let base = this.#warm.get(seed)
    if (!base) this.#warm.set(seed, (base = new BaseWorld(this.#world, seed)))
    this.#shared.touch(base, this)
    return (this.#latest = base)
  }

  forget(seed: number): void {
    this.#warm.delete(seed)
  }

  /** Leaves the shared bound, so that nothing keeps the scenario but the episodes that still play it. */
  release(): void {
    this.#shared.release(this.#warm.values())
    this.#shared = new WarmBases(OWN_BASES)
    for (const base of [...this.#warm.values()].slice(0, -OWN_BASES)) this.#warm.delete(base.seed)
    for (const base of this.#warm.values()) this.#shared.touch(base, this)
  }
}
