/** A reference and a seed become documents: the grammar draws a blueprint, the writer writes it out. */
import type { Split } from '../../protocol/scalars.ts'
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import type { Theme } from '../../protocol/spec/theme.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import type { Documents } from './documents.ts'
import { sketch } from './grammar.ts'
import { requestOf } from './grammar-asked.ts'
import { splitOfTheme } from './grammar-split.ts'
import { type GenReference, GENERATOR_VERSION } from './reference.ts'
import { writeDocuments } from './write-documents.ts'

export type Generated = { readonly blueprint: Blueprint; readonly documents: Documents; readonly split: Split }

/** Names all draws of an environment; axes are no part of it, so that moving one leaves the others' draws alone. */
function rootOf(seed: number, attempt: number): Key {
  return keyOf(['gen', GENERATOR_VERSION, seed, attempt])
}

/**
 * Generates an environment.
 * @param attempt another environment of the same reference and seed, where an earlier one was refused
 * @throws GymError GYM_INVALID_PARAMS for a theme that does not exist, or a sentence that cannot be read
 */
export function generate(reference: GenReference, seed: number, attempt: number, themes: readonly Theme[]): Generated {
  const root = rootOf(seed, attempt)
  const blueprint = sketch(requestOf(reference, themes), themes, root)
  return { blueprint, documents: writeDocuments(blueprint, root), split: splitOfTheme(blueprint.theme, themes) }
}
