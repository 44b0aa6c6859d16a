/** The built-in policies by name. */
import type { Episode } from '../episode/episode.ts'
import { naive, oracle } from './oracle.ts'
import type { Policy } from './policy.ts'
import { robust } from './robust.ts'
import { noop, random, refuse } from './trivial.ts'

export type { Policy } from './policy.ts'

const MAKERS: Readonly<Record<string, (episode: Episode, seed: number) => Policy>> = { oracle, robust, naive, random, noop, refuse }

/** Names that createPolicy knows. */
export const POLICY_NAMES: readonly string[] = Object.keys(MAKERS)

/** Makes a policy for an episode; `seed` matters to the random one (default: the episode's). */
export function createPolicy(name: string, episode: Episode, seed = episode.identity.seed): Policy | undefined {
  return Object.hasOwn(MAKERS, name) ? MAKERS[name]!(episode, seed) : undefined
}

/** Plays an episode to its end and gives the reward; null when the environment itself failed. */
export function playOut(episode: Episode, policy: Policy): number | null {
  let total = 0
  while (!episode.ended) {
    const { reward } = episode.step(policy.act(episode.observation))
    if (reward === null) return null
    total += reward
  }
  return total
}
