/** When an entry fires: its own draw at each call, its windows, how long it lasts. */
import type { Persistence } from '../../protocol/spec/dynamics-entry.ts'
import type { z } from 'zod'
import { chance, keyOf } from '../core/keyed.ts'
import type { CompiledEntry, Odds } from './compiled-entry.ts'
import type { Passage } from './passage.ts'

type Lasting = z.infer<typeof Persistence>

/** What an entry remembers of a frame's calls to a tool: calls and time it still lasts, calls left of a burst. */
type Streak = { readonly left?: number; readonly until?: number; readonly burst?: number }

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
 * entries before it never move its faults.
 */
export function fires(entry: CompiledEntry, call: Passage): boolean {
  const { spec: { when } } = entry
  const { intensity, start } = call.site
  if (intensity <= 0) return false
  const persistence: Lasting | undefined = 'persistence' in entry.spec ? entry.spec.persistence : undefined
  if (persistence === 'permanent') return inWindow(entry, start) && call.ordinal >= (when.after_calls ?? 0) && holdsForTool(call, entry.spec.id, when.probability)
  const lasts = persistence !== undefined && ('ms' in persistence || persistence.calls > 1)
  const counted = lasts || when.burst !== undefined
  const streak = counted ? ((call.state.memos.get(streakOf(entry, call)) as Streak | undefined) ?? NONE) : NONE
  const goesOn = (streak.left ?? 0) > 0 || (streak.until ?? 0) > start
  // What lasts is drawn anew meanwhile, and then lasts from there: so a lower intensity never outlasts a higher one.
  // Where beginnings are counted it has to end before it can begin again.
  const fresh = !(goesOn && when.max_occurrences !== undefined) && isDrawn(entry, call, streak)
  if (fresh && when.max_occurrences !== undefined) {
    const seen = occurrencesOf(entry)
    call.state.memos.set(seen, ((call.state.memos.get(seen) as number | undefined) ?? 0) + 1)
  }
  if (counted) keepStreak(entry, call, streak, persistence, fresh)
  return fresh || goesOn
}

/** Memo of a streak: the kind's own memos go by other names. */
function streakOf({ spec: { id } }: CompiledEntry, { place }: Passage): string {
  return `${id}\0streak\0${place}`
}

function occurrencesOf({ spec: { id } }: CompiledEntry): string {
  return `${id}\0occurrences`
}

function isDrawn(entry: CompiledEntry, call: Passage, { burst = 0 }: Streak): boolean {
  const { when } = entry.spec
  if (!inWindow(entry, call.site.start)) return false
  if (when.max_occurrences !== undefined && ((call.state.memos.get(occurrencesOf(entry)) as number | undefined) ?? 0) >= when.max_occurrences) return false
  const drawn = (probability: number | undefined) => probability === undefined || chance(call.keyOf(entry), probability * call.site.intensity, 1)
  if (burst > 0 && drawn(when.burst!.probability)) return true
  if (when.after_calls !== undefined && call.ordinal < when.after_calls) return false
  return (when.every === undefined || (call.ordinal + 1) % when.every === 0) && drawn(when.probability)
}

function keepStreak(entry: CompiledEntry, call: Passage, before: Streak, persistence: Exclude<Lasting, 'permanent'> | undefined, fresh: boolean): void {
  const { start } = call.site
  const left = fresh && persistence && 'calls' in persistence ? persistence.calls - 1 : Math.max(0, (before.left ?? 0) - 1)
  const until = fresh && persistence && 'ms' in persistence ? Math.max(before.until ?? 0, start + persistence.ms) : before.until ?? 0
  const burst = fresh ? entry.spec.when.burst?.calls ?? 0 : Math.max(0, (before.burst ?? 0) - 1)
  const after: Streak = { ...(left && { left }), ...(until > start && { until }), ...(burst && { burst }) }
  const name = streakOf(entry, call)
  if (Object.keys(after).length) call.state.memos.set(name, after)
  else call.state.memos.delete(name)
}
