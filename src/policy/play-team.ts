/** One policy for whatever frame has its turn: each frame is played for itself. */
import type { Player } from '../../protocol/identity.ts'
import type { Episode } from '../episode/episode.ts'
import { policyFor } from './cast.ts'
import type { Policy } from './policy.ts'

/** A policy that plays each frame by the player of its agent. */
export function teamPolicy(episode: Episode, playerOf: (agent: string) => Player): Policy {
  const policies = new Map<string, Policy>()
  return {
    act(observation) {
      const { path, agent } = episode.due
      let policy = policies.get(path)
      if (!policy) policies.set(path, (policy = policyFor({ episode, path, agent }, playerOf(agent))))
      return policy.act(observation)
    },
  }
}
