/** An entry of a profile in words: which calls it is about, when it fires, what gets past it. */
import type { FaultMark } from '../../protocol/event.ts'
import type { Match, Recovery } from '../../protocol/spec/dynamics-entry.ts'
import type { DynamicsEntry } from '../../protocol/spec/dynamics-kinds.ts'
import type { z } from 'zod'
import type { CompiledEntry } from '../dynamics/compiled-entry.ts'
import { phasesOf, type Surface, surfacesOf } from '../dynamics/kind-facts.ts'
import { kindOf } from '../dynamics/kind-table.ts'
import { writeShare, writeTime } from './figure.ts'

export type EntryAccount = {
  readonly id: string
  readonly kind: DynamicsEntry['kind']
  /** Which calls. */
  readonly about: string
  /** How often, at this intensity, and between what times. */
  readonly when: string
  readonly phase: readonly FaultMark['phase'][]
  readonly surface: readonly Surface[]
  readonly recovery: readonly Recovery[]
  /** Whether an honest report is all that is left. */
  readonly unable: boolean
  /** What its kind takes, defaults filled in. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What an entry is about, at an intensity. */
export function accountOf(entry: CompiledEntry, intensity: number): EntryAccount {
  const { spec, recovery, unable } = entry
  const { id, kind, match, when: _when, recovery: _recovery, ...rest } = spec
  const { persistence: _persistence, ...parameters } = { persistence: undefined, ...rest }
  return {
    id, kind, recovery, unable, parameters,
    about: aboutOf(spec, match),
    when: whenOf(entry, intensity),
    phase: phasesOf(spec),
    surface: surfacesOf(spec),
  }
}

function aboutOf(spec: DynamicsEntry, { tools, effect, idempotent, read_back, agent, where }: z.infer<typeof Match>): string {
  if (spec.kind === 'user.noise') return 'messages to the user'
  if (spec.kind === 'world.event') return 'the rows'
  if (spec.kind === 'deadline') return 'the task'
  const only = effect ?? kindOf(spec).effect
  const calls = tools ? tools.join(', ') : only === undefined ? 'all calls' : `${only}s`
  const of = [idempotent !== undefined && (idempotent ? 'idempotent' : 'not idempotent'), read_back !== undefined && (read_back ? 'with a read-back' : 'without a read-back'), agent !== undefined && `of ${agent}`, where !== undefined && `where ${where}`]
  return [calls, ...of.filter((part) => part !== false)].join(', ')
}

/** What a probability is a share of. */
function unitOf({ spec, drive }: CompiledEntry): string {
  if (spec.kind === 'user.noise') return 'messages'
  if (spec.kind === 'world.event') return 'times'
  if (spec.kind === 'auth.scope' || ('persistence' in spec && spec.persistence === 'permanent')) return 'tools'
  if (spec.kind === 'outage.window' && spec.every_ms !== undefined) return 'windows'
  return drive === 'calls' || drive === 'always' ? 'calls' : 'episodes'
}

function whenOf(entry: CompiledEntry, intensity: number): string {
  const { spec: { when }, spec, drive } = entry
  const { probability, window, after_calls, every, max_occurrences, burst } = when
  if (intensity === 0 && drive !== 'always') return 'never'
  const share = probability === undefined ? undefined : probability * intensity
  const parts = [share === undefined ? every === undefined ? 'always' : `every ${every}. call` : `${writeShare(share)} of ${unitOf(entry)}`]
  if (share !== undefined && every !== undefined) parts.push(`every ${every}. call`)
  if (window) parts.push(window.to_ms === undefined ? `from ${writeTime(window.from_ms)}` : `${writeTime(window.from_ms)} to ${writeTime(window.to_ms)}`)
  parts.push(...ownTimes(spec, intensity))
  if (after_calls) parts.push(`after ${after_calls} calls`)
  if (burst) parts.push(`then ${writeShare(burst.probability * intensity)} of ${burst.calls} more`)
  if (max_occurrences !== undefined) parts.push(`at most ${max_occurrences} times`)
  if ('persistence' in spec) parts.push(...lastingOf(spec.persistence))
  return parts.length > 1 && parts[0] === 'always' ? parts.slice(1).join(', ') : parts.join(', ')
}

/** Times that a kind states by itself. */
function ownTimes(spec: DynamicsEntry, intensity: number): string[] {
  switch (spec.kind) {
    case 'outage.window': case 'outage.brownout': {
      const { start_ms: start, duration_ms } = spec
      const from = typeof start === 'number' ? `at ${writeTime(start)}` : `begins ${writeTime(Math.min(...start))} to ${writeTime(Math.max(...start))}`
      const lasts = spec.kind === 'outage.window' ? Math.ceil(duration_ms * intensity) : duration_ms
      const again = 'every_ms' in spec && spec.every_ms !== undefined ? [`every ${writeTime(spec.every_ms)}`] : []
      return [from, `for ${writeTime(lasts)}`, ...again]
    }
    case 'world.event': return [spec.at_ms !== undefined ? `at ${writeTime(spec.at_ms)}` : spec.mean_ms !== undefined ? `every ${writeTime(spec.mean_ms)} on average` : `${writeTime(spec.after?.delay_ms ?? 0)} after ${spec.after?.tools.join(', ')}`]
    case 'deadline': return [`at ${writeTime(Math.ceil(spec.at_ms / intensity))}`]
    case 'auth.expiry': return [`${writeTime(Math.ceil(spec.ttl_ms / intensity))} after each sign-in`]
    default: return []
  }
}

function lastingOf(persistence: 'permanent' | { readonly calls: number } | { readonly ms: number }): string[] {
  if (persistence === 'permanent') return ['for ever']
  if ('ms' in persistence) return [`for ${writeTime(persistence.ms)}`]
  return persistence.calls > 1 ? [`for ${persistence.calls} calls`] : []
}
