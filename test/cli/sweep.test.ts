/** `fractal-gym sweep`: one command from policies to a report, that goes on where it was interrupted. */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { SweepComparison, SweepReport } from '../../protocol/sweep-report.ts'
import { run as runHere } from '../../src/cli/program.ts'
import { VERIFIER_VERSION } from '../../src/core/engine-version.ts'
import { keptIn } from '../audits/sweep-kill.ts'
import { ROOT } from '../checkout.ts'

const LAUNCH = join(ROOT, 'src/cli/launch.js')
const SHOP = join(ROOT, 'test/fixtures/shop.yaml')

function run(args: readonly string[], cwd = ROOT): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [LAUNCH, ...args], { cwd, encoding: 'utf8', env: { ...process.env, FRACTAL_GYM_TOKEN: '' } })
  return { code: status, out: stdout, err: stderr }
}

/** The same within this process, for what does not come far. */
async function quick(args: readonly string[]): Promise<{ code: number; err: string }> {
  const write = process.stderr.write
  let err = ''
  process.stderr.write = ((chunk: string) => { err += chunk; return true }) as typeof write
  try {
    return { code: await runHere(args, { writeErr: (text) => { err += text } }), err }
  } finally {
    process.stderr.write = write
  }
}

const SMALL = ['sweep', '--policy', 'oracle,naive,noop', '--scenario', `retail,${SHOP}`, '--seeds', '6', '--dynamics', 'clean,flaky', '--repeats', '2']

function filesIn(folder: string): string[] {
  return ['report.json', 'report.html', 'episodes.csv'].map((name) => readFileSync(join(folder, name), 'utf8'))
}

t.test('the report, the same on one thread and on two, and again from what is kept', async (t) => {
  const folder = t.testdir()
  const [one, two] = [join(folder, 'one'), join(folder, 'two')]
  const first = run([...SMALL, '-o', one])
  t.match(first, { code: 0, out: /^sweep: 144 episodes scored of 144, 12 tasks of 2 scenarios, dynamics clean, flaky\n/, err: /report\.html, report\.json and episodes\.csv are written/ })
  t.match(first.out, /oracle +48 +\d+\.\d%/)
  t.match(run([...SMALL, '-o', two, '--threads', '1', '--json']), { code: 0 })
  t.same(filesIn(two), filesIn(one))
  const report = SweepReport.parse(JSON.parse(filesIn(one)[0]!))
  t.match(report.policies.map(({ policy, failed, env_errors }) => ({ policy, failed, env_errors })), ['oracle', 'naive', 'noop'].map((policy) => ({ policy, failed: 0, env_errors: 0 })))
  t.equal(report.policies[0]!.pass_at.length, 2)
  t.equal(filesIn(one)[2]!.trimEnd().split('\n').length, 145)
  const again = run([...SMALL, '-o', one, '--name', 'sweep'])
  t.match(again, { code: 0 })
  t.equal(again.out, first.out, 'nothing is played a second time')
  const named = run([...SMALL, '-o', one, '--name', 'other', '--baseline', 'naive'])
  t.match(named, { code: 0, out: /^other: 144 episodes[\s\S]*oracle over naive[\s\S]*noop over naive/ })
  t.notMatch(named.out, /noop over oracle/, 'what is compared is what is asked for now')
  t.match(run([...SMALL, '--seeds', '7', '-o', one]), { code: 1, err: /holds another sweep.*-o/ })
})

t.test('interrupted, and gone on with; two sweeps compared', async (t) => {
  const folder = t.testdir()
  const [stopped, calm] = [join(folder, 'stopped'), join(folder, 'calm')]
  const args = ['sweep', '--policy', 'oracle,naive', '--scenario', `${SHOP},retail`, '--seeds', '70', '--dynamics', 'clean,hostile']
  const child = spawn(process.execPath, [LAUNCH, ...args, '-o', stopped, '--threads', '1'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] })
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => { err += chunk.toString() })
  while (child.exitCode === null && keptIn(stopped).done === 0) await sleep(20)
  child.kill('SIGINT')
  const code = await new Promise((resolve) => { child.once('exit', resolve) })
  t.equal(code, 1, err)
  t.match(err, /interrupted; the same command goes on where it stopped/)
  t.match(SweepReport.parse(JSON.parse(filesIn(stopped)[0]!)), { state: 'running' }, 'what was played so far is reported')
  const rest = run([...args, '-o', stopped])
  t.match(rest, { code: 0, err: /going on in .*: \d+ of 560 episodes are there/ })
  t.match(run([...args, '-o', calm]), { code: 0 })
  t.same(filesIn(stopped), filesIn(calm))
  const other = join(folder, 'other')
  t.match(run(['sweep', '--name', 'other', '--policy', 'oracle:0.5', '--scenario', SHOP, '--seeds', '40', '--dynamics', 'clean', '--threads', '1', '-o', other]), { code: 0 })
  t.match(run(['sweep', '--compare', calm, other]), { code: 0, out: /40 tasks by dynamics by repeats in common, 240 only in sweep, 0 only in other[\s\S]*other:oracle:0\.5 over sweep:oracle +-\d/ })
  const json = run(['sweep', '--compare', calm, other, '--json'])
  t.ok(SweepComparison.parse(JSON.parse(json.out)).comparisons.every(({ difference }) => difference.mean < 0))
})

