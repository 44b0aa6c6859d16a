/** Of teams: what each agent did, scenario by scenario. */
import type { SweepReport } from '../../../protocol/sweep-report.ts'
import { writeMean, writeWhole } from './figure-text.ts'
import { caption, type Column, escapeHtml, fold, type Section, table } from './html.ts'

const COLUMNS: readonly Column[] = [
  { title: 'Agent' }, { title: 'Policy' }, { title: 'Episodes', kind: 'number' }, { title: 'Turns', kind: 'number' }, { title: 'Calls', kind: 'number' },
  { title: 'Errors', kind: 'number', about: 'Calls that failed.' }, { title: 'Milestones', kind: 'number', about: 'Milestones reached.' },
]

/** The section on agents of teams; each scenario opens. */
export function frameSection({ frames }: SweepReport): Section | undefined {
  if (!frames.length) return undefined
  const scenarios = [...new Set(frames.map(({ scenario }) => scenario))]
  const parts = scenarios.map((scenario) => {
    const own = frames.filter((frame) => frame.scenario === scenario)
    const agents = [...new Set(own.map(({ agent }) => agent))]
    const rows = agents.flatMap((agent) => own.filter((frame) => frame.agent === agent).map((frame, i) => [i === 0 ? escapeHtml(agent) : '', escapeHtml(frame.policy), writeWhole(frame.episodes), ...[frame.turns, frame.calls, frame.errors, frame.milestones].map(writeMean)]))
    return fold(`${escapeHtml(scenario)} <span>${agents.length} agents</span>`, table(COLUMNS, rows))
  })
  return { id: 'agents', title: 'Agents of teams', html: caption('Who does the work in a team', 'Means of an episode, over all frames of the agent.') + parts.join('\n') }
}
