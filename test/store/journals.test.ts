/** Journals in the store: what is written is read back, shared pasts included; retention; group commit; failures. */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { openDatabase } from '../../src/store/database.ts'
import type { JournalOp, OpenOp } from '../../src/store/journal-op.ts'
import { JournalReader } from '../../src/store/journal-reader.ts'
import { JournalWriter } from '../../src/store/journal-writer.ts'
import { Retention, type RetentionRules } from '../../src/store/retention.ts'
import { type JournalSettings, SqliteJournals } from '../../src/store/sqlite-journals.ts'
import fc from '../property.ts'

const KEEP_ALL: RetentionRules = { endedMs: 1e9, idleMs: 1e9, quotaBytes: 0 }
const clock = { now: () => 5000 }

function open(id: string, more: Partial<OpenOp> = {}): OpenOp {
  return {
    op: 'open', id, scenario: 'shop', digest: 'd'.repeat(64), engine: '1', identity: `{"seed":1,"of":"${id}"}`, pace: 0, principal: 'p', created_at: 1, opened_with: 0, forks: 0,
    first: 0, entries: [], ended: false, at: 1, ...more,
  }
}

const append = (id: string, first: number, entries: unknown[], more: Partial<{ ended: boolean; at: number }> = {}): JournalOp => ({ op: 'append', id, first, entries: entries.map((each) => JSON.stringify(each)), ended: false, at: 2, ...more })
const turn = (op: 'park' | 'return' | 'close', id: string, at = 3): JournalOp => ({ op, id, at })

function desk(t: { teardown(end: () => void): void }): { database: DatabaseSync; writer: JournalWriter; reader: JournalReader; retention: Retention; read(id: string): unknown[] | undefined } {
  const database = openDatabase(':memory:')
  t.teardown(() => database.close())
  const reader = new JournalReader(database)
  const read = (id: string) => {
    const kept = reader.find(id)
    return kept && [...reader.entries(kept)]
  }
  return { database, writer: new JournalWriter(database), reader, retention: new Retention(database), read }
}

t.test('whatever is played, forked, closed and dropped: each journal reads back as it was written', async () => {
  const letGo = { teardown: () => {} }
  const command = fc.record({ what: fc.constantFrom('step', 'step', 'step', 'fork', 'forkEarlier', 'close', 'park', 'whole', 'commit', 'sweep'), which: fc.nat(100), size: fc.integer({ min: 1, max: 40 }) })
  fc.assert(fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
    const { database, writer, read, retention } = desk(letGo)
    const model = new Map<string, number[]>([['e0', []]])
    let ops: JournalOp[] = [open('e0')]
    let made = 1
    let value = 0
    const commit = (): void => {
      writer.commit(ops)
      ops = []
    }
    for (const { what, which, size } of commands) {
      const ids = [...model.keys()]
      const id = ids[which % ids.length]
      if (what === 'commit') commit()
      if (what === 'sweep') {
        commit()
        retention.sweep(10_000, { ...KEEP_ALL, endedMs: 0 })
      }
      if (id === undefined) continue
      const journal = model.get(id)!
      if (what === 'step') {
        const added = Array.from({ length: size }, () => (value += 1))
        ops.push(append(id, journal.length, added))
        journal.push(...added)
      } else if (what === 'fork' || what === 'forkEarlier') {
        const shared = what === 'fork' ? journal.length : which % (journal.length + 1)
        const child = `e${made++}`
        const own = size % 2 ? [(value += 1)] : []
        ops.push(open(child, { parent: { id, entries: shared }, first: shared, entries: own.map(String) }), { op: 'forked', id, forks: 1 })
        model.set(child, [...journal.slice(0, shared), ...own])
      } else if (what === 'whole') {
        ops.push(open(id, { entries: journal.map(String) }))
      } else if (what === 'park') {
        ops.push(turn('park', id))
        if (size % 2) ops.push(turn('return', id))
      } else if (what === 'close') {
        ops.push(turn('close', id))
        model.delete(id)
      }
    }
    commit()
    for (const [id, journal] of model) if (JSON.stringify(read(id)) !== JSON.stringify(journal)) throw new Error(`${id}: ${JSON.stringify(read(id))} instead of ${JSON.stringify(journal)}`)
    retention.sweep(10_000, { endedMs: 0, idleMs: 1e9, quotaBytes: 0 })
    for (let i = 0; i < 5; i += 1) retention.sweep(10_000, { endedMs: 0, idleMs: 1e9, quotaBytes: 0 })
    for (const [id, journal] of model) if (JSON.stringify(read(id)) !== JSON.stringify(journal)) throw new Error(`${id} after sweeping: ${JSON.stringify(read(id))}`)
    // When all are closed nothing may be left behind, dropped parents included.
    writer.commit([...model.keys()].map((id) => turn('close', id)))
    for (let i = 0; i < 5; i += 1) retention.sweep(10_000, { endedMs: 0, idleMs: 1e9, quotaBytes: 0 })
    const left = database.prepare('SELECT (SELECT count(*) FROM episodes) + (SELECT count(*) FROM chunks) AS n').get() as { n: number }
    if (left.n !== 0) throw new Error(`${left.n} rows are left behind`)
    database.close()
  }), { numRuns: 150 })
})

