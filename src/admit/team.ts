/** Whether a team can do what its scenario's proofs do: the witness is played through the hierarchy. */
import { calmOf } from '../compile/reference.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { Episode } from '../episode/episode.ts'
import { playOut } from '../policy/builtin.ts'
import { teamPolicy } from '../policy/play-team.ts'
import { type Gate, MOST_FAILURES } from './gate.ts'
import { explain, faultOf, type Trial } from './trial.ts'

/** Seeds of a template that are played through the hierarchy. */
const MOST_SEEDS = 3

/** Profiles under which a team has to be paid 1: the calm one, and one with faults where there is one. */
function profilesOf({ profiles }: CompiledScenario): string[] {
  return [calmOf({ profiles }), ...(profiles.includes('flaky') ? ['flaky'] : [])]
}

/** Plays the witnesses of a task through the hierarchy, with seeds for which they score 1 alone. */
export function tryTeam(gate: Gate, team: CompiledScenario, task: string, seeds: readonly number[]): void {
  const { team: tally } = gate.checks
  for (const dynamics of profilesOf(team)) {
    for (const seed of seeds.slice(0, MOST_SEEDS)) {
      if (tally.failed >= MOST_FAILURES) return
      gate.episodes += 1
      const trial = playTeam(team, { seed, task, options: { dynamics } })
      tally.add(trial.reward === 1, () => ({ task, seed, dynamics, policy: 'robust', found: explain(trial) }))
    }
  }
}

/** The robust oracle through the hierarchy; what the specification breaks is a fault, not a crash. */
export function playTeam(team: CompiledScenario, request: Parameters<typeof Episode.start>[1]): Trial {
  const episode = Episode.start(team, request)
  try {
    return { episode, reward: playOut(episode, teamPolicy(episode, () => 'robust')) }
  } catch (error) {
    const fault = faultOf(error)
    if (fault === undefined) throw error
    return { episode, reward: null, fault }
  }
}
