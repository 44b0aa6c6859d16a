import t from 'tap'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { BaseWorld } from '../../src/world/base-world.ts'

const WORLD = `kind: World
name: stock
epoch: '2026-03-02T09:00:00Z'
tables:
  skus:
    key: id
    rows: {file: skus.csv}
    columns:
      id: {type: string}
      price: {type: dec}
      left: {type: int, nullable: true}
      live: {type: bool}
      kind: {type: enum, values: [book, toy]}
      since: {type: time}
      tags: {type: list, of: {type: string}}
      label: {type: string, value: "row.id + '!'"}
tools: {}
`
const CSV = 'id,price,left,live,kind,since,tags,label\r\nA1,9.50,3,true,book,2026-01-01T00:00:00Z,"[""x"", ""y""]",\r\n\r\n"B, 2",10,,false,toy,2026-01-02T00:00:00Z,[],"two\r\nlines"\r\n'

const compile = (csv: string, file = 'skus.csv', world = WORLD) => compileCatalogue([{ file: 'stock.yaml', text: world.replace('skus.csv', file), data: { [file]: csv } }])

t.test('rows of a CSV file, typed by their columns', async (t) => {
  const { worlds, complaints } = compile(`\ufeff${CSV}`)
  t.same(complaints, [])
  const { world } = worlds[0]!
  const rows = new BaseWorld(world, 1).rows(0).map((row) => Object.fromEntries(world.tables[0]!.columns.map(({ name }) => [name, row[name]])))
  t.same(rows, [
    { id: 'A1', price: 950, left: 3, live: true, kind: 'book', since: Date.UTC(2026, 0, 1), tags: ['x', 'y'], label: 'A1!' },
    { id: 'B, 2', price: 1000, left: null, live: false, kind: 'toy', since: Date.UTC(2026, 0, 2), tags: [], label: 'two\nlines' },
  ])
})

t.test('rows of a JSON file', async (t) => {
  const rows = [{ id: 'A1', price: 9.5, live: true, kind: 'book', since: '2026-01-01T00:00:00Z', tags: ['x'] }]
  const { worlds, complaints } = compile(JSON.stringify(rows), 'skus.json')
  t.same(complaints, [])
  t.match(new BaseWorld(worlds[0]!.world, 1).rows(0), [{ id: 'A1', price: 950, left: null, label: 'A1!' }])
})

t.test('complaints name the file of rows, its line and its column', async (t) => {
  const table: [from: string, to: string, line: number, column: number, message: RegExp, more?: { nearest?: string; expected?: RegExp }][] = [
    ['id,price', 'id,prize', 1, 4, /no column 'prize'/, { nearest: 'price', expected: /left/ }], ['id,price', 'id,id', 1, 4, /twice/], ['9.50', 'cheap', 2, 4, /price: "cheap" is no dec/, { expected: /9\.50/ }], ['9.50', '9.505', 2, 4, /9\.505 is no dec/], ['book', 'boo', 2, 16, /"boo" is no string/],
    ['A1,9.50', ',9.50', 2, 1, /id: "" is no string/, { expected: /nullable/ }], ['A1,9.50', '"B, 2",9.50', 4, 1, /key 'B, 2' twice/], ['true', 'yes', 2, 11, /live: "yes" is no bool/, { expected: /true or false/ }], [',false', '', 4, 40, /7 cells/, { expected: /8/ }], ['[]', '[1]', 4, 43, /1 is no string/], ['[]', '[', 4, 43, /is no list/, { expected: /JSON/ }], ['"two', '"two"x', 4, 1, /not CSV/],
    ['2026-01-02T', '2026-13-02T', 4, 22, /is no time/], ['"B, 2",10', '"B, 2",1e3', 4, 8, /"1e3" is no dec/],
  ]
  for (const [from, to, line, column, message, { nearest, expected } = {}] of table) {
    const { complaints } = compile(CSV.replace(from, () => to))
    const found = complaints.find((complaint) => message.test(complaint.message))
    t.match(found, { file: 'skus.csv', line, column }, `${to}: ${JSON.stringify(complaints)}`)
    if (nearest) t.equal(found?.nearest, nearest)
    if (expected) t.match(found?.expected, expected)
  }
  t.match(compile(CSV, 'skos.csv').complaints, [])
  t.match(compileCatalogue([{ file: 'stock.yaml', text: WORLD, data: { 'sku.csv': CSV } }]).complaints, [{ code: 'file', line: 7, column: 18, nearest: 'sku.csv', message: /no file 'skus\.csv'/ }])
  t.match(compile('').complaints, [{ file: 'skus.csv', message: /first line names the columns/ }])
  t.match(compile('x'.repeat(4_000_001)).complaints, [{ file: 'skus.csv', message: /characters/ }])
  t.match(compile(`${'id\n'}${'x\n'.repeat(100_001)}`).complaints, [{ file: 'skus.csv', message: /at most 100000/ }])
  t.match(compile('[{"id": "A"}, 3]', 'skus.json').complaints, [{ file: 'skus.json', line: 1, column: 15, message: /row 2/ }])
  t.match(compile('[{"id": "A",\n "price": "x"}]', 'skus.json').complaints[0], { file: 'skus.json', line: 2, column: 11, message: /"x" is no dec/ })
  t.match(compile('[{"id": }]', 'skus.json').complaints, [{ file: 'skus.json', line: 1, message: /not JSON/ }])
  t.match(compile('[{"__proto__": {"a": 1}}]', 'skus.json').complaints, [{ file: 'skus.json', message: /row 1/ }])
  t.match(compile('__proto__,id\n1,2', 'skus.csv').complaints, [{ file: 'skus.csv', message: /no column '__proto__'/ }])
})

t.test('the digest covers the rows', async (t) => {
  const scenario = `${WORLD.replace("tools: {}", 'tools: {look: {description: Looks., effect: read, input: {}, do: [{return: "skus.count(s, true)"}]}}')}---
kind: Framework
name: f
root: a
agents: {a: {prompt: Hi., tools: ['*']}}
---
kind: Dynamics
name: clean
entries: []
---
kind: Scenario
name: s
title: S
description: S.
world: stock
framework: f
tasks: {t: {description: T., instruction: Look., witness: [], checks: [{id: c, kind: state.predicates, that: ['true']}]}}
`
  const digest = (csv: string) => {
    const { catalogue, complaints } = compileCatalogue([{ file: 's.yaml', text: scenario, data: { 'skus.csv': csv } }])
    t.same(complaints, [])
    return catalogue.find('s')!.digest
  }
  t.equal(digest(CSV), digest(CSV.replaceAll('\r\n', '\n')))
  t.not(digest(CSV), digest(CSV.replace('9.50', '9.51')))
})
