/** What the agent changed against what the witness changes: other ways to the same end pass, everything else fails. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import type { Verdict } from '../../protocol/verdict.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { Episode } from '../../src/episode/episode.ts'
import fc from '../property.ts'

const SHOP = `
kind: World
name: shop
epoch: '2026-03-02T09:00:00Z'
tables:
  goods:
    key: id
    rows: [{id: A, stock: 10, price: 2.50, state: open, tags: [x, y], seen: '2026-01-01T00:00:00Z', paid: null, home: {city: Bonn, floor: 1}}, {id: B, stock: 10, price: 4.10, state: open, tags: [], seen: '2026-01-01T00:00:00Z', paid: null, home: {city: Ulm, floor: 2}}]
    columns:
      id: {type: string}
      stock: {type: int}
      price: {type: dec}
      state: {type: string}
      tags: {type: list, of: {type: string}}
      seen: {type: time}
      paid: {type: time, nullable: true}
      home: {type: record, fields: {city: {type: string}, floor: {type: int}}}
  orders:
    key: id
    count: 3
    columns:
      id: {type: string, id: {draw: 'O{n:04}'}}
      who: {type: string, pick: [old]}
      at: {type: time, value: now()}
      due: {type: time, value: now()}
      watch: {type: list, of: {type: string}, default: '[]', value: '[]'}
  lines:
    key: id
    count: 0
    columns: {id: {type: string, id: {counter: 'L{n}'}}, order: {type: ref, table: orders}, good: {type: ref, table: goods}, n: {type: int}, log: {type: json}}
  audit:
    key: id
    count: 0
    columns: {id: {type: string, id: {counter: 'X{n}'}}, what: {type: string}, ok: {type: bool, default: 'false'}}
  labels:
    key: id
    rows: []
    columns: {id: {type: string}, text: {type: string}}
reactions:
- {id: trail, watch: [orders], as: o, do: [{if: 'old == null && o != null', then: [{insert: audit, row: {what: "o == null ? '' : o.who"}}]}]}
timers:
  restock: {do: [{set: {"goods['A'].stock": "goods['A'].stock + 3"}}]}
  settle: {do: [{set: {"goods['B'].state": "'done'", "goods['B'].seen": now(), "goods['B'].paid": now()}}]}
every: [{id: minute, seconds: 60, run: restock}, {id: hour, seconds: 3600, run: settle}]
tools:
  look: {description: Looks., effect: read, input: {properties: {id: {type: string}}, required: [id]}, do: [{return: goods.get(args.id)}]}
  take: {description: Takes some., effect: write, input: {properties: {id: {type: string}, n: {type: integer}}, required: [id, n]}, do: [{set: {'goods[args.id].stock': goods.get(args.id).stock - args.n}}]}
  count: {description: Sets the stock., effect: write, idempotent: true, input: {properties: {id: {type: string}, n: {type: integer}}, required: [id, n]}, do: [{set: {'goods[args.id].stock': args.n}}]}
  price: {description: Sets the price., effect: write, idempotent: true, input: {properties: {id: {type: string}, price: {type: number, multipleOf: 0.01}}, required: [id, price]}, do: [{set: {'goods[args.id].price': args.price}}]}
  mark: {description: Sets the state., effect: write, idempotent: true, input: {properties: {id: {type: string}, state: {type: string}}, required: [id, state]}, do: [{set: {'goods[args.id].state': args.state, 'goods[args.id].seen': now()}}]}
  pay: {description: Pays., effect: write, idempotent: true, input: {properties: {id: {type: string}}, required: [id]}, do: [{set: {'goods[args.id].paid': now()}}]}
  move: {description: Moves., effect: write, idempotent: true, input: {properties: {id: {type: string}, floor: {type: integer}}, required: [id, floor]}, do: [{set: {'goods[args.id].home.floor': args.floor}}]}
  tag: {description: Tags., effect: write, input: {properties: {id: {type: string}, tag: {type: string}}, required: [id, tag]}, do: [{set: {'goods[args.id].tags': 'goods.get(args.id).tags + [args.tag]'}}]}
  untag: {description: Untags., effect: write, idempotent: true, input: {properties: {id: {type: string}, tag: {type: string}}, required: [id, tag]}, do: [{set: {'goods[args.id].tags': 'goods.get(args.id).tags.filter(x, x != args.tag)'}}]}
  order:
    description: Orders.
    effect: write
    input: {properties: {who: {type: string}}, required: [who]}
    do: [{insert: orders, row: {who: args.who, at: now(), due: "now().plus(7, 'day')"}, as: o}, {return: {id: o.id}}]
  drop: {description: Drops an order., effect: write, idempotent: true, input: {properties: {id: {type: string}}, required: [id]}, do: [{delete: 'orders[args.id]'}]}
  rename: {description: Renames an order., effect: write, idempotent: true, input: {properties: {id: {type: string}, who: {type: string}}, required: [id, who]}, do: [{set: {'orders[args.id].who': args.who}}]}
  line:
    description: Adds a line.
    effect: write
    input: {properties: {order: {type: string}, good: {type: string}, n: {type: integer}}, required: [order, good, n]}
    do: [{insert: lines, row: {order: args.order, good: args.good, n: args.n, log: '[{"of": args.order}]'}, as: l}, {return: {id: l.id}}]
  watch: {description: Watches., effect: write, input: {properties: {order: {type: string}, what: {type: string}}, required: [order, what]}, do: [{set: {'orders[args.order].watch': 'orders.get(args.order).watch + [args.what]'}}]}
  approve: {description: Approves what is on the trail., effect: write, idempotent: true, input: {properties: {id: {type: string}}, required: [id]}, do: [{set: {'audit[args.id].ok': true}}]}
  label: {description: Labels., effect: write, input: {properties: {id: {type: string}, text: {type: string}}, required: [id, text]}, do: [{insert: labels, row: {id: args.id, text: args.text}}]}
---
kind: Framework
name: shop
root: keeper
agents: {keeper: {prompt: You keep the shop., tools: ['*']}}
---
kind: Dynamics
name: clean
entries: [{id: base, kind: latency.constant, ms: 100}]
---
kind: Dynamics
name: doubled
entries: [{id: twice, kind: delivery.duplicate, match: {tools: [take, order]}, when: {probability: 1}}]
---
kind: Dynamics
name: dead
entries: [{id: gone, kind: error.abort, match: {tools: [take]}, when: {probability: 1}, persistence: permanent, recovery: [report_unable]}]
---
kind: Dynamics
name: slow
entries: [{id: late, kind: timeout.post_commit, match: {tools: [take]}, deadline_ms: 500}]
---
kind: Scenario
name: shop
title: Shop
description: A shop.
world: shop
framework: shop
budgets: {turns: 60, calls: 120, virtual_ms: 36000000}
tasks:
  one:
    description: d
    instruction: Do it.
    WITNESS
    checks: [{id: same, kind: state.equivalent, EXTRA}]
`

type Call = readonly [tool: string, args: Record<string, unknown>, as?: string]

/** Calls in the notation of a witness; arguments that begin with $ are captured ids. */
function witnessOf(calls: readonly Call[]): string {
  const spell = (value: unknown) => (typeof value === 'string' ? (value.startsWith('$') ? `'${value.slice(1)}.id'` : `"'${value}'"`) : String(value))
  const steps = calls.map(([tool, args, as]) => `{call: ${tool}, with: {${Object.entries(args).map(([name, value]) => `${name}: ${spell(value)}`).join(', ')}}${as ? `, as: ${as}` : ''}}`)
  return `witness: [${steps.join(', ')}]`
}

