/** The gate over the carrier, and over carriers with a hole: what each check finds. */
import t from 'tap'
import { admitScenario } from '../../src/admit/admit.ts'
import { namesOf } from './mutations-under-test.ts'
import { Episode } from '../../src/episode/episode.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { sampleTasks } from '../../src/episode/sample.ts'
import { carrierScenario, compileCarrier, slotsOf } from '../carrier.ts'

const failures = (scenario: CompiledScenario) => admitScenario(scenario, { seeds: 3 }).checks.filter((check) => !check.ok).map((check) => `${check.id}: ${check.detail}`)
const detailOf = (scenario: CompiledScenario, id: string) => admitScenario(scenario, { seeds: 3 }).checks.find((check) => check.id === id)!.detail

const EVIDENCE = `        - {id: looked_up, kind: calls.constraints, call: find_line, where: "args.number == number && result.status == 'suspended'"}
        - {id: asked, kind: communicated, text: "'PIN'"}
`

t.test('the carrier passes, and its rules are tested', async (t) => {
  const carrier = carrierScenario()
  const report = admitScenario(carrier, { seeds: 6 })
  t.same(report.checks.filter((check) => !check.ok), [])
  t.match(detailOf(carrier, 'rules'), /^(\d+) of \1$/)
  t.equal(report.rewards['resume.forgotten_pin']!.refuse, 0, 'always refusing is worth nothing where refusing is right')
})

t.test('what must be said and called is left out of the witness, and must cost', async (t) => {
  const names = (task: string) => namesOf(carrierScenario(), task)
  t.ok(names('usage').includes('without saying it: below one'))
  t.ok(names('no_internet').includes('without find_line: below one'))
  t.ok(['declined at once: below one', 'finished after all: below one'].every((name) => names('resume.forgotten_pin').includes(name)))
  const hole = carrierScenario(['- {id: told, kind: communicated, text: line.used_mb}', '- {id: told, kind: communicated, text: "\'hello\'"}'], ["{say: 'You have used", "{say: 'Hello, you have used"])
  t.match(failures(hole).join(), /mutations: .*usage, seed \d+, without saying it/, 'a text that any greeting holds')
  const weighed = carrierScenario([EVIDENCE, EVIDENCE.replace("where: \"args.number == number && result.status == 'suspended'\"", 'least: 0, most: 9').replace("'PIN'", "'which'")])
  t.same(failures(weighed), [], 'the communicated check is evidence enough')
})

t.test('being refused can be the evidence: it is played under faults, left out, and must cost', async (t) => {
  const TRIED = `        - {id: looked_up, kind: calls.constraints, call: [resume_line, find_line], refused: true, where: "args.number == number && result.contains('Wrong PIN')"}
`
  const WITNESS = `        - {call: find_line, with: {number: number}}
        checks:
`
  const tried = WITNESS.replace('        checks', "        - {say: 'May I resume it? I try 0.'}\n        - {call: resume_line, with: {number: number, pin: \"'0'\"}, as: no}\n        - {say: 'It says: ${no}'}\n        checks")
  const ROUGH = '- {id: base, kind: latency.constant, ms: 100}'
  const refused = (check = TRIED) => carrierScenario([EVIDENCE, check], [WITNESS, tried], [ROUGH, `${ROUGH}
---
kind: Dynamics
name: rough
entries:
- {id: busy, kind: error.abort, when: {probability: 0.3}, status: 503, recovery: [retry]}
- {id: lost, kind: timeout.post_commit, match: {effect: write}, when: {probability: 0.3}, deadline_ms: 5000, recovery: [read_back]}`])
  const report = admitScenario(refused(), { seeds: 4 })
  t.same(report.checks.filter((check) => !check.ok), [])
  t.equal(report.rewards['resume.forgotten_pin']!.refuse, 0)
  const names = namesOf(refused(), 'resume.forgotten_pin')
  t.ok(names.includes('without find_line and resume_line: below one') && names.includes('declined at once: below one'), names.join())
  t.match(failures(refused(TRIED.replace(', refused: true', ''))).join(), /solvable: .*resume\.forgotten_pin.*looked_up/, 'only what succeeded')
  t.match(compileCarrier([EVIDENCE, TRIED.replace('refused: true', 'refused: true, least: 0')]).complaints.map((c) => c.message).join(), /refusing at once would be paid/)
})

