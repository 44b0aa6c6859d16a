/** The verbs about verdicts: verify, explain, groups, over recordings and over a running server. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { QualityReport } from '../../protocol/quality-report.ts'
import { run as runHere } from '../../src/cli/program.ts'
import { complete, startModel } from '../llm/model-under-test.ts'
import { house } from '../server/house.ts'

delete process.env.FRACTAL_GYM_TOKEN
/** Runs a verb in this process. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [process.stdout.write, process.stderr.write]
  const said = { out: '', err: '' }
  process.stdout.write = ((text: string) => { said.out += text; return true }) as typeof stdout
  process.stderr.write = ((text: string) => { said.err += text; return true }) as typeof stderr
  try {
    return { code: await runHere(args), ...said }
  } finally {
    process.stdout.write = stdout
    process.stderr.write = stderr
  }
}

t.test('verify: the same, changed by a newer verifier, forged; many in one file', async (t) => {
  const folder = t.testdir({})
  const [good, old, all] = ['good.json', 'old.json', 'all.jsonl'].map((name) => join(folder, name)) as [string, string, string]
  t.equal((await run('play', 'retail', '--seed', '7', '--policy', 'oracle', '--save', good)).code, 0)
  t.match(await run('verify', good), { code: 0, out: /retail \w+ seed 7: the same verdict, reward 1/ })
  const recording = JSON.parse(readFileSync(good, 'utf8'))
  const { verdict } = recording.events.at(-1)
  verdict.reward = 0.5
  writeFileSync(old, JSON.stringify(recording))
  t.match(await run('verify', old), { code: 1, out: /not what was recorded[^]*reward: 0.5 -> 1/, err: /1 of 1/ })
  verdict.verifier = '0'
  writeFileSync(old, JSON.stringify(recording))
  t.match(await run('verify', old), { code: 0, out: /verifier 0 -> \w+ changes the verdict\n {2}reward: 0.5 -> 1/ })
  writeFileSync(all, `${readFileSync(good, 'utf8').trim()}\n\n${JSON.stringify(recording)}\n`)
  const lines = (await run('verify', all, '--json')).out.trim().split('\n').map((line) => JSON.parse(line))
  t.match(lines, [{ name: `${all}:1`, ok: true, changes: [] }, { name: `${all}:3`, ok: true, changes: [{ what: 'reward' }] }])
  recording.identity.digest = 'f'.repeat(64)
  writeFileSync(old, JSON.stringify(recording))
  t.match(await run('verify', old), { code: 1, err: /ffffffff.*--scenario/ })
  recording.identity.scenario = 'no\u001b[2Jno'
  writeFileSync(old, JSON.stringify(recording))
  t.match(await run('verify', old, good), { code: 1, out: /old.json: no scenario is called no\\x1b\[2Jno;[^]*good.json: .*the same verdict/ }, 'the others are verified all the same, and no file moves the cursor')
  t.match(await run('verify', join(folder, 'none.json')), { code: 1, err: /no such file/ })
  t.match(await run('groups', good, good), { code: 0, out: /2 rollouts in 1 groups: mean reward 1[^]*groups without a signal: 1 \(100%\), of them 0 all 0, 1 all 1/ })
  t.match(JSON.parse((await run('groups', all, '--json')).out), { rollouts: 2, groups: 1 })
})

t.test('explain: in words, as JSON, as a report; of a file of one\'s own', async (t) => {
  const folder = t.testdir({})
  const file = join(folder, 'run.json')
  await run('play', 'retail', '--seed', '7', '--policy', 'noop', '--save', file)
  t.match(await run('explain', file), { code: 0, out: /^Reward 0: the gates? .* not hold\.\n[^]*gates 0 \(\d of \d hold\) = 0\n\nno {2}/ })
  t.match(JSON.parse((await run('explain', file, '--json')).out), { reward: 0, reasons: [{ score: 0, points: [{}] }], identity: { scenario: 'retail' } })
  t.equal(QualityReport.safeParse(JSON.parse((await run('explain', file, '--report')).out)).error, undefined)
  const own = join(folder, 'my.yaml')
  await run('new', 'mine', '-o', own)
  await run('play', own, '--seed', '3', '--policy', 'oracle', '--save', file)
  t.match(await run('explain', file), { code: 1, err: /mine/ })
  t.match(await run('explain', file, '--scenario', own), { code: 0, out: /^Reward 1: every check holds\./ })
  t.match(await run('verify', file, '--scenario', own), { code: 0, out: /the same verdict/ })
  t.match(await run('replay', file, '--scenario', own), { code: 0, out: /the same/ })
})

t.test('explain asks a model where it is told to, and shows an episode of a server by its id', async (t) => {
  const model = await startModel(t)
  const folder = t.testdir({})
  const [own, file] = [join(folder, 'my.yaml'), join(folder, 'run.json')]
  await run('new', 'mine', '-o', own)
  writeFileSync(own, readFileSync(own, 'utf8').replace(/^( +)checks:\n/m, '$1checks:\n$1- {id: tone, kind: rubric.llm, criteria: [The agent does nothing needless.]}\n'))
  const task = /^ {2}(\w+):\n/m.exec(readFileSync(own, 'utf8').split('\ntasks:\n')[1]!)![1]!
  t.equal((await run('play', own, '--seed', '3', '--task', task, '--policy', 'oracle', '--save', file)).code, 0)
  model.behave((response) => complete(response, JSON.stringify({ criteria: [{ met: false, because: 'It looks twice.', confidence: 0.5 }] })))
  const asked = ['explain', file, '--scenario', own, '--rubric', model.url, '--model', 'judge', '--rubric-cache', join(folder, 'cache')]
  t.match(await run(...asked), { code: 0, out: /^Reward 1[^]*advice of judge on tone:\nno {2}The agent does nothing needless\. \(0\.5\): It looks twice\./ })
  t.match(JSON.parse((await run(...asked, '--report')).out), { verdict: { reward: 1 }, issues: [{ id: 'tone.0', verdict: 'note' }] })
  t.equal(model.asked.length, 1, 'kept in the folder')
  t.notMatch(JSON.stringify(model.asked), /witness|"gold"/)
  model.behave((response) => void response.writeHead(500).end())
  t.match((await run('explain', file, '--scenario', own, '--rubric', `${model.url}/x`, '--model', 'other', '--rubric-timeout', '1')).out, /advice of other on tone: none, the endpoint answers 500/)
  t.match(await run('explain', file, '--scenario', own, '--rubric', 'nowhere', '--model', 'x'), { code: 2, err: /no address/ })
  t.match(await run('explain', file, '--scenario', own, '--rubric', model.url), { code: 2, err: /--model/ })
})

t.test('report/get: after the end for anybody, before it only with the admin token', async (t) => {
  const home = await house(t)
  const [client, admin] = [await home.connect(), await home.connect('json', { headers: { authorization: 'Bearer the-admin-token-of-this-test' } })]
  const { episode } = await client.ask('env/reset', { scenario: 'shop', seed: 1 })
  t.match(await client.ask('report/get', { episode }).catch((error: unknown) => error), { data: { code: 'GYM_FORBIDDEN' } })
  await client.ask('env/step', { episode, action: { tool_calls: [{ name: 'report_unable', arguments: { reason: 'no' } }] } })
  const { report } = await client.ask('report/get', { episode })
  t.match(report, { stop_reason: 'reported_unable', verdict: { reward: 0 } })
  t.notOk(JSON.stringify(report).includes('expected'), 'what was expected stays private')
  const other = await admin.ask('env/reset', { scenario: 'shop', seed: 1 })
  t.match(await admin.ask('report/get', { episode: other.episode }), { report: { stop_reason: null } })
  t.match(JSON.parse((await home.server.app.inject({ url: `/v1/episodes/${episode}/report` })).body), { report: { verdict: { reward: 0 } } })
})
