/** Budgets over the tree of frames: each with its own stop reason; a thousand frames at once; recursion without end. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { BudgetOptions } from '../../protocol/identity.ts'
import { Episode } from '../../src/episode/episode.ts'
import { Snapshot } from '../../protocol/identity.ts'
import { call, calls, eventsOf, parcelOf, say, start, stopOf, team, teamOf, told, turns, wait } from '../teams.ts'

const recursion = team('recursion')
const again = (n = 1): Action => calls(...Array.from({ length: n }, () => ['sub-agent-clerk', { message: 'again' }] as [string, unknown]))

t.test('each budget has its own reason, and what happened until then counts', async (t) => {
  const cases: [object, (n: number) => Action, string][] = [
    [{ depth: 3 }, () => again(), 'depth_budget'], [{ depth: 0 }, () => again(), 'depth_budget'], [{ frames: 4 }, () => again(), 'frames_budget'], [{ frames: 1 }, () => again(), 'frames_budget'],
    [{ concurrent_frames: 3 }, () => again(), 'concurrent_frames_budget'], [{ concurrent_frames: 3 }, () => again(3), 'concurrent_frames_budget'],
    [{ turns: 3 }, () => again(), 'turns_budget'], [{ calls: 3 }, () => again(2), 'calls_budget'], [{ calls: 3 }, () => calls(...Array.from({ length: 4 }, () => ['wait', { ms: 1 }] as [string, unknown])), 'calls_budget'],
    [{ tokens: 50 }, () => again(), 'tokens_budget'], [{ virtual_ms: 5000 }, (n) => (n % 2 ? again() : wait(1500)), 'time_budget'],
  ]
  for (const [budgets, act, reason] of cases) {
    t.ok(BudgetOptions.safeParse(budgets).success)
    const episode = start(recursion, { budgets })
    for (let n = 0; !episode.ended; n++) episode.step(act(n))
    t.match(episode.last, { truncated: true, terminated: false, reward: 0, info: { stop_reason: reason, verdict: { status: 'scored' } } }, JSON.stringify(budgets))
    t.equal(Episode.restore(recursion, JSON.parse(JSON.stringify(episode.snapshot()))).stateHash(), episode.stateHash())
  }
  const episode = start(recursion, { budgets: { frames: 3 } })
  turns(episode, ['clerk', again(4)])
  t.same(eventsOf(episode, 'call').map(({ rejected }) => rejected), ['frames_budget', 'frames_budget'], 'the refused ones say why')
  t.equal(eventsOf(episode, 'frame').length, 2, 'those that fit were begun')
})

t.test('what is left stands in the observation', async (t) => {
  const episode = start(recursion, { budgets: { frames: 10, concurrent_frames: 5, depth: 2, turns: 20 } })
  t.match(episode.observation.budgets, { depth: 2, frames: 9, concurrent_frames: 4, turns: 20 })
  turns(episode, ['clerk', again(2)])
  t.match(episode.observation.budgets, { depth: 1, frames: 7, concurrent_frames: 2, turns: 19 })
  turns(episode, ['clerk/clerk.1', say('x')])
  t.match(episode.observation.budgets, { depth: 1, frames: 7, concurrent_frames: 3, turns: 18 })
})

t.test('those that are called once more count as those that are called first', async (t) => {
  const scenario = teamOf({ chief: { prompt: 'C', sub_agents: ['a'] }, a: { prompt: 'A', tools: ['get_parcel'] } })
  const episode = start(scenario, { budgets: { concurrent_frames: 2 } })
  for (const n of [1, 2]) turns(episode, ['chief', call('sub-agent-a', { message: 'x' })], [`chief/a.${n}`, say('y')])
  const more = (id: string): [string, unknown] => ['sub-agent-a', { message: 'z', sub_agent_id: id }]
  turns(episode, ['chief', calls(more('chief/a.1'), more('chief/a.2'))])
  t.equal(stopOf(episode), 'concurrent_frames_budget')
})

t.test('an agent that always calls itself ends with its reason, whatever is allowed', async (t) => {
  const endless = teamOf({ clerk: { prompt: 'C', tools: ['*'], sub_agents: ['clerk'], storage: true } }, { budgets: { turns: 10_000, calls: 100_000, depth: 64, frames: 100_000, concurrent_frames: 10_000, tokens: 1_000_000_000 } })
  const deep = start(endless)
  while (!deep.ended) deep.step(again())
  t.equal(stopOf(deep), 'depth_budget')
  t.equal(deep.frames.size, 65)
  const wide = start(endless, { budgets: { frames: 3000 } })
  while (!wide.ended) wide.step(again(64))
  t.match(stopOf(wide), /frames_budget/)
  const usual = start(recursion)
  while (!usual.ended) usual.step(again())
  t.equal(stopOf(usual), 'depth_budget')
})

t.test('a workflow that calls itself, and workflows that call each other', async (t) => {
  const self = teamOf({ w: { workflow: { nodes: { a: { agent: 'w', message: '${input}' } } } } })
  t.equal(stopOf(start(self)), 'depth_budget')
  const wide = teamOf({ w: { workflow: { nodes: { a: { map: { over: '[1,2,3,4,5,6,7,8]', as: 'i', agent: 'v', message: '${i}' } } } } }, v: { workflow: { nodes: { b: { map: { over: '[1,2,3,4,5,6,7,8]', as: 'i', agent: 'w', message: '${i}' } } } } } })
  t.match(stopOf(start(wide)), /depth_budget|frames_budget/)
})

t.test('paths of the deepest frames fit the wire', async (t) => {
  const name = `a${'b'.repeat(63)}`
  const scenario = teamOf({ [name]: { prompt: 'C', tools: ['*'], sub_agents: [name] } }, { budgets: { turns: 1000, calls: 1000, depth: 64 } })
  const episode = start(scenario, { parallel_frames: true })
  for (let n = 0; n < 20; n++) episode.step(call(`sub-agent-${name}`, { message: 'x' }))
  episode.step({ ...say('done'), frame: episode.due.path })
  t.equal(Snapshot.safeParse(episode.snapshot()).error, undefined)
})

t.test('a thousand frames at once: a map over a thousand items', async (t) => {
  const scenario = teamOf({
    line: { workflow: { nodes: { list: { agent: 'planner', message: '${input}' }, each: { map: { over: 'list', as: 'n', agent: 'worker', message: '${n}' } }, sum: { merge: 'size(each.filter(x, has(x.n)))' } }, result: 'sum' } },
    planner: { prompt: 'P', tools: ['get_parcel'] }, worker: { prompt: 'W', tools: ['get_parcel'] },
  }, { like: 'scales', budgets: { turns: 5000, calls: 5000 } })
  const list = say(JSON.stringify(Array.from({ length: 1000 }, (_, i) => i)))
  const play = (options: object): Episode => {
    const episode = start(scenario, options)
    episode.step(list)
    while (!episode.ended) {
      const { messages } = episode.observation
      episode.step(episode.due.path.endsWith('7') && messages.length === 2 ? wait(10) : say(JSON.stringify({ n: Number(episode.due.path.split('.').at(-1)) })))
    }
    return episode
  }
  const began = performance.now()
  const episode = play({})
  t.ok(performance.now() - began < 20_000, `${Math.round(performance.now() - began)} ms`)
  t.match(eventsOf(episode, 'end')[0], { reason: 'finished', at: 10 })
  t.same(eventsOf(episode, 'node').find(({ node }) => node === 'each')!.output, Array.from({ length: 1000 }, (_, i) => ({ n: i + 1 })), 'in the order of the items')
  t.equal(eventsOf(episode, 'node').find(({ node }) => node === 'sum')!.output, 1000)
  t.equal(Episode.restore(scenario, episode.snapshot()).stateHash(), episode.stateHash())

  const parallel = start(scenario, { parallel_frames: true })
  const from = performance.now()
  parallel.step(list)
  t.equal(parallel.last.observations!.length, 1000)
  const answers = parallel.last.observations!.map(({ frame }): Action => ({ frame, ...say(JSON.stringify({ n: Number(frame.split('.').at(-1)) })) }))
  for (let i = 999; i > 900; i--) parallel.step(answers[i]!)
  parallel.step(answers.slice(0, 901))
  t.ok(parallel.ended)
  t.ok(performance.now() - from < 20_000, `${Math.round(performance.now() - from)} ms`)
})

t.test('a thousand workflows at once, 32 times 32', async (t) => {
  const over = `[${Array.from({ length: 32 }, (_, i) => i).join()}]`
  const scenario = teamOf({
    top: { workflow: { nodes: { each: { map: { over, as: 'i', agent: 'mid', message: '${i}' } } } } },
    mid: { workflow: { nodes: { each: { map: { over, as: 'i', agent: 'leaf', message: '${i}' } } } } },
    leaf: { workflow: { nodes: { one: { agent: 'worker', message: '${input}' }, two: { merge: '[one, input]' } } } },
    worker: { prompt: 'W', tools: ['get_parcel'] },
  }, { budgets: { turns: 5000, calls: 5000, frames: 5000, concurrent_frames: 5000 } })
  const began = performance.now()
  const episode = start(scenario)
  while (!episode.ended) episode.step(say(episode.observation.messages[1]!.content))
  t.ok(performance.now() - began < 30_000, `${Math.round(performance.now() - began)} ms`)
  t.same(eventsOf(episode, 'node').at(-1)!.output, Array.from({ length: 32 }, () => Array.from({ length: 32 }, (_, i) => [i, String(i)])))
  t.equal(episode.frames.size, 1 + 32 + 32 * 32 * 2)
})

t.test('64 calls of others in a turn, and their children', async (t) => {
  const episode = start(recursion, { budgets: { depth: 2 } })
  turns(episode, ['clerk', again(64)])
  t.equal(episode.frames.size, 65)
  while (episode.due.path !== 'clerk') episode.step(say(episode.due.path))
  t.same(told(episode).map((one) => (JSON.parse(one) as { result: string }).result), Array.from({ length: 64 }, (_, i) => `clerk/clerk.${i + 1}`))
  t.equal(parcelOf(episode).id.length, 6)
})
