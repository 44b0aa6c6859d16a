/** The server over real sockets, in both encodings: conversation, bad frames, access, real time, shutdown. */
import { encode } from '@msgpack/msgpack'
import { once } from 'node:events'
import t from 'tap'
import WebSocket from 'ws'
import { LIMITS, SUBPROTOCOLS } from '../../protocol/json-rpc.ts'
import { type Access, judge } from '../../src/server/access.ts'
import { callOf, orderIn } from './gym-under-test.ts'
import { ADMIN_TOKEN, type Encoding, house } from './house.ts'

const TOKEN = 'an-access-token-of-this-test'
const ENCODINGS: Encoding[] = ['json', 'msgpack']

/** The status and the body that an upgrade is refused with. */
async function refusedUpgrade(url: string, protocols: string[] = [], options: WebSocket.ClientOptions = {}): Promise<{ status: number; body: any }> {
  const socket = new WebSocket(`ws://${url}/v1/ws`, protocols, options)
  socket.on('error', () => {})
  const [, response] = await once(socket, 'unexpected-response')
  let text = ''
  for await (const chunk of response) text += chunk
  socket.terminate()
  return { status: response.statusCode, body: JSON.parse(text) }
}

for (const encoding of ENCODINGS) {
  t.test(`${encoding}: an episode, a batch, and a connection that is lost`, async (t) => {
    const { connect } = await house(t)
    const client = await connect(encoding)
    t.equal(client.socket.protocol, SUBPROTOCOLS[encoding])
    const luck = Number.MAX_SAFE_INTEGER
    const reset = await client.ask('env/reset', { scenario: 'shop', seed: 3, task: 'order_total', options: { luck } })
    t.equal(reset.info.luck, luck, 'large integers survive')
    const { episode } = reset
    const action = callOf('get_order', { order_id: orderIn(reset) })
    const batch = [1, 2].map((seq) => client.request('env/step', { episode, action, seq }))
    client.send([...batch, { ...batch[0], method: 'server/info', params: {} }, 'nonsense'])
    const answers = await client.next()
    t.match(answers, [
      { id: batch[0]!.id, result: { seq: 1 } }, { id: batch[1]!.id, result: { seq: 2 } },
      { id: null, error: { data: { code: 'GYM_INVALID_REQUEST', path: '[2].id' } } }, { id: null, error: { data: { code: 'GYM_INVALID_REQUEST' } } },
    ])
    client.socket.terminate()
    const again = await connect(encoding)
    t.strictSame(await again.ask('env/resume', { episode }), { seq: 2, last: answers[1].result }, 'the episode outlived its socket')
    t.strictSame(await again.ask('env/step', { episode, action, seq: 2 }), answers[1].result)
    const { total } = JSON.parse(answers[0].result.observation.messages[0].content)
    t.match(await again.ask('env/step', { episode, action: callOf('finish', { answer: total }), seq: 3 }), { reward: 1, terminated: true })
  })

  t.test(`${encoding}: bad frames are refused by name and the connection is kept`, async (t) => {
    const { connect } = await house(t)
    const client = await connect(encoding)
    const bystander = await connect(encoding)
    const other = await bystander.ask('env/reset', { scenario: 'shop', seed: 1 })
    const json = encoding === 'json'
    const deep = '['.repeat(100) + ']'.repeat(100)
    const frames: [string, string | Uint8Array, string, Record<string, unknown>][] = [
      ['malformed', json ? '{"jsonrpc":' : Buffer.from('81a1', 'hex'), 'GYM_PARSE', {}],
      ['empty', json ? '' : Buffer.alloc(0), 'GYM_PARSE', {}],
      ['the other kind of frame', json ? Buffer.from('{}') : '{}', 'GYM_PARSE', { expected: json ? 'a text frame' : 'a binary frame' }],
      ['too deep', json ? deep : encode(JSON.parse(deep), { maxDepth: 200 }), 'GYM_LIMIT', { limit: LIMITS.nesting_depth }],
      ['too large', json ? `"${'x'.repeat(LIMITS.frame_bytes)}"` : encode('x'.repeat(LIMITS.frame_bytes)), 'GYM_LIMIT', { limit: LIMITS.frame_bytes }],
      ['an empty batch', json ? '[]' : encode([]), 'GYM_INVALID_REQUEST', {}],
      ['a batch too long', json ? JSON.stringify(new Array(LIMITS.batch + 1).fill(1)) : encode(new Array(LIMITS.batch + 1).fill(1)), 'GYM_LIMIT', { limit: LIMITS.batch }],
      ['NaN', json ? '{"jsonrpc":"2.0","id":1,"method":"env/reset","params":{"scenario":"shop","seed":NaN}}' : encode({ jsonrpc: '2.0', id: 1, method: 'env/reset', params: { scenario: 'shop', seed: Number.NaN } }), json ? 'GYM_PARSE' : 'GYM_INVALID_PARAMS', json ? {} : { path: 'params.seed' }],
      ['an unknown method', json ? '{"jsonrpc":"2.0","id":1,"method":"env/rest"}' : encode({ jsonrpc: '2.0', id: 1, method: 'env/rest' }), 'GYM_UNKNOWN_METHOD', { nearest: 'env/reset' }],
    ]
    for (const [what, frame, code, data] of frames) {
      client.socket.send(frame)
      t.match(await client.next(), { error: { data: { code, ...data } } }, what)
    }
    t.match(await client.ask('server/info'), { counts: { connections: 2 } }, 'still connected')
    t.match(await bystander.ask('env/resume', { episode: other.episode }), { seq: 0 })
    client.socket.send(json ? 'x'.repeat(LIMITS.frame_bytes * 5) : Buffer.alloc(LIMITS.frame_bytes * 5))
    client.socket.on('error', () => {})
    const [code] = await once(client.socket, 'close')
    t.ok([1009, 1006].includes(code), 'an absurd frame costs the connection')
    t.match(await bystander.ask('server/info'), { name: 'fractal-gym' }, 'and nobody else theirs')
  })
}

