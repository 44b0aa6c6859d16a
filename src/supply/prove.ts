/** Whether a drawn task is worth playing: its goal is open, its plan is paid, and nothing less is. */
import { calmOf } from '../compile/reference.ts'
import { GymError } from '../core/gym-error.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { Episode, type EpisodeRequest } from '../episode/episode.ts'
import { type WitnessRun, runWitness } from '../admit/witness-run.ts'
import { playTeam } from '../admit/team.ts'
import { explain, faultOf, playTrial, tryDraw } from '../admit/trial.ts'

/** Why a draw is not given to anybody. */
export const REASONS = ['no_task', 'fault', 'witness', 'team', 'dynamics', 'idle_write', 'trivial'] as const
export type Reason = (typeof REASONS)[number]
export type Rejection = { readonly reason: Reason; readonly found: string }

/** Policies that must earn nothing. */
const TRIVIAL = ['noop', 'refuse', 'random'] as const

/** The task that the seed itself draws, or why there is none. */
export function drawnTask(scenario: CompiledScenario, seed: number): string | Rejection {
  try {
    return scenario.drawTask(seed).template.name
  } catch (error) {
    if (error instanceof GymError && error.gymCode === 'GYM_NO_TASK') return { reason: 'no_task', found: error.message }
    const fault = faultOf(error)
    if (fault === undefined) throw error
    return { reason: 'fault', found: fault }
  }
}

/** Looks at one drawn task, giving way between plays. @returns why it is refused, or undefined */
export function* prove(scenario: CompiledScenario, seed: number, task: string): Generator<void, Rejection | undefined> {
  const drawn = tryDraw(scenario, seed, task)
  if (drawn.fault !== undefined) return { reason: 'fault', found: drawn.fault }
  if (!drawn.drawn) return { reason: 'no_task', found: `seed ${seed} draws no ${task}` }
  const calm: EpisodeRequest = { seed, task, options: { dynamics: calmOf(scenario) } }
  const run = runWitness(scenario.flat(), calm)
  if (!run || run.reward !== 1) return { reason: 'witness', found: run ? explain({ episode: run.end, reward: run.reward }) : 'the plan itself fails' }
  yield
  const idle = idleWrite(run)
  if (idle !== undefined) return { reason: 'idle_write', found: `without step ${idle} the witness is paid all the same` }
  yield
  for (const policy of TRIVIAL) {
    const { reward } = playTrial(scenario, policy, calm)
    if (reward !== 0) return { reason: 'trivial', found: `${policy} is paid ${reward ?? 'nothing, by a fault'}` }
  }
  yield
  const through = playTeam(scenario, { seed, task })
  return through.reward === 1 ? undefined : { reason: scenario.flat() === scenario ? 'dynamics' : 'team', found: explain(through) }
}

/** The first write that the witness can do without. */
function idleWrite({ before, actions, end }: WitnessRun): number | undefined {
  const { steps } = end.task.template.witness
  for (const [at, step] of steps.entries()) {
    if (step.kind !== 'call' || !step.write) continue
    const episode = before[at]!.fork()
    let total = 0
    // What comes after it says the same as in the witness: keys of new rows do not depend on it.
    for (const action of actions.slice(at + 1)) if (!episode.ended) total += episode.step(action).reward ?? 0
    if (!episode.ended) total += episode.step(endingFrom(end)).reward ?? 0
    if (total === 1) return at
  }
  return undefined
}

function endingFrom(end: Episode) {
  const last = end.events().findLast((event) => event.type === 'turn')
  return last?.type === 'turn' ? last.action : {}
}
