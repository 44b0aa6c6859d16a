/** Endpoints that behave, and many that do not: each call ends in time, with an answer or a reason. */
import t from 'tap'
import { askChat, EndpointError, type EndpointFault } from '../../src/llm/endpoint.ts'
import { type Behaviour, complete, MISBEHAVIOURS, outsideOf, REAL, startModel } from './model-under-test.ts'

const QUESTION = { messages: [{ role: 'user', content: 'Say hello.' }] } as const

async function faultOf(asking: Promise<unknown>): Promise<EndpointFault | string> {
  try {
    await asking
    return 'answered'
  } catch (error) {
    return error instanceof EndpointError ? error.fault : String(error)
  }
}

t.test('a plain answer, with key, model and schema where they belong', async (t) => {
  const model = await startModel(t)
  t.same(await askChat(model.endpoint({ key: 'k-1', url: `${model.url}/` }), { ...QUESTION, schema: { name: 's', schema: { type: 'object' } } }, REAL), { content: 'hello', tries: 1 })
  t.match(model.asked[0], { url: '/v1/chat/completions', headers: { authorization: 'Bearer k-1' }, body: { model: 'judge', temperature: 0, messages: QUESTION.messages, response_format: { type: 'json_schema', json_schema: { name: 's', strict: true } } } })
  await askChat(model.endpoint(), QUESTION, REAL)
  t.notOk(model.asked[1]!.headers.authorization)
})

t.test('what can come right is tried again, as late as it asks for; what cannot is not', async (t) => {
  const model = await startModel(t)
  const pauses: number[] = []
  model.behave((response, _asked, n) => (n === 0 ? void response.writeHead(429, { 'retry-after': '3' }).end('slow down') : n === 1 ? void response.writeHead(503).end() : complete(response, 'at last')))
  t.same(await askChat(model.endpoint({ timeoutMs: 500_000 }), QUESTION, outsideOf(pauses)), { content: 'at last', tries: 3 })
  t.same(pauses.filter((ms) => ms !== 500_000), [3000, 1000])

  model.behave((response) => void response.writeHead(500).end('broken'))
  t.equal(await faultOf(askChat(model.endpoint({ timeoutMs: 500_000 }), QUESTION, outsideOf())), 'status')
  t.equal(model.asked.length, 3, 'so often and no more')

  model.behave((response) => void response.writeHead(401).end('who are you?'))
  t.equal(await faultOf(askChat(model.endpoint(), QUESTION, REAL)), 'status')
  t.equal(model.asked.length, 1)

  model.behave((response, _asked, n) => (n === 0 ? void response.writeHead(400).end('unknown parameter response_format') : complete(response, '{}')))
  t.equal((await askChat(model.endpoint(), { ...QUESTION, schema: { name: 's', schema: {} } }, REAL)).content, '{}', 'one that knows no schemas is asked without')
  t.notOk(model.asked[1]!.body.response_format)
})

t.test('endpoints that misbehave: slow, silent, endless, huge, cut off, no JSON, another shape, gone', async (t) => {
  const model = await startModel(t)
  const bad: Record<string, readonly [Behaviour, EndpointFault]> = {
    ...MISBEHAVIOURS,
    'no text': [(response) => complete(response, null), 'not_an_answer'],
    'a list of parts': [(response) => complete(response, [{ type: 'text' }]), 'not_an_answer'],
  }
  for (const [name, [behaviour, fault]] of Object.entries(bad)) {
    model.behave(behaviour)
    t.equal(await faultOf(askChat(model.endpoint({ timeoutMs: 300, retries: 0 }), QUESTION, REAL)), fault, name)
  }
  t.equal(await faultOf(askChat(model.endpoint({ url: 'http://127.0.0.1:9/v1', retries: 1 }), QUESTION, outsideOf())), 'unreachable', 'nobody there')
})
