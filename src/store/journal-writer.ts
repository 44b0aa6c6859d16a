/** Writes batches of journal operations in one transaction each. Runs in a thread of its own; knows no thread. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { inTransaction } from './database.ts'
import type { AppendOp, JournalOp, OpenOp, RequestOp } from './journal-op.ts'

type Pending = { first: number; entries: string[] }

export class JournalWriter {
  readonly #database: DatabaseSync
  readonly #sql: Record<'find' | 'insert' | 'replace' | 'clear' | 'chunk' | 'state' | 'ended' | 'forks' | 'request' | 'requestNumber' | 'release' | 'probe', StatementSync>
  /** Numbers of the episodes that are being played, by id: spares a search a step. */
  readonly #numbers = new Map<string, number>()

  constructor(database: DatabaseSync) {
    this.#database = database
    const sql = (text: string) => database.prepare(text)
    this.#sql = {
      find: sql('SELECT number FROM episodes WHERE id = ?'),
      insert: sql("INSERT INTO episodes (id, scenario, digest, engine, identity, pace, principal, parent, parent_entries, opened_with, forks, request, created_at, touched_at, ended, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'played')"),
      replace: sql("UPDATE episodes SET parent = NULL, parent_entries = 0, forks = ?, touched_at = ?, ended = ?, state = 'played' WHERE number = ?"),
      clear: sql('DELETE FROM chunks WHERE episode = ?'),
      chunk: sql('INSERT INTO chunks (episode, first, entries) VALUES (?, ?, ?)'),
      state: sql('UPDATE episodes SET state = ?, touched_at = ? WHERE number = ?'),
      ended: sql('UPDATE episodes SET ended = 1, touched_at = ? WHERE number = ?'),
      forks: sql('UPDATE episodes SET forks = ? WHERE number = ?'),
      request: sql('INSERT INTO requests (name, params, episodes) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET params = excluded.params, episodes = excluded.episodes'),
      requestNumber: sql('SELECT number FROM requests WHERE name = ?'),
      release: sql("DELETE FROM requests WHERE number = (SELECT request FROM episodes WHERE number = ?1) AND NOT EXISTS (SELECT 1 FROM episodes WHERE request = requests.number AND state IN ('played', 'parked'))"),
      probe: sql("INSERT INTO marks (name, value) VALUES ('probe', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"),
    }
  }

  /** What an earlier process had in memory is out of it, and counts as used at the time of this start. */
  adopt(now: number): void {
    this.#database.prepare("UPDATE episodes SET state = 'parked', touched_at = ? WHERE state = 'played'").run(now)
  }

  /** Writes all of them or, when it throws, none. */
  commit(ops: readonly JournalOp[]): void {
    try {
      inTransaction(this.#database, () => this.#write(ops))
    } catch (error) {
      // Numbers that were given out in here do not exist; the others are found again when they are asked for.
      this.#numbers.clear()
      throw error
    }
  }

  /** Finds out whether the disk takes anything. */
  probe(): void {
    this.#sql.probe.run()
  }

  #write(ops: readonly JournalOp[]): void {
    const pending = new Map<number, Pending>()
    for (const op of ops) this.#apply(op, pending)
    for (const [number, { first, entries }] of pending) if (entries.length) this.#sql.chunk.run(number, first, `[${entries.join(',')}]`)
  }

  #apply(op: JournalOp, pending: Map<number, Pending>): void {
    if (op.op === 'request') return this.#keepRequest(op)
    if (op.op === 'open') return this.#open(op, pending)
    const number = this.#numberOf(op.id)
    // Dropped meanwhile, which happens to none that is in memory.
    if (number === undefined) return
    switch (op.op) {
      case 'append': return this.#append(op, number, pending)
      case 'forked': return void this.#sql.forks.run(op.forks, number)
      case 'return':
        this.#numbers.set(op.id, number)
        return void this.#sql.state.run('played', op.at, number)
      case 'park':
        this.#numbers.delete(op.id)
        return void this.#sql.state.run('parked', op.at, number)
      case 'close':
        this.#numbers.delete(op.id)
        this.#sql.state.run('closed', op.at, number)
        this.#sql.release.run(number)
    }
  }

  #numberOf(id: string): number | undefined {
    return this.#numbers.get(id) ?? (this.#sql.find.get(id) as { number: number } | undefined)?.number
  }

  #keepRequest({ name, params, episodes }: RequestOp): void {
    this.#sql.request.run(name, params, JSON.stringify(episodes))
  }

  #open(op: OpenOp, pending: Map<number, Pending>): void {
    const known = this.#numberOf(op.id)
    let number: number
    if (known === undefined) {
      const parent = op.parent ? this.#numberOf(op.parent.id) : undefined
      if (op.parent && parent === undefined) throw new Error(`episode ${op.id} shares the past of ${op.parent.id}, which is not in the store`)
      const request = op.request === undefined ? undefined : (this.#sql.requestNumber.get(op.request) as { number: number } | undefined)?.number
      number = Number(this.#sql.insert.run(
        op.id, op.scenario, op.digest, op.engine, op.identity, op.pace, op.principal, parent ?? null, op.parent?.entries ?? 0,
        op.opened_with, op.forks, request ?? null, op.created_at, op.at, op.ended ? 1 : 0,
      ).lastInsertRowid)
    } else {
      number = known
      this.#sql.clear.run(number)
      this.#sql.replace.run(op.forks, op.at, op.ended ? 1 : 0, number)
    }
    this.#numbers.set(op.id, number)
    pending.set(number, { first: op.first, entries: [...op.entries] })
  }

  #append({ first, entries, ended, at }: AppendOp, number: number, pending: Map<number, Pending>): void {
    const before = pending.get(number)
    if (before) before.entries.push(...entries)
    else pending.set(number, { first, entries: [...entries] })
    if (ended) this.#sql.ended.run(at, number)
  }
}