function compileShop(witness: readonly Call[], extra = '') {
  return compileCatalogue([{ file: 'shop.yaml', text: SHOP.replace('WITNESS', witnessOf(witness)).replace(', EXTRA', extra && `, ${extra}`) }])
}

/** Judges calls against a witness. */
function judge(witness: readonly Call[], calls: readonly Call[], { extra = '', dynamics = 'clean', ending = 'finish' } = {}): Verdict {
  const { catalogue, complaints } = compileShop(witness, extra)
  if (complaints.length) throw new Error(JSON.stringify(complaints))
  const episode = Episode.start(catalogue.find('shop')!, { seed: 1, options: { dynamics } })
  const captured: Record<string, string> = {}
  const send = (name: string, args: unknown) => episode.step({ tool_calls: [{ name, arguments: args }] } as Action)
  for (const [tool, args, as] of calls) {
    const real = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, typeof value === 'string' && value.startsWith('$') ? captured[value.slice(1)] : value]))
    const content = send(tool, real).observation.messages[0]!.content
    if (as) captured[as] = JSON.parse(content).id
  }
  return send(ending, ending === 'finish' ? {} : { reason: 'The shelf is closed.' }).info.verdict!
}

const outcome = (verdict: Verdict) => (verdict.success ? 'same' : verdict.issues[0]!.category)
const WAIT: Call = ['wait', { ms: 61_000 }]

