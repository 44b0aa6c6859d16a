import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { keyOf } from '../../src/core/keyed.ts'
import { BaseWorld } from '../../src/world/base-world.ts'
import { SpecFault } from '../../src/world/fault.ts'
import { Overlay } from '../../src/world/overlay.ts'
import { Transaction } from '../../src/world/transaction.ts'
import fc from '../property.ts'
import { depotWorld, readWorld, Desk, soundWorld } from './world-under-test.ts'

const depot = depotWorld()
const retail = soundWorld(readFileSync(join(import.meta.dirname, '../../envs/retail/world.yaml'), 'utf8'))
const worlds = [depot, retail]
const head = "kind: World\nname: w\nepoch: '2026-03-02T09:00:00Z'\ntools: {}\n"

t.test('a cell is the same in whatever order cells are read', async (t) => {
  for (const world of worlds) {
    const straight = new Desk(world, 5)
    const rows = world.tables.map(({ name }) => straight.rows(name))
    const cells = world.tables.flatMap(({ position, columns }) => rows[position]!.flatMap((_row, i) => columns.map(({ name }) => [position, i, name] as const)))
    t.doesNotThrow(() => fc.assert(fc.property(fc.nat(), (start) => {
      const base = new BaseWorld(world, 5)
      for (let k = 0; k < 400; k++) {
        // A stride that is prime to the number of cells visits them out of order.
        const [table, i, column] = cells[(start + k * 7919) % cells.length]!
        const { key } = world.tables[table]!
        const wanted = rows[table]![i]!
        const row = k % 3 ? base.get(table, wanted[key] as string) : base.lookup(table, column, wanted[column]).find((found) => found[key] === wanted[key])
        if (JSON.stringify(row?.[column]) !== JSON.stringify(wanted[column])) return false
      }
      return true
    }), { numRuns: 25 }))
  }
})

t.test('every row is found by its key, as the same object, and no other key finds one', async (t) => {
  for (const world of worlds) {
    for (const seed of [0, 1, 2 ** 53 - 1]) {
      const base = new BaseWorld(world, seed)
      for (const { position, name, key } of world.tables) {
        const rows = base.rows(position)
        t.equal(new Set(rows.map((row) => row[key])).size, rows.length, `${name}: keys are distinct`)
        t.ok(rows.every((row) => base.get(position, row[key] as string) === row), `${name}: found by key`)
        for (const wrong of ['', 'x', 'C-1', 'C-000001', 'W1', 'W0000001', 'L0', 'L-1', 'L1e3', '__proto__', 'constructor', 'T-2']) t.equal(base.get(position, wrong), undefined, `${name}: ${wrong}`)
      }
    }
  }
})

t.test('references point to rows, children to their parents, nulls come in their share', async (t) => {
  for (const world of worlds) {
    const base = new BaseWorld(world, 11)
    for (const { position, name, columns, spec } of world.tables) {
      for (const column of columns) {
        if (column.spec.type !== 'ref') continue
        const target = world.positionOf(column.spec.table)
        t.ok(base.rows(position).every((row) => row[column.name] === null ? column.spec.nullable : base.get(target, row[column.name] as string)), `${name}.${column.name}`)
      }
      if (!spec.per) continue
      const [least, most] = spec.per.count
      const parents = base.rows(world.positionOf(spec.per.table))
      const parentKey = world.tables[world.positionOf(spec.per.table)]!.key
      const counts = parents.map((row) => base.lookup(position, spec.per!.column, row[parentKey]).length)
      t.ok(counts.every((n) => n >= least && n <= most), `${name}: ${least} to ${most} each`)
      t.equal(counts.reduce((sum, n) => sum + n, 0), base.rows(position).length, `${name}: all rows are somebody's`)
      if (parents.length > 40) t.equal(new Set(counts).size, most - least + 1, `${name}: every number occurs`)
    }
  }
  const clients = new Desk(depot, 3).rows('clients')
  const share = (column: string) => clients.filter((row) => row[column] === null).length / clients.length
  t.ok(Math.abs(share('phone') - 0.5) < 0.2 && Math.abs(share('score') - 0.4) < 0.2, `${share('phone')} ${share('score')}`)
})

