import t from 'tap'
import type { CallEvent } from '../../protocol/event.ts'
import { Episode } from '../../src/episode/episode.ts'
import { call, counter, FINISH, play, slots } from '../counter.ts'
import { ANYBODY, ask, openGym } from '../server/gym-under-test.ts'
import { Session } from '../../src/server/session.ts'

const TASKS = `
  mark:
    description: Put a note of level 3 on an account.
    bind: {account: {from: accounts}}
    instruction: Note 'gone' on account \${account.id}, level 3.
    witness: [{call: note, with: {id: account.id, text: "'gone'", level: '3'}}]
    checks:
    - {id: noted, kind: calls.constraints, call: note, where: args.level == 3 && args.id == account.id}
    - {id: once, kind: effects.exactly_once, call: note, where: args.level == 3}
  many:
    description: Count the accounts.
    instruction: How many accounts are there?
    answer: {type: integer}
    witness: []
    finish: {answer: 'accounts.count(a, true)'}
    checks: [{id: count, kind: answer.typed, expect: 'accounts.count(a, true)'}]
  never:
    description: Nothing can be done.
    outcome: unable
    instruction: Do what cannot be done.
    witness: []
    finish: {reason: '5'}
    checks:
    - {id: rest, kind: state.untouched}
    - {id: why, kind: abstention, cause: [{call: get_account}], reason: "'5'"}
`.slice(1)

const desk = counter(TASKS)
const callEvents = (episode: Episode) => episode.events().filter((event): event is CallEvent => event.type === 'call')

t.test('the log keeps what was said and what was meant; the agent is not told', async (t) => {
  const episode = desk.begin('mark')
  const { id } = slots(episode).account
  const said = { id, text: 'gone', level: '3', sure: 'true', tags: '["a"]', kind: null }
  const outcome = episode.step(call('note', said))
  t.match(callEvents(episode)[0], { arguments: said, meant: { tool: 'note', arguments: { id, text: 'gone', level: 3, sure: true, tags: ['a'] } }, coerced: ['level: "3" to 3', 'sure: "true" to true', 'tags: "[\\"a\\"]" to ["a"]', 'kind: null left out'], is_error: false })
  t.same(outcome.info.coerced, ['note: level: "3" to 3', 'note: sure: "true" to true', 'note: tags: "[\\"a\\"]" to ["a"]', 'note: kind: null left out'])
  t.notMatch(JSON.stringify(outcome.observation), /coerced|to 3/)
  t.equal(play(episode, FINISH).reward, 1, 'checks see what was meant')
  const plain = desk.begin('mark')
  t.notOk('coerced' in plain.step(call('note', { id, text: 'gone', level: 3 })).info)
  t.notOk('meant' in callEvents(plain)[0]!)
  const again = Episode.restore(episode.scenario, episode.snapshot())
  t.equal(again.stateHash(), episode.stateHash())
})

t.test('what is not clear is wrong as ever', async (t) => {
  const episode = desk.begin('mark')
  const { id } = slots(episode).account
  t.match(episode.step(call('note', { id, text: 'gone', level: '3.0' })).observation.messages, [{ is_error: true, content: 'Invalid arguments for note: level: expected an integer, got "3.0"' }])
  t.match(callEvents(episode)[0], { rejected: 'invalid_arguments', meant: undefined, coerced: undefined })
})

t.test('tools that every agent has', async (t) => {
  const many = desk.begin('many')
  const count = many.scenario.baseOf(1).rows(0).length
  const before = many.observation.clock_ms
  t.equal(many.step(call('wait', { ms: '250' })).observation.clock_ms, before + 250)
  t.equal(play(many, call('finish', { answer: String(count) })).reward, 1)
  t.match(many.last.info.coerced, [`finish: answer: "${count}" to ${count}`])
  t.match(many.events().at(-1), { type: 'end', answer: count })
  t.equal(play(desk.begin('many'), call('finish', { answer: `${count}.0` }), call('finish', { answer: count + 1 })).reward, 0)
  const never = desk.begin('never')
  const account = never.scenario.baseOf(1).rows(0)[0]!.id
  t.equal(play(never, call('get_account', { id: account }), call('report_unable', { reason: 5 })).reward, 1, 'the reason is text')
  t.match(never.events().at(-1), { unable: '5' })
})

t.test('everybody who plays may know', async (t) => {
  const session = new Session(openGym(), ANYBODY)
  const { episode } = ask(session, 'env/reset', { scenario: 'shop', seed: 1, task: 'order_total' })
  t.match(ask(session, 'env/step', { episode, action: { tool_calls: [{ name: 'get_order', arguments: { order_id: 7 } }] } }), { info: { coerced: ['get_order: order_id: 7 to "7"'] } })
})
