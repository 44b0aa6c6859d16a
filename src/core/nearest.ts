import { distance } from 'fastest-levenshtein'

/** The candidate closest to a misspelt word, or undefined when none is close (at most 40% of its length away). */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const probe = word.slice(0, 100)
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(probe.length * 0.4)) + 1
  for (const candidate of candidates) {
    const d = distance(probe.toLowerCase(), candidate.toLowerCase())
    if (d < bestDistance) {
      best = candidate
      bestDistance = d
    }
  }
  return best
}
