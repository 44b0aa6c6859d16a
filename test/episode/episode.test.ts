import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { GymError } from '../../src/core/gym-error.ts'
import { Episode } from '../../src/episode/episode.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { ROOT, seedOf } from '../checkout.ts'
import { deskScenario } from '../desk.ts'
import fc from '../property.ts'

const desk = deskScenario()
const start = (task = 'pay_once', seed = 1, options = {}) => Episode.start(desk, { seed, task, options })
const call = (name: string, args: unknown, id?: string): Action => ({ tool_calls: [{ ...(id ? { id } : {}), name, arguments: args }] })
/** The account and the amount that the instruction of pay_once names. */
const asked = (episode: Episode) => /pay (\d+) from account (\S+)\.$/.exec(episode.observation.messages[1]!.content)!.slice(1) as [string, string]

function gymCode(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof GymError) return error.gymCode
    throw error
  }
  return 'nothing'
}

t.test('the first observation has prompt, instruction, tools, budgets', async (t) => {
  const { observation, info } = start()
  t.same(observation.messages.map((m) => m.role), ['system', 'user'])
  t.same(observation.tools!.map((tool) => tool.name), ['freeze', 'get_account', 'overdraw', 'pay', 'finish', 'report_unable', 'wait'])
  t.same(observation.budgets, { turns: 20, calls: 12, tokens: 100000, virtual_ms: 600000 })
  t.same(observation.waiting, ['teller'])
  t.equal(info.seed, 1)
  t.equal(start('pay_once', 1, { luck: 5 }).info.luck, 5)
})

t.test('the witness is paid exactly 1, and the rewards of the steps add up to it', async (t) => {
  for (const shaping of ['none', 'progress'] as const) {
    for (const task of desk.tasks.keys()) {
      for (let i = 0; i < 20; i++) {
        const episode = start(task, seedOf('sum', i), { shaping })
        t.equal(playOut(episode, createPolicy('oracle', episode)!), 1, `${task} ${shaping}`)
      }
    }
  }
})

t.test('rewards add up to the score exactly, whatever is done, under every shaping', async (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(fc.integer({ min: 0, max: 1e9 }), fc.constantFrom('none', 'progress'), fc.constantFrom('random', 'naive', 'noop'), fc.integer({ min: 1, max: 12 }), (seed, shaping, policy, turns) => {
    const episode = Episode.start(desk, { seed, options: { shaping: shaping as 'none', budgets: { turns } } })
    const total = playOut(episode, createPolicy(policy, episode)!)
    const end = episode.events().at(-1)!
    if (end.type !== 'end') return false
    if (end.reason === 'env_error') return total === null && end.verdict.reward === null
    return total === end.verdict.reward && total! >= 0 && total! <= 1 && Number.isInteger(total! * 2 ** 20) && (total === 1) === end.verdict.success
  }), { numRuns: 300 }))
})

