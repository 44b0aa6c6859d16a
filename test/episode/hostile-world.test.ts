import t from 'tap'
import { compileSpecification } from '../../src/compile/specification.ts'
import { Episode } from '../../src/episode/episode.ts'

/** A scenario around some tables, tools and timers; `stuff` has 5,000 rows. */
function scenarioOf(world: string, checks = ''): ReturnType<typeof compile> {
  return compile(`
kind: World
name: heavy
epoch: '2026-03-02T09:00:00Z'
tables:
  stuff:
    key: id
    count: 5000
    max_rows: 100000
    columns: {id: {type: string, id: {counter: 'S{n}'}}, v: {type: int, between: [1, 9]}}
  notes:
    key: id
    count: 0
    columns: {id: {type: string, id: {counter: 'N{n}'}}, text: {type: string}}
${world}
---
{kind: Framework, name: desk, root: clerk, agents: {clerk: {prompt: Work., tools: ['*']}}}
---
kind: Dynamics
name: still
entries: []
---
kind: Scenario
name: heavy
title: Heavy
description: Costs as much as it can.
world: heavy
framework: desk
dynamics: still
budgets: {turns: 1000, calls: 1000, virtual_ms: 10000000000}
tasks:
  go:
    description: Go.
    instruction: Go.
    witness: []
    checks:
    - {id: there, kind: state.predicates, that: ['stuff.has("S1")']}
${checks}
`)
}

function compile(text: string) {
  const made = compileSpecification({ files: [{ file: 'source', text }], around: [] })
  if ('complaints' in made) throw new Error(JSON.stringify(made.complaints))
  return made.scenario
}

/** Makes a call and says how the episode stands; with the CPU time that it took, so that others on the machine do not count. */
function call(episode: Episode, name: string, args: object = {}, times = 1) {
  const before = process.cpuUsage()
  const { observation, info } = episode.step({ tool_calls: Array.from({ length: times }, () => ({ name, arguments: args as Record<string, unknown> })) })
  const end = episode.events().at(-1)
  return { ms: process.cpuUsage(before).user / 1000, content: String(observation.messages[0]?.content ?? ''), stop: info.stop_reason, fault: end?.type === 'end' ? end.fault : undefined, observation }
}

const input = (properties = '') => `input: {properties: {${properties}}}`

t.test('reads among many changed rows cost what they find, not what was changed', async (t) => {
  const scenario = scenarioOf(`
tools:
  fill: {description: d, effect: write, ${input()}, do: [{each: i in range(8000), do: [{insert: stuff, row: {v: 10 + i}}]}]}
  look: {description: d, effect: read, ${input()}, do: [{return: {found: 'range(4000).count(i, stuff.exists(s, s.v == 10 + i))'}}]}
  move: {description: d, effect: write, ${input()}, do: [{each: i in range(4000), do: [{insert: notes, row: {text: string(i)}}, {require: 'stuff.exists(s, s.v == 10 + i)', else: gone}]}]}
`)
  const episode = Episode.start(scenario, { seed: 1 })
  for (let i = 0; i < 4; i++) {
    const { ms, content } = call(episode, 'fill')
    t.equal(content, 'ok')
    t.ok(ms < 3000, `insert under max_rows: ${ms} ms`)
  }
  const looked = call(episode, 'look')
  t.equal(looked.content, '{"found":4000}')
  t.ok(looked.ms < 3000, `look: ${looked.ms} ms`)
  const moved = call(episode, 'move')
  t.equal(moved.content, 'ok')
  t.ok(moved.ms < 3000, `move: ${moved.ms} ms`)
})