t.test('draws keep to their bounds, weights and skew', async (t) => {
  const sources = soundWorld(`${head}tables:
  t: {key: id, count: 20000, columns: {id: {type: string, id: {counter: '{n}'}}, i: {type: int, between: [-2, 2]}, d: {type: dec, scale: 1, between: [-0.2, 0.2]}, b: {type: bool, chance: 0.25}, e: {type: enum, values: [x, y, z], weights: [1, 0, 3]}, at: {type: time, between: [-1, 1]}, p: {type: int, pick: [7, 8]}, even: {type: ref, table: u}, skewed: {type: ref, table: u, skew: 1}}}
  u: {key: id, count: 10, columns: {id: {type: string, id: {draw: 'U{n:03}'}}}}`)
  const rows = new Desk(sources, 4).rows('t')
  const tally = (column: string) => {
    const counts = new Map<unknown, number>()
    for (const row of rows) counts.set(row[column], (counts.get(row[column]) ?? 0) + 1 / rows.length)
    return counts
  }
  const close = (found: number | undefined, wanted: number) => Math.abs((found ?? 0) - wanted) < 0.02
  for (let i = -2; i <= 2; i++) t.ok(close(tally('i').get(i), 0.2) && close(tally('d').get(i), 0.2), `${i}`)
  t.same([tally('i').size, tally('d').size, tally('at').size, tally('p').size, tally('e').size], [5, 5, 3, 2, 2])
  t.ok(close(tally('b').get(true), 0.25) && close(tally('e').get('x'), 0.25) && close(tally('e').get('z'), 0.75))
  t.same([...tally('at').keys()].map((at) => (at as number) - sources.epoch).sort((a, b) => a - b), [-1000, 0, 1000])
  const order = new Desk(sources, 4).rows('u').map((row) => row.id)
  for (const key of order) t.ok(close(tally('even').get(key), 0.1), `even ${String(key)}`)
  const skewed = order.map((key) => tally('skewed').get(key) ?? 0)
  // With skew 1, row i of n is drawn with sqrt((i+1)/n) - sqrt(i/n).
  skewed.forEach((share, i) => t.ok(close(share, Math.sqrt((i + 1) / 10) - Math.sqrt(i / 10)), `skewed ${i}`))
})

t.test('seeds differ, names matter, other columns do not', async (t) => {
  t.not(JSON.stringify(new Desk(depot, 1).rows('clients')), JSON.stringify(new Desk(depot, 2).rows('clients')))
  const table = (extra: string) => `  t: {key: id, count: 50, columns: {id: {type: string, id: {draw: 'K{n:04}'}}, i: {type: int, between: [0, 1000]}${extra}}}\n`
  const rows = (text: string) => new Desk(soundWorld(head + text), 9).rows('t').map(({ id, i }) => [id, i])
  const plain = rows(`tables:\n${table('')}`)
  t.same(rows(`tables:\n  a: {key: k, rows: [], columns: {k: {type: string}}}\n${table(", z: {type: int, value: row.i}, b: {type: bool}")}`), plain, 'a new table and new columns move nothing')
  t.notSame(new Desk(soundWorld(`${head.replace('name: w', 'name: v')}tables:\n${table('')}`), 9).rows('t').map(({ i }) => i), plain.map(([, i]) => i), 'another world\'s draws are others')
})

t.test('circles between columns are complained about, whichever rows they go through; dear columns are faults', async (t) => {
  const cycles = (columns: string) => readWorld(`${head}tables: {t: {key: id, count: 3, columns: {id: {type: string, id: {counter: '{n}'}}, ${columns}}}, u: {key: id, count: 3, columns: {id: {type: string, id: {counter: 'u{n}'}}, z: {type: int, value: "t.count(x, x.far > n)"}}}}`).complaints.map((complaint) => [complaint.code, complaint.message.replace(/.*circle: /, '')])
  t.same(cycles('a: {type: int, value: row.b + 1}, b: {type: int, value: row.a + 1}, far: {type: int, value: n}'), [['cycle', 't.a -> t.b -> t.a']])
  t.same(cycles(`far: {type: int, value: "t.get(string(n)) == null ? 0 : t.get(string(n)).far + 1"}`), [['cycle', 't.far -> t.far']], 'another row of the same column')
  t.same(cycles(`far: {type: int, value: "u.sum(x, x.z)"}`), [['cycle', 't.far -> u.z -> t.far']], 'through another table')
  t.same(cycles(`far: {type: int, value: n * 2}, sum: {type: int, value: "t.sum(x, x.far) + row.far"}`), [], 'other rows of another column are no circle')
  const dear = soundWorld(`${head}tables: {t: {key: id, count: 600, columns: {id: {type: string, id: {counter: '{n}'}}, a: {type: int, value: "t.count(x, t.exists(y, y.id == 'no' || y.id == x.id + '!'))"}}}}`)
  t.throws(() => new BaseWorld(dear, 1).get(0, '1')!.a, /t\.a: the call costs more/)
})

