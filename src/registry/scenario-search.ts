/** Finding scenarios by words: how well a text fits depends on it alone, so that pages stay as they are while others come. */
import type { ScenarioSummary } from '../../protocol/summary.ts'

/** What is searched of a scenario: lower-case text and its words, by field, the weightiest first. */
export type SearchText = readonly { readonly weight: number; readonly text: string; readonly words: readonly string[] }[]

const EXACT = 4
const BEGINNING = 3
const INSIDE = 1
/** A query that is the name stands above everything. */
const THE_NAME = 10_000

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean)
}

function field(weight: number, texts: readonly string[]): SearchText[number] {
  const text = texts.join(' ').toLowerCase()
  return { weight, text, words: [...new Set(wordsOf(text))] }
}

/** Reads what can be searched. */
export function searchTextOf({ name, title, description, tags }: Omit<ScenarioSummary, 'origin'>, tasks: readonly string[], tools: readonly string[]): SearchText {
  return [field(16, [name]), field(8, [title]), field(6, tags), field(4, [...tasks, ...tools]), field(1, [description])]
}

function fitOf(word: string, { weight, text, words }: SearchText[number]): number {
  if (!text.includes(word)) return 0
  if (words.includes(word)) return weight * EXACT
  return words.some((each) => each.startsWith(word)) ? weight * BEGINNING : weight * INSIDE
}

/** How well a text fits a query: 0 when one of its words is not there; the same text and query always give the same. */
export function rank(query: string, name: string, text: SearchText): number {
  const words = wordsOf(query)
  let sum = query.trim().toLowerCase() === name ? THE_NAME : 0
  for (const word of words) {
    const best = Math.max(...text.map((each) => fitOf(word, each)))
    if (best === 0) return 0
    sum += best
  }
  return sum
}

/** Whether a query has any word at all. */
export function asks(query: string): boolean {
  return wordsOf(query).length > 0
}
