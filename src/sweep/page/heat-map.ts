/** Success as a table of colours with the figure in each cell. */
import type { Cell, SweepReport } from '../../../protocol/sweep-report.ts'
import { clipped, countOf, hasInterval, NOTHING, percent, shortPercent } from './figure-text.ts'
import { caption, escapeHtml, plain, type Section, type TableCell, table } from './html.ts'

/** From none to all: one hue that only gets darker, which any colour vision and any printer keeps in order. */
const RAMP = [[247, 251, 255], [222, 235, 247], [198, 219, 239], [158, 202, 225], [107, 174, 214], [66, 146, 198], [33, 113, 181], [8, 81, 156], [8, 48, 107]] as const
/** Columns up to which there is room for intervals. */
const MOST_WITH_INTERVALS = 7
/** Letters of names above and beside the cells. */
const MOST_UPRIGHT = 26
const MOST_BESIDE = 40
/** From this share on white letters are read more easily than black ones. */
const DARK = 0.68

function rgb(share: number): string {
  const at = Math.min(1, Math.max(0, share)) * (RAMP.length - 1)
  const low = Math.min(RAMP.length - 2, Math.floor(at))
  return `rgb(${RAMP[low]!.map((from, i) => Math.round(from + (RAMP[low + 1]![i]! - from) * (at - low))).join(',')})`
}

/** The scale, from 0 to 100%. */
export function heatScale(): string {
  return `<p class="ramp">0% <i style="background:linear-gradient(to right,${RAMP.map((_, i) => rgb(i / (RAMP.length - 1))).join(',')})"></i> 100% success</p>`
}

function heatCell(cell: Cell | undefined, about: string, withInterval: boolean): TableCell {
  if (!cell || cell.success.n === 0) return { html: NOTHING, kind: 'none' }
  const { success } = cell
  const interval = hasInterval(success) ? `, 95% interval ${percent(success.low)} to ${percent(success.high)}` : ''
  const beside = withInterval ? ` <small>${hasInterval(success) ? `${shortPercent(success.low)}–${shortPercent(success.high)}` : 'no interval'}</small>` : ''
  return { html: `${shortPercent(success.mean)}${beside}`, style: `background:${rgb(success.mean)};color:${success.mean >= DARK ? '#fff' : '#1a1a1a'}`, title: `${about}: ${percent(success.mean)}${interval}, ${countOf(success.n, 'episode')}, ${countOf(success.clusters, 'task')}` }
}

/** Rows by columns; which of the two the policies are is the caller's choice. */
export function heatTable(cells: readonly Cell[], keys: readonly string[], policies: readonly string[], { corner, byKey }: { readonly corner: string; readonly byKey: boolean }): string {
  const [rows, columns] = byKey ? [keys, policies] : [policies, keys]
  const found = new Map(cells.map((cell) => [JSON.stringify([cell.policy, cell.key]), cell]))
  const cellOf = (policy: string, key: string): TableCell => heatCell(found.get(JSON.stringify([policy, key])), `${policy}, ${key}`, columns.length <= MOST_WITH_INTERVALS)
  const isDense = columns.length > MOST_WITH_INTERVALS
  return table([{ title: corner }, ...columns.map((title) => (isDense ? { title: escapeHtml(clipped(plain(title), MOST_UPRIGHT)), kind: 'upright' as const, about: title } : { title: escapeHtml(title) }))],
    rows.map((row) => [{ html: escapeHtml(clipped(plain(row), MOST_BESIDE)), title: row }, ...columns.map((column) => (byKey ? cellOf(column, row) : cellOf(row, column)))]), { kind: 'heat' })
}

/** Keys from where policies succeed least to where they succeed most. */
function byDifficulty(keys: readonly string[], cells: readonly Cell[]): string[] {
  const mean = new Map(keys.map((key) => {
    const own = cells.filter((cell) => cell.key === key)
    return [key, own.reduce((sum, { success }) => sum + success.mean, 0) / Math.max(1, own.length)]
  }))
  return keys.toSorted((a, b) => mean.get(a)! - mean.get(b)!)
}

/** The section on scenarios. */
export function scenarioSection({ breakdowns, policies }: SweepReport): Section | undefined {
  const own = breakdowns.find(({ by }) => by === 'scenario')
  if (!own) return undefined
  return { id: 'scenarios', title: 'Scenarios', html: caption('Which scenarios are hard, and for whom', 'Success in per cent, the hardest first by the mean over policies; small, and when a cell is pointed at, the 95% interval. A scenario has few tasks, so mind it.') + heatScale() + heatTable(own.cells, byDifficulty(own.keys, own.cells), policies.map(({ policy }) => policy), { corner: 'Scenario', byKey: true }) }
}
