/** `rules.temporal`: order rules over events, as automata. */
import type { Check } from '../../../protocol/spec/check.ts'
import type { Site } from '../../world/site.ts'
import type { CheckEnvironment } from '../compile-check.ts'
import { type CompiledCheck, type Evidence, type Finding, PASSED } from '../compiled-check.ts'
import { compileTemporalRules, type Violation } from '../temporal/temporal-rules.ts'

type TemporalCheck = Extract<Check, { kind: 'rules.temporal' }>

/** Events that evidence names at most. */
export const MOST_EVIDENCE = 50

/** Compiles the check; what cannot be mended any more voids the progress of an episode where it is a gate. */
export function compileTemporal(check: TemporalCheck, environment: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run' | 'whenDeclined' | 'guards' | 'stands'> {
  const rules = compileTemporalRules(check, environment, site)
  const judge = (violations: readonly Violation[]): Finding => {
    if (!violations.length) return PASSED
    const broken = new Set(violations.map(({ line }) => line)).size
    const { event, category } = violations.reduce((first, one) => (one.event < first.event ? one : first))
    return { score: (rules.lines - broken) / rules.lines, category, event, evidence: violations.slice(0, MOST_EVIDENCE).map(evidenceOf) }
  }
  return {
    guards: check.gate,
    stands: (view) => !rules.violations(view, false).length,
    run: (view) => judge(rules.violations(view, true)),
    // Who met what nothing gets past may be unable to do what is owed.
    whenDeclined: (view) => judge(rules.violations(view, false)),
  }
}

function evidenceOf({ event, line, text }: Violation): Evidence {
  return { event, pointer: '', expected: text, found: `/order/${line}` }
}
