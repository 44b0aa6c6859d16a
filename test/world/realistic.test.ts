import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SHAPING_LIBRARIES } from '../../src/core/engine-version.ts'
import { keyOf } from '../../src/core/keyed.ts'
import { FAKER_METHODS } from '../../src/world/faker-column.ts'
import { callFaker } from '../../src/world/faker-library.ts'
import { Desk, readWorld, soundWorld } from './world-under-test.ts'

const PEOPLE = readFileSync(join(import.meta.dirname, '../fixtures/worlds/people.yaml'), 'utf8')
const people = soundWorld(PEOPLE)

type Person = { id: string; name: string; city: string; first: string; email: string; badge: number; price: number | null; seen: number; about: string; nicknames: string[] }
const rowsOf = (seed: number, world = people) => new Desk(world, seed).rows('people') as Person[]

t.test('every method of the faker gives texts from its key alone', async (t) => {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { dependencies: Record<string, string> }
  for (const [name, version] of Object.entries(SHAPING_LIBRARIES)) t.equal(manifest.dependencies[name], version, `another ${name} is another engine: ENGINE_VERSION moves with it`)
  const golden = (module: string, method: string) => callFaker({ module, method }, keyOf(['golden']), 0)
  t.same([golden('person', 'fullName'), golden('location', 'streetAddress')], ['Ms. Grace Nolan', '43067 Jose Station'], 'what it gave when the engine got its version')
  const { now } = Date
  const { random } = Math
  const forbidden = (what: string) => () => { throw new Error(what) }
  Date.now = forbidden('the clock was read')
  Math.random = forbidden('chance was used')
  try {
    for (const name of FAKER_METHODS) {
      const [module, method] = name.split('.') as [string, string]
      const of = (i: number, epoch = 0) => callFaker({ module, method }, keyOf([i]), epoch)
      const values = Array.from({ length: 20 }, (_, i) => of(i))
      t.ok(values.every((value) => typeof value === 'string' && !/https?:/.test(value)), name)
      t.same(Array.from({ length: 20 }, (_, i) => of(19 - i)).reverse(), values, `${name}: the order of asking changes nothing`)
      t.ok(new Set(values).size > 1, `${name}: ${String(values[0])}`)
    }
  } finally {
    Date.now = now
    Math.random = random
  }
})

t.test('realistic values are the same for the same seed and row, whatever was read before', async (t) => {
  const rows = rowsOf(3)
  t.same(rowsOf(3), rows)
  t.notSame(rowsOf(4).map(({ name }) => name), rows.map(({ name }) => name))
  const one = new Desk(people, 3)
  t.same(one.base.get(0, rows[250]!.id)!.name, rows[250]!.name)
  t.ok(rows.every(({ city, about }) => city.length <= 8 && /^\w+ \w+( \w+)?$/.test(about)))
  t.ok(new Set(rows.flatMap(({ nicknames }) => nicknames)).size > 50)
})

t.test('unique columns do not repeat, and refuse to', async (t) => {
  const rows = rowsOf(3)
  for (const name of ['first', 'email', 'badge', 'seen'] as const) t.equal(new Set(rows.map((row) => row[name])).size, 300, name)
  const prices = rows.map(({ price }) => price).filter((price) => price !== null)
  t.ok(prices.length < 300 && new Set(prices).size === prices.length)
  t.same(rows.map(({ badge }) => badge).sort((a, b) => a - b), Array.from({ length: 300 }, (_, i) => i + 1), 'a permutation')
  const desk = new Desk(people, 3)
  t.match(desk.call('add', { id: 'X1', email: rows[7]!.email }), { isError: true, json: `people already has the email ${rows[7]!.email}` })
  t.notOk(desk.call('add', { id: 'X1', email: 'x1@example.com' }).isError)
  t.match(desk.call('add', { id: 'X2', email: 'x1@example.com' }), { isError: true })
  t.match(desk.call('add', { id: 'X2', email: 'x2@example.com', badge: 17 }), { isError: true, json: /badge 17/ })
  t.match(desk.call('rename', { id: 'X1', email: rows[0]!.email }), { isError: true })
  t.notOk(desk.call('rename', { id: 'X1', email: 'x1@example.com' }).isError, 'its own value')
  t.notOk(desk.call('rename', { id: rows[0]!.id, email: 'zero@example.com' }).isError)
  t.notOk(desk.call('rename', { id: 'X1', email: rows[0]!.email }).isError, 'a value that was given up')
})

t.test('decoys repeat the columns that are named, and no others', async (t) => {
  const rows = rowsOf(5)
  const by = new Map<string, Person[]>()
  for (const row of rows) by.set(`${row.name}, ${row.city}`, [...(by.get(`${row.name}, ${row.city}`) ?? []), row])
  const repeated = [...by.values()].filter((group) => group.length > 1).reduce((sum, group) => sum + group.length - 1, 0)
  t.ok(repeated > 30 && repeated < 90, `${repeated} of 300`)
  t.ok([...by.values()].every((group) => new Set(group.map(({ email }) => email)).size === group.length))
  const without = rowsOf(5, soundWorld(PEOPLE.replace('    decoys: {share: 0.2, same: [name, city]}\n', '')))
  t.equal(rows.filter(({ name }, i) => name !== without[i]!.name).length, repeated, 'the others are what they were')
})

t.test('complaints about realistic and unique columns', async (t) => {
  const table: [string, string, RegExp, { nearest?: string; expected?: RegExp }?][] = [
    ['faker: person.fullName', 'faker: person.fulName', /no method 'person\.fulName'/, { nearest: 'person.fullName', expected: /person\.firstName/ }], ['faker: person.fullName', 'faker: date.past', /no method 'date\.past'/, { expected: /date\.month/ }], ['faker: person.fullName', 'faker: image.url', /no method 'image\.url'/], ['faker: person.fullName', 'faker: constructor.constructor', /no method/], ['faker: person.fullName', 'faker: helpers.fromRegExp', /no method/],
    ['with: {min: 2, max: 3}', 'with: {mn: 2, max: 3}', /takes no 'mn'/, { nearest: 'min' }], ['with: {min: 2, max: 3}', 'with: {min: 2, max: 100000}', /a short text, a number/, { expected: /100/ }], ['faker: person.fullName', 'faker: person.fullName, pick: [a]', /only one of pick and faker/],
    ['between: [1, 300], unique', 'between: [1, 299], unique', /300 rows, but only 299 values/], ['between: [1, 300], unique', 'between: [1, 2000000000], unique', /values to draw from/], ['type: list, size', 'type: list, unique: true, size', /a list is not compared/], ['same: [name, city]', 'same: [name, cty]', /no column 'cty'/, { nearest: 'city' }], ['same: [name, city]', 'same: [name, email]', /'email' cannot be the same/],
  ]
  for (const [from, to, message, { nearest, expected } = {}] of table) {
    const text = PEOPLE.replace(from, () => to)
    t.not(text, PEOPLE, from)
    const { complaints } = readWorld(text)
    const found = complaints.find((complaint) => message.test(complaint.message))
    t.equal(found?.line, text.slice(0, text.indexOf(to)).split('\n').length, `${to}: ${JSON.stringify(complaints)}`)
    if (nearest) t.equal(found?.nearest, nearest)
    if (expected) t.match(found?.expected, expected)
  }
  const twice = soundWorld(PEOPLE.replace("row.name.lower().replace(' ', '.') + string(n) + '@example.com'", "'x'"))
  t.throws(() => rowsOf(1, twice), /people\.email is unique, but rows 0 and 1 both have "x"/)
})
