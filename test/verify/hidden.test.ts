/** Ways in which a stray write or a lucky guess might be hidden from the checks. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { Episode } from '../../src/episode/episode.ts'

const LAMPS = `
kind: World
name: lamps
epoch: '2026-03-02T09:00:00Z'
tables:
  lamps:
    key: id
    rows: [{id: A, level: 80, note: ''}, {id: B, level: 80, note: ''}]
    columns: {id: {type: string}, level: {type: int}, note: {type: string}}
timers:
  dim: {do: [{each: 'l in lamps.filter(x, x.level > 10)', do: [{set: {'lamps[l.id].level': l.level - 1}}]}]}
every: [{id: minute, seconds: 60, run: dim}]
tools:
  read_lamp:
    description: Shows a lamp.
    effect: read
    input: {properties: {id: {type: string}}, required: [id]}
    do: [{let: {l: lamps.get(args.id)}, else: none}, {return: l}]
  set_level:
    description: Sets the level of a lamp.
    effect: write
    idempotent: true
    input: {properties: {id: {type: string}, level: {type: integer}}, required: [id, level]}
    do: [{let: {l: lamps.get(args.id)}, else: none}, {set: {'lamps[l.id].level': args.level}}]
  set_note:
    description: Puts a note on a lamp.
    effect: write
    idempotent: true
    input: {properties: {id: {type: string}, note: {type: string}}, required: [id, note]}
    do: [{let: {l: lamps.get(args.id)}, else: none}, {set: {'lamps[l.id].note': args.note}}]
---
kind: Framework
name: lamps
root: keeper
agents: {keeper: {prompt: You keep the lamps., tools: ['*']}}
---
kind: Dynamics
name: clean
entries: []
---
kind: Scenario
name: lamps
title: Lamps
description: Lamps that dim by themselves.
world: lamps
framework: lamps
rules:
- {id: look_first, text: Look at a lamp before you change it., on: ['set_*'], that: "history.exists(h, h.tool == 'read_lamp' && h.args.id == args.id)"}
tasks:
  note:
    description: Put a note on a lamp after looking at it.
    instruction: Look at lamp A, then put the note 'ok' on it.
    witness: [{call: read_lamp, with: {id: "'A'"}}, {call: set_note, with: {id: "'A'", note: "'ok'"}}]
    checks:
    - {id: noted, kind: state.predicates, that: ["lamps.get('A').note == 'ok'"]}
    - {id: looked, kind: calls.constraints, call: read_lamp, where: args.id == 'A'}
    - {id: nothing_else, kind: state.untouched, except: [{update: lamps, key: "'A'", columns: [note]}]}
`
const { catalogue, complaints } = compileCatalogue([{ file: 'lamps.yaml', text: LAMPS }])
const call = (name: string, args: object = {}) => ({ name, arguments: args })
const READ = call('read_lamp', { id: 'A' })
const NOTE = call('set_note', { id: 'A', note: 'ok' })
const FINISH = call('finish')

/** Plays turns of calls and gives the reward and the gates that failed. */
function play(...turns: object[][]): [number | null, string[]] {
  const episode = Episode.start(catalogue.find('lamps')!, { seed: 1 })
  let reward: number | null = 0
  for (const tool_calls of turns) ({ reward } = episode.step({ tool_calls } as Action))
  const end = episode.events().at(-1)
  return [reward, end?.type === 'end' ? Object.entries(end.verdict.gates).filter(([, held]) => !held).map(([id]) => id) : ['did not end']]
}

t.test('the world going over a stray write hides nothing', async (t) => {
  t.same(complaints, [])
  t.same(play([READ], [NOTE], [FINISH]), [1, []])
  t.same(play([READ], [call('wait', { ms: 200_000 })], [NOTE], [FINISH]), [1, []], 'what the world does is its own')
  const stray = call('set_level', { id: 'B', level: 50 })
  const look = call('read_lamp', { id: 'B' })
  t.same(play([READ, look], [stray], [NOTE], [FINISH]), [0, ['nothing_else']])
  t.same(play([READ, look], [stray], [NOTE], [call('wait', { ms: 61_000 })], [FINISH]), [0, ['nothing_else']], 'the timer has written the level since')
})

t.test('a read counts when something later can have used it', async (t) => {
  t.same(play([READ, NOTE], [FINISH]), [0, ['looked', 'rules']], 'asked for together with the write')
  t.same(play([READ, NOTE, FINISH]), [0, ['looked', 'rules']])
  t.same(play([NOTE], [READ, FINISH]), [0, ['looked', 'rules']])
  t.same(play([READ], [NOTE, FINISH]), [1, []], 'a write and the ending may share a turn')
  t.same(play([READ, call('read_lamp', { id: 'B' })], [NOTE], [READ], [FINISH]), [1, []])
})
