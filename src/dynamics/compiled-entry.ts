/** An entry of a profile, compiled: its schedule and its hooks on the way of a call. */
import type { DynamicsEntry } from '../../protocol/spec/dynamics-kinds.ts'
import type { Recovery } from '../../protocol/spec/dynamics-entry.ts'
import type { Key } from '../core/keyed.ts'
import type { Site } from '../world/site.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import type { StepRun } from '../world/step.ts'
import type { DynamicsState } from './dynamics-state.ts'
import type { OwnTool } from './own-tool.ts'
import type { Passage, ToolTraits } from './passage.ts'
import type { Presented } from './presentation.ts'

/** A luck at an intensity. */
export type Odds = { readonly luck: number; readonly intensity: number }

/** Something that another actor does at a time. */
export type WorldEvent = {
  /** When it is due next, in virtual milliseconds; undefined never again. */
  due(state: DynamicsState, odds: Odds): number | undefined
  /** Names the draws of the one that is next, and says whether it happens at all. */
  draw(state: DynamicsState, odds: Odds): { readonly key: Key; readonly happens: boolean }
  /** Moves on to the one after; what would come of itself comes no earlier than a time. */
  advance(state: DynamicsState, odds: Odds, from?: number): void
  /** Values of its steps' names, by slot, for the one that is next: the call that it follows. */
  given(state: DynamicsState): readonly (readonly [slot: number, value: unknown])[]
  readonly run: StepRun
  readonly slots: number
}

/** What an entry does; each hook is called only where the entry matches and its schedule lets it fire. */
export type Hooks = {
  /** Moves the entry's own state at every matching call, whoever answers it. */
  tick?(call: Passage): void
  /** Milliseconds that it adds to the call. */
  delay?(call: Passage): number
  /** Before the tool runs: may answer in its stead, or say how it runs. */
  before?(call: Passage): void
  /** After it ran, or was answered for: may alter the answer. */
  after?(call: Passage): void
  /** Milliseconds that the finished answer adds. */
  weigh?(call: Passage): number
  /** When the time of the answer is known. */
  close?(call: Passage): void
  /** How a tool looks while the entry is active; several stand beside each other. */
  present?(tool: Presented, traits: ToolTraits): readonly Presented[]
  /** A tool whose answers it sees, whatever it matches and whenever it fires: how it learns that it was got past. */
  readonly watches?: string
  /** Tools that it adds. */
  readonly tools?: readonly OwnTool[]
  /** What the agent is told when the episode begins. */
  notice?(odds: Odds, epoch: number): string | undefined
  /** Virtual milliseconds at which the task is over. */
  deadline?(odds: Odds): number | undefined
  readonly event?: WorldEvent
  /** What becomes of an answer of the simulated user: it is late, or something else is said and the user was not reached. */
  hear?(key: Key, odds: Odds, instruction: string): { readonly lateMs: number; readonly said?: string } | undefined
  /** How far back its stale reads look, in milliseconds. */
  readonly reach?: number
  /** Milliseconds after which whatever it hid or held back can be seen. */
  readonly settles?: number
  /** Another way to the same end: a call that stands in for one that cannot be had. */
  alternate?(args: unknown): { readonly call: string; readonly args: Record<string, unknown> } | undefined
  /** Who knows better: a call, and how its answer mends the result. */
  authority?(args: unknown, result: unknown): { readonly call: string; readonly args: Record<string, unknown>; mend(answer: unknown): unknown } | undefined
}

export type CompiledEntry = {
  readonly spec: DynamicsEntry
  /** The key of its id. */
  readonly key: Key
  /** Position in the profile. */
  readonly index: number
  /** Place on the way of a call. */
  readonly rank: number
  readonly hooks: Hooks
  readonly recovery: readonly Recovery[]
  /** Whether nothing gets past it but an honest report that it cannot be done. */
  readonly unable: boolean
  /** What is asked of a call's arguments. */
  readonly where: ((args: unknown) => boolean) | undefined
  /** Whether nothing but its probability decides whether it fires, each call by itself. */
  readonly simple: boolean
  /** What it fires by at a call; `always` is time that every call takes, at every intensity. */
  readonly drive: Drive | 'always'
}

/** What a kind is compiled in. */
export type EntryEnvironment = {
  /** The entry itself, once it is there: for memos and draws. */
  readonly self: () => CompiledEntry
  readonly world: CompiledWorld
  /** Tools of the agents by name. */
  readonly tools: ReadonlyMap<string, ToolTraits>
  readonly site: Site
}

/** What drives an entry: calls by their draws, time, or nothing but its match. */
export type Drive = 'calls' | 'time' | 'match'

/** A kind of entry. */
export type Kind<E extends DynamicsEntry = DynamicsEntry> = {
  readonly drive: Drive
  /** The only tools that it can do anything to. */
  readonly effect?: 'read' | 'write'
  /** What gets past it; none where nothing has to. */
  readonly recovery: readonly Recovery[]
  compile(spec: E, environment: EntryEnvironment): Hooks
}