t.test('subprotocols are negotiated or refused', async (t) => {
  const { url } = await house(t)
  t.match(await refusedUpgrade(url, ['fractal-gym.v2.json']), { status: 400, body: { error: { data: { code: 'GYM_INVALID_REQUEST', path: 'Sec-WebSocket-Protocol', nearest: 'fractal-gym.v1.json' } } } })
  const chosen = async (protocols: string[]): Promise<string> => {
    const socket = new WebSocket(`ws://${url}/v1/ws`, protocols)
    await once(socket, 'open')
    socket.terminate()
    return socket.protocol
  }
  t.equal(await chosen([]), '', 'none means JSON')
  t.equal(await chosen(['unheard-of', SUBPROTOCOLS.msgpack]), SUBPROTOCOLS.msgpack)
})

t.test('tokens, hosts and origins', async (t) => {
  const { url, connect } = await house(t, { hosts: ['gym.example'], origins: ['https://lab.example'] })
  const bearer = (token: string): WebSocket.ClientOptions => ({ headers: { authorization: `Bearer ${token}` } })
  t.equal((await (await connect()).ask('server/info')).privileged, false)
  t.equal((await (await connect('json', bearer(ADMIN_TOKEN))).ask('server/info')).privileged, true)
  for (const token of ['wrong', '', `${ADMIN_TOKEN}x`, ADMIN_TOKEN.slice(1)]) t.match(await refusedUpgrade(url, [], bearer(token)), { status: 401, body: { error: { data: { code: 'GYM_FORBIDDEN' } } } }, `token "${token}"`)
  t.match(await refusedUpgrade(url, [], { headers: { authorization: 'Basic eDp5' } }), { status: 401 })
  for (const host of ['evil.example', 'evil.example:8765', 'localhost.evil.example', '127.0.0.1.evil.example']) t.match(await refusedUpgrade(url, [], { headers: { host } }), { status: 403 }, `host "${host}"`)
  const access: Access = { adminToken: ADMIN_TOKEN, tokens: [], hosts: [], origins: [] }
  for (const host of ['', ':8765', '[', '[::1', '1.2.3.4.5', undefined]) t.match(judge(host === undefined ? {} : { host }, access), { status: 403 }, `host ${host}`)
  for (const host of ['localhost', 'localhost:1', '[::1]:8765', '10.0.0.7', 'GYM.example:80']) await connect('json', { headers: { host } })
  t.match(await refusedUpgrade(url, [], { headers: { origin: 'https://evil.example' } }), { status: 403, body: { error: { message: /origin/ } } })
  t.match(await refusedUpgrade(url, [], { headers: { origin: `http://${url}` } }), { status: 403 }, 'not even a page from here')
  await connect('json', { headers: { origin: 'https://lab.example' } })
  t.equal((await fetch(`http://${url}/healthz`, { headers: { origin: 'https://evil.example' } })).status, 403)
})

