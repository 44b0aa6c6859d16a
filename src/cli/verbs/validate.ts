/** `fractal-gym validate`: is this specification sound, and are its tasks solvable and not trivially winnable? */
import { Command } from 'commander'
import { readFileSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { admitScenario } from '../../admit/admit.ts'
import { compileCatalogue, type SpecFile } from '../../compile/catalogue.ts'
import type { CompiledScenario } from '../../episode/compiled-scenario.ts'
import type { Complaint } from '../../spec/complaint.ts'
import { wholeNumber } from '../arguments.ts'
import { writeComplaint } from '../complaints.ts'
import { embeddedFiles } from '../embedded-catalogue.ts'
import { WorkFailed } from '../failure.ts'
import { packageRoot } from '../package-root.ts'
import { note, print } from '../print.ts'
import { progressBar } from '../progress-bar.ts'

type Options = { seeds: number; json?: boolean }
type Verdict = { ok: boolean; name: string | null; digest: string | null; checks: unknown[]; complaints: Complaint[] }

function readFiles(files: readonly string[]): SpecFile[] {
  return files.map((file) => {
    try {
      return { file, text: readFileSync(file, 'utf8') }
    } catch (error) {
      throw new WorkFailed(`${file}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message}`)
    }
  })
}

/** The worlds, frameworks and dynamics that ship with the package, without those that are being validated. */
function around(files: readonly string[]): SpecFile[] {
  const given = new Set(files.map((file) => realpathSync(resolve(file))))
  return embeddedFiles('envs').filter(({ file }) => !given.has(realpathSync(join(packageRoot(), file))))
}

function admit(scenario: CompiledScenario, seeds: number): Verdict {
  const bar = progressBar(`trying ${scenario.name}`)
  const { ok, checks } = admitScenario(scenario, { seeds, onProgress: bar.show })
  bar.clear()
  return { ok, name: scenario.name, digest: scenario.digest, checks: [...checks], complaints: [] }
}

function show({ ok, name, digest, checks }: Verdict): void {
  print(`${ok ? 'ok ' : 'bad'} ${name}@${digest?.slice(0, 8)}`)
  for (const check of checks as { id: string; ok: boolean; detail?: string }[]) print(`  ${check.ok ? 'ok ' : 'bad'} ${check.id}${check.detail ? `: ${check.detail}` : ''}`)
}

export function validateVerb(): Command {
  return new Command('validate')
    .description('Check specifications: their form, then that each scenario is solvable, deterministic and not trivially winnable.')
    .argument('<files...>', 'YAML or JSON; compiled together with the worlds that ship with the package')
    .option('--seeds <n>', 'how many seeds each task template is tried with', wholeNumber(1, 100_000), 20)
    .option('--json', 'print {ok, name, digest, checks, complaints}, one object a line')
    .addHelpText('after', '\nExample:\n  $ fractal-gym validate my-world.yaml my-scenario.yaml --json')
    .action((files: string[], { seeds, json }: Options) => {
      const given = readFiles(files)
      const { catalogue, complaints } = compileCatalogue([...around(files), ...given])
      if (complaints.length > 0) {
        if (json) print(JSON.stringify({ ok: false, name: null, digest: null, checks: [], complaints } satisfies Verdict))
        throw new WorkFailed(complaints.map(writeComplaint).join('\n'))
      }
      const scenarios = catalogue.list()
      if (scenarios.length === 0) {
        if (json) print(JSON.stringify({ ok: true, name: null, digest: null, checks: [], complaints: [] } satisfies Verdict))
        note('no complaints; there is no scenario in these files to try out')
        return
      }
      const verdicts = scenarios.map((scenario) => {
        const verdict = admit(scenario, seeds)
        if (json) print(JSON.stringify(verdict))
        else show(verdict)
        return verdict
      })
      if (verdicts.some(({ ok }) => !ok)) throw new WorkFailed(`not admitted: ${verdicts.filter(({ ok }) => !ok).map(({ name }) => name).join(', ')}`)
    })
}
