/** A client that steps while something else goes on, and how long its steps take. */
import type { WebSocket } from 'ws'
import { request } from './wire-load.ts'
import type { Script } from './witness-script.ts'

/** Real milliseconds between two steps: a client that thinks, not a load generator. */
const PAUSE_MS = 1

export type Latencies = { readonly steps: number; readonly p50_ms: number; readonly p99_ms: number; readonly longest_ms: number }

export function summarise(latencies: readonly number[]): Latencies {
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
  return { steps: sorted.length, p50_ms: at(0.5), p99_ms: at(0.99), longest_ms: sorted.at(-1)! }
}

/** Plays scripts of retail over and over until told to stop, adding each step's latency. */
export async function stepUntil(done: { now: boolean }, socket: WebSocket, scripts: readonly Script[], into: number[]): Promise<void> {
  for (let i = 0; !done.now; i += 1) {
    const { seed, task, actions } = scripts[i % scripts.length]!
    const { episode } = await request(socket, 'env/reset', { scenario: 'retail', seed, task })
    for (const action of actions) {
      const sent = performance.now()
      await request(socket, 'env/step', { episode, action })
      into.push(performance.now() - sent)
      await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS) })
    }
    await request(socket, 'env/close', { episode })
  }
}

/** Says so when so many milliseconds have passed. */
export function stopAfter(ms: number): { now: boolean } {
  const done = { now: false }
  setTimeout(() => { done.now = true }, ms)
  return done
}
