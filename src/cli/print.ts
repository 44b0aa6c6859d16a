/** What the verbs write with: results to stdout, everything else to stderr. */

/** Writes a line of result. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** Writes a line for the person at the terminal, which a pipe does not want. */
export function note(line = ''): void {
  process.stderr.write(`${line}\n`)
}

/** Whether stdout shows colours. */
export function inColour(): boolean {
  return process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === ''
}

/** Rows in columns, each as wide as its widest cell but the last. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? []
  return rows.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join('  ').trimEnd()).join('\n')
}
