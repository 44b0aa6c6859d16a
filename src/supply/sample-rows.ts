/** Rows of a trainer's dataset from scenarios that differ from row to row: generated ones, and distributions. */
import type { Params, TaskRow } from '../../protocol/methods.ts'
import type { Split } from '../../protocol/scalars.ts'
import { GymError } from '../core/gym-error.ts'
import { type Key, keyOf, word53 } from '../core/keyed.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { fits, rowOf } from '../episode/sample.ts'

/** Environments drawn for each row that is wanted, before the filters are called too narrow. */
const DRAWS_PER_ROW = 40
const DRAWS = 200
/** Environments drawn one after another without a row, at most: each costs as much as many steps of others. */
const IN_VAIN = 600
/** Seeds one after another that give no sound task: the reference is at fault, not the filters. */
const HOPELESS = 5
/** Seeds of other splits that are passed over one after another; telling the split costs next to nothing. */
const MOST_OTHERS = 5000

/** The scenario of a row, and the template if it is a certain one. */
type Found = { readonly scenario: CompiledScenario; readonly task?: string | undefined }

/** What a row may be drawn from; `key` names what is drawn for its place. */
export type Draw = {
  /** The split of a seed. */
  splitOf(seed: number, key: Key): Split
  find(seed: number, key: Key): Generator<unknown, Found>
}

/**
 * Draws rows by (seed, position): a pinned request has the same answer for ever. Seeds without a sound task are passed over.
 * @throws GymError GYM_NO_TASK when the filters leave too few, GYM_INVALID_PARAMS
 */
export function* sampleRows(draw: Draw, params: Params<'task/sample'>): Generator<void, TaskRow[]> {
  const { seed, count, split, include = [] } = params
  const stream = keyOf(['sample', seed])
  const rows: TaskRow[] = []
  const most = DRAWS + count * DRAWS_PER_ROW
  const few = (why: string): GymError => new GymError('GYM_NO_TASK', `only ${rows.length} of ${count} rows fit the filters: ${why}`, { path: 'count' })
  for (let position = 0, draws = 0, inVain = 0, others = 0, unsound = 0; rows.length < count; position++) {
    const key = keyOf([position], stream)
    const drawn = word53(key)
    if (split) {
      const own = draw.splitOf(drawn, key)
      if (own !== split) {
        if (++others === MOST_OTHERS) throw few(`of ${others} seeds none is of the split ${split}; the last is of ${own}`)
        if (others % 100 === 0) yield
        continue
      }
      others = 0
    }
    if (draws === most || inVain === IN_VAIN) throw few(`${draws} environments were drawn, the last ${inVain} in vain`)
    draws++
    const found = yield* orRefusal(draw.find(drawn, key))
    yield
    unsound = found instanceof GymError ? unsound + 1 : 0
    if (found instanceof GymError && unsound === HOPELESS) throw found
    const row = !(found instanceof GymError) && rowFrom(found.scenario, drawn, params.task ?? found.task, params, include)
    inVain = row ? 0 : inVain + 1
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

/** What was found, or why a seed has no sound task. */
function* orRefusal<R>(work: Generator<unknown, R>): Generator<void, R | GymError> {
  try {
    for (;;) {
      const { done, value } = work.next()
      if (done) return value
      yield
    }
  } catch (error) {
    if (error instanceof GymError && error.gymCode === 'GYM_NO_TASK') return error
    throw error
  }
}
