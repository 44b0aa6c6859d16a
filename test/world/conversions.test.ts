/** Whole tools of other systems, written in the language: they compile, their tests pass, and the tests see every exit. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseDocument, stringify } from 'yaml'
import { runWorldTests } from '../../src/admit/world-tests.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { ROOT } from '../checkout.ts'

const FOLDER = join(import.meta.dirname, '../fixtures/conversions')
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))

type Steps = Record<string, unknown>[]
type Document = { tools: Record<string, { do: Steps }>; defs?: Record<string, { do?: Steps }>; timers?: Record<string, { do: Steps }>; tests: { calls: { call: string }[] }[] }

/** Complaints about a world, and then about what its tests found. */
function check(file: string, text: string): { complaints: unknown[]; ran: number } {
  const { worlds, complaints } = compileCatalogue([{ file, text }])
  const results = worlds.flatMap(({ world, locate }) => runWorldTests(world.tests).map(({ findings }) => findings.map(locate)))
  return { complaints: [...complaints, ...results.flat()], ran: results.length }
}

/** Every way to make one exit of some steps wrong: another message, or a branch that is never taken. */
function* wrongExits(steps: Steps): Generator<{ name: string; apply: () => () => void }> {
  for (const step of steps) {
    const change = (key: string, value: unknown) => () => {
      const old = step[key]
      step[key] = value
      return () => { step[key] = old }
    }
    if ('require' in step || ('let' in step && 'else' in step)) yield { name: JSON.stringify(step.else), apply: change('else', 'nothing of the sort') }
    if ('if' in step) yield { name: `if ${String(step.if)}`, apply: change('if', false) }
    for (const key of ['then', 'do', ...('if' in step ? ['else'] : [])]) if (Array.isArray(step[key])) yield* wrongExits(step[key] as Steps)
    if (Array.isArray(step.cases)) for (const row of step.cases as [unknown, Steps][]) if (Array.isArray(row[1])) yield* wrongExits(row[1])
  }
}

t.test('every conversion compiles, and its tests pass', async (t) => {
  t.ok(FILES.length >= 10, 'there are ten at least')
  for (const file of FILES) {
    const text = readFileSync(join(FOLDER, file), 'utf8')
    const { complaints, ran } = check(file, text)
    t.same(complaints, [], file)
    t.ok(ran >= 1, `${file} has tests`)
    t.match(text, /^# .*\n(#.*\n)*# Differs on purpose: /, `${file} says where it comes from, and what differs`)
  }
})

t.test('the tests of a conversion notice when any exit is another', async (t) => {
  for (const file of FILES) {
    const document = parseDocument(readFileSync(join(FOLDER, file), 'utf8')).toJS() as Document
    const called = new Set(document.tests.flatMap(({ calls }) => calls.map(({ call }) => call)))
    t.same(Object.keys(document.tools).filter((tool) => !called.has(tool)), [], `${file}: every tool is called`)
    for (const part of [document.tools, document.defs ?? {}, document.timers ?? {}]) {
      for (const [name, { do: steps = [] }] of Object.entries(part)) {
        for (const wrong of wrongExits(steps)) {
          const restore = wrong.apply()
          const { complaints } = check(file, stringify(document, { aliasDuplicateObjects: false }))
          restore()
          if (!complaints.length) t.fail(`${file}, ${name}: nothing tests ${wrong.name}`)
        }
      }
    }
  }
})

t.test('the page about conversions names each of them', async (t) => {
  const page = readFileSync(join(ROOT, 'docs/conversions.md'), 'utf8')
  for (const file of FILES) t.ok(page.includes(`](../test/fixtures/conversions/${file})`), file)
})
