/** An append-only log that forks in O(1): a chain of frozen chunks and an own tail. */
import type { Change, Event } from '../../protocol/event.ts'
import { charactersOf } from '../world/overlay.ts'

type Chunk = { readonly before: Chunk | undefined; readonly events: readonly Event[] }

/** Bytes of an event besides its texts, of a change with the row behind it. */
const EVENT_BYTES = 300
const CHANGE_BYTES = 300

function weightOf(event: Event): number {
  if (event.type === 'call' || event.type === 'effect') return EVENT_BYTES + event.content.length + changesWeight(event.changes) + mailWeight(event.emits)
  if (event.type === 'timer') return EVENT_BYTES + changesWeight(event.changes) + mailWeight(event.emits)
  if (event.type === 'reset') return EVENT_BYTES + mailWeight(event.emits)
  return EVENT_BYTES + (event.type === 'user' ? event.said.length : 0)
}

function changesWeight(changes: readonly Change[]): number {
  let weight = 0
  for (const { from, to } of changes) weight += CHANGE_BYTES + charactersOf(from) + charactersOf(to)
  return weight
}

function mailWeight(emits: readonly { readonly text: string }[] = []): number {
  return emits.reduce((sum, { text }) => sum + text.length, 0)
}

export class EventLog {
  /** What the events take in memory, roughly: characters and bytes; arguments of calls are the caller's. */
  weight = 0
  #past: Chunk | undefined
  #tail: Event[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(event: Event): void {
    this.#tail.push(event)
    this.weight += weightOf(event)
    this.#length++
  }

  /** A log with the same past; both go on independently. */
  fork(): EventLog {
    if (this.#tail.length) {
      this.#past = { before: this.#past, events: this.#tail }
      this.#tail = []
    }
    const copy = new EventLog()
    copy.#past = this.#past
    copy.weight = this.weight
    copy.#length = this.#length
    return copy
  }

  /** All events in order. */
  toArray(): Event[] {
    return this.since(0)
  }

  /** The events from an index on, in order; costs what it returns. */
  since(index: number): Event[] {
    let first = this.#length - this.#tail.length
    if (index >= first) return this.#tail.slice(index - first)
    const chunks: (readonly Event[])[] = [this.#tail]
    for (let chunk = this.#past; chunk && first > index; chunk = chunk.before) {
      first -= chunk.events.length
      chunks.push(index > first ? chunk.events.slice(index - first) : chunk.events)
    }
    return chunks.reverse().flat()
  }
}