t.test('a keyed order visits every row once', async (t) => {
  const base = new BaseWorld(depot, 2)
  for (const { position } of depot.tables) {
    const order = base.tables[position]!.shuffled(keyOf(['order', position]))
    const seen = Array.from({ length: order.size }, (_, i) => order.at(i)).filter((row) => row !== undefined)
    t.same(new Set(seen), new Set(base.rows(position)))
    t.equal(seen.length, base.rows(position).length)
  }
})

type Write = { kind: 'update' | 'put' | 'remove' | 'commit' | 'abort' | 'fork'; at: number; value: number }
const write: fc.Arbitrary<Write> = fc.record({ kind: fc.constantFrom('update', 'put', 'remove', 'commit', 'abort', 'fork'), at: fc.nat({ max: 40 }), value: fc.integer({ min: 0, max: 3 }) })

t.test('lookups are filters, after any inserts, updates, deletes, commits and aborts; forks never leak', async (t) => {
  const table = depot.positionOf('lines')
  const base = new BaseWorld(depot, 6)
  const originals = base.rows(table)
  const orders = base.rows(depot.positionOf('orders')).slice(0, 4).map((row) => row.id as string)
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(write, { maxLength: 60 }), (writes) => {
    let overlay = new Overlay(depot.tables.length)
    let tx = new Transaction(base, overlay)
    const forks: { overlay: Overlay; seen: string }[] = []
    const seen = (of: Overlay) => JSON.stringify(new Transaction(base, of).rows(table).map((row) => [row.id, row.order, row.qty, row.price]))
    // The model: a plain map from key to row.
    let committed = new Map(originals.map((row) => [row.id as string, { id: row.id, order: row.order, qty: row.qty, price: row.price }]))
    let model = new Map(committed)
    for (const { kind, at, value } of writes) {
      const key = at < 20 ? (originals[at]!.id as string) : `new${at}`
      if (kind === 'update' && model.has(key)) { tx.update(table, key, { qty: value, order: orders[value] }); model.set(key, { ...model.get(key)!, qty: value, order: orders[value] }) }
      else if (kind === 'put') { const row = { id: key, order: orders[value], qty: value, price: 100 }; tx.put(table, key, row); model.set(key, row) }
      else if (kind === 'remove') { tx.remove(table, key); model.delete(key) }
      else if (kind === 'commit') { tx.commit('agent', at); committed = new Map(model) }
      else if (kind === 'abort') { tx.abort(); model = new Map(committed) }
      else if (kind === 'fork') {
        forks.push({ overlay, seen: seen(overlay) })
        overlay = overlay.fork()
        tx = new Transaction(base, overlay)
        model = new Map(committed)
      }
      const rows = tx.rows(table)
      if (rows.length !== model.size) return false
      if (rows.some((row) => JSON.stringify({ id: row.id, order: row.order, qty: row.qty, price: row.price }) !== JSON.stringify(model.get(row.id as string)))) return false
      if (rows.some((row) => tx.get(table, row.id as string) !== row)) return false
      for (const [column, wanted] of [['qty', value], ['order', orders[value]], ['id', key], ['order', null], ['price', 100]] as const) {
        const hits = tx.lookup(table, column, wanted).map((row) => row.id)
        if (JSON.stringify(hits) !== JSON.stringify(rows.filter((row) => row[column] === wanted).map((row) => row.id))) return false
      }
    }
    return forks.every((fork) => seen(fork.overlay) === fork.seen)
  }), { numRuns: 60 }))
  t.throws(() => new Transaction(base, new Overlay(depot.tables.length)).update(table, 'none', { qty: 1 }), SpecFault)
})
