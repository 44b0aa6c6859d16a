/** Tools of a server of others: replayed from a recording, or answered live by somebody outside; both play again to the same hash. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import type { ServedReply } from '../../protocol/cassette.ts'
import { GymError } from '../../src/core/gym-error.ts'
import { Episode, type EpisodeRequest } from '../../src/episode/episode.ts'
import { journalOf } from '../../src/episode/journal.ts'
import { AnswerNeeded } from '../../src/episode/live-tools.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { ROOT } from '../checkout.ts'
import { call, calls, FINISH } from '../counter.ts'
import fc from '../property.ts'
import { shelfCassette, shelfScenario, shelfServer } from '../shelf.ts'

const { scenario, complaints } = shelfScenario()
const begin = (options: EpisodeRequest['options'] = {}, of = scenario!) => Episode.start(of, { seed: 1, task: 'fill_red', options })
const told = (episode: Episode): string => episode.observation.messages.at(-1)!.content
const WITNESS: readonly Action[] = [call('put', { label: 'red', thing: 'nails' }), call('add_box', { label: 'green' }), FINISH]

function code(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof GymError) return `${error.gymCode} ${error.message}`
  }
  return 'nothing'
}

/** Steps with the answers of the server itself. */
function stepLive(episode: Episode, actions: Action | readonly Action[], serve: typeof shelfServer = shelfServer): number {
  const answers: ServedReply[] = []
  for (let asked = episode.asks(actions, answers); asked; asked = episode.asks(actions, answers)) answers.push(serve(asked))
  episode.step(actions, answers)
  return answers.length
}

t.test('a recording answers in the state that the rows are in', async (t) => {
  t.same(complaints, [])
  const episode = begin()
  const before = episode.observation.clock_ms
  episode.step(call('look', { label: 'red' }))
  t.equal(told(episode), 'empty')
  t.ok(episode.observation.clock_ms - before >= 12, 'at least as long as it took then')
  episode.step(call('put', { label: 'red', thing: 'nails' }))
  episode.step(call('look', { label: 'red' }))
  t.equal(told(episode), 'nails')
  episode.step(call('look', { label: 'white' }))
  t.match(told(episode), /No answer to this call was recorded/)
  t.equal(episode.events().at(-1)?.type === 'call' && (episode.events().at(-1) as { is_error: boolean }).is_error, true)
  for (const policy of ['oracle', 'robust'] as const) {
    const played = begin()
    playOut(played, createPolicy(policy, played)!)
    t.equal(played.last.reward, 1, policy)
  }
})

t.test('what was never recorded: an error, the nearest read, or a stub', async (t) => {
  const asked = (unseen: string, name: string, args: object): string => {
    const episode = begin({}, shelfScenario([['unseen: error', `unseen: ${unseen}`]]).scenario)
    const hash = episode.stateHash()
    episode.step(call(name, args))
    t.not(episode.stateHash(), hash)
    t.same(episode.inspect().diff, [], 'nothing changes')
    return told(episode)
  }
  t.match(asked('nearest', 'look', { label: 'blu' }), /^screws$/)
  t.match(asked('nearest', 'put', { label: 'blu', thing: 'x' }), /No answer/, 'a write is not guessed')
  t.equal(asked('stub', 'look', { label: 'white' }), '{"inside":""}')
  t.equal(asked('stub', 'put', { label: 'red', thing: { any: ['thing'] } }), 'ok')
})

t.test('a live server: the episode says what it needs, and is stepped with the answers', async (t) => {
  const [live, recorded] = [begin({ tools: 'live' }), begin()]
  const hash = live.stateHash()
  t.same(live.asks(WITNESS[0]!, []), { tool: 'put', arguments: { label: 'red', thing: 'nails' }, effect: 'write', at: shelfCassette().start, state: { boxes: [{ label: 'blue', inside: 'screws' }, { label: 'red', inside: null }] } })
  t.throws(() => live.step(WITNESS[0]!), AnswerNeeded)
  t.equal(live.stateHash(), hash, 'asking changes nothing')
  for (const action of WITNESS) {
    stepLive(live, action)
    recorded.step(action)
  }
  t.equal(live.last.reward, 1)
  t.equal(recorded.last.reward, 1)
  t.same(live.inspect().diff, recorded.inspect().diff)
  t.equal(stepLive(begin({ tools: 'live' }), calls(['list_boxes', {}], ['look', { label: 'blue' }], ['nothing', {}])), 2, 'several calls in a turn')
})

t.test('what a live server answered is played again without it', async (t) => {
  const live = begin({ tools: 'live', dynamics: 'flaky' })
  for (const action of [call('look', { label: 'blue' }), ...WITNESS]) if (!live.ended) stepLive(live, action)
  const snapshot = live.snapshot()
  t.equal(Episode.restore(scenario!, snapshot).stateHash(), live.stateHash())
  t.same(journalOf(live.events()), snapshot.journal)
  t.match(code(() => Episode.restore(scenario!, { ...snapshot, journal: snapshot.journal.filter((entry) => !('served' in entry)) })), /GYM_SNAPSHOT_INVALID/)
  const extra = snapshot.journal.find((entry) => 'served' in entry)!
  t.match(code(() => Episode.restore(scenario!, { ...snapshot, journal: [...snapshot.journal, extra] })), /GYM_SNAPSHOT_INVALID/)
})