t.test('with access tokens everybody needs one', async (t) => {
  const { url, connect } = await house(t, { tokens: [TOKEN] })
  t.match(await refusedUpgrade(url), { status: 401 })
  t.equal((await (await connect('json', { headers: { authorization: `Bearer ${TOKEN}` } })).ask('server/info')).privileged, false)
  t.equal((await (await connect('json', { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })).ask('server/info')).privileged, true)
  t.equal((await fetch(`http://${url}/healthz`)).status, 200, 'probes stay open')
  t.equal((await fetch(`http://${url}/metrics`)).status, 401)
  t.equal((await fetch(`http://${url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })).status, 200)
})

t.test('probes and metrics', async (t) => {
  const { url, connect } = await house(t)
  const client = await connect()
  const reset = await client.ask('env/reset', { scenario: 'shop', seed: 3, task: 'order_total' })
  await client.ask('env/step', { episode: reset.episode, action: callOf('finish', { answer: 1 }) })
  await t.rejects(client.ask('env/step', { episode: reset.episode, action: {} }), { message: 'the episode has ended' })
  t.same(await (await fetch(`http://${url}/healthz`)).json(), { status: 'ok' })
  t.match(await (await fetch(`http://${url}/readyz`)).json(), { status: 'ready', scenarios: 1, episodes: 1 })
  const text = await (await fetch(`http://${url}/metrics`)).text()
  for (const line of ['fractal_gym_episodes_live 1', 'fractal_gym_connections 1', 'fractal_gym_episodes_ended_total{reason="finished"} 1', 'fractal_gym_errors_total{code="GYM_EPISODE_ENDED"} 1', 'fractal_gym_steps_total 1', 'fractal_gym_step_seconds_count 1', 'process_cpu_user_seconds_total']) t.ok(text.includes(line), line)
  t.equal((await fetch(`http://${url}/metrics`)).headers.get('content-type')?.split(';')[0], 'text/plain')
  t.equal((await fetch(`http://${url}/v1/ws`)).status, 404, 'the socket route is no page')
})

t.test('real time: answers wait as long as the clock moved, in order, and closing ends the waiting', async (t) => {
  const { connect } = await house(t)
  const client = await connect()
  const reset = await client.ask('env/reset', { scenario: 'shop', seed: 3, options: { time: { scale: 2 } } })
  const { episode } = reset
  const action = callOf('get_order', { order_id: orderIn(reset) })
  const began = performance.now()
  const ids = [1, 2].map((seq) => {
    const request = client.request('env/step', { episode, action, seq })
    client.send(request)
    return request.id
  })
  client.send({ ...client.request('server/info'), id: ids[0] })
  const bystander = client.request('env/reset', { scenario: 'shop', seed: 4 })
  client.send(bystander)
  const repeat = client.request('env/step', { episode, action, seq: 1 })
  client.send(repeat)
  t.match(await client.next(), { id: null, error: { data: { code: 'GYM_INVALID_REQUEST', path: 'id' } } }, 'an id in flight cannot be used again')
  t.match(await client.next(), { id: bystander.id, result: {} }, 'other episodes do not wait')
  const first = await client.next()
  t.match(first, { id: ids[0], result: { seq: 1 } })
  t.ok(performance.now() - began >= 195, 'twice 100 virtual milliseconds')
  t.match(await client.next(), { id: ids[1], result: { seq: 2 } })
  t.ok(performance.now() - began >= 390)
  t.strictSame((await client.next()).result, first.result, 'a repeat while the first is in flight gets its answer, after it')
  const slow = await client.ask('env/reset', { scenario: 'shop', seed: 5, options: { time: { scale: 1000 } } })
  const step = client.request('env/step', { episode: slow.episode, action })
  client.send(step)
  const close = client.request('env/close', { episode: slow.episode })
  client.send(close)
  t.match(await client.next(), { id: step.id, result: { seq: 1 } }, 'closing the episode ends its waiting')
  t.match(await client.next(), { id: close.id, result: { closed: true } })
})

t.test('long work gives way to steps, and is dropped with its connection', async (t) => {
  const { connect } = await house(t)
  const client = await connect()
  const { episode } = await client.ask('env/reset', { scenario: 'shop', seed: 3 })
  const sample = client.request('task/sample', { scenario: 'shop', seed: 1, count: 10_000 })
  client.send(sample)
  const quick = client.request('env/resume', { episode })
  client.send(quick)
  t.match(await client.next(), { id: quick.id, result: { seq: 0 } }, 'what takes no time is answered first')
  const { id, result } = await client.next()
  t.equal(id, sample.id)
  t.equal(result.tasks.length, 10_000)
  client.send([client.request('task/sample', { scenario: 'shop', seed: 1, count: 5 }), client.request('server/info'), client.request('task/sample', { scenario: 'nope', seed: 1, count: 5 })])
  const batch = await client.next()
  t.strictSame(batch[0].result.tasks, result.tasks.slice(0, 5), 'in a batch too, and the same rows')
  t.match(batch.slice(1), [{ result: { name: 'fractal-gym' } }, { error: { data: { code: 'GYM_UNKNOWN_SCENARIO', path: 'params.scenario' } } }])
  for (let round = 0; round < 50; round += 1) client.send(client.request('task/sample', { scenario: 'shop', seed: 1, count: 10_000 }))
  await client.ask('server/info')
  client.socket.terminate()
  const next = await connect()
  const began = performance.now()
  await next.ask('task/sample', { scenario: 'shop', seed: 1, count: 5 })
  t.ok(performance.now() - began < 10_000, 'nobody waits for work that nobody wants')
})

t.test('a stop finishes what is in flight and says goodbye', async (t) => {
  const { server, connect, url } = await house(t)
  const client = await connect()
  const idle = await connect('msgpack')
  const reset = await client.ask('env/reset', { scenario: 'shop', seed: 3, options: { time: 'real' } })
  client.send(client.request('env/step', { episode: reset.episode, action: callOf('get_order', { order_id: orderIn(reset) }) }))
  client.send(client.request('server/info'))
  await client.next()
  const closed = [client, idle].map(({ socket }) => once(socket, 'close'))
  const stopped = server.stop()
  client.send(client.request('server/info'))
  t.match(await client.next(), { error: { data: { code: 'GYM_SHUTTING_DOWN', retryable: true } } }, 'nothing new is begun')
  t.match(await client.next(), { result: { seq: 1 } }, 'what was in flight is answered')
  for (const [code] of await Promise.all(closed)) t.equal(code, 1001)
  await stopped
  const late = new WebSocket(`ws://${url}/v1/ws`)
  const [error] = await once(late, 'error')
  t.match(error, { code: 'ECONNREFUSED' })
  await server.stop()
})

t.test('a stop does not wait for ever', async (t) => {
  const { server, connect } = await house(t)
  const client = await connect()
  const reset = await client.ask('env/reset', { scenario: 'shop', seed: 3, options: { time: { scale: 1000 } } })
  client.send(client.request('env/step', { episode: reset.episode, action: callOf('get_order', { order_id: orderIn(reset) }) }))
  client.send(client.request('server/info'))
  await client.next()
  const began = performance.now()
  const closed = once(client.socket, 'close')
  await server.stop()
  await closed
  t.ok(performance.now() - began < 15_000)
})

t.test('a reader that does not read is not read from, and loses nothing', async (t) => {
  const { connect, gym } = await house(t)
  const client = await connect()
  const bystander = await connect()
  const { episode } = await client.ask('env/reset', { scenario: 'shop', seed: 3 })
  let asked = 0
  const find = gym.scenario.bind(gym)
  gym.scenario = (...args) => {
    asked += 1
    return find(...args)
  }
  client.socket.pause()
  const ids: number[] = []
  for (let round = 0; round < 4000; round += 1) {
    const request = client.request('scenario/get', { scenario: 'shop' })
    ids.push(request.id)
    client.send(request)
  }
  await new Promise((resolve) => setTimeout(resolve, 300))
  const began = performance.now()
  t.match(await bystander.ask('env/resume', { episode }), { seq: 0 })
  t.ok(performance.now() - began < 5000, 'others are served meanwhile')
  t.ok(asked < ids.length, `only ${asked} of ${ids.length} requests were read`)
  client.socket.resume()
  const got: unknown[] = []
  for (const _ of ids) got.push((await client.next()).id)
  t.same(got, ids, 'all answers, in order')
  t.equal(gym.tally.connections, 2)
})

t.test('a peer that stopped answering pings is let go, a deaf one much later', async (t) => {
  const { connect, gym } = await house(t, {}, { pingMs: 20, deadlineMs: 1000 })
  const alive = await connect()
  const dead = await connect('json', { autoPong: false })
  await once(dead.socket, 'ping')
  gym.clock.time += 900
  await once(alive.socket, 'ping')
  await once(alive.socket, 'ping')
  t.equal(dead.socket.readyState, WebSocket.OPEN, 'within the deadline it stays')
  gym.clock.time += 200
  await once(dead.socket, 'close')
  t.match(await alive.ask('server/info'), { counts: { connections: 1 } })
})

t.test('what clients send in pieces, too fast or half is survived', async (t) => {
  const { connect, gym } = await house(t)
  const client = await connect()
  const text = JSON.stringify(client.request('server/info'))
  client.socket.send(text.slice(0, 10), { fin: false })
  client.socket.send(text.slice(10), { fin: true })
  t.match(await client.next(), { result: { name: 'fractal-gym' } }, 'a message in fragments')
  for (let round = 0; round < 2000; round += 1) client.send(client.request('server/info'))
  for (let round = 0; round < 2000; round += 1) await client.next()
  const half = await connect()
  half.socket.send(text, { fin: false })
  half.socket.terminate()
  const rude = await connect()
  rude.socket.on('error', () => {});
  (rude.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]))
  await once(rude.socket, 'close')
  t.match(await client.ask('server/info'), { counts: { connections: 1 } })
  t.same(gym.incidents, [])
})
