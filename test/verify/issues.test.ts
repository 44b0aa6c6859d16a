/** Issues: whatever happens in an episode, what a verdict says of it can be looked up in its log. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { publicView } from '../../protocol/public-view.ts'
import { Verdict } from '../../protocol/verdict.ts'
import { resolves } from '../../src/core/json-pointer.ts'
import { below, keyOf } from '../../src/core/keyed.ts'
import type { Episode } from '../../src/episode/episode.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { issuesOf, noteOf } from '../../src/verify/issue.ts'
import { shippedCatalogue, seedOf, tryStart } from '../checkout.ts'
import { call, calls, counter, FINISH, play, shownBy, slots } from '../counter.ts'
import fc from '../property.ts'

const NAMES = ['broker', 'clinic', 'files', 'incident', 'phone', 'retail', 'travel']

/** What is wrong with the issues of an ended episode. */
function faultsOf(episode: Episode): string[] {
  const end = episode.events().at(-1)!
  if (end.type !== 'end' || end.verdict.status !== 'scored') return ['no verdict']
  const { verdict, index } = end
  const log = episode.events().slice(0, index)
  const ids = verdict.issues.map(({ id }) => id)
  return [
    ...(Verdict.safeParse(verdict).success ? [] : ['not the schema']),
    ...(new Set(ids).size === ids.length ? [] : [`an id twice: ${ids}`]),
    ...verdict.issues.flatMap(({ id, source, evidence, turn, call: about, verdict: kind, category }) => {
      const places = evidence.every(({ event, pointer }) => log[event] !== undefined && resolves(log[event], pointer))
      const first = log[evidence[0]?.event ?? -1]
      return [
        ...(source === 'verifier' ? [`${id}: rejected`] : []),
        ...(evidence.length && places ? [] : [`${id}: ${JSON.stringify(evidence)}`]),
        ...(turn === null || log[turn]?.type === 'turn' ? [] : [`${id}: turn ${turn}`]),
        ...(about === undefined || log.some((event) => event.type === 'call' && event.call_id === about && event.turn === turn) ? [] : [`${id}: call ${about}`]),
        ...((first?.type === 'call') === (about !== undefined) || first?.type === 'effect' ? [] : [`${id}: which call`]),
        ...((kind === 'note') === (source === 'env' || id.startsWith('slips.')) ? [] : [`${id}: ${kind}`]),
        ...((source === 'env') === (category === 'env_fault') ? [] : [`${id}: ${category}`]),
      ]
    }),
    ...(verdict.components.every(({ id, score }) => (score < 1) === verdict.issues.some((issue) => issue.id === id)) ? [] : ['a component without its issue']),
  ]
}

t.test('in random episodes of the whole catalogue no issue is ever rejected', async (t) => {
  const catalogue = shippedCatalogue()
  const found: string[] = []
  let issues = 0
  for (const name of NAMES) {
    const scenario = catalogue.find(name)!
    for (const [i, task] of [...scenario.tasks.keys()].entries()) for (const policy of ['random', 'naive', 'oracle', 'robust', 'refuse']) {
      const dynamics = scenario.profiles[below(keyOf(['issues', name, task, policy]), scenario.profiles.length)]!
      const episode = tryStart(scenario, { seed: seedOf('issues', i), task, options: { dynamics } })
      if (!episode) continue
      playOut(episode, createPolicy(policy, episode)!)
      found.push(...faultsOf(episode).map((one) => `${name} ${task} ${policy} ${dynamics}: ${one}`))
      const end = episode.events().at(-1)!
      // Who plays the witness is no cheat, whatever dynamics come between; one who retries blindly may double something.
      if (end.type === 'end' && /oracle|robust/.test(policy) && end.verdict.gates.integrity !== true) found.push(`${name} ${task} ${policy} ${dynamics}: integrity`)
      issues += end.type === 'end' ? end.verdict.issues.length : 0
    }
  }
  t.same(found, [])
  t.ok(issues > 500, `${issues} issues`)
})

