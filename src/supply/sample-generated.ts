/** Rows of a trainer's dataset from a generated supply: every row is an environment of its own. */
import type { Params, TaskRow } from '../../protocol/methods.ts'
import { GymError } from '../core/gym-error.ts'
import { keyOf, word53 } from '../core/keyed.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { fits, rowOf } from '../episode/sample.ts'

/** Environments drawn for each row that is wanted, before the filters are called too narrow. */
const DRAWS_PER_ROW = 40
const DRAWS = 200

/**
 * Draws rows by (seed, position): a pinned request has the same answer for ever. Seeds without a sound task are passed over.
 * @throws GymError GYM_NO_TASK when the filters leave too few, GYM_INVALID_PARAMS
 */
export function* sampleGenerated(find: (seed: number) => Generator<unknown, CompiledScenario>, params: Params<'task/sample'>): Generator<void, TaskRow[]> {
  const { seed, count, split, task, include = [] } = params
  const stream = keyOf(['sample', seed])
  const rows: TaskRow[] = []
  const most = DRAWS + count * DRAWS_PER_ROW
  for (let position = 0; rows.length < count; position++) {
    if (position >= most) throw new GymError('GYM_NO_TASK', `only ${rows.length} of ${count} rows fit the filters in ${most} environments`, { path: 'count' })
    const drawn = word53(keyOf([position], stream))
    const scenario = yield* found(find(drawn))
    if (!scenario || (split && scenario.split !== split)) continue
    const name = task ?? scenario.drawTask(drawn, undefined, 'passing').template.name
    if (!scenario.tasks.has(name)) continue
    const instance = scenario.drawTask(drawn, name, 'passing')
    if (fits(instance, params)) rows.push(rowOf(scenario, instance, drawn, include))
    yield
  }
  return rows
}

/** The scenario, or undefined for a seed that has no sound task. */
function* found(work: Generator<unknown, CompiledScenario>): Generator<void, CompiledScenario | undefined> {
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