t.test('requests: found while something they made lives, forgotten with the last', async (t) => {
  const { writer, reader, retention, database } = desk(t)
  writer.commit([{ op: 'request', name: 'p env/fork k', params: '{"a":1}', episodes: ['a', 'b'] }, open('a', { request: 'p env/fork k' }), open('b', { request: 'p env/fork k' })])
  t.same(reader.findRequest('p env/fork k'), { params: '{"a":1}', episodes: ['a', 'b'] })
  writer.commit([turn('close', 'a')])
  t.ok(reader.findRequest('p env/fork k'))
  writer.commit([turn('park', 'b')])
  retention.sweep(10_000, { endedMs: 0, idleMs: 0, quotaBytes: 0 })
  t.notOk(reader.has('b'), 'idle journals go too')
  t.equal(reader.findRequest('p env/fork k'), undefined)
  t.same(database.prepare('SELECT count(*) AS n FROM requests').get(), { n: 0 })
  writer.commit([turn('close', 'nobody'), append('nobody', 0, [1])])
  t.equal(reader.find('nobody'), undefined, 'what is not there is not written to')
})

t.test('retention: by time, then by quota, oldest first, never what is being played', async (t) => {
  const { writer, retention, reader } = desk(t)
  const bulk = ['x'.repeat(20_000)]
  const kinds = ['closed', 'ended', 'parked', 'played'] as const
  for (let i = 0; i < 160; i += 1) {
    const kind = kinds[i % 4]!
    const id = `${kind}${i}`
    writer.commit([open(id, { entries: [JSON.stringify(bulk)], at: i }), ...(kind === 'ended' ? [append(id, 1, [2], { ended: true, at: i })] : []), ...(kind === 'closed' ? [turn('close', id, i)] : kind === 'played' ? [] : [turn('park', id, i)])])
  }
  const living = () => Array.from({ length: 160 }, (_, i) => `${kinds[i % 4]!}${i}`).filter((id) => reader.has(id))
  t.match(retention.sweep(200, { endedMs: 100, idleMs: 1000, quotaBytes: 0 }), { ended: 50, idle: 0, quota: 0, full: false, more: false })
  t.ok(!reader.has('ended97') && reader.has('ended101') && reader.has('parked2'))
  const used = retention.usedBytes()
  const first = retention.sweep(200, { endedMs: 1e9, idleMs: 1e9, quotaBytes: used - 10_000 })
  t.ok(first.quota > 0)
  t.equal(living().filter((id) => id.startsWith('parked')).length, 40, 'what has ended goes first')
  let swept = first
  for (let i = 0; i < 20 && (swept.more || i === 0); i += 1) swept = retention.sweep(200, { endedMs: 1e9, idleMs: 1e9, quotaBytes: 500_000 })
  t.match(swept, { full: true, more: false })
  t.same(living(), Array.from({ length: 40 }, (_, i) => `played${i * 4 + 3}`))
  t.match(retention.sweep(200, { endedMs: 1e9, idleMs: 1e9, quotaBytes: 1e9 }), { full: false, quota: 0 })
})

t.test('a hole in a journal is found', async (t) => {
  const { writer, reader, database, read } = desk(t)
  writer.commit([open('a')])
  for (let i = 0; i < 100; i += 1) writer.commit([append('a', i, [i])])
  t.equal(read('a')!.length, 100)
  t.same([...reader.entries(reader.find('a')!, 40)], Array.from({ length: 40 }, (_, i) => i))
  database.exec('DELETE FROM chunks WHERE first = 70')
  t.throws(() => read('a'), { gymCode: 'GYM_EPISODE_LOST', message: /hole at entry 70/ })
})

