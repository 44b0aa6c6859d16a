/** The sweep store in SQLite. Journals and tasks are deflated: there are many, and they are much alike. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { SweepOutcome, SweepSpec } from '../../protocol/sweep.ts'
import type { TaskRow } from '../../protocol/methods.ts'
import { inTransaction } from './database.ts'
import { storeFault } from './store-fault.ts'
import type { Lease, StoredEpisode, StoredSweep, SweepCounts, SweepEntry, SweepState, SweepStore } from './sweep-store.ts'

const HEAD = 'id, spec, digest, planned, engine, principal, created_at, state, why'
/** Fast, and half as large as nothing at all would be. */
const LEVEL = { level: 1 }

type Row = { number: number; id: string; spec: string; digest: string; planned: number; engine: string; tasks: Uint8Array; principal: string; created_at: number; state: SweepState; why: string | null }

function entryOf({ id, spec, digest, planned, engine, principal, created_at, state, why }: Row): SweepEntry {
  return { id, spec: JSON.parse(spec) as SweepSpec, digest, planned, engine, principal, createdAt: created_at, state, ...(why !== null && { why }) }
}

function inflated(bytes: Uint8Array): string {
  return inflateRawSync(bytes).toString()
}

export class SqliteSweeps implements SweepStore {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** Uses a database of `openDatabase`. */
  constructor(database: DatabaseSync) {
    this.#database = database
  }

  create({ id, spec, tasks, digest, planned, engine, principal, createdAt, request, state, why }: StoredSweep): void {
    this.#try('cannot keep a sweep', () => this.#sql('INSERT INTO sweeps (id, name, digest, planned, engine, spec, tasks, principal, created_at, request, state, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(id, spec.name, digest, planned, engine, JSON.stringify(spec), deflateRawSync(JSON.stringify(tasks)), principal, createdAt, request ?? null, state, why ?? null))
  }

