/** One scenario out of files that ship together, without compiling the rest. */
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { Complaint } from '../spec/complaint.ts'
import { namedFiles } from '../spec/named-files.ts'
import type { SpecFile } from '../spec/read-documents.ts'
import { compileCatalogue } from './catalogue.ts'

/** Names of the scenarios that a file holds, without reading more of it. */
export function scenarioNames(text: string): string[] {
  return text.split(/^---/m).flatMap((document) => (/^kind: *Scenario/m.test(document) ? (/^name: *(\S+)/m.exec(document)?.slice(1) ?? []) : []))
}

/** The scenario of a name or name@digest, or undefined where there is none. */
export function findShipped(files: readonly SpecFile[], ref: string): { readonly scenario: CompiledScenario | undefined; readonly complaints: readonly Complaint[] } {
  const [name] = ref.split('@')
  const file = files.find(({ text }) => scenarioNames(text).includes(name!))
  if (!file) return { scenario: undefined, complaints: [] }
  const { catalogue, complaints } = compileCatalogue([file], {}, namedFiles(files.filter((each) => each !== file), [file.text]))
  return { scenario: catalogue.find(ref), complaints }
}
