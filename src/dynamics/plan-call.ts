/** Asks a profile what happens to one call, before it runs. */
import type { FaultMark } from '../../protocol/event.ts'
import type { DynamicsEntry } from '../../protocol/spec/dynamics.ts'
import { chance, keyOf, type Key, below } from '../core/keyed.ts'
import type { CompiledDynamics, ToolTraits } from './compiled-dynamics.ts'
import type { DynamicsState } from './dynamics-state.ts'
import { drawLatency } from './latency.ts'
import { abortContent, rateLimitContent, timeoutContent } from './surface.ts'
import { takeTokens } from './token-bucket.ts'

/** One validated call. */
export type PlannedCall = {
  readonly luck: number
  readonly intensity: number
  readonly framePath: string
  readonly agent: string
  readonly tool: ToolTraits
  /** Virtual milliseconds since the start of the episode. */
  readonly start: number
  /** Milliseconds since 1970 at virtual time 0. */
  readonly epoch: number
}

export type CallPlan = {
  /** Milliseconds until the agent has its answer. */
  readonly latency: number
  /** Whether the tool's transaction runs. */
  readonly runs: boolean
  /** What the agent sees instead of the tool's answer. */
  readonly surface: string | undefined
  readonly faults: readonly FaultMark[]
}

/** Below this intensity limits grow no further: their numbers stay finite. */
const LEAST_SHARE = 0.001

const SMOOTH: Omit<CallPlan, 'latency'> = { runs: true, surface: undefined, faults: [] }

/**
 * Plans a call and counts it. Every matching entry draws, whether or not an earlier one already decided the call;
 * latencies add up; of the faults the first in document order is the one that happens.
 */
export function planCall(dynamics: CompiledDynamics, state: DynamicsState, call: PlannedCall): CallPlan {
  const entries = dynamics.entriesFor(call.tool, call.agent)
  const place = `${call.framePath}\0${call.tool.name}`
  const ordinal = state.ordinals.get(place) ?? 0
  state.ordinals.set(place, ordinal + 1)
  let latency = 0
  let fault: CallPlan | undefined
  for (const entry of entries) {
    const key = keyOf([call.luck, entry.id, call.framePath, call.tool.name, ordinal])
    if (entry.kind === 'latency.constant' || entry.kind === 'latency.lognormal') {
      if (fires(entry, state, key, ordinal, 1)) latency += drawLatency(entry, key, call.intensity)
    } else {
      const happened = tryFault(entry, state, call, key, place, ordinal, fault === undefined)
      fault ??= happened
    }
  }
  if (!fault) return { ...SMOOTH, latency }
  return fault.latency > 0 ? fault : { ...fault, latency }
}

/** Whether the entry's own draw and schedule let it fire; counts nothing. */
function fires(entry: DynamicsEntry, state: DynamicsState, key: Key, ordinal: number, intensity: number): boolean {
  const { when } = entry
  if (when.after_calls !== undefined && ordinal < when.after_calls) return false
  if (when.every !== undefined && (ordinal + 1) % when.every !== 0) return false
  if (when.max_occurrences !== undefined && (state.occurrences.get(entry.id) ?? 0) >= when.max_occurrences) return false
  return when.probability === undefined ? intensity > 0 : chance(key, when.probability * intensity, 1)
}

function tryFault(entry: DynamicsEntry, state: DynamicsState, call: PlannedCall, key: Key, place: string, ordinal: number, open: boolean): CallPlan | undefined {
  switch (entry.kind) {
    case 'error.abort': {
      const streakKey = `${entry.id}\0${place}`
      const streak = state.streaks.get(streakKey) ?? 0
      const drawn = fires(entry, state, key, ordinal, call.intensity)
      if (streak > 0) state.streaks.set(streakKey, streak - 1)
      if (!open || (streak === 0 && !drawn)) return undefined
      if (streak === 0) {
        count(state, entry.id)
        if (entry.times > 1) state.streaks.set(streakKey, entry.times - 1)
      }
      return { latency: 0, runs: false, surface: abortContent(entry, entry.messages[below(key, entry.messages.length, 2)]!), faults: [mark(entry, 'pre_commit')] }
    }
    case 'rate_limit.token_bucket': {
      if (!open || call.intensity <= 0 || !fires(entry, state, key, ordinal, 1)) return undefined
      const scope = entry.scope === 'tool' ? place : entry.scope === 'frame' ? call.framePath : ''
      const bucketKey = `${entry.id}\0${scope}`
      // A lower intensity is a more generous limit; at 0 there is none.
      const share = Math.max(call.intensity, LEAST_SHARE)
      const taken = takeTokens(state.buckets.get(bucketKey), call.start, entry.rate / share, entry.burst / share, entry.cost)
      state.buckets.set(bucketKey, taken.bucket)
      if (taken.waitMs === 0) return undefined
      count(state, entry.id)
      return { latency: 0, runs: false, surface: rateLimitContent(entry, taken.waitMs, call.epoch + call.start), faults: [mark(entry, 'pre_commit')] }
    }
    case 'timeout.post_commit': {
      if (!fires(entry, state, key, ordinal, call.intensity) || !open) return undefined
      count(state, entry.id)
      const committed = chance(key, entry.committed, 2)
      return { latency: entry.deadline_ms, runs: committed, surface: timeoutContent(entry), faults: [mark(entry, committed ? 'post_commit' : 'pre_commit')] }
    }
    default: return undefined
  }
}

function mark(entry: DynamicsEntry, phase: FaultMark['phase']): FaultMark {
  return { entry: entry.id, kind: entry.kind, phase }
}

function count(state: DynamicsState, id: string): void {
  state.occurrences.set(id, (state.occurrences.get(id) ?? 0) + 1)
}
