/** Means with their intervals: what came out alike everywhere is not certain. */
import t from 'tap'
import { keyOf } from '../../src/core/keyed.ts'
import { wilson } from '../../src/statistics/wilson.ts'
import { estimate, estimateDifference, type Valued } from '../../src/sweep/estimate.ts'

const KEY = keyOf(['test'])

/** Each task has the same values. */
function tasks(count: number, ...values: number[]): Valued[] {
  return Array.from({ length: count }, (_, task) => values.map((value) => ({ task, value }))).flat()
}

t.test('every task came out alike', async (t) => {
  const [, others] = wilson(0, 10)
  t.match(estimate(tasks(10, 0, 1), KEY), { mean: 0.5, low: 0.5 - others / 2, high: 0.5 + others / 2, method: 'wilson' }, 'one dynamics fails all, the other none')
  t.match(estimate(tasks(10, 0.25, 0.25), KEY), { mean: 0.25, low: 0.25 - others / 4, method: 'wilson' })
  t.match(estimate(tasks(10, 1, 1), KEY), { mean: 1, low: wilson(10, 10)[0], high: 1, method: 'wilson' })
  t.match(estimateDifference(tasks(10, 0, 0), KEY, 1), { mean: 0, low: -others, high: others, method: 'wilson' })
  t.match(estimateDifference(tasks(10, -1), KEY, 1), { mean: -1, low: -1, high: -1 + 2 * others, method: 'wilson' })
  t.match(estimateDifference(tasks(10, 0, 1), KEY, 1), { mean: 0.5, low: 0.5 - 1.5 * others, high: 0.5 + others / 2, method: 'wilson' })
  t.match(estimateDifference(tasks(10, 3), KEY), { mean: 3, method: 'none' }, 'calls know no bounds')
})

t.test('what differs is drawn again, and one task says nothing', async (t) => {
  t.match(estimate([...tasks(10, 0, 1), { task: 0, value: 1 }], KEY), { method: 'bootstrap' })
  t.match(estimateDifference([...tasks(10, 1), { task: 10, value: 0 }], KEY, 1), { method: 'bootstrap' })
  for (const one of [estimate(tasks(1, 0, 1), KEY), estimate(tasks(1, 0.5), KEY), estimateDifference(tasks(1, 1), KEY, 1)]) t.equal(one.method, 'none')
})
