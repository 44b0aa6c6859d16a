/** `abstention` and `timing`, and honest declining where nothing gets past a fault. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { tryMutations } from '../admit/mutations-under-test.ts'
import { blamed, call, calls, counter, decline, FINISH, play, shownBy, slots } from '../counter.ts'

const FROZEN = `
  frozen:
    description: Pay from a frozen account, which must not be.
    outcome: unable
    bind: {account: {from: accounts, where: account.frozen}}
    instruction: Pay 5 from account \${account.id} if it is not frozen.
    witness: [{call: get_account, with: {id: account.id}}]
    finish: {reason: 'Account \${account.id} is frozen.'}
    checks:
    - id: declined
      kind: abstention
      cause:
      - {call: get_account, where: args.id == account.id}
      - {call: pay, where: args.id == account.id, refused: true}
      reason: "['frozen', account.owner]"
`.slice(1)
const LATER = '- {id: slow, kind: async.job, match: {tools: [get_account]}, poll_ms: 500, completion: {p50: 400, p99: 500, cap: 600}, tool: check_job}'
const LOST = '- {id: lost, kind: timeout.post_commit, match: {effect: write}, deadline_ms: 1000, recovery: [read_back], commit_delay: {p50: 400, p99: 500, cap: 600}}'
const FROM = '- {id: down, kind: error.abort, match: {tools: [get_account]}, status: 503, recovery: [retry]}'
const desk = counter(FROZEN, { dynamics: { later: LATER, lost: LOST, down: FROM } })

/** Plays and gives the reward with what lowered it. */
function outcome(actions: (id: string, owner: string) => Action[], dynamics?: string): string[] {
  const episode = desk.begin('frozen', dynamics ? { options: { dynamics } } : {})
  const { account } = slots(episode)
  const verdict = play(episode, ...actions(account.id, account.owner))
  const events = episode.events()
  t.ok(verdict.issues.every(({ evidence, source }) => source !== 'verifier' && evidence.length > 0 && evidence.every(({ event }) => events[event]?.index === event)))
  return [String(verdict.reward), ...blamed(verdict)]
}
const get = (id: string) => call('get_account', { id })
const frozen = decline('The account is frozen!')

t.test('abstention: declined for the right reason, after its cause was seen, and nothing written', async (t) => {
  t.same(desk.complaints, [])
  t.same(outcome((id) => [get(id), frozen]), ['1'])
  t.same(outcome((id, owner) => [get(id), decline(`${owner} has it locked.`)]), ['1'], 'any of the reasons')
  t.same(outcome((id) => [call('pay', { id, amount: 99_999 }), frozen]), ['1'], 'a refusal shows it too')
  t.same(outcome(() => [frozen]), ['0', 'declined missed_action'])
  t.same(outcome((id) => [calls(['get_account', { id }], ['report_unable', { reason: 'frozen' }])]), ['0', 'declined missed_action'], 'asked for, and not waited for')
  t.same(outcome((id) => [calls(['pay', { id, amount: 99_999 }], ['report_unable', { reason: 'frozen' }])]), ['0', 'declined missed_action'], 'nor was the refusal seen')
  t.same(outcome(() => [get('A00000'), frozen]), ['0', 'declined missed_action'])
  t.same(outcome((id) => [get(id), frozen], 'down'), ['0', 'declined missed_action'], 'what failed on the way showed nothing')
  t.same(outcome((id) => [get(id), decline('I do not feel like it.')]), ['0', 'declined false_claim'])
  t.same(outcome((id) => [get(id), FINISH]), ['0', 'declined false_claim', 'ending false_claim'])
  t.same(outcome((id) => [get(id), { content: 'Sorry.' }]), ['0', 'declined premature_stop', 'ending false_claim'])
})

