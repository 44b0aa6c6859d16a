/** The folder of a local sweep: its database, and the reports that are written beside it. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { toEnd } from '../core/to-end.ts'
import { ENGINE_VERSION } from '../core/engine-version.ts'
import type { SweepReport } from '../../protocol/sweep-report.ts'
import { wallClock } from '../server/clock.ts'
import { reportSweep, readSweep, type RowFinder, type SweepReading } from '../server/sweeps/sweep-read.ts'
import { openDatabase } from '../store/database.ts'
import { SqliteSweeps } from '../store/sqlite-sweeps.ts'
import type { StoredSweep } from '../store/sweep-store.ts'
import { episodeLines } from '../sweep/episode-table.ts'
import { type Plan, unitCount } from '../sweep/plan.ts'
import { WorkFailed } from './failure.ts'

const DATABASE = 'sweep.sqlite'

export type OpenFolder = { readonly store: SqliteSweeps; close(): void }

/** Opens the database of a folder. @throws WorkFailed where there must be one and is none; GymError GYM_STORE */
export function openFolder(folder: string, mustExist = false): OpenFolder {
  const path = join(folder, DATABASE)
  if (mustExist && !existsSync(path)) throw new WorkFailed(`${folder} holds no sweep (${DATABASE} is missing)`)
  mkdirSync(folder, { recursive: true })
  // What a killed process has committed is there; a power cut may cost the last moments, which are played again.
  const database = openDatabase(path, 'normal')
  return { store: new SqliteSweeps(database), close: () => database.close() }
}

/** The one sweep of a folder. */
export function sweepIn({ store }: OpenFolder): StoredSweep | undefined {
  const [entry] = store.list()
  return entry && store.get(entry.id)
}

/** The sweep of a plan in a folder: what was begun there goes on. @throws WorkFailed where the folder holds another */
export function beginIn(open: OpenFolder, plan: Plan, folder: string): { readonly sweep: StoredSweep; readonly isNew: boolean } {
  const there = sweepIn(open)
  if (there && there.digest !== plan.digest) throw new WorkFailed(`${folder} holds another sweep (${there.spec.name}: other policies, tasks or dynamics); choose another folder with -o`)
  if (there && there.engine !== ENGINE_VERSION) throw new WorkFailed(`${folder} holds a sweep of engine ${there.engine}, and this is ${ENGINE_VERSION}; choose another folder with -o`)
  if (there) {
    // The same episodes; it may be called otherwise now, or compare with another.
    open.store.setSpec(there.id, plan.spec)
    return { sweep: { ...there, spec: plan.spec }, isNew: false }
  }
  const sweep: StoredSweep = { id: randomBytes(16).toString('hex'), spec: plan.spec, tasks: plan.rows, digest: plan.digest, planned: unitCount(plan), engine: ENGINE_VERSION, principal: 'local', createdAt: wallClock.now(), state: 'running' }
  open.store.create(sweep)
  return { sweep, isNew: true }
}

/** What a folder's sweep found out so far. @throws WorkFailed where it holds none */
export function readFolder(folder: string, find: RowFinder): SweepReading {
  const open = openFolder(folder, true)
  try {
    const sweep = sweepIn(open)
    if (!sweep) throw new WorkFailed(`${folder} holds no sweep`)
    return toEnd(readSweep(open.store, sweep, find))
  } finally {
    open.close()
  }
}

/** Writes report.html, report.json and episodes.csv; returns the report. */
export async function writeReports(folder: string, { store }: OpenFolder, sweep: StoredSweep, find: RowFinder): Promise<SweepReport> {
  const reading = toEnd(readSweep(store, sweep, find))
  const report = toEnd(reportSweep(store, reading, find))
  // Plots take a while to load, and nothing else needs them.
  const { sweepPage } = await import('../sweep/page/page.ts')
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, null, 1)}\n`)
  writeFileSync(join(folder, 'report.html'), sweepPage(report))
  writeFileSync(join(folder, 'episodes.csv'), [...episodeLines(reading.plan, reading.played, true)].map((line) => `${line}\n`).join(''))
  return report
}
