/** Blueprints as documents of the world language: a world, a team and a scenario that a person could edit. */
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import type { Framework } from '../../protocol/spec/framework.ts'
import type { TaskTemplate } from '../../protocol/spec/scenario.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import type { Documents } from './documents.ts'
import type { Outline } from './outline.ts'
import { writeTask } from './task.ts'
import { writeRules } from './task-rule.ts'
import { writeWorld } from './world.ts'

/** Lays out the team of a world. */
export type LayTeam = (blueprint: Blueprint, outline: Outline, key: Key) => Framework

/** What a blueprint says, written out; `key` names the draws that are left, of wordings and plans. */
export function writeDocuments(blueprint: Blueprint, layTeam: LayTeam, key: Key): Documents {
  const { world, outline } = writeWorld(blueprint)
  const tasks: Record<string, TaskTemplate> = {}
  for (const intent of blueprint.intents) {
    const task = writeTask(blueprint, intent, key)
    if (task) tasks[intent.name] = task
  }
  const { name, title, place, theme, dynamics, team } = blueprint
  const rules = writeRules(blueprint)
  const framework = layTeam(blueprint, outline, keyOf(['team'], key))
  return {
    world, framework,
    scenario: {
      kind: 'Scenario', name, title, world: name, framework: framework.name,
      description: `${place.charAt(0).toUpperCase()}${place.slice(1)}: ${blueprint.entities.map(({ plural }) => plural.replaceAll('_', ' ')).join(', ')}. A generated scenario.`,
      tags: ['generated', theme, team.pattern], dynamics: dynamics.profile, overrides: {}, budgets: {},
      ...(rules.length > 0 && { rules }), tasks,
    },
  }
}