t.test('cells: numbers by what the agent added, all else by what it left', async (t) => {
  const witness: Call[] = [['take', { id: 'A', n: 2 }], ['price', { id: 'A', price: 3 }], ['mark', { id: 'B', state: 'done' }]]
  const cases: [string, Call[], string][] = [
    ['the witness', witness, 'same'],
    ['another order', [...witness].reverse(), 'same'],
    ['in two parts', [['take', { id: 'A', n: 1 }], ['take', { id: 'A', n: 1 }], ...witness.slice(1)], 'same'],
    ['while the world restocks', [WAIT, ...witness, WAIT], 'same'],
    ['by setting it', [['count', { id: 'A', n: 8 }], ...witness.slice(1)], 'same'],
    ['with reads', [['look', { id: 'B' }], ...witness, ['look', { id: 'A' }]], 'same'],
    ['by way of something else', [['mark', { id: 'B', state: 'half' }], ...witness], 'same'],
    ['undone', [['take', { id: 'B', n: 3 }], ...witness, ['take', { id: 'B', n: -3 }]], 'same'],
    ['what is marked and marked back', [['mark', { id: 'A', state: 'x' }], ['mark', { id: 'A', state: 'open' }], ...witness], 'same'],
    ['nothing', [], 'missed_action'],
    ['one missing', witness.slice(1), 'missed_action'],
    ['doubled', [witness[0]!, ...witness], 'missed_action'],
    ['another value', [...witness.slice(0, 1), ['price', { id: 'A', price: 3.01 }], witness[2]!], 'missed_action'],
    ['another text', [...witness.slice(0, 2), ['mark', { id: 'B', state: 'Done' }]], 'missed_action'],
    ['stray', [...witness, ['move', { id: 'A', floor: 2 }]], 'collateral_damage'],
    ['another row', [...witness, ['mark', { id: 'A', state: 'done' }]], 'collateral_damage'],
    ['a payment that nobody asked for', [...witness, ['pay', { id: 'B' }]], 'collateral_damage'],
  ]
  for (const [name, calls, expected] of cases) t.equal(outcome(judge(witness, calls)), expected, name)
  t.equal(outcome(judge([['pay', { id: 'A' }]], [])), 'missed_action', 'a moment where there was none is more than bookkeeping')
  t.equal(outcome(judge([['pay', { id: 'A' }]], [WAIT, ['pay', { id: 'A' }]])), 'same')
  t.equal(outcome(judge([['move', { id: 'A', floor: 3 }]], [['move', { id: 'A', floor: 3 }], ['move', { id: 'B', floor: 5 }]])), 'collateral_damage')
})

