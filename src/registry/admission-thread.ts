/** The thread in which strangers' specifications are read, compiled and tried; it knows no socket and no file. */
import { platform, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { MOST_TRANSCRIPT } from '../../protocol/report.ts'
import { admitScenario } from '../admit/admit.ts'
import { playSample, type SampledRun } from '../admit/sample.ts'
import { compileSpecification } from '../compile/specification.ts'
import { ENGINE_VERSION } from '../core/engine-version.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { renderTranscript } from '../record/transcript.ts'
import type { Difference, Order, ThreadMessage } from './thread-message.ts'

const BACKGROUND = 10

function say(message: ThreadMessage): void {
  parentPort!.postMessage(message)
}

function compare(scenario: CompiledScenario, expected: readonly SampledRun[]): void {
  const differences: Difference[] = []
  let tried = 0
  const runs = playSample(scenario, (run, episode) => {
    const first = expected[tried++]
    if (first?.hash !== run.hash && differences.length < 3) differences.push({ run, first: first?.hash ?? 'nothing', transcript: renderTranscript(episode.events()).slice(0, MOST_TRANSCRIPT) })
  })
  const missing = expected[runs.length]
  if (missing && differences.length < 3) differences.push({ run: { ...missing, hash: 'nothing' }, first: missing.hash, transcript: '' })
  say({ type: 'compared', tried, differences })
}

function work({ files, data, around, pick, seeds, allProfiles, compare: expected }: Order): void {
  const began = process.threadCpuUsage()
  const made = compileSpecification({ files, data, around, pick })
  const { user, system } = process.threadCpuUsage(began)
  if ('complaints' in made) {
    say({ type: 'complaints', complaints: made.complaints })
    return
  }
  const { scenario, spec, borrowed } = made
  if (expected) {
    compare(scenario, expected)
    return
  }
  const { name, digest, summary, tasks, tools } = scenario
  say({ type: 'compiled', compiled: { name, digest, engine: ENGINE_VERSION, scenario: summary, tasks: [...tasks.keys()], tools: [...tools], borrowed, ms: (user + system) / 1000 } })
  const profile = typeof spec.dynamics === 'string' ? spec.dynamics : spec.dynamics.name
  const report = admitScenario(scenario, { seeds, spec, ...(!allProfiles && { profiles: [profile] }), onProgress: (share) => say({ type: 'progress', share }) })
  say({ type: 'report', report, sample: report.ok ? playSample(scenario) : [] })
}

function main(): void {
  // On Linux a priority is a thread's own: whoever steps episodes meanwhile goes first.
  if (platform() === 'linux') setPriority(0, BACKGROUND)
  say({ type: 'begun', cpuMs: process.threadCpuUsage().user / 1000 })
  try {
    work(workerData as Order)
  } catch (error) {
    const deep = error instanceof RangeError && /call stack/i.test(error.message)
    if (deep) say({ type: 'complaints', complaints: [{ code: 'size', message: 'nested too deeply to be read', file: (workerData as Order).files[0]?.file ?? '', line: 1, column: 1 }] })
    else say({ type: 'fault', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}

main()
