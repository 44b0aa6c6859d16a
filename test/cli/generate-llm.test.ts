/** `fractal-gym generate --llm`: a model writes the blueprint, everything else is as without one; and a transcript stands for the model. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { run } from '../../src/cli/program.ts'
import { PROMPT_DIGEST } from '../../src/llm/blueprint-author.ts'
import { ROOT } from '../checkout.ts'
import { CLINIC } from '../generate/clinic-blueprint.ts'
import { type Behaviour, complete, MISBEHAVIOURS, startModel } from '../llm/model-under-test.ts'

type Ran = { readonly code: number | null; readonly out: string; readonly err: string }

/** The program beside the test, not before it: the endpoint lives in this process. */
function fractalGym(...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(ROOT, 'src/cli/launch.js'), ...args], { cwd: ROOT, env: { ...process.env, FRACTAL_GYM_ENDPOINT_KEY: 'k-1' } })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk) => { out += chunk })
    child.stderr.on('data', (chunk) => { err += chunk })
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

const generate = (...args: readonly string[]): Promise<Ran> => fractalGym('generate', ...args)

/** The same in this process, for what only says something on stderr: many of these would take long as programs. */
async function refused(t: Test, ...args: readonly string[]): Promise<{ readonly code: number; readonly err: string }> {
  const seen = t.capture(process.stderr, 'write', () => true)
  let usage = ''
  const code = await run(['generate', ...args], { writeErr: (text) => { usage += text } })
  seen.restore()
  return { code, err: usage + seen().map((call) => String(call.args[0])).join('') }
}

const say = (...contents: readonly string[]): Behaviour => (response, _asked, n) => complete(response, contents[Math.min(n, contents.length - 1)])

const SENTENCE = 'a clinic that bills its patients'
const WANTED = ['settle_invoice', 'ask_count', 'blocked']

/** A sound blueprint with a few requests of different kinds, changed. */
function clinic(change: (blueprint: any) => void = () => {}): string {
  const copy = { ...structuredClone(CLINIC), intents: structuredClone(CLINIC.intents.filter(({ name }) => WANTED.includes(name))) }
  change(copy)
  return JSON.stringify(copy)
}

const GOOD = clinic()

/** A transcript as the program writes it. */
function transcriptOf(...replies: readonly string[]): Record<string, unknown> {
  return { format: 'fractal-gym.authoring/1', sentence: SENTENCE, model: 'tiny-1', prompt: PROMPT_DIGEST, rounds: replies.map((reply) => ({ reply, complaints: [] })) }
}

