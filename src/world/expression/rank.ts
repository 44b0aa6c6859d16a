/** `rank(l, x, text, query, k)`: the k elements whose text answers a query best, by BM25. */
import { log } from '../../core/portable-math.ts'
import { charge, type Evaluation } from '../evaluation.ts'

const K1 = 1.2
const B = 0.75
const TOKEN = /[\p{L}\p{N}]+/gu

/** Words of a text in lower case: runs of letters and digits. Charged by the length of the text. */
function tokensOf(cx: Evaluation, text: string): string[] {
  charge(cx, 1 + (text.length >> 1))
  return text.toLowerCase().match(TOKEN) ?? []
}

/** Times that each word of the query stands in a text, and how many words the text has. */
type Counted = { readonly counts: readonly number[]; readonly length: number }

/**
 * Positions of the best texts, best first; equal scores by position. Texts without any word of the query are left
 * out. Charges for every character, and for each pair of text and word of the query.
 */
export function rankTexts(cx: Evaluation, texts: readonly string[], query: string, most: number): number[] {
  const words = [...new Set(tokensOf(cx, query))]
  const wordAt = new Map(words.map((word, i) => [word, i]))
  const counted = texts.map((text): Counted => {
    charge(cx, words.length)
    const counts = new Array<number>(words.length).fill(0)
    const tokens = tokensOf(cx, text)
    for (const token of tokens) {
      const at = wordAt.get(token)
      if (at !== undefined) counts[at]!++
    }
    return { counts, length: tokens.length }
  })
  const average = counted.reduce((sum, { length }) => sum + length, 0) / Math.max(1, counted.length)
  const weights = words.map((_, i) => weightOf(texts.length, counted.filter(({ counts }) => counts[i]! > 0).length))
  charge(cx, words.length * texts.length)
  const scored = counted.map(({ counts, length }, at) => ({ at, score: scoreOf(counts, weights, length, average) })).filter(({ score }) => score > 0)
  charge(cx, scored.length * (scored.length <= 2 ? 1 : 32 - Math.clz32(scored.length - 1)))
  scored.sort((a, b) => b.score - a.score || a.at - b.at)
  return scored.slice(0, Math.max(0, most)).map(({ at }) => at)
}

/** Rare words weigh more; never below 0. */
function weightOf(texts: number, having: number): number {
  return log(1 + (texts - having + 0.5) / (having + 0.5))
}

function scoreOf(counts: readonly number[], weights: readonly number[], length: number, average: number): number {
  let score = 0
  for (let i = 0; i < counts.length; i++) {
    const n = counts[i]!
    if (n > 0) score += (weights[i]! * n * (K1 + 1)) / (n + K1 * (1 - B + (B * length) / average))
  }
  return score
}
