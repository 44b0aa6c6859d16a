/** Profiles: what they extend, what scenarios and resets change about them, and which of them a world has. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { Episode } from '../../src/episode/episode.ts'
import { ROOT } from '../checkout.ts'
import { compileDesk, DESK, refusal } from './dynamics-under-test.ts'

const document = (name: string, entries: string, more = '') => `kind: Dynamics\nname: ${name}\n${more}entries:\n${entries}`
const abort = (id: string, status = 503) => `- {id: ${id}, kind: error.abort, status: ${status}}\n`

/** The desk with more profiles and with overrides. */
function desk(profiles: Record<string, string>, overrides = '', dynamics = ''): { scenario: CompiledScenario | undefined; complaints: string[] } {
  const { catalogue, complaints } = compileDesk(profiles, (text) => text.replace('framework: desk\nbudgets', `framework: desk\n${dynamics}${overrides && `overrides:\n${overrides}`}budgets`))
  return { scenario: catalogue.find('desk'), complaints: complaints.map(({ file, line, message, nearest }) => `${file}:${line} ${message.replace(/^[\w.*-]+: /, '')}${nearest ? ` (${nearest})` : ''}`) }
}

type Choice = Parameters<CompiledScenario['dynamicsOf']>[0]

/** What a choice plays: id and status of its entries, in order. */
function entriesOf(scenario: CompiledScenario | undefined, choice: Choice): string[] {
  return scenario!.dynamicsOf(choice)!.dynamics.entries.map(({ spec }) => `${spec.id}${'status' in spec ? ` ${spec.status}` : ''}`)
}

t.test('extends: the entries of others come first, each once; those of the same id take their place', async (t) => {
  const { scenario, complaints } = desk({
    base: document('base', abort('a') + abort('b')),
    left: document('left', abort('c') + abort('a', 500), 'extends: [base]\n'),
    right: document('right', abort('d'), 'extends: [base]\n'),
    all: document('all', abort('d', 501) + abort('e'), 'extends: [left, right]\n'),
  })
  t.same(complaints, [])
  t.same(scenario!.profiles, ['all', 'base', 'clean', 'left', 'none', 'right'])
  t.same(entriesOf(scenario, 'base'), ['a 503', 'b 503'])
  t.same(entriesOf(scenario, 'left'), ['a 500', 'b 503', 'c 503'])
  t.same(entriesOf(scenario, 'all'), ['a 503', 'b 503', 'c 503', 'd 501', 'e 503'], 'what is extended later is later')
  t.same(entriesOf(scenario, 'none'), [])
  t.same(entriesOf(scenario, undefined), ['base'], 'the default')
})

t.test('extends: unknown, twice, in a circle, and of what does not fit, with the place and the nearest name', async (t) => {
  const wrong = (profiles: Record<string, string>) => desk(profiles).complaints
  t.same(wrong({ a: document('a', abort('x'), 'extends: [claen]\n') }), ["a.yaml:3 no dynamics profile 'claen' (clean)"])
  t.same(wrong({ a: document('a', abort('x'), 'extends: [clean, clean]\n') }), ["a.yaml:3 'clean' twice"])
  t.same(wrong({ a: document('a', abort('x'), 'extends: [a]\n') }), ["a.yaml:3 'a' extends itself"])
  t.match(wrong({ a: document('a', abort('x'), 'extends: [b]\n'), b: document('b', abort('y'), 'extends: [c]\n'), c: document('c', abort('z'), 'extends: [a]\n') }), [/^a\.yaml:3 'b' does not fit/, /^b\.yaml:3 'c' does not fit/, /^c\.yaml:3 'a' extends itself/])
  t.match(wrong({ a: document('a', '- {id: x, kind: response.truncated}\n'), b: document('b', abort('y'), 'extends: [a]\n') }), [/^a\.yaml:4 response.truncated needs either/, /^b\.yaml:3 'a' does not fit: response.truncated needs either/])
  // A long ladder of extensions is worked out once each, broken or not.
  for (const broken of ['', 'nowhere, ']) {
    const ladder = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`p${i}`, document(`p${i}`, abort(`e${i}`), i < 2 ? `extends: [${broken}clean]\n` : `extends: [p${i - 1}, p${i - 2}]\n`)]))
    const { scenario, complaints } = desk(ladder)
    if (broken) t.equal(complaints.length >= 30, true)
    else t.equal(entriesOf(scenario, 'p29').length, 31)
  }
})

