/** A connection's frames without its socket: bounds on what is in flight and on what is sent back. */
import t from 'tap'
import { LIMITS } from '../../protocol/json-rpc.ts'
import type { Frame } from '../../src/server/codec.ts'
import { Conversation } from '../../src/server/conversation.ts'
import { jsonCodec } from '../../src/server/json-codec.ts'
import { Session } from '../../src/server/session.ts'
import { ANYBODY, ask, callOf, openGym } from './gym-under-test.ts'

function talk(): { sent: any[]; say(message: unknown): void; conversation: Conversation; session: Session } {
  const session = new Session(openGym(), ANYBODY)
  const sent: unknown[] = []
  const conversation = new Conversation(session, jsonCodec, (frame: Frame) => sent.push(JSON.parse(frame as string)), { sliceMs: Infinity })
  return { sent, conversation, session, say: (message) => conversation.receive(Buffer.from(JSON.stringify(message)), false) }
}

t.test('no more in flight than allowed', async (t) => {
  const { sent, say, conversation, session } = talk()
  const { episode } = ask(session, 'env/reset', { scenario: 'shop', seed: 3, options: { time: { scale: 1000 } } })
  const step = (id: number, seq: number): object => ({ jsonrpc: '2.0', id, method: 'env/step', params: { episode, action: callOf('get_order', { order_id: 'W00000' }), seq } })
  say(step(0, 1))
  for (let id = 1; id < LIMITS.in_flight; id += 1) say(step(id, 1))
  t.equal(conversation.inFlight, LIMITS.in_flight)
  t.same(sent, [], 'all of them wait')
  say(step(-1, 2))
  t.match(sent.at(-1), { id: -1, error: { data: { code: 'GYM_BUSY', retryable: true, limit: LIMITS.in_flight } } })
  say([step(-2, 2)])
  t.match(sent.at(-1), { id: null, error: { data: { code: 'GYM_BUSY' } } })
  say(step(5, 2))
  t.match(sent.at(-1), { id: null, error: { data: { code: 'GYM_INVALID_REQUEST', path: 'id' } } })
  t.match(ask(session, 'env/resume', { episode }), { seq: 1 }, 'nothing of it was begun')
  conversation.hurry()
  await conversation.settled()
  t.equal(sent.length, LIMITS.in_flight + 3)
  t.same(sent.slice(3).map(({ id }) => id), Array.from({ length: LIMITS.in_flight }, (_, id) => id), 'answered in order')
})

t.test('answers have a bound, and what no longer fits is not begun', async (t) => {
  const { sent, say, conversation, session } = talk()
  const { episode } = ask(session, 'env/reset', { scenario: 'shop', seed: 3 })
  ask(session, 'env/step', { episode, action: { content: 'x'.repeat(2_000_000), ...callOf('get_order', { order_id: 'W00000' }) } })
  const read = (id: number): object => ({ jsonrpc: '2.0', id, method: 'trajectory/get', params: { episode } })
  say([...Array.from({ length: 20 }, (_, id) => read(id)), { jsonrpc: '2.0', id: 99, method: 'env/close', params: { episode } }])
  await conversation.settled()
  const replies = sent.at(-1)
  t.equal(replies.length, 21)
  t.ok(replies[0].result)
  t.match(replies[20], { id: 99, error: { data: { code: 'GYM_LIMIT', limit: LIMITS.reply_bytes } } })
  t.ok(JSON.stringify(replies).length < LIMITS.reply_bytes * 1.2)
  t.match(ask(session, 'env/resume', { episode }), { seq: 1 }, 'it was not closed')
  const sample = { jsonrpc: '2.0', id: 1, method: 'task/sample', params: { scenario: 'shop', seed: 1, count: 10_000, include: ['prompt', 'tools'] } }
  say(Array.from({ length: 4 }, (_, id) => ({ ...sample, id })))
  await conversation.settled()
  const rows = sent.at(-1)
  t.ok(rows[0].result)
  t.match(rows[3], { id: 3, error: { data: { code: 'GYM_LIMIT' } } }, 'long work together past the bound is refused too')
})

t.test('a long batch lets others have their turn, and its own connection keeps its order', async (t) => {
  const gym = openGym()
  const order: string[] = []
  const open = (name: string) => new Conversation(new Session(gym, ANYBODY), jsonCodec, (frame: Frame) => { order.push(`${name}${[JSON.parse(frame as string)].flat().map(({ id }) => id).at(-1)}`) })
  const [long, other] = [open('long '), open('other ')]
  const { episode } = ask(new Session(gym, ANYBODY), 'env/reset', { scenario: 'shop', seed: 3 })
  ask(new Session(gym, ANYBODY), 'env/step', { episode, action: { content: 'x'.repeat(1_500_000), ...callOf('get_order', { order_id: 'W00000' }) } })
  const say = (to: Conversation, message: unknown) => to.receive(Buffer.from(JSON.stringify(message)), false)
  const read = (id: number): object => ({ jsonrpc: '2.0', id, method: 'trajectory/get', params: { episode } })
  say(long, Array.from({ length: 15 }, (_, id) => read(id)))
  say(long, { jsonrpc: '2.0', id: 99, method: 'server/info', params: {} })
  say(other, { jsonrpc: '2.0', id: 1, method: 'server/info', params: {} })
  await long.settled()
  t.same(order, ['other 1', 'long 14', 'long 99'])
})

t.test('steps sent upon one another by one connection let another have its turn', async (t) => {
  const gym = openGym()
  const order: string[] = []
  const open = (name: string) => new Conversation(new Session(gym, ANYBODY), jsonCodec, (frame: Frame) => { order.push(`${name}${JSON.parse(frame as string).id}`) }, { sliceMs: 0 })
  const [busy, other] = [open('busy '), open('other ')]
  const say = (to: Conversation, id: number) => to.receive(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method: 'server/info', params: {} })), false)
  for (let id = 0; id < 4; id++) say(busy, id)
  say(other, 9)
  await busy.settled()
  t.same(order, ['busy 0', 'other 9', 'busy 1', 'busy 2', 'busy 3'])
})
