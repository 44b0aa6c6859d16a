/** A reference and a seed become documents: the grammar draws a blueprint, the writer writes it out. */
import type { Split } from '../../protocol/scalars.ts'
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import type { Theme } from '../../protocol/spec/theme.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import type { Documents } from './documents.ts'
import { toEnd } from '../core/to-end.ts'
import { sketchStepwise } from './grammar.ts'
import { chooseTheme } from './grammar-choice.ts'
import { requestOf } from './grammar-asked.ts'
import { splitOfTheme } from './grammar-split.ts'
import type { Request } from './grammar-request.ts'
import { type GenReference, GENERATOR_VERSION, printReference } from './reference.ts'
import { writeDocuments } from './write-documents.ts'

export type Generated = { readonly blueprint: Blueprint; readonly documents: Documents; readonly split: Split }

/** Names all draws of an environment; axes are no part of it, so that moving one leaves the others' draws alone. */
function rootOf(seed: number, attempt: number): Key {
  return keyOf(['gen', GENERATOR_VERSION, seed, attempt])
}

/** Requests that were read last, by theme packs and reference: reading a sentence takes longer than drawing a world. */
const read = new WeakMap<readonly Theme[], Map<string, Request>>()
const MOST_READ = 64

function requestFor(reference: GenReference, themes: readonly Theme[]): Request {
  const known = read.get(themes) ?? new Map<string, Request>()
  read.set(themes, known)
  const name = printReference(reference)
  const request = known.get(name) ?? requestOf(reference, themes)
  known.delete(name)
  known.set(name, request)
  if (known.size > MOST_READ) known.delete(known.keys().next().value!)
  return request
}

/** The theme of a reference and seed; the same for each attempt, so that a seed is of one split. */
function themeFor(request: Request, seed: number, themes: readonly Theme[]): Theme {
  return chooseTheme(request, themes, keyOf(['grammar'], rootOf(seed, 0)))
}

/**
 * The split of a reference and seed, for next to nothing: no world is drawn.
 * @throws GymError as `generate` does
 */
export function splitFor(reference: GenReference, seed: number, themes: readonly Theme[]): Split {
  return splitOfTheme(themeFor(requestFor(reference, themes), seed, themes).theme, themes)
}

/**
 * Generates an environment.
 * @param attempt another environment of the same reference and seed, where an earlier one was refused
 * @throws GymError GYM_INVALID_PARAMS for a theme that does not exist, or a sentence that cannot be read
 */
export function generate(reference: GenReference, seed: number, attempt: number, themes: readonly Theme[]): Generated {
  return toEnd(generateStepwise(reference, seed, attempt, themes))
}

/** The same, giving way between its parts. */
export function* generateStepwise(reference: GenReference, seed: number, attempt: number, themes: readonly Theme[]): Generator<void, Generated> {
  const root = rootOf(seed, attempt)
  const request = requestFor(reference, themes)
  const { theme } = themeFor(request, seed, themes)
  const blueprint = yield* sketchStepwise({ ...request, theme }, themes, root)
  yield
  return { blueprint, documents: writeDocuments(blueprint, root), split: splitOfTheme(blueprint.theme, themes) }
}
