/** Files of a foreign framework on the disk: only those below a folder, only plain ones, and not too large. */
import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { SourceFiles } from '../nexau/source-files.ts'
import { WorkFailed } from './failure.ts'

/** Bytes of one file. */
const MOST_BYTES = 2_000_000
/** Files that a listing goes through. */
const MOST_LISTED = 2000
const SKIPPED = new Set(['node_modules', '.git', '__pycache__', '.venv'])

/** A folder of foreign files, with the path in it of the one that a person named. */
export type ForeignFolder = { readonly files: SourceFiles; readonly path: string; /** A path of the folder as it is written from the working folder. */ shown(path: string): string }

/**
 * The folder around a file: the one given, else the working folder where the file is below it, else the file's own.
 * @throws WorkFailed for a folder that is not there, or that does not hold the file
 */
export function foreignFolder(file: string, root?: string): ForeignFolder {
  const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
  const path = resolve(file)
  const stated = resolve(root ?? (isBelow(path, process.cwd()) ? '.' : dirname(path)))
  if (!statSync(stated, { throwIfNoEntry: false })?.isDirectory()) throw new WorkFailed(`${root ?? stated}: no such folder`)
  if (!isBelow(path, stated)) throw new WorkFailed(`${file} is not below ${root ?? stated}`)
  const real = realpathSync(stated)
  const files: SourceFiles = {
    read(inside) {
      try {
        // A link may lead out of the folder; its target must not.
        const target = realpathSync(join(stated, inside))
        const found = statSync(target)
        return isBelow(target, real) && found.isFile() && found.size <= MOST_BYTES ? readFileSync(target, 'utf8') : undefined
      } catch {
        return undefined
      }
    },
    list: (folder) => listed(join(stated, folder)).map((one) => relative(stated, one).split(sep).join('/')),
  }
  return { files, path: relative(stated, path).split(sep).join('/'), shown: (inside) => relative(process.cwd(), join(stated, inside)) || inside }
}

function listed(folder: string): string[] {
  const found: string[] = []
  const waiting = [folder]
  for (const at of waiting) {
    if (found.length >= MOST_LISTED || waiting.length > MOST_LISTED) break
    let entries: Dirent[] = []
    try {
      entries = readdirSync(at, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    } catch {
      continue
    }
    for (const entry of entries) {
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) waiting.push(join(at, entry.name))
      else if (entry.isFile()) found.push(join(at, entry.name))
    }
  }
  return found.slice(0, MOST_LISTED)
}
