/** The messages that an endpoint is sent: whatever happened, each call is followed by its answer and each answer by none that it does not belong to. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Action, ToolCall } from '../../protocol/action.ts'
import type { Message, Observation } from '../../protocol/observation.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { Episode } from '../../src/episode/episode.ts'
import { readAction } from '../../src/episode/turn-action.ts'
import { Cast } from '../../src/policy/cast.ts'
import { ChatHistory } from '../../src/policy/chat-history.ts'
import { ROOT, shippedFiles } from '../checkout.ts'
import fc from '../property.ts'

const told = (messages: Message[], more: Partial<Observation> = {}): Observation => ({ frame: 'a', agent: 'a', depth: 0, messages, clock_ms: 0, budgets: {}, waiting: ['a'], ...more })
const tool = (id: string, content: string): Message => ({ role: 'tool', tool_call_id: id, name: 'get', content })
const user = (content: string): Message => ({ role: 'user', content })
const call = (args: unknown = '{}', id?: string): unknown => ({ ...(id !== undefined && { id }), name: 'get', arguments: args })
const made = (id: string, args = '{}'): ToolCall => ({ id, name: 'get', arguments: args })

/** What is wrong with messages as endpoints read them. */
function faultsOf(messages: readonly Message[]): string[] {
  const faults: string[] = []
  let open: string[] = []
  messages.forEach(({ role, tool_call_id: id, tool_calls: calls = [], content }, i) => {
    if (typeof content !== 'string') faults.push(`${i}: content`)
    if (role === 'tool') {
      if (open.shift() !== id) faults.push(`${i}: an answer to ${id}`)
      return
    }
    if (open.length) faults.push(`${i}: ${open.join()} unanswered`)
    if (calls.length && role !== 'assistant') faults.push(`${i}: calls of ${role}`)
    open = (calls as ToolCall[]).map((one) => one.id!)
    if (new Set(open).size !== open.length || open.some((one) => !one)) faults.push(`${i}: ids ${open.join()}`)
    for (const { name, arguments: args } of calls as ToolCall[]) {
      const read = JSON.parse(args as string) as unknown
      if (!name || read === null || typeof read !== 'object' || Array.isArray(read)) faults.push(`${i}: ${name} ${String(args)}`)
    }
  })
  return open.length ? [...faults, `${open.join()} unanswered at the end`] : faults
}

t.test('calls and answers, whoever gave the id', async (t) => {
  const history = new ChatHistory()
  history.see(told([{ role: 'system', content: 'You look.' }, user('Look.')], { tools: [{ name: 'get', description: '', input_schema: {} }] }))
  t.match(history, { isCurrent: true, tools: [{ name: 'get' }] })
  history.say({ content: 'I look.', tool_calls: [call('{"a": 1}', 'mine'), call({ a: 2 }), call('{"a": ', 'mine'), call('')] })
  t.equal(history.isCurrent, false)
  t.equal(history.messages.length, 2, 'not before the answers are there')
  history.see(told([tool('mine', 'one'), tool('call_0_1', 'two'), tool('mine', 'twice'), tool('call_0_3', 'four'), user('By the way.')]))
  t.strictSame(history.messages.slice(2), [
    { role: 'assistant', content: 'I look.', tool_calls: [made('mine', '{"a": 1}'), made('call_0_1', '{"a":2}'), made('mine_2', '{"unreadable":"{\\"a\\": "}'), made('call_0_3')] },
    tool('mine', 'one'), tool('call_0_1', 'two'), tool('mine_2', 'twice'), tool('call_0_3', 'four'), user('By the way.'),
  ])
  history.see(told([], { tools: [] }))
  t.same(history.tools, [], 'the new list takes the place of the old one')
  t.same(faultsOf(history.messages), [])
})

t.test('calls in text, answers that never come, a new segment', async (t) => {
  const history = new ChatHistory()
  history.recall(told([{ role: 'system', content: '' }, user('Go.')]), { content: '<sub-agent>…</sub-agent>' })
  history.recall(told([{ ...tool('call_0_0', '{"result": 1}'), name: 'sub-agent-b' }]), { tool_calls: [call('{}', 'a'), 'get', call('{}', 'b')] })
  history.see(told([user('Once more.'), tool('b', 'late')]))
  t.strictSame(history.messages, [
    user('Go.'), { role: 'assistant', content: '<sub-agent>…</sub-agent>' }, user('Result of sub-agent-b: {"result": 1}'),
    { role: 'assistant', content: '', tool_calls: [made('a'), { id: 'call_1', name: 'unknown', arguments: '{}' }, made('b')] },
    tool('a', 'No answer came.'), { ...tool('call_1', 'No answer came.'), name: 'unknown' }, tool('b', 'late'), user('Once more.'),
  ])
  history.say({ tool_calls: [call()] })
  history.see(told([{ role: 'system', content: 'You look.' }, user('Go.'), { role: 'assistant', content: '', tool_calls: [call({ a: 1 })] }, tool('call_2_0', 'one')], { segment: 2 }))
  t.strictSame(history.messages, [{ role: 'system', content: 'You look.' }, user('Go.'), { role: 'assistant', content: '', tool_calls: [made('call_2_0', '{"a":1}')] }, tool('call_2_0', 'one')])
})

