/**
 * What durability costs: the same load on servers with none, async and ack, side by side in one run, and how long an
 * episode takes to come back after its server was killed.
 *   node benchmarks/durability.ts [--json] [--rounds 5] [--steps 8000]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { WebSocket } from 'ws'
import { SUBPROTOCOLS } from '../protocol/json-rpc.ts'
import { type Child, startChild } from './child.ts'
import { median } from './engine.ts'
import { playRound, recordApart, resetAll } from './wire.ts'
import { connect, request } from './wire-load.ts'

const MODES = ['none', 'async', 'ack'] as const
type Mode = (typeof MODES)[number]

export type DurabilityFigures = {
  readonly connections: number
  readonly batch: number
  /** By mode: medians over the rounds; `ratio` is the median of the rounds' ratios to none. */
  readonly modes: Readonly<Record<Mode, { readonly steps_per_second: number; readonly ratio: number; readonly step_p50_ms: number; readonly step_p99_ms: number; readonly reset_p50_ms: number }>>
}

type House = { readonly folder: string; readonly server: Child; readonly sockets: WebSocket[] }
type Outcome = { readonly rate: number; readonly p50: number; readonly p99: number; readonly reset: number }

function serve(folder: string, mode: Mode): Promise<Child> {
  return startChild(['src/cli/launch.js', 'serve', '--port', '0', '--data', folder, '--durability', mode, '--max-episodes', '50000'], /ws:\/\/127\.0\.0\.1:(\d+)/)
}

async function open(mode: Mode, connections: number): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'fractal-gym-durability-'))
  const server = await serve(folder, mode)
  return { folder, server, sockets: await connect(`ws://127.0.0.1:${server.match[1]}/v1/ws`, connections, [SUBPROTOCOLS.json]) }
}

async function close({ folder, server, sockets }: House): Promise<void> {
  for (const socket of sockets) socket.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

/** The median of single resets, one after another. */
async function timeResets(socket: WebSocket, stream: string): Promise<number> {
  const times: number[] = []
  for (const { seed } of recordApart(100, stream)) {
    const began = performance.now()
    const { episode } = await request(socket, 'env/reset', { scenario: 'retail', seed })
    times.push(performance.now() - began)
    await request(socket, 'env/close', { episode })
  }
  return median(times)
}

async function measureRound({ sockets }: House, connections: number, batch: number, steps: number, stream: string): Promise<Outcome> {
  const { rate, latencies } = await playRound(sockets, connections, batch, Math.ceil(steps / 4), stream, false)
  const at = (q: number): number => latencies[Math.floor(q * (latencies.length - 1))]!
  return { rate: rate * batch, p50: at(0.5), p99: at(0.99), reset: await timeResets(sockets[0]!, `${stream} resets`) }
}

/** One shape of load on all three, their rounds interleaved, the first to go changing from round to round. */
export async function measureDurability(connections: number, batch: number, rounds: number, steps: number): Promise<DurabilityFigures> {
  const houses = new Map<Mode, House>()
  try {
    for (const mode of MODES) houses.set(mode, await open(mode, connections))
    for (const house of houses.values()) await playRound(house.sockets, connections, batch, Math.ceil(steps / 4), 'rehearsal', true)
    const outcomes: Record<Mode, Outcome>[] = []
    for (let round = 0; round < rounds; round += 1) {
      const outcome: Partial<Record<Mode, Outcome>> = {}
      for (let i = 0; i < MODES.length; i += 1) {
        const mode = MODES[(i + round) % MODES.length]!
        outcome[mode] = await measureRound(houses.get(mode)!, connections, batch, steps, `durability ${round}`)
      }
      outcomes.push(outcome as Record<Mode, Outcome>)
    }
    const figuresOf = (mode: Mode) => ({
      steps_per_second: median(outcomes.map((each) => each[mode].rate)), ratio: median(outcomes.map((each) => each[mode].rate / each.none.rate)),
      step_p50_ms: median(outcomes.map((each) => each[mode].p50)), step_p99_ms: median(outcomes.map((each) => each[mode].p99)),
      reset_p50_ms: median(outcomes.map((each) => each[mode].reset)),
    })
    return { connections, batch, modes: { none: figuresOf('none'), async: figuresOf('async'), ack: figuresOf('ack') } }
  } finally {
    for (const house of houses.values()) await close(house)
  }
}

/** Milliseconds of `env/resume` for episodes of `turns` waits, after their server was killed; in memory, for comparison. */
export async function measureReturn(turns: number, count: number): Promise<Record<string, number>> {
  const house = await open('ack', 1)
  try {
    const [socket] = house.sockets
    const episodes = await resetAll(socket!, recordApart(count, `return ${turns}`))
    for (const episode of episodes) {
      for (let i = 0; i < turns; i += 1) await request(socket!, 'env/step', { episode, action: { tool_calls: [{ name: 'wait', arguments: { ms: 1 } }, { name: 'list_products', arguments: {} }] } })
    }
    const resume = async (over: WebSocket): Promise<number> => {
      const times: number[] = []
      for (const episode of episodes) {
        const began = performance.now()
        const { seq } = await request(over, 'env/resume', { episode })
        times.push(performance.now() - began)
        if (seq !== turns) throw new Error(`seq ${seq} instead of ${turns}`)
      }
      return median(times)
    }
    const inMemory = await resume(socket!)
    house.server.process.kill('SIGKILL')
    await new Promise((resolve) => house.server.process.once('exit', resolve))
    const again = await serve(house.folder, 'ack')
    try {
      const [later] = await connect(`ws://127.0.0.1:${again.match[1]}/v1/ws`, 1, [SUBPROTOCOLS.json])
      const fromStore = await resume(later!)
      later!.close()
      return { turns, resume_in_memory_ms: inMemory, resume_from_store_ms: fromStore }
    } finally {
      await again.stop()
    }
  } finally {
    await close(house)
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '5' }, steps: { type: 'string', default: '8000' } } })
  const figures = []
  for (const [connections, batch] of [[16, 1], [16, 32]] as const) {
    const measured = await measureDurability(connections, batch, Number(values.rounds), Number(values.steps) * (batch > 1 ? 2 : 1))
    figures.push(measured)
    if (!values.json) {
      console.log(`${connections} connections${batch > 1 ? `, batches of ${batch}` : ''}:`)
      console.table(measured.modes)
    }
  }
  const returned = [await measureReturn(4, 50), await measureReturn(20, 50)]
  if (values.json) console.log(JSON.stringify({ durability: figures, returned }, null, 2))
  else console.table(returned)
}
