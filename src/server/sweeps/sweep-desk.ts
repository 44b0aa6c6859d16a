/** The sweeps of a server: runs them one after another, hands episodes to clients, and keeps what comes of them. */
import { randomBytes } from 'node:crypto'
import type { Params } from '../../../protocol/methods.ts'
import type { SweepSpec, SweepStatus } from '../../../protocol/sweep.ts'
import { ENGINE_VERSION } from '../../core/engine-version.ts'
import { GymError } from '../../core/gym-error.ts'
import type { Endpoint } from '../../llm/endpoint.ts'
import type { StoredSweep, SweepCounts, SweepEntry, SweepStore } from '../../store/sweep-store.ts'
import { type Plan, planOf, unitCount } from '../../sweep/plan.ts'
import type { Clock } from '../clock.ts'
import { fingerprint, RequestKeys } from '../request-keys.ts'
import { LeaseBook } from './lease-book.ts'
import type { SourceParts } from './scenario-source.ts'
import { type Ending, SweepRun } from './sweep-run.ts'
import { type ReportTopic, writeReport, type WrittenReport } from './write-report.ts'

export type DeskParts = {
  readonly store: SweepStore
  /** Where the store is, for threads that open it by themselves. */
  readonly path: string
  /** What threads find scenarios in: of these references, and what ships. */
  readonly source: (refs: readonly string[]) => SourceParts
  readonly endpoints: ReadonlyMap<string, Endpoint>
  readonly clock: Clock
  readonly threads: number
  readonly report: (incident: string, error: unknown) => void
}

/** Sweeps that a server runs at a time, and those that are not done at all. */
const AT_ONCE = 2
const MOST_UNFINISHED = 50
const PAGE = 50

/** Reports that are written at a time, and those that may wait. */
const REPORTS = 2
const MOST_WAITING = 16
const RETRY_AFTER_MS = 2000

/** A sweep that is under way. */
type Running = { readonly run: SweepRun; readonly gone: AbortController; readonly over: Promise<void> }

const UNFINISHED: ReadonlySet<string> = new Set(['queued', 'running', 'waiting'])

function known<S>(sweep: S | undefined, path: string): S {
  if (!sweep) throw new GymError('GYM_UNKNOWN_SWEEP', 'no such sweep', { path })
  return sweep
}

export class SweepDesk {
  readonly parts: DeskParts
  readonly leases: LeaseBook
  readonly #running = new Map<string, Running>()
  /** Of sweeps that are over. */
  readonly #counts = new Map<string, SweepCounts>()
  readonly #waiting: (() => void)[] = []
  #writing = 0
  #closed = false

  constructor(parts: DeskParts) {
    this.parts = parts
    this.leases = new LeaseBook(parts.store, parts.clock)
  }

  /** Goes on with what was not done when the server stopped. @throws GymError GYM_STORE */
  start(): void {
    this.#next()
  }

  /** What a request key of a token has made before. @throws GymError GYM_REQUEST_KEY_CONFLICT when it came with another specification */
  created(principal: string, key: string, spec: SweepSpec): SweepEntry | undefined {
    const before = this.parts.store.findRequest(RequestKeys.nameOf(principal, 'sweep/create', key))
    if (before && fingerprint(before.spec) !== fingerprint(spec)) throw RequestKeys.conflict()
    return before
  }

  /** Keeps a new sweep and begins it when its turn has come. @throws GymError GYM_CAPACITY, GYM_INVALID_PARAMS, GYM_STORE */
  create(plan: Plan, principal: string, key?: string): SweepEntry {
    const unfinished = this.parts.store.list().filter(({ state }) => UNFINISHED.has(state)).length
    if (unfinished >= MOST_UNFINISHED) throw new GymError('GYM_CAPACITY', `${unfinished} sweeps are not done; cancel some`, { limit: MOST_UNFINISHED, retry_after_ms: 60_000 })
    const sweep: StoredSweep = { id: randomBytes(16).toString('hex'), spec: plan.spec, tasks: plan.rows, digest: plan.digest, planned: unitCount(plan), engine: ENGINE_VERSION, principal, createdAt: this.parts.clock.now(), state: 'queued', ...(key !== undefined && { request: RequestKeys.nameOf(principal, 'sweep/create', key) }) }
    this.parts.store.create(sweep)
    this.#next()
    return this.find(sweep.id)
  }

  /** @throws GymError GYM_UNKNOWN_SWEEP, GYM_STORE */
  find(id: string, path = 'params.sweep'): SweepEntry {
    return known(this.parts.store.entry(id), path)
  }

