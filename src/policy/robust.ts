/** The robust oracle: it plays the witness with a careful hand. */
import type { Action } from '../../protocol/action.ts'
import type { Episode } from '../episode/episode.ts'
import { callAction } from '../episode/witness-step.ts'
import { SpecFault } from '../world/fault.ts'
import type { Play } from './attempt.ts'
import { Hand, PATIENCE_MS } from './hand.ts'
import { Plan } from './plan.ts'
import type { Policy } from './policy.ts'
import { rootSeat } from './seat.ts'

/** Times that a write which the tool refused is made anew: the world may have changed, and may change back. */
export const MOST_LOOKS = 4

/** Plays the witness, looks before it repeats, and recovers as the dynamics declare: it is told of faults as it is told the plan. */
export function robust(episode: Episode): Policy {
  const play = playWitness(episode)
  return { act: (observation) => play.next(observation).value as Action }
}

function* playWitness(episode: Episode): Play<void> {
  const plan = new Plan(episode)
  const hand = new Hand(rootSeat(episode))
  const unable = () => callAction('report_unable', { reason: 'A tool that this needs cannot be used.' })
  let looks = 0
  try {
    for (let step = plan.current(); step; step = plan.current()) {
      if (step.kind === 'say') plan.advance(yield* hand.say(step.text))
      else if (step.kind === 'wait') {
        yield* hand.caller.pause(step.ms)
        plan.advance(undefined)
      } else {
        const outcome = yield* hand.make(step)
        if (outcome === 'unable') yield unable()
        if (typeof outcome === 'object' && outcome.refused && looks < MOST_LOOKS) {
          yield* hand.caller.pause(PATIENCE_MS * 2 ** looks)
          // Others hold things for a moment; what is still refused then was planned on answers that no longer hold.
          if (looks++ > 0) plan.lookAgain()
          continue
        }
        if (step.write) looks = 0
        plan.take(typeof outcome === 'string' ? undefined : outcome.json)
      }
    }
    yield plan.ending()
  } catch (error) {
    // A plan that lost its way because an answer that it needed never came.
    if (!(error instanceof SpecFault)) throw error
    yield unable()
  }
}

