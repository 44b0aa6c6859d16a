/** An episode of a sweep, rebuilt from its journal: to be judged again, or looked at. */
import type { SweepOutcome } from '../../protocol/sweep.ts'
import { ENGINE_VERSION, VERIFIER_VERSION } from '../core/engine-version.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { Episode, type JournalEntry } from '../episode/episode.ts'
import { outcomeOf } from './outcome.ts'
import { startUnit } from './play.ts'
import type { Plan, Unit } from './plan.ts'

/** @throws GymError GYM_SNAPSHOT_INVALID when the journal is not of this engine and scenario */
export function playAgain(scenario: CompiledScenario, plan: Plan, unit: Unit, journal: readonly JournalEntry[]): Episode {
  return Episode.replay(scenario, startUnit(scenario, plan, unit).identity, journal)
}

/** Whether an outcome is of another version of the verifier, and can be judged by this one. */
export function isOutdated({ status, verifier, engine }: SweepOutcome): boolean {
  return status !== 'failed' && verifier !== VERIFIER_VERSION && engine === ENGINE_VERSION
}

/** What this version of the verifier says about an episode that was played. @throws GymError as `playAgain` */
export function judgeAgain(scenario: CompiledScenario, plan: Plan, unit: Unit, journal: readonly JournalEntry[], { tries, usage }: SweepOutcome): SweepOutcome {
  return outcomeOf(playAgain(scenario, plan, unit, journal), tries, usage)
}
