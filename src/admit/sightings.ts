/** What an agent has seen: words of messages, values of results by the names of their fields, lists. */
import type { Message } from '../../protocol/observation.ts'
import { jsonOrText } from '../core/json-or-text.ts'

/** Values that are kept by name, and lists. */
const MOST_KEPT = 40
const WORDS = /#?[\p{L}\p{N}][\p{L}\p{N}_@.+#/:-]*/gu

export class Sightings {
  /** Words that look like ids, addresses or numbers, the earliest first. */
  readonly ids: string[] = []
  /** Other words. */
  readonly words: string[] = []
  /** Values by the name of the field that they stood in. */
  readonly named = new Map<string, unknown[]>()
  readonly lists: (readonly unknown[])[] = []

  /** Takes in what was observed. */
  take(messages: readonly Message[]): void {
    for (const { role, content } of messages) {
      if (role === 'system') continue
      const value = jsonOrText(content)
      if (role === 'tool' && value !== null && typeof value === 'object') this.#walk('', value)
      else this.#read(content)
    }
  }

  /** What fits an argument: values of fields of its name, ids, other words. */
  fitting(name: string): readonly unknown[] {
    const noun = name.replace(/_?id$/, '')
    const named = [name, noun, `${noun}_id`, 'id'].flatMap((key) => this.named.get(key) ?? [])
    return [...new Set([...named, ...this.ids, ...this.words])]
  }

  #read(text: string): void {
    for (const [word] of text.matchAll(WORDS)) {
      const clean = word.replace(/[.,:]+$/, '')
      const into = /[\d@#_/]/.test(clean) ? this.ids : this.words
      if (into.length < MOST_KEPT && !into.includes(clean)) into.push(clean)
    }
  }

  #walk(name: string, value: unknown): void {
    if (Array.isArray(value)) {
      if (this.lists.length < MOST_KEPT) this.lists.push(value)
      for (const item of value.slice(0, MOST_KEPT)) this.#walk(name, item)
    } else if (value !== null && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) this.#walk(key, inner)
    } else if (value !== null) {
      const kept = this.named.get(name) ?? []
      if (kept.length < MOST_KEPT && !kept.includes(value)) this.named.set(name, [...kept, value])
    }
  }
}
