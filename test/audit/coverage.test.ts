/** Intervals cover what they promise: Wilson's over all outcomes, the others over some hundred sweeps; `npm run audit -- coverage` is the long form. */
import t from 'tap'
import { COVERAGE_BOUNDS, type CoverageRow, differenceCoverage, judgeCoverage, levelOfTest, meanCoverage, wilsonCoverage } from '../../src/audit/coverage.ts'
import { stoppedCoverage } from '../../src/audit/early-stop.ts'
import { drawPairs, drawSweep, type Simulated, sizesOf } from '../../src/audit/simulated-sweep.ts'
import { keyOf } from '../../src/core/keyed.ts'

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const bounded = (rows: readonly CoverageRow[]) => rows.filter(({ within }) => within === COVERAGE_BOUNDS)

t.test("Wilson's interval, enumerated: within the bounds exactly", async (t) => {
  const rows = wilsonCoverage()
  t.same(judgeCoverage(rows), [])
  // By scipy 1.17.1: sum of binom.pmf(k, 200, p) over all k whose interval covers p.
  t.same(rows.map(({ share }) => share.toFixed(4)), ['0.9561', '0.9440', '0.9561'])
})

t.test('simulated sweeps have the mean and the likeness that they are said to have', async (t) => {
  for (const likeness of ['hardness', 'copies'] as const) for (const [share, correlation] of [[0.1, 0.6], [0.5, 0.3], [0.9, 0]] as const) {
    const simulated: Simulated = { sizes: sizesOf([20_000, 2]), likeness, correlation, share }
    const values = drawSweep(simulated, keyOf([likeness])).map(({ value }) => value)
    const both = mean(Array.from({ length: 20_000 }, (_, task) => values[2 * task]! * values[2 * task + 1]!))
    const own = mean(values)
    const found = (both - own * own) / (own * (1 - own))
    t.ok(Math.abs(own - share) < 0.01 && Math.abs(found - correlation) < 0.03, `${likeness} ${share} ${correlation}: ${own} ${found}`)
  }
  const pairs = drawPairs({ sizes: sizesOf([20_000, 2]), likeness: 'hardness', correlation: 0.3, share: 0.7 }, 0.75, 0.6, keyOf(['pairs'])).map(({ value }) => value)
  t.ok(Math.abs(mean(pairs) - 0.05) < 0.01, `${mean(pairs)}`)
  // Where both meet the same draws the better one never does worse.
  t.ok(mean(drawPairs({ sizes: sizesOf([2000, 2]), likeness: 'copies', correlation: 0.3, share: 0.7 }, 0.75, 1, keyOf(['same'])).map(({ value }) => (value < 0 ? 1 : 0))) === 0)
})

t.test('means, differences and their test: no further from the bounds than chance allows', async (t) => {
  const effort = { sweeps: 200 }
  const rows = [...meanCoverage(effort), ...differenceCoverage(effort), ...levelOfTest(effort)]
  t.same(judgeCoverage(rows, 3), [])
  const all = mean(bounded(rows).map(({ share }) => share))
  t.ok(bounded(rows).length === 23 && all > 0.942 && all < 0.958, `${all} over ${bounded(rows).length} cases`)
  t.ok(rows.every(({ share, below, above, case: name }) => name.startsWith('test') || Math.abs(share + below + above - 1) < 1e-9))
  t.same(meanCoverage({ sweeps: 5 }), meanCoverage({ sweeps: 5 }), 'the same seeds give the same figures')
  t.notSame(meanCoverage({ sweeps: 20 }), meanCoverage({ sweeps: 20, seed: 'other' }), 'others give others')
})

t.test('after an early end: figures, without a bound', async (t) => {
  const rows = stoppedCoverage({ sweeps: 10 })
  t.equal(rows.length, 6)
  for (const { case: name, width, within } of rows) t.ok(within === undefined && width <= 0.1, `${name} ended at its half width: ${width}`)
})

t.test('an interval that promises too much is found', async (t) => {
  const [row] = wilsonCoverage()
  t.equal(judgeCoverage([{ ...row!, share: 0.93 }]).length, 1)
  t.equal(judgeCoverage([{ ...row!, share: 0.97 }]).length, 1)
  t.equal(judgeCoverage([{ ...row!, share: 0.93, error: 0.002 }], 3).length, 0)
})
