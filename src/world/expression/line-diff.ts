/** Differences between two texts, line by line: a longest common subsequence. */
import { charge, type Evaluation } from '../evaluation.ts'
import { occurrences, splitLines } from './characters.ts'

export type Difference = { readonly op: ' ' | '-' | '+'; readonly text: string }

/**
 * The lines of `a` and `b` in one list: kept (` `), only in a (`-`), only in b (`+`); what was removed comes before
 * what was added in its place. Costs the product of the lines that differ, an eighth of a unit each.
 */
export function diffLines(cx: Evaluation, a: string, b: string): Difference[] {
  charge(cx, 2 + ((a.length + b.length) >> 3) + occurrences(a, '\n') + occurrences(b, '\n'))
  const [x, y] = [splitLines(a), splitLines(b)]
  let start = 0
  while (start < x.length && start < y.length && x[start] === y[start]) start++
  let end = 0
  while (end < x.length - start && end < y.length - start && x.at(-1 - end) === y.at(-1 - end)) end++
  const kept = (lines: readonly string[]): Difference[] => lines.map((text) => ({ op: ' ', text }))
  const middle = diffMiddle(cx, x.slice(start, x.length - end), y.slice(start, y.length - end))
  return [...kept(x.slice(0, start)), ...middle, ...kept(x.slice(x.length - end))]
}

function diffMiddle(cx: Evaluation, x: readonly string[], y: readonly string[]): Difference[] {
  charge(cx, x.length + y.length + Math.floor((x.length * y.length) / 8))
  const [p, q] = numbered(x, y)
  const width = q.length + 1
  // Cell (i, j): the longest common subsequence of what follows line i of one and line j of the other.
  const longest = new Uint32Array((p.length + 1) * width)
  for (let i = p.length - 1; i >= 0; i--) {
    for (let j = q.length - 1; j >= 0; j--) {
      longest[i * width + j] = p[i] === q[j] ? longest[(i + 1) * width + j + 1]! + 1 : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!)
    }
  }
  const out: Difference[] = []
  let [i, j] = [0, 0]
  while (i < x.length || j < y.length) {
    if (i < x.length && j < y.length && p[i] === q[j]) {
      out.push({ op: ' ', text: x[i++]! })
      j++
    } else if (i < x.length && (j >= y.length || longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!)) out.push({ op: '-', text: x[i++]! })
    else out.push({ op: '+', text: y[j++]! })
  }
  return out
}

/** Equal lines as equal numbers, so that a cell costs the same however long the lines are. */
function numbered(x: readonly string[], y: readonly string[]): [number[], number[]] {
  const numbers = new Map<string, number>()
  const numberOf = (line: string) => {
    if (!numbers.has(line)) numbers.set(line, numbers.size)
    return numbers.get(line)!
  }
  return [x.map(numberOf), y.map(numberOf)]
}
