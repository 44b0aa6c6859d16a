/** What checks cost: small where rows are found by key or index, named where tables are gone through, refused where these are large. */
import t from 'tap'
import { AdmissionReport } from '../../protocol/report.ts'
import { admitScenario } from '../../src/admit/admit.ts'
import { writeReport } from '../../src/cli/report.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'

const STORE = `
kind: World
name: store
epoch: '2026-03-02T09:00:00Z'
tables:
  orders: {key: id, count: ROWS, columns: {id: {type: string, id: {draw: 'O{n:06}'}}, code: {type: int, value: n}, state: {type: string, pick: [open]}}}
  notes: {key: id, count: 0, columns: {id: {type: string, id: {counter: 'N{n}'}}, order: {type: ref, table: orders}, text: {type: string}}}
defs:
  closed: {params: [], value: "orders.count(o, o.state != 'open')"}
tools:
  get: {description: Shows an order., effect: read, input: {properties: {id: {type: string}}, required: [id]}, do: [{let: {o: orders.get(args.id)}, else: none}, {return: o}]}
  settle: {description: Closes an order., effect: write, idempotent: true, input: {properties: {id: {type: string}}, required: [id]}, do: [{let: {o: orders.get(args.id)}, else: none}, {set: {'orders[o.id].state': "'closed'"}}]}
---
kind: Framework
name: store
root: clerk
agents: {clerk: {prompt: You keep the store., tools: ['*']}}
---
kind: Dynamics
name: clean
entries: []
---
kind: Scenario
name: store
title: Store
description: A store.
world: store
framework: store
tasks:
  close:
    description: Close an order.
    bind: {order: {from: orders}}
    instruction: Close \${order.id}.
    witness: [{call: settle, with: {id: order.id}}]
    checks:
    - {id: closed, kind: state.predicates, that: [THAT]}
    - {id: rest, kind: state.untouched, except: [{update: orders, key: order.id, columns: [state]}]}
`
const BY_KEY = "orders.get(order.id).state == 'closed'"
const BY_INDEX = "orders.one(o, o.code == order.code && o.state == 'closed').id == order.id"

/** Admits the store with a table of so many rows and a condition. */
function admit(rows: number, ...that: string[]) {
  const text = STORE.replace('ROWS', String(rows)).replace('[THAT]', JSON.stringify(that))
  const { catalogue, complaints } = compileCatalogue([{ file: 'store.yaml', text }])
  if (complaints.length) throw new Error(JSON.stringify(complaints))
  const report = admitScenario(catalogue.find('store')!, { seeds: 2, profiles: ['clean'] })
  const cost = (check: string) => report.check_costs.find((one) => one.check === check)!
  return { report, cost, check: report.checks.find(({ id }) => id === 'check_cost')! }
}

t.test('by key and by index a check costs the same whatever the size of the table', async (t) => {
  const [small, large] = [admit(100, BY_KEY, BY_INDEX), admit(20_000, BY_KEY, BY_INDEX)]
  t.ok(AdmissionReport.safeParse(large.report).success)
  t.same(large.check.ok, true)
  t.match(large.check.detail, /^(\d+) of \1$/)
  t.equal(large.cost('closed').units, small.cost('closed').units)
  t.same(large.cost('closed').scans, [])
  t.ok(large.cost('progress').kind === 'shaping' && large.cost('progress').units >= large.cost('closed').units)
})

t.test('going through a table costs its rows, and is named', async (t) => {
  const { check, cost, report } = admit(2000, BY_KEY, 'closed() == 1')
  t.equal(check.ok, true)
  t.match(check.detail, /rows are gone through one by one: close\.closed \(orders, 2000 rows\)/)
  t.same(cost('closed').scans, ['orders'], 'inside a definition too')
  t.ok(cost('closed').units > 2000)
  const lines = writeReport(report).split('\n')
  t.match(lines.find((line) => line.includes('close.closed (state')), /close\.closed \(state\.predicates\): \d+ units after the witness; goes through orders/)
  t.ok(lines.some((line) => /progress shaping: at most \d+ units a step/.test(line)))
})

t.test('a large table is not gone through, and no check costs too much', async (t) => {
  const vast = admit(20_001, BY_KEY, "orders.exists(o, o.id == order.id || o.code < 0)")
  t.equal(vast.check.ok, false)
  t.match(vast.check.detail, /close: closed goes through all 20001 rows of orders/)
  const dear = admit(400, "orders.all(o, orders.count(p, p.code <= o.code) > 0)")
  t.equal(dear.check.ok, false)
  t.match(dear.check.detail, /close: closed costs \d+ units after the witness, more than 500000/)
})
