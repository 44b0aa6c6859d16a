/** Plays a trajectory again and says whether it came out the same. */
import type { Action } from '../../protocol/action.ts'
import type { Identity } from '../../protocol/identity.ts'
import { Trajectory } from '../../protocol/event.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { GymError } from '../core/gym-error.ts'
import { ENGINE_VERSION } from '../core/engine-version.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { Episode } from '../episode/episode.ts'

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

type Loose = Record<string, unknown>

/** Starts the episode of an identity, and makes sure that it is that identity. */
function begin(scenario: CompiledScenario, identity: Identity): { episode: Episode; differences: Difference[] } {
  const { seed, task, luck, options } = identity
  const episode = Episode.start(scenario, {
    seed, task,
    options: { luck, dynamics: { profile: options.dynamics, intensity: options.intensity }, budgets: options.budgets, shaping: options.shaping },
  })
  const differences: Difference[] = []
  if (identity.engine !== ENGINE_VERSION) differences.push({ what: 'engine', at: null, recorded: identity.engine, replayed: ENGINE_VERSION })
  if (identity.digest !== scenario.digest) differences.push({ what: 'scenario digest', at: null, recorded: identity.digest, replayed: scenario.digest })
  return { episode, differences }
}

/** The fields that the recording has: a public recording lacks the private ones, which are then not compared. */
function differsFrom(recorded: unknown, replayed: unknown): boolean {
  if (Array.isArray(recorded)) return !Array.isArray(replayed) || recorded.length !== replayed.length || recorded.some((each, index) => differsFrom(each, replayed[index]))
  if (recorded !== null && typeof recorded === 'object') {
    if (replayed === null || typeof replayed !== 'object') return true
    return Object.entries(recorded).some(([key, value]) => differsFrom(value, (replayed as Loose)[key]))
  }
  return recorded !== replayed
}

function compareEvents(recorded: readonly Loose[], replayed: readonly Loose[]): Difference[] {
  const differences: Difference[] = []
  for (let at = 0; at < Math.max(recorded.length, replayed.length) && differences.length < MOST_DIFFERENCES; at += 1) {
    const [was, is] = [recorded[at], replayed[at]]
    if (was === undefined || is === undefined || differsFrom(was, is)) differences.push({ what: `event ${at}`, at, recorded: was ?? null, replayed: is ?? null })
  }
  return differences
}

/** As JSON writes it: what a file holds is compared with what a file would hold. */
function written<T>(value: T): T {
  return JSON.parse(canonicalJson(value)) as T
}

/**
 * Replays the actions of a trajectory and compares events, reward and state hash.
 * @throws GymError GYM_INVALID_PARAMS when it is no trajectory, and what the engine throws on the way
 */
export function replayTrajectory(scenario: CompiledScenario, recording: unknown): Replay {
  const parsed = Trajectory.safeParse(recording)
  if (!parsed.success) throw new GymError('GYM_INVALID_PARAMS', `not a trajectory: ${parsed.error.issues[0]!.path.join('.')}: ${parsed.error.issues[0]!.message}`, { path: parsed.error.issues[0]!.path.join('.') })
  const { identity, events, state_hash, reward } = parsed.data
  let { episode, differences } = begin(scenario, identity)
  let steps = 0
  for (const event of events as Loose[]) {
    if (event.type === 'turn') {
      episode.step(event.action as Action)
      steps += 1
    } else if (event.type === 'fork') {
      episode = episode.forkAs(event.child as number, event.luck as number)
    }
  }
  const replayed = written(episode.trajectory())
  differences = [...differences, ...compareEvents(events as Loose[], replayed.events as Loose[])]
  if (replayed.reward !== reward) differences.push({ what: 'reward', at: null, recorded: reward, replayed: replayed.reward })
  if (replayed.state_hash !== state_hash) differences.push({ what: 'state hash', at: null, recorded: state_hash, replayed: replayed.state_hash })
  return { ok: differences.length === 0, identity: replayed.identity, steps, state_hash: replayed.state_hash, reward: replayed.reward, differences }
}
