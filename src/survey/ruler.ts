/** An axis as a line of text. */
import type { Axis } from './axis.ts'

/** Labels of the ticks, each beginning at its place behind a `|`; those that do not fit are left out. */
export function rulerLine({ ticks, place }: Axis, width: number): string {
  let line = ''
  for (const { ms, label } of ticks) {
    const at = Math.round(place(ms) * (width - 1))
    const isFree = line.length === 0 || at > line.length
    if (isFree && at + 1 + label.length <= width) line = `${line.padEnd(at)}|${label}`
  }
  return line
}
