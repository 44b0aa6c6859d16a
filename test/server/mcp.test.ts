/** MCP as a protocol: tools, results and errors, news, prompts and resources, sessions, the lobby, and what can be sent wrongly. */
import { readFileSync } from 'node:fs'
import { request as rawRequest } from 'node:http'
import t from 'tap'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { Episode } from '../../src/episode/episode.ts'
import { createPolicy } from '../../src/policy/builtin.ts'
import { McpEndpoint } from '../../src/server/mcp/mcp-endpoint.ts'
import { McpHost } from '../../src/server/mcp/mcp-host.ts'
import { Session } from '../../src/server/session.ts'
import { databasePath, openDatabase } from '../../src/store/database.ts'
import { SqliteJournals } from '../../src/store/sqlite-journals.ts'
import { shippedCatalogue, shippedFiles } from '../checkout.ts'
import fc from '../property.ts'
import { ADMIN, ANYBODY, ask, HandClock, openGym, shopCatalogue, type TestGym } from './gym-under-test.ts'
import { asCall, call, mcpHouse, type McpHouse, type Mode, MODERN, textOf } from './mcp-house.ts'

const BOTH: readonly Mode[] = ['legacy', { pin: MODERN }]
const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

function openShop(gym: TestGym, seed = 3): { id: string; order: string } {
  const reset = ask(new Session(gym, ANYBODY), 'env/reset', { scenario: 'shop', seed, task: 'order_total' })
  return { id: reset.episode, order: /W\d{5}/.exec(reset.observation.messages.at(-1).content)![0] }
}

async function refusalOf(promise: Promise<unknown>): Promise<{ code: number; message: string; data: Record<string, unknown> }> {
  try {
    await promise
  } catch (error) {
    return error as { code: number; message: string; data: Record<string, unknown> }
  }
  throw new Error('was not refused')
}

function post(home: McpHouse, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(new URL(path, home.origin), { method: 'POST', headers: { ...HEADERS, ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) })
}

const initialize = (id = 1) => ({ jsonrpc: '2.0', id, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '0' } } })

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const began = performance.now(); !holds();) {
    if (performance.now() - began > 10_000) throw new Error(`not in time: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

t.test('tools say what they do, results are results, and only protocol mistakes are errors', async (t) => {
  const home = await mcpHouse(t)
  for (const mode of BOTH) {
    const { id, order } = openShop(home.gym)
    const client = await home.connect(`/mcp/${id}`, mode)
    t.match(client.getInstructions(), /You are the clerk[\s\S]*What is the total/)
    const { tools } = await client.listTools()
    t.same(tools.map(({ name }) => name), ['add_note', 'get_order', 'finish', 'report_unable', 'wait'], 'nobody is there to be told something')
    t.match(tools[0], { inputSchema: { type: 'object', required: ['order_id', 'text'] }, annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false } })
    t.match(tools[1], { annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true } })
    t.equal(tools[1]!.outputSchema, undefined, 'a world declares no results')
    t.match(tools[2], { outputSchema: { type: 'object', required: ['ended', 'reason', 'reward', 'success'] } })

    const found = await call(client, 'get_order', { order_id: order })
    t.notOk(found.isError)
    const { total } = JSON.parse(textOf(found)) as { total: number }
    for (const args of [{}, { order_id: 5, more: true }, { order_id: 'W00000' }]) t.equal((await call(client, 'get_order', args)).isError, true, 'the model has to see it')
    t.match(await refusalOf(call(client, 'get_ordr', {})), { code: -32602, message: /Unknown tool: get_ordr; did you mean get_order/, data: { nearest: 'get_order' } })
    t.match(await refusalOf(client.getPrompt({ name: 'tsk' })), { code: -32602 })
    t.match(await refusalOf(client.readResource({ uri: 'gym://episode/current/rules' })), { code: -32602 }, 'the shop has no rules')

    const verdict = `gym://episode/${id}/verdict`
    t.match(await refusalOf(client.readResource({ uri: verdict })), { code: -32602, message: /goes on/ })
    t.match((await call(client, 'wait', { ms: 250 })).structuredContent, { ended: false, clock_ms: 450 })
    const { contents: [state] } = await client.readResource({ uri: `gym://episode/${id}/state` })
    t.match(JSON.parse((state as { text: string }).text), { episode: id, scenario: 'shop', task: 'order_total', seed: 3, seq: 5, frame: 'clerk', clock_ms: 450, ended: false })
    const end = await call(client, 'finish', { answer: total })
    t.match(end, { structuredContent: { ended: true, reason: 'finished', reward: 1, success: true } })
    t.match(textOf(end), /The episode has ended \(finished\)\. Reward 1, success/)
    t.match(JSON.parse(((await client.readResource({ uri: verdict })).contents[0] as { text: string }).text), { reward: 1, success: true, reason: 'finished', verdict: { gates: { answer: true } } })
    t.match(await call(client, 'get_order', { order_id: order }), { isError: true, content: [{ text: /has ended.*verdict/ }] })
    const { contents: [log] } = await client.readResource({ uri: 'gym://episode/current/transcript' })
    const events = JSON.parse((log as { text: string }).text) as { type: string }[]
    t.same([...new Set(events.map(({ type }) => type))], ['reset', 'turn', 'call', 'end'])
    t.notMatch(JSON.stringify(events[0]), /luck|dynamics/, 'not even under what dynamics')
    t.notMatch(JSON.stringify(log), /\\"(applications|expected|faults|changes)\\"/, 'nothing private')
  }
  t.same(home.gym.incidents, [])
})