t.test('evidence names each cell, what it should be and the event', async (t) => {
  const verdict = judge([['price', { id: 'A', price: 3 }], ['mark', { id: 'B', state: 'done' }]], [['price', { id: 'A', price: 5 }], ['move', { id: 'B', floor: 9 }]])
  const [{ evidence }] = verdict.components as [Verdict['components'][number]]
  t.same(evidence, [
    { event: 2, pointer: '/goods/A/price', expected: { from: 2.5, to: 3 }, found: { from: 2.5, to: 5 } },
    { pointer: '/goods/B/state', expected: 'done' },
    { event: 4, pointer: '/goods/B/home/floor', expected: 2, found: 9 },
  ])
  t.same(verdict.issues[0]!.evidence.map(({ event }) => event), [2, 4])
})

t.test('rows that are made are matched whatever their keys are', async (t) => {
  const witness: Call[] = [['order', { who: 'Ada' }, 'a'], ['order', { who: 'Ben' }, 'b'], ['line', { order: '$a', good: 'A', n: 1 }, 'l'], ['line', { order: '$b', good: 'A', n: 1 }], ['watch', { order: '$b', what: '$l' }]]
  const [ada, ben, first, second, watch] = witness as [Call, Call, Call, Call, Call]
  const cases: [string, Call[], string][] = [
    ['the witness', witness, 'same'],
    ['another order, other keys', [ben, second, ada, first, watch], 'same'],
    ['much later', [WAIT, ada, WAIT, ben, first, second, watch], 'same'],
    ['after one that was dropped', [['order', { who: 'Eve' }, 'e'], ['drop', { id: '$e' }], ...witness], 'same'],
    ['under another name at first', [['order', { who: 'Eve' }, 'a'], ['rename', { id: '$a', who: 'Ada' }], ben, first, second, watch], 'same'],
    ['doubled', [ada, ...witness], 'collateral_damage'],
    ['a line doubled', [...witness, second], 'collateral_damage'],
    ['lines of the wrong order', [ada, ben, first, ['line', { order: '$a', good: 'A', n: 1 }], watch], 'missed_action'],
    ['the wrong line is watched', [ada, ben, ['line', { order: '$b', good: 'A', n: 1 }, 'l'], ['line', { order: '$a', good: 'A', n: 1 }], watch], 'missed_action'],
    ['dropped again', [...witness, ['drop', { id: '$a' }]], 'missed_action'],
    ['missing', [ada, ben, first, second], 'missed_action'],
  ]
  for (const [name, calls, expected] of cases) t.equal(outcome(judge(witness, calls)), expected, name)
  const wrong = judge([ada], [['order', { who: 'Adam' }]]).components[0]!.evidence!
  t.match(wrong, [{ pointer: /^\/orders\/O\d+\/who$/, expected: 'Ada', found: 'Adam' }])
  t.equal(outcome(judge([['label', { id: 'k1', text: 'x' }]], [['label', { id: 'k2', text: 'x' }]])), 'missed_action', 'a key that is stated means what it says')
  t.equal(outcome(judge([ada], [['order', { who: 'Ada' }]], { extra: 'ignore: [orders.due, audit]' })), 'same')
})

t.test('what others made and the agent changes', async (t) => {
  const witness: Call[] = [['order', { who: 'Ada' }], ['order', { who: 'Ben' }], ['approve', { id: 'X2' }]]
  t.equal(outcome(judge(witness, [['order', { who: 'Ben' }], ['order', { who: 'Ada' }], ['approve', { id: 'X1' }]])), 'same', 'the trail of Ben has another key now')
  t.equal(outcome(judge(witness, [['order', { who: 'Ben' }], ['order', { who: 'Ada' }], ['approve', { id: 'X2' }]])), 'missed_action', 'the trail of Ada is not that of Ben')
  t.equal(outcome(judge(witness, witness.slice(0, 2))), 'missed_action')
})

