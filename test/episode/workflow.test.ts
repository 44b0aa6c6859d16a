/** Workflows: every kind of node, their order and times, what agents may write without breaking them, and workflows within. */
import t from 'tap'
import { Episode } from '../../src/episode/episode.ts'
import fc from '../property.ts'
import { call, calls, eventsOf, parcelOf, say, start, stopOf, teamOf, told, turns, wait } from '../teams.ts'

const reader = { prompt: 'R', tools: ['get_parcel'] }
const packer = { prompt: 'P', tools: ['get_parcel', 'put_in_bin', 'put_label'] }
/** A team whose root is a workflow. */
const flow = (nodes: object, more: object = {}, own: Parameters<typeof teamOf>[1] = {}) => {
  const runs = (name: string) => JSON.stringify(nodes).includes(`"agent":"${name}"`)
  return teamOf({ line: { workflow: { nodes, ...more } }, ...(runs('reader') && { reader }), ...(runs('packer') && { packer }) }, own)
}
/** What nodes gave, by name; the last time of each. */
const outputs = (episode: Episode) => Object.fromEntries(eventsOf(episode, 'node').map(({ node, output }) => [node, output]))
const skipped = (episode: Episode) => eventsOf(episode, 'node').flatMap(({ node, skipped: was }) => (was ? [node] : []))

t.test('agents, branches, merges and conditions, in order and beside each other', async (t) => {
  const scenario = flow({
    look: { agent: 'reader', message: 'Look: ${input}' },
    way: { branch: { light: 'look.grams < 10', heavy: 'look.grams > 1000' }, else: 'usual' },
    heavy: { agent: 'packer', message: 'never', if: "way == 'heavy'" },
    pack: { agent: 'packer', message: 'Pack ${look.id}', if: "way == 'usual'", after: ['way'] },
    label: { agent: 'packer', message: 'Label ${look.id}', after: ['way'] },
    both: { merge: "{'pack': pack, 'label': label, 'heavy': heavy}", after: ['pack', 'label', 'heavy'] },
  })
  const episode = start(scenario)
  t.equal(episode.due.path, 'line/reader.1')
  t.same(episode.observation.messages, [{ role: 'system', content: 'R' }, { role: 'user', content: `Look: ${episode.task.instruction}` }])
  turns(episode, ['line/reader.1', wait(100)], ['line/reader.1', say('{"id": "X", "grams": 500}')])
  t.match(episode.observation, { frame: 'line/packer.1', clock_ms: 100, messages: [{}, { content: 'Pack X' }] })
  turns(episode, ['line/packer.1', wait(900)])
  t.match(episode.observation, { frame: 'line/packer.2', clock_ms: 100, messages: [{}, { content: 'Label X' }] }, 'both begin when the way is known')
  turns(episode, ['line/packer.2', say('labelled')], ['line/packer.1', say('[1, 2]')])
  t.same(outputs(episode), { look: { id: 'X', grams: 500 }, way: 'usual', heavy: null, pack: [1, 2], label: 'labelled', both: { pack: [1, 2], label: 'labelled', heavy: null } })
  t.same(skipped(episode), ['heavy'])
  t.match(eventsOf(episode, 'end')[0], { reason: 'finished', terminated: true, at: 1000 })
})

