/** What somebody wishes besides a blueprint that is there: another team, other dynamics. */
import type { Blueprint, Team } from '../../protocol/spec/blueprint.ts'

export type Wishes = { readonly pattern?: Team['pattern']; readonly agents?: number; readonly profile?: string }

/** Agents of a team that only its pattern is known of. */
const FEW = 3

function teamOf(team: Team, { pattern, agents }: Wishes): Team {
  if (pattern === undefined && agents === undefined) return team
  const chosen = pattern ?? (agents === 1 ? 'single' : team.pattern === 'single' ? 'orchestrator-workers' : team.pattern)
  if (chosen === 'single') return { ...team, pattern: chosen, layers: 1, agents: 1 }
  const count = agents ?? Math.max(FEW, team.agents)
  return { ...team, pattern: chosen, layers: Math.min(count, Math.max(2, team.layers)), agents: count }
}

/** The blueprint with what is wished in the place of its own. */
export function withWishes(blueprint: Blueprint, wishes: Wishes): Blueprint {
  const { profile } = wishes
  const { intensity } = blueprint.dynamics
  // An intensity of 0 would leave nothing of the profile, and that of clean was said of nothing.
  const dynamics = profile === undefined ? blueprint.dynamics : { profile, intensity: intensity > 0 && blueprint.dynamics.profile !== 'clean' && profile !== 'clean' ? intensity : 1 }
  return { ...blueprint, dynamics, team: teamOf(blueprint.team, wishes) }
}
