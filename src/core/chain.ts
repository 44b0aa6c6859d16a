/** An append-only list that forks in O(1): a chain of frozen chunks and an own tail. */
type Chunk<T> = { readonly before: Chunk<T> | undefined; readonly items: readonly T[] }

export class Chain<T> {
  #past: Chunk<T> | undefined
  #tail: T[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    this.#tail.push(item)
    this.#length++
  }

  /** A list with the same past; both go on independently. */
  fork(): Chain<T> {
    return this.branchInto(new Chain<T>())
  }

  /** The same into an empty list. */
  protected branchInto<C extends Chain<T>>(copy: C): C {
    if (this.#tail.length) {
      this.#past = { before: this.#past, items: this.#tail }
      this.#tail = []
    }
    const branch: Chain<T> = copy
    branch.#past = this.#past
    branch.#length = this.#length
    return copy
  }

  /** All items in order. */
  toArray(): T[] {
    return this.since(0)
  }

  /** The items from an index on, in order; costs what it returns. */
  since(index: number): T[] {
    let first = this.#length - this.#tail.length
    if (index >= first) return this.#tail.slice(index - first)
    const chunks: (readonly T[])[] = [this.#tail]
    for (let chunk = this.#past; chunk && first > index; chunk = chunk.before) {
      first -= chunk.items.length
      chunks.push(index > first ? chunk.items.slice(index - first) : chunk.items)
    }
    return chunks.reverse().flat()
  }
}