t.test('a bad action is an observation, never an error', async (t) => {
  const bad: [unknown, RegExp][] = [
    [{ name: 'pya', arguments: {} }, /Unknown tool 'pya'; did you mean 'pay'/],
    [{ name: 'pay', arguments: { id: 'A1', amont: 3 } }, /amount: required, but missing/],
    [{ name: 'pay', arguments: { id: 7, amount: 3 } }, /amount|No account 7/],
    [{ name: 'pay', arguments: { id: 'A1', amount: 3.001 } }, /amount: expected a multiple of 0.01/],
    [{ name: 'pay', arguments: { id: 'A1', amount: 3, extra: 1 } }, /extra: unknown argument/],
    [{ name: 'pay', arguments: '{"id": ' }, /arguments are not valid JSON/],
    [{ name: 'pay', arguments: '[1]' }, /must be a JSON object/],
    [{ name: 'pay', arguments: [] }, /must be an object or its JSON text/],
    [{ name: 'pay', arguments: { id: 'A1', amount: Number.NaN } }, /not finite/],
    [{ name: 'pay', arguments: { id: 'A1', amount: 2 ** 60 } }, /past 2\^53/],
    [{ name: 'pay', arguments: '{"id": "\\ud83d", "amount": 1}' }, /lone surrogate/],
    [{ name: 'pay', arguments: { id: '\ud83d', amount: 1 } }, /lone surrogate/],
    [{ name: 'p\udc00' }, /lone surrogate/],
    [{ name: 7 }, /must name its tool/],
    [{ name: 'pay', argumens: {} }, /unknown field 'argumens'/],
    ['pay', /must be an object/],
    [null, /must be an object/],
    [{ id: '', name: 'pay' }, /id of a tool call/],
    [{ name: 'wait', arguments: { ms: -1 } }, /ms: expected at least 1/],
    [{ name: 'finish', arguments: { answer: 1 } }, /answer: unknown argument/],
    [{ name: 'report_unable', arguments: {} }, /reason: required/],
    [{ name: '__proto__', arguments: {} }, /Unknown tool '__proto__'/],
    [{ name: 'constructor' }, /Unknown tool 'constructor'/],
    [{ name: 'get_account', arguments: JSON.parse('{"id":"A1","__proto__":{"x":1}}') }, /__proto__: unknown argument/],
  ]
  for (const [entry, problem] of bad) {
    const episode = start()
    const { observation, reward, terminated, truncated } = episode.step({ tool_calls: [entry] })
    const [message] = observation.messages
    t.match(message!.content, problem)
    t.equal(message!.is_error, true)
    t.same([reward, terminated, truncated], [0, false, false])
    t.equal(episode.events().at(-1)!.type, 'call')
    t.equal(Episode.restore(desk, JSON.parse(canonicalJson(episode.snapshot()))).stateHash(), episode.stateHash(), 'and it replays')
  }
  const twice = start().step({ tool_calls: [{ id: 'a', name: 'wait', arguments: { ms: 1 } }, { id: 'a', name: 'wait', arguments: { ms: 1 } }] })
  t.match(twice.observation.messages[1]!.content, /two tool calls of one turn have the id 'a'/)
  t.match(start().step({ content: 7 }).observation.messages[0]!.content, /content must be text/)
})

t.test('anything at all inside an action ends in an observation, and its journal replays to the same hash', async (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(fc.anything({ maxDepth: 3, withBigInt: true, withDate: true, withNullPrototype: true }), { maxLength: 4 }), fc.anything(), (tool_calls, content) => {
    const episode = start()
    episode.step({ tool_calls, content })
    if (!episode.ended) episode.step(call('get_account', { id: 'A1' }))
    const again = Episode.restore(desk, JSON.parse(JSON.stringify(episode.snapshot())))
    return again.stateHash() === episode.stateHash()
  }), { numRuns: 500 }))
})

t.test('only protocol mistakes throw', async (t) => {
  const episode = start()
  t.equal(gymCode(() => episode.step({ frame: 'other', content: 'x' })), 'GYM_UNKNOWN_FRAME')
  t.equal(gymCode(() => episode.step({ meta: { x: Number.NaN } })), 'GYM_INVALID_PARAMS')
  t.equal(episode.seq, 0)
  episode.step(call('finish', {}))
  t.equal(gymCode(() => episode.step(call('finish', {}))), 'GYM_EPISODE_ENDED')
  t.equal(gymCode(() => start('pay_onse')), 'GYM_UNKNOWN_TASK')
  t.equal(gymCode(() => start('pay_once', 1, { dynamics: 'cleen' })), 'GYM_UNKNOWN_DYNAMICS')
  const { split } = start().info
  t.equal(gymCode(() => start('pay_once', 1, { split: split === 'test' ? 'train' : 'test' })), 'GYM_SPLIT_MISMATCH')
})

t.test('time: parallel calls overlap, serial ones do not, waits and thinking move the clock', async (t) => {
  const episode = start()
  const [, account] = asked(episode)
  const two = { name: 'get_account', arguments: { id: account } }
  t.equal(episode.step({ tool_calls: [two, two] }).observation.clock_ms, 100)
  t.equal(episode.step({ tool_calls: [{ name: 'freeze', arguments: { id: account } }, two, { name: 'freeze', arguments: { id: account } }] }).observation.clock_ms, 400)
  t.equal(episode.step({ ...call('wait', { ms: 5000 }), think_ms: 250 }).observation.clock_ms, 5650)
  const messages = episode.step({ tool_calls: [two, { id: 'mine', name: 'wait', arguments: { ms: 1 } }] }).observation.messages
  t.same(messages.map((m) => [m.name, m.tool_call_id]), [['get_account', 'call_3_0'], ['wait', 'mine']])
})

