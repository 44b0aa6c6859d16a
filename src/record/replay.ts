/** Plays a trajectory again and says whether it came out the same. */
import type { Trajectory } from '../../protocol/event.ts'
import type { Identity } from '../../protocol/identity.ts'
import type { Issue, Verdict } from '../../protocol/verdict.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { Episode } from '../episode/episode.ts'
import { journalOf } from '../episode/journal.ts'

/** One thing that differed; `at` is an index in the event log, or null for the whole. */
export type Difference = { readonly what: string; readonly at: number | null; readonly recorded: unknown; readonly replayed: unknown }

export type Replay = {
  readonly ok: boolean
  readonly identity: Identity
  readonly steps: number
  readonly state_hash: string
  readonly reward: number | null
  readonly differences: readonly Difference[]
}

/** How many differing events are told. */
const MOST_DIFFERENCES = 20

export type Loose = Readonly<Record<string, unknown>>

/**
 * Where a replay differs from its recording, as a path; undefined when it does not. Only fields that the
 * recording has are compared: a public one lacks the private fields.
 */
export function differenceAt(recorded: unknown, replayed: unknown, path: string): { path: string; recorded: unknown; replayed: unknown } | undefined {
  if (recorded === null || typeof recorded !== 'object') return recorded === replayed ? undefined : { path, recorded, replayed }
  if (replayed === null || typeof replayed !== 'object' || Array.isArray(recorded) !== Array.isArray(replayed)) return { path, recorded, replayed }
  if (Array.isArray(recorded) && recorded.length !== (replayed as unknown[]).length) return { path: `${path}.length`, recorded: recorded.length, replayed: (replayed as unknown[]).length }
  for (const [key, value] of Object.entries(recorded)) {
    const found = differenceAt(value, (replayed as Loose)[key], `${path}.${key}`)
    if (found) return found
  }
  return undefined
}

/** A public recording tells late effects only as something that happened by itself, and no faults that were met. */
function asShown(was: Loose | undefined, is: Loose | undefined): Loose | undefined {
  if (is?.type === 'effect' && was?.type === 'timer' && was.timer === undefined) return { ...is, type: 'timer' }
  const [recorded, verdict] = [was?.verdict, is?.verdict] as (Pick<Verdict, 'issues'> | undefined)[]
  return recorded && verdict ? { ...is, verdict: { ...verdict, issues: issuesAsShown(recorded.issues, verdict.issues) } } : is
}

/** Those of the issues that a recording can have. */
export function issuesAsShown(recorded: readonly Issue[], replayed: readonly Issue[]): readonly Issue[] {
  return recorded.some(({ source }) => source === 'env') ? replayed : replayed.filter(({ source }) => source !== 'env')
}

/** Where two logs differ, the first few events. */
export function compareEvents(recorded: readonly Loose[], replayed: readonly Loose[]): Difference[] {
  const differences: Difference[] = []
  for (let at = 0; at < Math.max(recorded.length, replayed.length) && differences.length < MOST_DIFFERENCES; at += 1) {
    const [was = null, is = null] = [recorded[at], asShown(recorded[at], replayed[at])]
    const found = was === null ? { path: `event ${at}`, recorded: was, replayed: is } : differenceAt(was, is, `event ${at}`)
    if (found) differences.push({ what: found.path, at, recorded: found.recorded, replayed: found.replayed })
  }
  return differences
}

/** As JSON writes it: what a file holds is compared with what a file would hold. */
export function written<T>(value: T): T {
  return JSON.parse(canonicalJson(value)) as T
}

/**
 * Replays the actions of a trajectory and compares events, reward and state hash.
 * @throws GymError GYM_SNAPSHOT_INVALID when it is of another engine or of other scenario content
 */
export function replayTrajectory(scenario: CompiledScenario, recording: Trajectory): Replay {
  const { identity, state_hash, reward } = recording
  const events = recording.events as Loose[]
  const episode = Episode.replay(scenario, identity, journalOf(events))
  const replayed = written(episode.trajectory())
  const differences = compareEvents(events, replayed.events as Loose[])
  if (replayed.reward !== reward) differences.push({ what: 'reward', at: null, recorded: reward, replayed: replayed.reward })
  if (replayed.state_hash !== state_hash) differences.push({ what: 'state hash', at: null, recorded: state_hash, replayed: replayed.state_hash })
  return { ok: differences.length === 0, identity: replayed.identity, steps: episode.seq, state_hash: replayed.state_hash, reward: replayed.reward, differences }
}
