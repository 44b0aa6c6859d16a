/** Slips, noted in every verdict; `quality`, which lets them count; `efficiency`, against the witness. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { call, calls, counter, FINISH, noted, play, say, shownBy, slots } from '../counter.ts'

const LOOK = `
  look:
    description: Look.
    bind: {account: {from: accounts, where: 'account.balance >= 100 && !account.frozen'}}
    instruction: Look at account \${account.id}.
    witness: [{call: get_account, with: {id: account.id}}]
    checks: [{id: looked, kind: calls.constraints, call: get_account}, {id: careful, kind: quality, each: 0.25}]
  answered:
    description: Name the owner.
    bind: {account: {from: accounts}}
    instruction: Who owns account \${account.id}?
    answer: {type: string}
    witness: [{call: get_account, with: {id: account.id}, as: a}]
    finish: {answer: a.owner}
    checks: [{id: right, kind: answer.typed, expect: account.owner}]
  talked:
    description: Look, and talk.
    user: {unknown: I see.}
    bind: {account: {from: accounts}}
    instruction: Look at account \${account.id}.
    witness: [{call: get_account, with: {id: account.id}}]
    checks: [{id: looked, kind: calls.constraints, call: get_account}]
`.slice(1)
const desk = counter(LOOK, { dynamics: { down: '- {id: x, kind: error.abort, match: {effect: write}, status: 503}', gone: '- {id: x, kind: response.malformed, match: {tools: [get_account]}, form: html}' } })

const get = (id: string) => call('get_account', { id })
const wait = call('wait', { ms: 1000 })

/** Plays and gives the slips that were noted. */
function slipsOf(actions: (id: string) => Action[], { task = 'look', dynamics }: { task?: string; dynamics?: string } = {}): string[] {
  const episode = desk.begin(task, dynamics ? { options: { dynamics } } : {})
  return noted(play(episode, ...actions(slots(episode).account.id), FINISH))
}

t.test('the desk compiles', async (t) => t.same(desk.complaints, []))

t.test('repetition: the third time of the same question for the same answer', async (t) => {
  const again = (n: number, id: string) => new Array<Action>(n).fill(get(id))
  t.same(slipsOf((id) => again(2, id)), [], 'once more is prudent')
  t.same(slipsOf((id) => again(4, id)), ['repetition', 'repetition'])
  t.same(slipsOf((id) => [...again(2, id), wait, ...again(2, id)]), [], 'time went by')
  t.same(slipsOf((id) => [...again(2, id), call('freeze', { id }), ...again(2, id)]), [], 'something was written')
  t.same(slipsOf((id) => [...again(2, id), call('pay', { id, amount: 9999 }), ...again(2, id)]), [], 'or might have been')
  t.same(slipsOf((id) => [calls(['get_account', { id }], ['get_account', { id }], ['get_account', { id }])]), ['repetition'], 'in one turn')
  t.same(slipsOf((id) => [...again(2, id), say('Anything else?'), ...again(2, id)], { task: 'talked' }), [], 'somebody spoke')
  t.same(slipsOf((id) => again(4, id), { dynamics: 'gone' }), [], 'an answer that nobody could read')
})

t.test('loops: the same calls with a write among them, three times round', async (t) => {
  const freeze = (id: string) => call('freeze', { id })
  t.same(slipsOf((id) => [freeze(id), freeze(id)]), [])
  t.same(slipsOf((id) => [freeze(id), freeze(id), freeze(id)]), ['repetition'])
  t.same(slipsOf((id) => [1, 2, 3].flatMap(() => [freeze(id), get(id)])), ['repetition'])
  t.same(slipsOf((id) => [1, 2, 3].flatMap(() => [freeze(id), get(id), wait])), [], 'whoever waits looks for something')
  t.same(slipsOf((id) => [1, 2, 3].flatMap(() => [call('pay', { id, amount: 1 })])), [], 'each payment has another number')
})

t.test('retry storms: failing again and again without a pause', async (t) => {
  const pay = (id: string) => call('pay', { id, amount: 5 })
  const times = (n: number, id: string) => new Array<Action>(n).fill(pay(id))
  t.same(slipsOf((id) => [...times(4, id), get(id)], { dynamics: 'down' }), [])
  t.same(slipsOf((id) => [...times(6, id), get(id)], { dynamics: 'down' }), ['retry_storm', 'retry_storm'])
  t.same(slipsOf((id) => [...times(3, id), wait, ...times(3, id), get(id)], { dynamics: 'down' }), [])
})

t.test('ignored errors: a write failed, nothing was done about it, and it was finished', async (t) => {
  const pay = (id: string) => call('pay', { id, amount: 99_999 })
  t.same(slipsOf((id) => [get(id), pay(id)]), ['ignored_error'])
  t.same(slipsOf((id) => [pay(id), get(id)]), [], 'it looked')
  t.same(slipsOf((id) => [pay(id), call('pay', { id, amount: 1 })]), [], 'it did something else')
  t.same(slipsOf((id) => [pay(id), say('That failed.')], { task: 'talked' }), [], 'it said so')
  t.same(slipsOf((id) => [pay(id), wait]), ['ignored_error'])
  const told = desk.begin('answered')
  t.same(noted(play(told, pay(slots(told).account.id), call('finish', { answer: 'It could not be paid.' }))), [], 'the answer may say so')
  const declined = desk.begin('look')
  t.same(noted(play(declined, pay(slots(declined).account.id), call('report_unable', { reason: 'not enough' }))), [])
})

