/** What a calibration found, for terminals and documents. */
import { stringify } from 'yaml'
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import type { HeldOut } from '../mcp/held-out.ts'
import { writeShare } from '../survey/figure.ts'
import { textTable } from '../survey/text-table.ts'

/** A profile as YAML, an entry a line. */
export function profileText({ kind, name, description, entries }: Dynamics): string {
  const head = stringify({ kind, name, ...(description !== undefined && { description }) }, { lineWidth: 0 })
  return `${head}entries:\n${entries.map((entry) => `- ${stringify(entry, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trimEnd()}\n`).join('')}`
}

/** Milliseconds to three digits. */
function time(ms: number): string {
  return ms >= 100 ? String(Math.round(ms)) : String(Number(ms.toPrecision(3)))
}

/** What was held out and what was played, side by side; `!` is out of tolerance, `?` is known too little to be judged. */
export function heldOutText({ rows }: HeldOut, width: number): string[] {
  const mark = (ok: boolean | undefined): string => (ok === undefined ? ' ?' : ok ? '' : ' !')
  return textTable(
    [{ title: 'calls of' }, { title: 'fitted', right: true }, { title: 'held out', right: true }, ...['p50', 'p90', 'p95', 'p99'].map((title) => ({ title: `${title} ms` })), { title: 'faults' }],
    rows.map(({ tool, fitted, held, percentiles, faults }) => [
      tool, String(fitted), String(held),
      ...percentiles.map((one) => `${time(one.held)} : ${time(one.played)}${mark(one.ok)}`),
      `${writeShare(faults.held)} : ${writeShare(faults.played)}${mark(faults.ok)}`,
    ]), width,
  )
}

/** How each latency was fitted. */
export function fitText({ calibration: { groups } }: HeldOut, width: number): string[] {
  return textTable(
    [{ title: 'entry' }, { title: 'calls', right: true }, { title: 'distribution' }, { title: 'distance', right: true }, { title: 'bytes p50', right: true }, { title: 'p99', right: true }, { title: 'tools', wraps: 20 }],
    groups.map(({ id, calls, fit, bytes, tools }) => [id, String(calls), fit.family, fit.distance.toFixed(3), String(bytes.p50), String(bytes.p99), tools.join(', ')]), width,
  )
}

/** The errors that tools answered with, and what was made of them. */
export function errorText({ calibration: { errors } }: HeldOut, width: number): string[] {
  if (!errors.length) return []
  return textTable([{ title: 'errors', right: true }, { title: 'taken as' }, { title: 'since' }, { title: 'text', wraps: 30 }], errors.map(({ nature, evidence, calls, example }) => [String(calls.size), nature, SINCE[evidence], example.split('\n')[0]!.slice(0, 120)]), width)
}

const SINCE = { retried: 'the same call also worked', words: 'of its words', repeated: 'the same call always failed', none: 'nothing is known' } as const
