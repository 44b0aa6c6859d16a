/** Has a report written in a thread of its own. */
import { Worker } from 'node:worker_threads'
import { GymError } from '../../core/gym-error.ts'
import type { ReportMessage, ReportOrder } from './report-thread.ts'

const ENTRY = new URL(`./report-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
const MEMORY_MB = 2048

/** What a report is to be of. */
export type ReportTopic = { readonly privileged: boolean } & ({ readonly sweep: string; readonly format: 'json' | 'html' | 'csv' } | { readonly compare: readonly [string, string] })

export type WrittenReport = Exclude<ReportMessage, { readonly fault: string }>

/** @throws GymError GYM_STORE when the store cannot be read, GYM_SHUTTING_DOWN when nobody waits any more; Error for a fault of ours */
export function writeReport(order: ReportOrder, gone: AbortSignal): Promise<WrittenReport> {
  const worker = new Worker(ENTRY, { workerData: order, resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB }, env: {}, stdin: false })
  return new Promise<WrittenReport>((resolve, reject) => {
    const leave = (): void => reject(new GymError('GYM_SHUTTING_DOWN', 'the connection or the server is closing'))
    gone.addEventListener('abort', leave, { once: true })
    if (gone.aborted) leave()
    worker.on('message', (message: ReportMessage) => {
      if (!('fault' in message)) resolve(message)
      else reject(message.known ? new GymError('GYM_STORE', message.fault) : new Error(message.fault))
    })
    worker.on('error', reject)
    worker.on('exit', () => reject(new Error('the report thread ended without an answer')))
  }).finally(() => worker.terminate())
}
