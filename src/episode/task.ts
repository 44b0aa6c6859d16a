/** Tasks: what a template is to an episode, and one instance of it. */
import type { Event } from '../../protocol/event.ts'
import type { ResolvedOptions } from '../../protocol/identity.ts'
import type { ShapingInfo } from '../../protocol/methods.ts'
import type { InputSchema } from '../../protocol/spec/json-schema.ts'
import type { Verdict } from '../../protocol/verdict.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { Reader } from '../world/input.ts'
import type { Overlay } from '../world/overlay.ts'
import type { Emission } from '../world/transaction.ts'
import type { UserScript } from './user-script.ts'
import type { Watch } from './watch.ts'

/** What a scorer may look at: what really happened. */
export type EpisodeView = {
  readonly task: TaskInstance
  readonly base: BaseWorld
  readonly overlay: Overlay
  /** The overlay before the agent came: what the task's set-up changed. */
  readonly start: Overlay
  readonly events: readonly Event[]
  /** The answer that `finish` gave, as typed value and as JSON; undefined when the episode ended without one. */
  readonly answer: { readonly value: unknown; readonly json: unknown } | undefined
  /** Whether the agent ended it by saying that it cannot be done. */
  readonly declined: boolean
  readonly clockMs: number
  /** Tokens that the agent spent. */
  readonly tokens: number
  /** The witness of this task as it was played alone, under the calm profile; undefined while it is being played. @throws SpecFault where it does not come to its end */
  reference(): EpisodeView | undefined
}

/** What a check cost: units, and the tables that its expressions go through row by row. */
export type CheckCost = { readonly check: string; readonly kind: string; readonly units: number; readonly scans: readonly string[] }

/** Results and answers that earlier steps of a witness captured, by name. */
export type Captures = Readonly<Record<string, unknown>>

/** One step of a witness: a call, a message to the simulated user, or a wait. */
export type WitnessStep = {
  /** Name under which the result's JSON, or the text of the user's answer, is captured. */
  readonly as: string | undefined
  /** Captures that its values are worked out from. */
  readonly needs: readonly string[]
  /** Whether later steps need not wait for it. */
  readonly commutes: boolean
  /** The agent that makes it; undefined leaves that to whoever has the tool. */
  readonly by: string | undefined
} & (
  | { readonly kind: 'call'; readonly call: string; readonly write: boolean; args(task: TaskInstance, base: BaseWorld, captured: Captures): Record<string, unknown> }
  | { readonly kind: 'say'; text(task: TaskInstance, base: BaseWorld, captured: Captures): string }
  | { readonly kind: 'wait'; ms(task: TaskInstance, base: BaseWorld, captured: Captures): number }
)

/** The plan that proves a task solvable; arguments are JSON, from slots, the initial world and captured results. */
export type Witness = {
  readonly steps: readonly WitnessStep[]
  /** The final answer's JSON; undefined where the task takes none. */
  readonly answer: ((task: TaskInstance, base: BaseWorld, captured: Captures) => unknown) | undefined
  /** Why it cannot be done; undefined where the task can be, or no reason is stated. */
  readonly reason: ((task: TaskInstance, base: BaseWorld, captured: Captures) => string) | undefined
}

/** Kinds of shaping that pay before the end. */
export type ShapingMode = Exclude<ResolvedOptions['shaping'], 'none'>

/** From 0 to below 1 in multiples of 2^-20, 0 at the start, and how it came about where that is told. */
export type Potential = { readonly value: number; readonly info: ShapingInfo | undefined }

/** The potential of the step before, and whether the world may be another one since. */
export type LastPotential = { readonly potential: Potential; readonly changed: boolean }

/** A change by the agent that is not allowed: of one column, or of a whole row. `mayStay`: a new row of another content would be. */
export type Stray = { readonly op: 'insert' | 'update' | 'delete'; readonly table: string; readonly column?: string; readonly mayStay?: boolean }

/** What the checks of a task want of the state. Pure; each may throw SpecFault. */
export type Goal = {
  /** Whether all of it holds. */
  reached(view: EpisodeView): boolean
  /** Changes that keep it from holding for as long as they last. */
  strays(view: EpisodeView): readonly Stray[]
  /** Units that looking at a view has cost so far. */
  unitsOf(view: EpisodeView): number
}

/** An instance that reads the same as another, with a different row in a slot. */
export type Twin = { readonly slot: string; readonly drawn: string; readonly other: string; readonly task: TaskInstance }

export type CompiledTask = {
  readonly witness: Witness
  /** What the agent is told from the start besides the instruction: its prompt with the rules. */
  readonly prompt: string
  /** How it rightly ends: by `finish`, or by `report_unable` because it cannot or must not be done. */
  readonly outcome: 'done' | 'unable'
  /** Conditions that are looked at after every commit; undefined where the task has none. */
  readonly watch: Watch | undefined
  /** What its checks demand besides the state, and what they let be. */
  readonly required: {
    /** Tools one of which must be called. */
    readonly calls: readonly (readonly string[])[]
    /** Whether something must be said. */
    readonly words: boolean
    /** Where what is written must have been read or asked for: tools and arguments that are let pass; undefined elsewhere. */
    readonly grounding: readonly string[] | undefined
    /** Paths of the lists in the answer whose order does not matter. */
    readonly sets: readonly (readonly string[])[]
    /** Paths of the texts in the answer that count as numbers. */
    readonly numbers: readonly (readonly string[])[]
  }
  /** Tools whose refusals count in its checks: what they answer with an error is what the witness came for. */
  readonly refusals: ReadonlySet<string>
  /** What a model may be asked about an episode; advisory. */
  readonly rubrics: readonly { readonly id: string; readonly criteria: readonly string[] }[]
  /** The simulated user; without one a message that is no call ends the episode. */
  readonly user: UserScript | undefined
  /** The world as the task's set-up leaves it, as changes over the base. @throws SpecFault */
  prepare(task: TaskInstance, base: BaseWorld): { readonly start: Overlay; readonly emitted: readonly Emission[] }
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
  /** Pure: other instances with the same instruction and facts of the user; `units` bounds the search for each slot. */
  twins(task: TaskInstance, base: BaseWorld, units: number): readonly Twin[]
  /** Pure: the verdict over an ended episode. @throws SpecFault */
  score(view: EpisodeView): Verdict
  /** What each check costs over an ended episode, and one look of progress shaping. @throws SpecFault */
  costs(view: EpisodeView): readonly CheckCost[]
  /** What the checks want of the state, whatever they want besides. */
  readonly goal: Goal
  /** Pure: the potential of a state, for shaping; `last` is that of the step before. @throws SpecFault */
  potential(view: EpisodeView, mode: ShapingMode, last?: LastPotential): Potential
  /** Pure: the potential of the state that an episode begins in. @throws SpecFault */
  opening(view: EpisodeView, mode: ShapingMode): Potential
}

export type TaskInstance = {
  readonly template: CompiledTask
  readonly seed: number
  /** Values of the template's slots by slot number. */
  readonly slots: readonly unknown[]
  readonly instruction: string
  readonly difficulty: Readonly<Record<string, number>>
}
