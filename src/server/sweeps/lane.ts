/** One thread of a sweep, and what it has been given to do: when it dies, the rest goes to a new one. */
import { Worker } from 'node:worker_threads'
import type { Order, Result, Task } from './thread-message.ts'

const ENTRY = new URL(`./sweep-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
const MEMORY_MB = 2048
/** Real time after which a thread that plays by itself is thought to hang. */
const SILENT_MS = 180_000

export type LaneParts = {
  readonly order: Order
  /** Episodes that may be in its hands at a time. */
  readonly width: number
  /** Whether its episodes wait for somebody outside: then silence means nothing. */
  readonly isAway: boolean
  /** The next episodes to play, at most so many; none when there are none for it. */
  next(most: number): readonly number[]
  hear(result: Result): void
  /** An episode in whose midst a thread died; true to try it once more. */
  lost(unit: number, why: string): boolean
}

export class Lane {
  readonly #parts: LaneParts
  #worker: Worker | undefined
  /** In the order in which they were given. */
  readonly #given = new Set<number>()
  #watch: NodeJS.Timeout | undefined
  #closed = false

  constructor(parts: LaneParts) {
    this.#parts = parts
  }

  /** Episodes in its hands. */
  get load(): number {
    return this.#given.size
  }

  /** Takes what there is to do, if it has room. */
  fill(): void {
    if (this.#closed) return
    const room = this.#parts.width - this.#given.size
    if (room <= 0) return
    const units = this.#parts.next(room)
    if (!units.length) return
    for (const unit of units) this.#given.add(unit)
    this.#send(units)
  }

  close(): Promise<unknown> {
    this.#closed = true
    clearTimeout(this.#watch)
    return this.#worker?.terminate() ?? Promise.resolve()
  }

  #send(units: readonly number[]): void {
    this.#worker ??= this.#start()
    this.#worker.postMessage({ units } satisfies Task)
    this.#listen()
  }

  #start(): Worker {
    const { order } = this.#parts
    const worker = new Worker(ENTRY, { workerData: order, resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB }, stdin: false })
    worker.on('message', (result: Result) => {
      if (!this.#given.delete(result.unit) || this.#closed) return
      this.#listen()
      this.#parts.hear(result)
      this.fill()
    })
    worker.on('error', (error) => this.#fall(worker, error.message))
    worker.on('exit', () => this.#fall(worker, 'the thread ended'))
    return worker
  }

  #listen(): void {
    clearTimeout(this.#watch)
    if (this.#parts.isAway || !this.#given.size) return
    this.#watch = setTimeout(() => {
      const worker = this.#worker
      if (worker) this.#fall(worker, `no answer within ${SILENT_MS / 1000} s`)
    }, SILENT_MS)
  }

  /** A thread has died: what it was playing is suspect, what waited behind is not. */
  #fall(worker: Worker, why: string): void {
    if (this.#closed || worker !== this.#worker) return
    this.#worker = undefined
    void worker.terminate()
    const left = [...this.#given]
    const suspects = this.#parts.isAway ? left : left.slice(0, 1)
    for (const unit of suspects) if (!this.#parts.lost(unit, why)) this.#given.delete(unit)
    if (this.#given.size) this.#send([...this.#given])
    else this.fill()
  }
}
