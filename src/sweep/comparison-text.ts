/** A comparison of two sweeps as text for a terminal. */
import type { SweepComparison } from '../../protocol/sweep-report.ts'
import { differenceTable } from './report-text.ts'

/** Lines for a terminal of a width. */
export function comparisonText({ a, b, common, only_a, only_b, changed_scenarios, comparisons, by_scenario }: SweepComparison, width: number): string[] {
  const lines = [`${b.name} against ${a.name}: ${common} tasks by dynamics by repeats in common, ${only_a} only in ${a.name}, ${only_b} only in ${b.name}`]
  if (changed_scenarios.length) lines.push(`not paired, because their content has changed: ${changed_scenarios.join(', ')}`)
  if (a.verifier !== b.verifier || a.engine !== b.engine) lines.push(`${a.name} is of engine ${a.engine}, verifier ${a.verifier}; ${b.name} of engine ${b.engine}, verifier ${b.verifier}`)
  const own = comparisons.filter(({ metric }) => metric === 'success')
  if (!own.length) return [...lines, 'nothing is in common that both have scored']
  lines.push('', ...differenceTable(own.map((each) => [`${each.b} over ${each.a}`, each]), width))
  if (by_scenario.length > 1) lines.push('', ...differenceTable(by_scenario.map(({ scenario, difference }) => [`${scenario}: ${difference.b}`, difference]), width))
  return lines
}
