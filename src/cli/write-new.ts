/** Files of specifications that a verb makes: nothing is written over unasked. */
import { writeFileSync } from 'node:fs'
import { WorkFailed } from './failure.ts'

/** @throws WorkFailed for a file that exists, unless it may be written over */
export function writeNew(file: string, text: string, force: boolean): void {
  try {
    writeFileSync(file, text, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new WorkFailed(`${file} exists; write elsewhere with --output, or over it with --force`)
  }
}
