/** `fractal-gym tools explore`: records a real server in the states that the tasks of a scenario lead to. */
import { Command } from 'commander'
import { readFileSync } from 'node:fs'
import { CASSETTE_FORMAT, type Cassette } from '../../../protocol/cassette.ts'
import { compileCatalogue, type SpecFile } from '../../compile/catalogue.ts'
import { GymError } from '../../core/gym-error.ts'
import type { CompiledScenario } from '../../episode/compiled-scenario.ts'
import { wallClock } from '../../server/clock.ts'
import { readAllowedServers } from '../../server/tool-servers/allowed-servers.ts'
import { wholeNumber } from '../arguments.ts'
import { writeComplaint } from '../complaints.ts'
import { UsageError, WorkFailed } from '../failure.ts'
import { note, print } from '../print.ts'
import { progressBar } from '../progress-bar.ts'
import { filesAround, readSpecFiles } from '../spec-files.ts'
import { writeNew } from '../write-new.ts'

type Options = { toolServers: string; seeds: number; states: number; output: string; force?: boolean }

const EMPTY: Cassette = { format: CASSETTE_FORMAT, server: { name: 'none', version: '0' }, tools: [], start: 'none', states: {}, answers: [], calls: [] }

/** The recording that is to be made need not be there yet. */
function withoutRecording(file: SpecFile): SpecFile {
  const named = [...file.text.matchAll(/\bcassette:\s*\{\s*file:\s*["']?([\w./-]+\.json)/g)].map(([, name]) => name!)
  return named.length ? { ...file, data: { ...file.data, ...Object.fromEntries(named.map((name) => [name, JSON.stringify(EMPTY)])) } } : file
}

function compileFor(file: string): CompiledScenario {
  const given = readSpecFiles([file])
  const { catalogue, complaints } = compileCatalogue(given.map(withoutRecording), {}, filesAround([file], given).map(withoutRecording))
  if (complaints.length) throw new WorkFailed(complaints.map(writeComplaint).join('\n'))
  const [only, ...others] = catalogue.list()
  if (!only || others.length) throw new WorkFailed(`${file} holds ${others.length ? `${others.length + 1} scenarios` : 'no scenario'}; one is explored at a time`)
  const { server } = only.world.spec
  if (!server) throw new WorkFailed(`the world of ${only.name} names no server`)
  if (!server.state?.files && !server.state?.lines) throw new WorkFailed(`the world of ${only.name} does not say how its server's files become rows (state: files or lines), so its states cannot be told apart; record it with tools record`)
  return only
}

async function exploreScenario(file: string, options: Options): Promise<void> {
  const scenario = compileFor(file)
  const source = scenario.world.spec.server!
  const allowed = readList(options.toolServers).get(source.name)
  if (!allowed) throw new UsageError(`--tool-servers ${options.toolServers} has no server '${source.name}'`)
  const [{ LiveServer }, { explore }] = [await import('../../server/tool-servers/live-server.ts'), await import('../../server/tool-servers/explore.ts')]
  const server = new LiveServer({ allowed, mirror: source.state, first: undefined, clock: wallClock })
  const bar = progressBar('exploring')
  try {
    const { cassette, unpaid, left } = await explore(scenario, server, { seeds: options.seeds, states: options.states, onProgress: (states, calls) => bar.show(states / options.states, `${states} states, ${calls} calls`) })
    const whole: Cassette = { ...cassette, server: { ...cassette.server, ...(source.package !== undefined && { package: source.package }) } }
    writeNew(options.output, `${JSON.stringify(whole)}\n`, options.force ?? false)
    bar.clear()
    print(`${Object.keys(whole.states).length} states, ${whole.calls.length} calls, ${whole.answers.length} different answers: ${options.output}`)
    if (left) note(`${left} states were left out: --states allows ${options.states}`)
    if (unpaid.length) throw new WorkFailed(`the plan is not paid 1 on the live server: ${unpaid.slice(0, 10).join('; ')}${unpaid.length > 10 ? `; and ${unpaid.length - 10} more` : ''}`)
  } catch (error) {
    if ((error as Error).name === 'ServerFailure') throw new WorkFailed((error as Error).message)
    throw error
  } finally {
    bar.clear()
    await server.close()
  }
}

function readList(file: string): ReturnType<typeof readAllowedServers> {
  try {
    return readAllowedServers(readFileSync(file, 'utf8'), process.env)
  } catch (error) {
    throw new UsageError(`--tool-servers ${file}: ${error instanceof GymError && error.data.path ? `${String(error.data.path)}: ` : ''}${(error as Error).message}`)
  }
}

export function toolsExploreVerb(): Command {
  return new Command('explore')
    .description("Play every task of a scenario on its real server, make all reads and the tasks' writes in every state on the way, and write the recording that replays them offline.")
    .argument('<scenario>', 'a spec file with one scenario, whose world names a server')
    .requiredOption('--tool-servers <file>', 'YAML list that says how servers are started')
    .requiredOption('-o, --output <file>', 'the recording')
    .option('--seeds <n>', 'seeds from 0 on whose tasks are played', wholeNumber(1, 100_000), 100)
    .option('--states <n>', 'the most states that are visited', wholeNumber(1, 100_000), 500)
    .option('--force', 'write over a recording that is there')
    .addHelpText('after', '\nExample:\n  $ fractal-gym tools explore scenarios/memory.yaml --tool-servers servers.yaml --seeds 150 -o envs/memory/memory.json --force')
    .action(exploreScenario)
}
