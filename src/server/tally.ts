/** Plain counters of a running server; cheap to raise, read by `server/info` and by the metrics page. */
import type { GymCode } from '../../protocol/errors.ts'

/** Upper bounds of the latency buckets, in microseconds; the last bucket is open. */
export const LATENCY_BOUNDS_US = [10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 50_000, 250_000] as const

export class Tally {
  steps = 0
  started = 0
  reaped = 0
  parked = 0
  rebuilt = 0
  connections = 0
  connected = 0
  mcpSessions = 0
  readonly ended = new Map<string, number>()
  readonly errors = new Map<GymCode, number>()
  readonly stepBuckets = new Float64Array(LATENCY_BOUNDS_US.length + 1)
  stepSeconds = 0

  countEnd(reason: string): void {
    this.ended.set(reason, (this.ended.get(reason) ?? 0) + 1)
  }

  countError(code: GymCode): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1)
  }

  /** Counts one step that took so many milliseconds of real time in the engine. */
  countStep(ms: number): void {
    this.steps += 1
    this.stepSeconds += ms / 1000
    const us = ms * 1000
    let bucket = 0
    while (bucket < LATENCY_BOUNDS_US.length && us > LATENCY_BOUNDS_US[bucket]!) bucket += 1
    this.stepBuckets[bucket]! += 1
  }
}