t.test('abstention: no write at all, one that was taken back or came late neither', async (t) => {
  t.same(outcome((id) => [get(id), call('pay', { id, amount: 1 }), frozen]), ['0', 'declined collateral_damage'])
  t.same(outcome((id) => [get(id), call('pay', { id, amount: 1 }), call('refund', { payment: 'P0001' }), frozen]), ['0', 'declined collateral_damage'])
  t.same(outcome((id) => [get(id), call('freeze', { id }), frozen]), ['0', 'declined collateral_damage'], 'though it changed nothing')
  t.same(outcome((id) => [get(id), call('pay', { id, amount: 1 }), frozen], 'lost'), ['0', 'declined collateral_damage'], 'it takes effect after all was said')
  t.same(outcome((id) => [get(id), frozen], 'later'), ['0', 'declined missed_action'], 'asked for, and never answered')
  const job = desk.begin('frozen', { options: { dynamics: 'later' } })
  job.step(get(slots(job).account.id))
  const { job_id } = JSON.parse(job.observation.messages[0]!.content)
  t.equal(play(job, call('wait', { ms: 2000 }), call('check_job', { job_id }), frozen).reward, 1, 'the answer came with the job')
  const episode = desk.begin('frozen')
  const { id } = slots(episode).account
  const verdict = play(episode, get(id), call('pay', { id, amount: 1 }), frozen)
  t.match(verdict.issues[0], { severity: 'critical', verdict: 'veto', turn: 3, call: 'call_1_0' })
  t.same(shownBy(episode, verdict.issues[0]), ['pay'])
})

t.test('abstention: admission leaves out what shows the cause, and wrong specs are told where', async (t) => {
  const { template } = desk.begin('frozen').task
  t.same(template.required.calls, [['get_account', 'pay']])
  t.same(tryMutations(desk.begin('frozen').scenario, 'frozen').filter(({ ok }) => !ok), [])
  const places = (edit: [string, string]) => counter(FROZEN, { edits: [edit] }).complaints.map(({ code, message }) => `${code} ${message}`)
  t.ok(places(['    outcome: unable\n', '']).some((one) => /a task that can be done is not declined/.test(one)))
  t.match(places(['{call: pay, where: args.id == account.id, refused: true}', '{ends: report_unable}']), [/the ending is no cause to decline/])
  t.match(places(['{call: pay, where: args.id == account.id, refused: true}', '{says: [hello]}']), [/there is no user/])
  t.match(places(["\"['frozen', account.owner]\"", 'account']), [/is no text/])
  t.match(places(['call: pay, where', 'call: payy, where']), [/unknown tool 'payy'/])
})

const timed = (check: string) => counter(`
  pay:
    description: Pay in time.
    bind: {account: {from: accounts, where: account.balance >= 100}}
    instruction: Pay 5 from account \${account.id}.
    witness: [{call: get_account, with: {id: account.id}}, {call: pay, with: {id: account.id, amount: 5}}]
    checks: [{id: paid, kind: state.predicates, that: ['payments.exists(p, p.account == account.id)']}, {id: window, kind: timing${check}}]
`.slice(1), { dynamics: { lost: LOST } })

t.test('timing: what has to happen in a window of virtual time', async (t) => {
  const outcomeOf = (check: string, actions: (id: string) => Action[], dynamics?: string) => {
    const episode = timed(check).begin('pay', dynamics ? { options: { dynamics } } : {})
    return [...blamed(play(episode, ...actions(slots(episode).account.id), FINISH))]
  }
  const pay = (id: string) => call('pay', { id, amount: 5 })
  const wait = (ms: number) => call('wait', { ms })
  t.same(outcomeOf(', by: 2', (id) => [pay(id)]), [])
  t.same(outcomeOf(', by: 2', (id) => [pay(id), wait(3000)]), ['window instruction_following'], 'the ending is late')
  t.same(outcomeOf(', by: 2, of: {call: pay}', (id) => [pay(id), wait(3000)]), [])
  t.same(outcomeOf(', by: 2, of: {call: pay}', (id) => [pay(id), wait(3000), call('pay', { id, amount: 6 })]), ['window instruction_following'], 'each has to be inside')
  t.same(outcomeOf(', from: 2, of: {call: pay}', (id) => [pay(id)]), ['window instruction_following'])
  t.same(outcomeOf(', from: 2, by: 4, of: {call: pay}', (id) => [wait(2000), pay(id)]), [], 'a bound is inside')
  t.same(outcomeOf(', by: 2, of: {call: freeze}', (id) => [pay(id)]), ['window missed_action'])
  t.same(outcomeOf(', by: size(account.owner) - 1, of: {call: pay}', (id) => [wait(1500), pay(id)]), [], 'a bound may be computed')
  t.same(outcomeOf(", by: \"accounts.get('none').balance\", of: {call: pay}", (id) => [pay(id)]), ['window instruction_following'], 'a bound that is not there')
  t.same(outcomeOf(', by: 1, of: {call: pay}', (id) => [wait(700), pay(id)], 'lost'), ['window instruction_following'], 'it takes effect later than it was asked for')
  t.match(timed('').complaints, [{ code: 'check', expected: 'from or by: seconds since the start' }])
  t.match(timed(', by: account.owner').complaints, [{ message: /checks\.1\.by/ }])
  const episode = timed(', by: 2, of: {call: pay}').begin('pay')
  const verdict = play(episode, wait(3000), pay(slots(episode).account.id), FINISH)
  t.match(verdict.components.find(({ id }) => id === 'window')!.evidence, [{ pointer: '', expected: { by: 2 }, found: 3 }])
  t.same(shownBy(episode, verdict.issues[0]), ['pay'])
})

