/** A survey for the terminal. */
import { harmless, type Paint, painter } from '../record/paint.ts'
import { histogram } from './axis.ts'
import type { EntryAccount } from './entry-account.ts'
import { writeShare, writeTime } from './figure.ts'
import { latencyAxis, type LatencySurvey, PACE_MS, SESSION_ROUNDS, SESSION_TOOLS } from './latency-survey.ts'
import type { ProfileLine, ProfileSurvey } from './profile-survey.ts'
import { rulerLine } from './ruler.ts'
import { type TextColumn, textRows, textTable, wrapWords } from './text-table.ts'
import { timelineText } from './timeline-text.ts'
import type { Strikes, Trial } from './trial-survey.ts'

export type Sight = { readonly width: number; readonly colour: boolean }

const NONE = '-'
const LEVELS = ' ▁▂▃▄▅▆▇█'
const LEAST_PLOT = 12
const BAR = 24
/** Width of the column of kinds, where they are many. */
const KINDS = 26

/** A first sentence shorter than this does not say much. */
const SHORT = 40

/** The first sentence of a text, or the first two. */
function opening(text: string): string {
  const [first = '', second = ''] = text.split(/(?<=[.!?])\s+/)
  return first.length < SHORT ? `${first} ${second}`.trim() : first
}

/** The profiles of a scenario, a line each. */
export function listText(scenario: string, lines: readonly ProfileLine[], { width }: Sight): string[] {
  const rows = lines.map(({ name, isDefault, entries, families, description }) => [isDefault ? `${name} *` : name, String(entries), families.join(' ') || NONE, harmless(opening(description))])
  return [...textTable([{ title: 'PROFILE' }, { title: 'ENTRIES', right: true }, { title: 'KINDS OF', wraps: KINDS }, { title: 'WHAT IT IS', wraps: 30 }], rows, width), '', `* what ${scenario} is played under unless a reset says otherwise`]
}

/** Everything about one profile. */
export function surveyText(survey: ProfileSurvey, sight: Sight): string[] {
  const { profile, scenario, digest, intensity, changed, description, entries, latency, trials, timelines } = survey
  const paint = painter(sight.colour)
  const head = (text: string, more: string): string[] => ['', paint('bold', text), ...wrapWords(more, sight.width).map((line) => paint('dim', line)), '']
  const marking = entries.filter(({ phase, kind }) => phase.length || kind === 'deadline')
  return [
    paint('bold', `${profile} on ${scenario}@${digest.slice(0, 8)}${intensity === 1 ? '' : `, intensity ${intensity}`}${changed ? ', changed' : ''}`),
    ...wrapWords(harmless(description), sight.width),
    ...head('Entries', 'In the order in which a call meets them.'),
    ...(entries.length ? entriesText(entries, sight.width, paint) : ['none']),
    ...head('Latency', `Until the answer, whoever gives it: ${latency.draws} calls of each tool, in sessions of ${SESSION_ROUNDS} calls each to at most ${SESSION_TOOLS} tools, ${writeTime(PACE_MS)} from an answer to the next call. The height of a block is the root of its share.`),
    ...latencyText(latency, sight.width, paint),
    ...trials.slice(0, 1).flatMap((trial) => (marking.length ? [...head('Faults', `In ${trial.episodes} episodes of ${trial.policy}: of the calls that an entry is about, those that it did something to.`), ...faultsText(trial, marking, sight.width, paint)] : [])),
    ...(trials.length ? [...head('What comes of it', `${trials[0]!.episodes} episodes each, of the same seeds; calls and time are means, failed is the share of calls that the agent saw fail.`), ...trialsText(trials, sight.width)] : []),
    ...timelines.flatMap((timeline) => ['', ...timelineText(timeline, sight)]),
  ]
}

const listOf = (parts: readonly string[]): string => parts.join(', ') || NONE

function entriesText(entries: readonly EntryAccount[], width: number, paint: Paint): string[] {
  const parameters = entries.map((entry) => wrapWords(writeParameters(entry.parameters), width - INDENT.length).map((line) => (line ? INDENT + paint('dim', line) : '')))
  const rows = entries.map(({ id, kind, about, when, phase, surface, recovery }) => [id, kind, about, when, listOf(phase), listOf(surface), listOf(recovery)])
  const laid = textRows(ENTRY_COLUMNS, rows, width)
  const blocks = laid.every((lines) => lines.every((line) => line.length <= width)) ? laid : [[], ...entries.map((entry) => stacked(entry, width, paint))]
  return blocks.flatMap((lines, i) => [...lines, ...(parameters[i - 1] ?? []).filter(Boolean)])
}

const INDENT = '    '
const ENTRY_COLUMNS: readonly TextColumn[] = [
  { title: 'ENTRY' }, { title: 'KIND' }, { title: 'ABOUT', wraps: 10 }, { title: 'WHEN', wraps: 14 }, { title: 'PHASE', wraps: 12 }, { title: 'SURFACE', wraps: 12 }, { title: 'GETS PAST IT', wraps: 18 },
]

