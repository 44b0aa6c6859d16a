/** `recovery.contract`: what a caller may do after a fault, and what the log knows of it. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import type { CallEvent } from '../../protocol/event.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { blamed, call, calls, counter, FINISH, play, shownBy, slots } from '../counter.ts'

const task = (check = '') => `
  pay:
    description: Pay.
    bind: {account: {from: accounts, where: account.balance >= 100}}
    instruction: Pay 5 from account \${account.id}.
    witness: [{call: get_account, with: {id: account.id}}, {call: pay, with: {id: account.id, amount: 5}}]
    checks: [{id: paid, kind: state.predicates, that: ['payments.exists(p, p.account == account.id)']}, {id: path, kind: recovery.contract${check}}]
`.slice(1)
const RECOVERY = 'recovery: [read_back, retry]'
const DYNAMICS = {
  seconds: '- {id: limit, kind: rate_limit.token_bucket, rate: 0.5, burst: 1, match: {tools: [get_account]}}',
  date: '- {id: limit, kind: rate_limit.token_bucket, rate: 0.5, burst: 1, match: {tools: [get_account]}, retry_after: date}',
  silent: '- {id: limit, kind: rate_limit.token_bucket, rate: 0.5, burst: 1, match: {tools: [get_account]}, retry_after: absent}',
  outage: '- {id: out, kind: outage.window, start_ms: 0, duration_ms: 4500, announced: true}',
  broken: '- {id: out, kind: outage.window, start_ms: 0, duration_ms: 4500, announced: true, surface: transport}',
  jobs: '- {id: jobs, kind: async.job, match: {tools: [pay]}, poll_ms: 1500, completion: {p50: 400, p99: 500, cap: 600}, tool: check_job}',
  after: `- {id: lost, kind: timeout.post_commit, match: {tools: [pay]}, when: {max_occurrences: 1}, deadline_ms: 1000, ${RECOVERY}}`,
  before: `- {id: lost, kind: timeout.pre_commit, match: {tools: [pay]}, when: {max_occurrences: 1}, deadline_ms: 1000, ${RECOVERY}}`,
  garbled: '- {id: bad, kind: response.malformed, match: {tools: [pay]}, when: {max_occurrences: 1}, form: html, recovery: [read_back]}',
  keyed: `- {id: key, kind: idempotency.key}\n- {id: lost, kind: timeout.post_commit, match: {tools: [pay]}, when: {max_occurrences: 1}, deadline_ms: 1000, recovery: [idempotent_retry]}`,
  down: '- {id: down, kind: error.abort, match: {tools: [pay]}, status: 503, when: {max_occurrences: 1}, persistence: {calls: 4}, recovery: [retry]}',
  frozen: '- {id: lost, kind: timeout.post_commit, match: {tools: [freeze]}, deadline_ms: 1000, recovery: [retry]}',
}
const wait = (ms: number) => call('wait', { ms })
const get = (id: string) => call('get_account', { id })
const pay = (id: string, more: object = {}) => call('pay', { id, amount: 5, ...more })

function episodeUnder(dynamics: keyof typeof DYNAMICS, check = '', edits: [string, string][] = []) {
  return counter(task(check), { dynamics: DYNAMICS, edits }).begin('pay', { options: { dynamics } })
}

/** Plays and gives what the check found. */
function breaches(dynamics: keyof typeof DYNAMICS, actions: (id: string) => Action[], check?: string, edits?: [string, string][]): string[] {
  const episode = episodeUnder(dynamics, check, edits)
  return blamed(play(episode, ...actions(slots(episode).account.id), FINISH)).filter((one) => one.startsWith('path'))
}

t.test('the log says what a caller was told to wait, and with which key it came', async (t) => {
  const marks = (dynamics: keyof typeof DYNAMICS, ...actions: ((id: string) => Action)[]) => {
    const episode = episodeUnder(dynamics)
    for (const action of actions) episode.step(action(slots(episode).account.id))
    const last = episode.events().findLast((event): event is CallEvent => event.type === 'call')!
    return { told: last.faults.map(({ retry_after_ms }) => retry_after_ms), key: last.key, said: last.content }
  }
  const later = () => wait(150)
  t.match(marks('seconds', get, later, get), { told: [2000], said: /"retry_after":2\b/ }, '1850 ms in whole seconds')
  t.match(marks('date', get, later, get), { told: [1850], said: /"retry_after":"Mon, 02 Mar 2026 09:00:02 GMT"/ })
  t.match(marks('silent', get, get), { told: [undefined] })
  t.match(marks('outage', get), { told: [5000], said: /"retry_after":5/ })
  t.match(marks('broken', get), { told: [undefined], said: /^Connection error/ })
  t.match(marks('jobs', pay), { told: [1500], said: /"poll_after_ms":1500/ })
  t.match(marks('keyed', (id) => pay(id, { idempotency_key: 'one' })), { key: 'one' })
  t.equal(marks('keyed', pay).key, undefined)
})

t.test('who met no fault has kept the contract, and so has whoever recovers as the dynamics declare', async (t) => {
  for (const dynamics of Object.keys(DYNAMICS) as (keyof typeof DYNAMICS)[]) {
    const episode = episodeUnder(dynamics, ', retries: 30')
    t.equal(playOut(episode, createPolicy('robust', episode)!), 1, dynamics)
  }
  const episode = counter(task()).begin('pay')
  const { id } = slots(episode).account
  t.equal(play(episode, get(id), get(id), pay(id), FINISH).reward, 1)
})

