/** Shaping: what steps before the end are paid, that it adds up, and that it is the same however it is played. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { SHAPINGS } from '../../protocol/identity.ts'
import type { ShapingInfo } from '../../protocol/methods.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { Episode } from '../../src/episode/episode.ts'
import { callAction } from '../../src/episode/witness-step.ts'
import { createPolicy } from '../../src/policy/builtin.ts'
import { seedOf, shippedCatalogue, soloScenarios, tryStart } from '../checkout.ts'
import { libraryScenario } from '../library.ts'
import fc from '../property.ts'

const UNIT = 2 ** 20
const library = libraryScenario()
const begin = (task: string, shaping: (typeof SHAPINGS)[number] = 'distance', seed = 3) => Episode.start(library, { seed, task, options: { shaping } })
const slotsOf = (episode: Episode) => (episode.task.template.gold(episode.task) as { slots: Record<string, { id: string; shelf: string }> }).slots
const told = (episode: Episode, action: Action): [number | null, ShapingInfo | undefined] => {
  const { reward, info } = episode.step(action)
  return [reward, info.shaping]
}
const toGo = (distance: number | null) => ({ mode: 'distance' as const, distance })
const most = (UNIT - 1) / UNIT

t.test('what is paid is the way that was gone, and taken back when it is gone back', async (t) => {
  const episode = begin('move_two')
  const { one, two } = slotsOf(episode) as { one: { id: string; shelf: string }; two: { id: string; shelf: string } }
  t.same(episode.info.shaping, toGo(2))
  const shelve = (id: string, shelf: string) => told(episode, callAction('shelve', { book_id: id, shelf }))
  t.same(told(episode, callAction('get_book', { book_id: one.id })), [0, toGo(2)], 'a read')
  t.same(shelve('nobody', 'west'), [0, toGo(2)], 'a refusal')
  t.same(shelve(one.id, 'west'), [0.5, toGo(1)])
  t.same(shelve(one.id, 'west'), [0, toGo(1)], 'again')
  t.same(shelve(one.id, 'east'), [-0.5, toGo(2)], 'undone')
  t.same(shelve(two.id, 'north'), [0.5, toGo(1)], 'the other first')
  t.same(shelve(one.id, 'west'), [most - 0.5, toGo(0)])
  t.same(told(episode, callAction('hold', { book_id: one.id })), [0.5 - most, toGo(1)], 'damage costs what its repair takes')
  t.same(told(episode, callAction('drop_hold', { hold_id: 'H0001' })), [most - 0.5, toGo(0)])
  const spoilt = episode.fork()
  t.same(told(spoilt, callAction('remark', { text: 'oops' })), [-most, toGo(null)], 'what nothing takes back costs all')
  t.same(told(spoilt, callAction('finish', {})), [0, undefined])
  t.same(told(episode, callAction('finish', {})), [1 - most, undefined])
})

t.test('more than the whole way is no less than nothing', async (t) => {
  const episode = begin('move_two')
  const one = slotsOf(episode)['one']!
  t.same(told(episode, callAction('hold', { book_id: one.id })), [0, toGo(3)])
  t.same(told(episode, callAction('drop_hold', { hold_id: 'H0001' })), [0, toGo(2)])
})

t.test('where there is no distance progress stands in, and it is said', async (t) => {
  const asked = begin('where_is')
  t.same(asked.info.shaping, { mode: 'progress', fallback: 'no_writes' })
  t.same(told(asked, callAction('wait', { ms: 1 })), [0, { mode: 'progress', fallback: 'no_writes' }])
  t.equal(begin('move_two', 'progress').info.shaping, undefined, 'nothing is told where nothing was asked for')
  t.equal(begin('move_two', 'none').step(callAction('wait', { ms: 1 })).info.shaping, undefined)
  const lost = libraryScenario(["extend, with: {loan_id: loan.loan_id", "extend, with: {loan_id: loan.nothing.there"])
  const episode = Episode.start(lost, { seed: 3, task: 'lend_longer', options: { shaping: 'distance' } })
  t.same(episode.info.shaping, { mode: 'progress', fallback: 'no_plan' }, 'a witness that does not come to its end')
  // So many changes that looking for repairs is given up.
  const busy = begin('move_two')
  const rows = busy.view.base.rows(0) as unknown as { id: string; shelf: string }[]
  let fallbacks = 0
  for (const { id, shelf } of rows.slice(0, 10)) {
    const [reward, info] = told(busy, callAction('shelve', { book_id: id, shelf: shelf === 'east' ? 'west' : 'east' }))
    if (info?.fallback === 'budget') fallbacks++
    t.ok(reward !== null && Math.abs(reward) <= 1)
  }
  t.ok(fallbacks > 0, 'the bounds were met')
})

t.test('a guard that looks at what happened voids the way, whatever the state', async (t) => {
  const mined = libraryScenario(["    checks:\n    - {id: moved, kind: state.predicates, that: [\"books.get(one.id)", "    checks:\n    - {id: never, kind: minefields, never: [{call: hold}]}\n    - {id: moved, kind: state.predicates, that: [\"books.get(one.id)"])
  const episode = Episode.start(mined, { seed: 3, task: 'move_two', options: { shaping: 'distance' } })
  const one = slotsOf(episode)['one']!
  t.same(told(episode, callAction('shelve', { book_id: one.id, shelf: 'west' })), [0.5, toGo(1)])
  t.same(told(episode, callAction('hold', { book_id: one.id })), [-0.5, toGo(null)])
  t.same(told(episode, callAction('drop_hold', { hold_id: 'H0001' })), [0, toGo(null)], 'taking it back does not help')
})

type Played = { readonly rewards: (number | null)[]; readonly infos: (ShapingInfo | undefined)[]; readonly episode: Episode }

/** Plays to the end, now by one policy and now by the other. */
function playMixed(scenario: CompiledScenario, task: string, seed: number, shaping: (typeof SHAPINGS)[number], dynamics: string, every: number): Played | undefined {
  const episode = tryStart(scenario, { seed, task, options: { shaping, dynamics, budgets: { turns: 25 } } })
  if (!episode) return undefined
  const [oracle, random] = [createPolicy('oracle', episode)!, createPolicy('random', episode, seed)!]
  const rewards: (number | null)[] = []
  const infos: (ShapingInfo | undefined)[] = []
  for (let turn = 1; !episode.ended; turn++) {
    const policy = every > 0 && turn % every === 0 ? random : oracle
    const { reward, info } = episode.step(policy.act(episode.observation))
    rewards.push(reward)
    infos.push(info.shaping)
  }
  return { rewards, infos, episode }
}

