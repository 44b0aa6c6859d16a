/** What reaches an episode over MCP oddly: calls that cannot be read, names that schemas lose, news under every address, requests that break off. */
import type { StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { once } from 'node:events'
import { connect as dial } from 'node:net'
import t from 'tap'
import { z } from 'zod'
import { Session } from '../../src/server/session.ts'
import type { StepResult } from '../../protocol/methods.ts'
import { answerOf } from '../../src/server/mcp/call-answer.ts'
import { McpEndpoint } from '../../src/server/mcp/mcp-endpoint.ts'
import { shippedCatalogue } from '../checkout.ts'
import { ADMIN, ANYBODY, ask, openGym } from './gym-under-test.ts'
import { call, mcpHouse, type McpHouse, type Mode, MODERN, textOf } from './mcp-house.ts'

const BOTH: readonly Mode[] = ['legacy', { pin: MODERN }]

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const began = performance.now(); !holds();) {
    if (performance.now() - began > 10_000) throw new Error(`not in time: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function openShop({ gym }: McpHouse): string {
  return ask(new Session(gym, ANYBODY), 'env/reset', { scenario: 'shop', seed: 3, task: 'order_total' }).episode
}

/** A call as text, with arguments that no client of the SDK would send. */
async function callRaw(home: McpHouse, id: string, name: string, args: string): Promise<any> {
  const response = await fetch(new URL(`/mcp/${id}`, home.origin), {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/call', 'mcp-name': name },
    body: `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"${name}","arguments":${args},"_meta":{"io.modelcontextprotocol/protocolVersion":"${MODERN}","io.modelcontextprotocol/clientCapabilities":{}}}}`,
  })
  const text = await response.text()
  return JSON.parse(text.startsWith('{') ? text : text.slice(text.indexOf('data: ') + 6))
}

t.test('a call that cannot be read, or holds a name that schemas lose, is an error that the model sees, and the same step as over the WebSocket', async (t) => {
  const home = await mcpHouse(t)
  for (const [name, args] of [['get_order', '{"order_id":1e400}'], ['get_order', '{"order_id":"\\ud800"}'], ['wait', '{"ms":9007199254740993}'], ['finish', '{"answer":1e999}'], ['get_order', '{"order_id":"W1","__proto__":{"a":1}}'], ['wait', '{"ms":1,"__proto__":2}']] as const) {
    const [id, beside] = [openShop(home), openShop(home)]
    const { result } = await callRaw(home, id, name, args)
    t.equal(result.isError, true, `${name} ${args}`)
    t.equal(result.structuredContent, undefined, 'what failed has no result')
    t.match(textOf(result), args.includes('__proto__') ? /__proto__: unknown argument/ : /^Malformed tool call/)
    ask(new Session(home.gym, ANYBODY), 'env/step', { episode: beside, action: { tool_calls: [{ name, arguments: JSON.parse(args) }] } })
    t.equal(ask(new Session(home.gym, ADMIN), 'env/state', { episode: id }).hash, ask(new Session(home.gym, ADMIN), 'env/state', { episode: beside }).hash)
  }
})

t.test('where messages take the place of earlier ones, the answer is that of the last call', (t) => {
  const tool = (id: string, content: string, more: object = {}) => ({ role: 'tool' as const, tool_call_id: id, name: 'look', content, ...more })
  const observation = {
    frame: 'clerk', agent: 'clerk', depth: 0, clock_ms: 5, budgets: {}, waiting: [], segment: 2,
    messages: [{ role: 'system' as const, content: 'Be brief.' }, tool('call_3_0', 'an old error', { is_error: true }), tool('call_4_0', 'what is there now')],
  }
  const answer = answerOf('a'.repeat(32), { observation, reward: 0, terminated: false, truncated: false, seq: 5, info: {} } as unknown as StepResult, { name: 'look', isWorlds: true })
  t.match(answer, { content: [{ text: 'what is there now' }, { text: /takes the place/ }, { text: /Be brief/ }, { text: /an old error/ }] })
  t.notOk(answer.isError)
  t.end()
})

t.test('wrong parameters are said to be wrong, and by name', async (t) => {
  const home = await mcpHouse(t)
  for (const mode of BOTH) {
    const client = await home.connect(`/mcp/${openShop(home)}`, mode)
    const refused = (method: string, params: Record<string, unknown>) => client.request({ method, params }, z.unknown()).then(() => undefined, (error: unknown) => error)
    t.match(await refused('resources/read', {}), { code: -32602 })
    t.match(await refused('prompts/get', { name: 5 }), { code: -32602 })
    if (mode === 'legacy') t.match(await refused('logging/setLevel', { level: 'loud' }), { code: -32602, message: /^params\.level: /, data: { code: 'GYM_INVALID_PARAMS', path: 'params.level' } })
    t.match(await refused('tools/call', { name: 'x'.repeat(10_000), arguments: {} }), { code: -32602, message: /^.{0,300}$/ })
  }
  const talk = await mcpHouse(t, { catalogue: shippedCatalogue() })
  const client = await talk.connect('/mcp?scenario=phone&seed=3')
  for (const args of [{}, { text: 5 }, { text: '\ud800' }, { text: 'x', more: 1 }]) t.match(await call(client, 'say', args), { isError: true })
})

t.test('news of a resource comes under the address that was asked for, a thousand addresses at most', async (t) => {
  const home = await mcpHouse(t)
  const wanted = ['state', 'transcript', 'verdict'].map((name) => `gym://episode/current/${name}`)
  for (const mode of BOTH) {
    const client = await home.connect(`/mcp/${openShop(home)}`, mode)
    const news = new Set<string>()
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => { news.add(params.uri) })
    if (mode === 'legacy') for (const uri of wanted) await client.subscribeResource({ uri })
    else await client.listen({ resourceSubscriptions: wanted })
    await call(client, 'wait', { ms: 1 })
    await until('two of them', () => news.size === 2)
    await call(client, 'finish', { answer: 1 })
    await until('all of them', () => news.size === 3)
  }
  const client = await home.connect('/mcp')
  await Promise.all(Array.from({ length: 999 }, (_, i) => client.subscribeResource({ uri: `gym://${i}` })))
  const news: string[] = []
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => { news.push(params.uri) })
  await client.subscribeResource({ uri: wanted[2]! })
  await t.rejects(client.subscribeResource({ uri: 'gym://one-more' }), { code: -32602 })
  await call(client, 'start_episode', { scenario: 'shop', seed: 3, task: 'order_total' })
  await call(client, 'finish', { answer: 1 })
  await until('the verdict of the episode that the lobby started', () => news.length === 1)
})

