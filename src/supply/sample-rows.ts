/** Rows of a trainer's dataset from scenarios that differ from row to row: generated ones, and distributions. */
import type { Params, TaskRow } from '../../protocol/methods.ts'
import { GymError } from '../core/gym-error.ts'
import { type Key, keyOf, word53 } from '../core/keyed.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { fits, rowOf } from '../episode/sample.ts'
import { splitOf } from '../core/split.ts'

/** Environments drawn for each row that is wanted, before the filters are called too narrow. */
const DRAWS_PER_ROW = 40
const DRAWS = 200

/** The scenario of a row, and the template if it is a certain one; `key` names what is drawn for its place. */
export type Find = (seed: number, key: Key) => Generator<unknown, { readonly scenario: CompiledScenario; readonly task?: string | undefined }>

/**
 * Draws rows by (seed, position): a pinned request has the same answer for ever. Seeds without a sound task are passed over.
 * @throws GymError GYM_NO_TASK when the filters leave too few, GYM_INVALID_PARAMS
 */
export function* sampleRows(find: Find, params: Params<'task/sample'>): Generator<void, TaskRow[]> {
  const { seed, count, split, include = [] } = params
  const stream = keyOf(['sample', seed])
  const rows: TaskRow[] = []
  const most = DRAWS + count * DRAWS_PER_ROW
  for (let position = 0; rows.length < count; position++) {
    if (position >= most) throw new GymError('GYM_NO_TASK', `only ${rows.length} of ${count} rows fit the filters in ${most} draws`, { path: 'count' })
    const key = keyOf([position], stream)
    const drawn = word53(key)
    const found = yield* orNothing(find(drawn, key))
    yield
    if (!found || (split && (found.scenario.split ?? splitOf(drawn)) !== split)) continue
    const row = rowFrom(found.scenario, drawn, params.task ?? found.task, params, include)
    if (row) rows.push(row)
  }
  return rows
}

function rowFrom(scenario: CompiledScenario, seed: number, task: string | undefined, params: Params<'task/sample'>, include: readonly string[]): TaskRow | undefined {
  if (task !== undefined && !scenario.tasks.has(task)) return undefined
  try {
    const instance = scenario.drawTask(seed, task, 'passing')
    return fits(instance, params) ? rowOf(scenario, instance, seed, include) : undefined
  } catch (error) {
    if (error instanceof GymError && error.gymCode === 'GYM_NO_TASK') return undefined
    throw error
  }
}

/** What was found, or undefined for a seed that has no sound task. */
function* orNothing<R>(work: Generator<unknown, R>): Generator<void, R | undefined> {
  try {
    for (;;) {
      const { done, value } = work.next()
      if (done) return value
      yield
    }
  } catch (error) {
    if (error instanceof GymError && error.gymCode === 'GYM_NO_TASK') return undefined
    throw error
  }
}
