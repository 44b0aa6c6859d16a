/**
 * How alike two texts are, from 0 to 100: twice the longest common subsequence over both lengths, rounded. The same
 * for (a, b) and (b, a); 100 only for equal texts, two empty ones included.
 */
export function similarity(a: readonly string[], b: readonly string[]): number {
  const both = a.length + b.length
  if (both === 0) return 100
  // One row of the table of common subsequences, moved down the first text.
  const row = new Uint16Array(b.length + 1)
  for (const character of a) {
    let diagonal = 0
    for (let j = 0; j < b.length; j++) {
      const above = row[j + 1]!
      row[j + 1] = character === b[j] ? diagonal + 1 : Math.max(above, row[j]!)
      diagonal = above
    }
  }
  const common = row[b.length]!
  const score = Math.round((200 * common) / both)
  return score === 100 && common * 2 < both ? 99 : score
}