t.test('patience: the same call not before the time that was stated', async (t) => {
  t.same(breaches('seconds', (id) => [get(id), get(id), get(id)]), ['path retry_storm'])
  t.same(breaches('seconds', (id) => [get(id), get(id), wait(1999), get(id)]), ['path retry_storm'], 'almost')
  t.same(breaches('seconds', (id) => [get(id), get(id), wait(2000), get(id)]), [])
  t.same(breaches('date', (id) => [get(id), get(id), wait(1700), get(id)]), ['path retry_storm'])
  t.same(breaches('date', (id) => [get(id), get(id), wait(2000), get(id)]), [])
  t.same(breaches('outage', (id) => [get(id), wait(3000), get(id)]), ['path retry_storm'])
  t.same(breaches('outage', (id) => [get(id), wait(5000), get(id)]), [])
  t.same(breaches('silent', (id) => [get(id), get(id), get(id)]), [], 'nothing was stated')
  t.same(breaches('seconds', (id) => [get(id), get(id), get('A00001')]), [], 'another question')
  t.same(breaches('seconds', (id) => [calls(['get_account', { id }], ['get_account', { id }], ['get_account', { id }])]), [], 'calls of one turn know nothing of each other')
  t.same(breaches('seconds', (id) => [get(id), get(id), get(id)], ', patience: false'), [])
})

t.test('read back: a write whose answer was lost is looked for before it is made again', async (t) => {
  for (const dynamics of ['after', 'before', 'garbled'] as const) {
    const twice = dynamics === 'before' ? 'ignored_error' : 'duplicate_effect'
    t.same(breaches(dynamics, (id) => [pay(id), pay(id)]), [`path ${twice}`], dynamics)
    t.same(breaches(dynamics, (id) => [get(id), pay(id), wait(9000), pay(id)]), [`path ${twice}`], 'what was read before says nothing of it')
    t.same(breaches(dynamics, (id) => [pay(id), calls(['get_account', { id }], ['pay', { id, amount: 5 }])]), [`path ${twice}`], 'nor what was asked for together with it')
    t.same(breaches(dynamics, (id) => [pay(id), get(id), pay(id)]), [], 'it looked')
    t.same(breaches(dynamics, (id) => [pay(id), call('list_owners', { owner: 'Ada' }), pay(id)]), [`path ${twice}`], 'at something else')
    t.same(breaches(dynamics, (id) => [pay(id), pay(id)], ', read_back: false'), [])
    t.same(breaches(dynamics, (id) => [pay(id), call('list_owners', { owner: 'Ada' }), pay(id)], '', [['    read_back: {call: get_account, with: {id: args.id}, done: \'result.payments.exists(p, p == args.amount)\'}\n', '']]), [], 'where the tool names no way, any look is one')
    t.same(breaches(dynamics, (id) => [pay(id)]), [], 'nobody has to make it again')
  }
  t.same(breaches('frozen', (id) => [call('freeze', { id }), call('freeze', { id })]), [], 'doing it twice is doing it once')
  const key = { idempotency_key: 'k1' }
  t.same(breaches('keyed', (id) => [pay(id, key), pay(id, key)]), [], 'the same key')
  t.same(breaches('keyed', (id) => [pay(id, key), pay(id, { idempotency_key: 'k2' })]), ['path duplicate_effect'])
  t.same(breaches('keyed', (id) => [pay(id, key), pay(id)]), ['path duplicate_effect'])
  t.same(breaches('keyed', (id) => [pay(id), pay(id, key)]), ['path duplicate_effect'], 'a key that comes too late')
  const episode = episodeUnder('after')
  const { id } = slots(episode).account
  const verdict = play(episode, pay(id), pay(id), FINISH)
  t.same(shownBy(episode, verdict.issues[0]), ['pay /arguments', 'pay /content'])
  t.match(verdict.issues[0], { turn: 3, call: 'call_1_0', evidence: [{ event: 4 }, { event: 2 }], severity: 'critical' })
})

t.test('retries: one call may be repeated so often, and then no more', async (t) => {
  const times = (n: number, id: string) => Array.from({ length: n }, () => [pay(id), wait(100)]).flat().slice(0, -1)
  t.same(breaches('down', (id) => times(3, id), ', retries: 2'), [])
  t.same(breaches('down', (id) => times(4, id), ', retries: 2'), ['path retry_storm'])
  t.same(breaches('down', (id) => [pay(id), pay(id)], ', retries: 0'), ['path retry_storm'])
  t.same(breaches('down', (id) => [pay(id), call('pay', { id, amount: 6 }), call('pay', { id, amount: 7 })], ', retries: 0'), [], 'other calls')
  t.match(counter(task(', retries: 100, patience: false, read_back: false')).complaints, [{ message: 'tasks.pay.checks.1: recovery.contract asks for nothing' }])
})

t.test('breaches of several sorts are issues of their own', async (t) => {
  const episode = counter(task(', retries: 0'), { dynamics: { both: `${DYNAMICS.seconds}\n${DYNAMICS.after}` } }).begin('pay', { options: { dynamics: 'both' } })
  const { id } = slots(episode).account
  t.same(blamed(play(episode, get(id), get(id), get(id), pay(id), pay(id), FINISH)).filter((one) => one.startsWith('path')), ['path retry_storm', 'path.1 duplicate_effect'])
})
