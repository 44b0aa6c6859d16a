/** `fractal-gym validate`: is this specification sound, and are its tasks solvable and not trivially winnable? */
import { Command } from 'commander'
import type { AdmissionReport } from '../../../protocol/report.ts'
import { runWorldTests } from '../../admit/world-tests.ts'
import { type CatalogueWorld, compileCatalogue, type SpecFile } from '../../compile/catalogue.ts'
import { GymError } from '../../core/gym-error.ts'
import { AdmissionDesk } from '../../registry/admission-desk.ts'
import type { Complaint } from '../../spec/complaint.ts'
import { readDocuments } from '../../spec/read-documents.ts'
import { wholeNumber } from '../arguments.ts'
import { writeComplaint } from '../complaints.ts'
import { WorkFailed } from '../failure.ts'
import { note, print } from '../print.ts'
import { progressBar } from '../progress-bar.ts'
import { writeReport } from '../report.ts'
import { filesAround, readSpecFiles } from '../spec-files.ts'
import { watchFiles } from '../watch.ts'

type Options = { seeds: number; everyProfile?: boolean; json?: boolean; watch?: boolean }
type Verdict = { ok: boolean; name: string | null; digest: string | null; checks: AdmissionReport['checks']; costs?: AdmissionReport['costs']; check_costs?: AdmissionReport['check_costs']; complaints: readonly Complaint[] }

/** On one's own machine a specification may take its time: the bounds of a server are for strangers. */
const BOUNDS = { timeMs: 24 * 3600 * 1000, compileMs: 600_000, memoryMb: 4096, queue: 0 }

/** Admits one scenario of the files, as a server would. */
async function admit(desk: AdmissionDesk, files: readonly SpecFile[], others: readonly SpecFile[], name: string, allProfiles: boolean, gone: AbortSignal): Promise<AdmissionReport> {
  const bar = progressBar(`trying ${name}`)
  try {
    const { report } = await desk.admit({ order: { files, around: others, pick: name, allProfiles }, gone, onProgress: bar.show })
    return report
  } catch (error) {
    if (error instanceof GymError && error.gymCode === 'GYM_NOT_ADMITTED') return error.data.report as AdmissionReport
    throw error
  } finally {
    bar.clear()
  }
}

async function validate(files: string[], { seeds, everyProfile = false, json }: Options, gone: AbortSignal): Promise<void> {
  const say = (verdict: Verdict): void => {
    if (json) print(JSON.stringify(verdict))
  }
  const given = readSpecFiles(files)
  const others = filesAround(files, given)
  // What the files name may be what is wrong: a world that cannot be read is no world.
  const broken = others.flatMap((file) => readDocuments(file).complaints)
  const { catalogue, worlds, complaints: own } = compileCatalogue(given, {}, others)
  const complaints = own.length > 0 ? [...broken, ...own] : own
  if (complaints.length > 0) {
    say({ ok: false, name: null, digest: null, checks: [], complaints })
    throw new WorkFailed(complaints.map(writeComplaint).join('\n'))
  }
  const tests = tryTests(worlds)
  if (tests.complaints.length > 0) {
    say({ ok: false, name: null, digest: null, checks: [tests.check], complaints: tests.complaints })
    throw new WorkFailed([...tests.complaints.map(writeComplaint), tests.check.detail].join('\n'))
  }
  if (tests.check.tried > 0 && !json) print(`ok  ${tests.check.about}: ${tests.check.detail}`)
  if (catalogue.names().length === 0) {
    say({ ok: true, name: null, digest: null, checks: tests.check.tried > 0 ? [tests.check] : [], complaints: [] })
    note('no complaints; there is no scenario in these files to try out')
    return
  }
  const desk = new AdmissionDesk({ ...BOUNDS, seeds })
  const failed: string[] = []
  for (const name of catalogue.names()) {
    const report = await admit(desk, given, others, name, everyProfile, gone)
    if (!report.ok) failed.push(name)
    say({ ok: report.ok, name, digest: report.digest, checks: report.checks, costs: report.costs, check_costs: report.check_costs, complaints: [] })
    if (!json) print(writeReport(report))
  }
  if (failed.length > 0) throw new WorkFailed(`not admitted: ${failed.join(', ')}`)
}

/** Runs the tests inside the worlds: they need no scenario. */
function tryTests(worlds: readonly CatalogueWorld[]): { check: AdmissionReport['checks'][number]; complaints: Complaint[] } {
  const results = worlds.flatMap(({ world, locate }) => runWorldTests(world.tests).map(({ ok, findings }) => ({ ok, complaints: findings.map(locate) })))
  const [tried, failed] = [results.length, results.filter(({ ok }) => !ok).length]
  const detail = failed === 0 ? `${tried} of ${tried}` : `failed ${failed} of ${tried} tests`
  return { check: { id: 'tests', about: 'the tests of the world pass', ok: failed === 0, tried, failed, detail, examples: [] }, complaints: results.flatMap(({ complaints }) => complaints) }
}

export function validateVerb(): Command {
  return new Command('validate')
    .description('Check specifications: their form, then that each scenario is solvable, deterministic and not trivially winnable.')
    .argument('<files...>', 'YAML or JSON; they may name the worlds, frameworks and dynamics that ship with the package, and be like its scenarios')
    .option('--seeds <n>', 'how many seeds each task template is tried with', wholeNumber(1, 100_000), 20)
    .option('--every-profile', 'solve the tasks under every dynamics profile, not only the default one')
    .option('--watch', 'do it again whenever one of the files changes')
    .option('--json', 'print {ok, name, digest, checks, costs, complaints}, one object a line')
    .addHelpText('after', '\nExample:\n  $ fractal-gym validate my-world.yaml my-scenario.yaml --json\n  $ fractal-gym validate my-world.yaml --watch')
    .action((files: string[], options: Options) => (options.watch ? watchFiles(files, (gone) => validate(files, options, gone)) : validate(files, options, new AbortController().signal)))
}
