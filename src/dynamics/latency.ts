import type { DynamicsEntry } from '../../protocol/spec/dynamics.ts'
import { type Key, word } from '../core/keyed.ts'
import { exp, log, normalQuantile } from '../core/portable-math.ts'

const Z99 = 2.3263478740408408
const MAX_MS = 86_400_000

/** Whole milliseconds that a latency entry adds to a call; intensity scales the tail, the median stays. */
export function drawLatency(entry: DynamicsEntry, key: Key, intensity: number): number {
  if (entry.kind === 'latency.constant') return entry.ms
  if (entry.kind !== 'latency.lognormal') return 0
  const sigma = (log(Math.max(entry.p99, entry.p50) / entry.p50) / Z99) * intensity
  const z = normalQuantile((word(key) + 0.5) / 4294967296)
  return Math.min(Math.round(entry.p50 * exp(sigma * z)), entry.cap ?? MAX_MS)
}
