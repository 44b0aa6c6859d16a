/** `efficiency` */
import type { Check } from '../../../protocol/spec/check.ts'
import { type CompiledCheck, PASSED } from '../compiled-check.ts'


/** Compiles the check. */
export function compileEfficiency(_check: Extract<Check, { kind: 'efficiency' }>): Pick<CompiledCheck, 'run'> {
  return { run: () => PASSED }
}
