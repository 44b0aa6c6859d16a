/** The latencies of all tools as boxes on one axis. */
import { percentile } from '../../statistics/percentile.ts'
import { type Axis, spreadAxis } from '../axis.ts'
import type { LatencySurvey, ToolLatency } from '../latency-survey.ts'
import { type Drawing, element, fitting, label, moved } from './element.ts'
import { BODY, PALETTE } from './palette.ts'
import { BELOW_GRID, diamond, legend, type LegendEntry, swatch, timeGrid } from './scale.ts'

const NAME = 204
const ROW = 18
const BOX = 10
const RIGHT = 24

const fillOf = (effect: 'read' | 'write'): string => (effect === 'read' ? PALETTE.sky : PALETTE.orange)

function boxOf({ tool, effect, p50, p90, p99, mean, draws }: ToolLatency, axis: Axis, plot: number, y: number): string {
  const at = (ms: number): number => axis.place(ms) * plot
  const middle = y + ROW / 2
  const [low, left, right] = [at(percentile(draws, 0.01)), at(percentile(draws, 0.25)), at(percentile(draws, 0.75))]
  const tick = (ms: number, half: number, width = 1): string => element('line', { x1: at(ms), x2: at(ms), y1: middle - half, y2: middle + half, stroke: PALETTE.ink, 'stroke-width': width })
  return element('g', { 'data-tool': tool },
    label(-10, middle + 4, fitting(tool, NAME - 12, BODY), { class: 'end' }),
    element('line', { x1: low, x2: at(p99), y1: middle, y2: middle, stroke: PALETTE.ink }),
    element('rect', { x: left, y: middle - BOX / 2, width: Math.max(1, right - left), height: BOX, fill: fillOf(effect), stroke: PALETTE.ink }),
    tick(p50, BOX / 2, 2.5), tick(p90, BOX / 2), tick(p99, 3),
    diamond(at(mean), middle, 3.5, PALETTE.paper),
  )
}

function marks(): LegendEntry[] {
  const line = (x: number, half: number, width = 1): string => element('line', { x1: x, x2: x, y1: -half, y2: half, stroke: PALETTE.ink, 'stroke-width': width })
  const whisker = element('line', { x1: 0, x2: 14, y1: 0, y2: 0, stroke: PALETTE.ink })
  return [
    { mark: swatch(fillOf('read'), PALETTE.ink), text: 'reads, middle half' },
    { mark: swatch(fillOf('write'), PALETTE.ink), text: 'writes' },
    { mark: line(7, 5, 2.5), text: 'p50' },
    { mark: whisker + line(7, 5), text: 'p90' },
    { mark: whisker + line(0, 3) + line(14, 3), text: 'p1 to p99' },
    { mark: diamond(7, 0, 3.5, PALETTE.paper), text: 'mean' },
  ]
}

/** A box for each tool; where no call takes time, a sentence. */
export function latencyPanel({ tools, draws }: LatencySurvey, width: number): Drawing {
  const head = label(0, 14, 'Latency of each tool', { class: 'head' })
  const most = Math.max(0, ...tools.map(({ p99, mean }) => Math.max(p99, mean)))
  if (most === 0) return { width, height: 50, svg: head + label(0, 38, 'No call takes any time.') }
  const plot = width - NAME - RIGHT
  const axis = spreadAxis(Math.min(...tools.map(({ draws: all }) => percentile(all, 0.01))), most, Math.floor(plot / 36))
  const key = legend(marks(), width)
  const top = 34 + key.height + 8
  const height = tools.length * ROW
  const about = `time until the answer${axis.isLog ? ' (log scale)' : ''}, ${draws} calls of each tool`
  return {
    width,
    height: top + height + BELOW_GRID,
    svg: head + moved(0, 36, key.svg) + moved(NAME, top, timeGrid(axis, plot, height, about), ...tools.map((tool, i) => boxOf(tool, axis, plot, i * ROW))),
  }
}
