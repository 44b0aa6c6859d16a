/** A scenario of several agents with one agent in their stead: what proofs are played in, since no check asks who did what. */
import type { CompiledAgent } from '../episode/compiled-agent.ts'
import { shownInput } from '../world/shown-input.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { CompiledTask } from '../episode/task.ts'
import type { ToolSchema } from '../../protocol/observation.ts'
import { systemTools } from '../episode/system-tool.ts'
import { compileReferences } from './reference.ts'

/** A name that no agent can have: what is kept by agent must not be mixed up. */
const EVERYBODY = 'Everybody'

/** The same world, tasks and rules; the root has all tools of the team and nobody to call. */
export function flatten(team: CompiledScenario): CompiledScenario {
  const { world, tools } = team
  const root: CompiledAgent = {
    name: EVERYBODY, description: '', prompt: [...team.agents.values()].map(({ prompt }) => prompt).join('\n\n'), tools,
    subAgents: [], handOffs: [], delegation: 'named', stopTools: new Set(), skills: new Map(), asSkill: new Map(), deferred: new Set(), storage: false, asksUser: false, approvalOf: undefined, limits: {}, workflow: undefined, calls: [],
  }
  const schemas = tools.map((name): ToolSchema => {
    const { description, input } = world.tools.get(name)!.spec
    return { name, description, input_schema: shownInput(input) }
  })
  const shown = new Map<CompiledTask, readonly ToolSchema[]>()
  const flat: CompiledScenario = {
    ...team, root, agents: new Map([[root.name, root]]),
    flat: () => flat,
    referenceOf: compileReferences(() => flat),
    toolsFor(task) {
      let all = shown.get(task)
      if (!all) shown.set(task, (all = [...schemas, ...systemTools(task, true)]))
      return all
    },
  }
  return flat
}
