/** Who plays whom: the learner's agents by name, and the policies of the others. */
import type { Learner, Others, Player, ResolvedOptions } from '../../protocol/identity.ts'
import { matchesGlob } from '../core/glob.ts'
import { GymError } from '../core/gym-error.ts'
import { nearest } from '../core/nearest.ts'
import type { CompiledScenario } from './compiled-scenario.ts'

type Asked = { readonly learner?: Learner | undefined; readonly others?: Others | undefined; readonly parallel_frames?: boolean | undefined }

/** Agents that a policy plays: all but workflows. */
export function modelAgents({ agents }: Pick<CompiledScenario, 'agents'>): string[] {
  return [...agents.values()].filter(({ workflow }) => !workflow).map(({ name }) => name).sort()
}

/** What the trainer plays where nobody says: the root, or all agents of a workflow. */
function usualLearner(scenario: CompiledScenario): string[] {
  return scenario.root.workflow ? modelAgents(scenario) : [scenario.root.name]
}

/**
 * Options about the team as the identity keeps them: only what is not as usual.
 * @throws GymError GYM_INVALID_PARAMS for agents that are not there
 */
export function resolveTeam(scenario: CompiledScenario, { learner, others, parallel_frames }: Asked): Pick<ResolvedOptions, 'learner' | 'others' | 'parallel_frames'> {
  const chosen = learner === undefined ? undefined : namesOf(scenario, learner)
  if (others !== undefined) requireOthers(scenario, others)
  return {
    ...(chosen && chosen.join() !== usualLearner(scenario).join() && { learner: chosen }),
    ...(others !== undefined && { others }),
    ...(parallel_frames && { parallel_frames: true as const }),
  }
}

function namesOf(scenario: CompiledScenario, learner: Learner): string[] {
  const all = modelAgents(scenario)
  if (learner === 'all') return all
  if (learner === 'root') return usualLearner(scenario)
  const globs = typeof learner === 'string' ? [learner] : learner
  for (const glob of globs) requireAgent(all, glob, 'options.learner')
  return all.filter((name) => matchesGlob(globs, name))
}

function requireOthers(scenario: CompiledScenario, others: Others): void {
  if (typeof others === 'string' || isPlayer(others)) return
  for (const glob of Object.keys(others)) requireAgent(modelAgents(scenario), glob, 'options.others')
}

function requireAgent(all: readonly string[], glob: string, path: string): void {
  if (!all.some((name) => matchesGlob([glob], name))) throw new GymError('GYM_INVALID_PARAMS', `no agent fits '${glob}'`, { path, nearest: nearest(glob, all), expected: all })
}

function isPlayer(others: Others): others is Player {
  return typeof others === 'string' || typeof (others as { policy?: unknown }).policy === 'string'
}

/** Agents that the trainer plays. */
export function learnersOf(scenario: CompiledScenario, { learner }: Pick<ResolvedOptions, 'learner'>): ReadonlySet<string> {
  return new Set(learner ?? usualLearner(scenario))
}

/** Who plays an agent that the trainer does not play. */
export function playerOf(agent: string, others: Others = 'robust'): Player {
  if (isPlayer(others)) return others
  return Object.entries(others).find(([glob]) => matchesGlob([glob], agent))?.[1] ?? 'robust'
}
