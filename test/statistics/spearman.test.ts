/** Rank correlation against numbers of a reference implementation. */
import t from 'tap'
import { spearman } from '../../src/statistics/spearman.ts'

t.test('values of a reference implementation (scipy.stats.spearmanr)', async (t) => {
  const near = (x: number[], y: number[], rho: number): void => void t.ok(Math.abs(spearman(x, y) - rho) < 1e-12, `${spearman(x, y)} for ${rho}`)
  near([1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 0.8207826816681233)
  near([1, 2, 3, 4, 5], [0.9, 0.7, 0.7, 0.4, 0.1], -0.9746794344808964)
  near([10, 20, 30], [3, 2, 1], -1)
  near([1, 2, 3, 4], [2, 2, 2, 2], 0)
})

t.test('too little to compare is an error', async (t) => {
  t.throws(() => spearman([1], [1]), RangeError)
  t.throws(() => spearman([1, 2], [1]), RangeError)
})
