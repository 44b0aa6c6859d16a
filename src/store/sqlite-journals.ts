/** Journals in SQLite: collected here, group-committed by a thread, read through a connection of this one. */
import type { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { GymError } from '../core/gym-error.ts'
import { type JournalOp, weigh } from './journal-op.ts'
import { JournalReader, type KeptEpisode, type KeptRequest } from './journal-reader.ts'
import type { Durability, JournalCounts, JournalStore } from './journal-store.ts'
import type { FromWorker, ToWorker, WorkerSettings } from './journal-worker.ts'
import type { RetentionRules, Swept } from './retention.ts'

export type JournalSettings = {
  readonly durability: Durability
  readonly rules: RetentionRules
  /** The most bytes that may wait for their commit before answers wait too. */
  readonly bufferBytes: number
  /** Milliseconds that operations may wait for company; those that somebody waits for do not. */
  readonly windowMs: number
  /** Milliseconds between attempts to write while the store fails. */
  readonly retryMs: number
}

export const JOURNAL_DEFAULTS = { bufferBytes: 32 * 1024 * 1024, windowMs: 10, retryMs: 1000 } as const

/** A batch is posted without waiting for more when it weighs this much. */
const BATCH_BYTES = 256 * 1024
/** The most that one batch holds, so that a commit stays short. */
const MOST_BYTES = 4 * 1024 * 1024

type Batch = { readonly ops: JournalOp[]; readonly mark: number; readonly bytes: number; readonly at: number }
type Waiter = { readonly mark: number; resolve(): void; reject(error: Error): void }

export class SqliteJournals implements JournalStore {
  readonly durability: Durability
  readonly #path: string
  readonly #reader: JournalReader
  readonly #settings: JournalSettings
  readonly #clock: { now(): number }
  readonly #report: (text: string) => void
  #worker: Worker
  #dead = false
  #queue: JournalOp[] = []
  #queueBytes = 0
  #flying: Batch | ToWorker['kind'] | undefined
  #timer: NodeJS.Timeout | undefined
  #soon = false
  #mark = 0
  #committed = 0
  #waiters: Waiter[] = []
  #relieved: (() => void)[] = []
  /** Closed, and that is not committed yet. */
  readonly #closing = new Map<string, number>()
  #sweepDue = false
  #closed: Promise<void> | undefined
  #onIdle: (() => void) | undefined
  fault: string | undefined
  epoch = 0
  full = false
  #counts = { commits: 0, entries: 0, commitMs: 0, fileBytes: 0, failures: 0, dropped: { ended: 0, idle: 0, quota: 0 } }

  /**
   * @param database a connection of this thread to the same file, for reading
   * @param report told in a sentence when the store begins to fail and when it works again
   */
  constructor(path: string, database: DatabaseSync, settings: JournalSettings, clock: { now(): number }, report: (text: string) => void) {
    this.durability = settings.durability
    this.#path = path
    this.#settings = settings
    this.#clock = clock
    this.#report = report
    this.#reader = new JournalReader(database)
    this.#worker = this.#start()
  }

  get counts(): JournalCounts {
    return { ...this.#counts, pendingBytes: this.#pendingBytes }
  }

  get #pendingBytes(): number {
    return this.#queueBytes + (typeof this.#flying === 'object' ? this.#flying.bytes : 0)
  }

  #start(): Worker {
    // Node does not rewrite this path when the sources are built.
    const file = new URL(import.meta.url.endsWith('.ts') ? './journal-worker.ts' : './journal-worker.js', import.meta.url)
    const workerData: WorkerSettings = { path: this.#path, sync: this.durability === 'ack' ? 'full' : 'normal', now: this.#clock.now() }
    const worker = new Worker(file, { workerData })
    worker.on('message', (message: FromWorker) => this.#receive(message))
    this.#dead = false
    worker.on('error', (error) => {
      this.#dead = true
      this.#fail(`the thread that writes journals died: ${error.message}`)
    })
    worker.unref()
    return worker
  }

  write(op: JournalOp): number {
    if (this.fault !== undefined || this.#closed) return this.#mark
    this.#queue.push(op)
    this.#queueBytes += weigh(op)
    this.#mark += 1
    if (op.op === 'close') this.#closing.set(op.id, this.#mark)
    if (this.#queueBytes >= BATCH_BYTES) this.#post()
    else this.#timer ??= setTimeout(() => this.#post(), this.#settings.windowMs)
    return this.#mark
  }

  isKept(mark: number): boolean {
    return mark <= this.#committed
  }

  keep(mark: number): Promise<void> {
    if (this.fault !== undefined) return Promise.reject(this.#refusal())
    if (this.isKept(mark)) return Promise.resolve()
    if (!this.#soon) {
      this.#soon = true
      // After all that this turn of the event loop still brings.
      setImmediate(() => this.#post())
    }
    return new Promise((resolve, reject) => this.#waiters.push({ mark, resolve, reject }))
  }

  relief(): Promise<void> | undefined {
    if (this.#pendingBytes <= this.#settings.bufferBytes) return undefined
    return new Promise((resolve) => this.#relieved.push(resolve))
  }

  find(id: string): KeptEpisode | undefined {
    return this.#closing.has(id) ? undefined : this.#reader.find(id)
  }

  has(id: string): boolean {
    return !this.#closing.has(id) && this.#reader.has(id)
  }

  findRequest(name: string): KeptRequest | undefined {
    const found = this.#reader.findRequest(name)
    return found?.episodes.some((id) => this.has(id)) ? found : undefined
  }

  entries(kept: KeptEpisode, upTo?: number): Generator<unknown> {
    return this.#reader.entries(kept, upTo)
  }

  sweep(): void {
    this.#sweepDue = true
    if (this.#flying === undefined) this.#post()
  }

  close(): Promise<void> {
    this.#closed ??= this.#finish()
    return this.#closed
  }

  async #finish(): Promise<void> {
    while (this.fault === undefined && (this.#queue.length > 0 || this.#flying !== undefined)) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
        this.#post()
      })
    }
    clearTimeout(this.#timer)
    if (this.#dead) return
    const gone = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()))
    this.#worker.ref()
    this.#worker.postMessage({ kind: 'close' } satisfies ToWorker)
    await gone
  }

  #refusal(): GymError {
    return new GymError('GYM_STORE', `what was done is not kept: ${this.fault}`)
  }

  /** Gives the thread its next message, if it has none. */
  #post(): void {
    this.#soon = false
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#flying !== undefined || this.fault !== undefined) return
    if (this.#queue.length > 0) return this.#postBatch()
    if (!this.#sweepDue || this.#closed) return
    this.#sweepDue = false
    this.#send({ kind: 'sweep', now: this.#clock.now(), rules: this.#settings.rules }, 'sweep')
  }

  #postBatch(): void {
    let count = 0
    let bytes = 0
    while (count < this.#queue.length && (count === 0 || bytes < MOST_BYTES)) bytes += weigh(this.#queue[count++]!)
    const ops = this.#queue.splice(0, count)
    this.#queueBytes -= bytes
    this.#send({ kind: 'commit', ops }, { ops, mark: this.#mark - this.#queue.length, bytes, at: this.#clock.now() })
  }

  #send(message: ToWorker, flying: Batch | ToWorker['kind']): void {
    this.#flying = flying
    // Holds the process until the answer is there.
    this.#worker.ref()
    this.#worker.postMessage(message)
  }

  #receive(message: FromWorker): void {
    const flying = this.#flying
    this.#flying = undefined
    if (!this.#closed) this.#worker.unref()
    if (message.kind === 'failed') return this.#fail(message.message)
    if (typeof flying === 'object') this.#settle(flying)
    if (message.swept) this.#noteSweep(message.swept)
    if (flying === 'probe') this.#recover()
    this.#onIdle?.()
    // Whoever wrote meanwhile had its company while the commit lasted.
    if (this.#waiters.length > 0 || this.#sweepDue || this.#queueBytes >= BATCH_BYTES) this.#post()
    else if (this.#queue.length > 0) this.#timer ??= setTimeout(() => this.#post(), this.#settings.windowMs)
  }

  #settle({ ops, mark, at }: Batch): void {
    this.#committed = mark
    this.#counts.commits += 1
    this.#counts.commitMs += this.#clock.now() - at
    for (const op of ops) {
      if (op.op === 'open' || op.op === 'append') this.#counts.entries += op.entries.length
      else if (op.op === 'close' && (this.#closing.get(op.id) ?? Infinity) <= mark) this.#closing.delete(op.id)
    }
    const waiters = this.#waiters
    this.#waiters = waiters.filter((waiter) => waiter.mark > mark)
    for (const waiter of waiters) if (waiter.mark <= mark) waiter.resolve()
    if (this.#pendingBytes <= this.#settings.bufferBytes / 2) this.#relieve()
  }

  #relieve(): void {
    for (const resolve of this.#relieved.splice(0)) resolve()
  }

  #noteSweep({ ended, idle, quota, bytes, full, more }: Swept): void {
    const { dropped } = this.#counts
    dropped.ended += ended
    dropped.idle += idle
    dropped.quota += quota
    this.#counts.fileBytes = bytes
    if (full && !this.full) this.#report('journals fill their quota, and all of them are being played: no new episodes until some are closed')
    this.full = full
    if (more) this.#sweepDue = true
  }

  /** Nothing that waits will be written: episodes are written whole when they are next used and the store works. */
  #fail(message: string): void {
    const first = this.fault === undefined
    this.fault = message
    this.#flying = undefined
    if (first) {
      this.epoch += 1
      this.#counts.failures += 1
      this.#report(`the store fails, episodes go on in memory alone: ${message}`)
    }
    this.#queue = []
    this.#queueBytes = 0
    this.#closing.clear()
    for (const { reject } of this.#waiters.splice(0)) reject(this.#refusal())
    this.#relieve()
    this.#onIdle?.()
    if (this.#closed) return
    setTimeout(() => {
      if (this.#closed) return
      if (this.#dead) this.#worker = this.#start()
      this.#send({ kind: 'probe' }, 'probe')
    }, this.#settings.retryMs).unref()
  }

  #recover(): void {
    this.fault = undefined
    this.#report('the store works again; episodes are kept from their next call on')
  }
}