t.test('whatever is called under whatever dynamics, a live episode replays, forks and rewinds to the same', async (t) => {
  const action = fc.oneof(
    fc.constantFrom(call('list_boxes'), call('wait', { ms: 900 }), call('look', { label: 'red' }), call('remove_box', { label: 'blue' }), ...WITNESS.slice(0, 2)),
    fc.record({ label: fc.constantFrom('red', 'green', 'blue', 'x'), thing: fc.constantFrom('nails', 3, null) }).map((args) => calls(['put', args], ['look', { label: args.label }])),
  )
  t.doesNotThrow(() => fc.assert(fc.property(fc.constantFrom(...scenario!.profiles), fc.nat(1000), fc.array(action, { maxLength: 8 }), (dynamics, luck, actions) => {
    const live = begin({ tools: 'live', dynamics, luck })
    for (const one of actions) if (!live.ended) stepLive(live, one)
    if (live.last.info.stop_reason === 'env_error') throw new Error(JSON.stringify(live.events().at(-1)))
    if (Episode.restore(scenario!, live.snapshot()).stateHash() !== live.stateHash()) throw new Error('replayed to another state')
    if (JSON.stringify(journalOf(live.events())) !== JSON.stringify(live.snapshot().journal)) throw new Error('the log holds another journal')
    if (live.rewind(live.seq).stateHash() !== live.stateHash()) throw new Error('rewound to another state')
  }), { numRuns: 300 }))
})

t.test('a server that lies: failures, states that fit no table', async (t) => {
  const lying = (reply: ServedReply): Episode => {
    const live = begin({ tools: 'live' })
    stepLive(live, WITNESS[0]!, () => reply)
    t.same(live.inspect().diff, [])
    t.notOk(live.ended)
    t.equal(Episode.restore(scenario!, live.snapshot()).stateHash(), live.stateHash())
    return live
  }
  t.equal(told(lying({ answer: { json: 'No answer within 1000 ms', is_error: true, failure: 'timeout' }, ms: 1000 })), 'No answer within 1000 ms')
  t.match(told(lying({ answer: { json: 'done' }, ms: 1, state: { boxes: [{ label: 3, inside: 'x' } as never] } })), /left a state that nobody can read \(boxes/)
  t.match(told(lying({ answer: { json: 'done' }, ms: 1, state: { boxes: [{ label: 'a', inside: null }, { label: 'a', inside: null }] } })), /nobody can read/)
})

t.test('live tools are refused where they cannot be', async (t) => {
  const { scenario: noServer } = shelfScenario([['agents:\n  keeper: {', 'agents:\n  keeper: {sub_agents: [helper], '], ["tools: ['*']}\n---", "tools: ['*']}\n  helper: {description: Helps., prompt: You help., tools: ['*']}\n---"]])
  t.match(code(() => begin({ tools: 'live' }, noServer)), /GYM_INVALID_PARAMS with live tools the trainer plays all agents/)
  t.equal(code(() => begin({ tools: 'live', learner: 'all' }, noServer)), 'nothing')
})

t.test('what is wrong with a server or its recording is said', async (t) => {
  const wrong = (edits: Parameters<typeof shelfScenario>[0], cassette?: unknown): string => shelfScenario(edits, cassette).complaints.join('\n')
  t.match(wrong([['file: shelf.json', 'file: self.json']]), /^[^\n]*no file 'self.json'$/)
  t.match(wrong([['boxes: {where', 'boxen: {where']]), /no table 'boxen'/)
  t.match(wrong([['inside: inside}}', 'insid: inside}}']]), /boxes has no column 'insid'/)
  t.match(wrong([['served: look,', 'served: look, do: [{return: args}],']]), /one of do, served and host/)
  const cassette = shelfCassette()
  t.match(wrong([], { ...cassette, start: 'nowhere' }), /start: no state 'nowhere'/)
  const [LINES] = /    lines:[\s\S]*?(?=tables:\n {2}boxes:)/.exec(readFileSync(join(ROOT, 'test/fixtures/shelf.yaml'), 'utf8'))!
  const byCalls = { ...cassette, start: 'start', states: {}, calls: [{ ...cassette.calls[0]!, state: 'start' }] }
  t.match(wrong([], byCalls), /server\.cassette: this recording knows its states by the calls that led to/)
  t.match(wrong([[`  state:\n${LINES}`, '']]), /server\.cassette: this recording knows its states by rows, and the world does not/)
  t.match(wrong([], { ...cassette, answers: [] }), /there are 0 answers/)
  t.match(wrong([], { ...cassette, tools: [] }), /no tool 'list-boxes'/)
  t.match(wrong([], { ...cassette, calls: [{}] }), /calls.0.state/)
  t.match(wrong([], 'text'), /expected object/)
})
