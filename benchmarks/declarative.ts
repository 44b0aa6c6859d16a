/**
 * What a declarative tool costs against the same tool hand-written in TypeScript, in the same world and engine.
 *   node benchmarks/declarative.ts [--json] [--rounds 30]
 */
import { globSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { compileCatalogue } from '../src/compile/catalogue.ts'
import { keyOf, word53 } from '../src/core/keyed.ts'
import { Episode } from '../src/episode/episode.ts'
import type { HostTools, HostWorld } from '../src/world/host-tool.ts'
import { Overlay } from '../src/world/overlay.ts'
import { runTool } from '../src/world/tool.ts'
import { Transaction } from '../src/world/transaction.ts'
import { median } from './engine.ts'

type Row = Record<string, any>
const goods = (world: HostWorld, order: string) => world.lookup('lines', 'order', order).reduce((sum, l: Row) => sum + l.price * l.qty, 0)

const hosts: HostTools = {
  'bench/get_order': (world: HostWorld, { order_id }: { order_id: string }) => {
    const o: Row | undefined = world.get('orders', order_id)
    if (!o) return { json: `Order ${order_id} not found. Order numbers look like #W0000000.`, isError: true }
    const lines = world.lookup('lines', 'order', o.id).map((l: Row) => {
      const v: Row = world.get('variants', l.variant)!
      return { line_id: l.id, variant_id: l.variant, product_id: v.product, product: world.get('products', v.product)!.name, option: v.option, qty: l.qty, price: l.price / 100, status: l.status }
    })
    return {
      json: {
        order_id: o.id, customer_id: o.customer, status: o.status, ship_to: o.ship_to, payment_method_id: o.payment, shipping_fee: o.shipping_fee / 100,
        shipping_refunded: o.shipping_refunded, total: (goods(world, o.id) + o.shipping_fee) / 100, lines,
        notes: world.lookup('notes', 'order', o.id).map((n: Row) => ({ note_id: n.id, text: n.text })),
      },
    }
  },
  'bench/search_products': (world: HostWorld, { query }: { query: string }) => {
    if (query.trim() === '') return { json: "The query is empty. Give at least one word of the product's name.", isError: true }
    const words = query.toLowerCase().split(/\s+/).filter(Boolean)
    const hits = world.rows('products').filter((p: Row) => { const name = p.name.toLowerCase(); return words.every((word) => name.includes(word)) })
    return { json: { products: hits.map((p: Row) => ({ product_id: p.id, name: p.name, category: p.category })) } }
  },
  'bench/set_address': (world: HostWorld, { order_id, ship_to }: { order_id: string; ship_to: string }) => {
    const o: Row | undefined = world.get('orders', order_id)
    if (!o) return { json: `Order ${order_id} not found.`, isError: true }
    if (o.status !== 'pending') return { json: `Order ${o.id} is ${o.status}.`, isError: true }
    world.update('orders', o.id, { ship_to })
    return { json: { order_id: o.id, ship_to } }
  },
}

const SET_ADDRESS = {
  description: 'd', effect: 'write', idempotent: true,
  input: { properties: { order_id: { type: 'string', maxLength: 20 }, ship_to: { type: 'string', enum: ['home', 'work'] } }, required: ['order_id', 'ship_to'] },
}
const STEPS = [
  { let: { o: 'orders.get(args.order_id)' }, else: 'Order ${args.order_id} not found.' },
  { require: "o.status == 'pending'", else: 'Order ${o.id} is ${o.status}.' },
  { set: { 'orders[o.id].ship_to': 'args.ship_to' } },
  { return: { order_id: 'o.id', ship_to: 'args.ship_to' } },
]

/** Retail with each of the tools twice: as data and in TypeScript. */
function loadTwice() {
  const root = new URL('..', import.meta.url).pathname
  const files = ['envs/dynamics/*.yaml', 'scenarios/retail.yaml'].flatMap((glob) => globSync(glob, { cwd: root })).map((file) => ({ file, text: readFileSync(root + file, 'utf8') }))
  const world = parse(readFileSync(`${root}envs/retail/world.yaml`, 'utf8'))
  world.tools.set_address = { ...SET_ADDRESS, do: STEPS }
  for (const name of ['get_order', 'search_products', 'set_address']) world.tools[`ts_${name}`] = { ...world.tools[name], do: undefined, read_back: undefined, host: `bench/${name}` }
  const { catalogue, complaints } = compileCatalogue([...files, { file: 'world.json', text: JSON.stringify(world) }], hosts)
  if (complaints.length) throw new Error(JSON.stringify(complaints[0]))
  return catalogue.find('retail')!
}

const { values } = parseArgs({ options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '30' } } })
const scenario = loadTwice()
const start = (i: number) => Episode.start(scenario, { seed: word53(keyOf(['declarative', i])), task: 'note_by_number', options: { dynamics: 'clean' } })
const seeds = Array.from({ length: 200 }, (_, i) => i)
const subjects = seeds.map((i) => {
  const episode = start(i)
  const base = scenario.baseOf(episode.identity.seed)
  const orders = base.rows(scenario.world.positionOf('orders'))
  const pending = orders.find((o) => o.status === 'pending') ?? orders[0]!
  return { i, base, order: pending.id as string, word: (base.rows(scenario.world.positionOf('products'))[i % 20]!.name as string).split(' ')[0]! }
})
const argsOf = (tool: string, { order, word }: (typeof subjects)[number]) => (tool.endsWith('search_products') ? { query: word } : tool.endsWith('set_address') ? { order_id: order, ship_to: 'work' } : { order_id: order })

