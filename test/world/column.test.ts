import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SpecFault } from '../../src/world/fault.ts'
import { Desk, evaluate, readWorld, soundWorld } from './world-under-test.ts'

const AIR = readFileSync(join(import.meta.dirname, '../fixtures/worlds/air.yaml'), 'utf8')
const air = soundWorld(AIR)

t.test('nested values are drawn one by one, the same for the same seed and place', async (t) => {
  type Member = { id: string; tier: string; home: { city: string; zip: string; since: number }; cards: { label: string; balance: number; referee: string | null }[]; nick: { short: string; spare: null } | null }
  const members = new Desk(air, 7).rows('members') as Member[]
  t.same(new Desk(air, 7).rows('members'), members)
  t.notSame(new Desk(air, 8).rows('members'), members)
  t.same([...new Set(members.map(({ home }) => home.city))].sort(), ['Lima', 'Oslo', 'Rome'])
  t.same(members.map(({ home }) => home.zip), members.map((_, n) => String(10000 + n)))
  t.same([...new Set(members.map(({ cards }) => cards.length))].sort(), [0, 1, 2, 3])
  const ids = new Set(members.map(({ id }) => id))
  for (const { tier, cards, home } of members) {
    t.same(cards.map(({ label }) => label), cards.map((_, i) => `${tier}-${i}`))
    t.ok(cards.every(({ balance, referee }) => balance >= 0 && balance <= 9999 && (referee === null || ids.has(referee))))
    t.ok(home.since <= air.epoch && home.since >= air.epoch - 86_400_000)
  }
  t.ok(new Set(members.flatMap(({ cards }) => cards.map(({ balance }) => balance))).size > 20, 'elements have draws of their own')
  t.ok(members.some(({ nick }) => nick === null) && members.some(({ nick }) => nick?.short === 'a' && nick.spare === null))
  t.ok(members.some(({ cards }) => cards.some(({ referee }) => referee === null)) && members.some(({ cards }) => cards.some(({ referee }) => referee !== null)))
  const other = soundWorld(AIR.replace('balance: {type: dec, between: [0.00, 99.99]}', 'balance: {type: dec, between: [0.00, 9.99]}'))
  const moved = new Desk(other, 7).rows('members') as Member[]
  t.same(moved.map(({ home, cards }) => [home, cards.map(({ referee }) => referee)]), members.map(({ home, cards }) => [home, cards.map(({ referee }) => referee)]), 'a changed part moves no other')
})

t.test('nested types: fields, indexes, maps, equality, JSON', async (t) => {
  const d = "departures.get('A1')"
  const table: [string, string, unknown][] = [
    [`${d}.seats.economy`, 'int', 3], [`${d}.seats['economy'] + 1`, 'int', 4], [`${d}.fares.business`, 'dec(2)', 400], [`${d}.fares`, '{economy, business}', { economy: 99.5, business: 400 }],
    ["departures.map(x, x.seats[members.first(m, true).tier == 'basic' || true ? 'economy' : 'business'])", 'list of int?', [3, 1]],
    [`${d}.stops[1]`, 'string', 'Rome'], [`size(${d}.stops)`, 'int', 2], [`${d}.meals`, 'map of int', { a: 1, b: 2 }], [`${d}.meals['a']`, 'int?', 1], [`${d}.meals['constructor']`, 'int?', null], [`'a' in ${d}.meals`, 'bool', true], [`'toString' in ${d}.meals`, 'bool', false],
    [`${d}.meals.keys()`, 'list of string', ['a', 'b']], [`${d}.meals.values()`, 'list of int', [1, 2]], [`${d}.meals.entries()`, 'list of {key, value}', [{ key: 'a', value: 1 }, { key: 'b', value: 2 }]], [`size(${d}.meals) + ${d}.meals.size()`, 'int', 4],
    [`${d}.meals == {'b': 2, 'a': 1}`, 'bool', true], [`${d}.meals == departures.get('A2').meals`, 'bool', false], [`${d}.seats == {'economy': 3, 'business': 0}`, 'bool', true], [`${d}.stops == ['Oslo', 'Rome']`, 'bool', true], [`string(${d}.meals)`, 'string', '{"a":1,"b":2}'],
    ['members.all(m, size(m.cards) < 4)', 'bool', true], ["members.count(m, m.home.city == 'Oslo') > 0", 'bool', true],
  ]
  for (const [source, type, json] of table) {
    const found = evaluate(source, air)
    t.same({ type: found.type, json: found.json }, { type, json }, source)
  }
})

