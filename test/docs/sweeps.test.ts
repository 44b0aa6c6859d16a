/** docs/sweeps.md, docs/statistics.md and the sample say what there is: every field, every method, every number. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { METHODS } from '../../protocol/methods.ts'
import { SWEEP_PLAYERS, SweepSpec } from '../../protocol/sweep.ts'
import { PolicyFigures, SweepReport } from '../../protocol/sweep-report.ts'
import { ENGINE_VERSION } from '../../src/core/engine-version.ts'
import { ROOT } from '../checkout.ts'

const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8')
const page = read('docs/sweeps.md')
const statistics = read('docs/statistics.md')

t.test('every field of a specification, every policy and every method is named', async (t) => {
  for (const field of Object.keys(SweepSpec.shape)) t.ok(page.includes(`\`${field}\``) || page.includes(`${field}:`), field)
  for (const player of SWEEP_PLAYERS) t.ok(page.includes(`\`${player}\``), player)
  for (const method of Object.keys(METHODS).filter((name) => name.startsWith('sweep/'))) t.ok(page.includes(method), method)
})

t.test('the specifications that are shown are specifications', async (t) => {
  const shown = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text!)
  t.equal(shown.length, 1)
  for (const text of [...shown, read('docs/sample-sweep/sweep.yaml')]) t.equal(SweepSpec.safeParse(parse(text)).error, undefined)
})

t.test('every number of a report is told of', async (t) => {
  const told = ['policy', 'episodes', 'env_errors', 'failed', 'turns', 'calls', 'virtual_ms', 'tokens', 'usage']
  for (const field of Object.keys(PolicyFigures.shape).filter((name) => !told.includes(name))) t.ok(statistics.includes(`\`${field}`), field)
  for (const field of ['comparisons', 'against_first', 'curves', 'breakdowns', 'issues', 'frames']) t.ok(Object.hasOwn(SweepReport.shape, field) && statistics.includes(`\`${field}\``), field)
})

t.test('the sample is of this engine', async (t) => {
  t.ok(read('docs/sample-sweep/report.html').includes(`engine ${ENGINE_VERSION}`), 'write it again: see docs/sample-sweep/README.md')
})