t.test('overrides: what is said of all profiles comes before what is said of one, and none stays none', async (t) => {
  const profiles = { busy: document('busy', abort('a') + abort('b')), calm: document('calm', abort('a')) }
  const overrides = "  '*': {add: [{id: a, kind: error.abort, status: 500}, {id: all, kind: error.abort}]}\n  busy: {add: [{id: all, kind: error.abort, status: 504}, {id: own, kind: error.abort}], without: [b]}\n"
  const { scenario, complaints } = desk(profiles, overrides)
  t.same(complaints, [])
  t.same(entriesOf(scenario, 'busy'), ['a 500', 'all 504', 'own 503'])
  t.same(entriesOf(scenario, 'calm'), ['a 500', 'all 503'])
  t.same(entriesOf(scenario, 'clean'), ['base', 'a 500', 'all 503'])
  t.same(entriesOf(scenario, 'none'), [])
  const again = desk(profiles, '  busy: {add: [{id: a, kind: error.abort, status: 500}], without: [a]}\n').scenario
  t.same(entriesOf(again, 'busy'), ['b 503', 'a 500'], 'what is left out and added comes last')
  t.not(again!.digest, desk(profiles, '  clean: {without: [base]}\n').scenario!.digest)
  t.match(desk(profiles, '  bussy: {without: [a]}\n').complaints, [/desk\.yaml:\d+ no dynamics profile 'bussy' \(busy\)/])
  t.match(desk(profiles, '  busy: {add: [{id: x, kind: response.corrupted, source: nothing}]}\n').complaints, [/desk\.yaml:\d+ no read tool 'nothing'/])
})

t.test('a profile that does not fit a world is not offered there, and complained about where it is named or fits none', async (t) => {
  const text = (file: string) => readFileSync(`${ROOT}test/fixtures/${file}`, 'utf8')
  const ofDesk = { file: 'of-desk.yaml', text: document('of-desk', '- {id: x, kind: response.corrupted, source: get_account}\n') }
  const files = (depot: string) => [{ file: 'desk.yaml', text: text('desk.yaml') }, { file: 'depot.yaml', text: depot }, ofDesk]
  const { catalogue, complaints } = compileCatalogue(files(text('depot.yaml')))
  t.same(complaints, [])
  t.ok(catalogue.find('desk')!.profiles.includes('of-desk'))
  t.notOk(catalogue.find('depot')!.profiles.includes('of-desk'))
  t.match(refusal(() => Episode.start(catalogue.find('depot')!, { seed: 1, options: { dynamics: 'of-desk' } })), { gymCode: 'GYM_UNKNOWN_DYNAMICS', data: { path: 'options.dynamics', expected: ['clean', 'none'] } })
  t.match(compileCatalogue(files(text('depot.yaml').replace('dynamics: none', 'dynamics: of-desk'))).complaints, [{ file: 'of-desk.yaml', message: "no read tool 'get_account'" }], 'named as the default')
  t.match(compileCatalogue(files(text('depot.yaml').replace('dynamics: none', 'dynamics: none\noverrides: {of-desk: {without: []}}'))).complaints, [{ file: 'of-desk.yaml' }], 'named in overrides')
  t.same(compileCatalogue(files(text('depot.yaml').replace('dynamics: none', 'dynamics: none\noverrides: {of-desk: {without: [x]}}'))).complaints, [], 'an override may make it fit')
  t.match(desk({ wrong: document('wrong', '- {id: x, kind: response.corrupted, source: nothing}\n') }).complaints, ["wrong.yaml:4 no read tool 'nothing'"], 'it fits no world')
  const hopeless = document('hopeless', Array.from({ length: 150 }, (_, i) => `- {id: x${i}, kind: world.event, do: [{delete: 'nothing[1]'}, {delete: 'nowhere[1]'}]}\n`).join(''))
  t.ok(desk({ hopeless }).complaints.length >= 200, 'with too many mistakes to list them all')
  t.notOk(desk({ hopeless }).scenario!.profiles.includes('hopeless'))
})

