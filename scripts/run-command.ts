/** Runs a command of the checkout with its own tools first on the PATH, and passes on what it prints. */
import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..')

/** The environment in which everything runs: the checkout's Node comes before the machine's. */
export const ENVIRONMENT: NodeJS.ProcessEnv = { ...process.env, PATH: `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}` }

/** Runs to the end; true when the exit code is 0. */
export function runCommand(command: string, args: readonly string[], cwd = ROOT): boolean {
  const { status, error } = spawnSync(command, args, { cwd, env: ENVIRONMENT, stdio: 'inherit' })
  if (error) console.error(`${command}: ${error.message}`)
  return status === 0
}

/** What a command prints, or undefined when it fails. */
export function outputOf(command: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { cwd: ROOT, env: ENVIRONMENT, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}
