/** Whatever chooses actions: built-in policies answer through the same step as anyone. */
import type { Action } from '../../protocol/action.ts'
import type { Observation } from '../../protocol/observation.ts'

export type Policy = {
  /** The action for the latest observation. */
  act(observation: Observation): Action
}
