/** Tasks: what a template is to an episode, and one instance of it. */
import type { Event } from '../../protocol/event.ts'
import type { InputSchema } from '../../protocol/spec/json-schema.ts'
import type { Verdict } from '../../protocol/verdict.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { Reader } from '../world/input.ts'
import type { Overlay } from '../world/overlay.ts'

/** What a scorer may look at: what really happened. */
export type EpisodeView = {
  readonly task: TaskInstance
  readonly base: BaseWorld
  readonly overlay: Overlay
  readonly events: readonly Event[]
  /** The answer that `finish` gave, as typed value and as JSON; undefined when the episode ended without one. */
  readonly answer: { readonly value: unknown; readonly json: unknown } | undefined
  /** Whether the agent ended it by saying that it cannot be done. */
  readonly declined: boolean
  readonly clockMs: number
}

/** The plan that proves a task solvable; arguments are JSON, from slots, the initial world and captured results. */
export type Witness = {
  readonly steps: readonly {
    readonly call: string
    /** Name under which the result's JSON is captured. */
    readonly as: string | undefined
    readonly commutes: boolean
    readonly write: boolean
    args(task: TaskInstance, base: BaseWorld, captured: Readonly<Record<string, unknown>>): Record<string, unknown>
  }[]
  /** The final answer's JSON; undefined where the task takes none. */
  readonly answer: ((task: TaskInstance, base: BaseWorld, captured: Readonly<Record<string, unknown>>) => unknown) | undefined
}

export type CompiledTask = {
  readonly witness: Witness
  /** Reads the arguments of `finish`. */
  readonly readFinish: Reader
  readonly name: string
  readonly description: string
  readonly tags: readonly string[]
  readonly weight: number
  /** Axes of its difficulty vector. */
  readonly axes: readonly string[]
  /** Schema and reader of finish's answer; undefined when it takes none. */
  readonly answer: { readonly schema: InputSchema; readonly read: Reader; readonly isText: boolean } | undefined
  /** What a privileged caller may know of an instance: its slots and its witness. */
  gold(task: TaskInstance): unknown
  /** Pure: the verdict over an ended episode. @throws SpecFault */
  score(view: EpisodeView): Verdict
  /** Pure: progress from 0 to 1 in multiples of 2^-20, for shaping; 0 at the start. @throws SpecFault */
  potential(view: EpisodeView): number
}

export type TaskInstance = {
  readonly template: CompiledTask
  readonly seed: number
  /** Values of the template's slots by slot number. */
  readonly slots: readonly unknown[]
  readonly instruction: string
  readonly difficulty: Readonly<Record<string, number>>
}
