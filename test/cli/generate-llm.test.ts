/** `fractal-gym generate --llm`: a model writes the blueprint, everything else is as without one; and a transcript stands for the model. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ROOT } from '../checkout.ts'
import { CLINIC } from '../generate/clinic-blueprint.ts'
import { complete, MISBEHAVIOURS, startModel } from '../llm/model-under-test.ts'

type Ran = { readonly code: number | null; readonly out: string; readonly err: string }

function run(args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(ROOT, 'src/cli/launch.js'), 'generate', ...args], { cwd: ROOT, env: { ...process.env, FRACTAL_GYM_ENDPOINT_KEY: 'k-1' } })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk) => { out += chunk })
    child.stderr.on('data', (chunk) => { err += chunk })
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

const SENTENCE = 'a clinic that bills its patients'
/** A blueprint without fault. */
function clinic() {
  return { ...structuredClone(CLINIC), intents: CLINIC.intents.filter(({ name }) => name !== 'ask_most') }
}

const GOOD = JSON.stringify(clinic())

t.test('a broken answer, then a good one: file and transcript, and the same bytes from the transcript', async (t) => {
  const model = await startModel(t)
  model.behave((response, _, n) => complete(response, [GOOD.slice(0, 900), GOOD.replace('"format"', '"colour":"red","format"'), GOOD][n]!))
  const folder = t.testdir()
  const [file, again] = [join(folder, 'clinic.yaml'), join(folder, 'again.yaml')]
  const made = await run([SENTENCE, '--llm', `${model.url},tiny-1`, '--seed', '3', '-o', file])
  t.match(made, { code: 0, err: /3 answers of tiny-1[^]*clinic\.yaml is written/ })
  t.equal(model.asked.length, 3)
  t.equal(model.asked[0]!.headers.authorization, 'Bearer k-1')
  t.match(JSON.stringify(model.asked[1]!.body), /breaks off/)
  t.match(JSON.stringify(model.asked[2]!.body), /colour/)
  const text = readFileSync(file, 'utf8')
  t.match(text, /^# Generated from seed 3 and a blueprint by tiny-1\n# "a clinic that bills its patients"/)
  t.notMatch(readFileSync(join(folder, 'clinic.transcript.json'), 'utf8'), /k-1"/, 'no key')
  t.match(await run(['--transcript', join(folder, 'clinic.transcript.json'), '--seed', '3', '-o', again]), { code: 0 })
  t.equal(readFileSync(again, 'utf8'), text)
  t.equal(model.asked.length, 3, 'nobody was asked')
  t.match(await run(['--transcript', join(folder, 'clinic.transcript.json'), '--seed', '4', '-o', join(folder, 'other.yaml')]), { code: 0 }, 'another seed words and plans otherwise')
  t.not(readFileSync(join(folder, 'other.yaml'), 'utf8').replace('seed 4', 'seed 3'), text)
})

t.test('hostile answers cost the model its tries, and nothing else', async (t) => {
  const model = await startModel(t)
  const hostile = [
    GOOD.replace('"patient"', '"__proto__"'),
    GOOD.replace('"minutes"', '"constructor"').replace('"rows":', '"rows":1e9,"x":'),
    JSON.stringify({ ...clinic(), place: '${1 + 1} <script>' , title: 'x'.repeat(5000) }),
    '['.repeat(100_000),
    JSON.stringify({ ...clinic(), dynamics: { profile: 'no-such-profile', intensity: 1 } }),
  ]
  model.behave((response, _, n) => complete(response, hostile[n % hostile.length]!))
  const folder = t.testdir()
  const made = await run([SENTENCE, '--llm', `${model.url},tiny-1`, '-o', join(folder, 'clinic.yaml')])
  t.match(made, { code: 1, err: /no blueprint that can be built: after 5 answers/ })
  t.notMatch(made.err, /at .*\.ts:\d+/, 'no stack')
  t.notOk(existsSync(join(folder, 'clinic.yaml')))
  t.ok(existsSync(join(folder, 'clinic.transcript.json')), 'what was said is kept')
  t.match(await run(['--transcript', join(folder, 'clinic.transcript.json')]), { code: 1, err: /cannot be built: .*no-such-profile/ })
})

t.test('texts of a model are data: what looks like a template or YAML stays text', async (t) => {
  const model = await startModel(t)
  const blueprint = clinic()
  blueprint.title = 'Clinic ${1 + 1}: "quoted" # not a comment'
  blueprint.entities[0]!.about = 'People - key: [value, *alias] ${slots.r1.id}'
  model.behave((response) => complete(response, JSON.stringify(blueprint)))
  const file = join(t.testdir(), 'clinic.yaml')
  t.match(await run([SENTENCE, '--llm', `${model.url},tiny-1`, '-o', file]), { code: 0 })
  t.match(readFileSync(file, 'utf8'), /title: .*\$\{1 \+ 1\}: .*quoted.* # not a comment/)
})

t.test('an endpoint that fails is named', async (t) => {
  const model = await startModel(t)
  const folder = t.testdir()
  for (const name of ['no JSON', 'breaks off'] as const) {
    model.behave(MISBEHAVIOURS[name]![0])
    t.match(await run([SENTENCE, '--llm', `${model.url},tiny-1`, '--transcript', join(folder, 'kept.json'), '--force']), { code: 1, err: /tiny-1 wrote no blueprint/ }, name)
  }
})

t.test('what makes no sense together is a usage error, and a file that is none says so', async (t) => {
  const folder = t.testdir()
  const at = 'http://127.0.0.1:9/v1,tiny-1'
  t.match(await run([SENTENCE, '--llm', at, '--axis', 'depth=2']), { code: 2, err: /--llm.*cannot be used with.*--axis/ })
  t.match(await run([SENTENCE, '--llm', 'nonsense']), { code: 2, err: /expected URL,MODEL/ })
  writeFileSync(join(folder, 'there.yaml'), '')
  t.match(await run([SENTENCE, '--llm', at, '-o', join(folder, 'there.yaml')]), { code: 1, err: /there\.yaml exists.*--force/ })
  t.match(await run(['--llm', at, '-o', join(folder, 'x.yaml')]), { code: 1, err: /sentence/ })
  t.match(await run([SENTENCE, '--llm', at]), { code: 1, err: /--transcript FILE/ })
  t.match(await run(['--transcript', join(folder, 'missing.json')]), { code: 1, err: /missing\.json/ })
  writeFileSync(join(folder, 'bad.json'), '{"format": "fractal-gym.authoring/1", "rounds": 7}')
  t.match(await run(['--transcript', join(folder, 'bad.json')]), { code: 1, err: /bad\.json is no transcript/ })
  writeFileSync(join(folder, 'empty.json'), JSON.stringify({ format: 'fractal-gym.authoring/1', sentence: 's', model: 'm', prompt: 'p', rounds: [] }))
  t.match(await run(['--transcript', join(folder, 'empty.json')]), { code: 1, err: /holds no answer/ })
})
