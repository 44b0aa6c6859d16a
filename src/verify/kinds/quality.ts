/** `quality` */
import type { Check } from '../../../protocol/spec/check.ts'
import { type CompiledCheck, PASSED } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'

/** Compiles the check. */
export function compileQuality(_check: Extract<Check, { kind: 'quality' }>, _environment: CheckEnvironment): Pick<CompiledCheck, 'run'> {
  return { run: () => PASSED }
}
