/** The catalogue that ships with the package: its YAML files, read and compiled. */
import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Catalogue, compileCatalogue, type SpecFile } from '../compile/catalogue.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { namedFiles } from '../spec/named-files.ts'
import { writeComplaint } from './complaints.ts'
import { WorkFailed } from './failure.ts'
import { withData } from './file-data.ts'
import { packageRoot } from './package-root.ts'

/** Theme packs are words for the generator, no documents of the world language. */
const THEMES = /^themes[/\\]/

/** Files of the package under one of its folders, in a fixed order. */
export function embeddedFiles(folder: 'envs' | 'scenarios'): SpecFile[] {
  const root = packageRoot()
  return globSync('**/*.{yaml,yml}', { cwd: join(root, folder) }).filter((name) => !THEMES.test(name)).toSorted().map((name) => {
    const path = join(root, folder, name)
    return withData(relative(root, path), path, readFileSync(path, 'utf8'))
  })
}

/** Names of the scenarios that a file holds, without reading more of it. */
function scenarioNames(text: string): string[] {
  return text.split(/^---/m).flatMap((document) => (/^kind: *Scenario/m.test(document) ? (/^name: *(\S+)/m.exec(document)?.slice(1) ?? []) : []))
}

/** The scenario of a name or name@digest that ships with the package, alone; otherwise the names that there are. */
export function embeddedScenario(ref: string): CompiledScenario | { readonly names: readonly string[] } {
  const files = embeddedFiles('scenarios')
  const [name] = ref.split('@')
  const file = files.find(({ text }) => scenarioNames(text).includes(name!))
  const others = [...embeddedFiles('envs'), ...files.filter((each) => each !== file)]
  const found = file && compiled([file], namedFiles(others, [file.text])).find(ref)
  return found ?? { names: files.flatMap(({ text }) => scenarioNames(text)).toSorted() }
}

/**
 * Compiles everything that ships with the package.
 * @throws WorkFailed with every complaint, which only a damaged checkout has
 */
export function embeddedCatalogue(): Catalogue {
  return compiled([...embeddedFiles('envs'), ...embeddedFiles('scenarios')])
}

function compiled(files: readonly SpecFile[], around: readonly SpecFile[] = []): Catalogue {
  const { catalogue, complaints } = compileCatalogue(files, {}, around)
  if (complaints.length > 0) throw new WorkFailed(complaints.map(writeComplaint).join('\n'))
  return catalogue
}
