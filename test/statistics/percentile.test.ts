import t from 'tap'
import { percentile } from '../../src/statistics/percentile.ts'

t.test('the numbers of numpy.percentile', async (t) => {
  const of = (values: readonly number[], ...shares: number[]): number[] => shares.map((share) => Math.round(percentile(values, share) * 1e9) / 1e9)
  t.same(of([1, 2, 3, 4], 0, 0.5, 0.99, 1), [1, 2.5, 3.97, 4])
  t.same(of([0.3, 7, 7, 19.5, 1000], 0.1, 0.25, 0.9, 0.95), [2.98, 7, 607.8, 803.9])
  t.same(of([5], 0, 0.5, 1), [5, 5, 5])
  t.same(of([], 0.5), [0])
})
