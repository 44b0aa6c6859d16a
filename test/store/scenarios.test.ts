/** The scenario store: immutable versions, durable in a file that is ours, typed faults when it is not. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import type { GymError } from '../../src/core/gym-error.ts'
import { databasePath, openDatabase } from '../../src/store/database.ts'
import { brokenScenarioStore, type StoredScenario } from '../../src/store/scenario-store.ts'
import { SqliteScenarios } from '../../src/store/sqlite-scenarios.ts'

function versionOf(name: string, letter: string, changes: Partial<StoredScenario> = {}): StoredScenario {
  return { name, digest: letter.repeat(64), source: `kind: Scenario # ${letter}`, files: { 'rows.csv': 'a,b\n1,2' }, report: { ok: true, checks: [] }, registered_at: 1000, principal: 'ab12', ...changes }
}

/** The fault that a function throws. */
function faultOf(run: () => unknown): GymError {
  try {
    run()
  } catch (error) {
    return error as GymError
  }
  throw new Error('nothing was thrown')
}

t.test('versions are immutable, the latest is the one registered last', async (t) => {
  const database = openDatabase(':memory:')
  t.teardown(() => database.close())
  const store = new SqliteScenarios(database)
  t.equal(store.get('shop'), undefined)
  t.equal(store.put(versionOf('shop', 'b')), 'stored')
  t.equal(store.put(versionOf('shop', 'a', { registered_at: 500 })), 'stored')
  t.equal(store.put(versionOf('desk', 'c')), 'stored')
  t.equal(store.put(versionOf('shop', 'b', { source: 'other', registered_at: 2000 })), 'known')
  t.same(store.get('shop'), versionOf('shop', 'a', { registered_at: 500 }), 'order of registration, not of time or digest')
  t.same(store.get('shop', 'bbbbbbbb'), versionOf('shop', 'b'), 'untouched by the second put')
  t.same(store.get('shop', 'b'.repeat(64)), versionOf('shop', 'b'))
  for (const no of ['bbbbbbb', 'cccccccc', 'BBBBBBBB', '%%%%%%%%', 'b'.repeat(65), '']) t.equal(store.get('shop', no), undefined, no)
  const { source, files, ...entry } = versionOf('shop', 'b')
  t.ok(source && files)
  t.same(store.versions('shop')[0], entry)
  t.same(store.list().map(({ name, digest }) => name + digest[0]), ['shopb', 'shopa', 'deskc'])
  t.same(store.versions("x' OR 1=1 --"), [])
})

t.test('a file: kept over a reopening, private, with its version; two connections at once', async (t) => {
  const path = databasePath(join(t.testdir(), 'deep', 'data'))
  const first = openDatabase(path)
  t.equal(new SqliteScenarios(first).put(versionOf('shop', 'a', { report: null, files: { __proto__x: '1' } })), 'stored')
  t.equal(statSync(path).mode & 0o777, 0o600)
  const second = openDatabase(path)
  t.equal(new SqliteScenarios(second).put(versionOf('shop', 'a')), 'known', 'seen by another connection at once')
  t.equal(new SqliteScenarios(second).put(versionOf('shop', 'b')), 'stored')
  first.close()
  second.close()
  const third = openDatabase(path)
  t.teardown(() => third.close())
  t.same(new SqliteScenarios(third).list().map(({ digest }) => digest[0]), ['a', 'b'])
  t.equal((third.prepare('PRAGMA journal_mode').get() as { journal_mode: string }).journal_mode, 'wal')
})

t.test('files that are not ours are left alone, with a sentence', async (t) => {
  const folder = t.testdir()
  const foreign = join(folder, 'foreign.sqlite')
  const other = new DatabaseSync(foreign)
  other.exec('CREATE TABLE x (y)')
  other.close()
  t.match(faultOf(() => openDatabase(foreign)), { gymCode: 'GYM_STORE', message: /another program/ })
  const newer = join(folder, 'newer.sqlite')
  const ours = openDatabase(newer)
  ours.exec('PRAGMA user_version = 99')
  ours.close()
  t.match(faultOf(() => openDatabase(newer)), { gymCode: 'GYM_STORE', message: /newer fractal-gym \(schema 99/ })
  const text = join(folder, 'text.sqlite')
  writeFileSync(text, 'this is no database, however long it is '.repeat(100))
  t.match(faultOf(() => openDatabase(text)), { gymCode: 'GYM_STORE', message: /no SQLite database/ })
  t.match(readFileSync(text, 'utf8'), /^this is no database/)
  mkdirSync(join(folder, 'a-folder.sqlite'))
  t.match(faultOf(() => openDatabase(join(folder, 'a-folder.sqlite'))), { gymCode: 'GYM_STORE' })
})

t.test('a store that fails says so and keeps nothing half', async (t) => {
  const database = openDatabase(join(t.testdir(), 'small.sqlite'))
  t.teardown(() => database.close())
  const store = new SqliteScenarios(database)
  store.put(versionOf('shop', 'a'))
  database.exec('PRAGMA max_page_count = 12')
  t.match(faultOf(() => store.put(versionOf('shop', 'b', { source: 'x'.repeat(1_000_000) }))), { gymCode: 'GYM_STORE', message: /cannot keep scenario shop: the disk is full/ })
  t.same(store.versions('shop').map(({ digest }) => digest[0]), ['a'])
  database.exec('PRAGMA query_only = ON')
  t.match(faultOf(() => store.put(versionOf('shop', 'c'))), { gymCode: 'GYM_STORE', message: /read-only/ })
  const broken = brokenScenarioStore(faultOf(() => store.put(versionOf('shop', 'c'))))
  t.match(faultOf(() => broken.put(versionOf('shop', 'a'))), { gymCode: 'GYM_STORE', message: /nothing can be registered/ })
  t.same([broken.get('shop'), broken.list(), broken.versions('shop')], [undefined, [], []])
})
