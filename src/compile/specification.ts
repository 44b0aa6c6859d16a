/** Files that hold one scenario to try: it is picked by name, or has to be the only one. */
import type { Scenario } from '../../protocol/spec/scenario.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { Complaint } from '../spec/complaint.ts'
import type { SpecFile } from '../spec/read-documents.ts'
import { compileCatalogue } from './catalogue.ts'

export type CompiledSpecification =
  | {
    readonly scenario: CompiledScenario
    readonly spec: Scenario
    /** Names of the files around that its digest depends on. */
    readonly borrowed: readonly string[]
  }
  | { readonly complaints: readonly Complaint[] }

export type SpecificationParts = {
  readonly files: readonly SpecFile[]
  /** Data files beside them: text by name. */
  readonly data?: Readonly<Record<string, string>>
  /** Files whose documents may be named too. */
  readonly around: readonly SpecFile[]
  /** Name of the scenario; without it the files hold exactly one. */
  readonly pick?: string
}

/** Compiles one scenario. */
export function compileSpecification({ files, data, around, pick }: SpecificationParts): CompiledSpecification {
  const { catalogue, complaints, scenarios, whole, borrowed } = compileCatalogue(data ? files.map((file) => ({ data, ...file })) : files, {}, around)
  const expected = 'exactly one Scenario document'
  const surplus = pick === undefined ? scenarios.slice(1).map((document) => document.locate({ code: 'scenario', message: 'a second Scenario; each is registered by itself', path: ['name'], expected })) : []
  if (complaints.length + surplus.length > 0) return { complaints: [...complaints, ...surplus] }
  const document = scenarios.find(({ spec }) => pick === undefined || spec.name === pick)
  const spec = document && whole.get(document)?.spec
  const scenario = spec && catalogue.find(spec.name)
  if (!scenario) return { complaints: [{ code: 'scenario', message: pick === undefined ? 'there is no Scenario document' : `there is no Scenario '${pick}'`, file: files[0]?.file ?? '', line: 1, column: 1, expected }] }
  return { scenario, spec, borrowed }
}