t.test('endings: other calls commit first, a wrong ending is told, text answers where the answer is text', async (t) => {
  const episode = start()
  const [amount, account] = asked(episode)
  const end = episode.step({ tool_calls: [{ name: 'finish', arguments: {} }, { name: 'pay', arguments: { id: account, amount: Number(amount) } }, { name: 'report_unable', arguments: { reason: 'x' } }] })
  t.same([end.reward, end.terminated, end.info.stop_reason], [1, true, 'finished'])
  t.match(end.observation.messages[2]!.content, /already been ended/)
  t.same(end.observation.waiting, [])

  const text = start('owner_graded')
  const owner = JSON.parse(text.step(call('get_account', { id: /owns (\S+)\?/.exec(text.observation.messages[1]!.content)![1]! })).observation.messages[0]!.content).owner as string
  const said = text.step({ content: ` ${owner} ` })
  t.equal(said.info.stop_reason, 'answered')
  t.equal(said.reward, Math.floor((2 / 3) * 2 ** 20) / 2 ** 20, 'two of three graded weights, rounded down to 2^-20')
  t.equal(start('pay_once').step({ content: 'done' }).info.stop_reason, 'stopped_without_answer')
  t.equal(start('balance_of').step({}).info.stop_reason, 'stopped_without_answer')
  const unable = start().step(call('report_unable', { reason: 'no' }))
  t.same([unable.reward, unable.terminated, unable.info.stop_reason], [0, true, 'reported_unable'])
})

t.test('budgets: N allows exactly N, each with its own stop reason, scored as things stand', async (t) => {
  const stop = (budgets: object, action: Action) => {
    const episode = start('pay_once', 1, { budgets })
    let last = episode.last
    while (!episode.ended) last = episode.step(action)
    return [last.truncated, last.info.stop_reason, episode.seq, last.reward]
  }
  const look = call('get_account', { id: 'A' })
  t.same(stop({ turns: 3 }, look), [true, 'turns_budget', 3, 0])
  t.same(stop({ calls: 2 }, look), [true, 'calls_budget', 3, 0], 'the call over the budget is told and ends it')
  t.same(stop({ tokens: 10 }, { ...look, usage: { completion_tokens: 4 } }), [true, 'tokens_budget', 3, 0])
  t.same(stop({ virtual_ms: 250 }, look), [true, 'time_budget', 3, 0])
  t.equal(start('pay_once', 1, { budgets: { turns: 999 } }).observation.budgets.turns, 20, 'a reset may only lower them')
})

t.test('a fault of ours is env_error with reward null, never a zero', async (t) => {
  const episode = start()
  const [, account] = asked(episode)
  const broken = episode.step(call('overdraw', { id: account }))
  t.same([broken.reward, broken.truncated, broken.terminated, broken.info.stop_reason, broken.info.verdict!.status], [null, true, false, 'env_error', 'env_error'])
  const end = episode.events().at(-1)!
  t.match(end.type === 'end' && end.fault, /invariant covered is broken/)
  t.equal(episode.trajectory().reward, null)
  t.same(episode.inspect().diff, [], 'nothing of the call was committed')
  t.equal(start().step(call('freeze', { id: 'nobody' })).info.stop_reason, 'env_error')
})

t.test('fork, fresh luck, rewind, snapshot', async (t) => {
  const flaky = deskScenario({ rough: '- {id: slow, kind: latency.lognormal, p50: 100, p99: 5000}\n' })
  const episode = Episode.start(flaky, { seed: 3, task: 'pay_once', options: { dynamics: 'rough' } })
  const look = call('get_account', { id: 'A1' })
  episode.step(look)
  const clocks = (branch: Episode) => [0, 1, 2].map(() => branch.step(look).observation.clock_ms)
  const [same, fresh, other] = [episode.fork(), episode.fork('fresh'), episode.fork('fresh')]
  const expected = clocks(same)
  const [freshClocks, otherClocks] = [clocks(fresh), clocks(other)]
  t.not(canonicalJson(freshClocks), canonicalJson(expected))
  t.not(canonicalJson(otherClocks), canonicalJson(freshClocks), 'each fresh fork has luck of its own')
  t.same(clocks(episode), expected, 'the parent goes on as its twin did')
  t.equal(Episode.restore(flaky, fresh.snapshot()).stateHash(), fresh.stateHash(), 'fresh luck is in the journal')
  t.equal(fresh.rewind(2).observation.clock_ms, freshClocks[0], 'rewinding keeps the luck that the fork changed')
  t.same(clocks(fresh.rewind(1)), freshClocks)
  t.equal(episode.rewind(0).stateHash(), Episode.start(flaky, { seed: 3, task: 'pay_once', options: { dynamics: 'rough' } }).stateHash())
  t.equal(gymCode(() => episode.rewind(99)), 'GYM_INVALID_PARAMS')
})

