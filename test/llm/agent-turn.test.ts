/** An endpoint as a player: what it is asked, what becomes of its answers, good ones and broken ones. */
import t from 'tap'
import type { Message, ToolSchema } from '../../protocol/observation.ts'
import { askAgentTurn } from '../../src/llm/agent-turn.ts'
import { EndpointError, type EndpointFault } from '../../src/llm/endpoint.ts'
import { called, MISBEHAVIOURS, outsideOf, REAL, reply, startModel } from './model-under-test.ts'

const LONG = `sub-agent-${'x'.repeat(64)}`
const TOOLS: ToolSchema[] = [
  { name: 'get_parcel', description: 'Looks up one parcel.', input_schema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] } },
  { name: LONG, description: 'Calls another agent.', input_schema: {} },
]
const MESSAGES: Message[] = [
  { role: 'system', content: 'You look.' },
  { role: 'user', content: 'Look up P00001.' },
  { role: 'assistant', content: '', tool_calls: [{ id: 'c0', name: 'get_parcel', arguments: '{"id": "P00001"}' }, { id: 'c1', name: LONG, arguments: '{}' }] },
  { role: 'tool', tool_call_id: 'c0', name: 'get_parcel', content: 'No parcel P00001', is_error: true },
  { role: 'tool', tool_call_id: 'c1', name: LONG, content: '{}' },
  { role: 'assistant', content: 'Nothing there.' },
  { role: 'user', name: 'notification', content: 'A parcel came.' },
]
const QUESTION = { messages: MESSAGES, tools: TOOLS }

async function faultOf(asking: Promise<unknown>): Promise<EndpointFault | string> {
  try {
    await asking
    return 'answered'
  } catch (error) {
    return error instanceof EndpointError ? error.fault : String(error)
  }
}

t.test('the question has the shape that such endpoints know', async (t) => {
  const model = await startModel(t)
  await askAgentTurn(model.endpoint({ key: 'k-1' }), QUESTION, REAL)
  const [{ body, headers, url }] = model.asked as [(typeof model.asked)[0]]
  t.match({ url, authorization: headers.authorization }, { url: '/v1/chat/completions', authorization: 'Bearer k-1' })
  const short = body.tools[1].function.name as string
  t.match(short, /^sub-agent-x+_[0-9a-f]{8}$/)
  t.equal(short.length, 64, 'names that endpoints refuse are shortened')
  t.strictSame(body, {
    model: 'judge',
    messages: [
      { role: 'system', content: 'You look.' },
      { role: 'user', content: 'Look up P00001.' },
      { role: 'assistant', content: null, tool_calls: [called('get_parcel', '{"id": "P00001"}', 'c0'), called(short, '{}', 'c1')] },
      { role: 'tool', tool_call_id: 'c0', content: 'No parcel P00001' },
      { role: 'tool', tool_call_id: 'c1', content: '{}' },
      { role: 'assistant', content: 'Nothing there.' },
      { role: 'user', name: 'notification', content: 'A parcel came.' },
    ],
    tools: [
      { type: 'function', function: { name: 'get_parcel', description: 'Looks up one parcel.', parameters: TOOLS[0]!.input_schema } },
      { type: 'function', function: { name: short, description: 'Calls another agent.', parameters: { type: 'object', properties: {} } } },
    ],
  })
  model.behave((response) => reply(response, { role: 'assistant', content: null, tool_calls: [called(short, '{}')] }))
  t.same((await askAgentTurn(model.endpoint(), QUESTION, REAL)).tool_calls, [{ id: 'c1', name: LONG, arguments: '{}' }], 'and come back as they were')
  await askAgentTurn(model.endpoint(), { messages: MESSAGES.slice(0, 2), tools: [] }, REAL)
  t.notOk('tools' in model.asked[1]!.body, 'no empty list of tools')
})

t.test('an endpoint that refuses names of those who speak is asked without', async (t) => {
  const model = await startModel(t)
  model.behave((response, _asked, n) => (n === 0 ? void response.writeHead(422).end('extra inputs: name') : reply(response, { content: 'ok' })))
  t.same(await askAgentTurn(model.endpoint(), QUESTION, REAL), { content: 'ok' })
  t.same(model.asked[1]!.body.messages.at(-1), { role: 'user', content: '[notification]\nA parcel came.' })
  model.behave((response) => void response.writeHead(422).end('no'))
  t.equal(await faultOf(askAgentTurn(model.endpoint(), QUESTION, REAL)), 'status')
  t.equal(model.asked.length, 2)
  model.behave((response) => reply(response, { content: 'ok' }))
  await askAgentTurn(model.endpoint(), { messages: [{ role: 'user', name: 'the user!', content: 'hi' }], tools: [] }, REAL)
  t.same(model.asked[0]!.body.messages, [{ role: 'user', content: '[the user!]\nhi' }], 'a name that is none for them is never sent as one')
})

