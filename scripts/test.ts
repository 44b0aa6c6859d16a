/**
 * Everything that has to pass: static checks, the TypeScript tests, the Python tests.
 * `npm test` runs all; `npm test -- checks`, `tap`, `python` run a part. The last line says `N passed, N failed`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { preparePython } from './python-environment.ts'
import { ROOT, runCommand } from './run-command.ts'

type Count = { passed: number; failed: number }

const PARTS = ['checks', 'tap', 'python'] as const

function say(text: string): void {
  console.log(`\n== ${text}`)
}

function runChecks(): Count {
  const checks: [string, string, string[]][] = [
    ['types (tsc)', 'tsc', ['--noEmit']],
    ['lint (oxlint)', 'oxlint', ['--deny-warnings']],
    ['protocol files are generated', 'node', ['scripts/generate-protocol.ts', '--check']],
  ]
  const count = { passed: 0, failed: 0 }
  for (const [name, command, args] of checks) {
    say(name)
    count[runCommand(command, args) ? 'passed' : 'failed'] += 1
  }
  return count
}

/** The totals that tap writes below everything else; a run that wrote none has failed. */
function readTap(file: string): Count {
  const totals = /^# \{ total: \d+(?:, pass: (\d+))?(?:, fail: (\d+))?/m.exec(readFileSync(file, 'utf8'))
  return totals ? { passed: Number(totals[1] ?? 0), failed: Number(totals[2] ?? 0) } : { passed: 0, failed: 1 }
}

/** What failed, with where it stands: reporters for pipes leave it out. */
function failuresIn(file: string): string[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.flatMap((line, i) => (/^ *not ok/.test(line) ? [line, ...lines.slice(i + 1, i + 20)] : []).map((text) => text.slice(0, 300)))
}

function runTap(folder: string): Count {
  say('TypeScript tests (tap)')
  const file = join(folder, 'results.tap')
  // The livelier reporter redraws its lines, which only a terminal can show.
  const reporter = process.stdout.isTTY ? 'terse' : 'min'
  const ok = runCommand('tap', ['run', `--reporter=${reporter}`, `--output-file=${file}`])
  const count = readTap(file)
  for (const line of failuresIn(file)) console.error(line)
  return ok || count.failed > 0 ? count : { ...count, failed: 1 }
}

function attribute(xml: string, name: string): number {
  return [...xml.matchAll(/<testsuite\s[^>]*>/g)].reduce((sum, [suite]) => sum + Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0), 0)
}

function runPython(folder: string): Count {
  say('Python tests (pytest)')
  const prepared = preparePython()
  if ('missing' in prepared) {
    console.error(prepared.missing)
    return { passed: 0, failed: 1 }
  }
  const file = join(folder, 'pytest.xml')
  const ok = runCommand(prepared.python, ['-m', 'pytest', '-n', '2', '--dist', 'loadscope', `--junitxml=${file}`], join(ROOT, 'clients', 'python'))
  let xml = ''
  try {
    xml = readFileSync(file, 'utf8')
  } catch {
    return { passed: 0, failed: 1 }
  }
  const failed = attribute(xml, 'failures') + attribute(xml, 'errors')
  const passed = attribute(xml, 'tests') - failed - attribute(xml, 'skipped')
  return ok || failed > 0 ? { passed, failed } : { passed, failed: 1 }
}

function main(): void {
  const asked = process.argv.slice(2)
  const unknown = asked.filter((part) => !PARTS.includes(part as (typeof PARTS)[number]))
  if (unknown.length > 0) {
    console.error(`unknown part ${unknown.join(', ')}; there are: ${PARTS.join(', ')}`)
    process.exit(2)
  }
  const wants = (part: (typeof PARTS)[number]): boolean => asked.length === 0 || asked.includes(part)
  const folder = mkdtempSync(join(tmpdir(), 'fractal-gym-test-'))
  const counts: Count[] = []
  if (wants('checks')) counts.push(runChecks())
  if (wants('tap')) counts.push(runTap(folder))
  if (wants('python')) counts.push(runPython(folder))
  rmSync(folder, { recursive: true, force: true })
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, 0)
  console.log(`\n${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}

main()
