/** One sweep on its way: deals its episodes out to threads, keeps what comes back, and ends when there is enough. */
import type { Endpoint } from '../../llm/endpoint.ts'
import type { StoredEpisode, SweepState, SweepStore } from '../../store/sweep-store.ts'
import { failedOutcome } from '../../sweep/outcome.ts'
import { type Plan, unitAt, unitCount, unitsOfRow } from '../../sweep/plan.ts'
import { type Played, playedOf } from '../../sweep/played.ts'
import { isEnough, looksOf } from '../../sweep/stop.ts'
import { Lane } from './lane.ts'
import type { SourceParts } from './scenario-source.ts'
import type { Order, Result } from './thread-message.ts'

export type RunParts = {
  readonly id: string
  readonly plan: Plan
  readonly store: SweepStore
  readonly source: SourceParts
  readonly endpoints: ReadonlyMap<string, Endpoint>
  /** Threads for built-in policies. */
  readonly threads: number
  readonly background?: boolean
  /** Told after each episode that was kept. */
  readonly onProgress?: (progress: Progress) => void
  /** Told when only clients have something left to play. */
  readonly onIdle?: () => void
}

export type Progress = { readonly done: number; readonly of: number; readonly failed: number }

export type Ending = { readonly state: SweepState; readonly why?: string }

/** Tasks that a thread is given at a time: it plays all of one before the next, so that their world is made once. */
const TASKS_AT_ONCE = 4
const BATCH = 200
const BATCH_MS = 100
const USUAL_CONCURRENCY = 8
/** Episodes of one endpoint that fail one after another, before it is thought to be out of order. */
const OUT_OF_ORDER = 20

export class SweepRun {
  readonly #parts: RunParts
  readonly #perRow: number
  /** Which episodes are kept, or on their way to be. */
  readonly #done: Uint8Array
  readonly #left: Uint32Array
  /** By ascending unit, those that nobody has been given. */
  readonly #waiting: { readonly own: number[]; readonly away: Map<number, number[]>; readonly external: Map<number, number[]> }
  /** Episodes that are with clients. */
  readonly #lent = new Set<number>()
  /** Only with a rule that may end it early. */
  readonly #played: Played[] | undefined
  readonly #looks: number[]
  readonly #tries = new Map<number, number>()
  /** Failures one after another, by policy. */
  readonly #failing = new Map<number, number[]>()
  #prefix = 0
  #idle = false
  #ending: Ending | undefined
  #batch: StoredEpisode[] = []
  #flushing: NodeJS.Timeout | undefined
  #lanes: Lane[] = []
  #counts = { done: 0, failed: 0 }
  #resolve: ((ending: Ending) => void) | undefined
  #reject: ((error: unknown) => void) | undefined

  constructor(parts: RunParts) {
    const { plan, store, id } = parts
    this.#parts = parts
    this.#perRow = unitsOfRow(plan)
    this.#done = new Uint8Array(unitCount(plan))
    this.#left = new Uint32Array(plan.rows.length).fill(this.#perRow)
    this.#looks = looksOf(plan)
    this.#played = this.#looks.length ? [] : undefined
    for (const { unit, outcome } of store.outcomes(id)) this.#note(unit, outcome)
    this.#waiting = this.#deal()
  }

