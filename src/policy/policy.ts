/** Whatever chooses actions: built-in policies answer through the same step as anyone. */
import type { Action } from '../../protocol/action.ts'
import type { Observation } from '../../protocol/observation.ts'

export type Policy = {
  /** The action for the latest observation. */
  act(observation: Observation): Action
}

/** An action of one call. */
export function callAction(name: string, args: Record<string, unknown>): Action {
  return { tool_calls: [{ name, arguments: args }] }
}

/** The ending action: `finish` with an answer, or without one where the task takes none. */
export function finishAction(answer: { json: unknown } | undefined): Action {
  return callAction('finish', answer ? { answer: answer.json } : {})
}
