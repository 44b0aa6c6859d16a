/** What went wrong, by category; and why episodes were not scored. */
import type { SweepReport } from '../../../protocol/sweep-report.ts'
import { countOf, NOTHING, percent, writeWhole } from './figure-text.ts'
import { caption, escapeHtml, type Section, type TableCell, table } from './html.ts'
import { colourOf } from './svg-figure.ts'

/** Policies up to which each has a column. */
const MOST_COLUMNS = 6
/** Pixels of a bar that stands for all episodes: the same in every column, so that bars can be compared. */
const FULL = 88

/** The section on issues: a bar for each policy and category, the most frequent category first. */
export function issueSection({ issues, policies }: SweepReport): Section | undefined {
  if (!issues.length) return undefined
  const names = policies.map(({ policy }) => policy)
  const totals = new Map<string, number>()
  for (const { category, episodes } of issues) totals.set(category, (totals.get(category) ?? 0) + episodes)
  const categories = [...totals.keys()].sort((a, b) => totals.get(b)! - totals.get(a)! || (a < b ? -1 : 1))
  const found = new Map(issues.map((issue) => [JSON.stringify([issue.policy, issue.category]), issue]))
  // Policies may be many with long names, categories are few with short ones.
  const byPolicy = names.length > MOST_COLUMNS
  const headOf = (category: string): string => escapeHtml(category.replaceAll('_', ' '))
  const cellOf = (category: string, policy: number): TableCell => {
    const issue = found.get(JSON.stringify([names[policy], category]))
    return issue ? { html: `${percent(issue.share)}<span class="bar" style="width:${Math.max(1, issue.share * FULL).toFixed(0)}px;background:${colourOf(policy)}"></span>`, kind: 'barred', title: countOf(issue.episodes, 'episode') } : NOTHING
  }
  return {
    id: 'issues', title: 'Issues',
    html: caption('What goes wrong, and with whom', 'Share of episodes with at least one issue of the category; a full bar is all episodes. An episode may have several.')
      + (byPolicy
        ? table([{ title: 'Policy' }, ...categories.map((category) => ({ title: headOf(category) }))], names.map((name, policy) => [escapeHtml(name), ...categories.map((category) => cellOf(category, policy))]))
        : table([{ title: 'Category' }, ...names.map((name) => ({ title: escapeHtml(name) }))], categories.map((category) => [headOf(category), ...names.map((_, policy) => cellOf(category, policy))]))),
  }
}

/** The section on episodes that were not scored. */
export function failureSection({ failures }: SweepReport): Section | undefined {
  if (!failures.length) return undefined
  return {
    id: 'failures', title: 'Not scored',
    html: caption('Why episodes were not scored', 'The most frequent causes; such episodes count neither as failures nor as successes.')
      + table([{ title: 'Policy' }, { title: 'Episodes', kind: 'number' }, { title: 'Cause' }], failures.map(({ policy, episodes, cause }) => [escapeHtml(policy), writeWhole(episodes), escapeHtml(cause)]), { kind: 'wide' }),
  }
}
