/** A thread that writes one report, so that nobody waits for its arithmetic: opens the database by itself, says one message, and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import type { SweepComparison, SweepReport } from '../../../protocol/sweep-report.ts'
import { GymError } from '../../core/gym-error.ts'
import { toEnd } from '../../core/to-end.ts'
import { openDatabase } from '../../store/database.ts'
import { SqliteSweeps } from '../../store/sqlite-sweeps.ts'
import { compareSweeps } from '../../sweep/compare-sweeps.ts'
import { episodeLines } from '../../sweep/episode-table.ts'
import { publicPart } from '../../sweep/report.ts'
import { ScenarioSource, type SourceParts } from './scenario-source.ts'
import type { ReportTopic } from './write-report.ts'
import { readSweep, reportSweep, type RowFinder, type SweepReading } from './sweep-read.ts'

export type ReportOrder = ReportTopic & { readonly path: string; readonly parts: SourceParts }

export type ReportMessage = { readonly report?: SweepReport; readonly text?: string; readonly media: string; readonly comparison?: SweepComparison } | { readonly fault: string; readonly known: boolean }

function readingOf(store: SqliteSweeps, id: string, find: RowFinder): SweepReading {
  const sweep = store.get(id)
  if (!sweep) throw new GymError('GYM_UNKNOWN_SWEEP', 'the sweep was removed')
  return toEnd(readSweep(store, sweep, find))
}

async function write(order: ReportOrder): Promise<ReportMessage> {
  const database = openDatabase(order.path)
  try {
    const store = new SqliteSweeps(database)
    const source = new ScenarioSource(order.parts)
    const find: RowFinder = function* (ref, seed, task) {
      yield
      return source.find(ref, seed, task)
    }
    if ('compare' in order) return { comparison: compareSweeps(readingOf(store, order.compare[0], find), readingOf(store, order.compare[1], find)), media: 'application/json' }
    const reading = readingOf(store, order.sweep, find)
    if (order.format === 'csv') return { text: [...episodeLines(reading.plan, reading.played, order.privileged)].map((line) => `${line}\n`).join(''), media: 'text/csv; charset=utf-8' }
    const whole = toEnd(reportSweep(store, reading, find))
    const report = order.privileged ? whole : publicPart(whole)
    if (order.format === 'json') return { report, media: 'application/json' }
    const { sweepPage } = await import('../../sweep/page/page.ts')
    return { text: sweepPage(report), media: 'text/html; charset=utf-8' }
  } finally {
    database.close()
  }
}

write(workerData as ReportOrder).then(
  (message) => parentPort!.postMessage(message),
  (error: unknown) => parentPort!.postMessage({ fault: error instanceof Error ? error.message : String(error), known: error instanceof GymError } satisfies ReportMessage),
)
