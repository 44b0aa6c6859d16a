import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runWorldTests } from '../../src/admit/world-tests.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'

const TESTED = readFileSync(join(import.meta.dirname, '../fixtures/worlds/tested.yaml'), 'utf8')

/** Complaints of a world and of its tests. */
function check(text: string): { complaints: { code: string; message: string; line: number; column: number; expected?: string; nearest?: string }[]; ran: number } {
  const { worlds, complaints } = compileCatalogue([{ file: 'tested.yaml', text }])
  const results = worlds.flatMap(({ world, locate }) => runWorldTests(world.tests).map(({ findings }) => findings.map(locate)))
  return { complaints: [...complaints, ...results.flat()], ran: results.length }
}

t.test('tests of a world run over given rows, in sequence, with time and messages', async (t) => {
  t.same(check(TESTED), { complaints: [], ran: 4 })
})

t.test('what fails says what was expected, what was found, and where', async (t) => {
  const table: [from: string, to: string, at: string, message: RegExp, expected?: RegExp][] = [
    ['fee: 0.5, level: 3', 'fee: 0.75, level: 3', '0.75', /call 1, lend: result\.fee is 0\.5/, /0\.75/], ['sign: open}\n', 'sgn: open}\n', 'open}\n      that', /result\.sgn is nothing/, /"open"/], ['desk.takings == 0.5]', 'desk.takings == 0.6]', 'desk.takings == 0.6', /does not hold: desk\.takings == 0\.6/],
    ["L-2: {title: Emma, fee", "L-2: {title: Anna, fee", 'Anna', /loans\['L-2'\]\.title is "Emma"/, /"Anna"/], ['L-9: null', 'L-9: {}', '{}, desk: {one', undefined as never], ['L-9: null', 'L-9: {fee: 1}', '{fee: 1}', /loans\['L-9'\] is gone/, /a row/], ["L-2: {title: Emma, fee: 0.5}", 'L-2: null', 'null, L-old', /is there/, /no such row/],
    ['emits: [Lent Emma]', 'emits: [Lent Anna]', 'Lent Anna', /emits\[0\] is "Lent Emma"/, /Lent Anna/], ['emits: [Lent Emma]', 'emits: []', '[]\n  - call: close', /emits is \["Lent Emma"\]/, /\[\]/], ['wait: 60', 'wait: 59', '[Loan L-2 is due]', /emits is \[\]/],
    ['{error: shut}}\n  - {call', "{error: shot}}\n  - {call", 'shot', /failed with .*shut/, /an error with 'shot'/], ['expect: {error: No member nobody}', 'expect: {}', 'lend, with: {member: nobody', /failed: No member nobody/, /success/], ["expect: {emits: [Loan", "expect: {error: true, emits: [Loan", 'true, emits', /did not fail/, /an error/],
    ["\"loans.get(result.loan).title == 'Emma'\"", "\"loans.get('x').title == 'Emma'\"", "\"loans.get('x')", /\.title of null/], ['member: M1, title: Emma}\n    expect:\n', 'member: M1, title: Emma}\n    wait: 1\n    expect:\n', "'2026-03-09T09:00:00Z', fee", /result\.due is "2026-03-09T09:00:01Z"/],
    // Known before anything runs.
    ['- call: close\n    wait', '- call: clse\n    wait', 'clse', /unknown tool 'clse'/], ['given:\n    members: [{id: M1, name: Ada}, {id: M2}]', 'given:\n    membrs: [{id: M1, name: Ada}, {id: M2}]', 'membrs', /unknown table 'membrs'/], ['loans: [{id: L-old, member: M1}]', 'loans: [{id: L-old, membr: M1}]', 'membr: M1', /no column 'membr'/], ['loans: [{id: L-old, member: M1}]', 'loans: [{member: M1}]', '{member: M1}]', /column 'id' is missing/], ['{id: M1, name: Ada}, {id: M2}', '{id: M1, name: 7}, {id: M2}', '7}', /7 is no string/],
    ['{title: Emma, fee: 0.5}', '{titel: Emma, fee: 0.5}', 'titel', /has no column 'titel'/], ['desk: {one: {takings', 'dsk: {one: {takings', 'dsk', /unknown table 'dsk'/], ['loans.count(l, l.member == args.member) == 2', 'loans.count(l, l.member == args.membr) == 2', 'membr', /no field 'membr'/], ['desk.takings == 0.5]', 'desk.takings]', 'desk.takings]', /dec\(2\) does not fit/], ['- name: drawn rows by seed', '- name: lending', 'lending\n  seed', /two tests are called 'lending'/],
  ]
  for (const [from, to, at, message, expected] of table) {
    const text = TESTED.replace(from, () => to)
    t.not(text, TESTED, `${from} is there`)
    if (!message) continue
    const { complaints } = check(text)
    const before = text.slice(0, text.lastIndexOf(at)).split('\n')
    const found = complaints.find((complaint) => message.test(complaint.message))
    t.match(found, { line: before.length, column: before.at(-1)!.length + 1 }, `${to}: ${JSON.stringify(complaints)}`)
    if (expected) t.match(found?.expected, expected, to)
    t.ok(complaints.length <= 3, JSON.stringify(complaints))
  }
})

t.test('a fault of the world ends the test, not the run', async (t) => {
  const text = TESTED.replace('{refresh: desk.sign}', `{set: {"members['nobody'].name": "'x'"}}`)
  const { complaints, ran } = check(text)
  t.equal(ran, 4)
  t.match(complaints, [/call 2, close/, /call 1, close/, /call 1, close/].map((message) => ({ message, code: 'test' })))
  t.match(complaints[0]!.message, /a fault of the world: members\["nobody"\] does not exist/)
})
