/** Lets journals go: after their time, and before it, oldest first, when the file has grown to its quota. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { inTransaction } from './database.ts'

export type RetentionRules = {
  /** Real milliseconds that an ended or closed journal is kept. */
  readonly endedMs: number
  /** Real milliseconds that one is kept which nobody goes on with. */
  readonly idleMs: number
  /** The most bytes that the file may use; 0 is no bound. */
  readonly quotaBytes: number
}

export type Swept = {
  /** Journals that were dropped, by why. */
  readonly ended: number
  readonly idle: number
  readonly quota: number
  /** Bytes that the file uses, after that. */
  readonly bytes: number
  /** The quota is reached and all that is left is being played. */
  readonly full: boolean
  /** There is more to do: sweep again soon. */
  readonly more: boolean
}

/** Journals a transaction: a sweep must not keep the journals of running episodes waiting. */
const AT_ONCE = 100
/** Of its quota, what a full file is brought down to. */
const RELIEF = 0.9
/** Unused pages below this many are kept for what comes next. */
const SPARE_PAGES = 2048
const PAGES_AT_ONCE = 512

export class Retention {
  readonly #database: DatabaseSync
  readonly #overdue: StatementSync
  readonly #oldest: StatementSync
  readonly #orphans: StatementSync
  readonly #hasChild: StatementSync
  readonly #parent: StatementSync
  readonly #drop: StatementSync
  readonly #clear: StatementSync
  readonly #remove: StatementSync
  readonly #release: StatementSync
  /** Whether the file is being brought down to its relief. */
  #relieving = false

  constructor(database: DatabaseSync) {
    this.#database = database
    const sql = (text: string) => database.prepare(text)
    this.#overdue = sql('SELECT number FROM episodes WHERE state = ? AND ended = ? AND touched_at < ? LIMIT ?')
    this.#oldest = sql('SELECT number FROM episodes WHERE state = ? AND ended = ? ORDER BY touched_at LIMIT ?')
    // A child that was written anew after a failure no longer needs its parent.
    this.#orphans = sql("SELECT number FROM episodes WHERE state = 'dropped' AND NOT EXISTS (SELECT 1 FROM episodes AS child WHERE child.parent = episodes.number) LIMIT ?")
    this.#hasChild = sql('SELECT 1 FROM episodes WHERE parent = ? LIMIT 1')
    this.#parent = sql("SELECT number FROM episodes WHERE state = 'dropped' AND number = (SELECT parent FROM episodes WHERE number = ?)")
    this.#drop = sql("UPDATE episodes SET state = 'dropped' WHERE number = ?")
    this.#clear = sql('DELETE FROM chunks WHERE episode = ?')
    this.#remove = sql('DELETE FROM episodes WHERE number = ?')
    this.#release = sql("DELETE FROM requests WHERE number = (SELECT request FROM episodes WHERE number = ?1) AND NOT EXISTS (SELECT 1 FROM episodes WHERE request = requests.number AND number <> ?1 AND state IN ('played', 'parked'))")
  }

  /** One short round of dropping; `now` is server time. */
  sweep(now: number, rules: RetentionRules): Swept {
    let ended = 0
    for (const [state, over] of [['closed', 0], ['closed', 1], ['parked', 1]] as const) ended += this.#dropAll(this.#overdue.all(state, over, now - rules.endedMs, AT_ONCE))
    const idle = this.#dropAll(this.#overdue.all('parked', 0, now - rules.idleMs, AT_ONCE))
    this.#dropAll(this.#orphans.all(AT_ONCE))
    const quota = this.#relieve(rules.quotaBytes)
    this.#giveBack()
    const bytes = this.usedBytes()
    return { ended, idle, quota: quota.dropped, bytes, full: quota.full, more: quota.more || ended >= AT_ONCE || idle >= AT_ONCE }
  }

  /** Bytes of the file that hold something. */
  usedBytes(): number {
    const read = (name: string) => Object.values(this.#database.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[0]!
    return (read('page_count') - read('freelist_count')) * read('page_size')
  }

  #relieve(quota: number): { dropped: number; full: boolean; more: boolean } {
    if (quota === 0) return { dropped: 0, full: false, more: false }
    if (this.usedBytes() > quota) this.#relieving = true
    if (!this.#relieving) return { dropped: 0, full: false, more: false }
    let dropped = 0
    for (const [state, over] of [['closed', 1], ['closed', 0], ['parked', 1], ['parked', 0]] as const) {
      if (dropped > 0) break
      dropped = this.#dropAll(this.#oldest.all(state, over, AT_ONCE))
    }
    this.#relieving = this.usedBytes() > quota * RELIEF
    if (this.#relieving && dropped > 0) return { dropped, full: false, more: true }
    this.#relieving = false
    return { dropped, full: this.usedBytes() > quota, more: false }
  }

  #dropAll(rows: readonly unknown[]): number {
    if (rows.length === 0) return 0
    inTransaction(this.#database, () => {
      for (const row of rows) this.#dropOne((row as { number: number }).number)
    })
    return rows.length
  }

  #dropOne(number: number): void {
    this.#release.run(number)
    if (this.#hasChild.get(number)) {
      this.#drop.run(number)
      return
    }
    // Parents that were kept for this child alone go with it.
    for (let next: number | undefined = number; next !== undefined;) {
      const kept = this.#parent.get(next) as { number: number } | undefined
      this.#clear.run(next)
      this.#remove.run(next)
      next = kept && !this.#hasChild.get(kept.number) ? kept.number : undefined
    }
  }

  /** Gives unused pages back to the file system, a few at a time. */
  #giveBack(): void {
    const free = Object.values(this.#database.prepare('PRAGMA freelist_count').get() as Record<string, number>)[0]!
    if (free > SPARE_PAGES) this.#database.exec(`PRAGMA incremental_vacuum(${Math.min(PAGES_AT_ONCE, free - SPARE_PAGES)})`)
  }
}
