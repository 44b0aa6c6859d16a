/** A supply over three small theme packs and the profiles that ship. */
import type { Dynamics } from '../protocol/spec/dynamics.ts'
import { generate } from '../src/generate/generate.ts'
import { readDocuments } from '../src/spec/read-documents.ts'
import { Supply } from '../src/supply/supply.ts'
import { shippedFiles } from './checkout.ts'
import { PACKS } from './generate/theme-packs.ts'

export const PROFILES: ReadonlyMap<string, Dynamics> = new Map(shippedFiles().filter(({ file }) => file.startsWith('envs/dynamics/')).flatMap((file) => readDocuments(file).documents).map(({ spec }) => [spec.name, spec as Dynamics]))

export function openSupply(): Supply {
  return new Supply((reference, seed, attempt) => generate(reference, seed, attempt, PACKS), PROFILES)
}