t.test('tools: arguments, repetition after errors, nothing where arguments are not to be had', async (t) => {
  const scenario = flow({
    look: { agent: 'reader', message: 'which?' },
    get: { tool: 'get_parcel', with: { id: 'string(look.id)' }, retries: 3 },
    again: { agent: 'reader', message: '${get}' },
    gone: { tool: 'get_parcel', with: { id: 'string(again.no.such.thing)' }, after: ['again'] },
    wrong: { tool: 'get_parcel', with: { id: "'P0'" }, retries: 2, after: ['again'] },
    last: { agent: 'reader', message: 'end ${gone} ${wrong}', after: ['gone', 'wrong'] },
  })
  const episode = start(scenario)
  const { id, grams } = parcelOf(episode)
  turns(episode, ['line/reader.1', say(JSON.stringify({ id }))])
  t.match(episode.observation.messages[1]!.content, String(grams))
  turns(episode, ['line/reader.2', say('fine')])
  t.match(episode.observation.messages[1]!.content, /No parcel P0/)
  t.same(skipped(episode), ['gone'])
  const tries = eventsOf(episode, 'call').filter(({ arguments: args }) => (args as { id: string }).id === 'P0')
  t.equal(tries.length, 3)
  t.ok(tries[1]!.at >= tries[0]!.returns_at + 2000 && tries[2]!.at >= tries[1]!.returns_at + 4000, 'each time after a longer pause')
  t.ok(episode.observation.clock_ms >= tries[2]!.returns_at, 'what comes after it comes later')
  t.match(eventsOf(episode, 'turn').filter(({ player }) => player === 'workflow').length, 4)
  t.equal(episode.observation.budgets.calls, 2000 - 4)
  t.equal(episode.observation.budgets.turns, 1000 - 2, 'a workflow takes no turns')
})

t.test('maps keep the order of the items, whoever is done first', async (t) => {
  const scenario = flow({ list: { agent: 'reader', message: 'list' }, each: { map: { over: 'list', as: 'item', agent: 'packer', message: 'Do ${item} of ${size(list)}' } }, all: { merge: 'each' } }, { result: 'all' })
  const episode = start(scenario)
  turns(episode, ['line/reader.1', say('["a", {"b": 1}, 3]')])
  t.same([...episode.frames.values()].filter(({ state }) => state === 'waiting').map(({ path }) => path), ['line/packer.1', 'line/packer.2', 'line/packer.3'])
  t.equal(episode.observation.messages[1]!.content, 'Do a of 3')
  turns(episode, ['line/packer.1', wait(500)], ['line/packer.2', wait(300)], ['line/packer.3', say('THREE')], ['line/packer.2', say('{"two": 2}')], ['line/packer.1', say('')])
  t.same(outputs(episode).each, ['', { two: 2 }, 'THREE'])
  for (const [text, nothing] of [['[]', []], ['no list', null], ['{"a": 1}', null], ['"[1]"', undefined]] as const) {
    const other = start(scenario)
    turns(other, ['line/reader.1', say(text)])
    if (nothing === undefined) t.equal(other.due.agent, 'packer', 'text that holds a list is one')
    else t.same(outputs(other).each, nothing)
  }
})

t.test('loops: rounds until it holds, at most so many; earlier rounds are seen', async (t) => {
  const scenario = flow({
    draft: { loop: { nodes: { write: { agent: 'packer', message: 'Write. ${critic}' }, critic: { agent: 'reader', message: 'Judge ${write}' } }, until: "critic == 'good'", most: 3 } },
    after: { agent: 'reader', message: '${draft.rounds} ${draft.done} ${write}' },
  })
  const episode = start(scenario)
  turns(episode, ['line/packer.1', say('one')], ['line/reader.1', say('bad')])
  t.equal(episode.observation.messages[1]!.content, 'Write. bad')
  turns(episode, ['line/packer.2', wait(50)], ['line/packer.2', say('two')], ['line/reader.2', say('good')])
  t.match(episode.observation, { frame: 'line/reader.3', clock_ms: 50, messages: [{}, { content: '2 true two' }] })
  const most = start(scenario)
  turns(most, ...[1, 2, 3].flatMap((n): [string, ReturnType<typeof say>][] => [[`line/packer.${n}`, say('x')], [`line/reader.${n}`, say('{"no": 1}')]]))
  t.equal(most.observation.messages[1]!.content, '3 false x')
})

t.test('a human node asks the user; without a user it is skipped; a user who leaves ends it', async (t) => {
  const nodes = { which: { ask: 'What is the code?' }, go: { agent: 'packer', message: 'The user said: ${which}' }, bye: { ask: '${go}' } }
  const scenario = flow(nodes, {}, { like: 'counter' })
  const episode = start(scenario)
  t.equal(episode.observation.messages[1]!.content, 'The user said: The code is 55-1907.')
  turns(episode, ['line/packer.1', say('Goodbye')])
  t.match(episode.last, { terminated: true, info: { stop_reason: 'user_left' } })
  t.same(Episode.restore(scenario, JSON.parse(JSON.stringify(episode.snapshot()))).last, episode.last)
  const alone = start(flow(nodes))
  t.match(alone.observation.messages[1]!.content, /The user said: /)
  t.same(skipped(alone), ['which'])
})

