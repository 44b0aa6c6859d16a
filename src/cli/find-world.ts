/** The world that a person named: what tools an agent has there. */
import type { Scenario } from '../../protocol/spec/scenario.ts'
import type { World } from '../../protocol/spec/world.ts'
import { nearest } from '../core/nearest.ts'
import type { SpecDocument } from '../spec/read-documents.ts'
import { WorkFailed } from './failure.ts'
import { documentsOf, embeddedDocument, embeddedNames } from './find-document.ts'
import { readSpecFiles } from './spec-files.ts'

/** A tool of a world that agents may call. */
export type AgentTool = { readonly name: string; readonly disable_parallel: boolean }

/** The tools of a world by its name, the name of a scenario, or a spec file. @throws WorkFailed with the nearest name */
export function worldTools(ref: string): AgentTool[] {
  const world = /\.(ya?ml|json)$/.test(ref) ? worldIn(documentsOf(readSpecFiles([ref])[0]!)) : worldOf(ref)
  if (!world) {
    const names = [...new Set([...embeddedNames('World'), ...embeddedNames('Scenario')])].toSorted()
    const near = nearest(ref, names)
    throw new WorkFailed(/\.(ya?ml|json)$/.test(ref) ? `${ref} holds no world` : `no world is called ${ref}${near ? `; did you mean ${near}?` : `; there are: ${names.join(', ')}`}`)
  }
  return toolsOf(world)
}

/** Tools of a world that agents may call. */
export function toolsOf({ tools }: World): AgentTool[] {
  return Object.entries(tools).filter(([, { actor }]) => actor === 'agent').map(([name, { disable_parallel }]) => ({ name, disable_parallel }))
}

function worldOf(name: string): World | undefined {
  const world = embeddedDocument('World', name)?.spec as World | undefined
  if (world) return world
  const scenario = embeddedDocument('Scenario', name)
  return scenario && worldOfScenario(scenario.spec as Scenario, [])
}

function worldIn(documents: readonly SpecDocument[]): World | undefined {
  const world = documents.find(({ kind }) => kind === 'World')
  if (world) return world.spec as World
  const scenario = documents.find(({ kind }) => kind === 'Scenario')
  return scenario && worldOfScenario(scenario.spec as Scenario, documents)
}

/** The world that a scenario names or holds, where it or a scenario that it is like says so. */
export function worldOfScenario({ world, like }: Scenario, around: readonly SpecDocument[]): World | undefined {
  if (typeof world === 'object') return world
  const find = (kind: 'World' | 'Scenario', name: string): SpecDocument | undefined => around.find((document) => document.kind === kind && document.spec.name === name) ?? embeddedDocument(kind, name)
  if (typeof world === 'string') return find('World', world)?.spec as World | undefined
  const other = like === undefined ? undefined : find('Scenario', like)
  return other && worldOfScenario(other.spec as Scenario, around.filter((document) => document !== other))
}
