/**
 * Generated scenarios: how long a draw with its proof takes, against compiling a hand-written scenario in the same run;
 * from the cache; what the cache takes; and how long others' steps take while a client resets one after another.
 * `node --expose-gc benchmarks/generate.ts [--json] [--draws 600] [--resets 200]`
 */
import { parseArgs } from 'node:util'
import type { WebSocket } from 'ws'
import { embeddedSupply } from '../src/cli/embedded-supply.ts'
import { keyOf, word53 } from '../src/core/keyed.ts'
import { SUPPLY_BOUNDS } from '../src/supply/supply.ts'
import { startChild } from './child.ts'
import { stepUntil, stopAfter, summarise } from './stepping.ts'
import { connect, request } from './wire-load.ts'
import { loadRetail, recordScripts } from './witness-script.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean' }, draws: { type: 'string', default: '600' }, resets: { type: 'string', default: '200' } } })
const [DRAWS, RESETS] = [Number(values.draws), Number(values.resets)]
const ROUNDS = 5
/** Draws before the clock counts: the code is compiled by then. */
const WARM = 60
/** One hand-written scenario is compiled after so many draws. */
const YARDSTICK_EVERY = 20
const ANY = 'gen:1/any'

function seedOf(name: string, i: number): number {
  return word53(keyOf(['benchmark', name, i]))
}

function timed(work: () => unknown): number {
  const began = performance.now()
  work()
  return performance.now() - began
}

function heapMb(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1e6
}

/** Draws, and the same again from the cache. */
function drawing(): Record<string, number> {
  const supply = embeddedSupply()
  for (let i = 0; i < WARM; i++) supply.find(ANY, seedOf('warm', i))
  const [fresh, cached, retail]: number[][] = [[], [], []]
  for (let i = 0; i < DRAWS; i++) {
    fresh!.push(timed(() => supply.find(ANY, seedOf('draw', i))))
    cached!.push(timed(() => supply.find(ANY, seedOf('draw', i))))
    if (i % YARDSTICK_EVERY === 0) retail!.push(timed(loadRetail))
  }
  const [draw, again, yardstick] = [summarise(fresh!), summarise(cached!), summarise(retail!)]
  return { draws: DRAWS, p50_ms: draw.p50_ms, p99_ms: draw.p99_ms, cached_p50_ms: again.p50_ms, retail_compiled_p50_ms: yardstick.p50_ms, ratio: draw.p50_ms / yardstick.p50_ms }
}

/** The heap with a full cache, and after as many draws again. */
function keeping(): Record<string, number> {
  const supply = embeddedSupply()
  for (let i = 0; i < 5; i++) supply.find(ANY, seedOf('keep', i))
  const before = heapMb()
  const fill = (from: number): number => {
    for (let i = from; i < from + SUPPLY_BOUNDS.kept; i++) supply.find(ANY, seedOf('keep', i))
    return heapMb() - before
  }
  const [full, later] = [fill(5), fill(5 + SUPPLY_BOUNDS.kept)]
  return { most_scenarios: SUPPLY_BOUNDS.kept, most_mb: SUPPLY_BOUNDS.bytes / 1e6, held: supply.size, counted_mb: supply.bytes / 1e6, heap_mb_full: full, heap_mb_twice_as_many_draws_later: later }
}

/** Steps of one client, with and without another that resets new environments without a pause. */
async function stepping(): Promise<Record<string, unknown>> {
  const scripts = recordScripts(loadRetail(), 200, 'generate')
  const server = await startChild(['src/cli/launch.js', 'serve', '--port', '0', '--durability', 'none'], /ready at (ws:\S+)/)
  const [quiet, busy, resets]: number[][] = [[], [], []]
  try {
    const [steps, others] = (await connect(`${server.match[1]}/v1/ws`, 2)) as [WebSocket, WebSocket]
    await stepUntil(stopAfter(2000), steps, scripts, [])
    for (let i = 0; i < WARM; i++) await resetOne(others, seedOf('warm', i))
    for (let round = 0; round < ROUNDS; round++) {
      const done = { now: false }
      const stepped = stepUntil(done, steps, scripts, busy!)
      const began = performance.now()
      for (let i = 0; i < RESETS / ROUNDS; i++) resets!.push(await resetOne(others, seedOf(`round ${round}`, i)))
      const tookMs = performance.now() - began
      done.now = true
      await stepped
      await stepUntil(stopAfter(tookMs), steps, scripts, quiet!)
    }
    for (const socket of [steps, others]) socket.close()
  } finally {
    await server.stop()
  }
  return { resets: summarise(resets!), steps_without: summarise(quiet!), steps_during: summarise(busy!) }
}

async function resetOne(socket: WebSocket, seed: number): Promise<number> {
  const sent = performance.now()
  const { episode } = await request(socket, 'env/reset', { scenario: ANY, seed })
  const took = performance.now() - sent
  await request(socket, 'env/close', { episode })
  return took
}

const figures = { drawing: drawing(), keeping: keeping(), ...await stepping() }
if (values.json) console.log(JSON.stringify(figures, null, 2))
else {
  console.table([figures.drawing])
  console.table([figures.keeping])
  const { resets, steps_without, steps_during } = figures as Record<string, unknown>
  console.table({ resets, steps_without, steps_during })
}
