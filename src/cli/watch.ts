/** Doing something again whenever a file changes, until the person ends it. */
import { watch } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { WorkFailed } from './failure.ts'
import { note } from './print.ts'

/** Editors write a file in several steps: what changes within this many milliseconds is one change. */
const SETTLE_MS = 100

/** Runs work now and after every change of the files or of the CSV and JSON files beside them; ends with Ctrl-C. */
export function watchFiles(files: readonly string[], work: (gone: AbortSignal) => Promise<void>): Promise<void> {
  const paths = new Set(files.map((file) => resolve(file)))
  const ending = new AbortController()
  return new Promise((end, fail) => {
    let timer: NodeJS.Timeout | undefined
    let busy = false
    let again = false
    const run = async (): Promise<void> => {
      if (busy) {
        again = true
        return
      }
      busy = true
      do {
        again = false
        await runOnce(work, ending.signal)
      } while (again && !ending.signal.aborted)
      busy = false
    }
    const changed = (folder: string, name: string | null): void => {
      if (name !== null && !paths.has(resolve(folder, name)) && !/\.(csv|json)$/.test(basename(name))) return
      clearTimeout(timer)
      timer = setTimeout(() => void run().catch(fail), SETTLE_MS)
    }
    // Folders, not files: an editor that replaces a file would leave a watcher of the old one behind.
    const folders = [...new Set([...paths].map((path) => dirname(path)))]
    const watchers = folders.map((folder) => watch(folder, (_event, name) => changed(folder, name)))
    process.once('SIGINT', () => {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
      ending.abort()
      end()
    })
    void run().catch(fail)
  })
}

async function runOnce(work: (gone: AbortSignal) => Promise<void>, gone: AbortSignal): Promise<void> {
  if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[3J\u001b[H')
  try {
    await work(gone)
  } catch (error) {
    if (gone.aborted) return
    // What is wrong with the files is what the person watches for.
    if (!(error instanceof WorkFailed)) throw error
    note(error.message)
  }
  if (!gone.aborted) note('watching; Ctrl-C ends')
}
