/** The framework that a person named: of a scenario, by its own name, in a spec file, or in a file of NexAU or NexGAP. */
import type { Framework } from '../../protocol/spec/framework.ts'
import type { Scenario } from '../../protocol/spec/scenario.ts'
import { nearest } from '../core/nearest.ts'
import type { Remark } from '../nexau/remark.ts'
import type { SpecDocument } from '../spec/read-documents.ts'
import { WorkFailed } from './failure.ts'
import { documentsOf, embeddedDocument, embeddedNames } from './find-document.ts'
import { toolsOf, worldOfScenario, worldTools } from './find-world.ts'
import { type ForeignOptions, loadForeign } from './foreign-framework.ts'
import { readSpecFiles } from './spec-files.ts'

/** A framework with the tools of the world that it plays in, where that is known, and what a foreign file left to remark. */
export type FoundFramework = { readonly framework?: Framework; readonly tools?: readonly string[]; readonly remarks: readonly Remark[] }

/** @throws WorkFailed with the nearest name, or with the complaints about the file */
export function frameworkFor(ref: string, options: ForeignOptions): FoundFramework {
  const stated = options.world === undefined ? undefined : worldTools(options.world).map(({ name }) => name)
  if (!/\.(ya?ml|json)$/.test(ref)) return named(ref, stated)
  const [file] = readSpecFiles([ref])
  if (!/^kind: *(World|Framework|Dynamics|Scenario)\b/m.test(file!.text) && !/"kind": *"(World|Framework|Dynamics|Scenario)"/.test(file!.text)) {
    const { framework, remarks } = loadForeign(ref, options)
    return { remarks, ...(framework && { framework }), ...(stated && { tools: stated }) }
  }
  const documents = documentsOf(file!)
  const scenario = documents.find(({ kind }) => kind === 'Scenario')
  if (scenario) return ofScenario(scenario, documents, stated)
  const framework = documents.find(({ kind }) => kind === 'Framework')
  if (!framework) throw new WorkFailed(`${ref} holds no framework and no scenario`)
  return { framework: framework.spec as Framework, remarks: [], ...(stated && { tools: stated }) }
}

function named(ref: string, stated: readonly string[] | undefined): FoundFramework {
  const name = ref.split('@')[0]!
  const scenario = embeddedDocument('Scenario', name)
  if (scenario) return ofScenario(scenario, [], stated)
  const framework = embeddedDocument('Framework', name)
  if (framework) {
    const tools = stated ?? toolsAround(name)
    return { framework: framework.spec as Framework, remarks: [], ...(tools && { tools }) }
  }
  const names = [...new Set([...embeddedNames('Scenario'), ...embeddedNames('Framework')])].toSorted()
  const near = nearest(name, names)
  throw new WorkFailed(`no scenario and no framework is called ${ref}${near ? `; did you mean ${near}?` : `; there are: ${names.join(', ')}`}`)
}

/** Tools of the world of the first scenario that plays a framework. */
function toolsAround(framework: string): string[] | undefined {
  const scenario = embeddedNames('Scenario').map((name) => embeddedDocument('Scenario', name)?.spec as Scenario | undefined).find((one) => one?.framework === framework)
  const world = scenario && worldOfScenario(scenario, [])
  return world && toolsOf(world).map(({ name }) => name)
}

function ofScenario({ spec, file }: SpecDocument, around: readonly SpecDocument[], stated: readonly string[] | undefined): FoundFramework {
  const scenario = spec as Scenario
  const { framework } = scenario
  const world = worldOfScenario(scenario, around)
  const tools = stated ?? (world && toolsOf(world).map(({ name }) => name))
  const found = typeof framework === 'object' ? framework : (around.find((document) => document.kind === 'Framework' && document.spec.name === framework) ?? embeddedDocument('Framework', framework))
  if (!found) throw new WorkFailed(`${file}: no Framework '${framework as string}'`)
  return { framework: 'agents' in found ? found : found.spec as Framework, remarks: [], ...(tools && { tools }) }
}