  #withTasks(id: string): StoredSweep {
    return known(this.parts.store.get(id), 'params.sweep')
  }

  /** The run of a sweep, while it is under way. */
  runOf(id: string): SweepRun | undefined {
    return this.#running.get(id)?.run
  }

  /** A page of all, the newest first. @throws GymError GYM_INVALID_PARAMS for a wrong cursor */
  list({ state, cursor, limit = PAGE }: Params<'sweep/list'>): { sweeps: SweepStatus[]; next: string | null } {
    const all = this.parts.store.list()
    const at = cursor === undefined ? -1 : all.findIndex(({ id }) => id === cursor)
    if (cursor !== undefined && at < 0) throw new GymError('GYM_INVALID_PARAMS', 'no page ends there', { path: 'params.cursor', expected: '`next` of the page before' })
    const fits = all.slice(at + 1).filter((entry) => state === undefined || this.#stateOf(entry) === state)
    const page = fits.slice(0, limit)
    return { sweeps: page.map((entry) => this.statusOf(entry)), next: fits.length > limit ? page.at(-1)!.id : null }
  }

  /** Ends a sweep, and forgets it if that is wanted; its episodes that are with clients are theirs no more. */
  async cancel(id: string, remove = false): Promise<void> {
    await this.#stop(id)
    if (!remove) return
    this.parts.store.remove(id)
    this.#counts.delete(id)
  }

  async #stop(id: string): Promise<void> {
    const { state } = this.find(id)
    if (!UNFINISHED.has(state)) return
    const running = this.#running.get(id)
    this.parts.store.setState(id, 'cancelled')
    this.leases.endAll(id)
    running?.gone.abort()
    await running?.over
  }

  /** Stops without ending anything: what is under way goes on with the next start. */
  async close(): Promise<void> {
    this.#closed = true
    const under = [...this.#running.values()]
    for (const { gone } of under) gone.abort()
    await Promise.all(under.map(({ over }) => over))
  }

  #stateOf({ id, state }: SweepEntry): SweepStatus['state'] {
    const run = this.#running.get(id)?.run
    if (state !== 'running' || !run) return state
    return run.ending?.state ?? (run.isWaiting ? 'waiting' : state)
  }

  statusOf(entry: SweepEntry): SweepStatus {
    const { id, spec, createdAt, why } = entry
    const run = this.#running.get(id)?.run
    const counts = this.#countsOf(entry)
    return {
      sweep: id, name: spec.name, state: this.#stateOf(entry), ...(why !== undefined && { why }),
      episodes: counts.planned, done: Math.max(counts.done, run?.progress.done ?? 0), failed: counts.failed, env_errors: counts.envErrors,
      leased: run?.lent ?? 0,
      external: [...run?.outside ?? []].map(([policy, left]) => ({ policy: run!.plan.policies[policy]!.name, left })),
      created_at: new Date(createdAt).toISOString(),
    }
  }

  #countsOf({ id, state }: SweepEntry): SweepCounts {
    const known = this.#counts.get(id)
    if (known) return known
    const counts = this.parts.store.counts(id)
    if (!UNFINISHED.has(state)) this.#counts.set(id, counts)
    return counts
  }

  /** Writes a report when its turn has come. @throws GymError GYM_BUSY when too many wait, and as `writeReport` */
  async report(order: ReportTopic, gone: AbortSignal): Promise<WrittenReport> {
    if (this.#writing >= REPORTS) {
      if (this.#waiting.length >= MOST_WAITING) throw new GymError('GYM_BUSY', `${MOST_WAITING} reports wait already`, { limit: MOST_WAITING, retry_after_ms: RETRY_AFTER_MS })
      await new Promise<void>((resolve) => { this.#waiting.push(resolve) })
    }
    this.#writing++
    try {
      const ids = 'compare' in order ? order.compare : [order.sweep]
      const refs = ids.flatMap((id) => this.#withTasks(id).tasks.map(({ scenario }) => scenario))
      return await writeReport({ ...order, path: this.parts.path, parts: this.parts.source(refs) }, gone)
    } finally {
      this.#writing--
      this.#waiting.shift()?.()
    }
  }

  /** Begins the sweeps whose turn has come. Those that wait for clients alone keep nobody else waiting. */
  #next(): void {
    if (this.#closed) return
    const unfinished = this.parts.store.list().filter(({ id, state }) => UNFINISHED.has(state) && !this.#running.has(id)).toReversed()
    for (const { id } of unfinished) {
      const busy = [...this.#running.values()].filter(({ run }) => !run.isWaiting).length
      if (busy >= AT_ONCE) return
      this.#begin(this.#withTasks(id))
    }
  }

  #begin({ id, spec, tasks, engine }: StoredSweep): void {
    const { store, source, endpoints, threads } = this.parts
    if (engine !== ENGINE_VERSION) {
      store.setState(id, 'failed', `it was begun by engine ${engine}, and this is ${ENGINE_VERSION}: what is left would not be comparable`)
      return
    }
    const plan = planOf(spec, tasks)
    const gone = new AbortController()
    const run = new SweepRun({ id, plan, store, source: source(tasks.map(({ scenario }) => scenario)), endpoints, threads, background: true, onIdle: () => queueMicrotask(() => this.#next()) })
    store.setState(id, 'running')
    this.leases.open(id, run)
    const over = run.run(gone.signal).then((ending) => this.#end(id, ending), (error: unknown) => this.#fail(id, error))
    this.#running.set(id, { run, gone, over })
    void over.finally(() => {
      this.#running.delete(id)
      this.leases.close(id)
      this.#next()
    })
  }

  #end(id: string, { state, why }: Ending): void {
    // Cancelled, or the server stops: then somebody else has said what it is now.
    if (state !== 'running') this.parts.store.setState(id, state, why)
  }

  #fail(id: string, error: unknown): void {
    const incident = randomBytes(6).toString('hex')
    this.parts.report(incident, error)
    try {
      this.parts.store.setState(id, 'failed', `a fault of the server; incident ${incident}`)
    } catch {
      // The store itself is what failed; after the next start the sweep goes on.
    }
  }
}
