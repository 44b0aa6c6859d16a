/** The policy that has learnt one answer by heart: the one that is right most often. */
import { GymError } from '../core/gym-error.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { Episode } from '../episode/episode.ts'
import { finishAction } from '../episode/witness-step.ts'
import type { Policy } from '../policy/policy.ts'
import { SpecFault } from '../world/fault.ts'
import { seedAt } from './seed.ts'

/** Other seeds that it has seen the answers of; none that it is tried on, or their answers would look more usual than they are. */
const SEEN = 12
const ELSEWHERE = 1_000_000

/** The right answer of another seed, as JSON text; undefined where there is none. */
function rightAnswer(scenario: CompiledScenario, seed: number, task: string): string | undefined {
  try {
    const answer = scenario.referenceOf(scenario.drawTask(seed, task))?.answer
    return answer && JSON.stringify(answer.json)
  } catch (error) {
    // No task by this seed, or a witness that fails: other checks tell.
    if (error instanceof GymError || error instanceof SpecFault) return undefined
    throw error
  }
}

/** Ends at once, with the answer that was right for most of the other seeds. */
export function usualAnswer({ scenario, identity: { task }, task: { template } }: Episode): Policy {
  const counts = new Map<string, number>()
  for (let i = 0; template.answer && i < SEEN; i++) {
    const answer = rightAnswer(scenario, seedAt(ELSEWHERE + i), task)
    if (answer !== undefined) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  }
  const [usual] = [...counts].sort(([, a], [, b]) => b - a)
  return { act: () => finishAction(usual && { json: JSON.parse(usual[0]) as unknown }) }
}
