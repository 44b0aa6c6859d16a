/** The scenario store in SQLite. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ScenarioEntry, ScenarioStore, StoredScenario } from './scenario-store.ts'
import { storeFault } from './store-fault.ts'

const ENTRY = 'name, digest, report, registered_at, principal'
const DIGEST_PREFIX = /^[0-9a-f]{8,64}$/

type Row = { name: string; digest: string; source: string; files: string; report: string; registered_at: number; principal: string }

function entryOf({ name, digest, report, registered_at, principal }: Row): ScenarioEntry {
  return { name, digest, report: JSON.parse(report) as unknown, registered_at, principal }
}

export class SqliteScenarios implements ScenarioStore {
  readonly #insert: StatementSync
  readonly #latest: StatementSync
  readonly #byDigest: StatementSync
  readonly #versions: StatementSync
  readonly #all: StatementSync

  /** Uses a database of `openDatabase`; `put` is durable when that was opened with `full`. */
  constructor(database: DatabaseSync) {
    const newest = 'ORDER BY number DESC LIMIT 1'
    this.#insert = database.prepare('INSERT INTO scenarios (name, digest, source, files, report, registered_at, principal) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name, digest) DO NOTHING')
    this.#latest = database.prepare(`SELECT * FROM scenarios WHERE name = ? ${newest}`)
    this.#byDigest = database.prepare(`SELECT * FROM scenarios WHERE name = ? AND substr(digest, 1, length(?2)) = ?2 ${newest}`)
    this.#versions = database.prepare(`SELECT ${ENTRY} FROM scenarios WHERE name = ? ORDER BY number`)
    this.#all = database.prepare(`SELECT ${ENTRY} FROM scenarios ORDER BY number`)
  }

  put({ name, digest, source, files, report, registered_at, principal }: StoredScenario): 'stored' | 'known' {
    return attempt(`cannot keep scenario ${name}`, () => {
      const { changes } = this.#insert.run(name, digest, source, JSON.stringify(files), JSON.stringify(report ?? null), registered_at, principal)
      return changes ? 'stored' : 'known'
    })
  }

  get(name: string, digest?: string): StoredScenario | undefined {
    if (digest !== undefined && !DIGEST_PREFIX.test(digest)) return undefined
    return attempt(`cannot read scenario ${name}`, () => {
      const row = (digest === undefined ? this.#latest.get(name) : this.#byDigest.get(name, digest)) as Row | undefined
      return row && { ...entryOf(row), source: row.source, files: JSON.parse(row.files) as Record<string, string> }
    })
  }

  versions(name: string): ScenarioEntry[] {
    return attempt(`cannot read the versions of ${name}`, () => (this.#versions.all(name) as Row[]).map(entryOf))
  }

  list(): ScenarioEntry[] {
    return attempt('cannot read the scenarios', () => (this.#all.all() as Row[]).map(entryOf))
  }
}

function attempt<T>(doing: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw storeFault(doing, error)
  }
}