t.test('a witness that breaks a rule is refused; a rule that nothing breaks is named', async (t) => {
  t.match(failures(carrierScenario(["    - {say: 'Your line ${number} is suspended. May I resume it?', as: consent}\n", ''])).join(), /rules: .*resume, seed \d+, oracle: the witness breaks consent/)
  t.match(detailOf(carrierScenario(['- {id: polite, text: Be polite.}', "- {id: never, text: Never., that: tool != 'nothing'}"]), 'rules'), /; no change of a witness breaks never$/)
  const ordered = (order: string) => carrierScenario(['- {id: polite, text: Be polite.}', `- {id: order, text: In order., order: [${order}]}`])
  t.match(detailOf(ordered('find_line before any resume_line'), 'rules'), /^(\d+) of \1$/, 'what a changed witness breaks is known at the end')
  t.match(detailOf(ordered('find_line before any report_unable'), 'rules'), /^(\d+) of \1$/)
  t.match(detailOf(ordered('never report_unable before read'), 'rules'), /^(\d+) of \1$/)
  t.match(detailOf(ordered('at most 9 find_line'), 'rules'), /; no change of a witness breaks order$/)
  t.match(failures(ordered('at most 1 call')).join(), /rules: .*oracle: the witness breaks order/)
})

t.test('a set-up that fails is reported with its template', async (t) => {
  const broken = carrierScenario(['    - set: {phone.number: line.number, phone.service: false}', "    - {require: 'false', else: never}"])
  t.match(failures(broken).join(), /draws: .*resume: SpecFault: set-up of resume: "never"/)
})

t.test('variants are tasks: drawn, sampled, named, and their mistakes are where they stand', async (t) => {
  const carrier = carrierScenario()
  t.same([...carrier.tasks.keys()], ['no_internet', 'resume', 'resume.forgotten_pin', 'usage', 'usage.alone'])
  t.same(sampleTasks(carrier, { scenario: 'carrier', seed: 1, count: 2, task: 'usage.alone', include: ['prompt'] }).map((row) => row.task), ['usage.alone', 'usage.alone'])
  t.ok(new Set(sampleTasks(carrier, { scenario: 'carrier', seed: 1, count: 60 }).map((row) => row.task)).size === 5)
  t.same(carrier.tasks.get('usage.alone')!.tags, ['read'], 'what it does not state stays')
  t.not(carrierScenario(['asked: [number, which line]', 'asked: [number]']).digest, carrier.digest)

  const complaint = (...edits: [string, string][]) => compileCarrier(...edits).complaints.map((c) => [c.message, c.nearest ?? c.expected])
  t.match(complaint(['answer.typed, expect: line.used_mb', 'answer.typed, expect: line.usd_mb']), [[/^tasks\.usage\.variants\.alone\.checks\.0\.expect: .*no field 'usd_mb'/, 'used_mb']])
  t.match(complaint(['usage:\n    description: The customer', 'usage:\n    weight: 2\n    difficulty: {x: nobody}\n    description: The customer']), [[/^tasks\.usage\.difficulty\.x: unknown name 'nobody'/]], 'a mistake of the template is told once')
  t.match(complaint([EVIDENCE, '']), [[/variants\.forgotten_pin\.checks: refusing at once would be paid/]])
  t.match(complaint([`${EVIDENCE}        - {id: rest, kind: state.untouched}\n`, EVIDENCE]), [[/variants\.forgotten_pin\.checks: writing before refusing would be paid/, 'a gate abstention, state.untouched or state.equivalent']])
  t.match(complaint(['outcome: unable\n', 'outcome: unable\n        finish: {answer: 1}\n']), [[/finish\.answer: a task that ends with report_unable has no answer/]])
})