t.test('an admin token shows the player no more', async (t) => {
  const home = await mcpHouse(t)
  const { id } = openShop(home.gym)
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'finish', arguments: { answer: 1 }, _meta: { 'io.modelcontextprotocol/protocolVersion': MODERN, 'io.modelcontextprotocol/clientCapabilities': {} } } }
  const text = await (await post(home, `/mcp/${id}`, body, { authorization: 'Bearer the-admin-token-of-this-test', 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/call', 'mcp-name': 'finish' })).text()
  t.match(text, /no success/)
  t.notMatch(text, /expected/)
})

t.test('a number makes a call idempotent', async (t) => {
  const home = await mcpHouse(t)
  const { id, order } = openShop(home.gym)
  const client = await home.connect(`/mcp/${id}`, { pin: MODERN })
  const look = (seq: unknown, name = 'get_order') => call(client, name, { order_id: order }, { 'fractal-gym/seq': seq })
  const one = await look(1)
  await look(2)
  const without = ({ content, isError }: typeof one) => ({ content, isError })
  t.same(without(await look(1)), without(one), 'the same answer')
  t.equal(home.gym.episodes.use(id).episode.seq, 2, 'and nothing happened')
  t.match(await refusalOf(look(1, 'add_note')), { code: -32602, data: { code: 'GYM_SEQ_CONFLICT', expected: 3 } })
  t.match(await refusalOf(look(9)), { code: -32602, data: { code: 'GYM_SEQ_GAP', expected: 3 } })
  for (const wrong of [0, 1.5, 'one']) t.match(await refusalOf(look(wrong)), { code: -32602, data: { path: '_meta.fractal-gym/seq' } })
  const end = await call(client, 'finish', { answer: 1 }, { 'fractal-gym/seq': 3 })
  t.same(without(await call(client, 'finish', { answer: 1 }, { 'fractal-gym/seq': 3 })), without(end), 'after the end too')
})

t.test('concurrent calls are taken in the order in which they came; progress, debug messages and cancellation', async (t) => {
  const home = await mcpHouse(t)
  for (const mode of BOTH) {
    const { id, order } = openShop(home.gym)
    const client = await home.connect(`/mcp/${id}`, mode)
    const progress: unknown[] = []
    const logs: unknown[] = []
    client.setNotificationHandler('notifications/message', ({ params }) => { logs.push(params.data) })
    await client.callTool({ name: 'get_order', arguments: { order_id: order } }, { onprogress: (at) => progress.push(at) })
    t.same(progress, [{ progress: 0, total: 100, message: 'called at 0 virtual ms' }, { progress: 50, total: 100, message: '50 virtual ms have passed' }, { progress: 100, total: 100, message: 'answered after 100 virtual ms' }])
    t.same(logs, [], 'who did not ask is sent none')
    if (mode === 'legacy') {
      await client.setLoggingLevel('debug')
      await call(client, 'get_order', { order_id: order })
      await until('messages', () => logs.length >= 3)
      t.match(logs[0], /step 2: get_order called at 100 virtual ms/)
    }
    const before = home.gym.episodes.use(id).episode.seq
    await Promise.all([1, 2, 3, 4, 5].map((ms) => call(client, 'wait', { ms })))
    const kept = home.gym.episodes.use(id).episode.snapshot().journal.slice(before) as { action: { tool_calls: [{ arguments: { ms: number } }] } }[]
    if (mode === 'legacy') t.same(kept.map(({ action }) => action.tool_calls[0].arguments.ms), [1, 2, 3, 4, 5])
    else t.equal(kept.length, 5, 'requests that stand alone come by connections of their own')

    // What waits behind others and is cancelled, never happens.
    const gone = new AbortController()
    let free = (): void => {}
    const step = home.gym.episodes.use(id).episode.seq
    const slow = new Promise<void>((resolve) => { free = resolve })
    const host = new McpHost(home.gym)
    const surface = host.surfaceOf(id, ANYBODY)
    const first = host.deskOf(id).inTurn(() => slow)
    const second = surface.call('wait', { ms: 5 }, { signal: gone.signal, seq: undefined, progress: undefined, log: async () => {}, origin: undefined })
    gone.abort()
    free()
    await first
    t.match(await refusalOf(second), { message: /cancelled before it began/ })
    t.equal(home.gym.episodes.use(id).episode.seq, step)
  }
})

t.test('tools that change are told to who listens; what changed unannounced is found out', async (t) => {
  const { catalogue, complaints } = compileCatalogue([...shippedFiles().filter(({ file }) => file.includes('dynamics')), { file: 'shop.yaml', text: readFileSync(new URL('../fixtures/mcp-conformance.yaml', import.meta.url), 'utf8') }])
  t.same(complaints, [])
  const home = await mcpHouse(t, { catalogue })
  for (const mode of BOTH) {
    const { episode } = ask(new Session(home.gym, ANYBODY), 'env/reset', { scenario: 'mcp-conformance', seed: 1 })
    const client = await home.connect(`/mcp/${episode}`, mode)
    const news: string[] = []
    client.setNotificationHandler('notifications/tools/list_changed', () => { news.push('tools') })
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => { news.push(params.uri) })
    const verdict = `gym://episode/${episode}/verdict`
    if (mode === 'legacy') await client.subscribeResource({ uri: verdict })
    else await client.listen({ toolsListChanged: true, resourceSubscriptions: [verdict] })
    const names = async () => (await client.listTools()).tools.map(({ name }) => name)
    t.notOk((await names()).includes('appears'))
    await call(client, 'test_trigger_tool_change')
    await until('news of tools', () => news.includes('tools'))
    t.ok((await names()).includes('appears'))
    t.match((await client.listResources()).resources.map(({ name }) => name), ['instruction', 'rules', 'state', 'transcript', 'verdict'])
    t.equal(((await client.readResource({ uri: 'gym://episode/current/rules' })).contents[0] as { text: string }).text, 'Be honest.')
    await call(client, 'finish')
    await until('news of the verdict', () => news.includes(verdict))
  }

  const drifted = { dynamics: { profile: 'clean', add: [
    { id: 'quiet', kind: 'tools.list_changed', match: { tools: ['test_simple_text'] }, when: { window: { from_ms: 50 } }, suffix: 'v2', decoys: 2 },
  ] } }
  const { episode } = ask(new Session(home.gym, ANYBODY), 'env/reset', { scenario: 'mcp-conformance', seed: 1, options: drifted })
  const client = await home.connect(`/mcp/${episode}`)
  const before = await client.listTools()
  await call(client, 'wait', { ms: 60 })
  t.same((await client.listTools()).tools, before.tools, 'nobody was told')
  t.match(await call(client, 'test_simple_text'), { isError: true })
  t.match(textOf(await call(client, 'test_simple_text_v2')), /simple text response/, 'but it is there')
  t.match(await refusalOf(call(client, 'test_simple_text_v3')), { code: -32602 })

  const { episode: late } = ask(new Session(home.gym, ANYBODY), 'env/reset', { scenario: 'mcp-conformance', seed: 1, options: { dynamics: { profile: 'clean', add: [
    { id: 'open', kind: 'tools.list_changed', match: { tools: ['test_simple_text'] }, when: { window: { from_ms: 0 } }, suffix: 'v2', decoys: 2, announced: true },
  ] } } })
  const { tools } = await (await home.connect(`/mcp/${late}`)).listTools()
  const hints = tools.filter(({ name }) => name.startsWith('test_simple_text')).map(({ annotations }) => annotations)
  t.equal(hints.length, 3, 'the live one, the old name and a dead one')
  for (const one of hints) t.same(one, { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }, 'their hints do not tell them apart')
})