t.test('ends: with an answer, by saying that it cannot be done, in the middle of what runs', async (t) => {
  const scales = flow({
    look: { agent: 'reader', message: '${input}' },
    no: { end: { unable: 'There is none: ${look}' }, if: "look == 'none'" },
    here: { end: { answer: 'look.grams' }, if: 'has(look.grams)', after: ['look'] },
    more: { agent: 'reader', message: 'more', after: ['look'] },
  }, { result: 'more' }, { like: 'scales' })
  const { grams } = parcelOf(start(scales))
  const end = (...texts: string[]) => {
    const episode = start(scales)
    texts.forEach((text) => episode.step(say(text)))
    t.equal(Episode.restore(scales, episode.snapshot()).stateHash(), episode.stateHash())
    return [stopOf(episode), episode.last.reward, eventsOf(episode, 'end')[0]?.answer, eventsOf(episode, 'end')[0]?.unable]
  }
  t.same(end('none'), ['reported_unable', 0, undefined, 'There is none: none'])
  t.same(end(JSON.stringify({ grams })), ['finished', 1, grams, undefined])
  t.same(end(JSON.stringify({ grams: 'many' })), ['stopped_without_answer', 0, undefined, undefined])
  t.same(end('x', String(grams)), ['finished', 1, grams, undefined], 'the result is the answer')
  t.same(end('x', 'so many'), ['stopped_without_answer', 0, undefined, undefined])
  t.same(end('x', '{"deep": []}')[0], 'stopped_without_answer')

  const busy = start(flow({ one: { agent: 'packer', message: 'a', after: [] }, two: { agent: 'reader', message: 'b', after: [] }, stop: { end: {}, after: ['two'] } }))
  turns(busy, ['line/packer.1', wait(10)], ['line/reader.1', say('enough')])
  t.match(busy.last, { terminated: true, info: { stop_reason: 'finished' } })
  t.same(eventsOf(busy, 'return').map(({ frame, reason }) => [frame, reason]), [['line/reader.1', 'done'], ['line/packer.1', 'ended']])
})

t.test('whatever agents write, expressions never break the episode', async (t) => {
  const scenario = flow({
    a: { agent: 'reader', message: '${input}' },
    way: { branch: { x: 'a.x.y > 3', y: "a.contains('é')", z: 'a[0] == a[1]' }, else: 'none' },
    cut: { merge: 'string(a).slice(0, 1)' },
    sum: { merge: 'a.map(i, string(i) + string(i))' },
    each: { map: { over: 'a', as: 'i', agent: 'packer', message: '${i.name} ${i}' } },
    deep: { map: { over: 'a.list', as: 'i', agent: 'packer', message: '${a}' } },
    get: { tool: 'get_parcel', with: { id: 'a' } },
    spin: { loop: { nodes: { b: { agent: 'packer', message: '${a.b.c} ${each}', if: 'a.again' } }, until: 'b', most: 2 } },
    ask: { ask: '${a}' },
    all: { merge: "[a, way, cut, sum, each, deep, get, spin, b]" },
  }, { result: 'all.map(x, x)' })
  const deep = (n: number, [open, close]: [string, string] = ['[', ']']) => open.repeat(n) + close.repeat(n)
  const odd = ['', 'null', '[]', '{}', '9007199254740993', '[9007199254740993]', '1e999', '-0', '[1e999]', '"\\ud800"', '["\\ud800"]', '[{"name":"\\ud800"}]', '{"__proto__": {"x": 1}, "again": true}', '{"list": "[1,2]", "b": {"c": "\\udfff"}, "again": true}', '😀😀', '["😀"]',
    deep(40), deep(20_000), `{"list": ${deep(40)}}`, `{"list": [${JSON.stringify(deep(200_000))}]}`, JSON.stringify(deep(100_000)), JSON.stringify({ list: deep(100_000), again: true }), '['.repeat(100_000), `[${'1,'.repeat(1000)}1]`, 'x'.repeat(300_000), '{"again": 1}', '{"again": true, "b": []}']
  const play = (texts: readonly string[]): boolean => {
    const episode = start(scenario, { budgets: { turns: 40 } })
    for (let n = 0; !episode.ended; n++) episode.step(say(texts[n % texts.length]!))
    if (stopOf(episode) === 'env_error') {
      t.fail(`${texts.map((text) => text.slice(0, 80)).join(' | ')}: ${eventsOf(episode, 'end')[0]!.fault}`)
      return false
    }
    const copy = JSON.parse(JSON.stringify(episode.snapshot()))
    return Episode.restore(scenario, copy).stateHash() === episode.stateHash()
  }
  for (const text of odd) t.ok(play([text]), text.slice(0, 60))
  const text = fc.oneof(fc.constantFrom(...odd.filter((one) => one.length < 1000)), fc.json(), fc.string({ unit: 'binary', maxLength: 20 }))
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), play), { numRuns: 200 }))
})

