/** The scenario that a person named. */
import type { Catalogue } from '../compile/catalogue.ts'
import { nearest } from '../core/nearest.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { WorkFailed } from './failure.ts'

/** @throws WorkFailed with the nearest name */
export function findScenario(catalogue: Catalogue, ref: string): CompiledScenario {
  const found = catalogue.find(ref)
  if (found) return found
  const near = nearest(ref.split('@')[0]!, catalogue.names())
  throw new WorkFailed(`no scenario is called ${ref}${near ? `; did you mean ${near}?` : `; there are: ${catalogue.names().join(', ')}`}`)
}
