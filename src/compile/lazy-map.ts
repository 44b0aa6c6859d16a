/** Things by name, each made when it is first asked for: a scenario that is played once needs one of its tasks. */

/** A name, and what makes its value. */
type Maker<V> = readonly [name: string, make: () => V]

/** A map whose names are known, and whose values may still have to be made. */
export class LazyMap<V> implements ReadonlyMap<string, V> {
  readonly #makers: ReadonlyMap<string, () => V>
  readonly #made = new Map<string, V>()

  /** @param lazy without it everything is made at once, in order */
  constructor(makers: Iterable<Maker<V>>, lazy: boolean) {
    this.#makers = new Map(makers)
    if (!lazy) for (const name of this.#makers.keys()) this.get(name)
  }

  get size(): number {
    return this.#makers.size
  }

  has(name: string): boolean {
    return this.#makers.has(name)
  }

  get(name: string): V | undefined {
    const made = this.#made.get(name)
    const make = made === undefined ? this.#makers.get(name) : undefined
    if (!make) return made
    const value = make()
    this.#made.set(name, value)
    return value
  }

  keys(): MapIterator<string> {
    return this.#makers.keys()
  }

  * entries(): MapIterator<[string, V]> {
    for (const name of this.#makers.keys()) yield [name, this.get(name)!]
  }

  * values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries()
  }

  forEach(visit: (value: V, name: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [name, value] of this) visit(value, name, this)
  }
}
