/** The thread that owns the database connection for journals. It answers every message with exactly one. */
import { parentPort, workerData } from 'node:worker_threads'
import type { DatabaseSync } from 'node:sqlite'
import { openDatabase, type Sync } from './database.ts'
import type { JournalOp } from './journal-op.ts'
import { JournalWriter } from './journal-writer.ts'
import { Retention, type RetentionRules, type Swept } from './retention.ts'
import { storeFault } from './store-fault.ts'

export type WorkerSettings = { readonly path: string; readonly sync: Sync; readonly now: number }

export type ToWorker =
  | { readonly kind: 'commit'; readonly ops: readonly JournalOp[] }
  | { readonly kind: 'sweep'; readonly now: number; readonly rules: RetentionRules }
  | { readonly kind: 'probe' }
  | { readonly kind: 'close' }

export type FromWorker =
  | { readonly kind: 'done'; readonly swept?: Swept }
  | { readonly kind: 'failed'; readonly message: string }

type Open = { readonly database: DatabaseSync; readonly writer: JournalWriter; readonly retention: Retention }

const { path, sync, now } = workerData as WorkerSettings
let open: Open | undefined
let adopted = false

/** Opened with the first message, and again after a failure: a file that was mended is found. */
function opened(): Open {
  if (open) return open
  const database = openDatabase(path, sync)
  open = { database, writer: new JournalWriter(database), retention: new Retention(database) }
  return open
}

function close(): void {
  open?.database.close()
  open = undefined
}

/** With the first thing to do: a server that does not come up must not touch what another one plays. */
function adopt(): void {
  if (adopted) return
  opened().writer.adopt(now)
  adopted = true
}

function work(message: ToWorker): Swept | undefined {
  if (message.kind === 'commit' || message.kind === 'sweep') adopt()
  switch (message.kind) {
    case 'commit': return void opened().writer.commit(message.ops)
    case 'probe': return void opened().writer.probe()
    case 'sweep': return opened().retention.sweep(message.now, message.rules)
    case 'close': return void close()
  }
}

function answer(message: ToWorker): FromWorker {
  try {
    const swept = work(message)
    return { kind: 'done', ...(swept && { swept }) }
  } catch (error) {
    try {
      close()
    } catch {
      // What cannot be closed is left behind; the next message opens anew.
      open = undefined
    }
    return { kind: 'failed', message: storeFault('journals are not written', error).message }
  }
}

parentPort!.on('message', (message: ToWorker) => {
  parentPort!.postMessage(answer(message))
  if (message.kind === 'close') parentPort!.close()
})
