/** A Python of our own in `.venv`, with the client and what its tests need. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { outputOf, ROOT, runCommand } from './run-command.ts'

const OLDEST = [3, 10] as const
const CANDIDATES = ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10']
const VENV = join(ROOT, '.venv')
const CLIENT = join(ROOT, 'clients', 'python')
const STAMP = join(VENV, 'installed')

function versionOf(command: string): readonly [number, number] | undefined {
  const text = outputOf(command, ['-c', 'import sys; print("%d %d" % sys.version_info[:2])'])
  if (text === undefined) return undefined
  const [major = 0, minor = 0] = text.split(' ').map(Number)
  return [major, minor]
}

function newEnough([major, minor]: readonly [number, number]): boolean {
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
}

function findPython(): string | undefined {
  return CANDIDATES.find((command) => {
    const version = versionOf(command)
    return version !== undefined && newEnough(version)
  })
}

/**
 * Creates `.venv` and installs the client with its tests, unless that was done for this pyproject.toml.
 * @returns the path of its Python, or what is missing
 */
export function preparePython(): { python: string } | { missing: string } {
  const python = join(VENV, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const wanted = createHash('sha256').update(readFileSync(join(CLIENT, 'pyproject.toml'))).digest('hex')
  if (existsSync(python) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted && outputOf(python, ['-c', 'import pytest, fractal_gym']) !== undefined) return { python }
  const base = findPython()
  if (base === undefined) return { missing: `no Python ${OLDEST.join('.')} or newer was found; install python3 and run this again` }
  rmSync(VENV, { recursive: true, force: true })
  if (!runCommand(base, ['-m', 'venv', VENV])) return { missing: `${base} -m venv failed; on Debian and Ubuntu: apt install python3-venv` }
  if (!runCommand(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-e', `${CLIENT}[test]`])) return { missing: 'pip could not install clients/python[test]; its message is above' }
  writeFileSync(STAMP, wanted)
  return { python }
}