t.test('calls that cannot be: unknown tools, wrong and broken arguments, ids that nothing showed', async (t) => {
  t.same(slipsOf(() => [call('get_acount', { id: 'A00001' })]), ['hallucinated_tool'])
  t.same(slipsOf(() => [call('get_account', { number: 7 })]), ['invalid_arguments'])
  t.same(slipsOf(() => [call('get_account', '{"id": "A0')]), ['truncation'])
  t.same(slipsOf(() => [call('get_account', '{"id": [1, {"a": "\\"')]), ['truncation'])
  t.same(slipsOf(() => [call('get_account', '{id: x}')]), ['invalid_arguments'], 'whole, but wrong')
  t.same(slipsOf(() => [{ tool_calls: [7] } as Action]), ['invalid_arguments'])
  t.same(slipsOf(() => [say('')], { task: 'talked' }), ['truncation'], 'an empty message')

  const base = desk.begin('look').scenario.baseOf(1)
  const free = Array.from({ length: 2000 }, (_, n) => `A${String(n).padStart(5, '0')}`).find((id) => base.get(0, id) === undefined)!
  t.same(slipsOf(() => [get(free)]), ['hallucinated_argument'])
  t.same(slipsOf(() => [get(free), get(free)]), ['hallucinated_argument'], 'once')
  t.same(slipsOf(() => [get(base.rows(0)[7]!.id as string)]), [], 'a row that is there, however it was found')
  t.same(slipsOf(() => [get('A1'), get('nobody')]), [], 'no ids of this world')
  const moved = counter(LOOK.replace(/ {2}talked:[\s\S]*/, ''), { edits: [['instruction: Look at account ${account.id}.', `instruction: 'Look at account \${account.id}, which used to be ${free}.'`]] }).begin('look')
  t.same(noted(play(moved, get(free), FINISH)), [], 'the request names it')
})

t.test('a message where an answer was wanted, and an end that is none', async (t) => {
  t.same(noted(play(desk.begin('look'), say('All done!'))), ['premature_stop'])
  t.same(noted(play(desk.begin('answered'), say('Ada'))), [], 'text is the answer')
})

t.test('notes change no reward, lead into the log, and are bounded; quality lets them count', async (t) => {
  const episode = desk.begin('answered', { options: { budgets: { calls: 12, turns: 20 } } })
  const { account } = slots(episode)
  const verdict = play(episode, call('nothing'), get(account.id), call('finish', { answer: account.owner }))
  t.match(verdict, { reward: 1, success: true, metrics: { slips: 1 }, issues: [{ id: 'slips.hallucinated_tool.0', check: 'slips', source: 'agent', verdict: 'note', severity: 'minor', turn: 1, call: 'call_0_0', deterministic: true }] })
  t.same(shownBy(episode, verdict.issues[0]), ['nothing /content'])

  const graded = (n: number) => {
    const looked = desk.begin('look')
    return play(looked, ...new Array<Action>(n).fill(call('nothing')), get(slots(looked).account.id), FINISH)
  }
  t.equal(graded(0).reward, 1)
  t.equal(graded(1).reward, 0.75)
  t.equal(graded(9).reward, 0, 'never below 0')
  t.match(graded(2).issues[0], { id: 'careful', check: 'quality', category: 'hallucinated_tool', verdict: 'penalty', severity: 'minor', turn: 1 })

  const wide = counter(LOOK, { edits: [['budgets: {turns: 20, calls: 12', 'budgets: {turns: 200, calls: 200']] }).begin('look')
  const many = play(wide, ...new Array<Action>(90).fill(call('nothing')), FINISH)
  const notes = many.issues.filter(({ check }) => check === 'slips')
  t.equal(notes.length, 51)
  t.match(notes.at(-1), { id: 'slips.more', expected: 'and 40 more' })
  t.equal(many.metrics.slips, 90)
})

t.test('efficiency: up to the allowance everything, beyond it the share', async (t) => {
  const tasks = (check: string) => `
  look:
    description: Look.
    bind: {account: {from: accounts}}
    instruction: Look at account \${account.id}.
    witness: [{call: get_account, with: {id: account.id}}]
    checks: [{id: looked, kind: calls.constraints, call: get_account}, {id: quick, kind: efficiency${check}}]
`.slice(1)
  const scored = (check: string, n: number, action: (id: string) => Action = get) => {
    const episode = counter(tasks(check)).begin('look')
    const { id } = slots(episode).account
    const verdict = play(episode, ...new Array<Action>(n).fill(action(id)), get(id), FINISH)
    return [verdict.components.find((one) => one.id === 'quick')!.score, verdict.reward]
  }
  // The witness makes two calls, its ending among them, and takes 100 ms.
  t.same(scored(', calls: 1', 0), [1, 1])
  t.same(scored(', calls: 1', 2), [0.5, 0.5])
  t.same(scored(', calls: 2', 2), [1, 1])
  t.same(scored(', time: 1', 1), [0.5, 0.5])
  t.same(scored(', time: 2', 1, () => wait)[0], 200 / 1100)
  t.same(scored(', time: 100, calls: 2', 6, () => wait), [0.5, 0.5], 'the worst of them')
  t.ok((scored(', tokens: 1', 3)[0] as number) < 0.6)
  const slow = counter(tasks(', calls: 1')).begin('look')
  const { id } = slots(slow).account
  const verdict = play(slow, get(id), get(id), FINISH)
  t.match(verdict.components.find((one) => one.id === 'quick')!.evidence, [{ pointer: '/calls', expected: 2, found: 3 }])
  t.match(counter(tasks('')).complaints, [{ code: 'check', expected: 'calls, time or tokens: how many times what the witness takes' }])
})