const DESK = counter(`
  pay:
    description: Pay.
    bind: {account: {from: accounts, where: 'account.balance >= 100 && !account.frozen'}}
    instruction: Pay 5 from account \${account.id}.
    witness: [{call: get_account, with: {id: account.id}}, {call: pay, with: {id: account.id, amount: 5}}]
    checks:
    - {id: paid, kind: state.predicates, that: ['payments.exists(p, p.account == account.id)']}
    - {id: rest, kind: state.untouched, except: [{update: accounts, key: account.id, columns: [balance]}, {insert: payments}]}
    - {id: careful, kind: quality}
    - {id: same, kind: state.equivalent}
`.slice(1), { dynamics: { rough: '- {id: late, kind: timeout.post_commit, match: {effect: write}, when: {probability: 0.4}, deadline_ms: 500, recovery: [read_back], commit_delay: {p50: 400, p99: 500, cap: 600}}\n- {id: down, kind: error.abort, when: {probability: 0.2}}' } })

t.test('nor in episodes of arbitrary actions, broken ones among them', async (t) => {
  const id = fc.constantFrom('A00001', 'P0001', 'own', 'x')
  const action = fc.oneof(
    fc.record({ content: fc.oneof(fc.string(), fc.constantFrom('P0042 is done', '', 7 as unknown as string)) }),
    fc.record({ tool_calls: fc.array(fc.oneof(
      fc.record({ name: fc.constantFrom('get_account', 'pay', 'freeze', 'note', 'refund', 'state', 'wait', 'nothing'), arguments: fc.oneof(fc.record({ id, amount: fc.integer({ min: 1, max: 9 }), text: fc.string(), payment: id, ms: fc.integer({ min: 1, max: 900 }) }, { requiredKeys: [] }), fc.constantFrom('{"id": "A', '[]', 'null')) }),
      fc.constantFrom({ name: 'finish' }, 7, { name: '' }),
    ), { minLength: 1, maxLength: 4 }) }),
  ) as fc.Arbitrary<Action>
  let judged = 0
  fc.assert(fc.property(fc.array(action, { maxLength: 12 }), fc.constantFrom('clean', 'rough'), (actions, dynamics) => {
    const episode = DESK.begin('pay', { options: { dynamics } })
    const { id: own } = slots(episode).account
    for (const one of [...actions, FINISH]) if (!episode.ended) episode.step(JSON.parse(JSON.stringify(one).replaceAll('"own"', JSON.stringify(own))) as Action)
    // To freeze what does not exist breaks this desk: nothing is judged then.
    if (!episode.ended || episode.last.info.stop_reason === 'env_error') return true
    judged++
    const wrong = faultsOf(episode)
    if (wrong.length) throw new Error(wrong.join('\n'))
    return true
  }), { numRuns: 300 })
  t.ok(judged > 200, `${judged} of 300 episodes`)
})

t.test('evidence leads to the cell that a call changed, and to the call of an effect that came late', async (t) => {
  const episode = DESK.begin('pay')
  const { id } = slots(episode).account
  const other = episode.scenario.baseOf(1).rows(0).find((row) => (row.id as string) > id && (row.balance as number) > 100)!.id as string
  const verdict = play(episode, call('pay', { id: other, amount: 1 }), call('freeze', { id }), FINISH)
  const issue = verdict.issues.find((one) => one.id === 'rest')!
  t.same(shownBy(episode, issue), ['freeze /changes/0/to/frozen', 'pay /changes/0/to/balance'])
  t.match(issue, { category: 'collateral_damage', severity: 'critical', verdict: 'veto', turn: 3, call: 'call_1_0', source: 'agent', confidence: 1 })

  const late = DESK.begin('pay', { options: { dynamics: { profile: 'none', add: [{ id: 'late', kind: 'timeout.post_commit', match: { effect: 'write' }, deadline_ms: 500, recovery: ['read_back'], commit_delay: { p50: 900, p99: 950, cap: 999 } }] } } })
  const told = play(late, calls(['freeze', { id }]), FINISH).issues.find((one) => one.id === 'rest')!
  t.match(told, { turn: 1, call: 'call_0_0' })
  t.same(shownBy(late, told), ['effect /changes/0/to/frozen'])
})

