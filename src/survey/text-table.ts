/** Tables for terminals that fit a width: cells of columns that may be narrow go on below. */

/** A column; one with `wraps` gives way where the width does not suffice, down to so many characters. */
export type TextColumn = { readonly title: string; readonly right?: boolean; readonly wraps?: number }

const GAP = 2

/** Words in lines of a width; a word that is too long is broken. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((one) => one.match(new RegExp(`.{1,${Math.max(1, width)}}`, 'gu')) ?? [''])) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line ? `${line} ${word}` : word
  }
  return [...lines, line]
}

/** The lines of a table; the title comes first. */
export function textTable(columns: readonly TextColumn[], rows: readonly (readonly string[])[], width: number): string[] {
  return textRows(columns, rows, width).flat()
}

/** The same, row by row. */
export function textRows(columns: readonly TextColumn[], rows: readonly (readonly string[])[], width: number): string[][] {
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  let excess = widths.reduce((sum, one) => sum + one + GAP, -GAP) - width
  while (excess > 0) {
    const widest = columns.reduce<number | undefined>((best, { wraps }, i) => (wraps !== undefined && widths[i]! > wraps && (best === undefined || widths[i]! > widths[best]!) ? i : best), undefined)
    if (widest === undefined) break
    widths[widest]!--
    excess--
  }
  const pad = (text: string, i: number): string => (columns[i]!.right ? text.padStart(widths[i]!) : text.padEnd(widths[i]!))
  const lay = (row: readonly string[]): string[] => {
    const cells = row.map((cell, i) => (columns[i]!.wraps === undefined ? [cell] : wrapWords(cell, widths[i]!)))
    const height = Math.max(...cells.map((lines) => lines.length))
    return Array.from({ length: height }, (_, n) => cells.map((lines, i) => pad(lines[n] ?? '', i)).join(' '.repeat(GAP)).trimEnd())
  }
  return [columns.map(({ title }) => title), ...rows].map(lay)
}