  get(id: string): StoredSweep | undefined {
    return this.#try('cannot read a sweep', () => {
      const row = this.#sql(`SELECT ${HEAD}, tasks FROM sweeps WHERE id = ?`).get(id) as Row | undefined
      return row && { ...entryOf(row), tasks: JSON.parse(inflated(row.tasks)) as TaskRow[] }
    })
  }

  entry(id: string): SweepEntry | undefined {
    return this.#try('cannot read a sweep', () => {
      const row = this.#sql(`SELECT ${HEAD} FROM sweeps WHERE id = ?`).get(id) as Row | undefined
      return row && entryOf(row)
    })
  }

  findRequest(request: string): SweepEntry | undefined {
    return this.#try('cannot read the sweeps', () => {
      const row = this.#sql(`SELECT ${HEAD} FROM sweeps WHERE request = ?`).get(request) as Row | undefined
      return row && entryOf(row)
    })
  }

  list(): SweepEntry[] {
    return this.#try('cannot read the sweeps', () => (this.#sql(`SELECT ${HEAD} FROM sweeps ORDER BY number DESC`).all() as Row[]).map(entryOf))
  }

  setState(id: string, state: SweepState, why?: string): void {
    this.#try('cannot keep the state of a sweep', () => this.#sql('UPDATE sweeps SET state = ?, why = ? WHERE id = ?').run(state, why ?? null, id))
  }

  setSpec(id: string, spec: SweepSpec): void {
    this.#try('cannot keep the specification of a sweep', () => this.#sql('UPDATE sweeps SET spec = ?, name = ? WHERE id = ?').run(JSON.stringify(spec), spec.name, id))
  }

  remove(id: string): void {
    this.#try('cannot remove a sweep', () => inTransaction(this.#database, () => {
      for (const table of ['sweep_episodes', 'sweep_leases']) this.#sql(`DELETE FROM ${table} WHERE sweep = (SELECT number FROM sweeps WHERE id = ?)`).run(id)
      this.#sql('DELETE FROM sweeps WHERE id = ?').run(id)
    }))
  }

  add(id: string, episodes: readonly StoredEpisode[]): void {
    this.#try('cannot keep the episodes of a sweep', () => inTransaction(this.#database, () => {
      const [insert, release] = [
        this.#sql('INSERT INTO sweep_episodes (sweep, unit, status, outcome, journal) VALUES ((SELECT number FROM sweeps WHERE id = ?), ?, ?, ?, ?) ON CONFLICT DO NOTHING'),
        this.#sql('DELETE FROM sweep_leases WHERE sweep = (SELECT number FROM sweeps WHERE id = ?) AND unit = ?'),
      ]
      for (const { unit, outcome, journal } of episodes) {
        insert.run(id, unit, outcome.status, JSON.stringify(outcome), journal === undefined ? null : deflateRawSync(journal, LEVEL))
        release.run(id, unit)
      }
    }))
  }

  judgeAgain(id: string, episodes: readonly Pick<StoredEpisode, 'unit' | 'outcome'>[]): void {
    this.#try('cannot keep what was judged again', () => inTransaction(this.#database, () => {
      const update = this.#sql('UPDATE sweep_episodes SET status = ?, outcome = ?, judged_again = 1 WHERE sweep = (SELECT number FROM sweeps WHERE id = ?) AND unit = ?')
      for (const { unit, outcome } of episodes) update.run(outcome.status, JSON.stringify(outcome), id, unit)
    }))
  }

  forget(id: string, units: readonly number[]): void {
    this.#try('cannot forget episodes of a sweep', () => inTransaction(this.#database, () => {
      const remove = this.#sql('DELETE FROM sweep_episodes WHERE sweep = (SELECT number FROM sweeps WHERE id = ?) AND unit = ?')
      for (const unit of units) remove.run(id, unit)
    }))
  }

  outcomes(id: string): { unit: number; outcome: SweepOutcome; judgedAgain: boolean }[] {
    return this.#try('cannot read the episodes of a sweep', () => (this.#sql('SELECT unit, outcome, judged_again FROM sweep_episodes WHERE sweep = (SELECT number FROM sweeps WHERE id = ?) ORDER BY unit').all(id) as { unit: number; outcome: string; judged_again: number }[])
      .map(({ unit, outcome, judged_again }) => ({ unit, outcome: JSON.parse(outcome) as SweepOutcome, judgedAgain: judged_again === 1 })))
  }

  counts(id: string): SweepCounts {
    return this.#try('cannot count the episodes of a sweep', () => {
      const rows = this.#sql('SELECT status, count(*) AS n FROM sweep_episodes WHERE sweep = (SELECT number FROM sweeps WHERE id = ?) GROUP BY status').all(id) as { status: string; n: number }[]
      const of = (status: string): number => rows.find((row) => row.status === status)?.n ?? 0
      const { planned } = this.#sql('SELECT planned FROM sweeps WHERE id = ?').get(id) as { planned: number }
      return { planned, done: rows.reduce((sum, { n }) => sum + n, 0), failed: of('failed'), envErrors: of('env_error') }
    })
  }

  journal(id: string, unit: number): string | undefined {
    return this.#try('cannot read an episode of a sweep', () => {
      const row = this.#sql('SELECT journal FROM sweep_episodes WHERE sweep = (SELECT number FROM sweeps WHERE id = ?) AND unit = ?').get(id, unit) as { journal: Uint8Array | null } | undefined
      return row?.journal ? inflated(row.journal) : undefined
    })
  }

  leases(id: string): Lease[] {
    return this.#try('cannot read the leases of a sweep', () => (this.#sql('SELECT unit, episode, tries FROM sweep_leases WHERE sweep = (SELECT number FROM sweeps WHERE id = ?) ORDER BY unit').all(id) as { unit: number; episode: string | null; tries: number }[])
      .map(({ unit, episode, tries }) => ({ unit, tries, ...(episode !== null && { episode }) })))
  }

  setLease(id: string, { unit, episode, tries }: Lease): void {
    this.#try('cannot keep a lease', () => this.#sql('INSERT INTO sweep_leases (sweep, unit, episode, tries) VALUES ((SELECT number FROM sweeps WHERE id = ?), ?, ?, ?) ON CONFLICT DO UPDATE SET episode = excluded.episode, tries = excluded.tries').run(id, unit, episode ?? null, tries))
  }

  endLease(id: string, unit: number): void {
    this.#try('cannot end a lease', () => this.#sql('DELETE FROM sweep_leases WHERE sweep = (SELECT number FROM sweeps WHERE id = ?) AND unit = ?').run(id, unit))
  }

  #sql(text: string): StatementSync {
    let statement = this.#statements.get(text)
    if (!statement) this.#statements.set(text, (statement = this.#database.prepare(text)))
    return statement
  }

  #try<T>(doing: string, run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw storeFault(doing, error)
    }
  }
}
