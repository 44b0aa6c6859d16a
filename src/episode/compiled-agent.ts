/** An agent of a framework as an episode knows it: what it is told, what it may call, whom it may call. */
import type { Agent } from '../../protocol/spec/framework.ts'
import type { BaseWorld } from '../world/base-world.ts'

export type AgentLimits = Agent['limits']

/** An agent that may be called; `sendBack` is how often one child may be resumed. */
export type SubAgent = { readonly agent: string; readonly description: string; readonly sendBack: number }

export type CompiledAgent = {
  readonly name: string
  readonly description: string
  /** System prompt with the rules below it. */
  readonly prompt: string
  /** Names of the world's tools that this agent, or the nodes of its workflow, may call, sorted. */
  readonly tools: readonly string[]
  readonly subAgents: readonly SubAgent[]
  readonly handOffs: readonly { readonly agent: string; readonly description: string }[]
  readonly delegation: Agent['delegation']
  readonly stopTools: ReadonlySet<string>
  readonly skills: ReadonlyMap<string, { readonly description: string; readonly body: string }>
  /** Short descriptions of tools whose long ones LoadSkill gives. */
  readonly asSkill: ReadonlyMap<string, string>
  /** Tools that are not shown before ToolSearch finds them. */
  readonly deferred: ReadonlySet<string>
  readonly storage: boolean
  readonly asksUser: boolean
  /** Whether the user has to be asked before a tool is called; undefined where none of its tools needs that. */
  readonly approvalOf: ((tool: string) => 'allow' | 'deny' | 'ask') | undefined
  readonly limits: AgentLimits
  /** Instead of a model. */
  readonly workflow: CompiledWorkflow | undefined
  /** Agents that it may cause to run, by any way, in the order in which they are stated. */
  readonly calls: readonly string[]
}

/** Units that workflows may still cost before an agent acts again. */
export type WorkMeter = { left: number }

/** What a node's expressions see: what the workflow was told, and the JSON that earlier nodes gave. */
export type NodeValues = { readonly input: string; readonly outputs: ReadonlyMap<string, unknown>; readonly base: BaseWorld; readonly meter: WorkMeter; readonly item?: unknown }

/** One node; its expressions throw SpecFault, Refused or CallLimit where the outputs are not what they expect. */
export type CompiledNode = {
  readonly name: string
  /** Nodes that have to be through first: all of them stand before it. */
  readonly after: readonly string[]
  readonly when: ((values: NodeValues) => boolean) | undefined
} & (
  | { readonly kind: 'agent'; readonly agent: string; message(values: NodeValues): string }
  | { readonly kind: 'tool'; readonly tool: string; readonly retries: number; args(values: NodeValues): Record<string, unknown> }
  | { readonly kind: 'branch'; choose(values: NodeValues): string | null }
  | { readonly kind: 'map'; readonly agent: string; items(values: NodeValues): unknown; message(values: NodeValues): string }
  | { readonly kind: 'merge'; value(values: NodeValues): unknown }
  | { readonly kind: 'human'; say(values: NodeValues): string }
  | { readonly kind: 'loop'; readonly nodes: readonly CompiledNode[]; until(values: NodeValues): boolean; readonly most: number }
  | { readonly kind: 'end'; readonly answer: ((values: NodeValues) => unknown) | undefined; readonly unable: ((values: NodeValues) => string) | undefined }
)

export type CompiledWorkflow = {
  readonly nodes: readonly CompiledNode[]
  /** JSON; without it the output of the last node. */
  readonly result: ((values: NodeValues) => unknown) | undefined
}
