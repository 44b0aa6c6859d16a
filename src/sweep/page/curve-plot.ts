/** Success as disturbances grow: over the intensity of a profile, and from one dynamics to the next. */
import { areaY, axisX, axisY, dot, lineY, ruleY, text } from '@observablehq/plot'
import type { Estimate, SweepReport } from '../../../protocol/sweep-report.ts'
import { plot } from '../../plot/plot.ts'
import { hasInterval } from './figure-text.ts'
import { caption, escapeHtml, type Section } from './html.ts'
import { fitted, plotTitle, widthOf } from './letters.ts'
import { colourOf, PANEL, panels, percentTick, svgFigure } from './svg-figure.ts'

/** Policies up to which their lines share a plot; more would hide each other. */
const MOST_LINES = 6
/** Of the width, what a name may take. */
const MOST_NAME = 116
const MOST_TICK = 96
const WIDE = 560
const HEIGHT = 260
/** Least distance between the labels of two lines, as a share of the axis. */
const LEAST_GAP = 0.062
const GREY = '#d0d0d0'
const TICKS = [0, 0.25, 0.5, 0.75, 1]

type Point = { readonly policy: number; readonly x: number; readonly success: Estimate }

/** What lies on the x axis: all its places from left to right, what each is called, and what it is about. */
type Across = { readonly places: readonly number[]; readonly label: string; readonly write: (place: number) => string }

/** Labels of the ends of lines, none nearer to the one below than can be read. */
function spread(ends: readonly Point[]): { readonly policy: number; readonly at: number }[] {
  const sorted = ends.toSorted((a, b) => a.success.mean - b.success.mean)
  let floor = -Infinity
  const up = sorted.map(({ policy, success }) => ({ policy, at: (floor = Math.max(success.mean, floor + LEAST_GAP)) }))
  let ceiling = 1 + LEAST_GAP
  return up.toReversed().map(({ policy, at }) => ({ policy, at: (ceiling = Math.min(at, ceiling - LEAST_GAP)) }))
}

/** Ticks that leave each other room: every nth, and never two in one place. */
function ticksOf({ places, write }: Across, width: number): readonly number[] {
  const longest = Math.max(...places.map((place) => widthOf(write(place)))) + 8
  const [from, to] = [places[0]!, places.at(-1)!]
  let free = -Infinity
  return places.filter((place) => {
    const at = to === from ? 0 : ((place - from) / (to - from)) * width
    if (at < free) return false
    free = at + longest
    return true
  })
}

type Shown = { readonly title: string; readonly points: readonly Point[]; readonly names: readonly string[]; readonly across: Across; readonly width: number; readonly only?: number }

/** One plot; with `only`, that policy stands out and the others are grey. */
function curvePlot({ title, points, names, across, width, only }: Shown): string {
  const mine = only === undefined ? points : points.filter(({ policy }) => policy === only)
  const labels = names.map((name) => fitted(name, MOST_NAME))
  const marginRight = only === undefined ? 32 + Math.max(...labels.map((name) => widthOf(name))) : 20
  const [marginLeft, last] = [46, across.places.at(-1)!]
  const inner = width - marginLeft - marginRight
  const ends = spread(points.filter(({ x }) => x === last))
  const x = { domain: across.places.length > 1 ? [across.places[0]!, last] : [last - 1, last + 1], label: null, inset: 8 }
  const drawn = plot(plotTitle(title, width), {
    width, height: HEIGHT, marginLeft, marginRight, marginTop: 10, marginBottom: 44, x, y: { domain: [0, 1], label: null }, color: { type: 'identity' },
    marks: [
      ruleY(TICKS, { stroke: '#e4e4e4' }),
      axisX(ticksOf(across, inner), { tickFormat: across.write, label: across.label, labelAnchor: 'center', labelArrow: 'none' }),
      axisY(TICKS, { tickFormat: percentTick, tickSize: 0, label: 'success (%)', labelAnchor: 'center', labelArrow: 'none' }),
      ...(only === undefined ? [] : [lineY(points, { x: 'x', y: ({ success }) => success.mean, z: 'policy', stroke: GREY, strokeWidth: 1 })]),
      areaY(mine.filter(({ success }) => hasInterval(success)), { x: 'x', y1: ({ success }) => success.low, y2: ({ success }) => success.high, z: 'policy', fill: ({ policy }) => colourOf(policy), fillOpacity: 0.14 }),
      lineY(mine, { x: 'x', y: ({ success }) => success.mean, z: 'policy', stroke: ({ policy }) => colourOf(policy), strokeWidth: 2 }),
      dot(mine, { x: 'x', y: ({ success }) => success.mean, fill: ({ policy }) => colourOf(policy), r: 3.5 }),
      ...(only === undefined ? [dot(ends, { x: () => last, y: 'at', fill: ({ policy }) => colourOf(policy), symbol: 'square', r: 4, dx: 16 }), text(ends, { x: () => last, y: 'at', text: ({ policy }) => labels[policy]!, textAnchor: 'start', dx: 24 })] : []),
    ],
  })
  return svgFigure(drawn, title)
}