t.test('the transcript is numbered so that nothing which was left out shows', async (t) => {
  const home = await mcpHouse(t)
  /** Whether the write happens later or never, what the player sees is the same. */
  const seen = async (kind: Record<string, unknown>) => {
    const options = { dynamics: { profile: 'clean', add: [{ id: 'lost', match: { tools: ['add_note'] }, deadline_ms: 1000, ...kind }] } }
    const { episode, observation } = ask(new Session(home.gym, ANYBODY), 'env/reset', { scenario: 'shop', seed: 3, options })
    const client = await home.connect(`/mcp/${episode}`)
    const [order_id] = /W\d{5}/.exec(observation.messages.at(-1).content)!
    await call(client, 'add_note', { order_id, text: 'x' })
    await call(client, 'wait', { ms: 60_000 })
    await call(client, 'wait', { ms: 1 })
    const { contents: [log] } = await client.readResource({ uri: 'gym://episode/current/transcript' })
    return { hidden: ask(new Session(home.gym, ADMIN), 'trajectory/get', { episode }).trajectory.events.length, log: (log as { text: string }).text }
  }
  const late = await seen({ kind: 'timeout.post_commit', commit_delay: { ms: 5000 } })
  const never = await seen({ kind: 'timeout.pre_commit' })
  t.ok(late.hidden > never.hidden, 'something happened that the player was not told')
  t.equal(late.log, never.log)
  t.same((JSON.parse(late.log) as { index: number }[]).map(({ index }) => index), [0, 1, 2, 3, 4, 5, 6])
})

t.test('lists are one page: a cursor was given to nobody', async (t) => {
  const home = await mcpHouse(t)
  for (const mode of BOTH) {
    const client = await home.connect(`/mcp/${openShop(home)}`, mode)
    for (const method of ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'] as const) await t.rejects(client.request({ method, params: { cursor: 'x' } }), { code: -32602 }, method)
  }
})

t.test('an array of messages is answered one after another, as far as the answers are read', async (t) => {
  const gym = openGym({})
  const endpoint = new McpEndpoint(gym)
  t.teardown(() => endpoint.close())
  const send = (body: unknown, headers: Record<string, string> = {}) => endpoint.fetch(new Request('http://localhost/mcp?scenario=shop&seed=3', { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers }, body: JSON.stringify(body) }), ANYBODY)
  const begun = await send({ jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'raw', version: '0' } } })
  const session = { 'mcp-session-id': begun.headers.get('mcp-session-id')! }
  const [, id] = /episode\/(\w{32})/.exec(await (await send({ jsonrpc: '2.0', id: 1, method: 'resources/list' }, session)).text())!
  const wait = (at: number) => ({ jsonrpc: '2.0', id: at, method: 'tools/call', params: { name: 'wait', arguments: { ms: at } } })
  const news = { jsonrpc: '2.0', method: 'notifications/initialized' }
  const seq = () => gym.episodes.use(id!).episode.seq

  const response = await send([wait(1), news, wait(2), { jsonrpc: '2.0', id: 3, method: 'nothing' }, wait(2)], session)
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  t.match((await reader.read()).value, /"clock_ms":1,/)
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.ok(seq() <= 2, 'what is not read waits')
  let rest = ''
  for (let part = await reader.read(); !part.done; part = await reader.read()) rest += part.value
  t.same(rest.match(/"id":\d/g), ['"id":2', '"id":3', '"id":2'], 'all are answered, whatever their ids')
  t.equal(seq(), 3)

  const broken = await send([wait(1), wait(1), wait(1), wait(1)], session)
  const first = broken.body!.getReader()
  await first.read()
  await first.cancel()
  t.equal(seq(), 4, 'who goes away has nothing done for it any more')
  t.equal((await send([news, news], session)).status, 202)
  t.equal((await send([wait(1), { nothing: 1 }], session)).status, 400)
  t.equal((await send(Array.from({ length: 101 }, () => wait(1)), session)).status, 400)
  t.equal((await send([wait(1), wait(1)], { ...session, accept: 'text/html' })).status, 406)
  t.equal(seq(), 4)
})

