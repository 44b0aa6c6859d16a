/** Chosen episodes on their virtual clocks: a row for each call, or for a run of the same. */
import type { EpisodeLine, SweepReport } from '../../../protocol/sweep-report.ts'
import { writeTime } from '../../survey/figure.ts'
import { diamond, swatch, triangle } from '../../survey/svg/scale.ts'
import { element, label, moved } from '../../survey/svg/element.ts'
import { PALETTE } from '../../survey/svg/palette.ts'
import { type ClockAxis, clockAxis, writeClock } from './clock-axis.ts'
import { countOf } from './figure-text.ts'
import { caption, escapeHtml, fold, plain, type Section } from './html.ts'
import { fitted, widthOf } from './letters.ts'

type Span = EpisodeLine['spans'][number]
/** Calls that follow each other and say the same, drawn in one row. */
type Run = readonly Span[]

const WIDTH = 1100
const NAME = 376
/** Of that, what names may take. */
const MOST_NAME = 180
const CLOCK = 78
/** Room behind the axis for what is said of the last calls. */
const NOTES = 194
const PLOT = WIDTH - NAME - NOTES
const ROW = 18
const BAR = 11
const AXIS = 40
const LETTERS = 11
/** What bold letters are as wide as. */
const BOLD = 12
/** Keeps lines behind letters from touching them. */
const HALO = { stroke: PALETTE.paper, 'stroke-width': 3, 'paint-order': 'stroke' } as const
/** Cut stretches that take less of the axis have no lines at their ends: many of those hide what lies between. */
const LEAST_EDGED = 0.03
const HOUR = 3_600_000
const MOST_ROWS = 90
/** Rows at the end that are drawn where not all are. */
const LAST_ROWS = 20

const LOOKS: Readonly<Record<Span['outcome'], { readonly fill: string; readonly about: string }>> = {
  ok: { fill: PALETTE.blue, about: 'answered' },
  error: { fill: PALETTE.red, about: 'the agent sees an error' },
  silent: { fill: PALETTE.pink, about: 'a fault, and the agent sees none' },
  wait: { fill: PALETTE.grey, about: 'waiting' },
  said: { fill: PALETTE.green, about: 'the user answers' },
}

/** Runs of at least three calls of one name and outcome that no fault struck become one. */
function runsOf(spans: readonly Span[]): Run[] {
  const alike = (a: Span, b: Span): boolean => a.name === b.name && a.outcome === b.outcome && !a.faults.length && !b.faults.length && !a.committed && !b.committed
  const runs: Span[][] = []
  for (const span of spans) {
    const last = runs.at(-1)
    if (last && alike(last.at(-1)!, span)) last.push(span)
    else runs.push([span])
  }
  return runs.flatMap((run): Run[] => (run.length > 2 ? [run] : run.map((span) => [span])))
}

function noteOf(run: Run): string {
  const [first] = run
  if (run.length > 1) return `${run.length} calls`
  return [...(first!.outcome === 'wait' ? [writeTime(first!.until - first!.at)] : []), ...(first!.committed ? ['it happened'] : []), ...first!.faults.map(({ kind, phase }) => `${kind} (${phase})`)].join(', ')
}

/** All that is known of a call, for those who point at it. */
function aboutRun(run: Run): string {
  const lines = run.slice(0, 12).map(({ at, until, name, about }) => `${writeClock(at)} ${name} ${about} (${writeTime(until - at)})`)
  return [...lines, ...(run.length > lines.length ? [`and ${run.length - lines.length} more`] : [])].join('; ')
}

function bar(span: Span, at: (ms: number) => number, middle: number): string {
  const [x, end] = [at(span.at), at(span.until)]
  return element('rect', { x, y: middle - BAR / 2, width: Math.max(2, end - x), height: BAR, fill: LOOKS[span.outcome].fill })
    + (span.faults.length ? diamond(x, middle, 4.5, PALETTE.orange) : '')
    + (span.committed ? triangle(Math.max(x + 10, end - 6), middle, 4, PALETTE.paper) : '')
}

/** How rows are drawn: where times stand, how finely they are told, how wide names are. */
type Rows = { readonly at: (ms: number) => number; readonly step: number; readonly names: number }

function drawRun(run: Run, { at, step, names }: Rows, y: number): string {
  const [first, last, middle] = [run[0]!, run.at(-1)!, y + ROW / 2]
  const base = middle + 4
  const about = run.length > 1 ? '' : fitted(first.about, NAME - CLOCK - names - 18, LETTERS, 0)
  const end = Math.max(at(first.at) + 8, at(last.until), first.committed ? at(first.at) + 16 : 0)
  const note = noteOf(run)
  const behind = PLOT + NOTES - end - 8
  const isBefore = widthOf(note, LETTERS) > behind && at(first.at) - 12 > behind
  const text = isBefore ? label(at(first.at) - 9, base, fitted(note, at(first.at) - 14, LETTERS), { ...HALO, 'text-anchor': 'end' }) : label(end + 5, base, fitted(note, behind, LETTERS), HALO)
  return element('g', {},
    element('title', {}, escapeHtml(aboutRun(run))),
    element('rect', { x: -NAME, y, width: WIDTH, height: ROW, fill: PALETTE.paper, 'fill-opacity': 0 }),
    label(CLOCK - NAME - 8, base, writeClock(first.at, step), { 'text-anchor': 'end', fill: PALETTE.faint }),
    label(CLOCK - NAME, base, fitted(first.name, names, BOLD), { 'font-weight': 'bold' }),
    about ? label(CLOCK - NAME + names + 6, base, about, { fill: PALETTE.faint }) : '',
    ...run.map((span) => bar(span, at, middle)), note ? text : '')
}

