/** `minefields`: what must never happen. */
import type { Check } from '../../../protocol/spec/check.ts'
import type { Site } from '../../world/site.ts'
import { type CompiledCheck, PASSED } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'

type MinefieldsCheck = Extract<Check, { kind: 'minefields' }>

/** Compiles the check. */
export function compileMinefields(_check: MinefieldsCheck, _environment: CheckEnvironment, _site: Site): Pick<CompiledCheck, 'run'> {
  return { run: () => PASSED }
}
