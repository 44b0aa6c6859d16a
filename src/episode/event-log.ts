/** The event log of an episode, and what it takes in memory. */
import type { Change, Event } from '../../protocol/event.ts'
import { Chain } from '../core/chain.ts'
import { charactersOf } from '../world/overlay.ts'

/** Bytes of an event besides its texts, of a change with the row behind it. */
const EVENT_BYTES = 300
const CHANGE_BYTES = 300

function weightOf(event: Event): number {
  if (event.type === 'call' || event.type === 'effect') return EVENT_BYTES + event.content.length + changesWeight(event.changes) + mailWeight(event.emits)
  if (event.type === 'timer') return EVENT_BYTES + changesWeight(event.changes) + mailWeight(event.emits)
  if (event.type === 'reset') return EVENT_BYTES + mailWeight(event.emits)
  if (event.type === 'frame') return EVENT_BYTES + event.message.length
  if (event.type === 'return') return EVENT_BYTES + event.content.length
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

export class EventLog extends Chain<Event> {
  /** What the events take in memory, roughly: characters and bytes; arguments of calls are the caller's. */
  weight = 0

  override push(event: Event): void {
    super.push(event)
    this.weight += weightOf(event)
  }

  override fork(): EventLog {
    const copy = this.branchInto(new EventLog())
    copy.weight = this.weight
    return copy
  }
}
