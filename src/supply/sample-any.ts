/** `task/sample`, whatever is sampled: a scenario, a reference, or a distribution. */
import type { Params, TaskRow } from '../../protocol/methods.ts'
import type { Split } from '../../protocol/scalars.ts'
import { GymError } from '../core/gym-error.ts'
import { splitOf } from '../core/split.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { sampleStepwise } from '../episode/sample.ts'
import { isGenerated } from '../generate/reference.ts'
import { checkDistribution, drawSource } from './draw-source.ts'
import { sampleRows } from './sample-rows.ts'

/** Where scenarios are found: by reference and, for generated ones, seed. */
export type Finder = {
  scenario(ref: string, seed: number, task?: string, path?: string): Generator<unknown, CompiledScenario>
  /** The split of a seed of a generated scenario; the same that the scenario has. */
  splitOf(ref: string, seed: number): Split
}

/** @throws GymError GYM_INVALID_PARAMS, GYM_NO_TASK, GYM_UNKNOWN_TASK, GYM_UNKNOWN_SCENARIO */
export function* sampleAny(params: Params<'task/sample'>, finder: Finder): Generator<void, TaskRow[]> {
  const { scenario: ref, distribution, task } = params
  if ((ref === undefined) === (distribution === undefined)) throw new GymError('GYM_INVALID_PARAMS', 'tasks are drawn from a scenario or from a distribution', { path: ref === undefined ? 'params.scenario' : 'params.distribution', expected: 'one of scenario and distribution' })
  const split = (name: string, seed: number): Split => (isGenerated(name) ? finder.splitOf(name, seed) : splitOf(seed))
  if (ref !== undefined && !isGenerated(ref)) return yield* sampleStepwise(yield* work(finder.scenario(ref, params.seed)), params)
  if (ref !== undefined) {
    return yield* sampleRows({
      splitOf: (seed) => split(ref, seed),
      * find(seed) {
        return { scenario: yield* finder.scenario(ref, seed, task) }
      },
    }, params)
  }
  checkDistribution(distribution!)
  // A name that is not there is refused at once, not when it is drawn.
  for (const [i, source] of distribution!.of.entries()) if (!isGenerated(source.scenario)) yield* work(finder.scenario(source.scenario, params.seed, undefined, `params.distribution.of[${i}].scenario`))
  return yield* sampleRows({
    splitOf: (seed, key) => split(drawSource(distribution!, key).scenario, seed),
    * find(seed, key) {
      const drawn = drawSource(distribution!, key)
      return { scenario: yield* finder.scenario(drawn.scenario, seed, task ?? drawn.task), task: drawn.task }
    },
  }, params)
}

function* work<R>(from: Generator<unknown, R>): Generator<void, R> {
  for (;;) {
    const { done, value } = from.next()
    if (done) return value
    yield
  }
}
