/** Why an episode got its reward: the checks with what they found, the arithmetic, and the events that show it. */
import type { Event, StopReason } from '../../protocol/event.ts'
import type { TaskInstance } from '../episode/task.ts'
import type { QualityReport } from '../../protocol/quality-report.ts'
import type { Component, Issue } from '../../protocol/verdict.ts'
import { eventLine } from './event-line.ts'
import { headline, whatWasFound } from './finding-words.ts'

/** A line of an explanation, and the event that it points at. */
export type Point = { readonly text: string; readonly event: number | null; readonly pointer: string; readonly happened: string | null }

export type Reason = {
  readonly check: string
  readonly kind: string
  readonly gate: boolean
  readonly weight: number
  readonly score: number
  readonly text: string
  readonly points: readonly Point[]
}

export type Remark = { readonly text: string; readonly category: Issue['category']; readonly source: Issue['source']; readonly points: readonly Point[] }

export type Explanation = {
  readonly reward: number | null
  readonly success: boolean
  readonly stop_reason: StopReason | null
  /** The reward in one sentence. */
  readonly summary: string
  /** How it comes about from gates and weights. */
  readonly arithmetic: string
  /** Every check: those that failed first. */
  readonly reasons: readonly Reason[]
  readonly milestones: QualityReport['verdict']['milestones']
  /** Issues that no failed check has told of. */
  readonly remarks: readonly Remark[]
  readonly advice: QualityReport['advice']
}

/** Explains a report by the events of its episode, private fields included. */
export function explain({ verdict, issues, stop_reason, advice }: QualityReport, events: readonly Event[], task: TaskInstance): Explanation {
  const failed = verdict.components.filter(({ score }) => score < 1)
  const passed = verdict.components.filter(({ score }) => score === 1)
  const slots = slotWords(task)
  const told = new Set(failed.flatMap(({ id }) => issuesOf(id, issues)))
  return {
    reward: verdict.reward, success: verdict.success, stop_reason,
    summary: summarise(verdict, failed),
    arithmetic: calculate(verdict),
    reasons: [...failed, ...passed].map((component) => reasonOf(component, issuesOf(component.id, issues)[0], events, slots)),
    milestones: verdict.milestones,
    remarks: issues.filter((issue) => !told.has(issue)).map((issue) => remarkOf(issue, events)),
    advice,
  }
}

/** The values of the slots that an expression speaks of, as ` (where …)`. */
type SlotWords = (expression: unknown) => string

function slotWords(task: TaskInstance): SlotWords {
  const { slots } = task.template.gold(task) as { slots: Record<string, unknown> }
  return (expression) => {
    if (typeof expression !== 'string') return ''
    const names = new Set(expression.replace(/'[^']*'|"[^"]*"/g, '').match(/(?<![.\w])[a-z_]\w*/gi))
    const told = Object.entries(slots).filter(([name]) => names.has(name)).map(([name, value]) => `${name} is ${briefly(value)}`)
    return told.length ? ` (where ${told.join(', ')})` : ''
  }
}

/** A row by its first column, which most often is its key. */
function briefly(value: unknown): string {
  const brief = (one: unknown): unknown => (Array.isArray(one) ? one.map(brief) : one !== null && typeof one === 'object' ? Object.values(one)[0] : one)
  const text = JSON.stringify(brief(value)) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** Issues of a check: the first has its name, more of them a number behind it. */
function issuesOf(id: string, issues: readonly Issue[]): Issue[] {
  return issues.filter((issue) => issue.id === id || (issue.id.startsWith(`${id}.`) && issue.verdict !== 'note'))
}

function reasonOf({ id, kind, gate, weight, score, evidence = [] }: Component, issue: Issue | undefined, events: readonly Event[], slots: SlotWords): Reason {
  const shown = evidence.map(({ event, pointer, ...found }) => pointOf(`${whatWasFound(kind, pointer, found)}${slots(found.expected)}`, event ?? null, pointer, events))
  const others = (issue?.evidence ?? []).filter(({ event }) => !shown.some((point) => point.event === event)).map(({ event, pointer }) => pointOf('', event, pointer, events))
  return { check: id, kind, gate, weight, score, text: score === 1 ? 'holds' : headline(issue?.category), points: score === 1 ? [] : [...shown, ...others] }
}

function remarkOf({ category, source, evidence, expected }: Issue, events: readonly Event[]): Remark {
  return { text: headline(category), category, source, points: evidence.map(({ event, pointer }) => pointOf(typeof expected === 'string' ? expected : '', event, pointer, events)) }
}

function pointOf(text: string, event: number | null, pointer: string, events: readonly Event[]): Point {
  const at = event === null ? undefined : events[event]
  return { text, event, pointer, happened: at ? eventLine(at, events) : null }
}

function summarise({ status, reward, success }: QualityReport['verdict'], failed: readonly Component[]): string {
  if (status === 'env_error') return 'No reward: the environment itself failed, which is not the agent\'s fault.'
  if (success) return 'Reward 1: every check holds.'
  const gates = failed.filter(({ gate }) => gate).map(({ id }) => id)
  if (gates.length) return `Reward ${reward}: ${gates.length === 1 ? 'the gate' : 'the gates'} ${gates.join(', ')} ${gates.length === 1 ? 'does' : 'do'} not hold.`
  return `Reward ${reward}: all gates hold, but ${failed.map(({ id }) => id).join(', ')} ${failed.length === 1 ? 'falls' : 'fall'} short.`
}

/** Numbers as they are, but no longer than a reader wants them. */
function short(value: number): string {
  return String(Math.round(value * 10_000) / 10_000)
}

function calculate({ components, reward }: QualityReport['verdict']): string {
  const gates = components.filter(({ gate }) => gate)
  const graded = components.filter(({ gate }) => !gate)
  const product = gates.every(({ score }) => score === 1) ? 1 : 0
  const left = `gates ${product} (${gates.filter(({ score }) => score === 1).length} of ${gates.length} hold)`
  if (!graded.length) return `${left} = ${reward ?? 'none'}`
  const weights = graded.reduce((sum, { weight }) => sum + weight, 0)
  return `${left} x (${graded.map(({ id, weight, score }) => `${id} ${short(weight)} x ${short(score)}`).join(' + ')}) / ${short(weights)} = ${reward ?? 'none'}`
}