function grid({ ticks, cuts }: ClockAxis, height: number, ends: number): string {
  const lines = ticks.map(({ at, label: text }) => element('line', { x1: at * PLOT, x2: at * PLOT, y1: 0, y2: height, stroke: PALETTE.grid }) + label(at * PLOT, height + 14, text, { 'text-anchor': 'middle', fill: PALETTE.faint }))
  const bands = cuts.map(({ from, to }) => element('rect', { x: from * PLOT, y: 0, width: (to - from) * PLOT, height, fill: '#f0f0f0' })
    + (to - from < LEAST_EDGED ? [] : [from, to]).map((end) => element('line', { x1: end * PLOT, x2: end * PLOT, y1: 0, y2: height, stroke: PALETTE.faint, 'stroke-dasharray': '2 3' })).join(''))
  return bands.join('') + lines.join('') + label(PLOT / 2, height + 32, `virtual time since the start (${ends < HOUR ? '' : 'h:'}min:s)${cuts.length ? '; grey stretches are cut short' : ''}`, { 'text-anchor': 'middle', fill: PALETTE.faint })
}

function drawLine(line: EpisodeLine): string {
  if (!line.spans.length) return '<p>It made no calls.</p>'
  const axis = clockAxis(line.spans, Math.max(line.ends_ms, 1))
  const at = (ms: number): number => axis.place(ms) * PLOT
  const runs = runsOf(line.spans)
  const rows = { at, step: axis.step < 10_000 ? 100 : 1000, names: Math.min(MOST_NAME, Math.max(...line.spans.map(({ name }) => widthOf(plain(name), BOLD)))) }
  const [first, last] = runs.length > MOST_ROWS ? [runs.slice(0, MOST_ROWS - LAST_ROWS), runs.slice(-LAST_ROWS)] : [runs, []]
  const left = runs.slice(first.length, runs.length - last.length)
  const gap = left.length ? 1 : 0
  const height = (first.length + gap + last.length) * ROW
  const skipped = left.length ? [label(CLOCK - NAME, first.length * ROW + 13, `${countOf(left.flat().length, 'call')} from ${writeClock(left[0]![0]!.at)} to ${writeClock(left.at(-1)!.at(-1)!.until)} not drawn, ${countOf(left.flat().filter(({ outcome }) => outcome === 'error').length, 'error')} among them`, { fill: PALETTE.faint, 'font-style': 'italic' })] : []
  const drawn = [...first.map((run, i) => drawRun(run, rows, i * ROW)), ...skipped, ...last.map((run, i) => drawRun(run, rows, (first.length + gap + i) * ROW))]
  return element('svg', { role: 'img', 'aria-label': plain(`${line.policy} on ${line.scenario}, call by call`), viewBox: `0 0 ${WIDTH} ${height + AXIS + 4}`, width: WIDTH, height: height + AXIS + 4, 'font-size': LETTERS, 'font-family': 'DejaVu Sans, Verdana, Segoe UI, Arial, sans-serif', fill: PALETTE.ink },
    moved(NAME, 4, grid(axis, height, line.ends_ms), ...drawn))
}

function mark(drawn: string): string {
  return element('svg', { width: 16, height: 12, viewBox: '-1 -6 16 12', 'aria-hidden': 'true', style: 'display:inline-block;vertical-align:-1px;margin-right:6px' }, drawn)
}

function legend(lines: readonly EpisodeLine[]): string {
  const spans = lines.flatMap((line) => line.spans)
  const entries = [
    ...(Object.keys(LOOKS) as Span['outcome'][]).filter((outcome) => spans.some((span) => span.outcome === outcome)).map((outcome) => [swatch(LOOKS[outcome].fill), LOOKS[outcome].about] as const),
    ...(spans.some(({ faults }) => faults.length) ? [[diamond(7, 0, 4.5, PALETTE.orange), 'a fault strikes'] as const] : []),
    ...(spans.some(({ committed }) => committed) ? [[triangle(7, 0, 4, PALETTE.paper), 'it happened all the same'] as const] : []),
  ]
  return `<p class="legend">${entries.map(([drawn, about]) => `<span>${mark(drawn)}${about}</span>`).join(' ')}</p>`
}

function ending({ reward, success, stop_reason, ends_ms, spans }: EpisodeLine): string {
  const outcome = reward === null ? 'not scored' : `reward ${Number(reward.toFixed(3))}, ${success ? 'success' : 'no success'}`
  return `${outcome}; ${escapeHtml(stop_reason.replaceAll('_', ' '))} at ${writeTime(ends_ms)}; ${countOf(spans.length, 'call')} shown`
}

/** The section on chosen episodes. */
export function timelineSection({ timelines = [] }: SweepReport): Section | undefined {
  if (!timelines.length) return undefined
  const parts = timelines.map((line) => fold(`${escapeHtml(line.policy)} on ${escapeHtml(line.scenario)}, ${escapeHtml(line.dynamics)} <span>${ending(line)}</span>`,
    `<p class="about">Task ${escapeHtml(line.task)}, seed ${line.seed}, luck ${line.luck}. “${escapeHtml(line.instruction)}”</p><div class="scroll" tabindex="0">${drawLine(line)}</div>`, true))
  return { id: 'timelines', title: 'Episodes', html: [caption('What happened, call by call', 'Chosen episodes on their virtual clocks, mostly the same task played well by one policy and badly by another.'), legend(timelines), ...parts].join('\n') }
}
