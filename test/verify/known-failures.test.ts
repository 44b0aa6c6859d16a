/** docs/known-failures.md and the tests name the same failures, one to one. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { ROOT } from '../checkout.ts'

const FILES = ['known-hacks', 'known-shortcuts', 'known-misgradings']
/** The test that the fixture itself is sound. */
const SOUND = 'the honest ways are paid, and the shop is admitted'

const rows = readFileSync(`${ROOT}docs/known-failures.md`, 'utf8').split('\n').filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => line.slice(2, -2).split(' | '))
const tests = FILES.flatMap((file) => [...readFileSync(`${ROOT}test/verify/${file}.test.ts`, 'utf8').matchAll(/^t\.test\((?:'([^']+)'|"([^"]+)"), async/gm)].map(([, single, double]) => single ?? double!))

t.test('each failure has a test and each test a failure, in one order', async (t) => {
  t.strictSame(rows.map((row) => row[4]), tests.filter((name) => name !== SOUND))
  t.equal(new Set(tests).size, tests.length)
  t.ok(rows.length >= 30)
})

t.test('each says what happened, where it was published and what answers it', async (t) => {
  rows.forEach((row, i) => {
    const [number, happened, published, answer] = row
    t.equal(row.length, 5, `row ${i + 1} has five cells`)
    t.equal(number, String(i + 1))
    t.match(happened, /^\S.{20,}\.$/, 'a sentence')
    t.match(published, /\b(19|20)\d\d\b/, 'a year')
    t.match(answer, /\S{3}/)
  })
})