t.test('a good answer: a file that is admitted, and the same bytes from the transcript', async (t) => {
  const model = await startModel(t)
  model.behave(say(GOOD))
  const folder = t.testdir()
  const [file, kept] = [join(folder, 'clinic.yaml'), join(folder, 'clinic.transcript.json')]
  t.match(await generate(SENTENCE, '--llm', `${model.url},tiny-1`, '--seed', '3', '-o', file), { code: 0, err: /1 answer of tiny-1[^]*--seed 3[^]*clinic\.yaml is written: 5 tables.* 3 tasks/ })
  t.equal(model.asked.length, 1)
  t.equal(model.asked[0]!.headers.authorization, 'Bearer k-1')
  const text = readFileSync(file, 'utf8')
  t.match(text, /^# Generated from seed 3 and a blueprint by tiny-1\n# "a clinic that bills its patients"\n/)
  t.notMatch(readFileSync(kept, 'utf8') + text, 'k-1"', 'no key')
  t.match(await fractalGym('validate', file, '--seeds', '2'), { code: 0, out: /^ok {2}gen-clinic@/ })
  t.equal((await generate('--transcript', kept, '--seed', '3')).out, text, 'on standard output too')
  const other = await generate('--transcript', kept, '--seed', '4')
  t.not(other.out.replace('seed 4', 'seed 3'), text, 'another seed words and plans otherwise')
  t.equal(model.asked.length, 1, 'nobody else was asked')
})

t.test('broken and cut answers go back until one is good', async (t) => {
  const model = await startModel(t)
  const nowhere = clinic((b) => { b.intents[0].goals[0].state = 'payed' })
  model.behave(say('Here you are: {', GOOD.slice(0, 900), nowhere, `\`\`\`json\n${GOOD}\n\`\`\``))
  const folder = t.testdir()
  const [file, kept] = [join(folder, 'clinic.yaml'), join(folder, 'elsewhere.json')]
  t.match(await generate(SENTENCE, '--llm', `${model.url},tiny-1`, '-o', file, '--transcript', kept), { code: 0, err: /4 answers of tiny-1/ })
  t.match(model.asked.slice(1).map(({ body }) => body.messages.at(-1).content), [/breaks off/, /breaks off/, /intents\[0\]\.goals\[0\]\.state: .*did you mean "paid"/])
  t.match(JSON.parse(readFileSync(kept, 'utf8')), { prompt: PROMPT_DIGEST, sentence: SENTENCE, rounds: [{ reply: 'Here you are: {' }, {}, {}, { complaints: [] }] })
  t.notOk(existsSync(join(folder, 'clinic.transcript.json')))
  t.equal((await generate('--transcript', kept)).out, readFileSync(file, 'utf8'))
})

t.test('hostile answers cost the model its tries, and nothing else', async (t) => {
  const model = await startModel(t)
  const hostile: readonly (readonly [string, string, RegExp])[] = [
    ['a prototype as a name', GOOD.replaceAll('"patients"', '"__proto__"'), /entities\.0\.plural/],
    ['a constructor as a name', GOOD.replaceAll('"minutes"', '"constructor"'), /a reserved word/],
    ['a prototype as a key', GOOD.replace('"style":', '"__proto__":{"polluted":1},"constructor":{},"style":'), /constructor/],
    ['wrong types', clinic((b) => { b.entities = { patient: 1 }; b.team = 'all of them'; b.intents = null }), /entities/],
    ['absurd rows', clinic((b) => { b.entities[0].rows = 1e9 }), /entities\.0\.rows/],
    ['absurd bounds', clinic((b) => { b.entities[2].fields[0].between = [-9e15, 9e15] }), /fields\.0\.between|fields\[0\]\.between/],
    ['absurd money', clinic((b) => { b.entities[3].fields[0].between = [0, 1e300] }), /entities\[3\]\.fields\[0\]\.between: expected at most/],
    ['too many entities', clinic((b) => { b.entities = Array.from({ length: 400 }, (_, i) => ({ ...b.entities[4], name: `e${i}`, plural: `es${i}` })) }), /entities/],
    ['depth', '['.repeat(100_000), /breaks off/],
    ['the end of time', clinic((b) => { b.epoch = '9999-12-31T23:59:59Z' }), /epoch: expected a time/],
    ['CEL in a refusal', clinic((b) => { b.entities[2].lifecycle.actions[1].needs[0].says = 'x ${patients.get("P-1").phone}' }), /says: expected a text without/],
    ['CEL in a request', clinic((b) => { b.entities[0].fields[0].says = 'phone ${1 + 1}' }), /fields\[0\]\.says: expected a text without/],
    ['CEL in a condition', clinic((b) => { b.entities[3].lifecycle.actions[0].needs[0].is = "x' || true || '" }), /needs\[0\]\.is: expected a state/],
    ['documents in a text', clinic((b) => { b.title = 'x\n---\nkind: World\nname: mine' }), /title: expected one line/],
    ['half a character', clinic((b) => { b.place = 'a clinic \ud800' }), /place: expected one line/],
    ['no such profile', clinic((b) => { b.dynamics = { profile: 'realstic', intensity: 1 } }), /dynamics\.profile: .*did you mean "realistic"/],
    ['a goal that nobody reaches', clinic((b) => { b.intents = [{ ...b.intents[0], twist: 'missing' }]; b.entities[3].rows = 4 }), /intents/],
  ]
  const folder = t.testdir()
  for (let from = 0; from < hostile.length; from += 5) {
    const some = hostile.slice(from, from + 5)
    model.behave(say(...some.map(([, reply]) => reply)))
    const [file, kept] = [join(folder, `${from}.yaml`), join(folder, `${from}.transcript.json`)]
    const { code, err } = await refused(t, SENTENCE, '--llm', `${model.url},tiny-1`, '-o', file)
    t.equal(code, 1)
    t.match(err, /wrote no blueprint that can be built: after 5 answers/)
    t.notMatch(err, /at .*\.ts:\d+/, 'no stack')
    t.notOk(existsSync(file))
    const { rounds } = JSON.parse(readFileSync(kept, 'utf8'))
    for (const [i, [what, reply, expected]] of some.entries()) {
      t.equal(rounds[i].reply, reply, what)
      t.match(rounds[i].complaints.join('\n'), expected, what)
    }
    t.ok(model.asked.every(({ body }) => JSON.stringify(body).length < 400_000), 'what goes back is bounded')
    t.match(await refused(t, '--transcript', kept), { code: 1, err: /rounds\[4\]\.reply cannot be built[^]*ask again with --llm/ })
  }
})

t.test('texts of a model are data: what looks like YAML or markup stays text', async (t) => {
  const texts = { title: 'Clinic: "quoted" # no comment', place: "an outpatient's <clinic> & 'more' {it}", about: '- key: [value, *alias] !!js/function {{x}} $& %s' }
  const reply = clinic((b) => {
    Object.assign(b, { title: texts.title, place: texts.place })
    b.entities[0].about = texts.about
    b.entities[4].named.first[0] = "O'Hara \\ \"x\" {a}"
    b.entities[2].lifecycle.actions[1].needs[0].says = "it's \\' not so'"
    b.team = { pattern: 'hierarchy', layers: 3, agents: 6, delegation: 'xml', roles: ['</agent><x>', 'constructor', '__proto__', '...'] }
  })
  const folder = t.testdir()
  const [kept, file] = [join(folder, 'kept.json'), join(folder, 'clinic.yaml')]
  writeFileSync(kept, JSON.stringify({ ...transcriptOf(reply), model: 'x\nkind: World\r---', sentence: 'a\n---\nkind: World' }))
  t.match(await generate('--transcript', kept, '-o', file), { code: 0 })
  const text = readFileSync(file, 'utf8')
  t.match(text, /^# Generated from seed 0 and a blueprint by x\\nkind: World\\r---\n# "a\\n---\\nkind: World"\n\nkind: World\n/)
  t.match(await fractalGym('validate', file, '--seeds', '2'), { code: 0 })
})

t.test('wishes go before what the model says of the team and the dynamics', async (t) => {
  const kept = join(t.testdir(), 'kept.json')
  writeFileSync(kept, JSON.stringify(transcriptOf(GOOD)))
  const { code, out } = await generate('--transcript', kept, '--pattern', 'pipeline', '--agents', '4', '--profile', 'flaky')
  t.equal(code, 0)
  t.match(out, /^# .* with --pattern pipeline --agents 4 --profile flaky\n/)
  t.match(out, /workflow:/)
  t.match(out, /dynamics: flaky/)
})

t.test('an endpoint that fails is named, and asked again where that may help', async (t) => {
  const model = await startModel(t)
  const folder = t.testdir()
  const refuse = (status: number): Behaviour => (response) => void response.writeHead(status, { 'retry-after': '0' }).end('{"error": "no room\u001b[31m"}')
  const kinds: readonly (readonly [string, Behaviour, RegExp, number])[] = [
    ['500', refuse(500), /answers 500: .*no room\\x1b/, 4],
    ['429', refuse(429), /answers 429/, 4],
    ['401', refuse(401), /answers 401/, 1],
    ['html', MISBEHAVIOURS['no JSON']![0], /no chat completion/, 1],
    ['a flood', MISBEHAVIOURS['floods']![0], /more than 1000000 bytes/, 1],
    ['silence', MISBEHAVIOURS['never answers']![0], /no answer within 1000 ms/, 1],
  ]
  for (const [name, behaviour, expected, asked] of kinds) {
    model.behave(behaviour)
    const kept = join(folder, `${name}.json`)
    const { code, err } = await refused(t, SENTENCE, '--llm', `${model.url},tiny-1`, '--llm-timeout', '1', '--transcript', kept)
    t.equal(code, 1, name)
    t.match(err, expected, name)
    t.equal(model.asked.length, asked, name)
    t.same(JSON.parse(readFileSync(kept, 'utf8')).rounds, [], name)
    t.match(await refused(t, '--transcript', kept), { code: 1, err: /rounds: the transcript holds no answer; ask a model with --llm/ }, name)
  }
  model.behave((response, asked, n) => (n === 0 ? refuse(503)(response, asked, n) : complete(response, GOOD)))
  t.match(await generate(SENTENCE, '--llm', `${model.url},tiny-1`, '-o', join(folder, 'late.yaml')), { code: 0 })
  model.behave((response, asked, n) => (n === 0 ? complete(response, '{') : refuse(401)(response, asked, n)))
  t.match(await refused(t, SENTENCE, '--llm', `${model.url},tiny-1`, '-o', join(folder, 'half.yaml')), { code: 1, err: /answers 401[^]*half\.transcript\.json is written: 1 answer/ })
})

t.test('what makes no sense together is a usage error that says what to do, and asks nobody', async (t) => {
  const folder = t.testdir()
  const at = 'http://127.0.0.1:9/v1,tiny-1'
  const file = join(folder, 'x.yaml')
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[SENTENCE, '--llm', at, '-o', file, '--axis', 'depth=2'], /--axis cannot be used with --llm: say in the sentence/],
    [[SENTENCE, '--llm', at, '-o', file, '--theme', 'any'], /--theme cannot be used with --llm: say it in the sentence/],
    [[SENTENCE, '--llm', at, '-o', file, '--reference'], /--reference cannot be used with --llm/],
    [['--transcript', 'x.json', '--audit', '3'], /--audit cannot be used with --transcript/],
    [[SENTENCE, '--transcript', 'x.json'], /leave yours out, or ask a model/],
    [[SENTENCE, '--llm', 'nonsense'], /URL,MODEL, for example http:/],
    [[SENTENCE, '--llm', 'nonsense,tiny-1'], /looks like http:/],
    [[SENTENCE, '--llm', 'http://127.0.0.1:9/v1,'], /the model is missing/],
    [['--llm', at, '-o', file], /needs a sentence/],
    [[' ', '--llm', at, '-o', file], /needs a sentence/],
    [['x'.repeat(5000), '--llm', at, '-o', file], /5000 characters; at most 4000/],
    [[SENTENCE, '--llm', at], /--output FILE, beside which it is put, or --transcript FILE/],
    [[SENTENCE, '--llm', at, '-o', file, '--transcript', file], /give one of them another name/],
    [[SENTENCE, '--llm', at, '-o', file, '--pattern', 'single', '--agents', '3'], /--pattern single is one agent/],
    [[SENTENCE, '--llm', at, '-o', file, '--profile', 'flakey'], /did you mean flaky/],
    [[SENTENCE, '--llm-timeout', '3'], /is for --llm/],
  ]
  for (const [args, expected] of cases) t.match(await refused(t, ...args), { code: 2, err: expected }, args.join(' ').slice(0, 100))
  writeFileSync(file, '')
  t.match(await refused(t, SENTENCE, '--llm', at, '-o', file), { code: 1, err: /x\.yaml exists; .*--force/ })
  t.match(await refused(t, SENTENCE, '--llm', at, '-o', join(folder, 'no/where.yaml')), { code: 1, err: /there is no folder/ })
  t.same(readdirSync(folder), ['x.yaml'])
})

t.test('a transcript that is none says where and what to do', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'bad.json')
  const broken: readonly (readonly [string, RegExp])[] = [
    ['{"format"', /bad\.json is no transcript: .*JSON/],
    [JSON.stringify({ ...transcriptOf(), rounds: 7 }), /is no transcript: rounds: .*; it is what generate --llm writes/],
    [JSON.stringify({ ...transcriptOf(), rounds: Array.from({ length: 9 }, () => ({ reply: '', complaints: [] })) }), /rounds: /],
    [JSON.stringify({ ...transcriptOf(), rounds: [{ reply: 7, complaints: [] }] }), /rounds\.0\.reply: /],
    [JSON.stringify({ ...transcriptOf(GOOD), key: 'k' }), /key/],
    [JSON.stringify({ ...transcriptOf(GOOD), prompt: '0123456789abcdef' }), /prompt: it answers other instructions \(0123456789abcdef\).*ask again with --llm/],
    [JSON.stringify(transcriptOf(GOOD, clinic((b) => { b.intents[1].goals[0].entity = 'patint' }))), /rounds\[1\]\.reply cannot be built with seed 0:\n- intents\[1\]\.goals\[0\]\.entity: .*did you mean "patient"[^]*ask again with --llm/],
  ]
  t.match(await refused(t, '--transcript', join(folder, 'missing.json')), { code: 1, err: /missing\.json: no such file/ })
  for (const [text, expected] of broken) {
    writeFileSync(file, text)
    t.match(await refused(t, '--transcript', file), { code: 1, err: expected }, text.slice(0, 60))
  }
})
