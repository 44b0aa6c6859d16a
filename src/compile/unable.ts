/** What a task must prove whose right ending is report_unable: refusing at once may never be enough. */
import type { TaskTemplate } from '../../protocol/spec/scenario.ts'
import { leastOf } from '../verify/kinds/calls-constraints.ts'
import type { Site } from '../world/site.ts'

/** Complains about a task that would pay for saying no without having looked, or after having written; and about one that cannot be declined. */
export function checkUnable({ checks, outcome }: TaskTemplate, site: Site): void {
  if (outcome !== 'unable') {
    checks.forEach(({ kind }, i) => {
      if (kind === 'abstention') site.at('checks', i).complain('unable', 'a task that can be done is not declined', { expected: 'outcome: unable' })
    })
    return
  }
  const gates = checks.filter((check) => check.kind !== 'rubric.llm' && check.gate)
  const seen = gates.some((check) => check.kind === 'communicated' || check.kind === 'abstention' || (check.kind === 'calls.constraints' && leastOf(check) > 0))
  if (!seen) site.at('checks').complain('unable', 'refusing at once would be paid', { expected: 'a gate abstention, calls.constraints or communicated: how the agent found out that it cannot be done' })
  if (!gates.some((check) => check.kind === 'state.untouched' || check.kind === 'state.equivalent' || check.kind === 'abstention')) site.at('checks').complain('unable', 'writing before refusing would be paid', { expected: 'a gate abstention, state.untouched or state.equivalent' })
}
