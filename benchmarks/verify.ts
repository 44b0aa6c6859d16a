/**
 * What verifying costs in worlds of 1,000 and of 100,000 rows: the same task, its rows found by key, by index, or by
 * going through the table; against hashing the log of the same episode as text, in the same rounds. CPU time.
 *   node benchmarks/verify.ts [--json] [--rounds 40] [--rows 1000,100000]
 */
import { parseArgs } from 'node:util'
import type { Action } from '../protocol/action.ts'
import { compileCatalogue } from '../src/compile/catalogue.ts'
import { sha256Hex } from '../src/core/digest.ts'
import { keyOf, word53 } from '../src/core/keyed.ts'
import { Episode } from '../src/episode/episode.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import type { EpisodeView } from '../src/episode/task.ts'
import { BaseWorld } from '../src/world/base-world.ts'
import { median } from './engine.ts'

const UNTOUCHED = '{id: rest, kind: state.untouched, except: [{update: orders, key: order.id, columns: [state]}, {insert: notes, where: row.order == order.id}]}'
const CHECKS: Readonly<Record<string, string>> = {
  'by key': `[{id: done, kind: state.predicates, that: ["orders.get(order.id).state == 'closed'", "customers.get(order.customer).name == customers.get(orders.get(order.id).customer).name"]}, ${UNTOUCHED}]`,
  'by index': `[{id: done, kind: state.predicates, that: ["notes.exists(x, x.order == order.id && x.text == 'paid')", "lines.filter(l, l.order == order.id).all(l, l.order == order.id)", "orders.get(order.id).state == 'closed'"]}, {id: once, kind: effects.exactly_once, insert: notes, where: row.order == order.id}, ${UNTOUCHED}]`,
  'state.equivalent': '[{id: same, kind: state.equivalent}]',
  'through the table': `[{id: done, kind: state.predicates, that: ["orders.count(o, o.state == 'closed' || o.code < 0) == 1"]}, ${UNTOUCHED}]`,
}

const SHOP = `
kind: World
name: shop
epoch: '2026-03-02T09:00:00Z'
tables:
  customers: {key: id, count: 50, columns: {id: {type: string, id: {draw: 'C{n:04}'}}, name: {type: string, pick: [Ada, Ben, Chi]}}}
  orders: {key: id, count: ROWS, columns: {id: {type: string, id: {draw: 'O{n:07}'}}, customer: {type: ref, table: customers}, code: {type: int, value: n}, state: {type: string, pick: [open]}}}
  lines: {key: id, count: ROWS, columns: {id: {type: string, id: {draw: 'L{n:07}'}}, order: {type: ref, table: orders}, qty: {type: int, between: [1, 5]}}}
  notes: {key: id, count: 0, columns: {id: {type: string, id: {counter: 'N{n}'}}, order: {type: ref, table: orders}, text: {type: string}}}
tools:
  get: {description: Shows an order., effect: read, input: {properties: {id: {type: string}}, required: [id]}, do: [{let: {o: orders.get(args.id)}, else: none}, {return: {o: o, lines: 'lines.filter(l, l.order == o.id)', notes: 'notes.filter(x, x.order == o.id)'}}]}
  settle: {description: Closes an order., effect: write, idempotent: true, input: {properties: {id: {type: string}}, required: [id]}, do: [{let: {o: orders.get(args.id)}, else: none}, {set: {'orders[o.id].state': "'closed'"}}]}
  note: {description: Puts a note on an order., effect: write, input: {properties: {id: {type: string}, text: {type: string}}, required: [id, text]}, do: [{insert: notes, row: {order: args.id, text: args.text}}]}
---
kind: Framework
name: shop
root: clerk
agents: {clerk: {prompt: You keep the shop., tools: ['*']}}
---
kind: Dynamics
name: clean
entries: [{id: base, kind: latency.constant, ms: 100}]
---
kind: Scenario
name: shop
title: Shop
description: A shop.
world: shop
framework: shop
tasks:
TASKS
`

function compileShop(rows: number): CompiledScenario {
  const tasks = Object.values(CHECKS).map((checks, i) => `  t${i}:
    description: Close an order and note it.
    bind: {order: {from: orders}}
    instruction: Close \${order.id}.
    witness: [{call: get, with: {id: order.id}}, {call: settle, with: {id: order.id}}, {call: note, with: {id: order.id, text: "'paid'"}}]
    checks: ${checks}`)
  const { catalogue, complaints } = compileCatalogue([{ file: 'shop.yaml', text: SHOP.replaceAll('ROWS', String(rows)).replace('TASKS', () => tasks.join('\n')) }])
  if (complaints.length) throw new Error(JSON.stringify(complaints[0]))
  return catalogue.find('shop')!
}

const SEEDS = 8
/** Going through a table costs so much that a few times are enough. */
const REPEATS = 40
const DEAR = 'through the table'