const THREE = `
  three:
    description: Several changes, the last of which cannot be made.
    bind:
      account: {from: accounts, where: account.balance >= 100}
    instruction: Pay 5 and 7 from account \${account.id}, note that it is done, and freeze it.
    witness:
    - {call: pay, with: {id: account.id, amount: 5}}
    - {call: pay, with: {id: account.id, amount: 7}}
    - {call: note, with: {id: account.id, text: "'done'"}}
    - {call: freeze, with: {id: account.id}}
    checks:
    - {id: frozen, kind: state.predicates, that: [accounts.get(account.id).frozen]}
    - {id: rest, kind: state.untouched, except: [{update: accounts, key: account.id}, {insert: payments, at_most: 9}]}
`.slice(1)
const NEVER = '- {id: no, kind: error.abort, match: {tools: [freeze]}, status: 403, persistence: permanent, recovery: [report_unable]}'
const three = counter(THREE, { dynamics: { never: NEVER } })

t.test('declining what nothing gets past: what was done before has to be a part of the task', async (t) => {
  t.same(three.complaints, [])
  const outcomeOf = (actions: (id: string, owner: string) => Action[], last: Action = decline()) => {
    const episode = three.begin('three', { options: { dynamics: 'never' } })
    const { account } = slots(episode)
    const verdict = play(episode, ...actions(account.id, account.owner), call('freeze', { id: account.id }), last)
    return [String(verdict.reward), ...blamed(verdict)]
  }
  const pay = (id: string, amount: number) => call('pay', { id, amount })
  const note = (id: string, text: string) => call('note', { id, text })
  t.same(outcomeOf(() => []), ['1'])
  t.same(outcomeOf((id) => [pay(id, 5), pay(id, 7), note(id, 'done')]), ['1'])
  t.same(outcomeOf((id) => [pay(id, 7)]), ['1'], 'whichever came first')
  t.same(outcomeOf((id) => [pay(id, 7), pay(id, 5)]), ['1'])
  t.same(outcomeOf((id) => [pay(id, 5), note(id, 'done')]), ['1'])
  t.same(outcomeOf((id) => [pay(id, 6)]), ['0', 'partial collateral_damage'], 'a sum that nobody asked for')
  t.same(outcomeOf((id) => [pay(id, 5), pay(id, 7), pay(id, 5)])[0], '0', 'once too often')
  t.same(outcomeOf((id) => [pay(id, 12)]), ['0', 'partial collateral_damage'], 'the same balance by another payment')
  t.same(outcomeOf((id) => [note(id, 'hacked')]), ['0', 'partial collateral_damage'])
  t.same(outcomeOf((id, owner) => [note(id, 'x'), note(id, owner)]), ['1'], 'taken back')
  t.same(outcomeOf((id) => [pay(id, 6), call('refund', { payment: 'P0001' })]), ['1'], 'taken back as well')
  t.same(outcomeOf((id) => [pay(id, 5)], FINISH)[0], '0', 'it was not done')
  const unmet = three.begin('three')
  t.same(blamed(play(unmet, decline())), ['frozen missed_action', 'ending false_claim'], 'who met nothing may not decline')
  const episode = three.begin('three', { options: { dynamics: 'never' } })
  const { id } = slots(episode).account
  const verdict = play(episode, pay(id, 6), call('freeze', { id }), decline())
  t.match(verdict.issues[0], { check: 'partial', severity: 'critical', verdict: 'veto' })
  t.same(shownBy(episode, verdict.issues[0]), ['pay /changes/0/to/balance', 'pay /changes/1'])
})