/** An entry where there is no room for a table. */
function stacked({ id, kind, about, when, phase, surface, recovery }: EntryAccount, width: number, paint: Paint): string[] {
  const more = [phase.length && `phase ${listOf(phase)}`, surface.length && `surface ${listOf(surface)}`, recovery.length && `past it: ${listOf(recovery)}`].filter(Boolean).join('; ')
  return [`${paint('bold', id)}  ${kind}`, ...wrapWords(`${about}; ${when}`, width - 2).map((line) => `  ${line}`), ...(more ? wrapWords(more, width - 2).map((line) => `  ${line}`) : [])]
}

/** Told in columns of their own, or too long to tell. */
const TOLD = new Set(['phase', 'surface', 'messages', 'text', 'do'])

/** Parameters of a kind as `name value`, those that are stated. */
function writeParameters(parameters: EntryAccount['parameters']): string {
  return Object.entries(parameters).filter(([name, value]) => value !== undefined && !TOLD.has(name))
    .map(([name, value]) => `${name} ${name === 'quantiles' ? writeQuantiles(value as [number, number][]) : writeValue(value)}`).join(', ')
}

/** `50% within 46.55` */
function writeQuantiles(points: readonly (readonly [share: number, ms: number])[]): string {
  return points.map(([share, ms]) => `${Number((share * 100).toFixed(2))}% within ${ms}`).join(' ')
}

function writeValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(writeValue).join(value.every((one) => typeof one === 'number') ? ' to ' : ' ')
  if (value === null || typeof value !== 'object') return harmless(String(value))
  return `{${Object.entries(value).map(([name, part]) => `${name} ${writeValue(part)}`).join(', ')}}`
}

function latencyText({ tools }: LatencySurvey, width: number, paint: Paint): string[] {
  if (tools.every(({ draws }) => !draws.at(-1))) return ['No call takes any time.']
  const columns = [{ title: 'TOOL' }, ...['P50', 'P90', 'P99', 'MEAN'].map((title) => ({ title, right: true }))]
  const [title, ...lines] = textTable(columns, tools.map(({ tool, p50, p90, p99, mean }) => [tool, writeTime(p50), writeTime(p90), writeTime(p99), writeTime(mean)]), Infinity)
  const left = Math.max(title!.length, ...lines.map((line) => line.length)) + 2
  const plot = width - left
  const axis = latencyAxis(tools, Math.floor(plot / 9))
  const rows = lines.map((line, i) => (plot < LEAST_PLOT ? line : `${line.padEnd(left)}${paint('blue', strip(histogram(tools[i]!.draws, axis, plot)).trimEnd())}`))
  const of = (effect: 'read' | 'write'): string[] => {
    const chosen = rows.filter((_, i) => tools[i]!.effect === effect)
    return chosen.length ? [paint('dim', `${effect}s`), ...chosen] : []
  }
  return [plot < LEAST_PLOT ? title! : title!.padEnd(left) + paint('dim', rulerLine(axis, plot)), ...of('read'), ...of('write')]
}

/** A histogram as one line of blocks: rare values stay visible beside frequent ones. */
function strip(counts: readonly number[]): string {
  const most = Math.max(...counts)
  return counts.map((count) => LEVELS[count === 0 ? 0 : Math.max(1, Math.round(Math.sqrt(count / most) * (LEVELS.length - 1)))]).join('')
}

function faultsText({ strikes }: Trial, entries: readonly EntryAccount[], width: number, paint: Paint): string[] {
  const known = strikes.filter(({ entry }) => entries.some(({ id }) => id === entry))
  const share = ({ met, struck }: Strikes): number => (met ? struck / met : 0)
  // Calls and episodes have no axis in common.
  const isBarred = ({ of }: Strikes): boolean => of !== 'episodes' || known.every((one) => one.of === 'episodes')
  const most = Math.max(...known.filter(isBarred).map(share))
  const [title, ...lines] = textTable(
    [{ title: 'ENTRY' }, { title: 'MET', right: true }, { title: 'STRUCK', right: true }, { title: 'SHARE', right: true }, { title: 'SEEN AS ERRORS', right: true }],
    known.map((one) => [one.entry, `${one.met} ${one.of}`, String(one.struck), one.met ? writeShare(share(one)) : NONE, one.of === 'calls' && one.struck ? writeShare(one.failed / one.struck) : NONE]),
    width,
  )
  const left = Math.max(title!.length, ...lines.map((line) => line.length)) + 2
  if (!most || width - left < BAR) return [title!, ...lines]
  return [title!, ...lines.map((line, i) => `${line.padEnd(left)}${paint('yellow', '█'.repeat(isBarred(known[i]!) ? Math.ceil((share(known[i]!) / most) * BAR) : 0))}`.trimEnd())]
}

function trialsText(trials: readonly Trial[], width: number): string[] {
  const rows = trials.map(({ policy, episodes, successes, reward, voided, calls, failed, ms }) => [
    policy, writeShare(successes / Math.max(1, episodes)), reward.toFixed(3), (calls / Math.max(1, episodes)).toFixed(1), writeShare(failed / Math.max(1, calls)), writeTime(ms), voided ? `${voided} ended by env_error` : '',
  ])
  return textTable([{ title: 'POLICY' }, { title: 'SUCCESS', right: true }, { title: 'REWARD', right: true }, { title: 'CALLS', right: true }, { title: 'FAILED', right: true }, { title: 'TIME', right: true }, { title: '' }], rows, width)
}
