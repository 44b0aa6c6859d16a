/** Child processes of benchmarks: started, waited for until they are ready, ended by id. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

export type Child = { readonly process: ChildProcess; readonly match: RegExpExecArray; stop(): Promise<void> }

/** Runs a script of this checkout until its output matches. */
export async function startChild(args: readonly string[], ready: RegExp): Promise<Child> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  // A benchmark that breaks off leaves nothing running.
  const end = (): void => void child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  const stop = () => new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
  return new Promise((resolve, reject) => {
    let text = ''
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)))
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString()
      const match = ready.exec(text)
      if (match) resolve({ process: child, match, stop })
    })
  })
}
