/** A framework as it is shown: agents with the tools that their globs mean, and whom each causes to run. */
import type { Agent, Framework, WorkflowNode } from '../../protocol/spec/framework.ts'
import { matchesGlob } from '../core/glob.ts'
import { nodeWords } from './node-words.ts'

/** Why an agent runs another: it calls it, hands its task over, or a node of its workflow runs it. */
export type LinkKind = 'calls' | 'hands_off' | 'runs'

/** A node of a workflow, with what stands inside a loop. */
export type NodeView = {
  readonly name: string
  readonly kind: 'agent' | 'tool' | 'branch' | 'map' | 'merge' | 'ask' | 'loop' | 'end'
  /** What it does, in words. */
  readonly does: string
  /** The agent that it runs. */
  readonly agent?: string
  readonly after: readonly string[]
  readonly if?: string
  readonly nodes?: readonly NodeView[]
}

export type AgentView = {
  readonly name: string
  readonly description?: string
  /** Names of the world's tools; globs where the world is not known. */
  readonly tools: readonly string[]
  readonly links: readonly { readonly to: string; readonly kind: LinkKind; readonly sendBack?: number }[]
  readonly nodes: readonly NodeView[]
  /** What else is worth a word, such as skills and limits. */
  readonly marks: readonly string[]
}

export type FrameworkView = { readonly name: string; readonly description?: string; readonly pattern?: string; readonly root: string; readonly agents: ReadonlyMap<string, AgentView>; /** Agents one below the other, at most. */ readonly levels: number }

/**
 * What is shown of a framework.
 * @param tools names of the world's tools, where it is known
 */
export function viewFramework({ name, description, pattern, root, agents }: Framework, tools?: readonly string[]): FrameworkView {
  const views = new Map(Object.entries(agents).map(([own, agent]) => [own, viewAgent(own, agent, tools)]))
  return { name, ...(description !== undefined && { description }), ...(pattern !== undefined && { pattern }), root, agents: views, levels: levelsOf(root, views) }
}

function viewAgent(name: string, agent: Agent, all: readonly string[] | undefined): AgentView {
  const { description, tools, sub_agents, hand_offs, workflow } = agent
  const nodes = workflow ? viewNodes(workflow.nodes) : []
  const calls = sub_agents.map((one) => (typeof one === 'string' ? { to: one, kind: 'calls' as const } : { to: one.agent, kind: 'calls' as const, ...(one.send_back !== undefined && { sendBack: one.send_back }) }))
  const runs = [...new Set(nodes.flatMap((node) => [node, ...(node.nodes ?? [])]).flatMap((node) => node.agent ?? []))].map((to) => ({ to, kind: 'runs' as const }))
  return {
    name, ...(description !== undefined && { description }),
    tools: all ? all.filter((tool) => matchesGlob(tools, tool)).toSorted() : [...tools],
    links: [...calls, ...hand_offs.map((to) => ({ to, kind: 'hands_off' as const })), ...runs],
    nodes, marks: marksOf(agent),
  }
}

function viewNodes(nodes: Readonly<Record<string, WorkflowNode>>): NodeView[] {
  const names = Object.keys(nodes)
  return Object.entries(nodes).map(([name, node], i): NodeView => ({
    name, ...nodeWords(node), after: node.after ?? names.slice(Math.max(0, i - 1), i),
    ...(node.if !== undefined && { if: node.if }), ...('loop' in node && { nodes: viewNodes(node.loop.nodes) }),
  }))
}

const several = (count: number, one: string, many = `${one}s`): string[] => (count ? [`${count} ${count === 1 ? one : many}`] : [])

function marksOf({ skills, as_skill, deferred, stop_tools, ask_user, storage, approvals, limits }: Agent): string[] {
  return [
    ...several(Object.keys(skills).length + Object.keys(as_skill).length, 'skill'),
    ...(deferred.length ? [`${deferred.length} deferred`] : []),
    ...(stop_tools.length ? [`stops at ${stop_tools.join(', ')}`] : []),
    ...(ask_user ? ['asks the user'] : []),
    ...(storage ? ['storage'] : []),
    ...several(Object.keys(approvals).length, 'approval'),
    ...several(limits.turns ?? 0, 'turn'),
    ...(limits.concurrent === undefined ? [] : [`${limits.concurrent} at once`]),
  ]
}

/** The longest way down without coming back to an agent that is on it. */
function levelsOf(root: string, agents: ReadonlyMap<string, AgentView>): number {
  const depths = new Map<string, number>()
  const on = new Set<string>()
  const depth = (name: string): number => {
    const known = depths.get(name)
    if (known !== undefined || on.has(name) || !agents.has(name)) return known ?? 0
    on.add(name)
    const below = Math.max(0, ...agents.get(name)!.links.filter(({ kind }) => kind !== 'hands_off').map(({ to }) => depth(to)))
    on.delete(name)
    depths.set(name, below + 1)
    return below + 1
  }
  return depth(root)
}
