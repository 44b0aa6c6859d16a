/** The check of a scenario whose rules a machine can check: no call that succeeded broke one, and their order was kept. */
import { USER_FRAME } from '../../../protocol/event.ts'
import type { EpisodeView } from '../../episode/task.ts'
import { lateCommits } from '../agent-call.ts'
import { type CompiledCheck, type Evidence, type Finding, PASSED } from '../compiled-check.ts'
import type { TemporalRules } from '../temporal/temporal-rules.ts'
import { MOST_EVIDENCE } from './temporal.ts'

/** Id of the check. */
export const RULES = 'rules'

/** A rule of a scenario that is judged over the whole log. */
export type OrderRule = { readonly id: string; readonly rules: TemporalRules }

type Breach = { readonly evidence: Evidence & { readonly event: number }; readonly category: NonNullable<Finding['category']> }

/**
 * Makes the check. A call that broke a rule but changed and told nothing does no harm: it is noted in its event, and forgiven.
 * @param owed whether what should have followed and did not counts: who met what nothing gets past may be unable to do it
 */
export function rulesCheck(orders: readonly OrderRule[], owed: boolean): CompiledCheck {
  return {
    id: RULES,
    kind: RULES,
    gate: true,
    weight: 1,
    guards: true,
    stands: (view) => !brokenCalls(view).length && !brokenOrders(orders, view, false).length,
    run(view) {
      const breaches = [...brokenCalls(view), ...brokenOrders(orders, view, owed)].sort((a, b) => a.evidence.event - b.evidence.event)
      if (!breaches.length) return PASSED
      const { category, evidence: { event } } = breaches[0]!
      return { score: 0, category, event, evidence: breaches.slice(0, MOST_EVIDENCE).map(({ evidence }) => evidence) }
    },
  }
}

function brokenCalls({ events }: EpisodeView): Breach[] {
  const late = lateCommits(events)
  return events.flatMap((event): Breach[] => {
    if (event.type !== 'call' || event.frame === USER_FRAME || !event.broke?.length || !(event.committed || late.has(event.index))) return []
    return [{ category: 'rule_violation', evidence: { event: event.index, pointer: '/broke', found: event.broke } }]
  })
}

function brokenOrders(orders: readonly OrderRule[], view: EpisodeView, ended: boolean): Breach[] {
  return orders.flatMap(({ id, rules }) => rules.violations(view, ended).map(({ event, text, category }): Breach => ({ category, evidence: { event, pointer: '', expected: text, found: [id] } })))
}

/** Ids of the rules that the evidence of a verdict names. */
export function brokenIds(evidence: readonly Evidence[] = []): string[] {
  return evidence.flatMap(({ found }) => (Array.isArray(found) ? (found as string[]) : []))
}
