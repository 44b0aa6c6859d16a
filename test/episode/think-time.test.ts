/** Thinking takes virtual time: as long as an action says, or by its tokens; everything that goes by the clock reacts. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { Episode } from '../../src/episode/episode.ts'
import { ROOT } from '../checkout.ts'

const { catalogue } = compileCatalogue([{ file: 'depot.yaml', text: readFileSync(`${ROOT}test/fixtures/depot.yaml`, 'utf8') }])
const depot = catalogue.find('depot')!

/** An episode over entries alone: no call takes time by itself. */
function open(add: Record<string, unknown>[], think_ms_per_token?: number, budgets = {}): Episode {
  return Episode.start(depot, { seed: 3, task: 'move_and_tell', options: { dynamics: { profile: 'none', add }, budgets, ...(think_ms_per_token === undefined ? {} : { think_ms_per_token }) } })
}

const item = /IT\d+/.exec(open([]).task.instruction)![0]
const look = (more: Partial<Action> = {}): Action => ({ tool_calls: [{ name: 'get_item', arguments: { item_id: item } }], ...more })
/** A look after so many tokens of thought. */
const after = (tokens: number): Action => look({ usage: { completion_tokens: tokens } })
const saidOf = (episode: Episode): string => episode.observation.messages[0]!.content

t.test('the clock: what an action states, or its tokens at the rate of the reset, to the nearest millisecond', async (t) => {
  const cases: [number | undefined, Action, number][] = [
    [undefined, after(1000), 0], [0, after(1000), 0], [20, after(100), 2000], [12.5, after(101), 1263], [0.001, after(499), 0], [0.001, after(500), 1], [10_000, after(3), 30_000],
    [20, look({ think_ms: 7, usage: { completion_tokens: 100 } }), 7], [20, look({ think_ms: 0, usage: { completion_tokens: 100 } }), 0], [undefined, look({ think_ms: 250 }), 250],
    [4, { content: 'x'.repeat(37), tool_calls: [], think_ms: undefined }, 40],
  ]
  for (const [rate, action, ms] of cases) {
    const episode = open([], rate)
    episode.step(action)
    t.equal(episode.observation.clock_ms, ms, `${JSON.stringify(action.usage)} at ${rate}, think_ms ${action.think_ms}`)
    const turn = episode.events().find((event) => event.type === 'turn')
    t.match(turn, { at: ms }, 'the turn begins when it has been thought')
  }
  const episode = open([], 10)
  for (let i = 1; i <= 5; i++) {
    episode.step(after(10))
    t.equal(episode.observation.clock_ms, i * 100)
  }
})

t.test('the rate is a part of the identity: restored, forked and rewound it goes on', async (t) => {
  const episode = open([], 12.5)
  episode.step(after(10))
  t.match(episode.identity.options, { think_ms_per_token: 12.5 })
  t.notOk('think_ms_per_token' in open([], 0).identity.options, 'none is none')
  for (const other of [Episode.restore(depot, JSON.parse(JSON.stringify(episode.snapshot()))), episode.fork(), episode.fork('fresh'), episode.rewind(1)]) {
    other.step(after(10))
    t.equal(other.observation.clock_ms, 250)
  }
  t.not(open([], 12.5).stateHash(), open([], 12).stateHash())
})

t.test('token buckets fill while the agent thinks', async (t) => {
  const bucket = { id: 'limit', kind: 'rate_limit.token_bucket', rate: 1, burst: 1 }
  const quick = open([bucket], 10)
  quick.step(look({ think_ms: 0 }))
  quick.step(after(99))
  t.match(JSON.parse(saidOf(quick)), { status: 429, retry_after: 1 }, '990 ms are not enough')
  const slow = open([bucket], 10)
  slow.step(look({ think_ms: 0 }))
  slow.step(after(100))
  t.match(JSON.parse(saidOf(slow)), { item_id: item }, '1000 ms are')
})

t.test('outages begin and end while the agent thinks', async (t) => {
  const outage = { id: 'out', kind: 'outage.window', start_ms: 1000, duration_ms: 1000 }
  const outcomes = [99, 100, 199, 200].map((tokens) => {
    const episode = open([outage], 10)
    episode.step(after(tokens))
    return episode.observation.messages[0]!.is_error === true
  })
  t.same(outcomes, [false, true, true, false])
})

t.test('others act, late effects happen and forms change before what was thought out is done', async (t) => {
  const others = open([{ id: 'move', kind: 'world.event', at_ms: 500, do: [{ set: { [`items['${item}'].bay`]: '88' } }] }], 10)
  others.step(after(49))
  t.not(JSON.parse(saidOf(others)).bay, 88)
  others.step(after(1))
  t.equal(JSON.parse(saidOf(others)).bay, 88)

  const late = open([{ id: 'lost', kind: 'timeout.post_commit', match: { effect: 'write' }, deadline_ms: 100, commit_delay: { ms: 600 } }], 10)
  late.step({ tool_calls: [{ name: 'move_item', arguments: { item_id: item, to_bay: 77 } }], think_ms: 0 })
  late.step(after(49))
  t.not(JSON.parse(saidOf(late)).bay, 77, 'at 590 ms it has not happened')
  late.step(after(1))
  t.equal(JSON.parse(saidOf(late)).bay, 77)

  const drift = open([{ id: 'drift', kind: 'schema.drift', match: { tools: ['get_item'] }, when: { window: { from_ms: 300 } }, rename: { item_id: 'ref' } }], 10)
  drift.step(after(29))
  t.notOk(drift.observation.messages[0]!.is_error)
  drift.step(after(1))
  t.ok(drift.observation.messages[0]!.is_error, 'the tools had changed by then')
})

t.test('a deadline passes while the agent thinks: what it wanted to do is not done any more', async (t) => {
  const deadline = { id: 'end', kind: 'deadline', at_ms: 1000 }
  const inTime = open([deadline], 10)
  inTime.step({ tool_calls: [{ name: 'move_item', arguments: { item_id: item, to_bay: 77 } }], usage: { completion_tokens: 99 } })
  t.notOk(inTime.ended)
  const tooLate = open([deadline], 10)
  t.match(tooLate.observation.messages.at(-1), { name: 'notification', content: /has to be done by/ }, 'it was told')
  const { terminated, truncated, info } = tooLate.step({ tool_calls: [{ name: 'move_item', arguments: { item_id: item, to_bay: 77 } }], usage: { completion_tokens: 100 } })
  t.match({ terminated, truncated, info }, { terminated: true, truncated: false, info: { stop_reason: 'deadline', verdict: { status: 'scored', reward: 0 } } })
  t.notOk(tooLate.events().some((event) => event.type === 'call'), 'no call was made')
})

t.test('the budget of virtual time counts thinking', async (t) => {
  const episode = open([], 10, { virtual_ms: 1000 })
  episode.step(after(99))
  t.equal(episode.observation.budgets.virtual_ms, 10)
  const { truncated, info } = episode.step(after(1))
  t.match({ truncated, info }, { truncated: true, info: { stop_reason: 'time_budget' } })
})
