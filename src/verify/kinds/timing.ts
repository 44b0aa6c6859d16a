/** `timing`: something happened in time. */
import type { Check } from '../../../protocol/spec/check.ts'
import type { Site } from '../../world/site.ts'
import { type CompiledCheck, PASSED } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'

type TimingCheck = Extract<Check, { kind: 'timing' }>

/** Compiles the check. */
export function compileTiming(_check: TimingCheck, _environment: CheckEnvironment, _site: Site): Pick<CompiledCheck, 'run'> {
  return { run: () => PASSED }
}
