import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { Verdict } from '../../protocol/verdict.ts'
import { Episode } from '../../src/episode/episode.ts'
import { quantise } from '../../src/verify/score.ts'
import { seedOf } from '../checkout.ts'
import { deskScenario } from '../desk.ts'
import fc from '../property.ts'
import { attempt, charges, jobOf, looks, repairs, repairShop } from '../repair-shop.ts'

const desk = deskScenario()
const call = (name: string, args: unknown): Action => ({ tool_calls: [{ name, arguments: args }] })
const start = (task: string, seed = 1) => Episode.start(desk, { seed, task })
const slotsOf = (episode: Episode) => (episode.inspect().gold as { slots: Record<string, any> }).slots

/** Plays actions and gives the verdict; the last one must end the episode. */
function verdictOf(episode: Episode, ...actions: Action[]): Verdict {
  let last = episode.last
  for (const action of actions) last = episode.step(action)
  return last.info.verdict!
}

t.test('a score is a multiple of 2^-20 and 1 only for full success', async (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (score) => {
    const reward = quantise(score, false)
    return reward >= 0 && reward < 1 && Number.isInteger(reward * 2 ** 20) && score - reward < 2 ** -19
  })))
  t.equal(quantise(0.3, true), 1)
  t.equal(quantise(1, false), 1 - 2 ** -20, 'rounding never reaches 1')
})

t.test('missing, doubled, stray and wrong writes fail their gates, with evidence that resolves', async (t) => {
  for (let i = 0; i < 10; i++) {
    const begin = () => start('pay_once', seedOf('verify', i))
    const { account, amount } = slotsOf(begin())
    const pay = call('pay', { id: account.id, amount })
    const finish = call('finish', {})
    const other = begin().scenario.baseOf(seedOf('verify', i)).rows(0).find((row) => row.id !== account.id && (row.balance as number) > 100)!.id
    const cases: [string, Action[], string | undefined][] = [
      ['as it should be', [pay, finish], undefined],
      ['nothing', [finish], 'missed_action'],
      ['twice', [pay, pay, finish], 'duplicate_effect'],
      ['other account', [call('pay', { id: other, amount: 1 }), pay, finish], 'collateral_damage'],
      ['wrong amount', [call('pay', { id: account.id, amount: amount + 1 }), finish], 'missed_action'],
      ['stray freeze', [call('freeze', { id: account.id }), pay, finish], 'collateral_damage'],
    ]
    for (const [name, actions, category] of cases) {
      const episode = begin()
      const verdict = verdictOf(episode, ...actions)
      t.equal(verdict.reward, category ? 0 : 1, name)
      t.equal(verdict.success, !category)
      t.equal(verdict.issues.some((issue) => issue.category === category), category !== undefined, name)
      t.ok(Verdict.safeParse(verdict).success)
      const events = episode.events()
      t.ok(verdict.issues.every((issue) => issue.evidence.every(({ event }) => events[event]?.index === event)), 'evidence points at events')
    }
  }
})

t.test('doing the work and then declining it is a false claim', async (t) => {
  const episode = start('pay_once')
  const { account, amount } = slotsOf(episode)
  const verdict = verdictOf(episode, call('pay', { id: account.id, amount }), call('report_unable', { reason: 'Nothing was done.' }))
  t.same([verdict.reward, verdict.success, verdict.gates.ending], [0, false, false])
  t.ok(verdict.issues.some((issue) => issue.category === 'false_claim'))
})

t.test('what is undone is no damage, and reads do no harm', async (t) => {
  const episode = start('pay_once')
  const { account, amount } = slotsOf(episode)
  const look = call('get_account', { id: account.id })
  t.equal(verdictOf(episode, look, look, call('pay', { id: account.id, amount }), look, call('finish', {})).reward, 1)
})

t.test('answers: number spelling does not matter, the value does', async (t) => {
  const answer = (value: (balance: number) => unknown) => {
    const episode = start('balance_of')
    const outcome = episode.step(call('finish', { answer: value(slotsOf(episode).account.balance) }))
    return outcome.info.verdict?.reward ?? 'refused'
  }
  t.equal(answer((balance) => balance), 1)
  t.equal(answer((balance) => Number(balance.toFixed(2) + '0000001')), 1, '71.960000000000001 is 71.96')
  t.equal(answer((balance) => balance + 0.01), 0)
  t.equal(answer((balance) => balance + 0.004), 'refused', 'no multiple of a cent')
  t.equal(answer((balance) => String(balance)), 1, 'a number written as text is that number')
  t.equal(verdictOf(start('balance_of'), call('report_unable', { reason: 'no' })).reward, 0)
})

