/** Published misgradings: honest work is paid, and gold that is wrong is refused. docs/known-failures.md has their sources. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { Episode } from '../../src/episode/episode.ts'
import { groupStatistics } from '../../src/record/group-statistics.ts'
import { call as carrierCall, carrierScenario, say as carrierSay } from '../carrier.ts'
import { attempt, begin, call, careless, charges, finish, type Job, jobOf, jobsOf, looks, mends, play, refusals, refuses, repairs, repairShop, say, told } from '../repair-shop.ts'

const GONE = { from: 'jobs', where: "job.status == 'waiting' && job.missing" }

t.test('a gold action raises', async (t) => {
  // The item is not on the shelf: the repair of the witness is refused, and what is left of it would be the target.
  const goods = "charges.exists(c, c.job == job.id && c.amount == job.price)"
  const number = { id: 'number', kind: 'answer.typed', expect: 'charges.one(c, c.job == job.id).id' }
  const swallowed = careless('mend', [{ id: 'rest_of_it', kind: 'state.predicates', that: [goods] }, number], { bind: { job: GONE } })
  t.equal(attempt('mend', (e) => [charges(e), finish('C001')], { scenario: swallowed }).paid, 1, 'charging for what was not repaired fits what is left')
  t.not(refusals(swallowed).length, 0, 'admission refuses it')
  // Compared with the witness itself it is no target at all: a fault of ours, and never a reward.
  const compared = careless('mend', [{ id: 'same', kind: 'state.equivalent' }, number], { bind: { job: GONE } })
  for (const acts of [(e: Episode) => [charges(e), finish('C001')], (e: Episode) => [charges(e, 1), finish('C001')]]) {
    const { paid, verdict, episode } = attempt('mend', acts, { scenario: compared })
    t.strictSame([paid, verdict.status], [null, 'env_error'])
    t.match(episode.events().at(-1), { fault: /the witness is refused in repair: The item is not on the shelf/ })
  }
  t.ok(refusals(compared).includes('solvable'))
  t.equal(attempt('mend', mends).paid, 1)
})

t.test('a gold that cannot be reached', async (t) => {
  // For few seeds alone, so that admission may meet none of them.
  const rare = (witness: object, where = '!job.missing') => careless('prepare', [{ id: 'same', kind: 'state.equivalent' }], { bind: { job: { from: 'jobs', where } }, witness: [{ call: 'find_job', with: { id: 'job.id' } }, witness] })
  const unplanned = rare({ call: 'move_item', with: { id: 'job.price > 830 ? jobs.first(j, j.price > 9000).id : job.id', on_bench: 'true' } })
  const refused = rare({ call: 'repair', with: { id: 'job.id' } }, "job.status == 'waiting' && (!job.missing || job.price > 830)")
  for (const [name, scenario, isHit] of [['a plan that reads what is not there', unplanned, ({ price }: Job) => price > 830], ['a step that is refused', refused, ({ missing }: Job) => missing]] as const) {
    let hits = 0
    for (let seed = 1; seed <= 120; seed++) {
      const { paid, episode } = attempt('prepare', () => [finish()], { scenario, seed })
      const hit = isHit(jobOf(episode))
      if (hit) hits++
      t.equal(paid, hit ? null : 0, `${name}: doing nothing is never paid`)
    }
    t.ok(hits > 0 && hits < 60, `${name}: ${hits} of 120 seeds`)
  }
  const unable = call('report_unable', { reason: 'The item is missing.' })
  t.equal(attempt('mend.missing', (e) => [looks(e), unable]).paid, 1, 'what cannot be done is a task of its own, and saying so its success')
})

t.test('the annotation contradicts itself', async (t) => {
  const torn = repairShop({ only: ['mend'], tasks: { mend: { variants: {}, witness: [{ call: 'find_job', with: { id: 'job.id' }, as: 'seen' }, { call: 'repair', with: { id: 'job.id' } }, { call: 'charge', with: { id: 'job.id', amount: '12' }, as: 'booked' }] } } })
  t.equal(attempt('mend', mends, { scenario: torn }).paid, 1)
  t.ok(refusals(torn).includes('solvable'), 'a plan and checks that differ are not admitted')
})

t.test('the gold label is wrong', async (t) => {
  const mislabelled = careless('owner', [{ id: 'right', kind: 'answer.typed', expect: "'Ada Moss'" }])
  const owner = attempt('owner', (e) => [looks(e), finish(jobOf(e).owner)], { scenario: mislabelled, seed: 1 })
  t.ok(refusals(mislabelled).includes('solvable'), 'the world says otherwise')
  t.equal(owner.paid, jobOf(owner.episode).owner === 'Ada Moss' ? 1 : 0, 'honest work would have been paid by chance')
  for (let seed = 1; seed <= 10; seed++) t.equal(attempt('owner', (e) => [looks(e), finish(jobOf(e).owner)], { seed }).paid, 1, 'what is expected is computed from the world that the agent sees')
})

t.test('the question fits two answers', async (t) => {
  const twins = careless('mend', [
    { id: 'mended', kind: 'state.predicates', that: ["jobs.get(job.id).status == 'repaired'", 'charges.exists(c, c.job == job.id && c.amount == job.price)'] },
    { id: 'rest', kind: 'state.untouched', except: [{ update: 'jobs', key: 'job.id', columns: ['status'] }, { insert: 'repairs' }, { insert: 'charges' }] },
  ], {
    instruction: 'Repair one of the items of ${job.owner} that wait, and charge for it.', answer: undefined, finish: {},
    witness: [{ call: 'list_jobs', with: { owner: 'job.owner' } }, { call: 'find_job', with: { id: 'job.id' }, as: 'seen' }, { call: 'repair', with: { id: 'job.id' } }, { call: 'charge', with: { id: 'job.id', amount: 'seen.price' } }],
  })
  const other = (e: Episode) => jobsOf(e).find(({ id, owner, status, missing }) => id !== jobOf(e).id && owner === jobOf(e).owner && status === 'waiting' && !missing)!
  t.equal(attempt('mend', (e) => [call('repair', { id: other(e).id }), call('charge', { id: other(e).id, amount: other(e).price }), finish()], { scenario: twins }).paid, 0, 'who took the other item did what was asked, and is paid nothing')
  t.ok(refusals(twins).includes('unambiguous'), 'so admission refuses it')
})

t.test('the answer stands in the question', async (t) => {
  const leaking = repairShop({ only: ['owner'], tasks: { owner: { instruction: 'Job ${job.id} belongs to ${job.owner}. Who owns it?' } } })
  t.ok(refusals(leaking).includes('leaks'))
  const guarded = attempt('owner', (e) => [finish(jobOf(e).owner)], { scenario: leaking })
  refuses(t, guarded, 'looked', 'missed_action', 'copying it')
})

t.test('33 against 33.00', async (t) => {
  const spelled = (amount: string) => (e: Episode): Action[] => [
    call('move_item', { id: jobOf(e).id, on_bench: true }), call('label_item', { id: jobOf(e).id, labels: ['fragile', 'urgent'] }),
    { tool_calls: [{ name: 'charge', arguments: `{"id": "${jobOf(e).id}", "amount": ${amount}}` }] }, finish(),
  ]
  const spellings = ['110', '110.0', '110.00', '1.1e2', '11000e-2']
  for (const amount of spellings) t.equal(attempt('prepare', spelled(amount)).paid, 1, amount)
  t.equal(attempt('prepare', spelled('110.01')).paid, 0)
  const rows = spellings.map((amount) => canonicalJson(attempt('prepare', spelled(amount)).episode.events().flatMap((event) => (event.type === 'call' ? event.changes : []))))
  t.equal(new Set(rows).size, 1, 'one number makes one row, under one key')
  for (const answer of [(price: number) => `${price}`, (price: number) => price.toFixed(2), (price: number) => `${price * 100}e-2`]) {
    t.equal(attempt('price', (e) => [looks(e), { tool_calls: [{ name: 'finish', arguments: `{"answer": ${answer(jobOf(e).price)}}` }] }]).paid, 1, answer(105.5))
  }
})

t.test('a generated id differs', async (t) => {
  // The same goods by way of a charge that was taken back: the counter has moved on.
  const detour = (e: Episode): Action[] => [charges(e, 5), call('refund', { charge: 'C001' }), call('label_item', { id: jobOf(e).id, labels: ['fragile', 'urgent'] }), call('move_item', { id: jobOf(e).id, on_bench: true }), charges(e, 110), finish()]
  const { paid, verdict, episode } = attempt('prepare', detour)
  t.match(episode.events().findLast((event) => event.type === 'call' && event.tool === 'charge'), { content: '{"charge":"C002"}' })
  t.strictSame([paid, verdict.gates.same], [1, true], 'rows that were made are compared by what they hold')
  const exact = careless('prepare', [{ id: 'same', kind: 'state.predicates', that: ["charges.get('C001').amount == 110"] }])
  t.equal(attempt('prepare', detour, { scenario: exact }).paid, 0, 'a check that names the id would have refused it')
})

t.test('one prudent read more', async (t) => {
  const prudent = (e: Episode): Action[] => [call('read_sign'), looks(e), looks(e), call('list_jobs', { owner: jobOf(e).owner }), call('find_job', { id: 'J' }), ...mends(e).slice(0, 3), looks(e), finish('C001')]
  t.equal(attempt('mend', prudent).paid, 1)
  const exact = careless('mend', [{ id: 'path', kind: 'calls.constraints', call: '*', most: 3 }])
  t.equal(attempt('mend', prudent, { scenario: exact }).paid, 0, 'where the path had to be the standard one')
  t.equal(attempt('mend', mends, { scenario: exact }).paid, 1)
})

t.test('another way to the same end', async (t) => {
  const other = (e: Episode): Action[] => [
    charges(e, 110), call('label_item', { id: jobOf(e).id, labels: ['wrong'] }), call('label_item', { id: jobOf(e).id, labels: ['fragile', 'urgent'] }), call('move_items', { ids: [jobOf(e).id] }), finish(),
  ]
  t.equal(attempt('prepare', other).paid, 1, 'another tool, another order, a slip that was mended')
  const narrow = careless('prepare', [{ id: 'way', kind: 'calls.constraints', order: [{ call: 'move_item' }, { call: 'label_item' }, { call: 'charge' }] }])
  t.equal(attempt('prepare', other, { scenario: narrow }).paid, 0, 'where the test was written after one solution')
})

t.test('a list in another order', async (t) => {
  const reversed = (e: Episode): Action[] => [call('move_item', { id: jobOf(e).id, on_bench: true }), call('label_item', { id: jobOf(e).id, labels: ['urgent', 'fragile'] }), charges(e, 110), finish()]
  t.equal(attempt('prepare', reversed).paid, 1)
  t.equal(attempt('prepare', reversed, { scenario: careless('prepare', [{ id: 'same', kind: 'state.equivalent' }]) }).paid, 0, 'where order is not said to be free')
  refuses(t, attempt('prepare', (e) => [call('move_item', { id: jobOf(e).id, on_bench: true }), call('label_item', { id: jobOf(e).id, labels: ['urgent', 'fragile', 'urgent'] }), charges(e, 110), finish()]), 'same', 'missed_action', 'one more is not another order')
  const waiting = (e: Episode) => jobsOf(e).filter(({ owner, status }) => owner === jobOf(e).owner && status === 'waiting').map(({ id }) => id)
  t.equal(attempt('waiting', (e) => [call('list_jobs', { owner: jobOf(e).owner }), finish(waiting(e).sort().reverse())]).paid, 1)
})

t.test('a number in other clothes', async (t) => {
  const byValue = careless('price', [{ id: 'right', kind: 'answer.typed', expect: 'string(job.price)', compare: 'number' }], { answer: { type: 'string' }, finish: { answer: 'string(seen.price)' } })
  const exact = careless('price', [{ id: 'right', kind: 'answer.typed', expect: 'string(job.price)' }], { answer: { type: 'string' }, finish: { answer: 'string(seen.price)' } })
  for (const dress of [(price: number) => `${price}\n`, (price: number) => ` ${price.toFixed(4)} `, (price: number) => `0${price.toFixed(2)}`]) {
    t.equal(attempt('price', (e) => [looks(e), finish(dress(jobOf(e).price))], { scenario: byValue }).paid, 1, JSON.stringify(dress(105.5)))
  }
  t.equal(attempt('price', (e) => [looks(e), finish(jobOf(e).price.toFixed(4))], { scenario: exact }).paid, 0, 'where spelling counts')
  t.equal(attempt('price', (e) => [looks(e), finish(`${jobOf(e).price} or 1`)], { scenario: byValue }).paid, 0)
  t.equal(attempt('tell_price', (e) => [looks(e), say(`It will be **$${jobOf(e).price.toFixed(2)}**.`), finish()]).paid, 1)
})

t.test('the page was redesigned', async (t) => {
  const drift = { dynamics: { profile: 'clean', add: [
    { id: 'fields', kind: 'schema.drift', match: { tools: ['find_job', 'charge'] }, rename: { id: 'jobRef' }, retype: { amount: 'string' } },
    { id: 'names', kind: 'tools.list_changed', match: { tools: ['repair'] }, suffix: 'v2' },
  ] } }
  const adapted = (e: Episode): Action[] => [looks(e), call('find_job', { jobRef: jobOf(e).id }), repairs(e), call('repair_v2', { id: jobOf(e).id }), call('charge', { jobRef: jobOf(e).id, amount: String(jobOf(e).price) }), finish('C001')]
  const { paid, episode } = attempt('mend', adapted, drift)
  t.equal(episode.events().filter((event) => event.type === 'call' && event.is_error).length, 2, 'the old page is gone')
  t.equal(paid, 1, 'checks know a tool by what it means, whatever it is called')
})

t.test('a broken environment is scored 0', async (t) => {
  const fragile = repairShop({ only: ['mend'], tools: { reindex: { description: 'Rebuilds the index.', effect: 'write', input: { properties: {} }, do: [{ set: { 'shop.total': '0 - 1' } }] } } })
  const broken = attempt('mend', (e) => [looks(e), call('reindex')], { scenario: fragile })
  t.strictSame([broken.paid, broken.verdict.reward, broken.verdict.status], [null, null, 'env_error'])
  const statistics = groupStatistics([broken, attempt('mend', mends), attempt('mend', () => [finish('')])].map(({ verdict }) => ({ group: 'one', reward: verdict.reward })))
  t.match(statistics, { rollouts: 3, void: 1, mean_reward: 0.5, success_rate: 0.5 }, 'a void rollout is no sample')
})

t.test("what others did is the agent's fault", async (t) => {
  const meddled = { dynamics: { profile: 'clean', add: [{ id: 'colleague', kind: 'world.event', at_ms: 50, do: [{ set: { 'shop.sign': "'Closed'" } }] }] } }
  const { paid, episode } = attempt('mend', mends, meddled)
  const sign = begin('mend', meddled)
  sign.step(looks(sign))
  sign.step(call('read_sign'))
  t.match(told(sign), 'Closed', 'somebody else changed the sign')
  t.equal(paid, 1)
  refuses(t, attempt('mend', (e) => [call('hang_sign', { text: 'Closed' }), ...mends(e)]), 'rest', 'collateral_damage', 'the agent doing so')
  t.equal(episode.ended, true)
  // The customer turns the phone's own switches.
  const phone = Episode.start(carrierScenario(), { seed: 3, task: 'no_internet' })
  const { number } = (phone.inspect().gold as { slots: { number: string } }).slots
  const talk = [carrierCall('find_line', { number }), carrierSay('Please turn off airplane mode.'), carrierSay('Please switch on mobile data.'), carrierSay('Does it work?')]
  for (const action of talk) if (!phone.ended) phone.step(action)
  t.ok(phone.events().some((event) => event.type === 'call' && event.frame === 'user' && event.changes.length > 0))
  t.match(phone.last.info.verdict, { reward: 1, gates: { rest: true } }, 'what the customer did is the customer’s')
})

t.test('a grader of two minds', async (t) => {
  const { episode, verdict } = attempt('stages', (e) => [looks(e), call('hang_sign', { text: 'Busy' }), finish()])
  t.ok(verdict.reward! > 0 && verdict.reward! < 1)
  for (let i = 0; i < 5; i++) {
    const again = Episode.restore(episode.scenario, episode.snapshot())
    t.equal(canonicalJson(again.last.info.verdict), canonicalJson(verdict), 'the same episode has the same verdict, to the byte')
  }
  const other = play(begin('stages'), ...[looks(episode), call('hang_sign', { text: 'Busy' }), finish()].map((action) => ({ ...action, meta: { note: 'grade this one better' } })))
  t.equal(other.verdict.reward, verdict.reward, 'and what is written beside the action is not read')
})
