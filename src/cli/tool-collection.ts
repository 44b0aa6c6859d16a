/** Worlds of imported servers that ship with the package: dozens, so each is read only when somebody names it. */
import { globSync, readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import type { SpecFile } from '../compile/catalogue.ts'
import { withData } from './file-data.ts'
import { packageRoot } from './package-root.ts'

/** The folder of the collection within envs/; `NAME.yaml` in it holds the world `mcp-NAME`. */
export const COLLECTION = 'mcp'
const PREFIX = 'mcp-'

const folder = (): string => join(packageRoot(), 'envs', COLLECTION)
const serverNames = (): string[] => globSync('*.yaml', { cwd: folder() }).map((name) => basename(name, '.yaml')).toSorted()

/** Names of all worlds of the collection. */
export function collectedWorlds(): string[] {
  return serverNames().map((name) => `${PREFIX}${name}`)
}

/** The files of the collection whose worlds some texts name. */
export function collectedFiles(texts: readonly string[]): SpecFile[] {
  const named = new Set(texts.flatMap((text) => [...text.matchAll(/\bmcp-[a-z0-9_.-]+/g)].map(([name]) => name.slice(PREFIX.length))))
  if (named.size === 0) return []
  return serverNames().filter((name) => named.has(name)).map((name) => {
    const path = join(folder(), `${name}.yaml`)
    return withData(relative(packageRoot(), path), path, readFileSync(path, 'utf8'))
  })
}
