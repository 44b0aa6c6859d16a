/** What was said in an episode: by the agent to the user, and by the user. */
import type { Event, UserEvent } from '../../protocol/event.ts'
import { holdsPhrase, spokenWords } from '../core/spoken-text.ts'

/** A text and the event in which it was said. */
export type Saying = { readonly event: number; readonly turn: number; readonly text: string }

/** What the agent said to the user: messages without calls that are not for its team, and what it asked by a tool, in order. */
export function agentWords(events: readonly Event[]): Saying[] {
  return events.flatMap((event) => {
    if (event.type === 'call' && event.inner && event.tool === 'ask_user' && !event.rejected) return [{ event: event.index, turn: event.turn, text: String((event.arguments as { message?: unknown }).message) }]
    if (event.type !== 'turn' || event.to || event.action.tool_calls?.length) return []
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

/**
 * The same, for words that must not be said: a phrase of letters is also heard when its words are run together or
 * pulled apart (`re-fund`, `f r e e`, an invisible character within), as long as nothing stands between.
 */
export function listenClosely(phrases: readonly string[]): (text: string) => boolean {
  const wanted = phrases.map(spokenWords)
  // Figures that stand apart are figures of their own.
  const joined = wanted.filter((words) => !words.some((word) => /\p{N}/u.test(word))).map((words) => words.join('')).filter(Boolean)
  return (text) => {
    const words = spokenWords(text)
    return wanted.some((phrase) => holdsPhrase(words, phrase)) || joined.some((phrase) => holdsRun(words, phrase))
  }
}

/** Whether some words in a row, run together, are the phrase. */
function holdsRun(words: readonly string[], phrase: string): boolean {
  const starts = new Set<number>()
  let length = 0
  for (const word of words) {
    starts.add(length)
    length += word.length
  }
  starts.add(length)
  const text = words.join('')
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) if (starts.has(at) && starts.has(at + phrase.length)) return true
  return false
}