t.test('variants: axes of their own, and new slots where the replaced ones can use them', async (t) => {
  const USAGE = 'tags: [read]\n'
  const BIND = '      line: {from: lines}\n'
  const ALONE = 'The same without anybody to talk to.\n'
  const edits = (bind: string, difficulty: string): [string, string][] => [
    [USAGE, `${USAGE}    difficulty: {plan: line.plan_mb, size: 1}\n`],
    [BIND, '      zero: {value: 0}\n      line: {from: lines}\n      low: {value: line.used_mb < 5000}\n'],
    [ALONE, `${ALONE}        bind: {${bind}}\n        difficulty: ${difficulty}\n`],
  ]
  const scenario = carrierScenario(...edits("who: {pick: [Ada Moss]}, least: {value: zero + 5000}, line: {from: lines, where: line.owner == who && line.used_mb > least}, after: {value: line.number}", '{size: 2, owner: size(who)}'))
  const alone = scenario.tasks.get('usage.alone')!
  t.strictSame(alone.axes, ['plan', 'size', 'owner'])
  t.strictSame(scenario.tasks.get('usage')!.axes, ['plan', 'size'])
  const episode = Episode.start(scenario, { seed: 3, task: 'usage.alone' })
  const slots = slotsOf(episode)
  t.strictSame(Object.keys(slots), ['zero', 'who', 'least', 'line', 'low', 'after'])
  t.ok(slots.line.owner === 'Ada Moss' && slots.line.used_mb > 5000 && slots.low === false && slots.after === slots.line.number)
  t.strictSame(episode.task.difficulty, { plan: slots.line.plan_mb, size: 2, owner: 8 })

  const complaints = (bind: string, difficulty = '{size: 2}') => compileCarrier(...edits(bind, difficulty)).complaints.map((c) => c.message)
  t.match(complaints('after: {value: low}, line: {from: lines}'), [/^tasks\.usage\.variants\.alone\.bind\.after\.value: unknown name 'low'/], 'low comes after the line')
  t.same(complaints('low: {value: true}, line: {from: lines}, after: {value: low}'), [])
  t.match(complaints('line: {from: lines}', '{size: 2, near: nobody}'), [/^tasks\.usage\.variants\.alone\.difficulty\.near: unknown name 'nobody'/])
  t.match(complaints('line: {from: lines}', '{plan: line.owner}'), [/^tasks\.usage\.variants\.alone\.difficulty\.plan: /])
  t.match(compileCarrier([USAGE, `${USAGE}    difficulty: {plan: line.pan_mb}\n`], [ALONE, `${ALONE}        difficulty: {size: 2}\n`]).complaints.map((c) => c.message), [/^tasks\.usage\.difficulty\.plan: /], 'told once')
})

