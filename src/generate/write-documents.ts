/** Blueprints as documents of the world language: a world, a team and a scenario that a person could edit. */
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import type { Framework } from '../../protocol/spec/framework.ts'
import type { TaskTemplate } from '../../protocol/spec/scenario.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import type { Documents } from './documents.ts'
import type { Outline } from './outline.ts'
import { writeTask } from './task.ts'
import { writeRules } from './task-rule.ts'
import { canTalk, layTeam } from './team.ts'
import type { TeamWords } from './team-prompt.ts'
import { writeWorld } from './world.ts'

/** What agents of a team may do together: a request with many turns, and everybody who is called for it. */
const BUDGETS = { turns: 400, calls: 800, depth: 12, frames: 400, concurrent_frames: 200 }

/** Lays out the team of a world. */
export type LayTeam = (blueprint: Blueprint, outline: Outline, key: Key, has: Pick<TeamWords, 'rules' | 'user'>) => Framework

const usual: LayTeam = ({ team, place, epoch, name }, outline, key, has) => layTeam(team, outline, { place, epoch, ...has }, `${name}-team`, key)

/** What a blueprint says, written out; `key` names the draws that are left, of wordings and plans. */
export function writeDocuments(blueprint: Blueprint, key: Key, lay: LayTeam = usual): Documents {
  const { world, outline } = writeWorld(blueprint)
  const tasks: Record<string, TaskTemplate> = {}
  for (const intent of blueprint.intents) {
    const task = writeTask(blueprint, intent, key)
    if (task) tasks[intent.name] = task
  }
  const rules = writeRules(blueprint)
  const framework = lay(blueprint, outline, keyOf(['team'], key), { rules: rules.length > 0, user: Object.values(tasks).some(({ user }) => user !== undefined) })
  // In a fixed order nobody asks the user.
  if (!canTalk(framework)) for (const [intent, { user }] of Object.entries(tasks)) if (user) delete tasks[intent]
  const { name, title, place, theme, dynamics, team } = blueprint
  const { profile, intensity } = dynamics
  return {
    world, framework,
    scenario: {
      kind: 'Scenario', name, title, world: name, framework: framework.name,
      description: `${place.charAt(0).toUpperCase()}${place.slice(1)}: ${blueprint.entities.map(({ plural }) => plural.replaceAll('_', ' ')).join(', ')}. A generated scenario.`,
      tags: ['generated', theme, team.pattern], dynamics: intensity > 0 ? profile : 'clean', ...(intensity > 0 && intensity < 1 && { intensity }), overrides: {}, budgets: Object.keys(framework.agents).length > 1 ? BUDGETS : {},
      ...(rules.length > 0 && { rules }), tasks,
    },
  }
}
