/** Runs the audit of generation over threads, and puts its parts together in the order of their places. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { MEASURES } from '../audit/difficulty.ts'
import type { DrawRecord } from '../audit/draw-record.ts'
import type { Speed } from '../audit/generation-page.ts'
import { type Admitted, type GenerationReport, reportOn, WHOLE } from '../audit/generation-report.ts'
import { percentile } from '../statistics/percentile.ts'
import type { Done, Job } from './generation-thread.ts'

const ENTRY = new URL(`./generation-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
/** Draws, admissions and episodes of one job. */
const CHUNK = 25
/** One draw in so many goes through admission whole, and one is made again by a fresh thread. */
const ADMITTED = 25
const AGAIN = 20
/** Episodes of each level of each axis in a whole audit. */
const EPISODES = 300
const LEAST_EPISODES = 4
const MOST_THREADS = 8
const MEMORY_MB = 2048

function chunks(count: number): { from: number; to: number }[] {
  return Array.from({ length: Math.ceil(count / CHUNK) }, (_, i) => ({ from: i * CHUNK, to: Math.min(count, (i + 1) * CHUNK) }))
}

/** Does jobs in so many fresh threads; the first fault ends all. */
function inThreads(jobs: readonly Job[], threads: number, hear: (done: Done) => void): Promise<void> {
  const waiting = jobs.values()
  const workers = Array.from({ length: Math.min(threads, jobs.length) }, () => new Worker(ENTRY, { resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB } }))
  const run = (worker: Worker): Promise<void> => new Promise((resolve, reject) => {
    const next = (): void => {
      const { value, done } = waiting.next()
      if (done) resolve()
      else worker.postMessage(value)
    }
    worker.on('message', (done: Done) => {
      hear(done)
      next()
    })
    worker.on('error', reject)
    next()
  })
  return Promise.all(workers.map(run)).then(() => {}).finally(() => Promise.all(workers.map((worker) => worker.terminate())))
}

/** The report on the first so many draws; `show` is told the share that is done. */
export async function auditGeneration(draws: number, show: (share: number) => void, threads = Math.min(MOST_THREADS, availableParallelism())): Promise<{ report: GenerationReport; speed: Speed }> {
  const episodes = Math.min(EPISODES, Math.max(LEAST_EPISODES, Math.ceil((EPISODES * draws) / WHOLE)))
  const first: Job[] = [
    ...chunks(draws).map((places): Job => ({ kind: 'draw', ...places })),
    ...MEASURES.flatMap(({ levels }, measure) => levels.flatMap((_, level) => chunks(episodes).map((places): Job => ({ kind: 'measure', measure, level, ...places })))),
  ]
  // Other threads, the other way round: what a draw gives must not depend on what was drawn before it.
  const second: Job[] = [
    ...Array.from({ length: Math.ceil(draws / AGAIN) }, (_, i): Job => ({ kind: 'again', from: i * AGAIN, to: i * AGAIN + 1 })).toReversed(),
    ...Array.from({ length: Math.ceil(draws / ADMITTED) }, (_, i): Job => ({ kind: 'admit', from: i * ADMITTED, to: i * ADMITTED + 1 })),
  ]
  const records: DrawRecord[] = []
  const again: DrawRecord[] = []
  const ms: number[] = []
  const measured = MEASURES.map(({ levels }) => levels.map((): number[] => []))
  let admitted: Admitted = { scenarios: 0, templates: 0, left: [], lost: [] }
  let made = 0
  const hear = (done: Done): void => {
    show(++made / (first.length + second.length))
    switch (done.kind) {
      case 'draw':
        ms.push(...done.ms)
        records.push(...done.records)
        break
      case 'again':
        again.push(...done.records)
        break
      case 'measure':
        done.rewards.forEach((reward, i) => { measured[done.measure]![done.level]![done.from + i] = reward })
        break
      default:
        admitted = { scenarios: admitted.scenarios + done.scenarios, templates: admitted.templates + done.templates, left: [...admitted.left, ...done.left], lost: [...admitted.lost, ...done.lost] }
    }
  }
  await inThreads(first, threads, hear)
  await inThreads(second, threads, hear)
  const inOrder = (list: DrawRecord[]): DrawRecord[] => list.toSorted((a, b) => a.index - b.index)
  const sorted = ms.toSorted((a, b) => a - b)
  return {
    report: reportOn(inOrder(records), inOrder(again), measured, { ...admitted, left: admitted.left.toSorted((a, b) => a.seed - b.seed), lost: admitted.lost.toSorted((a, b) => a - b) }),
    speed: { draws, threads, p50: percentile(sorted, 0.5), p90: percentile(sorted, 0.9), p99: percentile(sorted, 0.99) },
  }
}
