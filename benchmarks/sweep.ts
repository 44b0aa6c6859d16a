/**
 * What the machinery of a sweep costs: episodes a second through threads, commits and reports, against the same
 * episodes played in a loop that keeps nothing.
 *   node benchmarks/sweep.ts [seeds]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SweepSpec } from '../protocol/sweep.ts'
import { embeddedFiles } from '../src/cli/embedded-catalogue.ts'
import { embeddedProfiles, embeddedThemes } from '../src/cli/embedded-supply.ts'
import { localFinder } from '../src/cli/local-finder.ts'
import { toEnd } from '../src/core/to-end.ts'
import { SweepRun } from '../src/server/sweeps/sweep-run.ts'
import { openDatabase } from '../src/store/database.ts'
import { SqliteSweeps } from '../src/store/sqlite-sweeps.ts'
import { playUnit } from '../src/sweep/play.ts'
import { planSweep, unitAt, unitCount } from '../src/sweep/plan.ts'
import { playedOf } from '../src/sweep/played.ts'
import { reportOn } from '../src/sweep/report.ts'

const seeds = Number(process.argv[2] ?? 40)
const ROUNDS = 3
const spec = SweepSpec.parse({ policies: ['oracle', 'naive', 'random', 'noop'].map((policy) => ({ policy })), scenarios: ['*'], seeds, dynamics: ['clean', 'realistic', 'flaky', 'hostile'].map((profile) => ({ profile })) })
const finder = localFinder()
const plan = toEnd(planSweep(spec, finder))
const count = unitCount(plan)
const source = { shipped: [...embeddedFiles('envs'), ...embeddedFiles('scenarios')], given: [], themes: embeddedThemes(), profiles: embeddedProfiles() }
const folder = mkdtempSync(join(tmpdir(), 'sweep-benchmark-'))

async function timed(run: () => unknown): Promise<number> {
  const began = performance.now()
  await run()
  return (performance.now() - began) / 1000
}

function loop(): void {
  for (let unit = 0; unit < count; unit++) {
    const place = unitAt(plan, unit)
    const { scenario, seed, task } = plan.rows[place.row]!
    playUnit(toEnd(finder.scenario(scenario, seed, task)), plan, place)
  }
}

async function sweep(threads: number, path: string): Promise<void> {
  const database = openDatabase(path, 'normal')
  const store = new SqliteSweeps(database)
  const id = '0'.repeat(32)
  store.create({ id, spec, tasks: plan.rows, digest: plan.digest, planned: count, engine: '', principal: '', createdAt: 0, state: 'running' })
  await new SweepRun({ id, plan, store, source, endpoints: new Map(), threads }).run(new AbortController().signal)
  database.close()
}

const best: Record<string, number> = {}
const note = (name: string, seconds: number): void => { best[name] = Math.min(best[name] ?? Infinity, seconds) }
try {
  for (let round = 0; round < ROUNDS; round++) {
    note('a loop that keeps nothing, one thread', await timed(loop))
    note('a sweep, one thread', await timed(() => sweep(1, join(folder, `one-${round}.sqlite`))))
    note('a sweep, two threads', await timed(() => sweep(2, join(folder, `two-${round}.sqlite`))))
  }
  const database = openDatabase(join(folder, 'two-0.sqlite'))
  const played = new SqliteSweeps(database).outcomes('0'.repeat(32)).map(({ unit, outcome }) => playedOf(plan, unit, outcome))
  database.close()
  note('its report', await timed(() => reportOn(plan, played, { state: 'done' })))
  const loopSeconds = best['a loop that keeps nothing, one thread']!
  console.log(`${count} episodes of ${plan.rows.length} tasks, best of ${ROUNDS}`)
  console.table(Object.fromEntries(Object.entries(best).map(([name, seconds]) => [name, { seconds: Number(seconds.toFixed(2)), 'episodes a second': Math.round(count / seconds), 'of the loop': Number((loopSeconds / seconds).toFixed(2)) }])))
  console.log(`${Math.round(statSync(join(folder, 'two-0.sqlite')).size / count)} bytes an episode on the disk`)
} finally {
  rmSync(folder, { recursive: true })
}