const SETTINGS: JournalSettings = { durability: 'async', rules: KEEP_ALL, bufferBytes: 1e6, windowMs: 5, retryMs: 20 }

function journals(t: { teardown(end: () => unknown): void; testdir(): string }, more: Partial<JournalSettings> = {}, folder = t.testdir()): { store: SqliteJournals; said: string[]; path: string; database: DatabaseSync } {
  const path = join(folder, 'gym.sqlite')
  const database = openDatabase(path)
  const said: string[] = []
  const store = new SqliteJournals(path, database, { ...SETTINGS, ...more }, clock, (text) => said.push(text))
  t.teardown(async () => {
    await store.close()
    database.close()
  })
  return { store, said, path, database }
}

async function until(what: () => boolean, ms = 5000): Promise<void> {
  const end = performance.now() + ms
  while (!what()) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

t.test('the thread: marks are kept in order, many in one commit; a close is seen at once; closing writes the rest', async (t) => {
  const folder = t.testdir()
  const { store, path } = journals(t, { durability: 'ack' }, folder)
  store.write(open('a'))
  const marks = Array.from({ length: 500 }, (_, i) => store.write(append('a', i, [i])))
  t.notOk(store.isKept(marks[0]!))
  await store.keep(marks[250]!)
  t.ok(store.isKept(marks[250]!))
  await Promise.all(marks.map((mark) => store.keep(mark)))
  t.ok(store.counts.commits < 20, `${store.counts.commits} commits`)
  t.equal(store.counts.entries, 500)
  t.equal([...store.entries(store.find('a')!)].length, 500)
  store.write(turn('close', 'a'))
  t.equal(store.find('a'), undefined, 'before it is committed')
  store.write(open('b', { entries: ['1', '2'] }))
  await store.close()
  const again = openDatabase(path)
  t.teardown(() => again.close())
  const reader = new JournalReader(again)
  t.same([...reader.entries(reader.find('b')!)], [1, 2])
  t.notOk(reader.has('a'))
})

t.test('async: written without anybody asking; a full buffer asks for patience', async (t) => {
  const { store } = journals(t, { bufferBytes: 20_000 })
  store.write(open('a', { entries: ['1'] }))
  await until(() => store.counts.commits === 1)
  t.equal(store.relief(), undefined)
  for (let i = 0; i < 40; i += 1) store.write(append('a', 1 + i, ['x'.repeat(1000)]))
  t.ok(store.counts.pendingBytes > 20_000)
  const relief = store.relief()
  t.ok(relief)
  await relief
  t.ok(store.counts.pendingBytes <= 10_000)
})

t.test('a store that fails refuses what waits, says so, tries again, and starts a new epoch', async (t) => {
  const { store, said, database } = journals(t, { durability: 'ack' })
  await store.keep(store.write(open('a')))
  database.exec('DROP TABLE chunks')
  await t.rejects(store.keep(store.write(append('a', 0, [1]))), { message: /chunks/ })
  t.equal(store.epoch, 1)
  t.match(store.fault, /chunks/)
  await t.rejects(store.keep(store.write(open('b'))), { message: /not kept/ })
  t.equal(said.length, 1)
  t.match(said[0], /the store fails.*memory alone/)
  database.exec('CREATE TABLE chunks (number INTEGER PRIMARY KEY, episode INTEGER NOT NULL, first INTEGER NOT NULL, entries TEXT NOT NULL)')
  await until(() => store.fault === undefined)
  t.match(said[1], /works again/)
  await store.keep(store.write(open('a', { entries: ['7'] })))
  t.same([...store.entries(store.find('a')!)], [7])
  t.equal(store.counts.failures, 1)
})

t.test('a folder that cannot be written to', { skip: process.getuid?.() === 0 && 'root may write anywhere' }, async (t) => {
  const folder = t.testdir()
  const { store } = journals(t, {}, folder)
  chmodSync(folder, 0o500)
  t.teardown(() => chmodSync(folder, 0o700))
  await t.rejects(store.keep(store.write(open('a'))))
})
