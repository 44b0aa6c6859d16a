/** The simulated user as an episode knows it: a script that is compiled into the task and answers messages. */
import type { UserAnswer, UserMemory } from '../../protocol/user-answer.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { Overlay } from '../world/overlay.ts'
import type { TaskInstance } from './task.ts'

/** What the user knows when a message arrives. */
export type Hearing = {
  readonly task: TaskInstance
  readonly base: BaseWorld
  readonly overlay: Overlay
  /** What the agent said. */
  readonly text: string
  /** Messages of the world that came since the last answer. */
  readonly received: readonly string[]
  readonly memory: UserMemory
  /** Virtual milliseconds. */
  readonly clockMs: number
}

/** Calls one of the user's own tools and gives its result's JSON. */
export type UserHands = (tool: string, args: Record<string, unknown>) => unknown

export type UserScript = {
  /** What the user remembers before anything was said. */
  readonly opening: UserMemory
  /** Virtual milliseconds that an answer takes. */
  readonly replyMs: number
  /** The agent's tools never include these; the user's calls are of these alone. */
  readonly tools: readonly string[]
  /**
   * Answers a message; deterministic in what it hears and in what its calls give.
   * @throws SpecFault for a mistake in the script
   */
  answer(hearing: Hearing, call: UserHands): Required<Pick<UserAnswer, 'taken' | 'memory'>> & Pick<UserAnswer, 'said' | 'leaves'>
}
