/** Success by policy and dynamics: dots with their intervals, a panel for each dynamics. */
import { axisX, axisY, dot, link, ruleX, text } from '@observablehq/plot'
import type { Estimate, SweepReport } from '../../../protocol/sweep-report.ts'
import { plot } from '../../plot/plot.ts'
import { hasInterval, percent } from './figure-text.ts'
import { caption, type Section } from './html.ts'
import { fitted, plotTitle, widthOf } from './letters.ts'
import { colourOf, PANEL, panels, percentTick, svgFigure } from './svg-figure.ts'

const ROW = 20
/** Of the width, what names may take. */
const MOST_NAME = 116
/** Room for the figure behind each interval. */
const FIGURE = 54

type Row = { readonly policy: number; readonly success: Estimate }

/** One panel: a row for each policy, though some may have nothing in it. */
function panel(title: string, names: readonly string[], rows: readonly Row[]): string {
  const labels = names.map((name) => fitted(name, MOST_NAME))
  const marginLeft = 14 + Math.max(24, ...labels.map((name) => widthOf(name)))
  const known = rows.filter(({ success }) => success.n > 0)
  const drawn = plot(plotTitle(title, PANEL), {
    width: PANEL, height: names.length * ROW + 46, marginLeft, marginRight: FIGURE, marginTop: 4, marginBottom: 40,
    x: { domain: [0, 1], label: null }, y: { type: 'band', domain: names.map((_, i) => i), label: null },
    color: { type: 'identity' },
    marks: [
      ruleX([0, 0.25, 0.5, 0.75, 1], { stroke: '#dddddd' }),
      axisX([0, 0.25, 0.5, 0.75, 1], { tickFormat: percentTick, tickSize: 0, label: 'success (%), with 95% interval', labelAnchor: 'center', labelArrow: 'none' }),
      axisY({ tickFormat: (i: number) => labels[i]!, tickSize: 0 }),
      link(known.filter(({ success }) => hasInterval(success)), { x1: ({ success }) => success.low, x2: ({ success }) => success.high, y: 'policy', stroke: ({ policy }) => colourOf(policy), strokeWidth: 2 }),
      dot(known, { x: ({ success }) => success.mean, y: 'policy', fill: ({ policy }) => colourOf(policy), r: 4 }),
      text(names.map((_, i) => i), { frameAnchor: 'right', dx: FIGURE, textAnchor: 'end', y: (i) => i, text: (i: number) => { const own = known.find(({ policy }) => policy === i); return own ? percent(own.success.mean) : 'none' } }),
    ],
  })
  return svgFigure(drawn, `Success of each policy with its 95% interval: ${title}`)
}

/** Success over everything, and under each dynamics where there are several. */
export function intervalSection({ policies, dynamics, breakdowns }: SweepReport): Section | undefined {
  if (!policies.some(({ episodes }) => episodes)) return undefined
  const names = policies.map(({ policy }) => policy)
  const cells = breakdowns.find(({ by }) => by === 'dynamics')?.cells ?? []
  const all = panel(dynamics.length > 1 ? 'All dynamics' : `Dynamics: ${dynamics[0] ?? ''}`, names, policies.map(({ success }, policy) => ({ policy, success })))
  const each = dynamics.length > 1 ? dynamics.map((label) => panel(label, names, cells.filter(({ key }) => key === label).map(({ policy, success }) => ({ policy: names.indexOf(policy), success })))) : []
  return { id: 'success', title: 'Success', html: caption(dynamics.length > 1 ? 'Who succeeds how often, under which dynamics' : 'Who succeeds how often', `A dot is the mean over all episodes.${names.length > 1 ? ' Where two intervals lie apart, the policies differ; as all play the same tasks, the paired differences below tell more.' : ''}`) + panels([all, ...each]) }
}