/** What is wrong with what an episode paid. */
function faults({ rewards, episode }: Played): string[] {
  const end = episode.events().at(-1)!
  if (end.type !== 'end' || rewards.includes(null)) return ['it did not end']
  let [sum, found] = [0, [] as string[]]
  for (const [i, reward] of rewards.entries()) {
    sum += reward!
    if (Math.abs(reward!) > 1) found.push(`step ${i + 1} pays ${reward}`)
    if (!Number.isInteger(sum * UNIT)) found.push(`after step ${i + 1} the sum is ${sum}`)
    if (i < rewards.length - 1 && !(sum >= 0 && sum < 1)) found.push(`the potential after step ${i + 1} is ${sum}`)
  }
  if (sum !== end.verdict.reward) found.push(`the sum is ${sum}, the verdict ${end.verdict.reward}`)
  return found
}

t.test('rewards add up to the verdict exactly, whoever plays whatever under whatever dynamics', async (t) => {
  const scenarios = soloScenarios()
  const modes = new Set<string>()
  fc.assert(fc.property(fc.nat({ max: 1000 }), fc.nat({ max: 10_000 }), fc.constantFrom(...SHAPINGS), fc.constantFrom('clean', 'flaky'), fc.constantFrom(0, 1, 2, 3), (pick, i, shaping, dynamics, every) => {
    const scenario = scenarios[pick % scenarios.length]!
    const tasks = [...scenario.tasks.keys()]
    const task = tasks[i % tasks.length]!
    const played = playMixed(scenario, task, seedOf('shaping', i % 7), shaping, dynamics, every)
    if (!played) return
    for (const info of played.infos) modes.add(`${shaping} ${info?.mode} ${info?.fallback}`)
    const found = faults(played)
    if (found.length) throw new Error(`${scenario.name} ${task}: ${found.join('; ')}`)
    if (shaping === 'distance') {
      const again = Episode.restore(scenario, played.episode.snapshot())
      if (again.trajectory().reward !== played.episode.trajectory().reward) throw new Error(`${scenario.name} ${task}: restored it pays something else`)
    }
  }), { numRuns: 250 })
  for (const mode of ['none undefined undefined', 'progress undefined undefined', 'distance distance undefined', 'distance progress no_writes']) t.ok(modes.has(mode), mode)
})

t.test('forked, restored or played straight on, it pays the same at each step', async (t) => {
  for (const [name, task] of [['retail', 'cancel_and_note'], ['phone', 'suspended_and_more'], ['broker', 'tidy_watchlist'], ['files', 'mark_sources']] as const) {
    const scenario = shippedCatalogue().find(name)!
    const straight = playMixed(scenario, task, seedOf('shaping', 1), 'distance', 'flaky', 3)!
    const actions = straight.episode.events().flatMap((event) => (event.type === 'turn' ? [event.action] : []))
    for (const way of ['fork', 'restore'] as const) {
      let episode = Episode.start(scenario, { seed: straight.episode.identity.seed, task, options: { shaping: 'distance', dynamics: 'flaky', budgets: { turns: 25 } } })
      const paid: [number | null, ShapingInfo | undefined][] = []
      for (const action of actions) {
        episode = way === 'fork' ? episode.fork() : Episode.restore(scenario, episode.snapshot())
        paid.push(told(episode, action))
      }
      t.same(paid, straight.rewards.map((reward, i) => [reward, straight.infos[i]]), `${name} ${task} by ${way}`)
    }
  }
})