const ID = fc.constantFrom('a', 'b', 'call_0_0', 'call_1', '', 'x'.repeat(129))
const ENTRY = fc.oneof({ weight: 6, arbitrary: fc.record({ id: ID, name: fc.constantFrom('get', 'put', ''), arguments: fc.oneof(fc.constantFrom('{}', '{"a": 1}', '[1]', 'null', '{"a"', ' '), fc.jsonValue()) }, { requiredKeys: [] }) }, { weight: 1, arbitrary: fc.jsonValue() })
const ACTION: fc.Arbitrary<Action> = fc.record({ content: fc.oneof(fc.string(), fc.jsonValue(), fc.constant('\ud800')), tool_calls: fc.array(ENTRY, { maxLength: 4 }) }, { requiredKeys: [] })
const MESSAGE: fc.Arbitrary<Message> = fc.oneof(fc.string().map(user), fc.tuple(ID, fc.string()).map(([id, content]) => tool(id, content)), ACTION.map(({ content, tool_calls }): Message => ({ role: 'assistant', content: typeof content === 'string' ? content : '', ...(tool_calls && { tool_calls }) })))
/** What comes after a turn: as the episode answers, or anything. */
const NEXT = fc.oneof(fc.constant(undefined), fc.record({ messages: fc.array(MESSAGE, { maxLength: 5 }), segment: fc.option(fc.constant(2), { freq: 5 }) }))

t.test('no turn and no answer makes messages that an endpoint refuses', async (t) => {
  fc.assert(fc.property(fc.array(fc.tuple(ACTION, NEXT), { maxLength: 6 }), (turns) => {
    const history = new ChatHistory()
    history.see(told([user('Go.')]))
    turns.forEach(([action, next], turn) => {
      history.say(action)
      const { calls } = readAction(action, turn)
      const messages = next ? next.messages : calls.length ? calls.map(({ id }, i) => tool(id, `answer ${i}`)) : [user('And?')]
      history.see(told(messages, next && next.segment !== null ? { segment: next.segment } : {}))
      const faults = faultsOf(history.messages)
      if (faults.length) throw new Error(faults.join('; '))
      const given = history.messages.slice(-messages.length)
      // What the episode answers is passed on in its order, each answer to its own call.
      if (!next) t.strictSame(given.map(({ content }) => content), messages.map(({ content }) => content))
      else for (const { role, content } of messages) if (role !== 'assistant') t.ok(history.messages.some((one) => one.content.includes(content)))
    })
  }), { numRuns: 500 })
})

const TEXT = readFileSync(`${ROOT}test/fixtures/teams.yaml`, 'utf8')
  .replace('sub_agents: [{agent: packer, send_back: 1}, labeller], delegation: xml}', 'tools: [get_parcel], sub_agents: [{agent: packer, send_back: 2}, labeller], delegation: xml, limits: {context_tokens: 200}}')
  .replace('packer: {prompt: You pack., tools: [get_parcel, put_in_bin], limits: {turns: 30}}', 'packer: {prompt: You pack., tools: [get_parcel, put_in_bin], stop_tools: [put_in_bin]}')
const { catalogue, complaints } = compileCatalogue([...shippedFiles().filter(({ file }) => file.startsWith('envs/dynamics/')), { file: 'teams.yaml', text: TEXT }])
const TEAM = catalogue.find('hierarchy')!
if (complaints.length) throw new Error(JSON.stringify(complaints))
const OTHERS = { policy: 'endpoint', endpoint: 'small' } as const

