/** Plays an episode of a sweep by a policy that needs nobody outside: a built-in one, or what was recorded. */
import type { Action } from '../../protocol/action.ts'
import type { Recording } from '../../protocol/sweep.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { Episode } from '../episode/episode.ts'
import { createPolicy } from '../policy/builtin.ts'
import { Cast } from '../policy/cast.ts'
import { teamPolicy } from '../policy/play-team.ts'
import type { Policy } from '../policy/policy.ts'
import { luckOf, type Plan, type PlannedPolicy, requestOf, type Unit } from './plan.ts'

/** Why an episode cannot be played: no fault of the policy, so no zero. */
export class Unplayable extends Error {
  override readonly name = 'Unplayable'
}

/** What is done once a recording has come to its end. */
const DONE: Action = { content: '' }

/** @throws GymError as a reset */
export function startUnit(scenario: CompiledScenario, plan: Plan, unit: Unit): Episode {
  return Episode.start(scenario, requestOf(plan, unit))
}

/** Plays to the end. @throws Unplayable, GymError */
export function playUnit(scenario: CompiledScenario, plan: Plan, unit: Unit): Episode {
  const episode = startUnit(scenario, plan, unit)
  const cast = Cast.for(episode)
  playOthers(cast)
  if (episode.ended) return episode
  const policy = policyOf(plan.policies[unit.policy]!, episode, plan, unit)
  while (!episode.ended) {
    episode.step(policy.act(episode.observation))
    playOthers(cast)
  }
  return episode
}

function playOthers(cast: Cast | undefined): void {
  if (cast?.play()) throw new Unplayable('an endpoint plays others here, and built-in policies ask nobody')
}

function policyOf({ policy, competence, recordings }: PlannedPolicy, episode: Episode, plan: Plan, unit: Unit): Policy {
  if (policy === 'replay') return replayed(recordings ?? [], plan, unit)
  if (competence !== undefined) return teamPolicy(episode, () => ({ policy: policy as 'oracle' | 'robust', competence }))
  // Each luck has its own draws of the random policy.
  return createPolicy(policy, episode, luckOf(plan, unit))!
}

function replayed(recordings: readonly Recording[], plan: Plan, unit: Unit): Policy {
  const { scenario, seed, task } = plan.rows[unit.row]!
  const name = scenario.split('@')[0]
  const luck = luckOf(plan, unit)
  const fits = recordings.filter((each) => each.scenario.split('@')[0] === name && each.seed === seed && each.task === task)
  const chosen = fits.find((each) => each.luck === luck) ?? fits.find((each) => each.luck === undefined)
  if (!chosen) throw new Unplayable('there is no recording of this task')
  const actions = chosen.actions.values()
  return { act: () => actions.next().value ?? DONE }
}
