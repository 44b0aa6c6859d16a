/** What reaches an episode over MCP oddly: calls that cannot be read, names that a schema loses, news under every address, requests that break off. */
import { once } from 'node:events'
import { connect as dial } from 'node:net'
import t from 'tap'
import { Session } from '../../src/server/session.ts'
import { ADMIN, ANYBODY, ask } from './gym-under-test.ts'
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

t.test('a call that cannot be read is an error that the model sees, and the same step as over the WebSocket', async (t) => {
  const home = await mcpHouse(t)
  for (const [name, args] of [['get_order', '{"order_id":1e400}'], ['get_order', '{"order_id":"\\ud800"}'], ['wait', '{"ms":9007199254740993}'], ['finish', '{"answer":1e999}']] as const) {
    const [id, beside] = [openShop(home), openShop(home)]
    const { result } = await callRaw(home, id, name, args)
    t.equal(result.isError, true, `${name} ${args}`)
    t.equal(result.structuredContent, undefined, 'what failed has no result')
    t.match(textOf(result), /^Malformed tool call/)
    ask(new Session(home.gym, ANYBODY), 'env/step', { episode: beside, action: { tool_calls: [{ name, arguments: JSON.parse(args) }] } })
    t.equal(ask(new Session(home.gym, ADMIN), 'env/state', { episode: id }).hash, ask(new Session(home.gym, ADMIN), 'env/state', { episode: beside }).hash)
  }
})

t.test('an argument that the schemas of the SDK would lose is refused, not left out', async (t) => {
  const home = await mcpHouse(t)
  const id = openShop(home)
  t.match(await callRaw(home, id, 'get_order', '{"order_id":"W1","__proto__":{"a":1}}'), { id: 7, error: { code: -32602, data: { code: 'GYM_INVALID_PARAMS', path: 'params.arguments.__proto__' } } })
  t.equal(home.gym.episodes.use(id).episode.seq, 0, 'no step was taken')
  t.match(await callRaw(home, id, 'get_order', '{"order_id":{"__proto__":1}}'), { result: { isError: true } }, 'further in they are kept')
})

t.test('news of a resource comes under the address that was asked for; what does not exist is no address', async (t) => {
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
    if (mode === 'legacy') await t.rejects(client.subscribeResource({ uri: 'gym://episode/current/verdit' }), { code: -32602 })
  }
  const client = await home.connect('/mcp')
  const news: string[] = []
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => { news.push(params.uri) })
  await client.subscribeResource({ uri: wanted[2]! })
  await call(client, 'start_episode', { scenario: 'shop', seed: 3, task: 'order_total' })
  await call(client, 'finish', { answer: 1 })
  await until('the verdict of the episode that the lobby started', () => news.length === 1)
})

t.test('lists are one page: a cursor was given to nobody', async (t) => {
  const home = await mcpHouse(t)
  for (const mode of BOTH) {
    const client = await home.connect(`/mcp/${openShop(home)}`, mode)
    for (const method of ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'] as const) await t.rejects(client.request({ method, params: { cursor: 'x' } }), { code: -32602 }, method)
  }
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
})
