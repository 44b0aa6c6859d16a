/** The scenario's rules as an episode knows them: asked when a call of the agent begins. */
import type { Event } from '../../protocol/event.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { Overlay } from '../world/overlay.ts'

/** The moment at which a call begins; its arguments have been read and are good. */
export type RuleMoment = {
  readonly base: BaseWorld
  readonly overlay: Overlay
  /** All that happened so far. */
  readonly events: readonly Event[]
  /** Virtual milliseconds. */
  readonly clockMs: number
  readonly tool: string
  /** JSON. */
  readonly args: unknown
  /** What judging may cost. */
  readonly units: number
}

export type RuleBook = {
  /** Ids of the rules with a form that a machine checks. */
  readonly ids: readonly string[]
  /** Whether some rule is about a tool. */
  concerns(tool: string): boolean
  /**
   * Ids of the rules that a call breaks, and what judging cost.
   * @throws SpecFault for a mistake in a rule, CallLimit when judging costs too much
   */
  broken(moment: RuleMoment): { readonly ids: string[]; readonly cost: number }
}
