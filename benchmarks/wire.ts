/** Steps over the WebSocket as a ratio of a raw echo of equally long messages: same client, same run, interleaved. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WebSocket } from 'ws'
import { SUBPROTOCOLS } from '../protocol/json-rpc.ts'
import { startChild } from './child.ts'
import { median } from './engine.ts'
import { connect, type Lane, request, runLoad } from './wire-load.ts'
import type { Script } from './witness-script.ts'

export type WireFigures = {
  readonly connections: number
  readonly batch: number
  /** Mean bytes of one step's request and reply. */
  readonly request_bytes: number
  readonly reply_bytes: number
  /** Medians over the rounds. */
  readonly steps_per_second: number
  readonly echoes_per_second: number
  /** Median of the rounds' ratios. */
  readonly ratio: number
  readonly ratios: readonly number[]
  readonly step_p50_ms: number
  readonly step_p99_ms: number
}

const json = (id: number, method: string, params: unknown) => ({ jsonrpc: '2.0', id, method, params })

/** Scripts recorded in a process of its own, so that this one stays cold. */
export function recordApart(count: number, stream: string): Script[] {
  const script = fileURLToPath(new URL('./record-scripts.ts', import.meta.url))
  return JSON.parse(execFileSync(process.execPath, [script, String(count), stream], { encoding: 'utf8', maxBuffer: 1 << 29 })) as Script[]
}

/** Resets episodes over a socket, many to a batch; their ids in order. */
export async function resetAll(socket: WebSocket, scripts: readonly Script[]): Promise<string[]> {
  const episodes: string[] = []
  for (let from = 0; from < scripts.length; from += 100) {
    const batch = scripts.slice(from, from + 100).map(({ seed, task }, i) => json(i, 'env/reset', { scenario: 'retail', seed, task }))
    const replies = await new Promise<any[]>((resolve) => {
      socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString())))
      socket.send(JSON.stringify(batch))
    })
    const byId = new Map(replies.map((reply) => [reply.id, reply.result?.episode]))
    episodes.push(...batch.map(({ id }) => byId.get(id) as string))
  }
  return episodes
}

async function closeAll(socket: WebSocket, episodes: readonly string[]): Promise<void> {
  for (let from = 0; from < episodes.length; from += 200) {
    await new Promise<void>((resolve) => {
      socket.once('message', () => resolve())
      socket.send(JSON.stringify(episodes.slice(from, from + 200).map((episode, i) => json(i, 'env/close', { episode }))))
    })
  }
}

/** Step requests of freshly reset episodes, dealt to lanes; in a batch every entry is another episode. */
function dealSteps(scripts: readonly Script[], episodes: readonly string[], connections: number, batch: number): object[][][] {
  const slots = connections * batch
  const queues: object[][] = Array.from({ length: slots }, () => [])
  scripts.forEach(({ actions }, i) => {
    for (const action of actions) queues[i % slots]!.push(json(0, 'env/step', { episode: episodes[i], action }))
  })
  const turns = Math.min(...queues.map((queue) => queue.length))
  return Array.from({ length: connections }, (_, c) => Array.from({ length: turns }, (_, turn) => Array.from({ length: batch }, (_, b) => ({ ...queues[c * batch + b]![turn], id: b }))))
}

