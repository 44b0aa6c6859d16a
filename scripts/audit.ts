/**
 * The long audits; the tests run short forms of the same functions.
 *   node scripts/audit.ts catalogue [draws]      every task over that many draws (default 2000)
 *   node scripts/audit.ts admission [seeds]      every scenario admitted over that many seeds (default 40)
 *   node scripts/audit.ts dynamics [seeds] [scenarios] [profiles]  robust, oracle and naive over so many seeds of every task of every scenario under every profile (default 30); names with commas, * is all
 *   node scripts/audit.ts determinism [episodes] that many episodes, in a second process, interleaved, broken at every step (default 1000)
 *   node scripts/audit.ts hostile [episodes]     that many random episodes under hostile, here and in a second process (default 10000)
 *   node scripts/audit.ts canaries [steps]       canaries in every private place, and unprivileged callers who look everywhere for that many steps (default 100000)
 *   node scripts/audit.ts kill [moments]         a server killed at that many random moments, half of them under ack (default 200)
 *   node scripts/audit.ts coverage [sweeps] [seed]  how often 95% intervals cover the truth, over that many simulated sweeps of each case (default 20000, about 12 minutes)
 *   node scripts/audit.ts sweep-kill [moments]   sweeps killed at that many random moments, their reports compared with an undisturbed one (default 50)
 *   node scripts/audit.ts properties [rounds] [seed]  all property tests so many times, each round with draws of its own (default 3 rounds from a seed by chance)
 *   node scripts/audit.ts mcp-conformance        the official conformance suite of MCP at both revisions, against the committed baseline
 *   node scripts/audit.ts mutations [seeds]      every verifier attacked with the table of mutations and all trivial policies over so many seeds of every task (default 200, 15 to 25 minutes on two cores)
 */
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { admitScenario } from '../src/admit/admit.ts'
import { auditCanaries } from '../test/audits/canary.ts'
import { auditCatalogue, judgeCatalogue } from '../test/audits/catalogue.ts'
import { auditDeterminism } from '../test/audits/determinism.ts'
import { auditDynamics, judgeDynamics, type ProfileAudit } from '../test/audits/dynamics.ts'
import { auditHostile } from '../test/audits/hostile.ts'
import { differenceCoverage, judgeCoverage, levelOfTest, meanCoverage, wilsonCoverage } from '../src/audit/coverage.ts'
import { stoppedCoverage } from '../src/audit/early-stop.ts'
import { auditKill } from '../test/audits/kill.ts'
import { auditSweepKill } from '../test/audits/sweep-kill.ts'
import { auditConformance, caseLine } from '../test/audits/mcp-conformance.ts'
import { auditMutations, judgeMutations, tableOf } from '../test/audits/mutations.ts'
import { THOROUGH } from '../src/admit/mutation.ts'
import { shippedCatalogue } from '../test/checkout.ts'
import { ENVIRONMENT, ROOT } from './run-command.ts'