/** Episodes that the witness has ended, a few seeds of each task; the worlds stay as the tools left them. */
function playAll(scenario: CompiledScenario, task: string): { episode: Episode; shaped: Episode }[] {
  return Array.from({ length: SEEDS }, (_, i) => {
    const seed = word53(keyOf(['verify', i]))
    const play = (shaping: 'none' | 'progress', end: boolean) => {
      const episode = Episode.start(scenario, { seed, task, options: { shaping } })
      const id = (episode.inspect().gold as { slots: { order: { id: string } } }).slots.order.id
      const send = (name: string, args: object) => episode.step({ tool_calls: [{ name, arguments: args }] } as Action)
      send('get', { id })
      send('settle', { id })
      send('note', { id, text: 'paid' })
      if (end && send('finish', {}).info.verdict!.reward !== 1) throw new Error(`${task} is not solved`)
      return episode
    }
    return { episode: play('none', true), shaped: play('progress', false) }
  })
}

/** Microseconds of CPU time, which other work on the machine leaves alone. */
function each(run: () => void, repeats: number): number {
  const began = process.cpuUsage()
  for (let i = 0; i < repeats; i++) run()
  const { user, system } = process.cpuUsage(began)
  return (user + system) / repeats / SEEDS
}

const { values } = parseArgs({ options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '40' }, rows: { type: 'string', default: '1000,100000' } } })
const [small, large] = values.rows.split(',').map(Number) as [number, number]
const shops = [small, large].map(compileShop) as [CompiledScenario, CompiledScenario]

type Subject = { readonly verify: () => void; readonly shape: () => void; readonly yardstick: () => void }

function subjectOf(scenario: CompiledScenario, task: string): Subject {
  const played = playAll(scenario, task)
  const template = scenario.tasks.get(task)!
  // What a view shows of the log is made when a step asks for it; here it is no part of the cost.
  const views = played.map(({ episode, shaped }) => [episode.view, shaped.view].map((view): EpisodeView => ({ ...view })) as [EpisodeView, EpisodeView])
  return {
    verify: () => { for (const [view] of views) template.score({ ...view }) },
    shape: () => { for (const [, view] of views) template.potential({ ...view }, 'progress') },
    yardstick: () => { for (const [view] of views) sha256Hex(JSON.stringify(view.events)) },
  }
}

/** The first look in a world that nobody has read: indexes are made for it. */
function firstLook(scenario: CompiledScenario, task: string): number {
  const times = playAll(scenario, task).map(({ episode }) => {
    const view = { ...episode.view, base: new BaseWorld(scenario.world, episode.identity.seed) }
    const began = process.cpuUsage()
    episode.task.template.score(view)
    const { user, system } = process.cpuUsage(began)
    return user + system
  })
  return median(times)
}

const results = Object.keys(CHECKS).map((name, i) => {
  const [less, more] = shops.map((shop) => subjectOf(shop, `t${i}`)) as [Subject, Subject]
  const repeats = name === DEAR ? 1 : REPEATS
  const rounds = Array.from({ length: (name === DEAR ? 3 : Number(values.rounds)) + 5 }, () => {
    const [a, b, c, d, unit] = [less.verify, more.verify, less.shape, more.shape, more.yardstick].map((run) => each(run, repeats)) as [number, number, number, number, number]
    return { small_us: a, large_us: b, ratio: b / a, shaped_us: d, shaped_ratio: d / c, yardsticks: b / unit }
  }).slice(5)
  const of = (key: keyof (typeof rounds)[number]) => median(rounds.map((round) => round[key]))
  const ratios = rounds.map(({ ratio }) => ratio).sort((x, y) => x - y)
  return {
    checks: name, small_us: of('small_us'), large_us: of('large_us'), ratio: of('ratio'), quartiles: [ratios[ratios.length >> 2]!, ratios[(3 * ratios.length) >> 2]!],
    yardsticks: of('yardsticks'), shaped_step_us: of('shaped_us'), shaped_ratio: of('shaped_ratio'), first_look_us: firstLook(shops[1], `t${i}`),
  }
})

if (values.json) console.log(JSON.stringify({ rows: [small, large], results }))
else {
  for (const { checks, small_us, large_us, ratio, quartiles, yardsticks, shaped_step_us, shaped_ratio, first_look_us } of results) {
    console.log(`${checks.padEnd(18)} ${small_us.toFixed(1)} us at ${small} rows, ${large_us.toFixed(1)} at ${large}: ratio ${ratio.toFixed(2)} (${quartiles.map((q) => q.toFixed(2)).join(' to ')}), ${yardsticks.toFixed(2)} of hashing the log; a shaped step ${shaped_step_us.toFixed(1)} us (${shaped_ratio.toFixed(2)}); first look in an unread world ${(first_look_us / 1000).toFixed(1)} ms`)
  }
}