t.test('what an earlier version of the verifier judged is judged again', async (t) => {
  const folder = join(t.testdir(), 'a')
  const args = ['sweep', '--policy', 'oracle,noop', '--scenario', 'retail', '--seeds', '5', '--dynamics', 'clean', '--threads', '1', '-o', folder]
  t.match(run(args), { code: 0 })
  const expected = JSON.parse(filesIn(folder)[0]!)
  const database = new DatabaseSync(join(folder, 'sweep.sqlite'))
  // As an earlier version would have left it: it thought nothing of anything.
  database.exec(`UPDATE sweep_episodes SET outcome = json_set(outcome, '$.verifier', '0', '$.reward', 0.25, '$.success', json('false'))`)
  database.close()
  t.match(run(args), { code: 0, out: /10 episodes were judged again by this version of the verifier/ })
  const found = JSON.parse(filesIn(folder)[0]!)
  t.same({ ...found, counts: { ...found.counts, verified_again: 0 } }, expected)
  t.equal(found.counts.verified_again, 10)
  t.ok(filesIn(folder)[2]!.split('\n').slice(1, -1).every((line) => line.includes(`,${VERIFIER_VERSION},`)))
})

t.test('a specification in a file, a scenario in a file, recorded actions, curves, an early stop', async (t) => {
  const folder = t.testdir()
  const at = (name: string): string => join(folder, name)
  writeFileSync(at('spec.yaml'), 'kind: Sweep\nname: from-file\npolicies: [{policy: oracle}, {name: half, policy: oracle, competence: 0.5}]\nscenarios: [retail]\nseeds: 5\ndynamics: [{profile: flaky, intensity: 0}, {profile: flaky, intensity: 0.5}, {profile: flaky}]\n')
  t.match(run(['sweep', '--spec', at('spec.yaml'), '--seeds', '4', '--threads', '1', '-o', at('spec')]), { code: 0, out: /^from-file: 24 episodes scored/ })
  t.match(SweepReport.parse(JSON.parse(filesIn(at('spec'))[0]!)).curves, [{ policy: 'oracle', profile: 'flaky', points: [{ intensity: 0, success: { mean: 1 } }, { intensity: 0.5 }, { intensity: 1 }] }, { policy: 'half' }])
  t.match(run(['new', 'garden', '-o', at('garden.yaml')]), { code: 0 })
  t.match(run(['sweep', '--policy', 'oracle', '--scenario', `${at('garden.yaml')},gen:1/any?depth=1`, '--seeds', '3', '--threads', '1', '-o', at('garden')]), { code: 0, out: /^sweep: 6 episodes scored of 6, 6 tasks of 2 scenarios/ })
  const [row] = run(['sample', 'retail', '--seed', '0', '--count', '1', '--json']).out.split('\n')
  const { seed, task } = JSON.parse(row!) as { seed: number; task: string }
  t.match(run(['play', 'retail', '--seed', String(seed), '--task', task, '--dynamics', 'clean', '--policy', 'oracle', '--save', at('run.json')]), { code: 0 })
  const replayed = run(['sweep', '--policy', `replay:${at('run.json')}`, '--scenario', 'retail', '--seeds', '2', '--dynamics', 'clean', '--threads', '1', '-o', at('replay')])
  t.match(replayed, { code: 0, out: /replay +1 +100\.0%[\s\S]*replay +1 +there is no recording of this task/ })
  t.match(run(['sweep', '--policy', `replay:${at('run.json')}`, '--scenario', 'retail', '--seeds', '1', '--dynamics', 'flaky', '--seed', '1', '--threads', '1', '-o', at('nothing')]), { code: 0, out: /replay +0 +- +- +- +- +- +- +- +1\n/ }, 'nothing was scored, so nothing has a mean')
  t.match(run(['sweep', '--policy', 'noop', '--scenario', 'retail', '--seeds', '200', '--stop', '0.05', '--threads', '1', '-o', at('stop')]), { code: 0, out: /stopped early, as declared, after 50 of 200 tasks/ })
})

t.test('mistakes name the place and the remedy', async (t) => {
  const folder = t.testdir({ 'typo.yaml': 'policies: [{policy: noop}]\nscenarios: [retail]\nsedes: 3\n' })
  const wrong: [string[], number, RegExp][] = [
    [['--spec', join(folder, 'typo.yaml')], 2, /typo\.yaml: sedes is no known field; did you mean seed\?/],
    [[], 2, /--policy/],
    [['--policy', 'oracel', '--scenario', 'retail'], 2, /did you mean oracle/],
    [['--policy', 'oracle'], 1, /scenarios/],
    [['--policy', 'oracle', '--scenario', 'retial'], 1, /did you mean retail/],
    [['--policy', 'oracle', '--scenario', 'retail', '--dynamics', 'flakey'], 1, /did you mean flaky/],
    [['--policy', 'oracle', '--scenario', 'retail', '--dynamics', 'flaky@2'], 2, /flaky@2: expected a number from 0 to 1/],
    [['--policy', 'oracle', '--scenario', 'retail', '--dynamics', 'flaky@'], 2, /flaky@: expected a number from 0 to 1/],
    [['--policy', 'robust:', '--scenario', 'retail'], 2, /robust:: expected a number from 0 to 1/],
    [['--policy', 'zzzzzz', '--scenario', 'retail'], 2, /zzzzzz\. There are: oracle/],
    [['--policy', 'external', '--scenario', 'retail'], 2, /sweep\/create/],
    [['--policy', 'endpoint:big', '--scenario', 'retail'], 2, /--endpoint big=URL,MODEL/],
    [['--spec', 'no-such.yaml'], 1, /no-such\.yaml/],
    [['somewhere', '--policy', 'oracle'], 2, /--compare/],
    [['--compare', folder], 2, /two folders/],
    [['--compare', folder, folder], 1, /holds no sweep/],
    [['--policy', 'oracle', '--scenario', 'retail', '--stop', '3'], 2, /plus or minus/],
  ]
  for (const [args, code, err] of wrong) t.match(await quick(['sweep', ...args, ...(args.includes('--compare') ? [] : ['-o', join(folder, 'x')])]), { code, err }, args.join(' '))
})