t.test('a journal taken piece by piece is the whole journal, across forks', async (t) => {
  let episode = Episode.start(deskScenario(), { seed: seedOf('pieces', 1) })
  const pieces = []
  let position = 0
  for (let i = 0; i < 12; i++) {
    if (i % 3 === 1) episode = episode.fork(i % 2 ? 'fresh' : 'same')
    episode.step({ tool_calls: [{ name: 'wait', arguments: { ms: i } }] })
    if (i % 4 === 2) continue
    const { entries, next } = episode.journalFrom(position)
    pieces.push(...entries)
    position = next
  }
  t.same(pieces, episode.snapshot().journal)
  t.same(episode.journalFrom(position), { entries: [], next: position })
  for (let from = 0; from <= pieces.length; from++) t.same(episode.journalFrom(from).entries, pieces.slice(from))
  t.equal(Episode.replay(deskScenario(), episode.identity, pieces).stateHash(), episode.stateHash())
})

t.test('forged snapshots are refused', async (t) => {
  const episode = start()
  episode.step(call('get_account', { id: asked(episode)[1] }))
  const real = episode.snapshot()
  const forge = (change: (s: any) => void) => {
    const copy = structuredClone(real)
    change(copy)
    return gymCode(() => Episode.restore(desk, copy))
  }
  t.equal(forge(() => {}), 'nothing')
  t.equal(forge((s) => { s.state_hash = s.state_hash.replace(/^./, (c: string) => (c === '0' ? '1' : '0')) }), 'GYM_SNAPSHOT_INVALID')
  t.equal(forge((s) => { s.journal[0].action.think_ms = 5 }), 'GYM_SNAPSHOT_INVALID')
  t.equal(forge((s) => { s.journal.push(s.journal[0]) }), 'GYM_SNAPSHOT_INVALID')
  t.equal(forge((s) => { s.identity.seed = 2 }), 'GYM_SNAPSHOT_INVALID')
  t.equal(forge((s) => { s.identity.engine = '0' }), 'GYM_SNAPSHOT_INVALID')
  t.equal(forge((s) => { s.identity.options.budgets.turns = 9999 }), 'GYM_SNAPSHOT_INVALID')
  t.equal(forge((s) => { s.identity.options.dynamics_digest = '0'.repeat(64) }), 'GYM_SNAPSHOT_INVALID')
  t.equal(forge((s) => { s.identity.task = 'balance_of' }), 'GYM_SNAPSHOT_INVALID')
  t.equal(forge((s) => { s.journal = [{ action: call('finish', {}) }, { action: call('finish', {}) }] }), 'GYM_SNAPSHOT_INVALID')
})

t.test('what the hash does not cover: meta and policy_version', async (t) => {
  const play = (extra: object) => {
    const episode = start()
    episode.step({ ...call('get_account', { id: 'A1' }), ...extra })
    return episode.stateHash()
  }
  t.equal(play({ meta: { a: 1 }, policy_version: 7 }), play({}))
  t.not(play({ think_ms: 1 }), play({}))
})

t.test('the calls of one turn have a bound together; the next turn has it anew', async (t) => {
  const tool = "  compare_all:\n    description: Compares every account with every other, again and again.\n    effect: read\n    input: {}\n    do: [{return: {pairs: 'range(9).sum(i, accounts.count(a, accounts.exists(b, b.balance > a.balance + 1000)))'}}]\n"
  const text = readFileSync(`${ROOT}test/fixtures/desk.yaml`, 'utf8').replace('tools:\n', `tools:\n${tool}`).replace(/tools: \[.*\]/, "tools: ['*']").replace(/budgets: .*/, 'budgets: {turns: 10, calls: 200}')
  const { catalogue, complaints } = compileCatalogue([{ file: 'desk.yaml', text }])
  t.same(complaints, [])
  const episode = Episode.start(catalogue.find('desk')!, { seed: 1, task: 'pay_once' })
  const dear = Array.from({ length: 60 }, () => ({ name: 'compare_all' }))
  const { messages } = episode.step({ tool_calls: dear }).observation
  const refused = messages.filter(({ content }) => content.includes('too expensive')).length
  t.ok(refused > 5 && refused < 50, `${refused} of 60 are refused`)
  t.match(episode.step({ tool_calls: dear.slice(0, 1) }).observation.messages[0]!.content, /pairs/)
})