t.test('places inside columns are written with their types', async (t) => {
  const desk = new Desk(air)
  t.same(desk.call('reserve', { departure: 'A1', cabin: 'economy', n: 2 }).json, { left: { economy: 1, business: 0 }, fare: 99.5 })
  t.match(desk.call('reserve', { departure: 'A1', cabin: 'economy', n: 2 }), { isError: true, json: 'Not enough seats' })
  t.match(desk.call('reserve', { departure: 'A1', cabin: '__proto__', n: 2 }), { isError: true, json: 'Not enough seats' })
  t.same(desk.call('trade', { symbol: 'ZZ', n: 2, price: 1.5 }).json, { shares: { ZZ: 2 }, keys: ['ZZ'], values: [2], some: true, size: 1, most: { key: 'ZZ', value: 2 }, lots: { last: { price: 1.5, note: null } } })
  t.same(desk.call('trade', { symbol: 'AA', n: 5 }).json, { shares: { AA: 5, ZZ: 2 }, keys: ['AA', 'ZZ'], values: [5, 2], some: true, size: 2, most: { key: 'AA', value: 5 }, lots: { last: { price: 1.5, note: null } } })
  t.match(desk.call('trade', { symbol: 'ZZ', n: -2 }).json, { shares: { AA: 5 }, some: false, size: 1 })
  t.match(desk.call('trade', { symbol: 'constructor', n: 1 }).json, { shares: { AA: 5, constructor: 1 }, size: 2 })
  t.match(desk.call('trade', { symbol: '__proto__', n: 1 }), { isError: true, json: "'__proto__' is no key" })

  const member = desk.rows('members')[0]!.id as string
  t.match(desk.call('book', { member, passengers: [{ name: 'Ada' }, { name: 'Ben', age: 7 }] }).json, { id: 'B-001', passengers: [{ name: 'Ada', age: null }, { name: 'Ben', age: 7 }], paid: [], state: 'held', made: '2026-03-02T09:00:00Z' }, 'defaults, and null for what is absent')
  t.same(desk.call('amend', { booking: 'B-001', at: 1, name: 'Bo' }).json, ['Ada', 'Bo'])
  t.throws(() => desk.call('amend', { booking: 'B-001', at: 2, name: 'Cy' }), SpecFault, 'no third passenger')
  t.same(desk.call('charge', { booking: 'B-001', amount: 9.99 }).json, { paid: [{ by: 'card', amount: 10.49 }], total: 10.49 })
})

t.test('what is too large is refused as a tool error, and nothing is written', async (t) => {
  const desk = new Desk(air)
  const member = desk.rows('members')[0]!.id as string
  const state = desk.state()
  t.match(desk.call('book', { member, passengers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' }] }), { isError: true, json: 'bookings.passengers holds at most 3 items' })
  t.match(desk.call('book', { member, passengers: [{ name: 'Müller' }] }), { isError: true, json: /at most 5 characters/ })
  t.equal(desk.state(), state)
  t.notOk(desk.call('book', { member, passengers: [{ name: '👍👍👍👍👍' }] }).isError, 'characters of Unicode count')
  t.match(desk.call('amend', { booking: 'B-001', at: 0, name: 'longer' }), { isError: true })
})

t.test('complaints about nested columns stand where the mistake is', async (t) => {
  const table: [string, string, RegExp][] = [
    ['type: record\n        fields:\n          city: {type: string, pick: cities}', 'type: record\n        fields:\n          city: {type: string, pick: citis}', /no list 'citis'/],
    ["{type: string, pick: cities}", '{type: string}', /base rows need a text/], ['size: [0, 3]', 'size: [3, 0]', /least is above/], ['size: [0, 3]', 'size: [0, 5]', /max_items is 4/],
    ['referee: {type: ref, table: members', 'referee: {type: ref, table: member', /unknown table 'member'/], ['label: {type: string, value: "row.tier', 'label: {type: string, value: "row.teir', /no field 'teir'/], ["value: \"string(10000 + n)\"", 'value: "string(i)"', /unknown name 'i'/], ["value: \"string(10000 + n)\"", 'value: "row.home.zip"', /in a circle: members\.home -> members\.home/],
    ['spare: {type: int, nullable: true}', "spare: {type: int, nullable: true, default: '1'}", /only a column of a table has default/], ['of: {type: int}, max_items', 'of: {type: int, nullable: true}, max_items', /never null/],
    ['seats: {economy: 3, business: 0}', 'seats: {economy: 3, busines: 0}', /no field 'busines'/], ['business: 400}, stops', 'business: 400.001}, stops', /400\.001 is no dec/], ['stops: [Oslo, Rome]', 'stops: [Oslo, 7]', /7 is no string/], ['meals: {b: 2, a: 1}', 'meals: {b: 2, a: 1, c: 3, d: 4}', /4 items/],
    ["'departures[d.id].seats[args.cabin]':", "'departures[d.id].seats.first':", /no field 'first'/], ["'bookings[args.booking].passengers[args.at].name'", "'bookings[args.booking].passengers[args.at].nme'", /no field 'nme'/], ["'bookings[b.id].paid[0].amount'", "'bookings[b.id].paid.amount'", /no field 'amount'/], ["'bookings[b.id].paid[0].amount'", "'bookings[b.id].state.amount'", /has no inside/], ['row: {member: args.member, passengers: args.passengers}', "row: {member: args.member, passengers: \"[{'nam': 'x'}]\"}", /does not fit/], ["default: \"'held'\"", "default: \"'hld'\"", /'hld' is not one of/],
    ["fare: 'd.fares[args.cabin]'", "fare: 'd[args.cabin]'", /the fields of row of departures differ/],
  ]
  for (const [from, to, message] of table) {
    const text = AIR.replace(from, () => to)
    t.not(text, AIR, `${from} is there`)
    const { complaints } = readWorld(text)
    const found = complaints.find((complaint) => message.test(complaint.message))
    t.ok(found, `${to}: ${JSON.stringify(complaints)}`)
    const before = text.slice(0, text.indexOf(to)).split('\n').length
    if (found) t.ok(found.line >= before && found.line <= before + to.split('\n').length - 1, `${to}: line ${found.line}, expected ${before}`)
    t.ok(complaints.length <= 3, JSON.stringify(complaints))
  }
})
