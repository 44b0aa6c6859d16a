/** The heart of a report as a table for a terminal. */
import type { Difference, Estimate, SweepReport } from '../../protocol/sweep-report.ts'
import { harmless } from '../record/paint.ts'
import { writeCount, writeTime } from '../survey/figure.ts'
import { type TextColumn, textTable } from '../survey/text-table.ts'

const right = (title: string): TextColumn => ({ title, right: true })

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}

function interval({ mean, low, high, method, n }: Estimate): string {
  if (n === 0) return '-'
  return method === 'none' ? percent(mean) : `${percent(mean)} [${percent(low)}, ${percent(high)}]`
}

function points(value: number): string {
  return `${value >= 0 ? '+' : ''}${(value * 100).toFixed(1)}`
}

/** A p-value as people write it. */
export function writeP(p: number): string {
  return p < 0.001 ? '<0.001' : p.toFixed(3)
}

function policyTable({ policies }: SweepReport, width: number): string[] {
  const repeats = Math.max(...policies.map(({ pass_at }) => pass_at.length))
  const last = (list: SweepReport['policies'][number]['pass_at']) => list.at(-1)
  const passed = repeats > 1
  const k = Math.max(...policies.map(({ pass_at }) => last(pass_at)?.k ?? 0))
  const recovers = policies.some(({ recovery }) => recovery !== undefined)
  return textTable(
    [{ title: 'policy' }, right('episodes'), right('success [95%]'), ...(passed ? [right(`pass@${k}`), right(`pass^${k}`)] : []), right('reward'), ...(recovers ? [right('recovers')] : []), right('collateral'), right('false success'), right('calls'), right('time'), right('not scored')],
    policies.map(({ policy, episodes, success, pass_at, reward, recovery, collateral, false_success, calls, virtual_ms, env_errors, failed }) => [
      policy, String(episodes), interval(success),
      ...(passed ? [last(pass_at) ? percent(last(pass_at)!.any) : '-', last(pass_at) ? percent(last(pass_at)!.all) : '-'] : []),
      // Of nothing that was scored there is no mean.
      ...(episodes ? [reward.mean.toFixed(3), ...(recovers ? [recovery?.success ? percent(recovery.success.mean) : '-'] : []), percent(collateral.mean), percent(false_success.mean), calls.toFixed(1), writeTime(virtual_ms)] : ['-', ...(recovers ? ['-'] : []), '-', '-', '-', '-']),
      String(env_errors + failed),
    ]), width)
}

/** Paired differences as a table. */
export function differenceTable(differences: readonly (readonly [string, Difference])[], width: number): string[] {
  return textTable(
    [{ title: 'paired difference of success', wraps: 20 }, right('points [95%]'), right('better'), right('worse'), right('p'), right('p (Holm)')],
    differences.map(([name, { difference, better, worse, p, p_holm }]) => [name, `${points(difference.mean)} [${points(difference.low)}, ${points(difference.high)}]`, String(better), String(worse), writeP(p), writeP(p_holm)]), width)
}

/** Lines for a terminal of a width. */
export function reportText(report: SweepReport, width: number): string[] {
  const { name, counts, comparisons, against_first, failures, state, scenarios, dynamics } = report
  const head = `${name}: ${writeCount(counts.scored, 'episode')} scored of ${counts.planned}, ${writeCount(counts.tasks, 'task')} of ${writeCount(scenarios.length, 'scenario')}, dynamics ${dynamics.join(', ')}${state === 'done' ? '' : ` (${state})`}`
  const lines = [head, '', ...policyTable(report, width)]
  const own = comparisons.filter(({ metric }) => metric === 'success')
  if (own.length) lines.push('', ...differenceTable(own.map((each) => [`${each.b} over ${each.a}`, each]), width))
  if (against_first.length) lines.push('', ...differenceTable(against_first.map(({ policy, difference }) => [`${policy}: ${difference.b} against ${difference.a}`, difference]), width))
  if (counts.stopped_after !== null) lines.push('', `stopped early, as declared, after ${counts.stopped_after} of ${counts.tasks} tasks`)
  if (counts.left > 0 && counts.stopped_after === null) lines.push('', `${writeCount(counts.left, 'episode')} are not played`)
  if (counts.verified_again) lines.push('', `${writeCount(counts.verified_again, 'episode')} were judged again by this version of the verifier`)
  if (counts.other_versions) lines.push('', `${writeCount(counts.other_versions, 'episode')} were judged by another version of the verifier, and cannot be judged again: they are of another engine`)
  if (failures.length) lines.push('', ...textTable([{ title: 'not scored' }, right('episodes'), { title: 'because', wraps: 40 }], failures.map(({ policy, episodes, cause }) => [policy, String(episodes), harmless(cause)]), width))
  return lines.map((line) => line.trimEnd())
}