t.test('long texts of one length are told apart at once, and keys stay short', async (t) => {
  const long = `"'${'x'.repeat(2500)}'.replace('x', 'yyyyyyyy') + string(n)"`
  const scenario = scenarioOf(`  pages: {key: id, count: 1200, columns: {id: {type: string, id: {counter: 'P{n:04}'}}, t: {type: string, value: ${long}}}}
  named: {key: id, count: 0, columns: {id: {type: string}}}
tools:
  look: {description: d, effect: read, ${input()}, do: [{return: {n: 'pages.count(p, p.t == "x")'}}]}
  name: {description: d, effect: write, input: {properties: {n: {type: integer, minimum: 1, maximum: 9999}}, required: [n]}, do: [{insert: named, row: {id: "'k'.pad(args.n)"}}]}
`)
  const episode = Episode.start(scenario, { seed: 1 })
  const { ms, content } = call(episode, 'look')
  t.equal(content, '{"n":0}')
  t.ok(ms < 3000, `${ms} ms`)
  t.equal(call(episode, 'name', { n: 4000 }).content, 'ok')
  t.match(call(episode, 'name', { n: 4001 }).content, 'at most 4000 characters')
})

t.test('storms of messages and dear conditions of tools end an episode, they do not hold up others', async (t) => {
  const storm = Episode.start(scenarioOf(`
timers:
  mail: {do: [{each: i in range(100), do: [{emit: agent, text: x}]}, {after: '0.001', run: mail}]}
tools:
  start: {description: d, effect: write, ${input()}, do: [{after: '0.001', run: mail}]}
`), { seed: 1 })
  t.equal(call(storm, 'start').stop, undefined)
  const mailed = call(storm, 'wait', { ms: 10_000 })
  t.equal(mailed.stop, 'env_error')
  t.match(mailed.fault, 'messages to the agent at once')
  t.ok(mailed.ms < 3000, `storm: ${mailed.ms} ms`)

  const hidden = Array.from({ length: 200 }, (_, i) => `  h${i}: {description: d, effect: read, show_when: '!stuff.has("S1") || range(150).all(i, range(150).all(j, j >= 0))', ${input()}, do: [{return: 1}]}`)
  t.throws(() => Episode.start(scenarioOf(`\ntools:\n${hidden.join('\n')}`), { seed: 1 }), /show_when of h\d+: the call costs more/)
})

t.test('checks share one meter, and what an episode keeps is bounded', async (t) => {
  const dear = Array.from({ length: 200 }, (_, i) => `    - {id: c${i}, kind: state.predicates, that: ['range(190).all(i, range(190).all(j, j >= 0))']}`)
  const scored = call(Episode.start(scenarioOf(`\ntools: {none: {description: d, effect: read, ${input()}, do: [{return: 1}]}}`, dear.join('\n')), { seed: 1 }), 'finish')
  t.equal(scored.stop, 'env_error')
  t.match(scored.fault, 'costs more')

  const doubled = [...'abcdefghijklmno'].map((name, i, all) => `{let: {${name}1: "${i === 0 ? "'0123456789abcdef'" : `${all[i - 1]}1 + ${all[i - 1]}1`}"}}`)
  const scenario = scenarioOf(`
tools:
  tell: {description: d, effect: read, ${input()}, do: [${doubled.join(', ')}, {return: {a: o1, b: o1}}]}
  keep: {description: d, effect: write, ${input()}, do: [${doubled.join(', ')}, {insert: notes, row: {text: o1}}, {return: 1}]}
  spare: {description: d, effect: write, ${input()}, do: [${doubled.join(', ')}, {insert: notes, row: {text: o1}, as: made}, {delete: 'notes[made.id]'}, {return: 1}]}
`)
  for (const tool of ['tell', 'keep']) {
    const episode = Episode.start(scenario, { seed: 1 })
    let turns = 0
    while (!episode.ended && turns < 100) {
      call(episode, tool, {}, 16)
      turns += 1
    }
    t.match(episode.events().at(-1), { type: 'end', reason: 'env_error', fault: /exceed 100 MB/ }, `${tool} after ${turns} turns`)
    t.equal(Episode.restore(scenario, episode.snapshot()).stateHash(), episode.stateHash(), 'its end is part of the episode')
  }
  const episode = Episode.start(scenario, { seed: 1 })
  for (let i = 0; i < 30; i++) call(episode, 'spare', {}, 16)
  t.notOk(episode.ended, 'what was deleted again does not count')
})