t.test('gates multiply, graded checks average by weight', async (t) => {
  const play = (actions: (account: { id: string; owner: string }) => Action[]) => {
    const episode = start('owner_graded')
    return verdictOf(episode, ...actions(slotsOf(episode).account)).reward
  }
  const finish = (answer: string) => call('finish', { answer })
  const freeze = (id: string) => call('freeze', { id })
  t.equal(play((a) => [freeze(a.id), finish(a.owner)]), 1)
  t.equal(play((a) => [finish(a.owner)]), quantise(2 / 3, false))
  t.equal(play((a) => [freeze(a.id), finish('Eve')]), quantise(1 / 3, false))
  t.equal(play(() => [finish('Eve')]), 0)
  t.equal(play((a) => [call('pay', { id: a.id, amount: 1 }), freeze(a.id), finish(a.owner)]), 0, 'the gate')
})

t.test('progress: starts at 0, pays steps towards the goal, takes them back for damage', async (t) => {
  const episode = Episode.start(desk, { seed: 1, task: 'pay_once', options: { shaping: 'progress' } })
  const { account, amount } = slotsOf(episode)
  t.equal(episode.step(call('get_account', { id: account.id })).reward, 0)
  const paid = episode.step(call('pay', { id: account.id, amount })).reward!
  t.ok(paid > 0.9 && paid < 1)
  const fork = episode.fork()
  t.equal(fork.step(call('freeze', { id: account.id })).reward, -paid)
  t.equal(episode.step(call('finish', {})).reward, 1 - paid)
})

t.test('a check that looks for a row which was never made fails; it does not break the episode', async (t) => {
  for (const actions of [[call('finish', { answer: '' })], [call('finish', { answer: 'null' })]]) {
    const verdict = verdictOf(start('pay_and_tell'), ...actions)
    t.same([verdict.status, verdict.reward], ['scored', 0])
  }
})

t.test('who declines what nothing gets past has found that out first, and kept what holds whatever happens', async (t) => {
  const charge = call('charge', { id: 'x', amount: 1 })
  const unable = call('report_unable', { reason: 'No charge can be booked.' })
  const gone = { profile: 'none', add: [{ id: 'gone', kind: 'error.abort', match: { tools: ['charge'] }, persistence: 'permanent', status: 410, messages: ['Gone'] }] }
  const declined = (acts: (episode: Episode) => readonly Action[], checks: readonly object[] = []) => {
    const rest = { id: 'rest', kind: 'state.untouched', except: [{ update: 'jobs', key: 'job.id' }, { insert: 'repairs', at_most: 2 }, { insert: 'charges' }] }
    const scenario = repairShop({ only: ['mend'], tasks: { mend: { variants: {}, checks: [rest, ...checks] } } })
    const { paid, failed } = attempt('mend', (e) => [...acts(e), unable], { scenario, dynamics: gone })
    return [paid, ...failed]
  }
  t.same(declined((e) => [looks(e), repairs(e), charges(e)]), [1])
  t.match(declined(() => [{ tool_calls: [...charge.tool_calls!, ...unable.tool_calls!] }]), [0, 'ending'], 'all at once, and declined before any answer was read')

  // Changed and restored: only what was done tells.
  const meddles = (e: Episode): Action[] => (['repaired', 'waiting'] as const).map((status) => call('edit_record', { id: jobOf(e).id, status })).concat(charges(e))
  const honest = (e: Episode): Action[] => [charges(e)]
  t.same(declined(meddles), [1])
  const kept: object[] = [
    { id: 'mines', kind: 'minefields', never: [{ call: 'edit_*' }] },
    { id: 'order', kind: 'rules.temporal', order: ['never edit_record'] },
    { id: 'calls', kind: 'calls.constraints', call: 'edit_record', most: 0 },
    { id: 'twice', kind: 'effects.exactly_once', call: 'edit_record' },
  ]
  for (const check of kept) {
    t.same(declined(meddles, [check]), [0, (check as { id: string }).id])
    t.same(declined(honest, [check]), [1])
  }
  const owed: object[] = [
    { id: 'mines', kind: 'minefields', never: [{ that: "jobs.get(job.id).status == 'waiting'" }, { ends: 'report_unable' }] },
    { id: 'order', kind: 'rules.temporal', order: ['tick_checklist after each charge', 'repair before any charge'] },
    { id: 'calls', kind: 'calls.constraints', call: 'charge', least: 1, most: 3 },
    { id: 'once', kind: 'effects.exactly_once', insert: 'charges' },
  ]
  for (const check of owed) t.same(declined(honest, [check]), [1], 'what cannot be done is not asked for')
})
