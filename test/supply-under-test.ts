/** A supply over three small theme packs and the profiles that ship. */
import type { Dynamics } from '../protocol/spec/dynamics.ts'
import { generateStepwise, splitFor } from '../src/generate/generate.ts'
import { readDocuments } from '../src/spec/read-documents.ts'
import { Supply, type SupplyParts } from '../src/supply/supply.ts'
import { shippedFiles } from './checkout.ts'
import { PACKS } from './generate/theme-packs.ts'

export const PROFILES: ReadonlyMap<string, Dynamics> = new Map(shippedFiles().filter(({ file }) => file.startsWith('envs/dynamics/')).flatMap((file) => readDocuments(file).documents).map(({ spec }) => [spec.name, spec as Dynamics]))

/** A supply of all this, with whatever a test has its own way. */
export function openSupply(own: Partial<SupplyParts> = {}): Supply {
  return new Supply({ write: (reference, seed, attempt) => generateStepwise(reference, seed, attempt, PACKS), splitOf: (reference, seed) => splitFor(reference, seed, PACKS), profiles: PROFILES, ...own })
}
