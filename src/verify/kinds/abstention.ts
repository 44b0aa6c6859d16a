/** `abstention`: a task that cannot be done was declined for the right reason, after its cause was observed, with nothing written. */
import type { Check } from '../../../protocol/spec/check.ts'
import type { Site } from '../../world/site.ts'
import { type CompiledCheck, PASSED } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'

type AbstentionCheck = Extract<Check, { kind: 'abstention' }>

/** Compiles the check. */
export function compileAbstention(_check: AbstentionCheck, _environment: CheckEnvironment, _site: Site): Pick<CompiledCheck, 'run'> {
  return { run: () => PASSED }
}
