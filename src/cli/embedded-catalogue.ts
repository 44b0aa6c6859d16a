/** The catalogue that ships with the package: its YAML files, read and compiled. */
import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Catalogue, compileCatalogue, type SpecFile } from '../compile/catalogue.ts'
import { findShipped, scenarioNames } from '../compile/shipped.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { writeComplaint } from './complaints.ts'
import { WorkFailed } from './failure.ts'
import { withData } from './file-data.ts'
import { packageRoot } from './package-root.ts'
import { COLLECTION, collectedFiles } from './tool-collection.ts'

/** Theme packs are words for the generator, no documents of the world language; imported servers are read when they are named. */
const APART = new RegExp(`^(themes|${COLLECTION})[/\\\\]`)

/** Files of the package under one of its folders, in a fixed order; of imported servers those that its scenarios name. */
export function embeddedFiles(folder: 'envs' | 'scenarios'): SpecFile[] {
  const root = packageRoot()
  const files = globSync('**/*.{yaml,yml}', { cwd: join(root, folder) }).filter((name) => !APART.test(name)).toSorted().map((name) => {
    const path = join(root, folder, name)
    return withData(relative(root, path), path, readFileSync(path, 'utf8'))
  })
  return folder === 'envs' ? [...files, ...collectedFiles(embeddedFiles('scenarios').map(({ text }) => text))] : files
}

/** The scenario of a name or name@digest that ships with the package, alone; otherwise the names that there are. */
export function embeddedScenario(ref: string): CompiledScenario | { readonly names: readonly string[] } {
  const scenarios = embeddedFiles('scenarios')
  const { scenario, complaints } = findShipped([...scenarios, ...embeddedFiles('envs')], ref)
  if (complaints.length > 0) throw new WorkFailed(complaints.map(writeComplaint).join('\n'))
  return scenario ?? { names: scenarios.flatMap(({ text }) => scenarioNames(text)).toSorted() }
}

/** Everything that ships with the package, with files of somebody's own beside it, and the imported servers that these name. */
export function embeddedAnd(own: readonly SpecFile[]): SpecFile[] {
  const shipped = [...embeddedFiles('envs'), ...embeddedFiles('scenarios')]
  const known = new Set(shipped.map(({ file }) => file))
  return [...shipped, ...collectedFiles(own.map(({ text }) => text)).filter(({ file }) => !known.has(file)), ...own]
}

/**
 * Compiles everything that ships with the package, or the files that are given.
 * @throws WorkFailed with every complaint, which only a damaged checkout has, or files of somebody's own
 */
export function embeddedCatalogue(files: readonly SpecFile[] = embeddedAnd([])): Catalogue {
  const { catalogue, complaints } = compileCatalogue(files, {})
  if (complaints.length > 0) throw new WorkFailed(complaints.map(writeComplaint).join('\n'))
  return catalogue
}
