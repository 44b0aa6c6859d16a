/** Spec files that a person named, and what ships with the package around them. */
import { readFileSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { SpecFile } from '../compile/catalogue.ts'
import { namedFiles } from '../spec/named-files.ts'
import { embeddedFiles } from './embedded-catalogue.ts'
import { withData } from './file-data.ts'
import { WorkFailed } from './failure.ts'
import { packageRoot } from './package-root.ts'
import { collectedFiles } from './tool-collection.ts'

/** @throws WorkFailed for a file that cannot be read */
export function readSpecFiles(files: readonly string[]): SpecFile[] {
  return files.map((file) => {
    try {
      return withData(file, resolve(file), readFileSync(file, 'utf8'))
    } catch (error) {
      throw new WorkFailed(`${file}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message}`)
    }
  })
}

/** The files of the package whose documents the given files name, without these themselves. */
export function filesAround(files: readonly string[], texts: readonly SpecFile[]): SpecFile[] {
  const given = new Set(files.map((file) => realpathSync(resolve(file))))
  const shipped = [...embeddedFiles('envs'), ...embeddedFiles('scenarios')]
  const known = new Set(shipped.map(({ file }) => file))
  const collected = collectedFiles(texts.map(({ text }) => text)).filter(({ file }) => !known.has(file))
  const others = [...shipped, ...collected].filter(({ file }) => !given.has(realpathSync(join(packageRoot(), file))))
  return namedFiles(others, texts.map(({ text }) => text))
}
