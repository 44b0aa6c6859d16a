import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Desk, soundWorld } from './world-under-test.ts'

const world = soundWorld(readFileSync(join(import.meta.dirname, '../fixtures/worlds/sketches.yaml'), 'utf8'))
const desk = () => new Desk(world)
/** What the dearest call of a tool cost, so that no sketch needs more than a small part of its meter. */
let dearest = 0
const call = (of: Desk, name: string, args: Record<string, unknown>) => {
  const outcome = of.call(name, args)
  dearest = Math.max(dearest, outcome.cost)
  return [outcome.json, outcome.isError] as const
}

t.test('an exchange of delivered items', async (t) => {
  const of = desk()
  const ask = (rest: Record<string, unknown>) => call(of, 'exchange_items', { order: 'O1', give: ['A1'], get: ['A2'], pay_with: 'card1', ...rest })
  for (const [rest, words] of [
    [{ order: 'O9' }, 'No order O9'],
    [{ order: 'O2' }, 'Only a delivered order can be exchanged'],
    [{ give: ['A1', 'A1', 'A1'], get: ['A2', 'A2', 'A2'] }, 'Fewer A1 in the order than asked'],
    [{ get: [] }, 'Give and get lists differ in length'],
    [{ get: ['Z'] }, 'No variant Z'],
    [{ get: ['A3'] }, 'A3 cannot replace A1'],
    [{ get: ['B1'] }, 'B1 cannot replace A1'],
    [{ pay_with: 'card9' }, 'Unknown payment method'],
    [{ pay_with: 'gift2' }, 'Gift card is short by 2.50'],
  ] as const) t.same(ask(rest), [words, true], words)
  t.match(ask({ pay_with: 'gift1' }), [{ status: 'exchange requested', exchange: { give: ['A1'], get: ['A2'], diff: 5.5, via: 'gift1' } }, false])
})

t.test('a booking paid from several pockets', async (t) => {
  const of = desk()
  const legs = [{ flight: 'F1', date: '2026-04-01' }, { flight: 'F2', date: '2026-04-02' }]
  const book = (rest: Record<string, unknown>) => call(of, 'book_trip', { member: 'M1', cabin: 'economy', legs, passengers: ['Ada', 'Ben'], bags: 3, insured: true, payments: [], ...rest })
  const before = of.state()
  for (const [rest, words] of [
    [{ member: 'M9' }, 'No member M9'],
    [{ legs: [{ flight: 'F1', date: '2026-04-02' }] }, 'F1 does not fly on 2026-04-02'],
    [{ legs: [...legs, { flight: 'F3', date: '2026-04-02' }] }, 'Not enough seats on F3'],
    [{ cabin: 'business' }, 'Not enough seats on F1'],
    [{ legs: [legs[1], legs[1]] }, 'Not enough seats on F2'],
    [{ payments: [{ id: 'gift2', amount: 5 }] }, 'gift2 holds only 3.00'],
    [{ payments: [{ id: 'nope', amount: 5 }] }, 'No payment method nope'],
    // (100.10 + 80.20) x 2 + one bag too many + two insurances
    [{ payments: [{ id: 'card1', amount: 470.59 }] }, 'The price is 470.60'],
  ] as const) t.same(book(rest), [words, true], words)
  t.equal(of.state(), before, 'nothing of the failures is left, seats included')
  const [json] = book({ payments: [{ id: 'vouch1', amount: 100 }, { id: 'gift1', amount: 29.9 }, { id: 'card1', amount: 340.7 }] })
  t.match(json, { id: 'K001', member: 'M1', passengers: ['Ada', 'Ben'], made: '2026-03-02T09:00:00Z', paid: [{ id: 'vouch1', amount: 100 }, { amount: 29.9 }, {}] })
  t.same(of.rows('departures').map(({ seats }) => seats), [{ economy: 1, business: 1 }, { economy: 0, business: 0 }, { economy: 9, business: 9 }])
  t.same(of.rows('wallet').map(({ id, balance }) => [id, balance]), [['card1', 0], ['gift1', 10], ['gift2', 300]], 'the voucher is used up')
})

t.test('a file tree', async (t) => {
  const of = desk()
  t.same(call(of, 'find', { path: '.', name: 'notes' })[0], { matches: ['./docs/notes.txt', './docs/sub/deep_notes.txt'] })
  t.same(call(of, 'find', { path: 'nowhere', name: 'x' }), [{ error: 'find: no such directory: nowhere' }, true])
  t.same(call(of, 'cp', { source: 'docs', destination: 'copy' })[0], { result: 'docs copied' })
  t.same(call(of, 'find', { path: 'copy', name: 'notes' })[0], { matches: ['copy/notes.txt', 'copy/sub/deep_notes.txt'] }, 'all below is copied, with keys of its own')
  t.equal(new Set(of.rows('nodes').map(({ id }) => id)).size, 12)
  t.same(call(of, 'cp', { source: 'docs', destination: 'old' }), [{ error: 'cp: exists' }, true])
  t.same(call(of, 'mv', { source: 'docs', destination: 'old' })[0], { result: 'docs moved' })
  t.same(call(of, 'cd', { path: 'old/docs/sub/..' })[0], { cwd: '/old/docs' })
  t.same(call(of, 'mv', { source: 'notes.txt', destination: 'sub' })[0], { result: 'notes.txt moved' })
  t.same(call(of, 'mv', { source: 'todo.txt', destination: 'a/b' }), [{ error: 'mv: a name, not a path' }, true])
  t.same(call(of, 'mv', { source: 'todo.txt', destination: 'done.txt' })[0], { result: 'todo.txt moved' })
  t.same(call(of, 'find', { path: '/', name: '.txt' })[0], { matches: ['//old/docs/done.txt', '//old/docs/sub/notes.txt', '//old/docs/sub/deep_notes.txt', '//copy/notes.txt', '//copy/todo.txt', '//copy/sub/deep_notes.txt'] })
})

t.test('the meter', async (t) => {
  t.ok(dearest < 2000, `the dearest call cost ${dearest} units`)
})
