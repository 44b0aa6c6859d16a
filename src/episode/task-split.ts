import type { Split } from '../../protocol/scalars.ts'
import { splitOf } from '../core/split.ts'
import type { CompiledScenario } from './compiled-scenario.ts'

/** The split that a task of a seed belongs to: that of its scenario, where all its seeds have one, else the seed's own. */
export function taskSplit(scenario: CompiledScenario, seed: number): Split {
  return scenario.split ?? splitOf(seed)
}
