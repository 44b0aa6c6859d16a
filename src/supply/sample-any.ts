/** `task/sample`, whatever is sampled: a scenario, a reference, or a distribution. */
import type { Params, TaskRow } from '../../protocol/methods.ts'
import { GymError } from '../core/gym-error.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { sampleStepwise } from '../episode/sample.ts'
import { isGenerated } from '../generate/reference.ts'
import { checkDistribution, drawSource } from './draw-source.ts'
import { sampleRows } from './sample-rows.ts'

/** The scenario of a reference and, for generated ones, a seed. */
export type Resolve = (ref: string, seed: number, task?: string) => Generator<unknown, CompiledScenario>

/** @throws GymError GYM_INVALID_PARAMS, GYM_NO_TASK, GYM_UNKNOWN_TASK, GYM_UNKNOWN_SCENARIO */
export function* sampleAny(params: Params<'task/sample'>, resolve: Resolve): Generator<void, TaskRow[]> {
  const { scenario: ref, distribution, task } = params
  if ((ref === undefined) === (distribution === undefined)) throw new GymError('GYM_INVALID_PARAMS', 'tasks are drawn from a scenario or from a distribution', { path: ref === undefined ? 'params.scenario' : 'params.distribution', expected: 'one of scenario and distribution' })
  if (ref !== undefined && !isGenerated(ref)) return yield* sampleStepwise(yield* work(resolve(ref, params.seed)), params)
  if (ref !== undefined) {
    return yield* sampleRows(function* (seed) {
      return { scenario: yield* resolve(ref, seed, task) }
    }, params)
  }
  checkDistribution(distribution!)
  return yield* sampleRows(function* (seed, key) {
    const drawn = drawSource(distribution!, key)
    return { scenario: yield* resolve(drawn.scenario, seed, task ?? drawn.task), task: drawn.task }
  }, params)
}

function* work<R>(from: Generator<unknown, R>): Generator<void, R> {
  for (;;) {
    const { done, value } = from.next()
    if (done) return value
    yield
  }
}