t.test('an issue without proof is rejected: a fault of the verifier stands in its place', async (t) => {
  const episode = DESK.begin('pay')
  play(episode, FINISH)
  const events = episode.events().slice(0, -1)
  const check = { id: 'made_up', kind: 'state.predicates', gate: true, weight: 1, run: () => ({ score: 0, evidence: [] }) }
  const of = (evidence: { event?: number; pointer: string }[], event?: number) => issuesOf(check, { score: 0, evidence, ...(event !== undefined && { event }) }, events)[0]!
  for (const wrong of [of([{ event: 99, pointer: '' }]), of([{ event: 0, pointer: '/nothing' }]), of([], 99), of([{ event: 0, pointer: '' }, { event: 1, pointer: '/action/tool_calls/7' }])]) {
    t.match(wrong, { id: 'made_up', source: 'verifier', category: 'env_fault', verdict: 'veto', evidence: [{ event: events.length - 1, pointer: '' }] })
  }
  t.match(of([{ pointer: '/that/0' }]), { source: 'agent', evidence: [{ event: 2, pointer: '' }], call: 'call_0_0' }, 'what is not there is shown by where the agent left off')
  t.match(of([{ event: 1, pointer: '/action/tool_calls/0/name' }, { event: 1, pointer: '/action/tool_calls/0/name' }]), { evidence: [{ event: 1, pointer: '/action/tool_calls/0/name' }] }, 'each place once')
  const note = { id: 'n', check: 'slips', source: 'agent', category: 'repetition', severity: 'minor', expected: '' } as const
  t.same(noteOf({ ...note, evidence: [{ event: 99, pointer: '' }] }, events), [])
  t.same(noteOf({ ...note, evidence: [] }, events), [])
  t.equal(noteOf({ ...note, evidence: [{ event: 0, pointer: '/instruction' }] }, events).length, 1)
  t.ok(resolves({ 'a/b': [{ '~': null }] }, '/a~1b/0/~0'))
  for (const nowhere of ['x', '/a', '/a~1b/1', '/a~1b/00', '/a~1b/-1', '/a~1b/0/~0/x', '/__proto__']) t.notOk(resolves({ 'a/b': [{ '~': null }] }, nowhere), nowhere)
})

t.test('faults that were met are notes for privileged readers, a bounded number of them', async (t) => {
  const down = { profile: 'none', add: [{ id: 'down', kind: 'error.abort', match: { tools: ['get_account'] } }] }
  const episode = DESK.begin('pay', { options: { dynamics: down } })
  const { id } = slots(episode).account
  const verdict = play(episode, call('get_account', { id }), call('pay', { id, amount: 5 }), FINISH)
  t.match(verdict, { reward: 1, issues: [{ id: 'env.fault.0', source: 'env', category: 'env_fault', severity: 'info', verdict: 'note', turn: 1, evidence: [{ event: 2, pointer: '/faults' }], expected: 'error.abort' }] })
  t.same(publicView(Verdict)(verdict).issues, [], 'others are not told')
  const wide = counter(`
  pay:
    description: Pay.
    bind: {account: {from: accounts}}
    instruction: Look at \${account.id}.
    witness: [{call: get_account, with: {id: account.id}}]
    checks: [{id: rest, kind: state.untouched}]
`.slice(1), { edits: [['budgets: {turns: 20, calls: 12', 'budgets: {turns: 200, calls: 200']] }).begin('pay', { options: { dynamics: down } })
  const many = play(wide, ...Array.from({ length: 33 }, (_, i) => call('get_account', { id: `A0000${i % 7}` })), FINISH).issues.filter(({ source }) => source === 'env')
  t.equal(many.length, 21)
  t.match(many.at(-1), { expected: 'and 13 more' })
})