t.test('a user to talk to: say', async (t) => {
  const catalogue = shippedCatalogue()
  const home = await mcpHouse(t, { catalogue })
  const client = await home.connect('/mcp?scenario=phone&seed=3')
  const { tools } = await client.listTools()
  t.match(tools.at(-1), { name: 'say', inputSchema: { required: ['text'] } })
  t.match(textOf(await call(client, 'say', { text: 'How can I help?' })), /^User: /)
  t.match(await call(client, 'say', { txt: 'How can I help?' }), { isError: true })
  const one = await call(client, 'say', { text: 'And then?' }, { 'fractal-gym/seq': 2 })
  t.same((await call(client, 'say', { text: 'And then?' }, { 'fractal-gym/seq': 2 })).content, one.content, 'said once')
})

t.test('a team: the tools of whoever acts, and what it gives to the one above', async (t) => {
  const catalogue = shippedCatalogue()
  const home = await mcpHouse(t, { catalogue })
  const client = await home.connect('/mcp?scenario=support-team&seed=2&learner=all')
  const twin = Episode.start(catalogue.find('support-team')!, { seed: 2, options: { learner: 'all' } })
  const policy = createPolicy('oracle', twin)!
  let heard = 0
  while (!twin.ended) {
    const names = twin.listed.map(({ schema: { name } }) => name)
    const { tools } = await client.listTools()
    t.same(tools.map(({ name }) => name).filter((name) => name !== 'say'), names)
    const { name, args, action } = asCall(policy.act(twin.observation))
    if (name === 'say') heard += 1
    twin.step(action)
    const answer = await call(client, name, args)
    if (!twin.ended) t.match(textOf(answer), `You act as ${twin.due.agent}.`)
  }
  t.ok(heard > 0, 'agents below gave their results')
})

