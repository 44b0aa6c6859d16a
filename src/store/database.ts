/** Opens `<data>/gym.sqlite`: one file, write-ahead log, and a schema that carries its version. */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { GymError } from '../core/gym-error.ts'
import { MIGRATIONS } from './schema.ts'
import { storeFault } from './store-fault.ts'

/** Marks the file as ours ("fgym"), so that another program's database is never written to. */
const APPLICATION_ID = 0x6667796d
/** How long a connection waits for another one's commit, in real milliseconds. */
const BUSY_MS = 5000

/** What the write-ahead log is cut down to when it has been worked in. */
const LOG_BYTES = 64 * 1024 * 1024

/** When a commit has reached the disk: `full` before it returns, `normal` survives a killed process but not a power cut. */
export type Sync = 'full' | 'normal'

/** The file of a data folder. */
export function databasePath(dataFolder: string): string {
  return join(dataFolder, 'gym.sqlite')
}

/** The file of its sweeps: apart, because the quota of journals is that of their file. */
export function sweepsPath(dataFolder: string): string {
  return join(dataFolder, 'sweeps.sqlite')
}

function numberOf(database: DatabaseSync, pragma: string): number {
  return Object.values(database.prepare(`PRAGMA ${pragma}`).get() as Record<string, number>)[0]!
}

/** Runs a function in one transaction: all of its writes or none. */
export function inTransaction<T>(database: DatabaseSync, run: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = run()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // A failed commit (a full disk) may have rolled back by itself.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function migrate(database: DatabaseSync, path: string): void {
  const version = () => numberOf(database, 'user_version')
  const owner = numberOf(database, 'application_id')
  if (version() === MIGRATIONS.length && owner === APPLICATION_ID) return
  if (owner !== APPLICATION_ID && (owner !== 0 || numberOf(database, 'schema_version') !== 0)) throw new GymError('GYM_STORE', `${path} is the database of another program`)
  if (version() > MIGRATIONS.length) throw new GymError('GYM_STORE', `${path} was written by a newer fractal-gym (schema ${version()}; this one knows ${MIGRATIONS.length})`)
  inTransaction(database, () => {
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
    // Asked again: another process may have migrated while this one waited for the lock.
    for (const step of MIGRATIONS.slice(version())) database.exec(step)
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
  })
}

/**
 * Opens a database file, or makes it with mode 0600, and brings its schema up to date; `:memory:` keeps nothing.
 * @throws GymError GYM_STORE when the file cannot be opened, is damaged, not ours, or of a newer version
 */
export function openDatabase(path: string, sync: Sync = 'full'): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    if (path !== ':memory:') {
      mkdirSync(join(path, '..'), { recursive: true })
      closeSync(openSync(path, 'a', 0o600))
    }
    database = new DatabaseSync(path, { timeout: BUSY_MS })
    // Before the first table: lets a vacuum give pages back a few at a time.
    if (numberOf(database, 'schema_version') === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL')
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${sync === 'full' ? 'FULL' : 'NORMAL'}; PRAGMA journal_size_limit = ${LOG_BYTES}`)
    migrate(database, path)
    return database
  } catch (error) {
    database?.close()
    throw storeFault(`cannot open ${path}`, error)
  }
}
