/** The built-in policies by name. */
import { PLAYERS } from '../../protocol/identity.ts'
import type { Episode } from '../episode/episode.ts'
import { naive, oracle } from './oracle.ts'
import { teamPolicy } from './play-team.ts'
import type { Policy } from './policy.ts'
import { robust } from './robust.ts'
import { noop, random, refuse } from './trivial.ts'

export type { Policy } from './policy.ts'

const MAKERS: Readonly<Record<string, (episode: Episode, seed: number) => Policy>> = { oracle, robust, naive, random, noop, refuse }

/** Names that createPolicy knows. */
export const POLICY_NAMES: readonly string[] = Object.keys(MAKERS)

/**
 * Makes a policy for an episode, of a team for whatever frame has its turn; `seed` matters to the random one (default:
 * the episode's).
 */
export function createPolicy(name: string, episode: Episode, seed = episode.identity.seed): Policy | undefined {
  if (isTeam(episode) && isPlayer(name)) return teamPolicy(episode, () => name)
  return Object.hasOwn(MAKERS, name) ? MAKERS[name]!(episode, seed) : undefined
}

function isTeam({ scenario }: Episode): boolean {
  return scenario.flat() !== scenario
}

function isPlayer(name: string): name is Exclude<(typeof PLAYERS)[number], 'endpoint'> {
  return name !== 'endpoint' && (PLAYERS as readonly string[]).includes(name)
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