t.test('sessions: unguessable, of one caller, gone when they are told to be, and with their episode', async (t) => {
  const home = await mcpHouse(t, { idleMs: 1000 }, { tokens: ['token-of-somebody', 'token-of-another'] })
  const mine = { authorization: 'Bearer token-of-somebody' }
  const begin = await post(home, '/mcp?scenario=shop&seed=3', initialize(), mine)
  t.equal(begin.status, 200)
  const id = begin.headers.get('mcp-session-id')!
  t.ok(id.length >= 32)
  await begin.text()
  const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
  const within = (session: string, headers: Record<string, string> = mine) => post(home, '/mcp?scenario=shop&seed=3', list, { ...headers, 'mcp-session-id': session })
  t.equal((await within(id)).status, 200)
  t.equal((await within(id, { authorization: 'Bearer token-of-another' })).status, 404, 'nobody else has it')
  t.equal((await within(id, {})).status, 401)
  t.equal((await within('x'.repeat(32))).status, 404)
  t.equal((await post(home, '/mcp?scenario=shop&seed=3', list, mine)).status, 400, 'a session has to begin')
  t.equal(home.gym.episodes.size, 1)
  t.equal((await fetch(new URL('/mcp', home.origin), { method: 'DELETE', headers: { ...mine, 'mcp-session-id': id } })).status, 200)
  t.equal((await within(id)).status, 404)
  await until('its episode is closed', () => home.gym.episodes.size === 0)

  const again = await post(home, '/mcp?scenario=shop&seed=3', initialize(), mine)
  await again.text()
  home.gym.clock.time += 5000
  home.gym.reap()
  t.equal(home.gym.episodes.size, 0, 'nobody used it')
  t.equal((await within(again.headers.get('mcp-session-id')!)).status, 404, 'a session ends with its episode')

  const wrong = await post(home, '/mcp?scenario=shop&seed=3', initialize(), { ...mine, accept: 'text/html' })
  t.equal(wrong.status, 406)
  t.equal(home.gym.episodes.size, 0, 'what was no beginning leaves no episode')
  t.equal((await post(home, '/mcp', initialize(), { ...mine, origin: 'https://evil.example' })).status, 403)
  const named = (host: string) => new Promise((resolve) => {
    const { port } = new URL(home.origin)
    rawRequest({ host: '127.0.0.1', port, path: '/mcp', method: 'POST', headers: { ...HEADERS, ...mine, host } }, ({ statusCode }) => resolve(statusCode)).end(JSON.stringify(initialize()))
  })
  t.equal(await named('evil.example'), 403, 'a name that was rebound')
  t.equal(await named('localhost:99999'), 400, 'no address')
})

