/** Texts that say nearly the same: their word triples overlap almost whole. */
import { keyOf, word } from '../core/keyed.ts'

/** Share of common triples from which two texts count as near-duplicates. */
export const NEAR = 0.8
const GRAM = 3
/** Least hashes of a text, in bands of rows: texts with one band in common are compared exactly. */
const BANDS = 24
const ROWS = 3

function hashOf(text: string): number {
  return word(keyOf([text]))
}

/** The word triples of a text as hashes. */
export function gramsOf(text: string): Set<number> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  if (words.length < GRAM) return new Set([hashOf(words.join(' '))])
  return new Set(words.slice(0, words.length - GRAM + 1).map((_, i) => hashOf(words.slice(i, i + GRAM).join(' '))))
}

/** Common elements over all elements. */
export function jaccard(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  let common = 0
  for (const gram of a) if (b.has(gram)) common += 1
  return common / (a.size + b.size - common)
}

function mixed(value: number, by: number): number {
  let h = Math.imul(value ^ by, 0x9e3779b1)
  h = Math.imul(h ^ (h >>> 15), 0x85ebca77)
  return (h ^ (h >>> 13)) >>> 0
}

function signature(grams: ReadonlySet<number>): number[] {
  return Array.from({ length: BANDS * ROWS }, (_, i) => {
    let least = 0xffffffff
    for (const gram of grams) least = Math.min(least, mixed(gram, Math.imul(i + 1, 0x27d4eb2f)))
    return least
  })
}

export type NearDuplicates = { /** Texts of which an earlier one says nearly the same. */ readonly repeated: number; readonly share: number; /** The first few pairs, by place. */ readonly pairs: readonly (readonly [number, number])[] }

/** Looks for near-duplicates by least hashes, and compares what may be one exactly. */
export function findNearDuplicates(texts: readonly string[], mostPairs = 20): NearDuplicates {
  const grams = texts.map(gramsOf)
  const buckets = new Map<string, number[]>()
  const pairs: [number, number][] = []
  let repeated = 0
  for (const [at, each] of grams.entries()) {
    const marks = signature(each)
    const seen = new Set<number>()
    let twin: number | undefined
    for (let band = 0; band < BANDS; band++) {
      const name = `${band}:${marks.slice(band * ROWS, (band + 1) * ROWS).join(',')}`
      const bucket = buckets.get(name)
      if (!bucket) {
        buckets.set(name, [at])
        continue
      }
      for (const other of bucket) {
        if (twin !== undefined || seen.has(other)) continue
        seen.add(other)
        if (jaccard(each, grams[other]!) >= NEAR) twin = other
      }
      bucket.push(at)
    }
    if (twin === undefined) continue
    repeated += 1
    if (pairs.length < mostPairs) pairs.push([twin, at])
  }
  return { repeated, share: texts.length ? repeated / texts.length : 0, pairs }
}

/** Of so many texts, how many different n-grams of words there are over all n-grams: 1 where nothing is said twice. */
export function distinctShare(texts: readonly string[], n: number): number {
  const seen = new Set<string>()
  let all = 0
  for (const text of texts) {
    const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
    for (let i = 0; i + n <= words.length; i++) {
      seen.add(words.slice(i, i + n).join(' '))
      all += 1
    }
  }
  return all ? seen.size / all : 0
}
