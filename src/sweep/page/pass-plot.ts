/** What repeats of a task come to: the chance that any of k succeeds, and that all of them do. */
import { axisX, axisY, dot, lineY, ruleY } from '@observablehq/plot'
import type { PolicyFigures, SweepReport } from '../../../protocol/sweep-report.ts'
import { plot } from '../../plot/plot.ts'
import { caption } from './html.ts'
import { plotTitle } from './letters.ts'
import { PANEL, panels, percentTick, svgFigure } from './svg-figure.ts'

const ANY = '#0072b2'
const ALL = '#d55e00'
const TICKS = [0, 0.25, 0.5, 0.75, 1]
const MOST_TICKS = 10

function passPlot({ policy, pass_at }: PolicyFigures, most: number): string {
  const step = Math.max(1, Math.ceil(most / MOST_TICKS))
  const drawn = plot(plotTitle(policy, PANEL), {
    width: PANEL, height: 190, marginLeft: 46, marginRight: 16, marginTop: 10, marginBottom: 42, x: { domain: [1, most], label: null }, y: { domain: [0, 1], label: null },
    marks: [
      ruleY(TICKS, { stroke: '#e4e4e4' }),
      axisX(Array.from({ length: Math.floor((most - 1) / step) + 1 }, (_, i) => 1 + i * step), { tickFormat: String, label: 'k (repeats)', labelAnchor: 'center', labelArrow: 'none' }),
      axisY(TICKS, { tickFormat: percentTick, tickSize: 0, label: 'tasks (%)', labelAnchor: 'center', labelArrow: 'none' }),
      lineY(pass_at, { x: 'k', y: 'any', stroke: ANY, strokeWidth: 2 }), dot(pass_at, { x: 'k', y: 'any', fill: ANY, r: 3 }),
      lineY(pass_at, { x: 'k', y: 'all', stroke: ALL, strokeWidth: 2 }), dot(pass_at, { x: 'k', y: 'all', fill: ALL, r: 3, symbol: 'square' }),
    ],
  })
  return svgFigure(drawn, `pass@k and pass^k of ${policy}`)
}

/** A plot for each policy; nothing where there are not three repeats to make a line of. */
export function passPlots({ policies }: SweepReport): string {
  const repeated = policies.filter(({ pass_at }) => pass_at.length > 2)
  const most = Math.max(...repeated.flatMap(({ pass_at }) => pass_at.map(({ k }) => k)))
  if (!repeated.length) return ''
  return [
    caption('What repeats are worth', 'The further the two lines part, the more a policy depends on luck.'),
    `<p class="legend"><span><i style="background:${ANY}"></i>pass@k: any of k repeats succeeds</span> <span><i style="background:${ALL}"></i>pass^k: all of them do</span></p>`,
    panels(repeated.map((each) => passPlot(each, most))),
  ].join('\n')
}