t.test('what a workflow does by itself is bounded: sizes, depths, rounds of rounds', async (t) => {
  const doubling = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`n${i}`, { merge: i ? `[n${i - 1}, n${i - 1}]` : "'x'" }]))
  const wide = start(flow({ ...doubling, last: { agent: 'reader', message: 'x' } }))
  t.equal(outputs(wide).n59 === undefined, false)
  t.ok(JSON.stringify(wide.events()).length < 20_000_000, 'what grows too big is null')
  t.ok(wide.stateHash())
  const deep = start(flow({ loop: { loop: { nodes: { x: { merge: '[x]' } }, until: 'false', most: 1000 } }, last: { agent: 'reader', message: 'x' } }))
  t.ok(deep.stateHash())
  t.equal(deep.due.path, 'line/reader.1')
  const within = (name: string) => ({ workflow: { nodes: { loop: { loop: { nodes: { x: name ? { agent: name, message: 'x' } : { merge: 'range(2000).map(i, i * i).size()' } }, until: 'false', most: 1000 } } } } })
  const spinning = start(teamOf({ root: { prompt: 'R', sub_agents: ['outer'] }, outer: within('inner'), inner: within('') }))
  const began = performance.now()
  spinning.step(call('sub-agent-outer', { message: 'go' }))
  t.match(spinning.last, { truncated: true, reward: null, info: { stop_reason: 'env_error' } }, 'a fault of the scenario, that admission finds')
  t.ok(performance.now() - began < 20_000)
})

const FRACTAL = {
  chief: { prompt: 'C', tools: ['get_parcel'], sub_agents: [{ agent: 'line', send_back: 1 }] },
  line: { workflow: { nodes: { list: { agent: 'reader', message: 'L ${input}' }, each: { map: { over: 'list', as: 'x', agent: 'inner', message: 'I ${x}' } } }, result: "'got ' + string(size(each))" } },
  inner: { workflow: { nodes: { look: { agent: 'reader', message: 'inner ${input}' }, done: { merge: "[look, input]" } } } },
  reader,
}

