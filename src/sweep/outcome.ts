/** What is kept of an episode that a sweep has played. */
import type { SweepOutcome } from '../../protocol/sweep.ts'
import { USER_FRAME } from '../../protocol/event.ts'
import { ENGINE_VERSION, VERIFIER_VERSION } from '../core/engine-version.ts'
import type { Episode } from '../episode/episode.ts'

type Frames = Record<string, { turns: number; calls: number; errors: number; milestones: number }>

const EMPTY = {
  reward: null, success: false, stop_reason: null, claimed: false, turns: 0, calls: 0, tool_errors: 0, rejected_calls: 0, virtual_ms: 0, tokens: 0,
  faults: {}, issues: {}, frames: {}, engine: ENGINE_VERSION, verifier: VERIFIER_VERSION, state_hash: '',
} as const
const MOST_CAUSE = 500

/** Endings by which an episode says that it is done. */
const CLAIMS: ReadonlySet<string> = new Set(['finished', 'answered', 'user_satisfied'])

/** The outcome of an episode that was not played to its end, whoever's fault that was. */
export function failedOutcome(cause: string, tries: number, usage?: SweepOutcome['usage']): SweepOutcome {
  return { ...EMPTY, status: 'failed', cause: cause.slice(0, MOST_CAUSE).toWellFormed(), tries, ...(usage && { usage }) }
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function framesOf(episode: Episode): Frames {
  const frames: Frames = {}
  const of = (path: string) => (frames[episode.frames.get(path)?.agent ?? path] ??= { turns: 0, calls: 0, errors: 0, milestones: 0 })
  for (const event of episode.events()) {
    if (event.type === 'turn') of(event.frame).turns++
    else if (event.type === 'call' && event.frame !== USER_FRAME) {
      of(event.frame).calls++
      if (event.is_error) of(event.frame).errors++
    }
  }
  for (const [path, milestones] of Object.entries(episode.last.info.credit ?? {})) of(path).milestones += milestones.length
  return frames
}

/** The outcome of an episode that has ended. @throws TypeError for one that goes on */
export function outcomeOf(episode: Episode, tries: number, usage?: SweepOutcome['usage']): SweepOutcome {
  const events = episode.events()
  const end = events.at(-1)
  if (end?.type !== 'end') throw new TypeError('the episode goes on')
  const { verdict, reason, fault } = end
  const { turns = 0, calls = 0, tool_errors = 0, rejected_calls = 0 } = verdict.metrics
  const faults = events.flatMap((event) => (event.type === 'call' || event.type === 'user' ? event.faults ?? [] : []))
  const tokens = events.reduce((sum, event) => (event.type === 'turn' ? sum + event.tokens : sum), 0)
  return {
    status: verdict.status,
    ...(fault !== undefined && { cause: fault.slice(0, MOST_CAUSE).toWellFormed() }),
    reward: verdict.reward, success: verdict.success, stop_reason: reason, claimed: CLAIMS.has(reason),
    turns, calls, tool_errors, rejected_calls, virtual_ms: episode.observation.clock_ms, tokens,
    ...(usage && { usage }),
    faults: countBy(faults.map(({ kind }) => kind)),
    issues: countBy(verdict.issues.filter(({ source }) => source === 'agent').map(({ category }) => category)),
    frames: framesOf(episode),
    tries, verifier: verdict.verifier, engine: episode.identity.engine, state_hash: episode.stateHash(),
  }
}