t.test('answers become actions, broken ones too', async (t) => {
  const model = await startModel(t)
  const many = Array.from({ length: 70 }, (_, i) => called('get_parcel', '{}', `c${i}`))
  const answers: [string, unknown, unknown, unknown?][] = [
    ['text', { role: 'assistant', content: 'Done.' }, { content: 'Done.' }],
    ['calls', { content: null, tool_calls: [called('get_parcel', '{"id": "P1"}')] }, { tool_calls: [{ id: 'c1', name: 'get_parcel', arguments: '{"id": "P1"}' }] }],
    ['both', { content: 'I look.', tool_calls: [called('get_parcel', '{}')] }, { content: 'I look.', tool_calls: [{ id: 'c1', name: 'get_parcel', arguments: '{}' }] }],
    ['usage', { content: 'a' }, { content: 'a', usage: { prompt_tokens: 12, completion_tokens: 3 } }, { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 }],
    ['half a usage', { content: 'a' }, { content: 'a', usage: { prompt_tokens: 12 } }, { prompt_tokens: 12, completion_tokens: -3 }],
    ['a usage that is none', { content: 'a' }, { content: 'a' }, 'many'],
    ['reasoning', { content: 'a', reasoning_content: 'because\ud800' }, { content: 'a', reasoning: 'because\ufffd' }],
    ['reasoning elsewhere', { content: 'a', reasoning_content: null, reasoning: 'because' }, { content: 'a', reasoning: 'because' }],
    ['a refusal', { content: null, refusal: 'I will not.' }, { content: 'I will not.' }],
    ['parts', { content: [{ type: 'thinking', thinking: [] }, { type: 'text', text: 'He' }, { type: 'text', text: 'llo' }, null] }, { content: 'Hello' }],
    ['nothing', { role: 'assistant', content: null, tool_calls: null }, { content: '' }],
    ['less than nothing', { role: 'assistant' }, { content: '' }],
    ['strange content', { content: 42 }, { content: 42 }],
    ['broken arguments', { content: '', tool_calls: [called('get_parcel', '{"id": ')] }, { tool_calls: [{ id: 'c1', name: 'get_parcel', arguments: '{"id": ' }] }],
    ['arguments as an object', { tool_calls: [called('get_parcel', { id: 1 })] }, { tool_calls: [{ id: 'c1', name: 'get_parcel', arguments: { id: 1 } }] }],
    ['an unknown tool, no id', { tool_calls: [called('get_parsel', '', '')] }, { tool_calls: [{ name: 'get_parsel', arguments: '' }] }],
    ['calls that are none', { tool_calls: ['get', null, [], {}, { function: 7 }, { id: 5, function: { name: 3, arguments: null } }] }, { tool_calls: ['get', null, [], {}, {}, { name: 3 }] }],
    ['one call without a list', { content: null, tool_calls: { name: 'get' } }, { tool_calls: [{ name: 'get' }] }],
    ['too many calls', { tool_calls: many }, { tool_calls: many.slice(0, 64).map((_, i) => ({ id: `c${i}`, name: 'get_parcel', arguments: '{}' })) }],
  ]
  for (const [what, message, action, usage] of answers) {
    model.behave((response) => reply(response, message, usage))
    t.strictSame(await askAgentTurn(model.endpoint(), QUESTION, REAL), action, what)
  }
  model.behave((response) => reply(response, { text: 'hello' }))
  t.equal(await faultOf(askAgentTurn(model.endpoint(), QUESTION, REAL)), 'not_an_answer', 'a message of nobody')
})

t.test('endpoints that misbehave give an error in time', async (t) => {
  const model = await startModel(t)
  for (const [name, [behaviour, fault]] of Object.entries(MISBEHAVIOURS)) {
    model.behave(behaviour)
    t.equal(await faultOf(askAgentTurn(model.endpoint({ timeoutMs: 300, retries: 0 }), QUESTION, REAL)), fault, name)
  }
  const pauses: number[] = []
  model.behave((response, _asked, n) => (n === 0 ? void response.writeHead(429, { 'retry-after': '2' }).end() : n === 1 ? void response.writeHead(500).end() : reply(response, { content: 'at last' })))
  t.same(await askAgentTurn(model.endpoint({ timeoutMs: 500_000 }), QUESTION, outsideOf(pauses)), { content: 'at last' })
  t.same(pauses.filter((ms) => ms !== 500_000), [2000, 1000])
  model.behave((response) => void response.writeHead(500).end('broken'))
  t.equal(await faultOf(askAgentTurn(model.endpoint({ timeoutMs: 500_000 }), QUESTION, outsideOf())), 'status')
  t.equal(model.asked.length, 3, 'so often and no more')
})

t.test('who goes away does not wait, neither for an answer nor for the next try', async (t) => {
  const model = await startModel(t)
  const gone = new AbortController()
  model.behave(() => gone.abort())
  t.equal(await faultOf(askAgentTurn(model.endpoint({ timeoutMs: 60_000 }), QUESTION, REAL, gone.signal)), 'abandoned')
  t.equal(model.asked.length, 1)
  t.equal(await faultOf(askAgentTurn(model.endpoint(), QUESTION, REAL, gone.signal)), 'abandoned')
  t.equal(model.asked.length, 1, 'and is not asked for')
  const later = new AbortController()
  model.behave((response) => {
    response.writeHead(503, { 'retry-after': '20' }).end()
    setTimeout(() => later.abort(), 50)
  })
  t.equal(await faultOf(askAgentTurn(model.endpoint({ timeoutMs: 60_000 }), QUESTION, REAL, later.signal)), 'abandoned')
  t.equal(model.asked.length, 1)
})
