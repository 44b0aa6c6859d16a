/** Rows of a trainer's dataset: scenario, seed and task, drawn by a seed. */
import type { Params, TaskRow } from '../../protocol/methods.ts'
import type { ToolSchema } from '../../protocol/observation.ts'
import { digestOf } from '../core/digest.ts'
import { GymError } from '../core/gym-error.ts'
import { keyOf, word53 } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import { toEnd } from '../core/to-end.ts'
import { isFormed } from '../dynamics/compiled-dynamics.ts'
import { changedTools } from './shown-tools.ts'
import type { CompiledScenario } from './compiled-scenario.ts'
import { Episode } from './episode.ts'
import { openEpisode } from './open-episode.ts'
import { taskSplit } from './task-split.ts'
import type { TaskInstance } from './task.ts'

/** Tasks drawn before the filters are called too narrow: so many, and so many for each row that is wanted. */
const DRAWS = 2000
const DRAWS_PER_ROW = 50
/** Seeds passed over for each draw, at most; the rarest split has one seed in ten. */
const SEEDS_PER_DRAW = 100

/**
 * Draws rows by (seed, position): a pinned request has the same answer for ever.
 * @throws GymError GYM_UNKNOWN_TASK, GYM_NO_TASK when the filters leave too few
 */
export function sampleTasks(scenario: CompiledScenario, params: Params<'task/sample'>): TaskRow[] {
  return toEnd(sampleStepwise(scenario, params))
}

/** The same, giving way after each draw: ten thousand rows take seconds. */
export function* sampleStepwise(scenario: CompiledScenario, params: Params<'task/sample'>): Generator<void, TaskRow[]> {
  const { seed, count, split, task, tags = [] } = params
  if (task !== undefined && !scenario.tasks.has(task)) throw new GymError('GYM_UNKNOWN_TASK', `no task '${task}'`, { path: 'task', nearest: nearest(task, scenario.tasks.keys()), expected: [...scenario.tasks.keys()] })
  const templates = [...scenario.tasks.values()].filter((template) => task === undefined || template.name === task)
  if (!templates.some((template) => tags.every((tag) => template.tags.includes(tag)))) throw new GymError('GYM_NO_TASK', `no task has the tags ${tags.join(', ')}`, { path: 'tags' })
  const axes = new Set(templates.flatMap((template) => template.axes))
  for (const axis of Object.keys(params.difficulty ?? {})) {
    if (!axes.has(axis)) throw new GymError('GYM_INVALID_PARAMS', `no task has the difficulty axis '${axis}'`, { path: `difficulty.${axis}`, nearest: nearest(axis, axes), expected: [...axes] })
  }
  const stream = keyOf(['sample', seed])
  const rows: TaskRow[] = []
  const most = DRAWS + count * DRAWS_PER_ROW
  for (let position = 0, draws = 0; rows.length < count; position++) {
    if (draws >= most || position >= most * SEEDS_PER_DRAW) throw new GymError('GYM_NO_TASK', `only ${rows.length} of ${count} rows fit the filters`, { path: 'count' })
    const drawn = word53(keyOf([position], stream))
    if (split && taskSplit(scenario, drawn) !== split) continue
    draws++
    const instance = tryDraw(scenario, drawn, task)
    if (instance && fits(instance, params)) rows.push(rowOf(scenario, instance, drawn, params.include ?? []))
    yield
  }
  return rows
}

function tryDraw(scenario: CompiledScenario, seed: number, task: string | undefined): TaskInstance | undefined {
  try {
    return scenario.drawTask(seed, task, 'passing')
  } catch (error) {
    if (error instanceof GymError && error.gymCode === 'GYM_NO_TASK') return undefined
    throw error
  }
}

/** Whether a task instance passes the filters. */
export function fits({ template, difficulty }: TaskInstance, { tags, difficulty: ranges }: Pick<Params<'task/sample'>, 'tags' | 'difficulty'>): boolean {
  if (tags && !tags.every((tag) => template.tags.includes(tag))) return false
  return Object.entries(ranges ?? {}).every(([axis, [least, most]]) => {
    const value = difficulty[axis]
    return value !== undefined && value >= least && value <= most
  })
}

/** The tools that the first observation of a reset shows. */
function firstTools(scenario: CompiledScenario, { template, seed }: TaskInstance): ToolSchema[] {
  const { dynamics } = scenario.dynamicsOf(undefined)!
  if (!scenario.hasHiddenTools && !scenario.root.deferred.size && !isFormed(dynamics)) return [...scenario.toolsFor(template)]
  return changedTools(openEpisode(scenario, { seed, task: template.name })) ?? []
}

/** What the first observation of a team's reset shows to whom it asks first. */
function firstSight(scenario: CompiledScenario, { template, seed }: TaskInstance, include: readonly string[]): Pick<TaskRow, 'prompt' | 'tools'> {
  if (!include.length) return {}
  const { messages, tools } = Episode.start(scenario, { seed, task: template.name }).observation
  return { ...(include.includes('prompt') && { prompt: messages }), ...(include.includes('tools') && tools && { tools }) }
}

/** What rollouts of the same task instance have in common, as 16 hexadecimal digits. */
export function groupOf({ name, digest }: { readonly name: string; readonly digest: string }, seed: number, task: string): string {
  return digestOf([`${name}@${digest}`, seed, task]).slice(0, 16)
}

/** The row of a task instance. */
export function rowOf(scenario: CompiledScenario, instance: TaskInstance, seed: number, include: readonly string[]): TaskRow {
  const { template, difficulty, instruction } = instance
  const name = `${scenario.name}@${scenario.digest}`
  return {
    scenario: name,
    seed,
    task: template.name,
    difficulty: { ...difficulty },
    tags: [...template.tags],
    split: taskSplit(scenario, seed),
    group: groupOf(scenario, seed, template.name),
    ...(scenario.agents.size > 1 ? firstSight(scenario, instance, include) : {
      ...(include.includes('prompt') ? { prompt: [{ role: 'system', content: scenario.root.prompt }, { role: 'user', content: instruction }] } : {}),
      ...(include.includes('tools') ? { tools: firstTools(scenario, instance) } : {}),
    }),
  }
}