t.test('an episode that was played to its end outlives the session that opened it', async (t) => {
  const home = await mcpHouse(t)
  const client = await home.connect('/mcp?scenario=shop&seed=3&task=order_total')
  const { contents: [state] } = await client.readResource({ uri: 'gym://episode/current/state' })
  const { episode } = JSON.parse((state as { text: string }).text) as { episode: string }
  await call(client, 'finish', { answer: 1 })
  await (client.transport as StreamableHTTPClientTransport).terminateSession()
  await until('the session is gone', () => home.gym.tally.mcpSessions === 0)
  const { contents: [verdict] } = await (await home.connect(`/mcp/${episode}`)).readResource({ uri: `gym://episode/${episode}/verdict` })
  t.match(JSON.parse((verdict as { text: string }).text), { reward: 0, success: false })
})

t.test('an episode is started once for one request_key', async (t) => {
  const home = await mcpHouse(t)
  const client = await home.connect('/mcp', { pin: MODERN })
  const start = async (seed: number) => call(client, 'start_episode', { scenario: 'shop', seed, request_key: 'mine' })
  const [{ structuredContent: one }, { structuredContent: other }] = [await start(3), await start(3)]
  t.equal((one as { episode: string }).episode, (other as { episode: string }).episode)
  t.equal(home.gym.episodes.size, 1)
  t.match(await start(4), { isError: true, content: [{ text: /request_key/ }] })
})

t.test('a page of an allowed origin may send and read, any other may not', async (t) => {
  const home = await mcpHouse(t, {}, { origins: ['https://page.example'], tokens: ['a-token-of-somebody'] })
  const asked = (origin: string) => fetch(new URL('/mcp', home.origin), { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type,mcp-session-id' } })
  const leave = await asked('https://page.example')
  t.equal(leave.status, 204, 'a browser asks without the token')
  t.match(Object.fromEntries(leave.headers), { 'access-control-allow-origin': 'https://page.example', 'access-control-allow-headers': 'authorization,content-type,mcp-session-id', 'access-control-allow-methods': /POST.*DELETE/, vary: 'origin' })
  t.equal((await asked('https://evil.example')).status, 403)
  const send = (headers: Record<string, string>) => fetch(new URL('/mcp?scenario=shop&seed=3', home.origin), {
    method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', authorization: 'Bearer a-token-of-somebody', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'page', version: '0' } } }),
  })
  const begun = await send({ origin: 'https://page.example' })
  t.match(Object.fromEntries(begun.headers), { 'access-control-allow-origin': 'https://page.example', 'access-control-expose-headers': /mcp-session-id/, 'mcp-session-id': /./ })
  t.match(Object.fromEntries((await send({ origin: 'https://page.example', authorization: 'Bearer wrong' })).headers), { 'access-control-allow-origin': 'https://page.example', 'www-authenticate': 'Bearer' }, 'it can read why it was refused')
  const without = await send({})
  t.equal(without.headers.get('access-control-allow-origin'), null)
  t.equal((await send({ origin: 'https://evil.example' })).headers.get('access-control-allow-origin'), null)
})

t.test('who breaks off in the midst of a request is no incident', async (t) => {
  const home = await mcpHouse(t)
  const { port } = new URL(home.origin)
  for (const rest of ['', '{"jsonrpc":']) {
    const socket = dial(Number(port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write(`POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n${rest}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
  }
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.same(home.gym.incidents, [])
  t.equal(home.server.app.server.requestTimeout, 120_000, 'and half a request is not waited for without end')
})
