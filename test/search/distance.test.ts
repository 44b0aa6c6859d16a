/** Distances: along witnesses of the whole catalogue, after mistakes, against brute force, within bounds. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { USER_FRAME } from '../../protocol/event.ts'
import { Episode } from '../../src/episode/episode.ts'
import { callAction } from '../../src/episode/witness-step.ts'
import { createPolicy } from '../../src/policy/builtin.ts'
import { distanceFrom, distanceOfStart } from '../../src/search/distance.ts'
import { describePlan, writesIn } from '../../src/search/deed.ts'
import type { Bounds } from '../../src/search/meter.ts'
import { firstState, stateOf } from '../../src/search/model.ts'
import { repairsOf, writeTools } from '../../src/search/repair.ts'
import { keyCache, stateKey } from '../../src/search/state-key.ts'
import { seedOf, soloScenarios, tryStart } from '../checkout.ts'
import { libraryScenario, modelFor } from '../library.ts'
import fc from '../property.ts'

const AMPLE: Bounds = { tries: 5000, units: 20_000_000 }
const library = libraryScenario()
const toolsOf = ({ world, root }: CompiledScenario) => writeTools(world, root.tools)

function lookFrom(episode: Episode, bounds = AMPLE) {
  const { view, scenario } = episode
  return distanceFrom(modelFor(episode), stateOf(view), toolsOf(scenario), bounds)
}

function distanceNow(episode: Episode): number | string {
  const { result } = lookFrom(episode)
  return typeof result === 'string' ? result : result.distance
}

function slotsOf(episode: Episode): Record<string, { id: string } & Record<string, unknown>> {
  return (episode.task.template.gold(episode.task) as { slots: never }).slots
}

const begin = (task: string, seed = 3, scenario = library) => Episode.start(scenario, { seed, task })
const play = (episode: Episode, ...actions: Action[]) => {
  for (const action of actions) episode.step(action)
  return episode
}
const shelve = (book_id: string, shelf: string) => callAction('shelve', { book_id, shelf })

t.test('along the witness of every task of the catalogue each write that is left is one step', async (t) => {
  let [tasks, states] = [0, 0]
  for (const scenario of soloScenarios()) {
    for (const task of scenario.tasks.keys()) {
      const episode = [0, 1, 2, 3, 4].reduce<Episode | undefined>((found, i) => found ?? tryStart(scenario, { seed: seedOf('distance', i), task, options: { dynamics: 'clean' } }), undefined)
      if (!episode) continue
      const model = modelFor(episode)
      const start = distanceOfStart(model, AMPLE).result
      if (typeof start === 'string') {
        t.fail(`${scenario.name} ${task}: ${start}`)
        continue
      }
      // What the user says or does for other checks than those of the state is no part of the plan.
      const needed = start.plan.filter(({ kind }) => kind !== 'wait')
      t.ok(needed.length === start.distance && writesIn(start.plan) === writesIn(model.script.deeds), `${scenario.name} ${task}: ${describePlan(start.plan)}`)
      const policy = createPolicy('oracle', episode)!
      const wrong: string[] = []
      let made = 0
      while (!episode.ended) {
        const before = episode.eventCount
        episode.step(policy.act(episode.observation))
        if (episode.ended) break
        const changes = episode.eventsFrom(before).flatMap((event) => (event.type === 'call' && event.changes.length ? [event] : []))
        if (!changes.length) continue
        const next = needed[made]
        if (next && changes.some(({ frame, tool }) => (next.kind === 'call' ? frame !== USER_FRAME && tool === next.tool : frame === USER_FRAME))) made++
        states++
        if (distanceNow(episode) !== needed.length - made) wrong.push(`${distanceNow(episode)} instead of ${needed.length - made} after ${changes.map(({ tool }) => tool).join()}`)
      }
      t.same([made, wrong], [needed.length, []], `${scenario.name} ${task}`)
      tasks++
    }
  }
  t.ok(tasks > 130 && states > 150, `${tasks} tasks, ${states} states`)
})

t.test('each step of a witness comes exactly one nearer, whatever its arguments follow from', async (t) => {
  for (const task of ['move_two', 'lend_longer', 'lend_by_reading', 'like_the_witness']) {
    const episode = begin(task)
    const policy = createPolicy('oracle', episode)!
    const seen: (number | string)[] = [distanceNow(episode)]
    while (!episode.ended) {
      episode.step(policy.act(episode.observation))
      if (!episode.ended) seen.push(distanceNow(episode))
    }
    t.strictSame([...new Set(seen)], [2, 1, 0], `${task}: ${seen.join(' ')}`)
  }
})

t.test('ids that came out otherwise than in the witness are followed', async (t) => {
  const loose = libraryScenario(["\n    - {id: rest, kind: state.untouched, except: [{insert: loans, where: 'row.book == book.id'}]}", ''])
  for (const [task, reader] of [['lend_longer', undefined], ['lend_by_reading', 'Chi']] as const) {
    const episode = begin(task, 3, loose)
    const { book, reader: chosen = reader } = slotsOf(episode) as { book: { id: string }; reader?: unknown }
    // A loan of another book takes the number that the witness's has.
    const others = episode.view.base.rows(0) as unknown as { id: string }[]
    const other = callAction('lend', { book_id: others.find(({ id }) => id !== book.id)!.id, reader: 'Eve' })
    play(episode, other, callAction('lend', { book_id: book.id, reader: chosen }))
    const { result } = lookFrom(episode)
    t.ok(typeof result === 'object' && result.distance === 1, `${task}: ${JSON.stringify(result)}`)
    t.equal(distanceNow(play(episode.fork(), callAction('extend', { loan_id: 'L0001', days: 21 }))), 1, 'that is the other one')
    t.equal(distanceNow(play(episode, callAction('extend', { loan_id: 'L0002', days: 21 }))), 0)
  }
})

t.test('time that has to pass costs nothing, whether it passes early or late', async (t) => {
  const episode = begin('another_copy')
  const { book } = slotsOf(episode) as { book: { id: string } }
  t.equal(distanceNow(episode), 1)
  play(episode, callAction('wait', { ms: 500_000 }))
  t.equal(distanceNow(episode), 1, 'later than the witness')
  play(episode, callAction('order_copy', { book_id: book.id }))
  t.equal(distanceNow(episode), 0, 'the timer waits')
  play(episode, callAction('wait', { ms: 1000 }))
  t.equal(distanceNow(episode), 0)
  play(episode, callAction('wait', { ms: 70_000 }))
  t.equal(distanceNow(episode), 0, 'it has come')
  t.equal(distanceNow(play(episode, callAction('order_copy', { book_id: book.id }))), 0, 'as long as the second has not come all is well')
  t.equal(distanceNow(play(episode, callAction('wait', { ms: 70_000 }))), 'unreachable', 'one too many')
})

t.test('mistakes are put back where a tool can, by what stood there before', async (t) => {
  const fresh = () => begin('move_two')
  const { one, two } = slotsOf(fresh()) as { one: { id: string }; two: { id: string } }
  const rows = fresh().view.base.rows(0) as unknown as { id: string; shelf: string }[]
  const third = rows.find(({ id }) => id !== one.id && id !== two.id)!
  const elsewhere = ['east', 'west', 'north'].find((shelf) => shelf !== third.shelf)!
  const wrong = play(fresh(), shelve(third.id, elsewhere))
  const found = lookFrom(wrong).result
  t.ok(typeof found === 'object' && found.distance === 3)
  t.strictSame(typeof found === 'object' && found.plan[0], { kind: 'call', tool: 'shelve', args: { book_id: third.id, shelf: third.shelf } })
  t.equal(distanceNow(play(wrong, shelve(one.id, 'west'))), 2)
  t.equal(distanceNow(play(wrong, shelve(third.id, third.shelf))), 1)
  t.equal(distanceNow(play(fresh(), shelve(two.id, 'north'))), 1, 'the other way round')
  t.equal(distanceNow(play(fresh(), shelve(one.id, 'west'), shelve(one.id, 'east'))), 2, 'a step undone')

  const held = play(fresh(), callAction('hold', { book_id: one.id }))
  t.equal(distanceNow(held), 3, 'a row can be taken away')
  t.equal(distanceNow(play(held, callAction('hold', { book_id: one.id }))), 4)
  t.equal(distanceNow(play(held, callAction('drop_hold', { hold_id: 'H0001' }))), 3)
  const remarked = play(fresh(), callAction('remark', { text: 'oops' }))
  t.strictSame(lookFrom(remarked), { result: 'unreachable', states: 0, tries: 0, units: 0 }, 'no tool takes a remark away: nothing needs to be tried')
  t.equal(distanceNow(play(begin('like_the_witness'), callAction('remark', { text: 'oops' }))), 'unreachable', 'found out by trying')
})

t.test('the distance is what brute force finds', async (t) => {
  const root = begin('move_two', 7, libraryScenario(['size(args.book_ids) != 1', 'size(args.book_ids) == 0']))
  const { one, two } = slotsOf(root) as { one: { id: string }; two: { id: string } }
  const rows = root.view.base.rows(0) as unknown as { id: string }[]
  const third = rows.find(({ id }) => id !== one.id && id !== two.id)!
  const moves = [one, two, third].flatMap(({ id }) => ['east', 'west', 'north'].map((shelf) => shelve(id, shelf)))
  const key = (episode: Episode) => JSON.stringify([one, two, third].map(({ id }) => episode.view.overlay.entries(0)?.get(id)?.row?.['shelf']))
  const bruteForce = (from: Episode): number => {
    const seen = new Set<string>()
    let layer = [from]
    for (let depth = 0; layer.length; depth++) {
      if (layer.some((episode) => episode.task.template.goal.reached(episode.view))) return depth
      layer = layer.flatMap((episode) => moves.map((move) => play(episode.fork(), move))).filter((episode) => !seen.has(key(episode)) && seen.add(key(episode)))
    }
    return -1
  }
  fc.assert(fc.property(fc.array(fc.nat({ max: moves.length - 1 }), { maxLength: 5 }), (chosen) => {
    const episode = play(root.fork(), ...chosen.map((i) => moves[i]!))
    return distanceNow(episode) === bruteForce(episode)
  }), { numRuns: 60 })
  t.pass()
})

t.test('a long witness is followed without trying all that could be left out of it', async (t) => {
  const { pile, wants } = slotsOf(begin('move_many')) as unknown as { pile: string[]; wants: string[] }
  const episode = begin('move_many')
  const start = lookFrom(episode)
  t.ok(typeof start.result === 'object' && start.result.distance === 10 && start.tries < 150, `${start.tries} tries`)
  for (const [made, i] of [7, 2, 9, 0].entries()) {
    play(episode, shelve(pile[i]!, wants[i]!))
    t.equal(distanceNow(episode), 9 - made, 'in any order')
  }
  t.equal(distanceNow(play(episode, shelve(pile[2]!, wants[2] === 'east' ? 'north' : 'east'))), 7, 'undone')
  t.equal(lookFrom(episode, { tries: 4, units: 1e6 }).result, 'unknown')
  const wasteful = libraryScenario(["    - {call: shelve, with: {book_id: 'pile[3]', shelf: 'wants[3]'}}", "    - {call: shelve, with: {book_id: 'pile[3]', shelf: \"'north'\"}}\n    - {call: shelve, with: {book_id: 'pile[3]', shelf: 'wants[3]'}}"])
  t.equal(distanceNow(begin('move_many', 3, wasteful)), 10, 'what can be left out is')
})

t.test('bounds end a search, and the same search always ends the same', async (t) => {
  const episode = begin('move_two')
  const [one] = Object.values(slotsOf(episode)) as [{ id: string }]
  play(episode, callAction('hold', { book_id: one.id }))
  const full = lookFrom(episode)
  t.ok(typeof full.result === 'object' && full.tries > 5 && full.units > 0)
  for (const bounds of [{ tries: 3, units: 1e6 }, { tries: 1000, units: 50 }, { tries: 0, units: 0 }]) t.equal(lookFrom(episode, bounds).result, 'unknown', JSON.stringify(bounds))
  t.strictSame(JSON.parse(JSON.stringify(lookFrom(episode))), JSON.parse(JSON.stringify(full)))
  t.strictSame(lookFrom(episode, { tries: full.tries, units: full.units }).result, full.result, 'what it said that it cost is enough')
  t.ok(repairsOf(modelFor(episode), toolsOf(library), episode.view.overlay).deeds.length > 0)
  t.same(repairsOf(modelFor(begin('move_two')), toolsOf(library), begin('move_two').view.overlay), { deeds: [], capped: false })
})

t.test('one state has one key, by whatever way it came about', async (t) => {
  const keyOf = (episode: Episode) => stateKey(episode.view.base, { ...stateOf(episode.view), clock: 0 }, keyCache())
  const { one, two } = slotsOf(begin('move_two')) as { one: { id: string; shelf: string }; two: { id: string } }
  const first = play(begin('move_two'), shelve(one.id, 'west'), shelve(two.id, 'north'))
  const second = play(begin('move_two'), shelve(two.id, 'north'), shelve(one.id, 'north'), shelve(one.id, 'west'))
  t.equal(keyOf(first), keyOf(second))
  t.not(keyOf(first), keyOf(play(begin('move_two'), shelve(two.id, 'north'))))
  const untouched = begin('move_two')
  t.equal(stateKey(untouched.view.base, firstState(modelFor(untouched)), keyCache()), keyOf(untouched))
  t.equal(keyOf(play(begin('move_two'), shelve(one.id, 'west'), shelve(one.id, one.shelf))), keyOf(untouched), 'put back')
  t.equal(keyOf(play(begin('move_two'), callAction('hold', { book_id: one.id }), callAction('drop_hold', { hold_id: 'H0001' }))), keyOf(untouched), 'made and taken away')
  t.not(keyOf(play(begin('move_two'), callAction('order_copy', { book_id: one.id }))), keyOf(untouched), 'timers count')
})
