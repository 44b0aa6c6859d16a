/** `fractal-gym sweep`: which policy is better, on what, and how sure that is. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { compileSpecification } from '../../compile/specification.ts'
import { toEnd } from '../../core/to-end.ts'
import { isGenerated } from '../../generate/reference.ts'
import { compareSweeps } from '../../sweep/compare-sweeps.ts'
import { comparisonText } from '../../sweep/comparison-text.ts'
import { writeTime } from '../../survey/figure.ts'
import type { CompiledScenario } from '../../episode/compiled-scenario.ts'
import type { GivenScenario } from '../../registry/scenario-registry.ts'
import type { SourceParts } from '../../server/sweeps/scenario-source.ts'
import { type Progress, SweepRun } from '../../server/sweeps/sweep-run.ts'
import { type Plan, type PlanFinder, planSweep } from '../../sweep/plan.ts'
import { reportText } from '../../sweep/report-text.ts'
import { seedNumber, wholeNumber } from '../arguments.ts'
import { writeComplaint } from '../complaints.ts'
import { embeddedFiles } from '../embedded-catalogue.ts'
import { embeddedProfiles, embeddedThemes } from '../embedded-supply.ts'
import { withEndpoints } from '../endpoints.ts'
import { UsageError, WorkFailed } from '../failure.ts'
import { localFinder } from '../local-finder.ts'
import { note, print } from '../print.ts'
import { progressBar } from '../progress-bar.ts'
import { filesAround, readSpecFiles } from '../spec-files.ts'
import { beginIn, openFolder, readFolder, writeReports } from '../sweep-folder.ts'
import { listed, shares, type SpecOptions, sweepSpec } from '../sweep-spec.ts'

type Options = SpecOptions & { output?: string; threads: number; retryFailed?: boolean; json?: boolean; compare?: boolean; report?: boolean; endpointTimeout?: number; endpointRetries?: number }

/** Columns where there is no terminal. */
const PAGE = 150

/** Scenarios that were given as files, under their names. */
function givenScenarios(files: readonly string[]): { readonly scenarios: CompiledScenario[]; readonly given: GivenScenario[] } {
  const made = files.map((file) => {
    const texts = readSpecFiles([file])
    const around = filesAround([file], texts)
    const compiled = compileSpecification({ files: texts, around })
    if ('complaints' in compiled) throw new WorkFailed(compiled.complaints.map(writeComplaint).join('\n'))
    const { name, digest } = compiled.scenario
    return { scenario: compiled.scenario, given: { name, digest, files: texts, around } }
  })
  return { scenarios: made.map(({ scenario }) => scenario), given: made.map(({ given }) => given) }
}

function planned(options: Options): { readonly plan: Plan; readonly finder: PlanFinder; readonly parts: SourceParts } {
  const isFile = (text: string): boolean => /\.(ya?ml|json)$/.test(text)
  const { scenarios, given } = givenScenarios((options.scenario ?? []).filter(isFile))
  const named = scenarios.values()
  const scenario = options.scenario?.map((text) => (isFile(text) ? named.next().value!.name : text === 'all' ? '*' : text))
  const spec = sweepSpec({ ...options, ...(scenario && { scenario }) })
  if (spec.policies.some(({ policy }) => policy === 'external')) throw new UsageError('an external client pulls its episodes from a server: send the specification to sweep/create of a running one')
  const finder = localFinder(scenarios)
  const plan = toEnd(planSweep(spec, finder))
  const themes = plan.rows.some(({ scenario }) => isGenerated(scenario)) ? embeddedThemes() : []
  return { plan, finder, parts: { shipped: [...embeddedFiles('envs'), ...embeddedFiles('scenarios')], given, themes, profiles: embeddedProfiles() } }
}

/** What the bar says besides the share: how fast, how long still, what failed. */
function pace(began: Progress, { done, of, failed }: Progress, ms: number): string {
  const played = done - began.done
  if (played === 0 || ms < 500) return ''
  const rate = (played / ms) * 1000
  return `${done} of ${of}, ${rate < 10 ? rate.toFixed(1) : Math.round(rate)} a second, ${writeTime(((of - done) / rate) * 1000)} left${failed ? `, ${failed} failed` : ''}`
}

/** Aborted by the first SIGINT or SIGTERM; the second ends the process as usual. */
function untilTold(): AbortController {
  const gone = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => gone.abort())
  return gone
}

