/** Episodes as admission plays them: what a specification breaks is a finding, not a crash. */
import { GymError } from '../core/gym-error.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { Episode, type EpisodeRequest } from '../episode/episode.ts'
import { createPolicy, playOut, type Policy } from '../policy/builtin.ts'
import { CallLimit, SpecFault } from '../world/fault.ts'
import { talkers } from './attacker.ts'
import { walkers } from './walker.ts'

/** Policies that no task may reward, besides noop, refuse and random. */
export const ATTACKERS: Readonly<Record<string, (episode: Episode) => Policy>> = { ...talkers, ...walkers }

/** A played episode; `fault` says what the specification itself broke in the plan of who played. */
export type Trial = { readonly episode: Episode; readonly reward: number | null; readonly fault?: string }

/** What a specification's mistake is called, or undefined for a fault of ours. */
export function faultOf(error: unknown): string | undefined {
  return error instanceof SpecFault || error instanceof CallLimit ? `${error.name}: ${error.message}` : undefined
}

/** Whether a seed has a task; `fault` when drawing it or setting it up broke. */
export function tryDraw(scenario: CompiledScenario, seed: number, task: string): { drawn: boolean; fault?: string } {
  try {
    Episode.start(scenario, { seed, task })
    return { drawn: true }
  } catch (error) {
    if (error instanceof GymError && error.gymCode === 'GYM_NO_TASK') return { drawn: false }
    const fault = faultOf(error)
    if (fault === undefined) throw error
    return { drawn: false, fault }
  }
}

/** Plays an episode to its end by a built-in policy or an attacker. */
export function playTrial(scenario: CompiledScenario, policy: string, request: EpisodeRequest): Trial {
  const episode = Episode.start(scenario.flat(), request)
  try {
    return { episode, reward: playOut(episode, createPolicy(policy, episode) ?? ATTACKERS[policy]!(episode)) }
  } catch (error) {
    const fault = faultOf(error)
    if (fault === undefined) throw error
    return { episode, reward: null, fault }
  }
}

/** Why an episode ended as it did, in one line. */
export function explain({ episode, reward, fault }: Trial): string {
  const end = episode.events().at(-1)
  if (fault !== undefined) return `the plan itself fails: ${fault}`
  if (end?.type !== 'end') return 'did not end'
  const failed = end.verdict.components.filter((component) => component.score < 1).map((component) => `${component.id} ${JSON.stringify(component.evidence ?? [])}`)
  return [`reward ${reward ?? 'void'}`, end.reason, end.fault, ...failed].filter(Boolean).join(', ').slice(0, 600)
}
