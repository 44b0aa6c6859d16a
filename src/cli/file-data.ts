/** The CSV and JSON files of rows that a spec file names. */
import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SpecFile } from '../compile/catalogue.ts'

/** The largest file of rows, in bytes. */
const MOST_BYTES = 16_000_000

/** A file with those of its files of rows that are there: what it names is beside it. */
export function withData(file: string, path: string, text: string): SpecFile {
  const names = new Set([...text.matchAll(/\bfile["']?:\s*["']?((?!\/)(?!.*\.\.)[\w./-]+\.(?:csv|json))/g)].map(([, name]) => name!))
  const data = [...names].flatMap((name) => {
    const beside = join(dirname(path), name)
    const size = statSync(beside, { throwIfNoEntry: false })?.size ?? MOST_BYTES
    return size < MOST_BYTES ? [[name, readFileSync(beside, 'utf8')]] : []
  })
  return data.length ? { file, text, data: Object.fromEntries(data) as Record<string, string> } : { file, text }
}
