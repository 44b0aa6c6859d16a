/** The HTTP routes: the same methods by another way in, the same checks, the same errors with fitting statuses. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv } from 'ajv'
import { readFileSync } from 'node:fs'
import { request as rawRequest } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import t from 'tap'
import { ErrorObject } from '../../protocol/errors.ts'
import { METHOD_ROUTES, PLAIN_ROUTES } from '../../protocol/http.ts'
import { METHODS } from '../../protocol/methods.ts'
import { openApiDocument } from '../../protocol/openapi.ts'
import { Session } from '../../src/server/session.ts'
import { GymServer } from '../../src/server/server.ts'
import { ADMIN, ask, openGym, type TestGym } from './gym-under-test.ts'
import { kiosk, slowKiosk } from './specs-under-test.ts'

const PROTOCOL = join(import.meta.dirname, '../../protocol')
const ADMIN_TOKEN = 'the-admin-token-of-this-test'

type Options = { tokens?: string[]; gym?: Parameters<typeof openGym>[0] }

async function serve(t: { teardown(end: () => unknown): void }, { tokens = [], gym: bounds }: Options = {}): Promise<{ gym: TestGym; server: GymServer; get(url: string, headers?: Record<string, string>): Promise<any>; post(body: string | Buffer, type?: string, url?: string): Promise<any> }> {
  const gym = openGym(bounds)
  const server = await GymServer.create(gym, { adminToken: ADMIN_TOKEN, tokens, hosts: [], origins: [] })
  t.teardown(() => server.stop())
  const shown = (response: { statusCode: number; body: string; headers: Record<string, unknown> }) => ({ status: response.statusCode, headers: response.headers, body: String(response.headers['content-type']).startsWith('application/json') ? JSON.parse(response.body) : response.body })
  return {
    gym, server,
    get: async (url, headers = {}) => shown(await server.app.inject({ url, headers }) as never),
    post: async (body, type = 'application/yaml', url = '/v1/scenarios') => shown(await server.app.inject({ method: 'POST', url, payload: body, headers: { 'content-type': type } }) as never),
  }
}

t.test('scenarios: listed with filters, read, posted as YAML and as JSON', async (t) => {
  const { get, post, gym } = await serve(t)
  const made = await post(kiosk())
  t.equal(made.status, 201)
  t.equal(METHODS['scenario/register'].result.safeParse(made.body).error, undefined)
  t.match(await post(JSON.stringify({ source: kiosk('second') }), 'application/json; charset=utf-8'), { status: 201, body: { name: 'second' } })
  t.match(await post(kiosk('third'), 'text/yaml', '/v1/scenarios?validate=true'), { status: 200, body: { name: 'third' } })
  for (const query of ['validate=1', 'validate', 'validte=true', 'validate=true&validate=true']) t.match(await post(kiosk('third'), 'text/yaml', `/v1/scenarios?${query}`), { status: 400, body: { error: { data: { code: 'GYM_INVALID_PARAMS' } } } }, query)
  t.equal(gym.scenarios.registered, 2, 'what was only tried is not kept')
  const list = await get('/v1/scenarios?origin=registered&limit=1')
  t.match(list, { status: 200, body: { scenarios: [{ name: 'kiosk' }], next: String } })
  t.match(await get(`/v1/scenarios?origin=registered&limit=1&cursor=${list.body.next}`), { body: { scenarios: [{ name: 'second' }], next: null } })
  t.same((await get('/v1/scenarios?tags=test&tags=nope')).body.scenarios, [])
  t.equal((await get('/v1/scenarios?tags=test&min_tasks=2&query=kiosk')).body.scenarios.length, 2)
  t.match(await get('/v1/scenarios?limit=many'), { status: 400, body: { error: { data: { code: 'GYM_INVALID_PARAMS', path: 'params.limit' } } } })
  t.match(await get('/v1/scenarios?limt=3'), { status: 400, body: { error: { data: { nearest: 'limit' } } } })
  t.match(await get('/v1/scenarios/kiosk'), { status: 200, body: { summary: { digest: made.body.digest } } })
  t.match(await get(`/v1/scenarios/kiosk@${made.body.digest}`), { status: 200, body: { summary: { name: 'kiosk' } } })
  t.match(await get('/v1/scenarios/kiosck'), { status: 404, body: { error: { data: { code: 'GYM_UNKNOWN_SCENARIO', nearest: 'kiosk' } } } })
})

t.test('errors: the same objects as over the WebSocket', async (t) => {
  const { get, post } = await serve(t)
  const wrong = await post(kiosk().replace('count: 40', 'cont: 40'))
  t.match(wrong, { status: 422, body: { error: { code: -32018, data: { code: 'GYM_SPEC', complaints: [{ line: 8, nearest: 'count' }] } } } })
  t.equal(ErrorObject.safeParse(wrong.body.error).error, undefined)
  t.match(await post(kiosk('shop')), { status: 409, body: { error: { data: { code: 'GYM_NAME_TAKEN' } } } })
  t.match(await post(kiosk().replace('expect: order.total', 'expect: order.total + 1.0')), { status: 422, body: { error: { data: { code: 'GYM_NOT_ADMITTED', report: { ok: false } } } } })
  t.match(await post('x'.repeat(1024 * 1024 + 1)), { status: 413, body: { error: { data: { code: 'GYM_LIMIT', limit: 1024 * 1024 } } } })
  t.match(await post(kiosk(), 'application/x-www-form-urlencoded'), { status: 415, body: { error: { data: { code: 'GYM_INVALID_REQUEST', path: 'Content-Type' } } } })
  t.match(await post(Buffer.from([0x6b, 0xff, 0xfe])), { status: 400, body: { error: { data: { code: 'GYM_PARSE' } } } })
  t.match(await post('{"kind": "Scenario"', 'application/json'), { status: 422, body: { error: { data: { code: 'GYM_SPEC' } } } })
  t.match(await post('{"source": 3}', 'application/json'), { status: 400, body: { error: { data: { path: 'params.source' } } } })
  t.match(await post('{"__proto__": {"source": "x"}}', 'application/json'), { status: 422 })
  for (const [url, status] of [['/v1/scenarios/%ff', 400], [`/v1/episodes/${'a'.repeat(4000)}/trajectory`, 414]] as const) t.match(await get(url), { status, body: { error: { code: Number, data: { code: 'GYM_INVALID_REQUEST' } } } }, url.slice(0, 20))
  t.match(await get('/v1/scenario'), { status: 404, body: { error: { data: { code: 'GYM_UNKNOWN_METHOD', expected: Array } } } })
  t.match(await get('/v1/episodes/nonsense/trajectory'), { status: 400, body: { error: { data: { path: 'params.episode' } } } })
  t.match(await get(`/v1/episodes/${'0'.repeat(32)}/trajectory`), { status: 404, body: { error: { data: { code: 'GYM_UNKNOWN_EPISODE' } } } })
})

t.test('a trajectory: private fields only for the admin', async (t) => {
  const { gym, get } = await serve(t)
  const { episode } = ask(new Session(gym, ADMIN), 'env/reset', { scenario: 'shop', seed: 3 })
  ask(new Session(gym, ADMIN), 'env/step', { episode, action: { tool_calls: [{ name: 'get_order', arguments: { order_id: 'x' } }] } })
  const call = ({ body }: any) => body.trajectory.events.find((event: { type: string }) => event.type === 'call')
  const open = await get(`/v1/episodes/${episode}/trajectory`)
  t.equal(METHODS['trajectory/get'].result.safeParse(open.body).error, undefined)
  t.notOk('changes' in call(open))
  t.ok('changes' in call(await get(`/v1/episodes/${episode}/trajectory`, { authorization: `Bearer ${ADMIN_TOKEN}` })))
})

t.test('sweeps: posted as YAML and as JSON, listed, read, exported, cancelled', async (t) => {
  const { gym, get, post } = await serve(t, { gym: { sweeps: { folder: t.testdir() } } })
  gym.sweeps!.start()
  const made = await post('kind: Sweep\nname: by-post\npolicies: [{policy: oracle}, {policy: noop}]\nscenarios: [shop]\nseeds: 3\ndynamics: [{profile: clean}]\n', 'application/yaml', '/v1/sweeps')
  t.match(made, { status: 201, body: { sweep: { name: 'by-post', episodes: 6, sweep: String } } })
  t.equal(METHODS['sweep/create'].result.safeParse(made.body).error, undefined)
  const url = `/v1/sweeps/${made.body.sweep.sweep}`
  for (let n = 0; n < 200 && (await get(url)).body.sweep.state !== 'done'; n++) await new Promise((resolve) => { setTimeout(resolve, 50) })
  t.match(await get(url), { status: 200, body: { sweep: { state: 'done', done: 6 }, spec: { seeds: 3, repeats: 1 } } })
  t.match(await get(`${url}/report`), { status: 200, body: { media: 'application/json', report: { counts: { scored: 6 } } } })
  const html = await get(`${url}/report?format=html`)
  t.match(html, { status: 200, headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': /default-src 'none'/, 'x-content-type-options': 'nosniff' } })
  t.match(html.body, /^<!doctype html>/i)
  const csv = await get(`${url}/report?format=csv`)
  t.match(csv, { status: 200, headers: { 'content-type': 'text/csv; charset=utf-8' } })
  t.equal(csv.body.trimEnd().split('\n').length, 7)
  t.match(await get(`${url}/report?format=pdf`), { status: 400, body: { error: { data: { path: 'params.format' } } } })
  const waits = await post(JSON.stringify({ policies: [{ policy: 'external' }], scenarios: ['shop'], seeds: 1 }), 'application/json', '/v1/sweeps')
  t.match(await post('', 'application/json', `/v1/sweeps/${waits.body.sweep.sweep}/cancel`), { status: 200, body: { sweep: { state: 'cancelled' } } })
  t.match(await get('/v1/sweeps?state=cancelled'), { status: 200, body: { sweeps: [{ name: 'sweep' }], next: null } })
  t.match(await get('/v1/sweeps?limit=1'), { status: 200, body: { sweeps: [{}], next: String } })
  t.match(await get(`/v1/sweeps/${'0'.repeat(32)}`), { status: 404, body: { error: { data: { code: 'GYM_UNKNOWN_SWEEP' } } } })
  t.match(await post('policies: [', 'application/yaml', '/v1/sweeps'), { status: 400, body: { error: { message: /line 1/, data: { code: 'GYM_PARSE' } } } })
  t.match(await post('policies: &a [*a]', 'application/yaml', '/v1/sweeps'), { status: 400 })
  t.match(await post('{"policies": [], "scenarios": ["shop"]}', 'application/json', '/v1/sweeps'), { status: 400, body: { error: { data: { code: 'GYM_INVALID_PARAMS', path: 'params.spec.policies' } } } })
})

t.test('a server without a store keeps no sweeps, and says so', async (t) => {
  const { get } = await serve(t)
  t.match(await get('/v1/sweeps'), { status: 503, body: { error: { message: /keeps no sweeps/, data: { code: 'GYM_STORE' } } } })
})

t.test('tokens, Host and Origin are asked for here too', async (t) => {
  const { get } = await serve(t, { tokens: ['a-token-of-sixteen-or-more'] })
  for (const { path } of [...PLAIN_ROUTES, { path: '/v1/scenarios' }]) {
    const open = path === '/healthz' || path === '/readyz'
    t.equal((await get(path)).status, open ? 200 : 401, path)
    t.equal((await get(path, { authorization: 'Bearer a-token-of-sixteen-or-more' })).status, 200, path)
    t.match(await get(path, { host: 'evil.example' }), { status: 403, body: { error: { data: { code: 'GYM_FORBIDDEN' } } } }, path)
    t.equal((await get(path, { origin: 'https://evil.example', authorization: 'Bearer a-token-of-sixteen-or-more' })).status, 403, path)
  }
})

t.test('a client that leaves takes its registration along', async (t) => {
  const { gym, server } = await serve(t, { gym: { admission: { seeds: 200 } } })
  const port = await server.listen('127.0.0.1', 0)
  const body = slowKiosk('slow', 40)
  const posted = rawRequest({ port, method: 'POST', path: '/v1/scenarios', headers: { 'content-type': 'application/yaml' } })
  posted.on('error', () => {})
  posted.end(body)
  while (gym.scenarios.desk.load === 0) await new Promise((resolve) => { setTimeout(resolve, 10) })
  posted.destroy()
  const began = performance.now()
  while (gym.scenarios.desk.load > 0 && performance.now() - began < 5000) await new Promise((resolve) => { setTimeout(resolve, 10) })
  t.equal(gym.scenarios.desk.load, 0)
  t.equal(gym.scenarios.registered, 0)
  t.same(gym.incidents, [])
})

t.test('the documents are what a validator of others takes, and their references lead somewhere', async (t) => {
  const openapi = JSON.parse(readFileSync(join(PROTOCOL, 'openapi.json'), 'utf8')) as Record<string, any>
  const asyncapi = JSON.parse(readFileSync(join(PROTOCOL, 'asyncapi.json'), 'utf8')) as Record<string, any>
  t.match(await new Validator().validate(structuredClone(openapi)), { valid: true })
  const broken = structuredClone(openapi)
  broken.paths['/v1/scenarios'].get.responses = 3
  t.match(await new Validator().validate(broken), { valid: false })
  const schema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object
  const check = new Ajv({ strict: false, validateFormats: false }).compile(schema)
  t.ok(check(asyncapi), JSON.stringify(check.errors))
  t.notOk(check({ ...asyncapi, channels: 3 }))
  for (const document of [openapi, asyncapi]) {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!)
    t.ok(refs.length > 20)
    for (const path of new Set(refs)) t.ok(path.split('/').reduce((at: any, step) => at?.[step.replaceAll('~1', '/')], document), path)
  }
  for (const method of Object.keys(METHODS)) t.ok(Object.values(asyncapi.components.messages).some((message: any) => message.name === method), method)
})

t.test('the routes are described, and the page needs nothing else', async (t) => {
  const { get, gym } = await serve(t)
  const served = await get('/openapi.json')
  t.same(served.body, openApiDocument(gym.version))
  for (const path of [...METHOD_ROUTES, ...PLAIN_ROUTES].map(({ path }) => path)) t.ok(served.body.paths[path], path)
  const page = await get('/docs')
  t.match(page.headers, { 'content-type': /text\/html/, 'content-security-policy': /default-src 'none'/ })
  t.notOk(/<script|src=|https?:\/\/(?!127\.0\.0\.1)/.test(page.body), 'no script, no other host')
  for (const { path } of METHOD_ROUTES) t.ok(page.body.includes(`<code>${path}</code>`), path)
})
