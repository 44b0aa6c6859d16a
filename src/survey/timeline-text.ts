/** A timeline for the terminal: a line for each call, its bar on the virtual clock, and what went wrong. */
import { harmless, type Paint, painter } from '../record/paint.ts'
import { type Axis, linearAxis } from './axis.ts'
import { writeCount, writeTime } from './figure.ts'
import { rulerLine } from './ruler.ts'
import type { Happening, Outcome, Span, Timeline } from './timeline.ts'
import { wrapWords } from './text-table.ts'

/** How a bar looks and what stands before its name. */
const LOOKS: Readonly<Record<Outcome, { readonly bar: string; readonly sign: string; readonly style: Parameters<Paint>[0]; readonly about: string }>> = {
  ok: { bar: '█', sign: ' ', style: 'green', about: 'answered' },
  error: { bar: '▓', sign: '!', style: 'red', about: 'an error' },
  silent: { bar: '▒', sign: '~', style: 'yellow', about: 'wrong without an error' },
  wait: { bar: '░', sign: ' ', style: 'dim', about: 'waiting' },
  said: { bar: '▚', sign: ' ', style: 'cyan', about: 'the user' },
}
const TIME = 8
const LEAST_PLOT = 30
/** Columns that are left for what stands behind the last bar. */
const NOTES = 36

/** What there is to say about a span. */
export function spanNote({ faults, refusal, committed, later }: Span): string {
  const parts = committed ? ['it happened'] : []
  parts.push(...faults.map(({ entry, kind }) => `${entry} (${kind})`))
  if (refusal) parts.push(refusal === 'refused' ? 'the tool refuses' : refusal.replaceAll('_', ' '))
  for (const { at, again, refused } of later) parts.push(`${again ? 'once more' : 'takes effect'} at ${writeTime(at)}${refused ? ', refused' : ''}`)
  return parts.join(', ')
}

/** How it ended, in a line. */
export function endingOf({ reason, ends, reward, success, spans }: Timeline): string {
  const outcome = reward === null ? 'void' : `reward ${reward}${success ? ', success' : ''}`
  return `${outcome}; ${reason} after ${writeCount(spans.length, 'call')} at ${writeTime(ends)}`
}

export function timelineText(timeline: Timeline, { width, colour }: { readonly width: number; readonly colour: boolean }): string[] {
  const paint = painter(colour)
  const { spans, happenings, policy, task, seed, luck, instruction, ends, success } = timeline
  const name = Math.max(4, ...spans.map((span) => harmless(span.name).length), ...happenings.map(({ entry }) => entry.length))
  const left = TIME + 2 + 2 + name + 2
  const room = Math.max(LEAST_PLOT, width - left)
  const plot = Math.max(LEAST_PLOT, room - NOTES)
  const axis = linearAxis(Math.max(ends, ...spans.map(({ until }) => until)), Math.max(2, Math.floor(plot / 10)))
  const rows = [
    ...spans.map((span) => ({ at: span.at, line: spanLine(span, axis, { name, plot, room }, paint) })),
    ...happenings.map((happening) => ({ at: happening.at, line: happeningLine(happening, axis, { name, plot, room }, paint) })),
  ].sort((a, b) => a.at - b.at)
  const used = (Object.keys(LOOKS) as Outcome[]).filter((outcome) => spans.some((span) => span.outcome === outcome))
  return [
    paint('bold', `Seed ${seed} by ${policy}`) + paint('dim', `  task ${task}, luck ${luck}`),
    ...wrapWords(harmless(instruction.replaceAll('\n', ' ')), width).map((line) => paint('cyan', line)),
    ' '.repeat(left) + paint('dim', rulerLine(axis, plot)),
    ...rows.map(({ line }) => line),
    `${' '.repeat(TIME + 2)}${paint('dim', used.map((outcome) => `${LOOKS[outcome].bar} ${LOOKS[outcome].about}`).join('   '))}`,
    paint(success ? 'green' : 'red', endingOf(timeline)),
  ]
}

/** Columns of the names, of the axis, and of all behind the names. */
type Room = { readonly name: number; readonly plot: number; readonly room: number }

/** What another actor did, at its time. */
function happeningLine({ at, entry, rows }: Happening, axis: Axis, { name, plot, room }: Room, paint: Paint): string {
  const place = Math.min(plot - 1, Math.floor(axis.place(at) * plot))
  const what = `● another actor changes ${rows ? writeCount(rows, 'row') : 'nothing'}`
  return `${writeTime(at).padStart(TIME)}  ${paint('yellow', '*')} ${clip(harmless(entry), name).padEnd(name)}  ${' '.repeat(place)}${paint('yellow', clip(what, room - place))}`
}

/** The bar, with its note behind it, or before it where that side is wider. */
function spanLine(span: Span, axis: Axis, { name, plot, room }: Room, paint: Paint): string {
  const { bar, sign, style } = LOOKS[span.outcome]
  const from = Math.min(plot - 1, Math.floor(axis.place(span.at) * plot))
  const to = Math.max(from + 1, Math.min(plot, Math.round(axis.place(span.until) * plot)))
  const note = spanNote(span)
  const behind = room - to - 1
  const isBefore = note.length > behind && from - 1 > behind
  const clipped = clip(note, isBefore ? from - 1 : behind)
  const before = (isBefore ? clipped : '').padStart(Math.max(0, from - 1)).padEnd(from)
  return `${writeTime(span.at).padStart(TIME)}  ${paint(style, sign)} ${harmless(span.name).padEnd(name)}  ${before}${paint(style, bar.repeat(to - from))}${isBefore || !clipped ? '' : ` ${clipped}`}`.trimEnd()
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : width < 4 ? '' : `${text.slice(0, width - 1)}…`
}
