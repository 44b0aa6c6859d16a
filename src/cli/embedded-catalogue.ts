/** The catalogue that ships with the package: its YAML files, read and compiled. */
import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Catalogue, compileCatalogue, type SpecFile } from '../compile/catalogue.ts'
import { writeComplaint } from './complaints.ts'
import { WorkFailed } from './failure.ts'
import { withData } from './file-data.ts'
import { packageRoot } from './package-root.ts'

/** Files of the package under one of its folders, in a fixed order. */
export function embeddedFiles(folder: 'envs' | 'scenarios'): SpecFile[] {
  const root = packageRoot()
  return globSync('**/*.{yaml,yml}', { cwd: join(root, folder) }).toSorted().map((name) => {
    const path = join(root, folder, name)
    return withData(relative(root, path), path, readFileSync(path, 'utf8'))
  })
}

/**
 * Compiles everything that ships with the package.
 * @throws WorkFailed with every complaint, which only a damaged checkout has
 */
export function embeddedCatalogue(): Catalogue {
  const { catalogue, complaints } = compileCatalogue([...embeddedFiles('envs'), ...embeddedFiles('scenarios')])
  if (complaints.length > 0) throw new WorkFailed(complaints.map(writeComplaint).join('\n'))
  return catalogue
}