t.test('idle sessions end, their episodes wait in the store; sessions and waiting calls are bounded', async (t) => {
  const path = databasePath(t.testdir())
  const clock = new HandClock()
  const journals = new SqliteJournals(path, openDatabase(path), { durability: 'async', rules: { endedMs: 3_600_000, idleMs: 1e9, quotaBytes: 0 }, bufferBytes: 1e7, windowMs: 2, retryMs: 20 }, clock, () => {})
  t.teardown(() => journals.close())
  const gym = openGym({ journals, clock, idleMs: 1000 })
  const endpoint = new McpEndpoint(gym, 3)
  t.teardown(() => endpoint.close())
  const send = (path: string, body: unknown, headers: Record<string, string> = {}) => endpoint.fetch(new Request(`http://localhost${path}`, { method: 'POST', headers: { ...HEADERS, ...headers }, body: JSON.stringify(body) }), ANYBODY)
  const begin = async (path: string): Promise<Record<string, string>> => {
    const response = await send(path, initialize())
    await response.text()
    return { 'mcp-session-id': response.headers.get('mcp-session-id') ?? '' }
  }
  const ended = await begin('/mcp?scenario=shop&seed=3')
  const { id } = openShop(gym)
  const busy = await begin(`/mcp/${id}`)
  const lobby = await begin('/mcp')
  t.equal(gym.tally.mcpSessions, 3)
  t.match(await (await send('/mcp', initialize())).json(), { error: { code: -32603, data: { code: 'GYM_CAPACITY', limit: 3 } } })
  const small = new McpEndpoint(openGym({ clock }), 2)
  t.teardown(() => small.close())
  const together = await Promise.all(Array.from({ length: 6 }, () => small.fetch(new Request('http://localhost/mcp', { method: 'POST', headers: HEADERS, body: JSON.stringify(initialize()) }), ANYBODY)))
  t.same(together.map(({ status }) => status).toSorted(), [200, 200, 503, 503, 503, 503], 'those that begin at once are counted too')
  const list = (session: Record<string, string>) => send('/mcp', { jsonrpc: '2.0', id: 2, method: 'tools/list' }, session)
  const parked = [...await listedOf(await list(ended))].length
  t.equal(parked, 5)
  await new Promise((resolve) => setTimeout(resolve, 20))
  clock.time += 900
  ask(new Session(gym, ANYBODY), 'env/step', { episode: id, action: { content: undefined, tool_calls: [{ name: 'wait', arguments: { ms: 5 } }] } })
  clock.time += 900
  gym.reap()
  endpoint.reap()
  t.equal(gym.tally.mcpSessions, 1, 'one whose episode is used over another connection stays')
  t.same([(await list(ended)).status, (await list(busy)).status, (await list(lobby)).status], [404, 200, 404])
  t.equal(gym.keeper!.store.has(id), true)
  t.equal(gym.tally.parked, 1, 'the episode of the idle one is in the store')

  const host = new McpHost(gym)
  const desk = host.deskOf(id)
  let free = (): void => {}
  const first = desk.inTurn(() => new Promise<void>((resolve) => { free = resolve }))
  const waiting = Array.from({ length: 4095 }, () => desk.inTurn(async () => {}))
  t.match(await refusalOf(desk.inTurn(async () => {})), { gymCode: 'GYM_BUSY', data: { limit: 4096 } })
  free()
  await Promise.all([first, ...waiting])
  t.ok(desk.isQuiet)
})

