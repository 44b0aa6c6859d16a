/** Wilson's interval against published values. */
import t from 'tap'
import { wilson } from '../../src/statistics/wilson.ts'

/** Newcombe, Statistics in Medicine 17 (1998), table I, method 3: four decimals. */
const PUBLISHED = [[81, 263, 0.2553, 0.3662], [15, 148, 0.0624, 0.1605], [0, 20, 0, 0.1611], [1, 29, 0.0061, 0.1718]] as const

t.test('as published', async (t) => {
  for (const [successes, trials, low, high] of PUBLISHED) t.same(wilson(successes, trials).map((bound) => bound.toFixed(4)), [low, high].map((bound) => bound.toFixed(4)), `${successes} of ${trials}`)
})

t.test('at the ends, and without trials', async (t) => {
  t.same(wilson(0, 0), [0, 1])
  t.equal(wilson(0, 10)[0], 0)
  t.equal(wilson(10, 10)[1], 1)
})
