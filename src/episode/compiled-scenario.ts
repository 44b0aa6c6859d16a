/** What a compiled scenario offers to an episode: frozen, cached by digest, carrying its own scorer. */
import type { DynamicsChoice } from '../../protocol/identity.ts'
import type { Split } from '../../protocol/scalars.ts'
import type { ScenarioSummary } from '../../protocol/summary.ts'
import type { ToolSchema } from '../../protocol/observation.ts'
import type { CompiledAgent } from './compiled-agent.ts'
import type { CompiledDynamics } from '../dynamics/compiled-dynamics.ts'
import type { BaseWorld } from '../world/base-world.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import type { Budgets } from './budgets.ts'
import type { RuleBook } from './rule-book.ts'
import type { CompiledTask, EpisodeView, TaskInstance } from './task.ts'

/** How a caller finds out whether an unanswered write happened; arguments and results are JSON. */
export type ReadBack = {
  readonly call: string
  args(base: BaseWorld, writeArgs: unknown): Record<string, unknown>
  done(base: BaseWorld, writeArgs: unknown, result: unknown): boolean
}

export type CompiledScenario = {
  readonly name: string
  /** SHA-256 of the resolved documents' JSON, in the order of their named parts. */
  readonly digest: string
  readonly summary: Omit<ScenarioSummary, 'origin'>
  /** The split of all its seeds; undefined where each seed has its own. */
  readonly split?: Split
  readonly world: CompiledWorld
  readonly root: CompiledAgent
  /** All agents by name, the root among them. */
  readonly agents: ReadonlyMap<string, CompiledAgent>
  /** Tools of the world that some agent may call, sorted. */
  readonly tools: readonly string[]
  /** What the GlobalStorage holds at the start. */
  readonly storage: Readonly<Record<string, unknown>>
  /** The same with one agent that has all tools: what proofs are played in. Of a single agent it is the scenario itself. */
  flat(): CompiledScenario
  readonly rules: string | null
  /** The rules that a machine checks when a call begins; undefined where there are none. */
  readonly ruleBook: RuleBook | undefined
  /** Ids of all rules that a machine checks: those, and those about the order of what happens. */
  readonly ruleIds: readonly string[]
  readonly tasks: ReadonlyMap<string, CompiledTask>
  readonly budgets: Budgets
  /** Names of the dynamics profiles that `options.dynamics` may name. */
  readonly profiles: readonly string[]
  /** Read-backs of the world's write tools. */
  readonly readBacks: ReadonlyMap<string, ReadBack>
  /** The named profile, or the scenario's default; undefined when there is none of that name. */
  dynamicsOf(choice: DynamicsChoice | undefined): { dynamics: CompiledDynamics; intensity: number } | undefined
  /** Base world of a seed: lazy, shared by all episodes of that seed. */
  baseOf(seed: number): BaseWorld
  /** The witness of a task as it was played alone, under the calm profile; kept for a while. Undefined as in `EpisodeView.reference`. @throws SpecFault as there */
  referenceOf(task: TaskInstance): EpisodeView | undefined
  /** Takes its base worlds out of the cache that all scenarios share; it can be played on. */
  release(): void
  /** Whether some tools exist only in some states. */
  readonly hasHiddenTools: boolean
  /** Tool schemas as an agent sees them for a task when all of them exist; who leads has finish and report_unable too. Default: the root. */
  toolsFor(task: CompiledTask, agent?: CompiledAgent, leads?: boolean): readonly ToolSchema[]
  /**
   * Instantiates a task from a seed; `passing` leaves the seed's base world out of the cache.
   * @throws GymError GYM_UNKNOWN_TASK, GYM_NO_TASK
   */
  drawTask(seed: number, task?: string, stay?: 'warm' | 'passing'): TaskInstance
}