t.test('what others did already is nothing left to do, but what is counted is one\'s own', async (t) => {
  const hour: Call = ['wait', { ms: 3_601_000 }]
  t.equal(outcome(judge([['mark', { id: 'B', state: 'done' }], ['pay', { id: 'B' }]], [hour])), 'same')
  t.equal(outcome(judge([['mark', { id: 'B', state: 'done' }]], [['mark', { id: 'B', state: 'half' }], hour])), 'missed_action', 'they went over what the agent did')
  t.equal(outcome(judge([['take', { id: 'A', n: -3 }]], [WAIT])), 'missed_action', 'the world put in three of its own')
})

t.test('lists: in order, or as sets', async (t) => {
  const witness: Call[] = [['tag', { id: 'A', tag: 'p' }], ['tag', { id: 'A', tag: 'q' }]]
  const turned = [...witness].reverse()
  const sets = { extra: 'sets: [goods.tags]' }
  t.equal(outcome(judge(witness, turned)), 'missed_action')
  t.equal(outcome(judge(witness, turned, sets)), 'same')
  t.equal(outcome(judge(witness, [...turned, ['tag', { id: 'A', tag: 'p' }]], sets)), 'missed_action')
  t.equal(outcome(judge([['untag', { id: 'A', tag: 'x' }]], [['untag', { id: 'A', tag: 'y' }]], sets)), 'missed_action')
})

t.test('deletions, and tables that are left out', async (t) => {
  const { catalogue } = compileShop([['look', { id: 'A' }]])
  const [old, other] = catalogue.find('shop')!.baseOf(1).rows(1).map((row) => row.id as string) as [string, string]
  const witness: Call[] = [['drop', { id: old }]]
  t.equal(outcome(judge(witness, witness)), 'same')
  t.equal(outcome(judge(witness, [])), 'missed_action')
  t.equal(outcome(judge(witness, [['drop', { id: other }]])), 'missed_action')
  t.equal(outcome(judge(witness, [...witness, ['drop', { id: other }]])), 'collateral_damage')
  t.equal(outcome(judge(witness, [...witness, ['move', { id: 'A', floor: 7 }]], { extra: 'tables: [orders]' })), 'same')
  t.equal(outcome(judge(witness, [...witness, ['move', { id: 'A', floor: 7 }]], { extra: 'ignore: [goods.home]' })), 'same')
})

t.test('what the network does is nobody\'s; what the agent does again is its own', async (t) => {
  const witness: Call[] = [['take', { id: 'A', n: 2 }], ['order', { who: 'Ada' }]]
  t.equal(outcome(judge(witness, [...witness, WAIT], { dynamics: 'doubled' })), 'same', 'delivered twice')
  t.equal(outcome(judge(witness, [['take', { id: 'A', n: 2 }], WAIT, ['take', { id: 'A', n: -2 }], witness[1]!], { dynamics: 'doubled' })), 'missed_action')
  t.equal(outcome(judge(witness, witness, { dynamics: 'slow' })), 'same', 'the answer is lost, the effect is not')
  t.equal(outcome(judge(witness, [witness[0]!, ...witness], { dynamics: 'slow' })), 'missed_action', 'a blind retry')
})

t.test('who rightly declines may have begun, and done nothing else', async (t) => {
  const witness: Call[] = [['price', { id: 'A', price: 3 }], ['order', { who: 'Ada' }], ['take', { id: 'A', n: 2 }]]
  const decline = (calls: Call[]) => outcome(judge(witness, [...calls, witness[2]!], { dynamics: 'dead', ending: 'report_unable' }))
  t.equal(decline(witness.slice(0, 2)), 'same')
  t.equal(decline([]), 'same')
  t.equal(decline([['price', { id: 'A', price: 4 }]]), 'collateral_damage')
  t.equal(decline([['move', { id: 'B', floor: 9 }]]), 'collateral_damage')
})

