/** Where success comes from: by difficulty, tag, split and fault, each part of which opens. */
import type { Breakdown, SweepReport } from '../../../protocol/sweep-report.ts'
import { axisX, axisY, dot, lineY, ruleX, ruleY } from '@observablehq/plot'
import { plot } from '../../plot/plot.ts'
import { hasInterval } from './figure-text.ts'
import { heatScale, heatTable } from './heat-map.ts'
import { caption, escapeHtml, fold, type Section } from './html.ts'
import { fitted, plotTitle } from './letters.ts'
import { colourOf, PANEL, panels, percentTick, svgFigure } from './svg-figure.ts'

/** They have sections of their own. */
const ELSEWHERE = new Set(['scenario', 'dynamics'])
const AXIS = 'difficulty.'
const TICKS = [0, 0.25, 0.5, 0.75, 1]
/** Keys in columns up to which the table is wider than long. */
const MOST_COLUMNS = 9

const TITLES: Readonly<Record<string, readonly [title: string, about: string]>> = {
  split: ['Split', 'Success on seeds of each split.'],
  tag: ['Tags', 'Success on tasks that have a tag; a task may have several.'],
  fault: ['Faults', 'Success in episodes that a kind of fault struck; an episode may meet several. Policies that do more meet more, so these episodes differ between policies.'],
}

/** A plot for each policy over the levels of one axis. */
function levelPlots({ keys, cells, by }: Breakdown, names: readonly string[]): string {
  const axis = by.slice(AXIS.length)
  const shown = keys.map((key) => fitted(key, (PANEL - 70) / keys.length - 6))
  return panels(names.map((name, policy) => {
    const own = cells.filter((cell) => cell.policy === name).map(({ key, success }) => ({ x: keys.indexOf(key), success })).toSorted((a, b) => a.x - b.x)
    const colour = colourOf(policy)
    const drawn = plot(plotTitle(name, PANEL), {
      width: PANEL, height: 170, marginLeft: 46, marginRight: 12, marginTop: 10, marginBottom: 42, x: { type: 'point', domain: keys.map((_, i) => i), label: null }, y: { domain: [0, 1], label: null },
      marks: [
        ruleY(TICKS, { stroke: '#e4e4e4' }),
        axisX({ tickFormat: (i: number) => shown[i]!, tickSize: 0, label: fitted(axis, 180), labelAnchor: 'center', labelArrow: 'none' }),
        axisY(TICKS, { tickFormat: percentTick, tickSize: 0, label: 'success (%)', labelAnchor: 'center', labelArrow: 'none' }),
        ruleX(own.filter(({ success }) => hasInterval(success)), { x: 'x', y1: ({ success }) => success.low, y2: ({ success }) => success.high, stroke: colour, strokeWidth: 2 }),
        lineY(own, { x: 'x', y: ({ success }) => success.mean, stroke: colour, strokeOpacity: 0.5 }), dot(own, { x: 'x', y: ({ success }) => success.mean, fill: colour, r: 4 }),
      ],
    })
    return svgFigure(drawn, `Success of ${name} over ${axis}, with 95% intervals`)
  }))
}

function part(breakdown: Breakdown, names: readonly string[], isOpen: boolean): string {
  const { by, keys, cells } = breakdown
  const isAxis = by.startsWith(AXIS)
  const [title, about] = isAxis ? [`Difficulty: ${by.slice(AXIS.length)}`, 'Success over the levels of this axis, with 95% intervals; the table has the same figures in per cent.'] : TITLES[by] ?? [by, 'Success in each part.']
  const byKey = keys.length > MOST_COLUMNS
  return fold(`${escapeHtml(title)} <span>${keys.length} ${isAxis ? 'levels' : 'parts'}</span>`, `<p class="about">${about}</p>${isAxis ? levelPlots(breakdown, names) : ''}${heatTable(cells, keys, names, { corner: byKey ? escapeHtml(isAxis ? by.slice(AXIS.length) : by) : 'Policy', byKey })}`, isOpen)
}

/** The section on parts of what was played. */
export function breakdownSection({ breakdowns, policies }: SweepReport): Section | undefined {
  const own = breakdowns.filter(({ by }) => !ELSEWHERE.has(by))
  if (!own.length) return undefined
  const names = policies.map(({ policy }) => policy)
  // Open from the start: what most was played of, to show what there is.
  const played = own.map(({ cells }) => cells.reduce((sum, { success }) => sum + success.n, 0))
  const widest = played.indexOf(Math.max(...played))
  return { id: 'breakdowns', title: 'Breakdowns', html: [caption('What makes tasks hard', 'Success in per cent by what tasks are like and what struck them. A difference between parts is no proof of a cause: parts hold different tasks.'), heatScale(), ...own.map((breakdown, i) => part(breakdown, names, i === widest))].join('\n') }
}