function showProgress(done: number, of: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${of}`)
}

function runCatalogue(draws: number): string[] {
  return shippedCatalogue().list().flatMap((scenario) => {
    const audit = auditCatalogue(scenario, draws, showProgress)
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    console.log(`${scenario.name}@${scenario.digest.slice(0, 8)}`)
    console.table(audit.tasks.map(({ naive, noop, refuse, random, ...rest }) => ({ ...rest, naive: naive.toFixed(3), noop: noop.toFixed(3), refuse: refuse.toFixed(3), random: random.toFixed(3) })))
    console.log('fault kinds, share of robust episodes under flaky:', audit.kinds)
    console.log(`lost acknowledgements of writes: ${audit.lostWrites.toFixed(3)}; naive overall: ${audit.naive.toFixed(3)}`)
    return judgeCatalogue(audit)
  })
}

function runAdmission(seeds: number): string[] {
  return shippedCatalogue().list().flatMap((scenario) => {
    const { ok, checks } = admitScenario(scenario, { seeds })
    console.log(`${ok ? 'ok ' : 'bad'} ${scenario.name}@${scenario.digest.slice(0, 8)}: ${checks.filter((check) => check.ok).length} of ${checks.length} checks`)
    return checks.filter((check) => !check.ok).map(({ id }) => `${scenario.name}: ${id}`)
  })
}

function named(list: string | undefined): readonly string[] | undefined {
  return list === undefined || list === '*' ? undefined : list.split(',')
}

function runDynamics(seeds: number, [scenarios, profiles]: readonly string[]): string[] {
  const only = named(scenarios)
  const chosen = shippedCatalogue().list().filter(({ name }) => !only || only.includes(name))
  const audit = auditDynamics(chosen, { seeds, profiles: named(profiles), progress: showProgress })
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  console.log('scenario   profile       episodes  robust  oracle  naive   faulted  kinds, share of the robust episodes')
  for (const one of audit.profiles) console.log(profileLine(one))
  const wrong = judgeDynamics(audit)
  // A part of the catalogue need not have every kind.
  return only || profiles !== undefined ? wrong.filter((line) => !/ never fires$| no profile that ships$/.test(line)) : wrong
}

function profileLine({ scenario, profile, episodes, robust, oracle, naive, faulted, kinds }: ProfileAudit): string {
  const share = (n: number) => (n / Math.max(1, episodes)).toFixed(2)
  const told = Object.entries(kinds).sort(([, a], [, b]) => b - a).map(([kind, n]) => `${kind} ${share(n)}`).join(', ')
  return `${scenario.padEnd(10)} ${profile.padEnd(13)} ${String(episodes).padStart(8)}  ${(robust === episodes ? '1' : (robust / episodes).toFixed(4)).padEnd(6)}  ${oracle!.toFixed(3).padEnd(6)}  ${naive!.toFixed(3).padEnd(6)}  ${share(faulted).padEnd(7)}  ${told}`
}

function runDeterminism(episodes: number): string[] {
  const { wrong, played } = auditDeterminism(episodes, 500, Math.min(episodes, 100))
  console.log(`${played} episodes: alone, in a second process, among 500 interleaved; ${Math.min(episodes, 100)} of them forked, restored and rewound at every step`)
  return wrong
}

function runHostile(episodes: number): string[] {
  const { wrong, played, kinds } = auditHostile(episodes, showProgress)
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  console.log(`${played} episodes under hostile, here and in a second process; episodes with each kind of fault:`)
  console.table(kinds)
  return wrong
}

function runCanaries(steps: number): string[] {
  const { escaped, unseen, steps: made, episodes } = auditCanaries(steps, showProgress)
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  console.log(`${made} steps of ${episodes} episodes, ${escaped.length} canaries seen by callers without privilege`)
  return [...escaped, ...unseen.map((bird) => `${bird} was seen by nobody: it proves nothing`)]
}

/** Seeds in which stray writes are tried at all places. */
const THOROUGH_SEEDS = 50

async function runMutations(seeds: number): Promise<string[]> {
  const audit = await auditMutations(seeds, { effortAt: (seed) => (seed < THOROUGH_SEEDS ? THOROUGH : { ...THOROUGH, places: 1 }), attackers: true, progress: showProgress })
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  console.log(`${seeds} seeds of every task; every write left out and doubled; stray writes of every tool at the start, in the middle and before the ending${seeds > THOROUGH_SEEDS ? `, after the first ${THOROUGH_SEEDS} seeds at one of these in turn` : ''}`)
  console.table(tableOf(audit))
  return judgeMutations(audit)
}

async function runKill(moments: number): Promise<string[]> {
  const wrong: string[] = []
  for (const [durability, count] of [['ack', Math.ceil(moments / 2)], ['async', Math.floor(moments / 2)]] as const) {
    const audit = await auditKill(count, durability, `audit ${durability}`, showProgress)
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    console.log(`${durability}: ${audit.kills} kills, ${audit.families} families of ${audit.episodes} episodes, ${audit.answers} answers compared, ${audit.resent} steps sent again`)
    wrong.push(...audit.wrong.map((line) => `${durability}: ${line}`))
  }
  return wrong
}

async function runSweepKill(moments: number): Promise<string[]> {
  const { wrong, kills, sweeps, midway, episodes } = await auditSweepKill(moments, 'audit', 60, showProgress)
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  console.log(`${kills} kills, ${midway} of them in the midst of the episodes, of ${sweeps} sweeps of about ${episodes} episodes each`)
  return midway >= kills / 2 ? wrong : [...wrong, `only ${midway} of ${kills} kills came in the midst of the episodes: that shows little`]
}

function runProperties(rounds: number, [first]: readonly string[]): string[] {
  const files = globSync('test/**/*.test.ts', { cwd: ROOT }).filter((file) => readFileSync(join(ROOT, file), 'utf8').includes("/property.ts'")).toSorted()
  const from = first === undefined ? randomInt(2 ** 31) : Number(first)
  const wrong: string[] = []
  for (let round = 0; round < rounds; round++) {
    const seed = from + round
    for (const [i, file] of files.entries()) {
      showProgress(round * files.length + i, rounds * files.length)
      const { status, stdout } = spawnSync('node', [file], { cwd: ROOT, env: { ...ENVIRONMENT, PROPERTY_SEED: String(seed) }, encoding: 'utf8', maxBuffer: 1e9 })
      if (status === 0) continue
      wrong.push(`PROPERTY_SEED=${seed} node ${file}`)
      for (const line of stdout.split('\n').filter((text) => /^\s*not ok/.test(text)).slice(0, 3)) console.log(line.trim().slice(0, 500))
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  console.log(`${files.length} files, ${rounds} rounds from seed ${from}`)
  return wrong
}

async function runConformance(): Promise<string[]> {
  const { cases, wrong } = await auditConformance('all')
  for (const one of cases) console.log(caseLine(one))
  const clean = cases.filter(({ failed }) => failed.length === 0).length
  const sum = (of: (one: (typeof cases)[number]) => number) => cases.reduce((total, one) => total + of(one), 0)
  console.log(`${clean} of ${cases.length} cases without a failure; checks: ${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed.length)} failed, ${sum(({ skipped }) => skipped)} skipped`)
  return [...wrong]
}

/** Sweeps that the rule ends are looked at many times each, and their figures have no bound. */
const FEWER_STOPPED = 4

function runCoverage(sweeps: number, [seed]: readonly string[]): string[] {
  const effort = { sweeps, ...(seed !== undefined && { seed }) }
  const rows = [wilsonCoverage(), meanCoverage(effort), differenceCoverage(effort), levelOfTest(effort), stoppedCoverage({ ...effort, sweeps: Math.ceil(sweeps / FEWER_STOPPED) })].flat()
  console.log('| case | sweeps | coverage | its standard error | below the truth | above it | mean width |\n|---|---:|---:|---:|---:|---:|---:|')
  for (const { case: name, sweeps: n, share, error, below, above, width, within } of rows) {
    const last = width === 0 ? '| | |' : `${below.toFixed(4)} | ${above.toFixed(4)} | ${width.toFixed(3)} |`
    console.log(`| ${name}${within ? '' : ' *'} | ${error === 0 ? 'all outcomes' : n} | ${share.toFixed(4)} | ${error.toFixed(4)} | ${last}`)
  }
  console.log('* reported, without a bound')
  return judgeCoverage(rows)
}

const AUDITS: Record<string, { run: (count: number, more: readonly string[]) => string[] | Promise<string[]>; count: number }> = {
  catalogue: { run: runCatalogue, count: 2000 },
  admission: { run: runAdmission, count: 40 },
  dynamics: { run: runDynamics, count: 30 },
  canaries: { run: runCanaries, count: 100_000 },
  determinism: { run: runDeterminism, count: 1000 },
  hostile: { run: runHostile, count: 10_000 },
  kill: { run: runKill, count: 200 },
  coverage: { run: runCoverage, count: 20_000 },
  'sweep-kill': { run: runSweepKill, count: 50 },
  'mcp-conformance': { run: runConformance, count: 0 },
  properties: { run: runProperties, count: 3 },
  mutations: { run: runMutations, count: 200 },
}

const audit = AUDITS[process.argv[2] ?? '']
if (!audit) {
  console.error(`usage: node scripts/audit.ts ${Object.keys(AUDITS).join('|')} [count]`)
  process.exit(2)
}
const wrong = await audit.run(Number(process.argv[3] ?? audit.count), process.argv.slice(4))
for (const line of wrong.slice(0, 20)) console.log(`wrong: ${line}`)
console.log(wrong.length ? `${wrong.length} things do not hold` : 'all holds')
process.exit(wrong.length ? 1 : 0)