t.test('a reset adds, replaces and leaves out entries, in the order of the profile', async (t) => {
  const { scenario } = desk({ busy: document('busy', abort('a') + abort('b') + abort('c')) })
  const entry = (id: string, status = 500) => ({ id, kind: 'error.abort', status })
  const of = (changes: object) => entriesOf(scenario, { profile: 'busy', ...changes })
  t.same(of({ add: [entry('x'), entry('b')] }), ['a 503', 'b 500', 'c 503', 'x 500'])
  t.same(of({ without: ['a', 'c'] }), ['b 503'])
  t.same(of({ add: [entry('a')], without: ['a'] }), ['b 503', 'c 503', 'a 500'])
  t.same(of({ add: [], without: [] }), ['a 503', 'b 503', 'c 503'])
  t.same(entriesOf(scenario, { add: [entry('x')] }), ['base', 'x 500'], 'the default profile is changed where none is named')
  const start = (dynamics: Choice) => Episode.start(scenario!, { seed: 1, options: { dynamics } })
  const changed = start({ profile: 'busy', intensity: 0.5, add: [entry('x')], without: ['a'] })
  t.match(changed.identity.options, { dynamics: 'busy', intensity: 0.5, dynamics_changes: { add: [entry('x')], without: ['a'] } })
  t.not(changed.identity.options.dynamics_digest, start('busy').identity.options.dynamics_digest)
  t.equal(Episode.restore(scenario!, changed.snapshot()).stateHash(), changed.stateHash())
  t.equal(scenario!.dynamicsOf({ add: [entry('x')] })!.dynamics, scenario!.dynamicsOf({ add: [entry('x')] })!.dynamics, 'compiled once')
})

t.test('wrong changes of a reset are typed, with path, nearest name and the others', async (t) => {
  const wrong = (dynamics: object) => refusal(() => Episode.start(DESK, { seed: 1, options: { dynamics } }))
  t.match(wrong({ profile: 'claen' }), { gymCode: 'GYM_UNKNOWN_DYNAMICS', data: { nearest: 'clean' } })
  t.match(wrong({ without: ['bas'] }), { gymCode: 'GYM_INVALID_PARAMS', data: { path: 'options.dynamics.without.0', nearest: 'base', expected: ['base'] } })
  t.match(wrong({ add: [{ id: 'x', kind: 'response.truncated' }, { id: 'x', kind: 'auth.scope', scope: 's', grant: 'pay' }] }), { data: { path: 'options.dynamics.add.0', others: [/^add\.1\.id: two entries/, /^add\.1\.grant: the world has/] } })
  t.match(wrong({ add: [{ id: 'x', kind: 'async.job', poll_ms: 1, completion: { ms: 1 }, tool: 'finish' }] }), { data: { path: 'options.dynamics.add.0.tool', expected: 'another name' } })
  const hopeless = Array.from({ length: 50 }, (_, i) => ({ id: `x${i}`, kind: 'world.event', do: Array.from({ length: 5 }, () => ({ delete: 'n[1]' })) }))
  t.match(wrong({ add: hopeless }), { gymCode: 'GYM_INVALID_PARAMS', data: { path: /^options\.dynamics\.add\.0/ } }, 'also with more mistakes than are listed')
  t.match(wrong({ add: [{ id: 'x', kind: 'latency.constant', ms: 1, deep: JSON.parse('['.repeat(5000) + ']'.repeat(5000)) as unknown }] }), { gymCode: 'GYM_INVALID_PARAMS' })
  const { scenario } = desk({ sessions: document('sessions', '- {id: first, kind: auth.expiry, ttl_ms: 5}\n- {id: second, kind: auth.expiry, ttl_ms: 5}\n') })
  // What is kept can be what no longer fits; no reset leaves anything behind.
  for (let i = 0; i < 250; i++) {
    const found = refusal(() => scenario!.dynamicsOf({ profile: 'sessions', add: [{ id: 'first', kind: 'auth.expiry', ttl_ms: 6 + i }] }))
    if (found?.data.path !== 'options.dynamics.profile.second') t.fail(`${i}: ${JSON.stringify(found)}`)
  }
  t.same(entriesOf(scenario, 'sessions'), ['first', 'second'])
})
