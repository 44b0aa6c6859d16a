/** Players of the witness that recover from nothing: the plain oracle knows no faults, the naive one retries blindly. */
import type { Action } from '../../protocol/action.ts'
import type { Message, Observation } from '../../protocol/observation.ts'
import type { Episode } from '../episode/episode.ts'
import { SpecFault } from '../world/fault.ts'
import { actionOf, callAction, type PlannedStep } from '../episode/witness-step.ts'
import { Plan } from './plan.ts'
import type { Policy } from './policy.ts'

/** What was answered to a step: the tool's message, or what the user said. */
function answerTo(step: PlannedStep | undefined, { messages }: Observation): Message | undefined {
  return step?.kind === 'say' ? messages.findLast((message) => message.role === 'user' && message.name === undefined) : messages.findLast((message) => message.role === 'tool')
}

/** The next step or the ending; a plan that lost its way because an answer it needed never came says so. */
function next(plan: Plan): { action: Action; step: PlannedStep | undefined } {
  try {
    const step = plan.current()
    return { step, action: step ? actionOf(step) : plan.ending() }
  } catch (error) {
    if (error instanceof SpecFault) return { step: undefined, action: callAction('report_unable', { reason: 'a tool did not answer' }) }
    throw error
  }
}

/** Plays the witness once, whatever the tools answer. */
export function oracle(episode: Episode): Policy {
  return blindPlayer(episode, 0)
}

/** Plays the witness and repeats a failed call at once, up to twice, without looking what happened. */
export function naive(episode: Episode): Policy {
  return blindPlayer(episode, 2)
}

function blindPlayer(episode: Episode, retries: number): Policy {
  const plan = new Plan(episode)
  let made: PlannedStep | undefined
  let tries = 0
  return {
    act(observation) {
      const answer = made && answerTo(made, observation)
      if (answer?.is_error && tries <= retries) tries++
      else {
        if (answer) plan.advance(answer.content)
        tries = 1
      }
      const { action, step } = next(plan)
      made = step
      return action
    },
  }
}
