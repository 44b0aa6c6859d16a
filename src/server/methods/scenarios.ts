/** `scenario/list`, `scenario/get` and `task/sample`: what there is to play. */
import { Action } from '../../../protocol/action.ts'
import { Observation, type ToolSchema } from '../../../protocol/observation.ts'
import { publish } from '../../../protocol/published.ts'
import { GymError } from '../../core/gym-error.ts'
import { sampleStepwise } from '../../episode/sample.ts'
import type { Methods } from '../method.ts'

const PAGE = 50
const actionSchema = publish(Action)
const observationSchema = publish(Observation, 'output')

/** What `finish` takes differs by task; a scenario as a whole shows that it does. */
function forAnyTask(tool: ToolSchema): ToolSchema {
  if (tool.name !== 'finish') return tool
  return { ...tool, input_schema: { type: 'object', properties: { answer: { description: "As the task's answer_schema says; absent when that is null." } } } }
}

export const scenarioMethods: Methods<'scenario/list' | 'scenario/get' | 'task/sample'> = {
  'scenario/list': ({ tags = [], query = '', cursor, limit = PAGE }, { gym }) => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean)
    const fitting = gym.catalogue.list().map((scenario) => scenario.summary).filter((summary) => {
      const text = `${summary.name} ${summary.title} ${summary.description}`.toLowerCase()
      return tags.every((tag) => summary.tags.includes(tag)) && words.every((word) => text.includes(word))
    })
    if (cursor !== undefined && !gym.catalogue.find(cursor)) throw new GymError('GYM_INVALID_PARAMS', 'params.cursor is not one that this server gave out', { path: 'params.cursor' })
    const from = cursor === undefined ? 0 : fitting.findIndex((summary) => summary.name > cursor)
    const page = from === -1 ? [] : fitting.slice(from, from + limit)
    const more = from !== -1 && from + limit < fitting.length
    return { scenarios: page, next: more ? page.at(-1)!.name : null }
  },

  'scenario/get': ({ scenario: ref }, { gym }) => {
    const scenario = gym.scenario(ref)
    const tasks = [...scenario.tasks.values()]
    return {
      summary: scenario.summary,
      prompt: scenario.root.prompt,
      rules: scenario.rules,
      tools: scenario.toolsFor(tasks[0]!).map(forAnyTask),
      tasks: tasks.map(({ name, description, tags, weight, answer }) => ({ name, description, tags: [...tags], weight, answer_schema: answer?.schema ?? null })),
      budgets: { ...scenario.budgets },
      dynamics: [...scenario.profiles],
      action_schema: actionSchema,
      observation_schema: observationSchema,
    }
  },

  * 'task/sample'(params, { gym }) {
    return { tasks: yield* sampleStepwise(gym.scenario(params.scenario), params) }
  },
}
