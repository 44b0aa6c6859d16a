/** The supply that the generator feeds. */
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import type { Theme } from '../../protocol/spec/theme.ts'
import { generateStepwise, splitFor } from '../generate/generate.ts'
import { Supply } from './supply.ts'

/** A supply of generated scenarios from theme packs and dynamics profiles. */
export function supplyFrom(themes: readonly Theme[], profiles: ReadonlyMap<string, Dynamics>): Supply {
  return new Supply({
    write: (reference, seed, attempt) => generateStepwise(reference, seed, attempt, themes),
    splitOf: (reference, seed) => splitFor(reference, seed, themes),
    profiles,
  })
}
