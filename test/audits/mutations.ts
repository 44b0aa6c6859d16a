/** The table of mutations over the catalogue: every verifier attacked at length, in as many threads as there are cores for it. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { CERTAIN } from '../../src/admit/ceiling.ts'
import { TRIVIAL_CEILING } from '../../src/admit/gate.ts'
import { MUTATION_TABLE } from '../../src/admit/mutation-table.ts'
import type { Effort } from '../../src/admit/mutation.ts'
import { soloScenarios } from '../checkout.ts'

/** A part of the audit: some seeds of all tasks of a scenario. */
export type Job = { readonly scenario: string; readonly from: number; readonly to: number; readonly effort: Effort; readonly attackers: boolean }

/** What was played, by row: how often, how often it came out as it must, and what it earned. */
export type Row = { played: number; held: number; sum: number }

export type Findings = {
  readonly scenario: string
  readonly rows: Readonly<Record<string, Row>>
  /** Rewards of trivial policies, by policy and task. */
  readonly ceilings: Readonly<Record<string, Readonly<Record<string, { played: number; sum: number }>>>>
  readonly failures: readonly string[]
}

export type MutationAudit = { readonly findings: readonly Findings[]; readonly failures: readonly string[] }

/** Seeds of one job. */
const SEEDS = 5

export type MutationAuditOptions = {
  /** How much is searched for in the seeds from one on. */
  readonly effortAt: (seed: number) => Effort
  /** Whether all trivial policies play as well. */
  readonly attackers: boolean
  readonly threads?: number
  readonly progress?: (done: number, of: number) => void
}

/** Plays so many seeds of each task; with no threads it plays here. */
export async function auditMutations(seeds: number, { effortAt, attackers, threads = availableParallelism(), progress = () => {} }: MutationAuditOptions): Promise<MutationAudit> {
  const starts = Array.from({ length: Math.ceil(seeds / SEEDS) }, (_, i) => i * SEEDS)
  // All scenarios of some seeds, then of the next: the slow ones do not come together at the end.
  const jobs = starts.flatMap((from) => soloScenarios().map(({ name }): Job => ({ scenario: name, from, to: Math.min(seeds, from + SEEDS), effort: effortAt(from), attackers })))
  const found: Findings[] = new Array(jobs.length)
  let begun = 0
  let done = 0
  const work = async (play: (job: Job) => Promise<Findings>): Promise<void> => {
    while (begun < jobs.length) {
      const i = begun++
      found[i] = await play(jobs[i]!)
      progress(++done, jobs.length)
    }
  }
  if (threads === 0) {
    const { playJob } = await import('./mutations-job.ts')
    await work(async (job) => playJob(job))
  } else await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, () => inThread(work)))
  return { findings: merge(found), failures: found.flatMap(({ failures }) => failures) }
}

async function inThread(work: (play: (job: Job) => Promise<Findings>) => Promise<void>): Promise<void> {
  const worker = new Worker(new URL('mutations-job.ts', import.meta.url), { workerData: 'mutations' })
  try {
    await work((job) => new Promise((resolve, reject) => {
      worker.once('error', reject)
      worker.once('message', (findings: Findings) => {
        worker.off('error', reject)
        resolve(findings)
      })
      worker.postMessage(job)
    }))
  } finally {
    await worker.terminate()
  }
}

function merge(all: readonly Findings[]): Findings[] {
  const names = [...new Set(all.map(({ scenario }) => scenario))]
  return names.map((scenario) => {
    const rows: Record<string, Row> = {}
    const ceilings: Record<string, Record<string, { played: number; sum: number }>> = {}
    for (const part of all.filter((one) => one.scenario === scenario)) {
      for (const [id, { played, held, sum }] of Object.entries(part.rows)) {
        const row = (rows[id] ??= { played: 0, held: 0, sum: 0 })
        row.played += played
        row.held += held
        row.sum += sum
      }
      for (const [policy, tasks] of Object.entries(part.ceilings)) {
        for (const [task, { played, sum }] of Object.entries(tasks)) {
          const cell = ((ceilings[policy] ??= {})[task] ??= { played: 0, sum: 0 })
          cell.played += played
          cell.sum += sum
        }
      }
    }
    return { scenario, rows, ceilings, failures: [] }
  })
}

/** What does not hold; in few seeds one stroke of luck is no proof. */
export function judgeMutations({ findings, failures }: MutationAudit): string[] {
  const rich = findings.flatMap(({ scenario, ceilings }) => Object.entries(ceilings).flatMap(([policy, tasks]) => Object.entries(tasks)
    .filter(([, { played, sum }]) => sum > TRIVIAL_CEILING * Math.max(played, CERTAIN))
    .map(([task, { played, sum }]) => `${scenario} ${task}: ${policy} earns ${(sum / played).toFixed(3)} over ${played} seeds`)))
  return [...failures, ...rich]
}

const REPORTED: ReadonlySet<string> = new Set(MUTATION_TABLE.flatMap(({ id, must }) => (must === 'reported' ? [id] : [])))

/** The one table: classes of mutations by scenario, then what the best paid template pays each trivial policy. */
export function tableOf({ findings }: MutationAudit): Record<string, Record<string, string>> {
  const table: Record<string, Record<string, string>> = {}
  const ids = [...new Set(findings.flatMap(({ rows }) => Object.keys(rows)))]
  for (const id of ids) {
    table[id] = Object.fromEntries(findings.map(({ scenario, rows: { [id]: row } }) => [scenario, !row ? '-' : REPORTED.has(id) || id.startsWith('naive') ? `${(row.sum / row.played).toFixed(3)} mean of ${row.played}` : `${row.held} of ${row.played}`]))
  }
  for (const policy of new Set(findings.flatMap(({ ceilings }) => Object.keys(ceilings)))) {
    table[`${policy} at most`] = Object.fromEntries(findings.map(({ scenario, ceilings: { [policy]: tasks = {} } }) => [scenario, Math.max(0, ...Object.values(tasks).map(({ played, sum }) => sum / played)).toFixed(3)]))
  }
  return table
}
