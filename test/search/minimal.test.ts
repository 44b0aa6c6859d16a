/** Whether witnesses are minimal: what is proved, what is refuted and by which plan, what the bounds leave open. */
import t from 'tap'
import { admitScenario } from '../../src/admit/admit.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { Episode } from '../../src/episode/episode.ts'
import { type Minimality, type MinimalityQuest, proveMinimal } from '../../src/search/minimal.ts'
import { writeTools } from '../../src/search/repair.ts'
import { libraryScenario, modelFor } from '../library.ts'

const AMPLE = { tries: 20_000, units: 50_000_000 }
const library = libraryScenario()

function search(task: string, more: Partial<MinimalityQuest> = {}, scenario = library): Minimality {
  const model = modelFor(Episode.start(scenario, { seed: 3, task }))
  return proveMinimal(model, { tools: writeTools(scenario.world, scenario.root.tools), bounds: AMPLE, ...more })
}

const minimalCheck = (scenario: CompiledScenario) => admitScenario(scenario, { seeds: 3, profiles: ['clean'] }).checks.find(({ id }) => id === 'minimal')!

/** Both books go to one shelf, which a tool does at once. */
const AT_ONCE = [["\"books.get(two.id).shelf == 'north'\"", "\"books.get(two.id).shelf == 'west'\""], ["two.shelf != 'north'", "two.shelf != 'west'"], ["book_id: two.id, shelf: \"'north'\"", "book_id: two.id, shelf: \"'west'\""]] as const

t.test('what no plan undercuts is proved, and how much was looked at is told', async (t) => {
  for (const task of ['move_two', 'lend_longer', 'like_the_witness']) {
    const { verdict, writes, plan, tries, states, candidates } = search(task)
    t.same([verdict, writes, plan], ['proven', 2, undefined], task)
    t.ok(tries >= candidates && states > 1 && candidates > 10, `${task}: ${candidates} candidates, ${states} states, ${tries} tries`)
  }
  t.match(search('another_copy'), { verdict: 'proven', writes: 1, candidates: 1 })
  t.match(search('where_is'), { verdict: 'proven', writes: 0, states: 0 })
})

t.test('a shorter plan refutes, by a tool that the witness does not use', async (t) => {
  const scenario = libraryScenario(...AT_ONCE)
  const found = search('move_two', {}, scenario)
  t.match(found, { verdict: 'refuted', writes: 2, plan: [{ kind: 'call', tool: 'shelve_all', args: { shelf: 'west' } }] })
  t.equal(found.plan!.length, 1)
  const check = minimalCheck(scenario)
  t.notOk(check.ok)
  t.match(check.examples[0], { task: 'move_two', found: /^1 of 2 writes are enough: shelve_all\(\{"book_ids":\["B\d+","B\d+"\],"shelf":"west"\}\)$/, transcript: /shelve_all/ })
  t.equal(search('move_two', { accept: () => false }, scenario).verdict, 'proven', 'unless it is not accepted')
  t.equal(search('move_two', { bounds: { tries: 5, units: 1e6 } }, scenario).verdict, 'unknown')
  t.equal(search('move_two', { bounds: { tries: 5000, units: 100 } }).verdict, 'unknown')
})

t.test('what other checks demand is no plan too many: only what is paid refutes', async (t) => {
  const needless = ["    - {call: shelve, with: {book_id: one.id, shelf: \"'west'\"}}\n    - {call: shelve, with: {book_id: two.id, shelf: \"'north'\"}}\n    checks:\n    - {id: moved", "    - {call: shelve, with: {book_id: one.id, shelf: \"'west'\"}}\n    - {call: shelve, with: {book_id: two.id, shelf: \"'north'\"}}\n    - {call: shelve, with: {book_id: two.id, shelf: \"'north'\"}}\n    checks:\n    - {id: moved"] as const
  const wasteful = minimalCheck(libraryScenario(needless))
  t.match(wasteful.detail, /failed .*move_two, seed \d+: 2 of 3 writes are enough/)
  const demanded = minimalCheck(libraryScenario([needless[0], needless[1].replace('checks:\n', 'checks:\n    - {id: thrice, kind: calls.constraints, call: shelve, least: 3}\n')]))
  t.ok(demanded.ok, demanded.detail)
})

t.test('a task claims no more writes than it needs', async (t) => {
  const check = minimalCheck(libraryScenario(['    difficulty: {writes: 2}\n    bind:\n      one', '    difficulty: {writes: 3}\n    bind:\n      one']))
  t.match([check.ok, check.detail], [false, /move_two, seed \d+: 2 of 3 writes are enough/])
  t.ok(minimalCheck(library).ok)
  t.match(minimalCheck(library).detail, /^11 of 11; 10 proved, 1 not decided within the bounds \(move_many\)$/)
})
