/** Agents that call agents: three encodings, what a child sees and gives, sending back, limits, handing over. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { Episode } from '../../src/episode/episode.ts'
import fc from '../property.ts'
import { call, calls, eventsOf, parcelOf, say, start, stopOf, team, teamOf, told, turns, wait } from '../teams.ts'

const AGENTS = {
  chief: { prompt: 'You lead.', tools: ['get_parcel'], sub_agents: ['reader', { agent: 'packer', send_back: 1 }] },
  reader: { prompt: 'You look.', description: 'Looks.', tools: ['get_parcel'] },
  packer: { prompt: 'You pack.', tools: ['get_parcel', 'put_in_bin'], limits: { turns: 3 } },
}
const named = teamOf(AGENTS)
const xml = (name: string, message: string, id = '') => `<sub-agent><agent_name>${name}</agent_name><message>${message}</message>${id && `<sub_agent_id>${id}</sub_agent_id>`}</sub-agent>`
const result = (content: string): { sub_agent_id: string; result: string; stopped?: string } => JSON.parse(content)

t.test('three encodings are understood whatever is shown', async (t) => {
  const forms: [string, Action][] = [
    ['sub-agent-', call('sub-agent-reader', { message: 'a < b & c' })], ['agent:', call('agent:reader', { message: 'a < b & c' })],
    ['Agent', call('Agent', { sub_agent_name: 'reader', message: 'a < b & c' })], ['JSON text', { tool_calls: [{ name: 'Agent', arguments: '{"sub_agent_name":"reader","message":"a < b & c","sub_agent_id":null}' }] }],
    ['xml', say(`I call: ${xml('reader', 'a &lt; b &amp; c')} and wait.`)], ['raw text', { text: xml(' reader ', '\n a < b &amp; c ') }],
  ]
  for (const delegation of ['named', 'agent', 'xml'] as const) {
    const scenario = teamOf({ ...AGENTS, chief: { ...AGENTS.chief, delegation } })
    const shown = start(scenario).observation
    const names = shown.tools!.map(({ name }) => name)
    t.same(names.filter((name) => /agent/i.test(name)), { named: ['sub-agent-reader', 'sub-agent-packer'], agent: ['Agent'], xml: [] }[delegation])
    t.equal(shown.messages[0]!.content.includes('<sub-agent>'), delegation === 'xml', 'only who writes it is told how')
    for (const [form, action] of forms) {
      const episode = start(scenario)
      turns(episode, ['chief', action])
      t.equal(episode.due.path, 'chief/reader.1', `${form} where ${delegation} is shown`)
      t.same(episode.observation.messages, [{ role: 'system', content: 'You look.' }, { role: 'user', content: 'a < b & c' }], 'its prompt and its errand, nothing else')
      t.same(episode.observation.tools!.map(({ name }) => name), ['get_parcel', 'wait'])
      t.match(episode.observation, { agent: 'reader', depth: 1 })
      turns(episode, ['chief/reader.1', say('it is red')])
      t.same(result(told(episode)[0]!), { sub_agent_id: 'chief/reader.1', result: 'it is red' })
    }
  }
})

t.test('broken blocks are answered, whole ones beside them are done', async (t) => {
  const episode = start(named)
  turns(episode, ['chief', say(`<sub-agent><agent_name>reader</agent_name></sub-agent>${xml('reader', 'one')}${xml('raeder', 'two')}<sub-agent><agent_name>reader`)], ['chief/reader.1', say('ok')])
  const [broken, done, unknown, open] = told(episode)
  t.match(broken, /needs <agent_name> and <message>/)
  t.equal(result(done!).result, 'ok')
  t.match(unknown, /no agent 'raeder' to call; did you mean 'reader'\?/)
  t.match(open, /without <\/sub-agent>/)
  const inside = start(named)
  turns(inside, ['chief', say(xml('reader', `tell packer: ${xml('packer', 'x')}`))])
  t.equal(inside.frames.size, 2, 'a block within the message of a block calls nobody')
  t.equal(inside.due.agent, 'reader')
  for (const text of ['<sub-agent>', '</sub-agent><sub-agent>', '<sub-agent><agent_name></agent_name><message></message></sub-agent>', xml('reader', ''), xml('reader\nx', 'hi'), '<sub-agent>'.repeat(100_000), `${'<sub-agent><message>'.repeat(50_000)}</sub-agent>`, xml('x'.repeat(300_000), 'y'), xml('reader', '<message>'.repeat(10_000))]) {
    const other = start(named)
    other.step(say(text))
    t.notOk(other.ended && stopOf(other) === 'env_error', text.slice(0, 60))
    t.ok(other.frames.size <= 2)
  }
})

t.test('whatever is written, an episode never breaks, and goes on as it did when it is replayed', async (t) => {
  const piece = fc.oneof(fc.constantFrom('<sub-agent>', '</sub-agent>', '<agent_name>', '</agent_name>', '<message>', '</message>', '<sub_agent_id>', '</sub_agent_id>', 'reader', 'packer', 'chief/reader.1', '&lt;', '&amp;lt;', '__proto__', '\ud800'), fc.string({ maxLength: 5 }))
  const anyCall = fc.record({ name: fc.constantFrom('Agent', 'sub-agent-reader', 'agent:packer', 'sub-agent-', 'agent:__proto__', 'get_parcel', 'finish', 'transfer_to_x', 'storage_get', 'LoadSkill', 'ToolSearch', 'ask_user'), arguments: fc.oneof(fc.jsonValue(), fc.record({ message: fc.jsonValue(), sub_agent_name: fc.constantFrom('reader', 'packer', 1, '__proto__'), sub_agent_id: fc.constantFrom('chief/reader.1', 'chief', null, 5, '') }, { requiredKeys: [] })) })
  const action = fc.oneof(fc.array(piece, { maxLength: 30 }).map((parts): Action => ({ content: parts.join('') })), fc.array(anyCall, { minLength: 1, maxLength: 6 }).map((tool_calls): Action => ({ tool_calls })))
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(action, { maxLength: 8 }), (actions) => {
    const episode = start(named)
    for (const one of actions) if (!episode.ended) episode.step(one)
    if (stopOf(episode) === 'env_error') return false
    const again = Episode.restore(named, JSON.parse(JSON.stringify(episode.snapshot())))
    return JSON.stringify(again.last) === JSON.stringify(episode.last)
  }), { numRuns: 300 }))
})

t.test('what is told has a bound, and what is kept', async (t) => {
  const episode = start(named, { budgets: { tokens: 1_000_000 } })
  const long = 'x'.repeat(50_001)
  const free = { usage: { completion_tokens: 0 } }
  turns(episode, ['chief', { ...calls(['sub-agent-reader', { message: long }], ['Agent', { sub_agent_name: 'reader', message: long.slice(1) }]), ...free }], ['chief/reader.1', { ...say('r'.repeat(2_000_000)), ...free }])
  t.match(told(episode)[0], /at most 50000 characters/)
  t.equal(result(told(episode)[1]!).result.length, 100_000)
  for (let n = 0; n < 40; n++) turns(episode, ['chief', { ...call('sub-agent-reader', { message: 'x' }), ...free }], [`chief/reader.${n + 2}`, { ...say(`${'😀'.repeat(49_999)}a😀${'r'.repeat(2_000_000)}`), ...free }])
  t.equal(result(told(episode)[0]!).result.at(-1), '\ufffd', 'half a character is none')
  t.equal(Episode.restore(named, JSON.parse(JSON.stringify(episode.snapshot()))).stateHash(), episode.stateHash())
})

t.test('children of one turn overlap in virtual time; results come in the order of the calls, with those of other calls', async (t) => {
  const episode = start(named)
  const { id } = parcelOf(episode)
  turns(episode, ['chief', calls(['sub-agent-reader', { message: 'slow' }], ['get_parcel', { id }], ['sub-agent-packer', { message: 'quick' }], ['sub-agent-reader', { message: 'third' }], ['nonsense'])])
  t.same(episode.due.path, 'chief/packer.1', 'of equal clocks the first path')
  t.equal(episode.observation.clock_ms, 0, 'a child starts when its call starts')
  turns(episode, ['chief/packer.1', wait(10)], ['chief/reader.1', wait(5000)], ['chief/reader.2', wait(300)], ['chief/packer.1', say('P')], ['chief/reader.2', say('T')], ['chief/reader.1', say('S')])
  t.equal(episode.due.path, 'chief')
  t.equal(episode.observation.clock_ms, 5000, 'the latest of them')
  const [slow, look, quick, third, nonsense] = told(episode)
  t.same([result(slow!), result(quick!), result(third!)], [{ sub_agent_id: 'chief/reader.1', result: 'S' }, { sub_agent_id: 'chief/packer.1', result: 'P' }, { sub_agent_id: 'chief/reader.2', result: 'T' }])
  t.match(JSON.parse(look!), { id })
  t.match(nonsense, /Unknown tool/)
  t.same(episode.observation.messages.map(({ tool_call_id }) => tool_call_id), ['call_0_0', 'call_0_1', 'call_0_2', 'call_0_3', 'call_0_4'])
  t.same(eventsOf(episode, 'call').filter(({ inner }) => inner).map(({ child, at, returns_at }) => [child, at, returns_at]), [['chief/packer.1', 0, 10], ['chief/reader.2', 0, 300], ['chief/reader.1', 0, 5000]])
})

t.test('a call that takes longer than the children holds the join', async (t) => {
  const episode = start(named)
  turns(episode, ['chief', calls(['sub-agent-reader', { message: 'x' }], ['wait', { ms: 700 }])], ['chief/reader.1', say('y')])
  t.equal(episode.observation.clock_ms, 700)
})

t.test('a child that is called by its id goes on with its history, so often', async (t) => {
  const episode = start(named)
  turns(episode, ['chief', call('sub-agent-packer', { message: 'one' })], ['chief/packer.1', say('first')], ['chief', wait(100)], ['chief', call('sub-agent-packer', { message: 'better', sub_agent_id: 'chief/packer.1' })])
  t.equal(episode.due.path, 'chief/packer.1')
  t.same(episode.observation.messages, [{ role: 'user', content: 'better' }], 'only what is new')
  t.notOk(episode.observation.tools)
  t.equal(episode.observation.clock_ms, 100)
  turns(episode, ['chief/packer.1', say('second')])
  t.same(result(told(episode)[0]!), { sub_agent_id: 'chief/packer.1', result: 'second' })
  turns(episode, ['chief', say(xml('packer', 'again', 'chief/packer.1'))])
  t.match(told(episode)[0], /sent back 1 times/)
  t.equal(eventsOf(episode, 'call').at(-1)!.rejected, 'send_back_limit')
  turns(episode, ['chief', call('sub-agent-packer', { message: 'new' })])
  t.equal(episode.due.path, 'chief/packer.2', 'another one may be called')
  t.same(eventsOf(episode, 'frame').map(({ frame, run }) => [frame, run]), [['chief/packer.1', 1], ['chief/packer.1', 2], ['chief/packer.2', 1]])
})

t.test('ids of others, of nobody and of those at work', async (t) => {
  const episode = start(team('hierarchy'))
  const agent = (name: string, sub_agent_id: string) => ['Agent', { sub_agent_name: name, message: 'x', sub_agent_id }] as [string, unknown]
  turns(episode, ['chief', calls(['Agent', { sub_agent_name: 'foreman', message: 'm' }], agent('foreman', 'chief/foreman.1'), agent('foreman', 'chief'), agent('reader', 'chief/foreman.1'), agent('foreman', 'chief/foreman.2'), agent('foreman', '__proto__'))],
    ['chief/foreman.1', say(xml('packer', 'p', 'chief/foreman.1') + xml('packer', 'q'))], ['chief/foreman.1/packer.1', say('done')], ['chief/foreman.1', say('all done')])
  const [, busy, self, wrong, near, proto] = told(episode)
  t.match(busy, /chief\/foreman.1 is still at work/)
  for (const one of [self, wrong, near, proto]) t.match(one, /You have called no (foreman|reader) with the id/)
  t.match(near, /did you mean 'chief\/foreman.1'/)
  turns(episode, ['chief', calls(agent('foreman', 'chief/foreman.1/packer.1'), agent('packer', 'chief/foreman.1/packer.1'), agent('foreman', 'chief/foreman.1'), agent('foreman', 'chief/foreman.1'))])
  t.equal(episode.due.path, 'chief/foreman.1', 'twice in one turn: once')
  turns(episode, ['chief/foreman.1', say('again')])
  t.match(told(episode)[0], /You have called no foreman/)
  t.match(told(episode)[1], /no agent 'packer' to call/)
  t.match(told(episode)[3], /still at work/)
})

t.test('a call and the end in one turn: the end comes after the join', async (t) => {
  const episode = start(named)
  const { id, town } = parcelOf(episode)
  turns(episode, ['chief', calls(['finish'], ['sub-agent-packer', { message: 'put it away' }], ['get_parcel', { id }])])
  t.notOk(episode.ended)
  turns(episode, ['chief/packer.1', call('put_in_bin', { id, bin: town })], ['chief/packer.1', say('put')])
  t.ok(episode.ended)
  t.equal(stopOf(episode), 'finished')
  t.same(episode.observation.messages.map(({ name }) => name), ['finish', 'sub-agent-packer', 'get_parcel'])
  t.ok(eventsOf(episode, 'end')[0]!.at > 0)
})

t.test('limits: exactly so many turns each time, milliseconds, agents at once; who stops says so', async (t) => {
  const episode = start(named)
  turns(episode, ['chief', call('sub-agent-packer', { message: 'one' })])
  t.equal(episode.observation.budgets.agent_turns, 3)
  turns(episode, ['chief/packer.1', wait(1)], ['chief/packer.1', wait(1)], ['chief/packer.1', wait(1)])
  t.equal(episode.due.path, 'chief', 'three turns, no more')
  t.match(result(told(episode)[0]!), { sub_agent_id: 'chief/packer.1', stopped: 'agent_turns_budget' })
  t.ok(episode.observation.messages[0]!.is_error)
  turns(episode, ['chief', call('sub-agent-packer', { message: 'go on', sub_agent_id: 'chief/packer.1' })], ['chief/packer.1', wait(1)], ['chief/packer.1', wait(1)], ['chief/packer.1', say('done with the third')])
  t.same(result(told(episode)[0]!), { sub_agent_id: 'chief/packer.1', result: 'done with the third' }, 'a new run has all of them again')

  const timed = start(teamOf({ chief: { ...AGENTS.chief, limits: { concurrent: 2 } }, reader: { ...AGENTS.reader, limits: { ms: 1000 } }, packer: AGENTS.packer }))
  const reader = ['sub-agent-reader', { message: 'x' }] as [string, unknown]
  turns(timed, ['chief', calls(reader, reader, reader)], ['chief/reader.1', wait(999)], ['chief/reader.2', wait(1000)], ['chief/reader.1', wait(1)])
  t.same(told(timed).slice(0, 2).map((one) => result(one).stopped), ['agent_time_budget', 'agent_time_budget'])
  t.match(told(timed)[2], /At most 2 agents/)
  turns(timed, ['chief', calls(reader, reader)])
  t.equal(timed.due.path, 'chief/reader.3', 'the refused one left no number behind')

  for (const [limits, stop] of [[{ turns: 2 }, 'agent_turns_budget'], [{ ms: 50 }, 'agent_time_budget']] as const) {
    const root = start(teamOf({ chief: { ...AGENTS.chief, limits }, reader: AGENTS.reader, packer: AGENTS.packer }))
    turns(root, ['chief', wait(30)], ['chief', wait(30)])
    t.match(root.last, { truncated: true, terminated: false, info: { stop_reason: stop } })
  }
})

t.test('a turn that cannot be read is told, and counts', async (t) => {
  const episode = start(named)
  turns(episode, ['chief', call('sub-agent-packer', { message: 'one' })], ['chief/packer.1', { content: { no: 'text' } }])
  t.match(episode.observation, { frame: 'chief/packer.1', messages: [{ content: /^Malformed message/ }], budgets: { agent_turns: 2 } })
  turns(episode, ['chief/packer.1', { content: 5 }], ['chief/packer.1', { content: [] }])
  t.equal(result(told(episode)[0]!).stopped, 'agent_turns_budget')
})

t.test('who does not lead cannot end the task, nor call what is not its own', async (t) => {
  const episode = start(named)
  turns(episode, ['chief', call('sub-agent-reader', { message: 'x' })], ['chief/reader.1', calls(['finish'], ['report_unable', { reason: 'no' }], ['put_in_bin', { id: 'x', bin: 'y' }], ['sub-agent-packer', { message: 'x' }], ['Agent', { sub_agent_name: 'packer', message: 'x' }], ['storage_get', { key: 'x' }])])
  t.notOk(episode.ended)
  t.match(told(episode)[0], /give your result as a message/)
  t.equal(told(episode).filter((one) => /Unknown tool/.test(one)).length, 6)
  t.equal(episode.due.path, 'chief/reader.1')
  t.throws(() => episode.step({ ...say('x'), frame: 'chief' }), { message: "frame 'chief' does not wait for an action" })
})

const RELAY = {
  front: { prompt: 'F', tools: ['get_parcel'], sub_agents: ['aide'], hand_offs: ['packer', 'line'], storage: true },
  packer: { prompt: 'P', tools: ['get_parcel', 'put_in_bin'], hand_offs: ['front'], storage: true },
  line: { workflow: { nodes: { one: { agent: 'aide', message: 'do: ${input}' } } } },
  aide: { prompt: 'A', tools: ['get_parcel'], hand_offs: ['helper'] },
  helper: { prompt: 'H', tools: ['get_parcel'], hand_offs: ['aide'], limits: { turns: 2 } },
}

t.test('a hand-off: the other one leads, is told the task, and ends it', async (t) => {
  const episode = start(team('relay'))
  const { id, town, grams } = parcelOf(episode)
  turns(episode, ['front', calls(['transfer_to_packer', { message: 'pack it' }], ['get_parcel', { id }], ['transfer_to_packer', { message: 'twice' }], ['finish'])])
  t.equal(episode.due.path, 'front/packer.1')
  t.same(episode.observation.messages, [{ role: 'system', content: 'You pack.' }, { role: 'user', content: episode.task.instruction }, { role: 'user', name: 'hand_off', content: 'pack it' }])
  t.equal(episode.observation.depth, 0, 'it stands where the other one stood')
  t.ok(episode.observation.tools!.some(({ name }) => name === 'finish'))
  t.same(eventsOf(episode, 'call').map(({ tool, rejected }) => [tool, rejected]), [['get_parcel', undefined], ['transfer_to_packer', undefined], ['transfer_to_packer', 'after_end'], ['finish', 'after_end']].map(([a, b]) => [a, b]))
  turns(episode, ['front/packer.1', call('put_in_bin', { id, bin: town })], ['front/packer.1', call('transfer_to_labeller', { message: 'label it' })])
  t.equal(episode.due.path, 'front/packer.1/labeller.1')
  turns(episode, ['front/packer.1/labeller.1', call('put_label', { id, label: `${grams}g` })], ['front/packer.1/labeller.1', call('finish')])
  t.match(episode.last, { terminated: true, reward: 1, info: { stop_reason: 'finished', credit: { front: ['way.looked'], 'front/packer.1': ['way.put'], 'front/packer.1/labeller.1': ['way.labelled'] } } })
})

t.test('handing back, without a message, to a workflow, and without end', async (t) => {
  const relay = teamOf(RELAY)
  const back = start(relay)
  turns(back, ['front', call('storage_lock', { keys: ['k'] })], ['front', calls(['transfer_to_packer', {}], ['transfer_to_nobody', { message: 'x' }])])
  t.match(told(back)[0], /Invalid arguments for transfer_to_packer: message/)
  t.match(told(back)[1], /Unknown tool/)
  turns(back, ['front', call('transfer_to_packer', { message: 'a' })], ['front/packer.1', call('storage_set', { key: 'k', value: 1 })])
  t.same(JSON.parse(told(back)[0]!), { key: 'k', version: 1 }, 'who handed over holds no locks')
  turns(back, ['front/packer.1', call('transfer_to_front', { message: 'b' })])
  t.match(back.observation, { frame: 'front/packer.1/front.1', depth: 0 }, 'who gets it back begins anew')
  turns(back, ['front/packer.1/front.1', call('transfer_to_line', { message: 'c' })], ['front/packer.1/front.1/line.1/aide.1', say('made')])
  t.match(back.last, { terminated: true, info: { stop_reason: 'finished' } }, 'a workflow that leads ends the task')

  const endless = start(relay, { budgets: { frames: 5000 } })
  while (!endless.ended) endless.step(call(endless.due.agent === 'front' ? 'transfer_to_packer' : 'transfer_to_front', { message: 'yours' }))
  t.equal(stopOf(endless), 'depth_budget')
  t.equal(Episode.restore(relay, endless.snapshot()).stateHash(), endless.stateHash())
})

t.test('a child that hands over: what the last one gives goes to the parent, with the reason where it was stopped', async (t) => {
  const relay = teamOf(RELAY)
  const episode = start(relay)
  turns(episode, ['front', call('sub-agent-aide', { message: 'go' })], ['front/aide.1', call('transfer_to_helper', { message: 'you' })])
  t.match(episode.observation, { frame: 'front/aide.1/helper.1', depth: 1, messages: [{ role: 'system' }, { role: 'user', content: 'you' }] })
  t.notOk(episode.observation.tools!.some(({ name }) => name === 'finish'), 'it does not lead')
  turns(episode, ['front/aide.1/helper.1', wait(40)], ['front/aide.1/helper.1', say('found')])
  t.same(result(told(episode)[0]!), { sub_agent_id: 'front/aide.1', result: 'found' })
  t.equal(episode.observation.clock_ms, 40)
  turns(episode, ['front', call('sub-agent-aide', { message: 'again', sub_agent_id: 'front/aide.1' })])
  t.match(episode.observation, { frame: 'front/aide.1', messages: [{ content: 'again' }] }, 'who was called goes on itself')
  turns(episode, ['front/aide.1', call('transfer_to_helper', { message: 'you' })], ['front/aide.1/helper.2', wait(1)], ['front/aide.1/helper.2', wait(1)])
  t.match(result(told(episode)[0]!), { sub_agent_id: 'front/aide.1', stopped: 'agent_turns_budget' })
  t.ok(episode.observation.messages[0]!.is_error)
})

t.test('stop tools end the run of a child, and the task of the root, when they succeed', async (t) => {
  const scenario = teamOf({ chief: { prompt: 'C', tools: ['put_label'], stop_tools: ['put_label'], sub_agents: ['packer'] }, packer: { prompt: 'P', tools: ['put_in_bin', 'get_parcel'], stop_tools: ['put_*'] } })
  const episode = start(scenario)
  const { id } = parcelOf(episode)
  turns(episode, ['chief', call('sub-agent-packer', { message: 'x' })], ['chief/packer.1', call('put_in_bin', { id: 'P0', bin: 'x' })])
  t.equal(episode.due.path, 'chief/packer.1', 'a failed one does not')
  turns(episode, ['chief/packer.1', calls(['put_in_bin', { id: 'P0', bin: 'x' }], ['put_in_bin', { id, bin: 'x' }], ['get_parcel', { id }])])
  t.equal(episode.due.path, 'chief', 'one of several that succeeded does')
  t.match(JSON.parse(result(told(episode)[0]!).result), { id, bin: 'x' })
  turns(episode, ['chief', call('put_label', { id, label: 'x' })])
  t.match(episode.last, { terminated: true, info: { stop_reason: 'stopped_without_answer' } })
})

t.test('a stop tool that has another name now is one', async (t) => {
  const scenario = teamOf({ chief: { prompt: 'C', sub_agents: ['packer'] }, packer: { prompt: 'P', tools: ['put_in_bin', 'get_parcel'], stop_tools: ['put_*'] } })
  const episode = start(scenario, { dynamics: { profile: 'none', add: [{ id: 'x', kind: 'tools.list_changed', match: { effect: 'write' }, suffix: 'v2' }] } })
  const { id } = parcelOf(episode)
  turns(episode, ['chief', call('sub-agent-packer', { message: 'x' })])
  t.ok(episode.observation.tools!.some(({ name }) => name === 'put_in_bin_v2'))
  turns(episode, ['chief/packer.1', call('put_in_bin_v2', { id, bin: 'x' })])
  t.equal(episode.due.path, 'chief')
})

t.test('skills, tools with short descriptions, tools that have to be found', async (t) => {
  const scenario = teamOf({
    chief: { prompt: 'C', tools: ['*'], skills: { labels: { description: 'How labels look.', body: 'A number and a g.' } }, as_skill: { put_in_bin: 'Bins.' }, deferred: ['put_label', 'get_parcel'], sub_agents: ['other'] },
    other: { prompt: 'O', tools: ['*'], deferred: ['put_label'] },
  })
  const episode = start(scenario)
  const { id } = parcelOf(episode)
  const names = () => episode.observation.tools?.map(({ name }) => name)
  t.same(names(), ['parcels_of', 'put_in_bin', 'sub-agent-other', 'LoadSkill', 'ToolSearch', 'finish', 'report_unable', 'wait'])
  t.equal(episode.observation.tools!.find(({ name }) => name === 'put_in_bin')!.description, 'Bins.')
  turns(episode, ['chief', calls(['LoadSkill', { skill_name: 'labels' }], ['LoadSkill', { skill_name: 'put_in_bin' }], ['LoadSkill', { skill_name: '__proto__' }], ['LoadSkill'], ['put_label', { id, label: 'x' }])])
  const [body, long, proto, none, hidden] = told(episode)
  t.equal(body, 'A number and a g.')
  t.match(long, /Puts a parcel into a bin\.[^]*properties/)
  t.match(proto, /expected one of labels, put_in_bin/)
  t.match(none, /expected one of/)
  t.match(hidden, /Unknown tool 'put_label'; look for it with ToolSearch/)
  turns(episode, ['chief', calls(['ToolSearch', { query: 'quantum' }], ['ToolSearch', { query: '' }], ['ToolSearch', { query: 5 }])])
  t.same(JSON.parse(told(episode)[0]!), { tools: [] })
  t.notOk(names())
  turns(episode, ['chief', call('ToolSearch', { query: 'to label a thing' })])
  t.match(JSON.parse(told(episode)[0]!), { tools: [{ name: 'put_label' }] })
  t.ok(names()!.includes('put_label'))
  t.notOk(names()!.includes('get_parcel'))
  turns(episode, ['chief', call('put_label', { id, label: 'x' })], ['chief', call('sub-agent-other', { message: 'x' })], ['chief/other.1', call('put_label', { id, label: 'y' })])
  t.match(told(episode)[0], /Unknown tool/, 'what one found, the other one has not')
  t.equal(Episode.restore(scenario, episode.snapshot()).stateHash(), episode.stateHash())
})

t.test('the user of a team: approvals, questions of a child, who leaves', async (t) => {
  const counter = team('counter')
  const open = () => {
    const episode = start(counter)
    turns(episode, ['clerk', say('Hello?')], ['clerk', call('sub-agent-packer', { message: 'pack' })])
    return { episode, ...parcelOf(episode) }
  }
  const { episode, id, town } = open()
  turns(episode, ['clerk/packer.1', calls(['put_label', { id, label: 'x' }], ['put_in_bin', { id, bin: 'red' }], ['ask_user', { message: 'What is the code?' }], ['ask_user', { message: '' }])])
  t.same(told(episode), ['Permission denied for put_label: you must not call it', 'Permission denied for put_in_bin: the user said: No, do not do that.', 'The code is 55-1907.', 'Invalid arguments for ask_user: message: expected text'])
  t.same(eventsOf(episode, 'call').filter(({ rejected }) => rejected).map(({ rejected }) => rejected), ['denied', 'denied', 'invalid_arguments'])
  turns(episode, ['clerk/packer.1', call('put_in_bin', { id, bin: town })])
  t.equal(episode.due.path, 'clerk', 'allowed')
  turns(episode, ['clerk', say('Goodbye.')])
  t.equal(stopOf(episode), 'user_left')
  const again = Episode.restore(counter, JSON.parse(JSON.stringify(episode.snapshot())))
  t.equal(again.stateHash(), episode.stateHash(), 'what the user said before and after there was a team is played again in order')

  for (const action of [call('put_in_bin', { id, bin: 'leave' }), call('ask_user', { message: 'Goodbye' })]) {
    const left = open().episode
    turns(left, ['clerk/packer.1', action])
    t.equal(stopOf(left), 'user_left', `who leaves while a child speaks ends it: ${JSON.stringify(action)}`)
  }
  const alone = start(teamOf({ chief: { prompt: 'C', tools: ['*'], ask_user: true, approvals: { put_in_bin: 'ask', 'put_*': 'deny' } } }))
  const other = parcelOf(alone)
  turns(alone, ['chief', calls(['put_in_bin', { id: other.id, bin: 'x' }], ['put_label', { id: other.id, label: 'x' }], ['ask_user', { message: 'hi' }], ['get_parcel', { id: other.id }])])
  t.match(told(alone), [/there is nobody to ask/, /you must not/, /There is no user/, new RegExp(other.id)])
})

t.test('compaction begins a segment with the prompt and what was asked; others keep theirs', async (t) => {
  const small = { limits: { context_tokens: 400 } }
  const scenario = teamOf({ chief: { prompt: 'C'.repeat(200), tools: ['parcels_of'], sub_agents: ['reader'], delegation: 'xml', ...small }, reader: { prompt: 'R', tools: ['*'], ...small } })
  const episode = start(scenario)
  const first = episode.observation.messages
  let compacted = 0
  for (let n = 0; n < 12; n++) {
    turns(episode, ['chief', calls(...Array.from({ length: 4 }, () => ['parcels_of', { town: 'Ash' }] as [string, unknown]))])
    const { segment, messages } = episode.observation
    if (segment === undefined) continue
    t.equal(segment, ++compacted + 1)
    t.same(messages.slice(0, 2), first, 'prompt, with how to call others, and what was asked')
    t.match(messages[2], { role: 'user', name: 'summary', content: /parcels_of/ })
    t.match(messages[3], { role: 'assistant', tool_calls: [{ name: 'parcels_of' }] })
    t.equal(messages.length, 8)
    t.match(eventsOf(episode, 'compact').at(-1), { frame: 'chief', segment, messages })
  }
  t.ok(compacted > 1)
  turns(episode, ['chief', say(xml('reader', 'now you'))])
  t.notOk(episode.observation.segment, 'a new frame begins its own')
  turns(episode, ['chief/reader.1', say('x')], ['chief', say(xml('reader', 'the second errand', 'chief/reader.1'))])
  for (let n = 0; n < 8 && episode.observation.segment === undefined; n++) turns(episode, ['chief/reader.1', calls(...Array.from({ length: 6 }, () => ['parcels_of', { town: 'Elm' }] as [string, unknown]))])
  t.same(episode.observation.messages.slice(0, 2), [{ role: 'system', content: 'R' }, { role: 'user', content: 'the second errand' }])
  turns(episode, ['chief/reader.1', say('done')])
  const again = Episode.restore(scenario, JSON.parse(JSON.stringify(episode.snapshot())))
  t.same(again.last, episode.last)
})

t.test('who writes its calls into its text may do so beside other calls', async (t) => {
  const episode = start(teamOf({ ...AGENTS, chief: { ...AGENTS.chief, delegation: 'xml' } }))
  episode.step({ ...wait(5), content: xml('packer', 'Pack.') })
  t.match(episode.observation, { agent: 'packer', messages: [{ role: 'system' }, { content: 'Pack.' }] })
  episode.step(say('Packed.'))
  t.match(episode.observation, { agent: 'chief', messages: [{ name: 'wait' }, { name: 'sub-agent-packer', content: /Packed/ }] })
  const other = start(named)
  other.step({ ...wait(5), content: xml('packer', 'Pack.') })
  t.match(other.observation, { agent: 'chief', messages: [{ name: 'wait' }] }, 'others say it to nobody')
})
