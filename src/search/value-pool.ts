/** Values that arguments may take: by the name under which they were met, and by their type. */

/** Most values that are kept under one name, and of one type. */
const MOST_VALUES = 12

/** `order_id`, `order` and the table `orders` speak of the same thing. */
function stem(name: string): string {
  return name.replace(/_(id|ids|key|code|number)$/, '').replace(/s$/, '')
}

export class ValuePool {
  readonly #named = new Map<string, Map<string, unknown>>()
  readonly #typed = new Map<string, Map<string, unknown>>()

  /** Adds a value, and what is in it. */
  add(name: string, value: unknown): void {
    if (value === null || value === undefined) return
    this.#enter(this.#named, stem(name), value)
    if (Array.isArray(value)) for (const item of value) this.add(name, item)
    else if (typeof value === 'object') for (const [field, inner] of Object.entries(value)) this.add(field, inner)
    else this.#enter(this.#typed, typeof value, value)
  }

  #enter(into: Map<string, Map<string, unknown>>, under: string, value: unknown): void {
    let values = into.get(under)
    if (!values) into.set(under, (values = new Map()))
    if (values.size < MOST_VALUES) values.set(JSON.stringify(value), value)
  }

  /** Values met under a name, in the order in which they were met. */
  named(name: string): unknown[] {
    return [...(this.#named.get(stem(name))?.values() ?? [])]
  }

  /** Texts, numbers or truth values met anywhere. */
  ofType(type: 'string' | 'number' | 'boolean'): unknown[] {
    return [...(this.#typed.get(type)?.values() ?? [])]
  }
}
