/** Paired differences: a row for each comparison, its interval beside a line at zero. */
import type { Difference, SweepReport } from '../../../protocol/sweep-report.ts'
import { element, label } from '../../survey/svg/element.ts'
import { clipped, hasInterval, points, SIGNIFICANT, writeP, writeWhole } from './figure-text.ts'
import { caption, type Column, escapeHtml, fold, plain, type Section, table } from './html.ts'

const WIDTH = 320
const HEIGHT = 24
const AXIS = 40
const EDGE = 16
/** Rows of one list that are open from the start. */
const MOST_OPEN = 60
const MOST_LETTERS = 28
/** Steps of the axis, in points. */
const STEPS = [1, 2, 5, 10, 20, 25, 50] as const
const INK = '#1a1a1a'
const CLEAR = '#0072b2'
const UNCLEAR = '#595959'

/** From where to where in points, and the step between ticks. */
type Scale = { readonly from: number; readonly to: number; readonly step: number }

function scaleOf(differences: readonly Difference[]): Scale {
  const ends = differences.flatMap(({ difference }) => (hasInterval(difference) ? [difference.low, difference.high] : [difference.mean])).map((end) => end * 100)
  const [least, most] = [Math.min(0, ...ends), Math.max(0, ...ends)]
  const step = STEPS.find((one) => (most - least) / one <= 7) ?? 50
  const [from, to] = [Math.floor(least / step) * step, Math.ceil(most / step) * step]
  return from === to ? { from: -step, to: step, step } : { from, to, step }
}

function placeOf({ from, to }: Scale): (share: number) => number {
  return (share) => EDGE + ((share * 100 - from) / (to - from)) * (WIDTH - 2 * EDGE)
}

function ticksOf({ from, to, step }: Scale): number[] {
  return Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step)
}

function svg(height: number, about: string, ...inside: readonly string[]): string {
  return element('svg', { role: 'img', 'aria-label': plain(about), viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height, 'font-size': 11, 'font-family': 'DejaVu Sans, Verdana, Segoe UI, Arial, sans-serif', fill: INK }, ...inside)
}

function rowPlot({ difference, p_holm }: Difference, scale: Scale, about: string): string {
  const at = placeOf(scale)
  const colour = p_holm < SIGNIFICANT ? CLEAR : UNCLEAR
  const middle = HEIGHT / 2
  return svg(HEIGHT, about,
    ...ticksOf(scale).map((tick) => element('line', { x1: at(tick / 100), x2: at(tick / 100), y1: 0, y2: HEIGHT, stroke: tick === 0 ? INK : '#e4e4e4' })),
    ...(hasInterval(difference) ? [element('line', { x1: at(difference.low), x2: at(difference.high), y1: middle, y2: middle, stroke: colour, 'stroke-width': 2 })] : []),
    element('circle', { cx: at(difference.mean), cy: middle, r: 4.5, fill: p_holm < SIGNIFICANT ? colour : '#ffffff', stroke: colour, 'stroke-width': 2 }))
}

function axisPlot(scale: Scale, metric: string): string {
  const at = placeOf(scale)
  return svg(AXIS, 'Scale of the differences',
    ...ticksOf(scale).map((tick) => element('line', { x1: at(tick / 100), x2: at(tick / 100), y1: 0, y2: 4, stroke: INK }) + label(at(tick / 100), 16, points(tick / 100).replace('.0', ''), { 'text-anchor': 'middle' })),
    label(WIDTH / 2, 34, `worse ← difference of ${metric} (points) → better`, { 'text-anchor': 'middle' }))
}

/** Rows of one list: what is compared, in cells of HTML, and the difference. */
type Row = { readonly cells: readonly string[]; readonly about: string; readonly difference: Difference }

function forest(heads: readonly Column[], rows: readonly Row[], metric: string): string {
  const scale = scaleOf(rows.map(({ difference }) => difference))
  const columns: Column[] = [...heads, { title: `Difference of ${metric}`, kind: 'plot' }, { title: 'Points', kind: 'number', about: 'Mean of the paired differences, in hundredths.' }, { title: '95% interval', kind: 'number' }, { title: 'Better', kind: 'number', about: 'Pairs of episodes in which it did better.' }, { title: 'Worse', kind: 'number' }, { title: 'Pairs', kind: 'number' }, { title: 'p', kind: 'number', about: 'Corrected by Holm.' }, { title: 'p alone', kind: 'number', about: 'Not corrected.' }]
  const foot = `<tr><td colspan="${heads.length}"></td><td class="plot">${axisPlot(scale, metric)}</td><td colspan="7"></td></tr>`
  return table(columns, rows.map(({ cells, about, difference: own }) => {
    const { difference, better, worse, p, p_holm } = own
    return [...cells, rowPlot(own, scale, about), points(difference.mean), hasInterval(difference) ? `${points(difference.low)} to ${points(difference.high)}` : 'none', writeWhole(better), writeWhole(worse), writeWhole(difference.n), p_holm < SIGNIFICANT ? `<b>${writeP(p_holm)}</b>` : writeP(p_holm), writeP(p)]
  }), { kind: 'forest', foot })
}

function name(text: string): string {
  return `<span title="${escapeHtml(text)}">${escapeHtml(clipped(plain(text), MOST_LETTERS))}</span>`
}

function between(comparisons: readonly Difference[], metric: Difference['metric']): string {
  const rows = comparisons.filter((each) => each.metric === metric).map((difference) => ({ cells: [name(difference.b), name(difference.a)], about: `${difference.b} against ${difference.a}`, difference }))
  return rows.length ? forest([{ title: 'Policy' }, { title: 'Against' }], rows, metric) : ''
}

function folded(html: string, rows: number, summary: string): string {
  return rows > MOST_OPEN ? fold(`${summary} <span>${rows} comparisons</span>`, html) : html
}

/** Policies against each other, and each dynamics against the first. */
export function differenceSection({ comparisons, against_first, dynamics }: SweepReport): Section | undefined {
  const parts: string[] = []
  const success = between(comparisons, 'success')
  const reward = between(comparisons, 'reward')
  if (success) {
    parts.push(caption('Which policy is better where both played the same', 'Mean difference of success over pairs of episodes with the same task, dynamics and luck. Right of the line: the policy in the first column does better. Filled: a corrected p below 0.05.'))
    parts.push(folded(success, comparisons.length / 2, 'Differences of success'))
  }
  if (reward) parts.push(fold('The same for reward', reward))
  if (against_first.length) {
    const rows = against_first.map(({ policy, difference }) => ({ cells: [name(policy), name(difference.b)], about: `${policy} under ${difference.b} against ${difference.a}`, difference }))
    parts.push(caption(`What the dynamics cost, against ${escapeHtml(dynamics[0] ?? 'the first')}`, 'Mean difference of success over pairs of episodes with the same policy, task and luck. Left of the line: the dynamics make it worse.'))
    parts.push(folded(forest([{ title: 'Policy' }, { title: 'Dynamics' }], rows, 'success'), rows.length, 'Differences of success'))
  }
  return parts.length ? { id: 'differences', title: 'Paired differences', html: parts.join('\n') } : undefined
}
