/** The check of a scenario whose rules a machine can check: no call that succeeded broke one. */
import { USER_FRAME } from '../../../protocol/event.ts'
import { lateCommits } from '../agent-call.ts'
import { type CompiledCheck, PASSED } from '../compiled-check.ts'

/** Id of the check. */
export const RULES = 'rules'

/** A call that broke a rule but changed and told nothing does no harm: it is noted in its event, and forgiven. */
export const RULES_CHECK: CompiledCheck = {
  id: RULES,
  kind: RULES,
  gate: true,
  weight: 1,
  guards: true,
  run({ events }) {
    const late = lateCommits(events)
    const broken = events.flatMap((event) => (event.type === 'call' && event.frame !== USER_FRAME && event.broke?.length && (event.committed || late.has(event.index)) ? [event] : []))
    if (!broken.length) return PASSED
    return { score: 0, category: 'rule_violation', event: broken[0]!.index, evidence: broken.map(({ index, broke }) => ({ event: index, pointer: '/broke', found: broke })) }
  },
}