async function sweep(options: Options): Promise<void> {
  const { plan, finder, parts } = planned(options)
  const folder = options.output ?? join('sweeps', `${plan.spec.name}-${plan.digest.slice(0, 8)}`)
  const endpoints = new Map([...options.endpoint ?? []].map(([name, endpoint]) => [name, { ...endpoint, ...(options.endpointTimeout !== undefined && { timeoutMs: options.endpointTimeout * 1000 }), ...(options.endpointRetries !== undefined && { retries: options.endpointRetries }) }]))
  for (const { policy, endpoint = '' } of plan.policies) if (policy === 'endpoint' && !endpoints.has(endpoint)) throw new UsageError(`no endpoint is called '${endpoint}': give --endpoint ${endpoint}=URL,MODEL`)
  const open = openFolder(folder)
  try {
    const { sweep: { id, state }, isNew } = beginIn(open, plan, folder)
    if (options.retryFailed) open.store.forget(id, open.store.outcomes(id).filter(({ outcome }) => outcome.status === 'failed').map(({ unit }) => unit))
    const bar = progressBar(plan.spec.name)
    let began = 0
    const run = new SweepRun({ id, plan, store: open.store, source: parts, endpoints, threads: options.threads, onProgress: (progress) => bar.show(progress.done / progress.of, pace(first, progress, performance.now() - began)) })
    const first = run.progress
    if (!isNew && first.done < first.of && state !== 'done') note(`going on in ${folder}: ${first.done} of ${first.of} episodes are there`)
    const gone = untilTold()
    began = performance.now()
    const ending = await run.run(gone.signal).finally(bar.clear)
    open.store.setState(id, ending.state, ending.why)
    const report = await writeReports(folder, open, open.store.get(id)!, (ref, seed, task) => finder.scenario(ref, seed, task))
    print(options.json ? JSON.stringify(report) : reportText(report, process.stdout.columns ?? PAGE).join('\n'))
    note(`\n${join(folder, 'report.html')}, report.json and episodes.csv are written`)
    if (ending.state === 'failed') throw new WorkFailed(`the sweep stopped: ${ending.why}\nmend that, and give the same command again: it goes on where it stopped`)
    if (gone.signal.aborted) throw new WorkFailed('interrupted; the same command goes on where it stopped')
  } finally {
    open.close()
  }
}

function compare(folders: readonly string[], { json }: Options): void {
  if (folders.length !== 2) throw new UsageError('--compare takes two folders of sweeps: fractal-gym sweep --compare A B')
  const finder = localFinder()
  const [a, b] = folders.map((folder) => readFolder(folder, (ref, seed, task) => finder.scenario(ref, seed, task))) as [ReturnType<typeof readFolder>, ReturnType<typeof readFolder>]
  const found = compareSweeps(a, b)
  print(json ? JSON.stringify(found) : comparisonText(found, process.stdout.columns ?? PAGE).join('\n'))
}

function halfWidth(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 0.5)) throw new InvalidArgumentError('expected a share above 0, such as 0.02 for plus or minus two points.')
  return value
}

export function sweepVerb(): Command {
  return withEndpoints(new Command('sweep')
    .description('Let policies play the same tasks under the same luck, and report who is better, on what, and how sure that is. What was interrupted goes on with the same command.')
    .argument('[folders...]', 'with --compare: two folders of sweeps')
    .option('--spec <file>', 'a YAML or JSON document with kind: Sweep; options win over it')
    .option('--name <name>', 'what the sweep is called')
    .option('--policy <names>', 'who plays, with commas: oracle, robust, naive, random, noop, refuse, robust:0.8 (competence), the name of an --endpoint, replay:FILE', listed)
    .option('--scenario <refs>', 'names, globs, spec files or gen: references, with commas; all is the whole catalogue', listed)
    .option('--distribution <file>', 'also play a distribution: a YAML or JSON file with weighted scenarios under `of`')
    .option('--seed <n>', 'chooses the tasks (default: 0)', seedNumber)
    .option('--seeds <n>', 'tasks of each scenario, and of the distribution (default: 100)', wholeNumber(1, 10_000))
    .addOption(new Option('--split <split>', 'only seeds of this split').choices(['train', 'validation', 'test']))
    .option('--task <name>', 'only this task template')
    .option('--tag <tags>', 'only tasks with these tags', listed)
    .option('--repeats <n>', 'episodes of each task, each with its own luck (default: 1)', wholeNumber(1, 1000))
    .option('--dynamics <profiles>', 'profiles, with commas, such as clean,flaky@0.5; own is each scenario\'s (default: own)', listed)
    .option('--intensity <shares>', 'intensities at which each profile is played, such as 0,0.25,0.5,1', shares)
    .option('--learner <agents>', 'of teams, whom the policies play: root, all, or names and globs with commas')
    .option('--others <policy>', 'of teams, who plays the others: a policy, or JSON')
    .option('--baseline <policy>', 'compare all with this one; default: each with each')
    .option('--stop <half-width>', 'end early when every interval of success is plus or minus so much, such as 0.02', halfWidth)
    .option('--tries <n>', 'how often an episode is begun that infrastructure broke (default: 3)', wholeNumber(1, 20)))
    .option('--endpoint-timeout <seconds>', 'how long one answer of an endpoint may take (default: 60)', wholeNumber(1, 3600))
    .option('--endpoint-retries <n>', 'how often one question is asked again (default: 3)', wholeNumber(0, 100))
    .option('--retry-failed', 'play again what infrastructure broke')
    .option('--threads <n>', 'threads for built-in policies', wholeNumber(1, 64), Math.min(8, availableParallelism()))
    .option('-o, --output <folder>', 'where episodes and reports are kept (default: sweeps/NAME-DIGEST)')
    .option('--json', 'print the report as JSON')
    .option('--compare', 'instead, compare two sweeps where they played the same')
    .addHelpText('after', '\nExample:\n  $ fractal-gym sweep --policy oracle,naive,random,noop --scenario all --seeds 20 --dynamics clean,flaky\n  $ fractal-gym sweep --policy robust,small --endpoint small=http://127.0.0.1:8000/v1,my-model --scenario retail --dynamics flaky --intensity 0,0.5,1 -o sweeps/small\n  $ fractal-gym sweep --compare sweeps/small sweeps/large')
    .action((folders: string[], options: Options) => {
      if (options.compare) return compare(folders, options)
      if (folders.length) throw new UsageError('folders are for --compare')
      return sweep(options)
    })
}