/** Tools in an answer that came as a stream of events. */
async function listedOf(response: Response): Promise<{ name: string }[]> {
  const text = await response.text()
  return (JSON.parse(text.slice(text.indexOf('{'))) as { result: { tools: { name: string }[] } }).result.tools
}

t.test('addresses that name wrong things are answered with what is wrong', async (t) => {
  const home = await mcpHouse(t, { episodes: 1 })
  const refused = async (path: string) => {
    const response = await post(home, path, initialize(7))
    return { status: response.status, ...(await response.json() as object) }
  }
  t.match(await refused('/mcp?scenario=shp&seed=3'), { status: 404, id: 7, error: { code: -32602, message: /did you mean shop/, data: { code: 'GYM_UNKNOWN_SCENARIO', nearest: 'shop', remedy: /scenario/ } } })
  t.match(await refused('/mcp?scenario=shop&seed=three'), { status: 400, error: { data: { code: 'GYM_INVALID_PARAMS', path: 'query.seed' } } })
  t.match(await refused('/mcp?scenario=shop'), { status: 400, error: { data: { path: 'query.seed' } } })
  t.match(await refused('/mcp?scenario=shop&sed=3'), { status: 400, error: { data: { path: 'query.sed', nearest: 'seed' } } })
  t.match(await refused('/mcp?scenario=shop&seed=3&seed=4'), { status: 400, error: { data: { path: 'query.seed' } } })
  t.match(await refused('/mcp?seed=3'), { status: 400, error: { data: { path: 'query.scenario' } } })
  t.match(await refused('/mcp?scenario=shop&seed=3&task=order_totl'), { status: 404, error: { data: { code: 'GYM_UNKNOWN_TASK', nearest: 'order_total' } } })
  t.match(await refused('/mcp?scenario=shop&seed=3&dynamics=flakey'), { status: 404, error: { data: { code: 'GYM_UNKNOWN_DYNAMICS', nearest: 'flaky' } } })
  t.match(await refused('/mcp?scenario=shop&seed=3&intensity=2'), { status: 400, error: { data: { code: 'GYM_INVALID_PARAMS' } } })
  t.match(await refused('/mcp?scenario=shop&seed=3&split=dev&intensity=2'), { status: 400, error: { message: /^query\.\w+:/ } })
  t.match(await refused('/mcp?scenario=shop&seed=3&split=trian'), { status: 400, error: { data: { path: 'query.split', nearest: 'train' } } })
  t.match(await refused('/mcp/nonsense'), { status: 400, error: { data: { path: 'episode' } } })
  t.match(await refused(`/mcp/${'f'.repeat(32)}`), { status: 404, error: { data: { code: 'GYM_UNKNOWN_EPISODE' } } })
  t.match(await refused(`/mcp?episode=${'f'.repeat(32)}&seed=3`), { status: 400, error: { data: { path: 'query.seed' } } })
  t.equal((await post(home, '/mcp?scenario=shop&seed=3', initialize())).status, 200)
  t.match(await refused('/mcp?scenario=shop&seed=4'), { status: 503, error: { code: -32603, data: { code: 'GYM_CAPACITY', retryable: true } } })
  const modern = await post(home, '/mcp?scenario=shop&seed=3', { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: { 'io.modelcontextprotocol/protocolVersion': MODERN, 'io.modelcontextprotocol/clientCapabilities': {} } } }, { 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/list' })
  t.match([modern.status, await modern.json()], [400, { id: 1, error: { code: -32022, message: /Begin with initialize.*\/mcp\/\{episode\}/, data: { requested: MODERN } } }])
  t.match(await refusalOf(home.connect('/mcp?scenario=shop&seed=3', { pin: MODERN })), { message: /./ }, 'who can do nothing else is refused')
})

t.test('the lobby: an agent finds, starts and plays with tools alone, and a session goes on with what it started', async (t) => {
  const home = await mcpHouse(t)
  for (const mode of BOTH) {
    const client = await home.connect('/mcp', mode)
    const news: string[] = []
    client.setNotificationHandler('notifications/tools/list_changed', () => { news.push('tools') })
    t.same((await client.listTools()).tools.map(({ name }) => name), ['list_scenarios', 'start_episode', 'use_tool', 'episode_state'])
    t.match((await call(client, 'list_scenarios', { query: 'notes' })).structuredContent, { scenarios: [{ name: 'shop' }], more: false })
    t.match(await call(client, 'start_episode', { scenario: 'shop' }), { isError: true, content: [{ text: /arguments\.seed: is missing/ }] })
    t.match(await call(client, 'start_episode', { scenario: 'sho', seed: 3 }), { isError: true, content: [{ text: /did you mean shop/ }, { text: /GYM_UNKNOWN_SCENARIO/ }] })
    const { structuredContent: started } = await call(client, 'start_episode', { scenario: 'shop', seed: 3, task: 'order_total', dynamics: 'slow' }) as { structuredContent: { episode: string; url: string; instruction: string; tools: unknown[] } }
    t.match(started, { episode: /^[0-9a-f]{32}$/, url: `${home.origin}/mcp/${started.episode}`, instruction: /What is the total/, tools: { length: 5 } })
    const order = /W\d{5}/.exec(started.instruction)![0]
    const found = await call(client, 'use_tool', { episode: started.episode, tool: 'get_order', arguments: { order_id: order } })
    const { total } = JSON.parse(textOf(found)) as { total: number }
    t.match((await call(client, 'episode_state', { episode: started.episode })).structuredContent, { seq: 1, clock_ms: 100, ended: false })
    t.match(await call(client, 'use_tool', { episode: started.episode, tool: 'get_ordr' }), { isError: true, content: [{ text: /Unknown tool/ }] })
    t.match(await call(client, 'episode_state', { episode: 'f'.repeat(32) }), { isError: true, content: [{ text: /no such episode/ }, {}] })
    if (mode === 'legacy') {
      await until('news', () => news.length > 0)
      t.same((await client.listTools()).tools.map(({ name }) => name), ['list_scenarios', 'start_episode', 'use_tool', 'episode_state', 'add_note', 'get_order', 'finish', 'report_unable', 'wait'])
      t.match((await client.getPrompt({ name: 'task' })).messages, { length: 2 })
      t.match(await call(client, 'finish', { answer: total }), { structuredContent: { reward: 1 } })
    } else {
      t.match(await refusalOf(call(client, 'finish', { answer: total })), { code: -32602, message: /use_tool/ })
      t.match(await call(client, 'use_tool', { episode: started.episode, tool: 'finish', arguments: { answer: total } }), { structuredContent: { reward: 1 } })
    }
    t.match(JSON.parse(((await client.readResource({ uri: `gym://episode/${started.episode}/verdict` })).contents[0] as { text: string }).text), { reward: 1 })
  }
})

t.test('a client that goes away in the midst of a call is no fault of ours, and the step has happened', async (t) => {
  const home = await mcpHouse(t)
  const { episode } = ask(new Session(home.gym, ANYBODY), 'env/reset', { scenario: 'shop', seed: 3, options: { time: 'real' } })
  for (const mode of BOTH) {
    const client = await home.connect(`/mcp/${episode}`, mode)
    const before = home.gym.episodes.use(episode).episode.seq
    const gone = new AbortController()
    const answered = client.callTool({ name: 'wait', arguments: { ms: 3_600_000 } }, { signal: gone.signal, onprogress: () => gone.abort() })
    await t.rejects(answered)
    await until('it is no longer waited for', () => home.gym.episodes.use(episode).held === 0)
    t.equal(home.gym.episodes.use(episode).episode.seq, before + 1)
  }
  t.same(home.gym.incidents, [])
})

t.test('real time passes between the parts of an answer', async (t) => {
  const home = await mcpHouse(t)
  const client = await home.connect('/mcp?scenario=shop&seed=3&time=real')
  const began = performance.now()
  const at: number[] = []
  await client.callTool({ name: 'wait', arguments: { ms: 300 } }, { onprogress: () => at.push(performance.now() - began) })
  t.ok(performance.now() - began > 280)
  t.ok(at[0]! < 140 && at[2]! > 280, at.join())
})

t.test('whatever is sent, it is no fault of ours', async (t) => {
  const home = await mcpHouse(t, { catalogue: shopCatalogue() })
  const { id } = openShop(home.gym)
  const begin = await post(home, '/mcp?scenario=shop&seed=3', initialize())
  await begin.text()
  const session = { 'mcp-session-id': begin.headers.get('mcp-session-id')! }
  const modern = { 'mcp-protocol-version': MODERN }
  const envelope = { 'io.modelcontextprotocol/protocolVersion': MODERN, 'io.modelcontextprotocol/clientCapabilities': {} }
  const name = fc.constantFrom('get_order', 'wait', 'finish', 'nonsense', 'say', '__proto__', '')
  const body = fc.oneof(
    fc.string().map((text) => text as unknown),
    fc.json(),
    fc.jsonValue(),
    fc.record({ jsonrpc: fc.constantFrom('2.0', '1.0'), id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)), method: fc.constantFrom('tools/call', 'tools/list', 'resources/read', 'prompts/get', 'completion/complete', 'initialize', 'nothing'), params: fc.oneof(fc.jsonValue(), fc.record({ name, arguments: fc.jsonValue(), uri: fc.string(), _meta: fc.oneof(fc.jsonValue(), fc.constant(envelope), fc.record({ 'fractal-gym/seq': fc.jsonValue() })) }, { requiredKeys: ['name'] })) }, { requiredKeys: ['jsonrpc', 'method'] }),
  )
  const target = fc.constantFrom<[string, Record<string, string>]>(['/mcp', {}], ['/mcp', modern], [`/mcp/${id}`, modern], [`/mcp/${id}`, {}], ['/mcp?scenario=shop&seed=3', session], ['/mcp?scenario=%00&seed=1', {}], ['/mcp/%ff', {}])
  await fc.assert(fc.asyncProperty(target, body, async ([path, headers], sent) => {
    const response = await post(home, path, sent, headers)
    const text = await response.text()
    t.ok(response.status < 500, `${response.status} ${path} ${JSON.stringify(sent)} ${text}`)
  }), { numRuns: 300 })
  for (const [verb, path] of [['PUT', '/mcp'], ['DELETE', '/mcp'], ['GET', '/mcp'], ['PATCH', `/mcp/${id}`]] as const) {
    const { status } = await fetch(new URL(path, home.origin), { method: verb })
    t.ok(status >= 400 && status < 500, `${verb} ${status}`)
  }
  t.match((await post(home, '/mcp', `${'['.repeat(5000)}${']'.repeat(5000)}`)).status, 413, 'nothing deep is built')
  t.match((await post(home, '/mcp', JSON.stringify({ a: 'x'.repeat(2_000_000) }))).status, 413)
  t.equal((await post(home, '/mcp', initialize(), { 'content-type': 'text/plain' })).status, 415)
  t.same(home.gym.incidents, [])
})

