/** A blueprint that somebody wrote becomes documents that admission takes, or complaints that say what is in the way. */
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import { compileDocuments } from '../compile/from-documents.ts'
import { keyOf } from '../core/keyed.ts'
import { checkBlueprint } from '../generate/check-blueprint.ts'
import type { Documents } from '../generate/documents.ts'
import { GENERATOR_VERSION } from '../generate/reference.ts'
import { writeDocuments } from '../generate/write-documents.ts'
import { admittedPart, type LeftOut } from './admitted-part.ts'

/** Findings of the compiler that are passed on. */
const MOST_FINDINGS = 10

export type FromBlueprint = { readonly documents: Documents; readonly left: readonly LeftOut[] } | { readonly complaints: readonly string[] }

/** Writes, compiles and admits; wordings and plans are drawn from the seed. */
export function fromBlueprint(blueprint: Blueprint, seed: number, profiles: ReadonlyMap<string, Dynamics>): FromBlueprint {
  const wrong = checkBlueprint(blueprint).map(({ text }) => text)
  if (!profiles.has(blueprint.dynamics.profile)) wrong.push(`dynamics.profile: one of ${[...profiles.keys()].join(', ')}, not ${blueprint.dynamics.profile}`)
  if (wrong.length > 0) return { complaints: wrong }
  const documents = writeDocuments(blueprint, keyOf(['authored', GENERATOR_VERSION, seed]))
  if (Object.keys(documents.scenario.tasks).length === 0) return { complaints: ['intents: none of them is possible in this world; ask for other states, fields or questions'] }
  const { findings } = compileDocuments(documents, profiles)
  if (findings.length > 0) return { complaints: findings.slice(0, MOST_FINDINGS).map(({ path, message }) => `what is made of it cannot be compiled: ${path.join('.')}: ${message}`) }
  const { documents: part, left } = admittedPart(documents, profiles)
  return part ? { documents: part, left } : { complaints: left.map(({ task, found }) => `intents: the request '${task}' is not sound: ${found.slice(0, 300)}`) }
}
