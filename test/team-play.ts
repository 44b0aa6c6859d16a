/** Plays teams: one agent by a policy of its own, the others as they are played where a trainer does not say. */
import type { Action } from '../protocol/action.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import type { Episode } from '../src/episode/episode.ts'
import { Cast, policyFor } from '../src/policy/cast.ts'
import type { Policy } from '../src/policy/policy.ts'
import { tryStart } from './checkout.ts'

export type TeamPlay = { readonly task: string; readonly seed: number; readonly dynamics: string; readonly learner: string; readonly policy: 'oracle' | 'robust' | 'noop' }

/** Plays a task to its end; undefined where the seed has no such task. */
export function playTeam(scenario: CompiledScenario, { task, seed, dynamics, learner, policy }: TeamPlay): Episode | undefined {
  const episode = tryStart(scenario, { seed, task, options: { dynamics, learner: [learner] } })
  if (!episode) return undefined
  const cast = new Cast(episode)
  const policies = new Map<string, Policy>()
  for (cast.play(); !episode.ended; cast.play()) {
    const { path, agent } = episode.due
    if (!policies.has(path)) policies.set(path, policyFor({ episode, path, agent }, policy))
    episode.step({ ...(policies.get(path)!.act(episode.observation) as Action), frame: path })
  }
  return episode
}