/** Measures one shape of load: `connections` sockets, `batch` steps a message. */
export async function measureWire(connections: number, batch: number, rounds: number, stepsPerRound = 16_000): Promise<WireFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'fractal-gym-benchmark-'))
  const server = await startChild(['src/cli/launch.js', 'serve', '--port', '0', '--data', folder, '--max-episodes', '50000'], /ws:\/\/127\.0\.0\.1:(\d+)/)
  try {
    const sockets = await connect(`ws://127.0.0.1:${server.match[1]}/v1/ws`, connections, [SUBPROTOCOLS.json])
    const count = Math.ceil(stepsPerRound / 4)
    // The first round is a rehearsal: every reply is read, and their lengths make the yardstick.
    const rehearsal = await playRound(sockets, connections, batch, count, 'rehearsal', true)
    const echo = await startChild(['benchmarks/echo-server.ts', String(Math.round(rehearsal.replyBytes))], /(\d+)/)
    try {
      const echoSockets = await connect(`ws://127.0.0.1:${echo.match[1]}/`, connections)
      const echoLane: Lane = Array.from({ length: Math.ceil(stepsPerRound / connections) }, () => 'x'.repeat(Math.round(rehearsal.requestBytes)))
      const echoLanes = Array.from({ length: connections }, () => echoLane)
      await runLoad(echoSockets, echoLanes)
      const results: { steps: Round; echo: number }[] = []
      for (let round = 0; round < rounds; round++) {
        const before = (await runLoad(echoSockets, echoLanes)).rate
        const steps = await playRound(sockets, connections, batch, count, `round ${round}`, false)
        const after = (await runLoad(echoSockets, echoLanes)).rate
        results.push({ steps, echo: (before + after) / 2 })
      }
      const quantile = (q: number) => median(results.map(({ steps }) => steps.latencies[Math.floor(q * (steps.latencies.length - 1))]!))
      for (const socket of [...sockets, ...echoSockets]) socket.close()
      return {
        connections, batch, request_bytes: Math.round(rehearsal.requestBytes), reply_bytes: Math.round(rehearsal.replyBytes),
        steps_per_second: median(results.map(({ steps }) => steps.rate * batch)),
        echoes_per_second: median(results.map((result) => result.echo)),
        ratio: median(results.map(({ steps, echo: rate }) => (steps.rate * batch) / rate)),
        ratios: results.map(({ steps, echo: rate }) => (steps.rate * batch) / rate),
        step_p50_ms: quantile(0.5), step_p99_ms: quantile(0.99),
      }
    } finally {
      await echo.stop()
    }
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What one round gave. */
export type Round = { rate: number; latencies: Float64Array; requestBytes: number; replyBytes: number }

/** Plays recorded episodes over sockets; `check` reads every reply. */
export async function playRound(sockets: readonly WebSocket[], connections: number, batch: number, count: number, stream: string, check: boolean): Promise<Round> {
  const scripts = recordApart(count, `${stream} ${connections} ${batch}`)
  const episodes = await resetAll(sockets[0]!, scripts)
  const lanes = dealSteps(scripts, episodes, connections, batch).map((turns) => turns.map((entries) => JSON.stringify(batch === 1 ? entries[0] : entries)))
  let bytes = 0
  let replies = 0
  const load = await runLoad(sockets, lanes, check ? (reply) => {
    bytes += Buffer.byteLength(reply)
    replies += batch
    for (const one of [JSON.parse(reply)].flat()) if (!one.result) throw new Error(`a step failed: ${JSON.stringify(one)}`)
  } : undefined)
  await closeAll(sockets[0]!, episodes)
  const sent = lanes.flat()
  return { rate: load.rate, latencies: load.latencies, requestBytes: sent.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / sent.length / batch, replyBytes: replies ? bytes / replies : 0 }
}

/** Resets of seeds never seen, one after another on a connection of its own, while 16 connections step. */
export async function measureResetsMeanwhile(): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'fractal-gym-benchmark-'))
  const server = await startChild(['src/cli/launch.js', 'serve', '--port', '0', '--data', folder, '--max-episodes', '50000'], /ws:\/\/127\.0\.0\.1:(\d+)/)
  try {
    const url = `ws://127.0.0.1:${server.match[1]}/v1/ws`
    const sockets = await connect(url, 16, [SUBPROTOCOLS.json])
    const [resetter] = await connect(url, 1, [SUBPROTOCOLS.json])
    await playRound(sockets, 16, 1, 2000, 'warm-up', true)
    const scripts = recordApart(4000, 'meanwhile')
    const episodes = await resetAll(sockets[0]!, scripts)
    const lanes = dealSteps(scripts, episodes, 16, 1).map((turns) => turns.map(([entry]) => JSON.stringify(entry)))
    const fresh = recordApart(3000, 'never seen')
    let going = true
    const resets: number[] = []
    const resetting = (async () => {
      for (const { seed } of fresh) {
        if (!going) break
        const start = performance.now()
        await request(resetter!, 'env/reset', { scenario: 'retail', seed })
        resets.push(performance.now() - start)
      }
    })()
    const load = await runLoad(sockets, lanes)
    going = false
    await resetting
    resets.sort((a, b) => a - b)
    for (const socket of [...sockets, resetter!]) socket.close()
    return {
      step_p50_ms: load.latencies[Math.floor(0.5 * load.latencies.length)]!, step_p99_ms: load.latencies[Math.floor(0.99 * load.latencies.length)]!,
      resets: resets.length, reset_p50_ms: resets[Math.floor(0.5 * resets.length)]!, reset_p99_ms: resets[Math.floor(0.99 * resets.length)]!,
    }
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
