/**
 * How many episodes it takes to see a difference of about five points: with both policies on the same tasks under the
 * same luck, as sweeps compare, and with each on tasks of its own.
 *   node benchmarks/power.ts [seeds]
 * First two built-in policies of the gym over the whole catalogue, then two simulated ones.
 */
import { SweepSpec } from '../protocol/sweep.ts'
import { localFinder } from '../src/cli/local-finder.ts'
import { below, chance, type Key, keyOf, nth } from '../src/core/keyed.ts'
import { toEnd } from '../src/core/to-end.ts'
import { signFlip } from '../src/statistics/sign-flip.ts'
import { playUnit } from '../src/sweep/play.ts'
import { planSweep, unitAt, unitCount } from '../src/sweep/plan.ts'

const seeds = Number(process.argv[2] ?? 60)
const SIZES = [50, 100, 200, 400, 800, 1600, 3200] as const
const TRIALS = 400
const LEVEL = 0.05
const WANTED = 0.8

/** Whether each of two policies succeeded in an episode. */
type Pair = readonly [boolean, boolean]

/** Two-sided, of two shares: the usual z test with a pooled share. */
function zTest(a: number, b: number, n: number): number {
  const pooled = (a + b) / (2 * n)
  const error = Math.sqrt((2 * pooled * (1 - pooled)) / n)
  if (error === 0) return 1
  const z = Math.abs(b - a) / n / error
  // Abramowitz and Stegun 26.2.17, exact enough beside 5%.
  const t = 1 / (1 + 0.2316419 * z)
  return 2 * 0.3989423 * Math.exp((-z * z) / 2) * t * (0.3193815 + t * (-0.3565638 + t * (1.781478 + t * (-1.821256 + t * 1.330274))))
}

/** Exact enough, and faster than flips, for what is +1, -1 or 0: McNemar's test is the sign-flip test of such pairs. */
function pairedTest(pairs: readonly Pair[], key: Key): number {
  return signFlip(pairs.map(([a, b]) => Number(b) - Number(a)), key)
}

/** Share of trials that see the difference, by size. */
function power(drawPair: (key: Key) => Pair, name: string): { n: number; paired: number; unpaired: number }[] {
  return SIZES.map((n) => {
    let [paired, unpaired] = [0, 0]
    for (let trial = 0; trial < TRIALS; trial++) {
      const key = nth(keyOf(['power', name, n]), trial)
      const own = Array.from({ length: n }, (_, i) => drawPair(nth(keyOf(['same'], key), i)))
      if (pairedTest(own, key) <= LEVEL) paired++
      const others = Array.from({ length: n }, (_, i) => drawPair(nth(keyOf(['other'], key), i)))
      if (zTest(own.filter(([a]) => a).length, others.filter(([, b]) => b).length, n) <= LEVEL) unpaired++
    }
    return { n, paired: paired / TRIALS, unpaired: unpaired / TRIALS }
  })
}

/** The size at which a share is reached, between the two around it. */
function sizeFor(rows: readonly { n: number; power: number }[]): string {
  const at = rows.findIndex(({ power: share }) => share >= WANTED)
  if (at < 0) return `more than ${rows.at(-1)!.n}`
  if (at === 0) return `at most ${rows[0]!.n}`
  const [low, high] = [rows[at - 1]!, rows[at]!]
  return `about ${Math.round((low.n + ((high.n - low.n) * (WANTED - low.power)) / (high.power - low.power)) / 10) * 10}`
}

function show(title: string, rows: ReturnType<typeof power>): void {
  console.log(`\n${title}`)
  console.table(Object.fromEntries(rows.map(({ n, paired, unpaired }) => [`${n} tasks, ${2 * n} episodes`, { 'paired, %': Math.round(paired * 100), 'unpaired, %': Math.round(unpaired * 100) }])))
  console.log(`tasks for ${WANTED * 100}%: paired ${sizeFor(rows.map(({ n, paired }) => ({ n, power: paired })))}, unpaired ${sizeFor(rows.map(({ n, unpaired }) => ({ n, power: unpaired })))}`)
}

function facts(pairs: readonly Pair[]): string {
  const n = pairs.length
  const count = (holds: (pair: Pair) => boolean): number => pairs.filter(holds).length
  const [a, b, both] = [count((pair) => pair[0]) / n, count((pair) => pair[1]) / n, count((pair) => pair[0] && pair[1]) / n]
  return `${(a * 100).toFixed(1)}% and ${(b * 100).toFixed(1)}% succeed, correlation ${((both - a * b) / Math.sqrt(a * (1 - a) * b * (1 - b))).toFixed(2)}, ${n} pairs`
}

/** What two built-in policies did in the same episodes. */
function playPairs(): Pair[] {
  const finder = localFinder()
  const plan = toEnd(planSweep(SweepSpec.parse({ policies: [{ policy: 'oracle' }, { policy: 'naive' }], scenarios: ['*'], seeds, dynamics: ['clean', 'realistic', 'flaky', 'hostile'].map((profile) => ({ profile })) }), finder))
  const succeeded = Array.from({ length: unitCount(plan) }, (_, unit) => {
    const place = unitAt(plan, unit)
    const { scenario, seed, task } = plan.rows[place.row]!
    const end = playUnit(toEnd(finder.scenario(scenario, seed, task)), plan, place).events().at(-1)
    return end?.type === 'end' && end.verdict.success
  })
  return Array.from({ length: succeeded.length / 2 }, (_, i): Pair => [succeeded[2 * i]!, succeeded[2 * i + 1]!])
}

const played = playPairs()
show(`oracle and naive over the whole catalogue under four profiles: ${facts(played)}`, power((key) => played[below(key, played.length)]!, 'played'))
for (const alike of [0, 0.5, 0.8]) {
  const draw = (key: Key): Pair => [chance(key, 0.7), chance(chance(key, alike, 1) ? key : keyOf(['other'], key), 0.75)]
  const sample = Array.from({ length: 20_000 }, (_, i) => draw(nth(keyOf(['facts']), i)))
  show(`simulated, the same luck in ${alike * 100}% of the episodes: ${facts(sample)}`, power(draw, `simulated ${alike}`))
}
