/** Figures in a text: numbers and ids, which can be guessed by saying many of them. */
import { spokenWords } from '../core/spoken-text.ts'

/** Who tells more different numbers and ids than this in one conversation is guessing: one of them would be right. */
export const MOST_FIGURES = 200

/** Whether a word is one. */
export function isFigure(word: string): boolean {
  return /\p{N}/u.test(word)
}

/** The different ones in texts. */
export function figuresIn(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.flatMap((text) => spokenWords(text).filter(isFigure)))
}

/** Figures of one sort could stand for each other: all numbers are one, ids go by their shape. */
function sortOf(figure: string): string {
  return /\p{L}/u.test(figure) ? figure.replace(/\p{N}+/gu, '0').replace(/\p{L}+/gu, 'a') : '0'
}

/** Whether so much was told that a figure of this phrase had to be among it. */
export function isGuessed(phrase: readonly string[], told: ReadonlySet<string>, among: number): boolean {
  const sorts = new Set(phrase.filter(isFigure).map(sortOf))
  return sorts.size > 0 && (told.size > MOST_FIGURES || [...sorts].some((sort) => [...told].filter((figure) => sortOf(figure) === sort).length > among))
}
