/** What was said in an episode: by the agent to the user, and by the user. */
import type { Event, UserEvent } from '../../protocol/event.ts'
import { holdsPhrase, spokenWords } from '../core/spoken-text.ts'

/** A text and the event in which it was said. */
export type Saying = { readonly event: number; readonly turn: number; readonly text: string }

/** What the agent said to the user: messages without calls, in order. */
export function agentWords(events: readonly Event[]): Saying[] {
  return events.flatMap((event) => {
    if (event.type !== 'turn' || event.action.tool_calls?.length) return []
    const text = event.action.content ?? event.action.text
    return typeof text === 'string' ? [{ event: event.index, turn: event.index, text }] : []
  })
}

/** What the user said, the instruction first; what came in the user's stead is silence. */
export function userWords(events: readonly Event[]): Saying[] {
  return events.flatMap((event) => {
    if (event.type === 'reset') return [{ event: event.index, turn: event.index, text: event.instruction }]
    return event.type === 'user' ? [{ event: event.index, turn: event.turn, text: isNoise(event) ? '' : event.said }] : []
  })
}

/** Whether the dynamics answered and the user was not reached. */
function isNoise({ faults, taken }: UserEvent): boolean {
  return faults?.some(({ entry }) => taken === `noise.${entry}`) ?? false
}

/** Whether one of several phrases stands in a text, word by word. */
export function listenFor(phrases: readonly string[]): (text: string) => boolean {
  const wanted = phrases.map(spokenWords)
  return (text) => {
    const words = spokenWords(text)
    return wanted.some((phrase) => holdsPhrase(words, phrase))
  }
}
