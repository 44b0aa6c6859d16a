/** The plots of the report on generation. */
import { barX, barY, dot, groupX, lineY, ruleX, ruleY, text } from '@observablehq/plot'
import { page, plot } from '../plot/plot.ts'
import type { GenerationReport } from './generation-report.ts'

/** Files by name. */
export type Figures = Readonly<Record<string, string>>

const SMALL = { width: 340, height: 230, marginLeft: 44, marginBottom: 36 } as const

function difficulty({ axes }: GenerationReport): string {
  return page(axes.map(({ axis, points, rho, policy }) => plot(`${axis}: Spearman ${rho.toFixed(2)}`, {
    ...SMALL, x: { label: policy, labelAnchor: 'center', labelArrow: false, ticks: points.map(({ level }) => level), tickFormat: String }, y: { domain: [0, 1], label: null, grid: true },
    marks: [
      ruleX(points, { x: 'level', y1: (point) => point.interval[0], y2: (point) => point.interval[1], stroke: '#0072b2', strokeWidth: 2 }),
      lineY(points, { x: 'level', y: 'success', stroke: '#0072b2' }), dot(points, { x: 'level', y: 'success', fill: '#0072b2' }), ruleY([0]),
    ],
  })), 3)
}

function diversity({ growth, draws }: GenerationReport): string {
  const last = growth.filter((point) => point.draws === draws)
  return page([plot('Distinct things among so many draws', {
    width: 760, height: 380, marginRight: 200, marginLeft: 56, x: { label: 'draws', labelAnchor: 'center', tickFormat: String }, y: { label: 'distinct', grid: true, tickFormat: String },
    marks: [lineY(growth, { x: 'draws', y: 'distinct', stroke: 'what' }), text(spread(last), { x: 'draws', y: 'at', text: (point) => `${point.what} ${point.distinct}`, fill: 'what', textAnchor: 'start', dx: 8 }), ruleY([0])],
  })])
}

/** Labels that do not cover one another: each at least a twentieth of the height above the one below. */
function spread<P extends { readonly distinct: number }>(points: readonly P[]): (P & { readonly at: number })[] {
  const step = Math.max(...points.map(({ distinct }) => distinct)) / 20
  let floor = Number.NEGATIVE_INFINITY
  return points.toSorted((a, b) => a.distinct - b.distinct).map((point) => {
    floor = Math.max(point.distinct, floor + step)
    return { ...point, at: floor }
  })
}

function teams({ agents, patterns }: GenerationReport): string {
  const names = Object.keys(patterns)
  return page([
    plot('Teams by pattern', { width: 760, height: 250, marginLeft: 150, x: { label: 'draws', grid: true, tickFormat: String }, y: { label: null, domain: names }, marks: [barX(names.map((pattern) => ({ pattern, draws: patterns[pattern]! })), { x: 'draws', y: 'pattern', fill: '#0072b2' })] }),
    plot('Teams of more than one agent, by size', { width: 760, height: 250, marginLeft: 50, x: { label: 'agents', tickFormat: (n: number) => (n % 4 === 0 ? String(n) : ''), domain: Array.from({ length: 63 }, (_, i) => i + 2) }, y: { label: 'draws', grid: true, tickFormat: String }, marks: [barY(agents.filter((team) => team.agents > 1), groupX({ y: 'count' }, { x: 'agents', fill: '#009e73' })), ruleY([0])] }),
  ])
}

function requests({ families, draws }: GenerationReport): string {
  return page([
    plot('Requests by family', { width: 760, height: 260, marginLeft: 90, x: { label: `of ${draws} draws`, grid: true, tickFormat: String }, y: { label: null, domain: families.toSorted((a, b) => b.draws - a.draws).map(({ family }) => family) }, marks: [barX(families, { x: 'draws', y: 'family', fill: '#0072b2' })] }),
    plot('What not doing the task earns, at most, by family (ceiling 0.05)', { width: 760, height: 260, marginLeft: 90, x: { label: 'mean reward', domain: [0, 0.06], grid: true }, y: { label: null, domain: families.map(({ family }) => family) }, marks: [ruleX([0.05], { stroke: '#d55e00' }), dot(families, { x: ({ worst }) => worst.mean, y: 'family', fill: '#0072b2' })] }),
  ])
}

export function figuresOf(report: GenerationReport): Figures {
  return { ...(report.axes.length > 0 && { 'difficulty.svg': difficulty(report) }), 'diversity.svg': diversity(report), 'teams.svg': teams(report), 'requests.svg': requests(report) }
}