/** All policies in one plot, or one for each where they are many. */
function curves(title: string, points: readonly Point[], names: readonly string[], across: Across): string[] {
  const played = points.filter(({ success }) => success.n > 0)
  if (!played.length || across.places.length < 2) return []
  if (names.length <= MOST_LINES) return [curvePlot({ title, points: played, names, across, width: WIDE })]
  return names.map((name, only) => curvePlot({ title: name, points: played, names, across, width: PANEL, only }))
}

/** Success over the intensities of each profile that has several, then over all dynamics where they are more than those. */
export function curveSection({ policies, dynamics, breakdowns, curves: given }: SweepReport): Section | undefined {
  const names = policies.map(({ policy }) => policy)
  const parts: string[] = []
  const add = (title: string, about: string, figures: readonly string[]): void => {
    if (figures.length) parts.push(caption(title, about), panels(figures))
  }
  const apart = names.length > MOST_LINES ? ' One policy to a plot, the others in grey.' : ''
  for (const profile of new Set(given.map((curve) => curve.profile))) {
    const own = given.filter((curve) => curve.profile === profile)
    const points = own.flatMap(({ policy, points: each }) => each.map(({ intensity, success }) => ({ policy: names.indexOf(policy), x: intensity, success })))
    const places = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b)
    add(`Who holds out as ${escapeHtml(profile)} grows stronger`, `Success over the intensity of the profile, with 95% bands. A line that stays high and flat is robust.${apart}`,
      curves(`Success over the intensity of ${profile}`, points, names, { places, label: `intensity of ${fitted(profile, 180)} (0 to 1)`, write: String }))
  }
  const inCurves = new Set(given.flatMap(({ profile, points }) => points.map(({ intensity }) => (intensity === 1 ? profile : `${profile}@${intensity}`))))
  if (dynamics.some((label) => !inCurves.has(label))) {
    const cells = breakdowns.find(({ by }) => by === 'dynamics')?.cells ?? []
    const points = cells.map(({ policy, key, success }) => ({ policy: names.indexOf(policy), x: dynamics.indexOf(key), success })).toSorted((a, b) => a.policy - b.policy || a.x - b.x)
    const labels = dynamics.map((label) => fitted(label, names.length > MOST_LINES ? MOST_TICK / 2 : MOST_TICK))
    add('Who holds out from one dynamics to the next', `Success under each dynamics, in the order of the specification, with 95% bands; lines only lead the eye.${apart}`,
      curves('Success from dynamics to dynamics', points, names, { places: dynamics.map((_, i) => i), label: 'dynamics', write: (i) => labels[i]! }))
  }
  return parts.length ? { id: 'robustness', title: 'Robustness', html: parts.join('\n') } : undefined
}