t.test('what was begun is progress, whatever will refer to it later', async (t) => {
  const { catalogue } = compileShop([['order', { who: 'Ada' }, 'a'], ['line', { order: '$a', good: 'A', n: 1 }, 'l'], ['watch', { order: '$a', what: '$l' }]])
  const episode = Episode.start(catalogue.find('shop')!, { seed: 1, options: { shaping: 'progress' } })
  const send = (name: string, args: object) => episode.step({ tool_calls: [{ name, arguments: args }] } as Action)
  const id = (outcome: ReturnType<typeof send>) => JSON.parse(outcome.observation.messages[0]!.content).id as string
  const order = send('order', { who: 'Ada' })
  t.equal(order.reward, 0, 'nobody watches it yet: it is not the order that is wanted')
  const made = send('line', { order: id(order), good: 'A', n: 1 })
  t.ok(made.reward! > 0.4, 'the line is, whoever watches it')
  t.ok(send('watch', { order: id(order), what: id(made) }).reward! > 0.4)
})

t.test('graded, it pays for the share that was done; damage takes progress back', async (t) => {
  const witness: Call[] = [['price', { id: 'A', price: 3 }], ['price', { id: 'B', price: 3 }]]
  t.equal(judge(witness, witness.slice(1), { extra: 'gate: false' }).components[0]!.score, 0.5)
  const { catalogue } = compileShop(witness)
  const episode = Episode.start(catalogue.find('shop')!, { seed: 1, options: { shaping: 'progress' } })
  const pay = (name: string, args: object) => episode.step({ tool_calls: [{ name, arguments: args }] } as Action).reward
  t.same([pay('price', { id: 'A', price: 3 }), pay('move', { id: 'A', floor: 4 }), pay('move', { id: 'A', floor: 1 }), pay('price', { id: 'B', price: 3 })], [0.5, -0.5, 0.5, 0.5 - 2 ** -20])
  t.equal(pay('finish', {}), 2 ** -20)
})

t.test('mistakes are complained about where they stand', async (t) => {
  const codes = (extra: string) => compileShop([['look', { id: 'A' }]], extra).complaints.map(({ code, message, nearest }) => [code, message.split(': ').at(-1), nearest])
  t.same(codes('tables: [good]'), [['name', "unknown table 'good'", 'goods']])
  t.same(codes('ignore: [goods.prize]'), [['name', "goods has no column 'prize'", 'price']])
  t.same(codes('sets: [goods.state]'), [['check', 'goods.state is no list', undefined]])
})

t.test('any order of making rows that refer to each other is the same; any row pointed elsewhere is not', async (t) => {
  const { catalogue } = compileShop([['look', { id: 'A' }]])
  t.ok(catalogue.find('shop'))
  await fc.assert(fc.asyncProperty(
    fc.array(fc.constantFrom('Ada', 'Ben'), { minLength: 2, maxLength: 5 }),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('A', 'B')), { minLength: 1, maxLength: 6 }),
    fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
    async (orders, links, shuffle) => {
      const make = orders.map((who, i): Call => ['order', { who }, `o${i}`])
      const lines = links.map(([at, good], i): Call => ['line', { order: `$o${at % orders.length}`, good, n: 1 }, `l${i}`])
      const order = (calls: Call[]) => calls.map((call, i) => ({ call, at: shuffle[i % shuffle.length]! })).sort((a, b) => a.at - b.at).map(({ call }) => call)
      const witness = [...make, ...lines]
      t.equal(outcome(judge(witness, [...order(make), ...order(lines)])), 'same')
      const moved = links.findIndex(([at]) => orders[at % orders.length] !== orders[(at + 1) % orders.length])
      if (moved < 0) return
      const astray = lines.map((call, i): Call => (i === moved ? ['line', { ...call[1], order: `$o${(links[i]![0] + 1) % orders.length}` }] : call))
      const shape = (calls: Call[]) => JSON.stringify(orders.map((who, i) => [who, calls.filter(([, args]) => args.order === `$o${i}`).map(([, args]) => args.good).sort()]).map((one) => JSON.stringify(one)).sort())
      t.equal(outcome(judge(witness, [...make, ...astray])), shape(lines) === shape(astray) ? 'same' : 'missed_action')
    }), { numRuns: 40 })
})
