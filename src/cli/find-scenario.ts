/** The scenario that a person named. */
import { compileCatalogue } from '../compile/catalogue.ts'
import { nearest } from '../core/nearest.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { writeComplaint } from './complaints.ts'
import { isGenerated } from '../generate/reference.ts'
import { embeddedScenario } from './embedded-catalogue.ts'
import { embeddedSupply } from './embedded-supply.ts'
import { WorkFailed } from './failure.ts'
import { filesAround, readSpecFiles } from './spec-files.ts'

/**
 * The scenario of a name in the catalogue, the one that a spec file holds, or the one that a reference and seed generate.
 * @throws WorkFailed with the nearest name, or with the complaints about the file
 */
export function scenarioFor(ref: string, seed = 0): CompiledScenario {
  if (isGenerated(ref)) return embeddedSupply().find(ref, seed).scenario
  if (/\.(ya?ml|json)$/.test(ref)) return scenarioIn(ref)
  const found = embeddedScenario(ref)
  if (!('names' in found)) return found
  const near = nearest(ref.split('@')[0]!, found.names)
  throw new WorkFailed(`no scenario is called ${ref}${near ? `; did you mean ${near}?` : `; there are: ${found.names.join(', ')}`}`)
}

function scenarioIn(file: string): CompiledScenario {
  const given = readSpecFiles([file])
  const { catalogue, complaints } = compileCatalogue(given, {}, filesAround([file], given))
  if (complaints.length) throw new WorkFailed(complaints.map(writeComplaint).join('\n'))
  const [only, ...others] = catalogue.list()
  if (!only || others.length) throw new WorkFailed(`${file} holds ${others.length ? `${others.length + 1} scenarios` : 'no scenario'}; one is played at a time`)
  return only
}