const sub = (agent: string, child?: string): string => `<sub-agent><agent_name>${agent}</agent_name><message>Go.</message>${child ? `<sub_agent_id>${child}</sub_agent_id>` : ''}</sub-agent>`
/** What a model may write: good, bad, and out of place. */
const WRITTEN: fc.Arbitrary<Action> = fc.oneof(
  fc.constantFrom<Action>({ content: 'Done.' }, { content: '' }, { content: 42 }, { content: sub('packer') }, { content: `${sub('packer')} ${sub('labeller')}` }, { content: sub('packer', 'chief/foreman.1/packer.1') }, { content: '<sub-agent>' }),
  fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom<unknown>(
    { name: 'Agent', arguments: { sub_agent_name: 'foreman', message: 'Go.' } }, { id: 'a', name: 'Agent', arguments: '{"sub_agent_name": "reader", "message": "Look."}' },
    { id: 'a', name: 'Agent', arguments: { sub_agent_name: 'foreman', message: 'Again.', sub_agent_id: 'chief/foreman.1' } }, { name: 'Agent', arguments: '{"sub' },
    { name: 'get_parcel', arguments: { id: 'P00001' } }, { id: 'b', name: 'put_in_bin', arguments: '{"id": "P00001", "bin": "Ash"}' }, { name: 'nothing' }, { name: 'wait', arguments: { ms: 5 } },
  ) }, { weight: 1, arbitrary: ENTRY }), { minLength: 1, maxLength: 3 }).map((tool_calls) => ({ tool_calls })),
)

function * toTheEnd(cast: Cast): Generator<void, void> {
  yield* cast.learn()
}

t.test('an endpoint plays a team: turns are asked for with a history, and a cast of later has the same one', async (t) => {
  const seen = { segments: 0, resumed: 0, agents: new Set<string>() }
  fc.assert(fc.property(fc.array(WRITTEN, { minLength: 5, maxLength: 40 }), fc.nat(39), (written, again) => {
    const episode = Episode.start(TEAM, { seed: 3, task: 'sort_one', options: { learner: 'reader', others: OTHERS } })
    const cast = new Cast(episode)
    for (const [n, action] of written.entries()) {
      while (!episode.ended && cast.isTrainers) episode.step({ content: 'Seen.' })
      if (episode.ended) break
      const asked = cast.play()
      if (!asked) continue
      const { history, path, agent, player } = asked
      t.match({ player, path, agent }, { player: OTHERS, path: episode.due.path, agent: episode.due.agent })
      const faults = faultsOf(history.messages)
      if (faults.length) throw new Error(faults.join('; '))
      if (history.messages[0]?.role !== 'system' || !history.isCurrent) throw new Error('a history begins with its prompt')
      const size = history.messages.length
      if (cast.play()!.history.messages.length !== size) throw new Error('asking once more changes nothing')
      if (n === again) {
        const late = new Cast(n % 2 ? episode.fork() : Episode.restore(TEAM, episode.snapshot()))
        for (const step of toTheEnd(late)) void step
        t.strictSame(late.turn()!.history.messages, history.messages)
        t.strictSame(late.turn()!.history.tools, history.tools)
      }
      seen.agents.add(agent)
      if (episode.observation.segment) seen.segments++
      if (size > 3 && episode.frames.get(path)!.run > 1) seen.resumed++
      cast.answer(path, action)
    }
    const players = episode.journalFrom(0).entries.flatMap((entry) => ('action' in entry ? [entry.player] : []))
    t.ok(players.every((one) => one === undefined || one === 'endpoint'))
    t.equal(Episode.restore(TEAM, episode.snapshot()).stateHash(), episode.stateHash(), 'and it is replayed without asking')
  }), { numRuns: 150 })
  t.ok(seen.segments > 0 && seen.resumed > 0, `segments ${seen.segments}, resumed ${seen.resumed}`)
  t.same([...seen.agents].sort(), ['chief', 'foreman', 'labeller', 'packer'])
})

t.test('frames in parallel: steps of several actions are learnt as they were seen', async (t) => {
  const board = catalogue.find('blackboard')!
  const wait = (ms: number): Action => ({ tool_calls: [{ name: 'wait', arguments: { ms } }] })
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)), { minLength: 4, maxLength: 12 }), (turns) => {
    const episode = Episode.start(board, { seed: 3, task: 'sort_one', options: { learner: ['packer', 'labeller'], others: OTHERS, parallel_frames: true } })
    const cast = new Cast(episode)
    for (const [a, b, c] of turns) {
      let asked = cast.play()
      for (; asked; asked = cast.play()) {
        const late = new Cast(Episode.restore(board, episode.snapshot()))
        for (const step of toTheEnd(late)) void step
        t.strictSame(late.turn()!.history.messages, asked.history.messages)
        cast.answer(asked.path, wait(1 + a))
      }
      const waiting = episode.last.observations!.map(({ frame }) => frame)
      episode.step(waiting.map((frame, i) => ({ ...wait(1 + (i ? b : c)), frame })))
    }
  }), { numRuns: 60 })
})

t.test('who is not due gives no answer', async (t) => {
  const episode = Episode.start(TEAM, { seed: 3, task: 'sort_one', options: { learner: 'reader', others: OTHERS } })
  const cast = new Cast(episode)
  cast.play()
  t.throws(() => cast.answer('chief/foreman.0', { content: 'me' }), /chief is due/)
})
