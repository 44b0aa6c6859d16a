/** When an entry fires: its own draw at each call, its windows, how long it lasts. */
import type { Persistence } from '../../protocol/spec/dynamics-entry.ts'
import type { z } from 'zod'
import { chance, keyOf } from '../core/keyed.ts'
import type { CompiledEntry, Odds } from './compiled-entry.ts'
import type { Passage } from './passage.ts'

type Lasting = z.infer<typeof Persistence>

/** What an entry remembers of a frame's calls to a tool: calls and time it still lasts, whether the intensity leaves it out, calls left of a burst. */
type Streak = { readonly left?: number; readonly until?: number; readonly out?: true; readonly burst?: number }

const NONE: Streak = {}

/** Whether a time is inside an entry's window. */
export function inWindow({ spec: { when } }: CompiledEntry, at: number): boolean {
  const { window } = when
  return window === undefined || (at >= window.from_ms && (window.to_ms === undefined || at < window.to_ms))
}

/** Whether an entry that time drives is on; its one draw is for all calls, or for the n-th of its windows. */
export function isActive(entry: CompiledEntry, { luck, intensity }: Odds, at: number, window = 0): boolean {
  const { probability } = entry.spec.when
  return intensity > 0 && inWindow(entry, at) && (probability === undefined || chance(keyOf([luck, entry.spec.id, window]), probability * intensity, 1))
}

/** Whether a probability holds for a tool in the whole episode. */
export function holdsForTool({ site: { luck, intensity }, tool }: Passage, id: string, probability: number | undefined): boolean {
  return intensity > 0 && (probability === undefined || chance(keyOf([luck, id, tool.name]), probability * intensity, 1))
}

/**
 * Whether an entry fires at a call. Its streaks go on at every call that it matches, whoever answers it: so the
 * entries before it never move its faults. Streaks, bursts and occurrences are those of intensity 1, and a lower
 * intensity leaves some of them out, each as a whole: so its faults are among those of a higher one.
 */
export function fires(entry: CompiledEntry, call: Passage): boolean {
  const { spec: { when } } = entry
  const { intensity, start } = call.site
  if (intensity <= 0) return false
  if (entry.simple) return when.probability === undefined || call.chance(entry, when.probability * intensity, 1)
  const persistence: Lasting | undefined = 'persistence' in entry.spec ? entry.spec.persistence : undefined
  if (persistence === 'permanent') return inWindow(entry, start) && call.ordinal >= (when.after_calls ?? 0) && holdsForTool(call, entry.spec.id, when.probability)
  const remembers = when.burst !== undefined || (persistence !== undefined && ('ms' in persistence || persistence.calls > 1))
  const streak = remembers ? ((call.state.memos.get(streakOf(entry, call)) as Streak | undefined) ?? NONE) : NONE
  const goesOn = (streak.left ?? 0) > 0 || (streak.until ?? 0) > start
  const probability = goesOn ? 0 : probabilityOf(entry, call, streak)
  const begins = !goesOn && isDrawn(entry, call, probability, 1)
  const out = goesOn ? streak.out === true : begins && !isDrawn(entry, call, probability, intensity)
  if (begins && when.max_occurrences !== undefined) {
    const seen = occurrencesOf(entry)
    call.state.memos.set(seen, ((call.state.memos.get(seen) as number | undefined) ?? 0) + 1)
  }
  if (remembers) keepStreak(entry, call, streak, persistence, begins, out)
  return (goesOn || begins) && !out
}

/** Memo of a streak: the kind's own memos go by other names. */
function streakOf({ spec: { id } }: CompiledEntry, { place }: Passage): string {
  return `${id}\0streak\0${place}`
}

function occurrencesOf({ spec: { id } }: CompiledEntry): string {
  return `${id}\0occurrences`
}

/** With what probability an entry begins at a call; undefined is always, at every intensity. */
function probabilityOf(entry: CompiledEntry, call: Passage, { burst = 0 }: Streak): number | undefined {
  const { when } = entry.spec
  if (!inWindow(entry, call.site.start)) return 0
  if (when.max_occurrences !== undefined && ((call.state.memos.get(occurrencesOf(entry)) as number | undefined) ?? 0) >= when.max_occurrences) return 0
  const inBurst = burst > 0 ? when.burst!.probability : 0
  if (call.ordinal < (when.after_calls ?? 0) || (when.every !== undefined && (call.ordinal + 1) % when.every !== 0)) return inBurst
  return when.probability === undefined ? undefined : Math.max(inBurst, when.probability)
}

function isDrawn(entry: CompiledEntry, call: Passage, probability: number | undefined, intensity: number): boolean {
  return probability === undefined || (probability > 0 && call.chance(entry, probability * intensity, 1))
}

function keepStreak(entry: CompiledEntry, call: Passage, before: Streak, persistence: Exclude<Lasting, 'permanent'> | undefined, begins: boolean, isOut: boolean): void {
  const { start } = call.site
  const left = begins && persistence && 'calls' in persistence ? persistence.calls - 1 : Math.max(0, (before.left ?? 0) - 1)
  const until = begins && persistence && 'ms' in persistence ? start + persistence.ms : before.until ?? 0
  const burst = begins ? entry.spec.when.burst?.calls ?? 0 : Math.max(0, (before.burst ?? 0) - 1)
  const lasts = left > 0 || until > start
  const after: Streak = { ...(left && { left }), ...(until > start && { until }), ...(lasts && isOut && { out: true }), ...(burst && { burst }) }
  const name = streakOf(entry, call)
  if (Object.keys(after).length) call.state.memos.set(name, after)
  else call.state.memos.delete(name)
}
