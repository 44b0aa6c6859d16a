/**
 * A hundred requests as they are drawn, read by a person one by one: a change of the grammar shows here as a diff to be
 * read again. `UPDATE_INSTRUCTIONS=1 tap test/generate/instructions.test.ts` writes them anew.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { embeddedSupply } from '../../src/cli/embedded-supply.ts'
import { keyOf, word53 } from '../../src/core/keyed.ts'

const FILE = join(import.meta.dirname, '..', 'fixtures', 'instructions.txt')
const COUNT = 100

function drawn(): string[] {
  const supply = embeddedSupply()
  return Array.from({ length: COUNT }, (_, i) => {
    const { scenario, task } = supply.find('gen:1/any', word53(keyOf(['review', i])))
    return scenario.drawTask(word53(keyOf(['review', i])), task).instruction
  })
}

t.test('the requests that were reviewed are those that are drawn', async (t) => {
  const found = drawn()
  if (process.env['UPDATE_INSTRUCTIONS'] === '1') writeFileSync(FILE, `${found.join('\n')}\n`)
  t.same(readFileSync(FILE, 'utf8').trimEnd().split('\n'), found)
})

t.test('they read as if somebody had written them', async (t) => {
  for (const text of drawn()) {
    t.match(text, /^["$A-Z]/, 'begins like a sentence')
    t.match(text, /[.?!]$/, 'ends like one')
    t.notMatch(text, /\$\{|\bundefined\b|\bnull\b| {2}|[{}]|\.\.|,,| [,.;?!]|\b(\w+) \1\b(?! \1)|\ba [aeio]\w|\(\)|""/, text)
    t.ok(text.length < 700, `${text.length} characters`)
  }
})