  get progress(): Progress {
    return { ...this.#counts, of: this.#done.length }
  }

  get plan(): Plan {
    return this.#parts.plan
  }

  /** Whether only clients have something left to play. */
  get isWaiting(): boolean {
    const { own, away } = this.#waiting
    return this.#leftOutside > 0 && !own.length && ![...away.values()].some((units) => units.length) && !this.#lanes.some((lane) => lane.load > 0)
  }

  /** How it ended, as soon as it has; its threads may still be closing. */
  get ending(): Ending | undefined {
    return this.#ending
  }

  /** Episodes with clients. */
  get lent(): number {
    return this.#lent.size
  }

  /** Episodes that clients have still to play, by policy; those with clients included. */
  get outside(): Map<number, number> {
    const left = new Map([...this.#waiting.external].map(([policy, units]) => [policy, units.length]))
    for (const unit of this.#lent) {
      const { policy } = unitAt(this.#parts.plan, unit)
      left.set(policy, (left.get(policy) ?? 0) + 1)
    }
    return left
  }

  get #leftOutside(): number {
    return [...this.outside.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Gives a client the next episode of a policy, or of any; undefined when none is free, or it is over. */
  lend(policy?: number): number | undefined {
    if (this.#ending) return undefined
    const { external } = this.#waiting
    const units = policy === undefined ? [...external.values()].filter(({ length }) => length).toSorted((a, b) => a.at(-1)! - b.at(-1)!)[0] : external.get(policy)
    const unit = units?.pop()
    if (unit !== undefined) this.#lent.add(unit)
    return unit
  }

  /** A certain episode is with a client since before a restart. */
  lendAgain(unit: number): boolean {
    const units = this.#waiting.external.get(unitAt(this.#parts.plan, unit).policy)
    const at = units?.indexOf(unit) ?? -1
    if (at < 0) return false
    units!.splice(at, 1)
    this.#lent.add(unit)
    return true
  }

  /** A client did not come to the end: somebody else plays it, next. */
  giveBack(unit: number): void {
    if (this.#lent.delete(unit)) this.#waiting.external.get(unitAt(this.#parts.plan, unit).policy)?.push(unit)
  }

  /** What a client has played. */
  deliver(result: Result): void {
    this.#lent.delete(result.unit)
    this.#hear(result)
    // Its client hears of the end next.
    this.#flush()
  }

  /** Plays until all is played, by clients too, or the rule says that it is enough, or `gone` is aborted. */
  run(gone: AbortSignal): Promise<Ending> {
    return new Promise<Ending>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      gone.addEventListener('abort', () => this.#end({ state: 'running' }), { once: true })
      if (gone.aborted) return this.#end({ state: 'running' })
      if (this.#isEnough()) return this.#end(this.#enough())
      this.#lanes = this.#open()
      for (const lane of this.#lanes) lane.fill()
      this.#endIfDone()
    }).finally(() => Promise.all(this.#lanes.map((lane) => lane.close())))
  }

  #note(unit: number, outcome: StoredEpisode['outcome']): void {
    this.#done[unit] = 1
    this.#left[Math.floor(unit / this.#perRow)]!--
    this.#counts.done++
    if (outcome.status === 'failed') this.#counts.failed++
    this.#played?.push(playedOf(this.#parts.plan, unit, outcome))
  }

  #deal(): { own: number[]; away: Map<number, number[]>; external: Map<number, number[]> } {
    const { plan } = this.#parts
    const own: number[] = []
    const groups = { endpoint: new Map<number, number[]>(), external: new Map<number, number[]>() }
    for (let unit = 0; unit < this.#done.length; unit++) {
      if (this.#done[unit]) continue
      const { policy } = unitAt(plan, unit)
      const { policy: player } = plan.policies[policy]!
      if (player !== 'endpoint' && player !== 'external') {
        own.push(unit)
        continue
      }
      const units = groups[player].get(policy)
      if (units) units.push(unit)
      else groups[player].set(policy, [unit])
    }
    // Taken from the end.
    for (const units of [own, ...groups.endpoint.values(), ...groups.external.values()]) units.reverse()
    return { own, away: groups.endpoint, external: groups.external }
  }

  #open(): Lane[] {
    const { plan, source: parts, endpoints, threads, background = false } = this.#parts
    const order: Order = { plan, parts, endpoints, background }
    const common = { order, hear: (result: Result) => this.#hear(result), lost: (unit: number, why: string) => this.#lost(unit, why) }
    const { own, away } = this.#waiting
    const lanes: Lane[] = []
    for (let n = 0; n < threads && own.length > n * this.#perRow; n++) {
      lanes.push(new Lane({ ...common, isAway: false, width: 2 * TASKS_AT_ONCE * this.#perRow, next: () => this.#nextRows() }))
    }
    for (const [policy, units] of away) {
      lanes.push(new Lane({ ...common, isAway: true, width: plan.policies[policy]!.concurrency ?? USUAL_CONCURRENCY, next: (most) => units.splice(Math.max(0, units.length - most)).reverse() }))
    }
    return lanes
  }

  /** The next tasks, whole: two threads never play the same one, unless it was begun before a restart. */
  #nextRows(): number[] {
    const { own } = this.#waiting
    const units: number[] = []
    let [rows, last] = [0, -1]
    while (own.length) {
      const row = Math.floor(own.at(-1)! / this.#perRow)
      if (row !== last && rows++ === TASKS_AT_ONCE) break
      last = row
      units.push(own.pop()!)
    }
    return units
  }

  #hear(result: Result): void {
    const { unit, outcome } = result
    if (this.#done[unit] || this.#ending) return
    if (this.#isOutOfOrder(result)) return
    this.#note(unit, outcome)
    this.#batch.push(result)
    if (this.#batch.length >= BATCH) this.#flush()
    else this.#flushing ??= setTimeout(() => this.#flush(), BATCH_MS)
    if (this.#isEnough()) this.#end(this.#enough())
    else this.#endIfDone()
  }

  /** An endpoint that refuses, or fails again and again, is not to fail all that is left: the sweep waits for somebody to mend it. */
  #isOutOfOrder({ unit, outcome, isRefused = false }: Result): boolean {
    const { plan, store, id } = this.#parts
    const { policy } = unitAt(plan, unit)
    if (plan.policies[policy]!.policy !== 'endpoint') return false
    if (outcome.status !== 'failed') {
      this.#failing.delete(policy)
      return false
    }
    const failing = [...this.#failing.get(policy) ?? [], unit]
    this.#failing.set(policy, failing)
    if (failing.length < OUT_OF_ORDER && !isRefused) return false
    this.#flush()
    store.forget(id, failing)
    const { name } = plan.policies[policy]!
    this.#end({ state: 'failed', why: isRefused ? `${name} is refused: ${outcome.cause}` : `${name} failed ${failing.length} times one after another, the last time because: ${outcome.cause}` })
    return true
  }

  #lost(unit: number, why: string): boolean {
    const tries = (this.#tries.get(unit) ?? 0) + 1
    this.#tries.set(unit, tries)
    if (tries < this.#parts.plan.spec.tries) return true
    this.#hear({ unit, outcome: failedOutcome(why, tries) })
    return false
  }

  #flush(): void {
    clearTimeout(this.#flushing)
    this.#flushing = undefined
    const batch = this.#batch
    if (!batch.length) return
    this.#batch = []
    try {
      this.#parts.store.add(this.#parts.id, batch)
    } catch (error) {
      this.#reject?.(error)
      return
    }
    this.#parts.onProgress?.(this.progress)
  }

  #isEnough(): boolean {
    if (!this.#played || !this.#looks.length) return false
    while (this.#prefix < this.#left.length && this.#left[this.#prefix] === 0) this.#prefix++
    while (this.#looks.length && this.#looks[0]! <= this.#prefix) {
      const rows = this.#looks[0]!
      if (isEnough(this.#parts.plan, this.#played.filter(({ row }) => row < rows).sort((a, b) => a.unit - b.unit))) return true
      this.#looks.shift()
    }
    return false
  }

  #enough(): Ending {
    return { state: 'done', why: `the intervals are narrow enough after ${this.#looks[0]} of ${this.#parts.plan.rows.length} tasks` }
  }

  #endIfDone(): void {
    const { own, away } = this.#waiting
    if (own.length || [...away.values()].some((units) => units.length) || this.#lanes.some((lane) => lane.load > 0)) return
    if (this.#leftOutside === 0) return this.#end({ state: 'done' })
    if (this.#idle) return
    this.#idle = true
    this.#parts.onIdle?.()
  }

  #end(ending: Ending): void {
    this.#flush()
    this.#ending ??= ending
    this.#resolve?.(ending)
    this.#resolve = undefined
  }
}