t.test('what came back from the store is played on', async (t) => {
  const path = databasePath(t.testdir())
  const database = openDatabase(path)
  const clock = new HandClock()
  const journals = new SqliteJournals(path, database, { durability: 'ack', rules: { endedMs: 3_600_000, idleMs: 1e9, quotaBytes: 0 }, bufferBytes: 1e7, windowMs: 2, retryMs: 20 }, clock, () => {})
  const home = await mcpHouse(t, { journals, clock, idleMs: 1000 })
  const { id, order } = openShop(home.gym)
  const client = await home.connect(`/mcp/${id}`, { pin: MODERN })
  const first = await call(client, 'get_order', { order_id: order })
  const { hash } = ask(new Session(home.gym, ADMIN), 'env/state', { episode: id })
  clock.time += 5000
  home.gym.reap()
  t.notOk(home.gym.episodes.has(id), 'it left the memory')
  t.match((await client.listTools()).tools, { length: 5 }, 'with the tools that it was shown')
  t.ok(home.gym.episodes.has(id))
  t.equal(ask(new Session(home.gym, ADMIN), 'env/state', { episode: id }).hash, hash)
  const { total } = JSON.parse(textOf(first)) as { total: number }
  t.match(await call(client, 'finish', { answer: total }), { structuredContent: { reward: 1 } })
})

t.test('a server that stops ends its sessions', async (t) => {
  const home = await mcpHouse(t, { catalogue: shopCatalogue() })
  const client = await home.connect('/mcp?scenario=shop&seed=3')
  await client.listTools()
  await home.server.stop()
  await t.rejects(client.listTools())
})
