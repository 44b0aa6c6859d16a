/** Files that a person names. */
import { readFileSync } from 'node:fs'
import { WorkFailed } from './failure.ts'

/** The text of a file, or of stdin by the name `-`. @throws WorkFailed naming the file */
export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new WorkFailed(`${file}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message}`)
  }
}
