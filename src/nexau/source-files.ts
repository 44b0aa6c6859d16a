/** Files of a foreign framework as this room sees them: texts by path, handed in. */
import { nearest } from '../core/nearest.ts'

/** Texts by path; paths have `/` between their parts and start at a root that the caller chose. */
export type SourceFiles = {
  /** The text of a file, or undefined where there is none. */
  read(path: string): string | undefined
  /** Paths of the files in a folder and below, as far as the caller cares to look. */
  list(folder: string): readonly string[]
}

/** Files that are held in memory, by path. */
export function filesOf(texts: Readonly<Record<string, string>>): SourceFiles {
  return {
    read: (path) => (Object.hasOwn(texts, path) ? texts[path] : undefined),
    list: (folder) => Object.keys(texts).filter((path) => folder === '' || path.startsWith(`${folder}/`)).sort(),
  }
}

/** The folder of a path; empty for the root. */
export function folderOf(path: string): string {
  return path.split('/').slice(0, -1).join('/')
}

/** A path as a file of a folder states it, from the root; undefined where it leads out of the root. */
export function resolvePath(folder: string, stated: string): string | undefined {
  const parts: string[] = stated.startsWith('/') ? [] : folder.split('/').filter(Boolean)
  for (const part of stated.replaceAll('\\', '/').split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}

/** The file that a wrong path most likely means: of the same name elsewhere, or of a similar path. */
export function nearestFile(path: string, files: SourceFiles): string | undefined {
  const all = files.list(folderOf(path)).length ? files.list(folderOf(path)) : files.list('')
  const name = path.split('/').at(-1)!
  return all.find((one) => one.split('/').at(-1) === name) ?? nearest(path, all)
}
