/** Conditions that hold after every commit: who broke them, and when. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { admitScenario } from '../../src/admit/admit.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { Episode } from '../../src/episode/episode.ts'

const DOORS = `
kind: World
name: doors
epoch: '2026-03-02T09:00:00Z'
tables:
  doors: {key: id, rows: [{id: IN, open: false}, {id: OUT, open: false}], columns: {id: {type: string}, open: {type: bool}}}
  log: {key: id, count: 0, columns: {id: {type: string, id: {counter: 'N{n}'}}, text: {type: string}}}
timers:
  draught: {do: [{set: {"doors['IN'].open": true, "doors['OUT'].open": true}}]}
every: [{id: noon, seconds: 3600, run: draught}]
tools:
  set_door: {description: Opens or shuts a door., effect: write, idempotent: true, input: {properties: {id: {type: string}, open: {type: boolean}}, required: [id, open]}, do: [{set: {'doors[args.id].open': args.open}}]}
  write: {description: Writes a line., effect: write, input: {properties: {text: {type: string}}, required: [text]}, do: [{insert: log, row: {text: args.text}}]}
  pass: {description: Goes through both., effect: write, idempotent: true, input: {properties: {}}, do: [{set: {"doors['IN'].open": true, "doors['OUT'].open": true}}, {set: {"doors['IN'].open": false, "doors['OUT'].open": false}}]}
---
kind: Framework
name: doors
root: porter
agents: {porter: {prompt: You keep the doors., tools: ['*']}}
---
kind: Dynamics
name: clean
entries: []
---
kind: Dynamics
name: lagging
entries: [{id: jobs, kind: async.job, match: {tools: [set_door]}, poll_ms: 1000, completion: {ms: 5000}}]
---
kind: Scenario
name: doors
title: Doors
description: A lock of two doors.
world: doors
framework: doors
budgets: {turns: 30, virtual_ms: 36000000}
tasks:
  lock:
    description: Let somebody through.
    bind: {last: {value: "'OUT'"}}
    SETUP
    instruction: Open the inner door, shut it, and open the outer one.
    witness:
    - {call: set_door, with: {id: "'IN'", open: 'true'}}
    - {call: set_door, with: {id: "'IN'", open: 'false'}}
    - {call: set_door, with: {id: last, open: 'true'}}
    checks:
    - {id: done, kind: state.predicates, that: ['doors.get(last).open']}
    - {id: never_both, kind: invariants, that: ["!doors.all(d, d.open)", 'log.count(n, true) < 2']}
`
function compileDoors(setup = '', from = '', to = '') {
  return compileCatalogue([{ file: 'doors.yaml', text: DOORS.replace('SETUP', setup || 'setup: []').replace(from, to) }])
}
const doors = compileDoors().catalogue.find('doors')!
const door = (id: string, open: boolean): Action => ({ tool_calls: [{ name: 'set_door', arguments: { id, open } }] })
const write: Action = { tool_calls: [{ name: 'write', arguments: { text: 'x' } }] }
const wait = (ms: number): Action => ({ tool_calls: [{ name: 'wait', arguments: { ms } }] })
const finish: Action = { tool_calls: [{ name: 'finish', arguments: {} }] }

function play(actions: readonly Action[], { dynamics = 'clean', scenario = doors } = {}) {
  const episode = Episode.start(scenario, { seed: 1, options: { dynamics } })
  for (const action of [...actions, finish]) episode.step(action)
  const { verdict } = episode.last.info
  const noted = episode.events().flatMap((event) => ('violates' in event && event.violates ? [event.violates] : []))
  return { held: verdict!.gates.never_both, component: verdict!.components.find(({ id }) => id === 'never_both')!, issue: verdict!.issues.find(({ id }) => id === 'never_both'), noted, episode }
}

t.test('a condition is looked at after every commit, not only in the end', async (t) => {
  const good = play([door('IN', true), door('IN', false), door('OUT', true)])
  t.same([good.held, good.noted], [true, []])
  const bad = play([door('IN', true), door('OUT', true), door('IN', false)])
  t.equal(bad.held, false, 'it holds in the end')
  t.same(bad.noted, [['never_both.0']])
  t.match(bad.component.evidence, [{ event: 4, pointer: '/violates', expected: '!doors.all(d, d.open)' }])
  t.match(bad.issue, { category: 'rule_violation', verdict: 'veto', evidence: [{ event: 4 }] })
  t.equal(bad.component.score, 0.5)
  t.equal(play([{ tool_calls: [{ name: 'pass', arguments: {} }] }]).held, true, 'within a commit nobody looks')
})

t.test('what did not change stays as it was found', async (t) => {
  const { noted, component } = play([door('IN', true), door('OUT', true), write, write, door('IN', false)])
  t.same(noted, [['never_both.0'], ['never_both.0'], ['never_both.0', 'never_both.1'], ['never_both.1']])
  t.same(component.evidence!.map(({ event }) => event), [4, 8], 'each is blamed once: where it broke')
})

t.test('what others break is theirs; breaking it anew is not', async (t) => {
  const hour = wait(3_600_000)
  t.same([play([hour]).held, play([hour]).noted], [true, [['never_both.0']]])
  t.equal(play([hour, write]).held, true, 'a commit that changes something else')
  t.equal(play([hour, door('IN', false), door('IN', true)]).held, false, 'mended, then broken by the agent')
  t.equal(play([door('OUT', true), hour, door('IN', false)]).held, true)
})

t.test('effects that come after their answers count where they happen', async (t) => {
  const { held, component, episode } = play([door('IN', true), door('OUT', true), wait(20_000), door('IN', false), wait(20_000)], { dynamics: 'lagging' })
  t.equal(held, false)
  t.equal(episode.events()[component.evidence![0]!.event!]!.type, 'effect')
})

t.test('progress is void from then on; the hash knows nothing of it; a fork goes its own way', async (t) => {
  const episode = Episode.start(doors, { seed: 1, options: { shaping: 'progress' } })
  episode.step(door('IN', true))
  const other = episode.fork()
  t.equal(episode.step(door('OUT', true)).reward, 0, 'done, but both are open')
  other.step(door('IN', false))
  t.ok(other.step(door('OUT', true)).reward! > 0.9)
  t.equal(Episode.restore(doors, other.snapshot()).stateHash(), other.stateHash())
  t.same(Episode.restore(doors, episode.snapshot()).events(), episode.events())
})

t.test('what is broken from the start is a fault of the specification, not of the agent', async (t) => {
  const { catalogue, complaints } = compileDoors(`setup: [{set: {"doors['IN'].open": true, "doors['OUT'].open": true}}]`)
  t.same(complaints, [])
  const scenario = catalogue.find('doors')!
  t.equal(play([door('IN', false), door('OUT', true)], { scenario }).held, true)
  const report = admitScenario(scenario, { seeds: 1, profiles: ['clean'] })
  const check = report.checks.find(({ id }) => id === 'invariants')!
  t.equal(check.ok, false)
  t.match(check.detail, /lock, .*does not hold at the start: never_both\.0/)
  t.equal(admitScenario(doors, { seeds: 1, profiles: ['clean'] }).checks.find(({ id }) => id === 'invariants')!.ok, true)
})

t.test('mistakes are complained about where they stand', async (t) => {
  const { complaints } = compileDoors('', '!doors.all(d, d.open)', 'doors.all(d, d.opened)')
  t.match(complaints, [{ code: 'expression', nearest: 'open' }])
  t.match(compileDoors('', "!doors.all(d, d.open)", 'doors.count(d, d.open)').complaints, [{ code: 'expression', expected: 'bool' }])
})
