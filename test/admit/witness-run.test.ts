/** What a witness was told: the answer of its own call, whatever else came with it. */
import t from 'tap'
import { runWitness, toldBy } from '../../src/admit/witness-run.ts'
import type { WitnessStep } from '../../src/episode/task.ts'
import { shippedCatalogue } from '../checkout.ts'

const call = { kind: 'call', call: 'list_alerts', as: 'seen' } as WitnessStep
const say = { kind: 'say', as: 'seen' } as WitnessStep
const answer = { role: 'tool', tool_call_id: 'c', name: 'list_alerts', content: '{"alerts": []}' } as const
const news = { role: 'user', name: 'notification', content: 'Alert A1: memory' } as const

t.test('notifications are no answer', async (t) => {
  t.same(toldBy(call, [answer, news], new Set()), { alerts: [] })
  t.equal(toldBy(say, [{ role: 'user', content: 'Yes.' }, news], new Set()), 'Yes.')
  t.equal(toldBy(say, [news], new Set()), undefined)
  t.equal(toldBy(call, [{ ...answer, is_error: true }], new Set()), undefined)
  t.same(toldBy(call, [{ ...answer, is_error: true }], new Set(['list_alerts'])), { alerts: [] }, 'where a refusal is what it looks for')
})

t.test('a witness that is told news while it reads plays to its end', async (t) => {
  // An alert of another service fires while the alerts are listed.
  const run = runWitness(shippedCatalogue().find('incident')!, { seed: 7818136710325791, task: 'watch_a', options: { dynamics: 'clean' } })
  t.equal(run?.reward, 1)
})