t.test('fractal: a workflow as a sub-agent of a model, with workflows in its map; its clock is that of its last node', async (t) => {
  const scenario = teamOf(FRACTAL)
  const episode = start(scenario)
  turns(episode, ['chief', call('sub-agent-line', { message: 'go' })], ['chief/line.1/reader.1', say('["p", "q"]')])
  t.equal(episode.observation.messages[1]!.content, 'inner I p')
  t.equal(episode.observation.depth, 3)
  turns(episode, ['chief/line.1/inner.1/reader.1', wait(4000)], ['chief/line.1/inner.2/reader.1', wait(1000)], ['chief/line.1/inner.2/reader.1', say('Q')], ['chief/line.1/inner.1/reader.1', say('P')])
  t.same(told(episode).map((one) => JSON.parse(one)), [{ sub_agent_id: 'chief/line.1', result: 'got 2' }])
  t.same(eventsOf(episode, 'node').find(({ node }) => node === 'each')!.output, [['P', 'I p'], ['Q', 'I q']])
  t.equal(episode.observation.clock_ms, 4000, 'the join waits for it')
  t.same(eventsOf(episode, 'return').filter(({ frame }) => /line.1$|inner.\d$/.test(frame)).map(({ frame, at }) => [frame, at]), [['chief/line.1/inner.2', 1000], ['chief/line.1/inner.1', 4000], ['chief/line.1', 4000]])
  turns(episode, ['chief', call('Agent', { sub_agent_name: 'line', message: 'again', sub_agent_id: 'chief/line.1' })])
  t.equal(episode.due.path, 'chief/line.1/reader.2', 'it begins anew')
  turns(episode, ['chief/line.1/reader.2', say('none')])
  t.match(JSON.parse(told(episode)[0]!), { sub_agent_id: 'chief/line.1', result: 'null' })
  turns(episode, ['chief', calls(['sub-agent-line', { message: 'third', sub_agent_id: 'chief/line.1' }])])
  t.match(told(episode)[0], /sent back 1 times/)
  t.same(Episode.restore(scenario, JSON.parse(JSON.stringify(episode.snapshot()))).last, episode.last)
})

t.test('a stopped child of a workflow gives what it says; its locks and those of frames that are ended are free', async (t) => {
  const scenario = teamOf({
    chief: { prompt: 'C', sub_agents: ['line'], storage: true },
    line: { workflow: { nodes: { one: { agent: 'holder', message: 'a', after: [] }, two: { agent: 'quick', message: 'b', after: [] }, stop: { end: { answer: 'two' }, after: ['two'] } } } },
    holder: { prompt: 'H', storage: true }, quick: { prompt: 'Q', tools: ['get_parcel'], limits: { turns: 1 } },
  })
  const episode = start(scenario)
  turns(episode, ['chief', call('sub-agent-line', { message: 'x' })], ['chief/line.1/holder.1', calls(['storage_lock', { keys: ['a', 'b'] }], ['wait', { ms: 5 }])], ['chief/line.1/quick.1', wait(1)])
  t.match(JSON.parse(told(episode)[0]!), { result: /used up its turns/ })
  turns(episode, ['chief', call('storage_set', { key: 'a', value: 1 })])
  t.match(JSON.parse(told(episode)[0]!), { key: 'a', version: 1 })
})

t.test('what only a model has is refused of a workflow', async (t) => {
  const line = { workflow: { nodes: { a: { agent: 'reader', message: 'x' } } } }
  for (const [part, value] of Object.entries({ limits: { ms: 5 }, tools: ['*'], storage: true, prompt: 'x', stop_tools: ['get_parcel'] })) t.throws(() => teamOf({ line: { ...line, [part]: value }, reader }), new RegExp(`a workflow has no ${part}`))
})

t.test('budgets stop a workflow wherever it is', async (t) => {
  const wide = flow({ list: { agent: 'reader', message: 'x' }, each: { map: { over: 'list', as: 'i', agent: 'packer', message: 'm' } } })
  for (const [budgets, stop] of [[{ frames: 10 }, 'frames_budget'], [{ concurrent_frames: 10 }, 'concurrent_frames_budget'], [{ depth: 0 }, 'depth_budget'], [{ turns: 3 }, 'turns_budget']] as const) {
    const episode = start(wide, { budgets })
    while (!episode.ended) episode.step(say('[1,2,3,4,5,6,7,8,9,10,11,12]'))
    t.equal(stopOf(episode), stop)
  }
  const tools = start(flow({ a: { tool: 'get_parcel', with: { id: "'P0'" }, retries: 20 }, b: { agent: 'reader', message: 'x' } }), { budgets: { calls: 5 } })
  t.match(tools.last, { truncated: true, info: { stop_reason: 'calls_budget' } }, 'before anybody was asked')
  const late = start(flow({ a: { tool: 'get_parcel', with: { id: "'P0'" }, retries: 20 }, b: { agent: 'reader', message: 'x' } }), { budgets: { virtual_ms: 60_000 } })
  t.equal(stopOf(late), 'time_budget')
})
