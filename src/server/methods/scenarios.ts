/** `scenario/list`, `scenario/get` and `task/sample`: what there is to play. */
import { Action } from '../../../protocol/action.ts'
import { Observation, type ToolSchema } from '../../../protocol/observation.ts'
import { publish } from '../../../protocol/published.ts'
import type { Result } from '../../../protocol/methods.ts'
import type { CompiledScenario } from '../../episode/compiled-scenario.ts'
import { isGenerated } from '../../generate/reference.ts'
import { sampleAny } from '../../supply/sample-any.ts'
import { learnersOf } from '../../episode/team-options.ts'
import type { Gym } from '../gym.ts'
import type { Methods } from '../method.ts'

const actionSchema = publish(Action)
const observationSchema = publish(Observation, 'output')

/** What `finish` takes differs by task; a scenario as a whole shows that it does. */
function forAnyTask(tool: ToolSchema): ToolSchema {
  if (tool.name !== 'finish') return tool
  return { ...tool, input_schema: { type: 'object', properties: { answer: { description: "As the task's answer_schema says; absent when that is null." } } } }
}

function agentsOf(scenario: CompiledScenario): Result<'scenario/get'>['agents'] {
  const learners = learnersOf(scenario, {})
  const { root, agents } = scenario
  return [root, ...[...agents.values()].filter((agent) => agent !== root)].map(({ name, description, tools, calls, workflow }) => ({
    name, description, workflow: workflow !== undefined, tools: [...tools], calls: [...calls], learner: learners.has(name),
  }))
}

/** The public part of a scenario. */
function tell(scenario: CompiledScenario, gym: Gym): Result<'scenario/get'> {
  const tasks = [...scenario.tasks.values()]
  return {
    summary: { ...scenario.summary, origin: isGenerated(scenario.name) ? 'generated' : gym.scenarios.originOf(scenario) },
    versions: gym.scenarios.versions(scenario.name),
    prompt: scenario.root.prompt,
    rules: scenario.rules,
    tools: scenario.toolsFor(tasks[0]!).map(forAnyTask),
    agents: agentsOf(scenario),
    tasks: tasks.map(({ name, description, tags, weight, answer }) => ({ name, description, tags: [...tags], weight, answer_schema: answer?.schema ?? null })),
    budgets: { ...scenario.budgets },
    dynamics: [...scenario.profiles],
    action_schema: actionSchema,
    observation_schema: observationSchema,
  }
}

export const scenarioMethods: Methods<'scenario/list' | 'scenario/get' | 'task/sample'> = {
  'scenario/list': (filters, { gym }) => gym.scenarios.list(filters),

  'scenario/get': ({ scenario: ref, seed = 0 }, { gym }) => {
    if (!isGenerated(ref)) return tell(gym.scenario(ref), gym)
    return (function* () {
      return tell(yield* gym.scenarioStepwise(ref, seed), gym)
    })()
  },

  * 'task/sample'(params, { gym }) {
    return {
      tasks: yield* sampleAny(params, {
        scenario: (ref, seed, task, path) => gym.scenarioStepwise(ref, seed, task, path),
        splitOf: (ref, seed) => gym.splitOf(ref, seed),
      }),
    }
  },
}
