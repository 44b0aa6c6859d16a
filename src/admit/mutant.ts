/** Plays a changed witness and judges what it earns. */
import type { Action } from '../../protocol/action.ts'
import type { Verdict } from '../../protocol/verdict.ts'
import type { Episode } from '../episode/episode.ts'
import type { Captures } from '../episode/task.ts'
import { actionOf, callAction, endingOf, planStep } from '../episode/witness-step.ts'
import { SpecFault } from '../world/fault.ts'
import { noop } from '../policy/trivial.ts'
import type { Move, Must, Mutation } from './mutation.ts'
import { toldBy, type WitnessRun } from './witness-run.ts'

/** What came of a mutation. */
export type Played = { readonly episode: Episode; readonly reward: number | null; readonly ok: boolean; readonly found: string }

const DEMANDS: Readonly<Record<Must, string>> = { one: 'must be 1', 'below one': 'must be below 1', gate: 'must be 0, by a gate that fails', reported: 'is only reported' }

/** Whether moves begin as the witness does, so that its own play can be gone on from. */
function sharedMoves({ before }: WitnessRun, { moves, muted, spelled }: Mutation): number {
  if (muted || spelled) return 0
  let shared = 0
  while (shared < moves.length && shared < before.length - 1 && isStep(moves[shared]!, shared)) shared++
  return shared
}

function isStep(move: Move, step: number): boolean {
  return 'step' in move && move.step === step
}

/**
 * Plays a mutation; null when it does not apply (a value that the plan cannot do without, a second write that the
 * tool itself refused, a user who was gone). What a left-out step would have told is known all the same: a policy
 * may have guessed it.
 */
export function playMutation(run: WitnessRun, mutation: Mutation): Played | null {
  const shared = sharedMoves(run, mutation)
  const episode = run.before[shared]!.fork()
  const { template: { witness: { steps }, refusals } } = episode.task
  const base = episode.scenario.baseOf(episode.identity.seed)
  const spell = mutation.spelled ?? ((action: Action) => action)
  let captured: Captures = { ...run.known, ...run.captured[shared] }
  try {
    for (const move of mutation.moves.slice(shared)) {
      if (episode.ended) break
      if ('action' in move) {
        episode.step(move.action)
        continue
      }
      const step = steps[move.step]!
      const action = step.kind === 'say' && mutation.muted ? { content: 'Hello.' } : spell(actionOf(planStep(step, episode.task, base, captured)))
      const told = toldBy(step, episode.step(action).observation.messages, refusals)
      if (told !== undefined) captured = { ...captured, [step.as!]: told }
    }
    // A satisfied user has ended it already.
    if (episode.ended && mutation.turned) return null
    if (!episode.ended) episode.step(mutation.turned ? turnedEnding(episode) : spell(endingOf(episode.task, base, captured)))
  } catch (error) {
    if (error instanceof SpecFault) return null
    throw error
  }
  return mutation.applies?.(episode, run) === false ? null : judge(episode, mutation.must)
}

function turnedEnding(episode: Episode): Action {
  return episode.task.template.outcome === 'unable' ? noop(episode).act(episode.observation) : callAction('report_unable', { reason: 'It could not be done.' })
}

function judge(episode: Episode, must: Must): Played {
  const end = episode.events().at(-1)
  const verdict: Verdict | undefined = end?.type === 'end' ? end.verdict : undefined
  const reward = verdict?.reward ?? null
  const ok = reward !== null && (must === 'reported' || (must === 'one' ? reward === 1 : must === 'gate' ? reward === 0 && Object.values(verdict!.gates).includes(false) : reward < 1))
  const failed = verdict?.components.filter(({ score }) => score < 1).map(({ id }) => id) ?? []
  return { episode, reward, ok, found: `reward ${reward ?? 'void'} ${DEMANDS[must]}${failed.length ? `; what fails: ${failed.join(', ')}` : ''}` }
}
