/** Episodes of one seed on the virtual clock: a row for each call, one below the other. */
import { type Axis, linearAxis } from '../axis.ts'
import { writeCount, writeShare, writeTime } from '../figure.ts'
import { wrapWords } from '../text-table.ts'
import type { Outcome, Span, Timeline } from '../timeline.ts'
import { endingOf, spanNote } from '../timeline-text.ts'
import type { Trial } from '../trial-survey.ts'
import { type Drawing, element, fitting, label, lettersIn, moved, widthOf } from './element.ts'
import { BODY, PALETTE } from './palette.ts'
import { BELOW_GRID, diamond, legend, type LegendEntry, swatch, timeGrid, triangle } from './scale.ts'

const NAME = 250
const CLOCK = 64
const ROW = 17
const BAR = 11
const LINE = 17
/** Rows of one episode that are drawn. */
const MOST_ROWS = 80
/** Room behind the last bar for what went wrong. */
const NOTES = 250

const LOOKS: Readonly<Record<Outcome, { readonly fill: string; readonly about: string }>> = {
  ok: { fill: PALETTE.blue, about: 'answered' },
  error: { fill: PALETTE.red, about: 'the agent sees an error' },
  silent: { fill: PALETTE.pink, about: 'a fault, and it sees none' },
  wait: { fill: PALETTE.grey, about: 'waiting' },
  said: { fill: PALETTE.green, about: 'the user answers' },
}

/** Timelines below each other, on one axis. */
export function timelinePanel(timelines: readonly Timeline[], trials: readonly Trial[], width: number): Drawing {
  const plot = width - NAME - NOTES
  const axis = linearAxis(Math.max(1, ...timelines.flatMap(({ ends, spans }) => [ends, ...spans.map(({ until }) => until)])), Math.floor(plot / 70))
  const [first] = timelines
  const about = first ? wrapWords(first.instruction, lettersIn(width, BODY)) : []
  const head = [
    label(0, 14, first ? `Seed ${first.seed}: task ${first.task}` : 'No episode', { class: 'head' }),
    ...about.map((line, i) => label(0, 36 + i * LINE, line, { class: 'faint' })),
  ]
  const key = legend(marks(timelines), width)
  let y = 36 + about.length * LINE + 4
  const parts = [...head, moved(0, y, key.svg)]
  y += key.height + 12
  for (const timeline of timelines) {
    const lane = laneOf(timeline, trials.find(({ policy }) => policy === timeline.policy), axis, plot)
    parts.push(moved(0, y, lane.svg))
    y += lane.height
  }
  return { width, height: y, svg: parts.join('') }
}

function marks(timelines: readonly Timeline[]): LegendEntry[] {
  const spans = timelines.flatMap((timeline) => timeline.spans)
  const bars = (Object.keys(LOOKS) as Outcome[]).filter((outcome) => spans.some((span) => span.outcome === outcome)).map((outcome) => ({ mark: swatch(LOOKS[outcome].fill), text: LOOKS[outcome].about }))
  return [
    ...bars,
    ...(spans.some(({ committed }) => committed) ? [{ mark: triangle(7, 0, 4, PALETTE.orange), text: 'it happened all the same' }] : []),
    ...(spans.some(({ later }) => later.length) ? [{ mark: diamond(7, 0, 4, PALETTE.orange), text: 'it takes effect later, or once more' }] : []),
    ...(timelines.some(({ happenings }) => happenings.length) ? [{ mark: element('circle', { cx: 7, cy: 0, r: 4, fill: PALETTE.orange, stroke: PALETTE.ink }), text: 'somebody else changes something' }] : []),
  ]
}

function laneOf(timeline: Timeline, trial: Trial | undefined, axis: Axis, plot: number): Drawing {
  const { policy, spans, happenings, success } = timeline
  const rows = [
    ...spans.map((span) => ({ at: span.at, draw: (y: number) => spanRow(span, axis, plot, y) })),
    ...happenings.map(({ at, entry, rows: changed }) => ({ at, draw: (y: number) => rowLabels(at, entry, y) + element('circle', { cx: axis.place(at) * plot, cy: y + ROW / 2, r: 4, fill: PALETTE.orange, stroke: PALETTE.ink }) + label(axis.place(at) * plot + 10, y + ROW / 2 + 4, `another actor changes ${changed ? writeCount(changed, 'row') : 'nothing'}`, { class: 'faint' }) })),
  ].sort((a, b) => a.at - b.at)
  const drawn = rows.slice(0, MOST_ROWS)
  const height = Math.max(1, drawn.length) * ROW
  const more = rows.length - drawn.length
  const over = trial && `; over ${trial.episodes} episodes ${writeShare(trial.successes / Math.max(1, trial.episodes))} succeed, with ${(trial.calls / Math.max(1, trial.episodes)).toFixed(1)} calls in ${writeTime(trial.ms)} on average`
  return {
    width: NAME + plot + NOTES,
    height: 24 + height + BELOW_GRID + 16,
    svg: element('g', { 'data-policy': policy },
      element('text', { x: 0, y: 14 }, element('tspan', { 'font-weight': 'bold' }, policy), element('tspan', { fill: success ? PALETTE.green : PALETTE.red }, ` ${endingOf(timeline)}`), element('tspan', { class: 'faint' }, `${more > 0 ? ` (${more} rows are not shown)` : ''}${over ?? ''}`)),
      moved(NAME, 24, timeGrid(axis, plot, height, 'virtual time since the start'), ...drawn.map(({ draw }, i) => draw(i * ROW)))),
  }
}

function rowLabels(at: number, name: string, y: number): string {
  const base = y + ROW / 2 + 4
  return label(CLOCK - NAME - 8, base, writeTime(at), { class: 'faint end' }) + label(-10, base, fitting(name, NAME - CLOCK - 12, BODY), { class: 'end' })
}

/** A bar; what is to be said of it stands behind it, or before it where there is more room. */
function spanRow(span: Span, axis: Axis, plot: number, y: number): string {
  const at = (ms: number): number => axis.place(ms) * plot
  const [x, end, middle] = [at(span.at), at(span.until), y + ROW / 2]
  const marksOf = [...(span.committed ? [triangle(x + 5, middle, 4, PALETTE.orange)] : []), ...span.later.map((later) => diamond(at(later.at), middle, 4, PALETTE.orange))]
  const last = Math.max(x + 2, end, ...span.later.map((later) => at(later.at) + 5))
  const note = spanNote(span)
  const isBefore = widthOf(note, BODY) > plot + NOTES - last && x > plot + NOTES - last
  const text = isBefore ? label(x - 6, middle + 4, fitting(note, x - 12, BODY), { class: 'end' }) : label(last + 6, middle + 4, fitting(note, plot + NOTES - last - 12, BODY))
  return element('g', { 'data-call': span.name },
    rowLabels(span.at, span.name, y),
    element('rect', { x, y: middle - BAR / 2, width: Math.max(2, end - x), height: BAR, fill: LOOKS[span.outcome].fill }),
    ...marksOf, note ? text : '')
}