function timeSteps(tool: string): number {
  const live = subjects.map((subject) => ({ episode: start(subject.i), action: { tool_calls: [{ name: tool, arguments: argsOf(tool, subject) }] } }))
  const began = performance.now()
  for (let turn = 0; turn < 5; turn++) for (const { episode, action } of live) episode.step(action)
  return (performance.now() - began) * 1000 / (5 * live.length)
}

function timeTool(tool: string): number {
  const compiled = scenario.world.tools.get(tool)!
  const overlay = new Overlay(scenario.world.tables.length)
  const key = keyOf(['declarative'])
  const began = performance.now()
  for (let turn = 0; turn < 5; turn++) {
    for (const subject of subjects) {
      const read = compiled.read(argsOf(tool, subject), '')
      if ('problem' in read) throw new Error(read.problem)
      const tx = new Transaction(subject.base, overlay)
      runTool(compiled, read.value, tx, scenario.world.epoch, key)
      tx.abort()
    }
  }
  return (performance.now() - began) * 1000 / (5 * subjects.length)
}

/** The median ratio of interleaved pairs, with the middle half of them. */
function compare(time: (tool: string) => number, tool: string): { declarative_us: number; typescript_us: number; ratio: number; quartiles: [number, number] } {
  const pairs = Array.from({ length: Number(values.rounds) + 3 }, () => [time(tool), time(`ts_${tool}`)] as const).slice(3)
  const ratios = pairs.map(([a, b]) => a / b).sort((a, b) => a - b)
  return { declarative_us: median(pairs.map(([a]) => a)), typescript_us: median(pairs.map(([, b]) => b)), ratio: median(ratios), quartiles: [ratios[ratios.length >> 2]!, ratios[(3 * ratios.length) >> 2]!] }
}

// The same answers, or the comparison says nothing.
for (const subject of subjects.slice(0, 50)) {
  for (const tool of ['get_order', 'search_products', 'set_address']) {
    const [a, b] = [tool, `ts_${tool}`].map((name) => start(subject.i).step({ tool_calls: [{ id: 'x', name, arguments: argsOf(tool, subject) }] }).observation.messages[0]!.content)
    if (a !== b) throw new Error(`${tool}: ${a} against ${b}`)
  }
}
const report = Object.fromEntries(['get_order', 'search_products', 'set_address'].map((tool) => [tool, { step: compare(timeSteps, tool), tool: compare(timeTool, tool) }]))
console.log(values.json ? JSON.stringify(report, null, 2) : report)
