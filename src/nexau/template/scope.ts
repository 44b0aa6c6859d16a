/** Variables of a template as they are seen from one place of it. */
import type { Value, ValueMap } from './value.ts'

/** Variables with those around them. */
export class Scope {
  readonly #own: Map<string, Value>
  readonly #outer: Scope | undefined
  readonly #spaces: WeakSet<ValueMap>

  constructor(own: Map<string, Value>, outer?: Scope) {
    this.#own = own
    this.#outer = outer
    this.#spaces = outer ? outer.#spaces : new WeakSet()
  }

  get(name: string): Value {
    if (this.#own.has(name)) return this.#own.get(name)
    return this.#outer?.get(name)
  }

  has(name: string): boolean {
    return this.#own.has(name) || this.#outer?.has(name) === true
  }

  set(name: string, value: Value): void {
    this.#own.set(name, value)
  }

  /** Makes a mapping one whose parts may be set. */
  namespace(space: ValueMap): ValueMap {
    this.#spaces.add(space)
    return space
  }

  isNamespace(value: Value): value is ValueMap {
    return value instanceof Map && this.#spaces.has(value)
  }
}