t.test('mistakes of users, rules and checks are complained about by place', async (t) => {
  const complaint = (from: string, to: string) => compileCarrier([from, to]).complaints.map((c) => c.message)
  const cases: [string, string, RegExp][] = [
    ['call: look_at_phone, as', 'call: look_at_fone, as', /user\.cases\.2\.do\.0\.call: unknown tool 'look_at_fone'/],
    ['call: look_at_phone, as', 'call: find_line, as', /user\.cases\.2\.do\.0\.call: 'find_line' is a tool of the agent/],
    ['set: {looked: mind', 'set: {loked: mind', /user\.cases\.2\.set\.loked: the mind has no 'loked'/],
    ['set: {annoyed: true}', 'set: {annoyed: 7}', /user\.cases\.4\.set\.annoyed: int does not fit/],
    ['says: [goodbye]', "says: ['...']", /user\.cases\.6\.says\.0: no word to listen for/],
    ['name: {value: line.owner', 'line: {value: line.owner', /user\.facts\.line: 'line' is already a slot/],
    ['satisfied: "!phone', 'satisfied: "!fone', /tasks\.no_internet\.user\.satisfied: unknown name 'fone'/],
    ['- {say: Does it work now?}', '- {call: look_at_phone}', /witness\.4\.call: 'look_at_phone' is a tool of the user/],
    ['witness: [{call: find_line, with: {number: line.number}, as: found}]', 'witness: [{say: hello}, {call: find_line, with: {number: line.number}, as: found}]', /alone\.witness\.0: there is no user to say anything to/],
    ['- {id: right, kind: answer.typed, expect: line.used_mb}', '- {id: right, kind: communicated, text: line.used_mb}', /alone\.checks\.0: there is no user to tell anything/],
    ['kind: communicated, text: line.used_mb', 'kind: communicated, text: line', /checks\.0\.text: row of lines is no text/],
    ['kind: calls.constraints, call: find_line, where: \'args', 'kind: calls.constraints, call: switch_phone, where: \'args', /checks\.2\.call: 'switch_phone' is a tool of the user/],
    ['on: [resume_line]', 'on: [resum_line]', /rules\.2\.on\.0: no tool of the agent fits 'resum_line'/],
    ['on: [resume_*]', 'on: [switch_*]', /rules\.1\.on\.0: no tool of the agent fits 'switch_\*'/],
    ['- {id: polite, text: Be polite.}', "- {id: consent, text: Be polite., on: ['*']}", /rules\.0\.on: 'on' without a condition/],
    ['- {id: polite, text: Be polite.}', '- {id: consent, text: Be polite.}', /rules\.1\.id: two rules are called 'consent'/],
    ["that: \"said.exists(s, text_match(s, 'yes'))\"", 'that: said', /rules\.1\.that: list of string does not fit/],
    ['id: rest, kind: state.untouched}\n    - {id: looked_up', 'id: rules, kind: state.untouched}\n    - {id: looked_up', /checks\.1\.id: two checks are called 'rules'/],
    ['root: carrier\nagents:\n  carrier:', 'root: user\nagents:\n  user:', /agents\.user: 'user' is the simulated user/],
    ["if: fault == 'airplane'", "if: falt == 'airplane'", /setup\.1\.if: unknown name 'falt'/],
    ['{say: \'What is your number?\'', '{say: \'What ${is}?\'', /witness\.0\.say: unknown name 'is'/],
    ["{setting: \"'airplane'\", on: false}", "{setting: \"'airplan'\", on: false}", /user\.cases\.0\.do\.0\.with\.setting: 'airplan' is not one of airplane, data/],
  ]
  for (const [from, to, expected] of cases) t.match(complaint(from, to).join('\n'), expected, to)
})

t.test('what calls cost is reported; a tool that costs too much whatever it is given is refused', async (t) => {
  const { costs } = admitScenario(carrierScenario(), { seeds: 1 })
  t.same(costs.map(({ tool }) => tool), [...carrierScenario().world.tools.keys()])
  t.ok(costs.some(({ bound }) => bound !== undefined && bound > 0) && costs.every(({ bound, unbounded }) => (bound === undefined) === (unbounded !== undefined)))
  const dear = carrierScenario(['tools:\n', 'tools:\n  dear: {description: d, effect: read, input: {}, do: [{return: range(300000)}]}\n'])
  t.match(failures(dear).join(), /cost: failed 1 of \d+; seed \d+: dear costs more than 200000 units though it is given nothing/)
})

t.test('a world whose seeded rows are dear or many is refused, though no call pays for them', async (t) => {
  const table = (columns: string, count: number) => carrierScenario(['tables:\n', `tables:\n  heap: {key: id, count: ${count}, columns: {id: {type: string, id: {draw: 'H{n:09}'}}, n: {type: int, between: [1, 9]}${columns}}}\n`])
  t.match(failures(table(", v: {type: int, value: 'heap.count(h, h.n > row.n)'}", 6000)).join(), /cost: failed 1 of \d+; computing all cells of the seeded rows can cost \d+ units, more than 20000000; the dearest: tables\.heap\.columns\.v\.value \(6000 cells/)
  t.match(failures(table('', 400_000)).join(), /cost: failed 1 of \d+; \d+ rows at the start, more than 300000/)
  t.notMatch(failures(table(", v: {type: int, value: 'row.n * 2'}", 100_000)).join(), /cost/)
})
