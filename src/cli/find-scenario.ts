/** The scenario that a person named. */
import { type Catalogue, compileCatalogue } from '../compile/catalogue.ts'
import { nearest } from '../core/nearest.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { writeComplaint } from './complaints.ts'
import { embeddedCatalogue } from './embedded-catalogue.ts'
import { WorkFailed } from './failure.ts'
import { filesAround, readSpecFiles } from './spec-files.ts'

/**
 * The scenario of a name in the catalogue, or the one that a spec file holds.
 * @throws WorkFailed with the nearest name, or with the complaints about the file
 */
export function scenarioFor(ref: string): CompiledScenario {
  if (!/\.(ya?ml|json)$/.test(ref)) return findScenario(embeddedCatalogue(), ref)
  const { catalogue, complaints } = compileCatalogue(readSpecFiles([ref]), {}, filesAround([ref]))
  if (complaints.length) throw new WorkFailed(complaints.map(writeComplaint).join('\n'))
  const [only, ...others] = catalogue.list()
  if (!only || others.length) throw new WorkFailed(`${ref} holds ${others.length ? `${others.length + 1} scenarios` : 'no scenario'}; one is played at a time`)
  return only
}

/** @throws WorkFailed with the nearest name */
export function findScenario(catalogue: Catalogue, ref: string): CompiledScenario {
  const found = catalogue.find(ref)
  if (found) return found
  const near = nearest(ref.split('@')[0]!, catalogue.names())
  throw new WorkFailed(`no scenario is called ${ref}${near ? `; did you mean ${near}?` : `; there are: ${catalogue.names().join(', ')}`}`)
}
