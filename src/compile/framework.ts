/** Framework documents to agents: tools found by name, who calls whom, workflows. */
import { USER_FRAME } from '../../protocol/event.ts'
import type { Agent, Framework } from '../../protocol/spec/framework.ts'
import { matchesGlob } from '../core/glob.ts'
import { nearest } from '../core/nearest.ts'
import type { CompiledAgent, SubAgent } from '../episode/compiled-agent.ts'
import { TEAM_TOOLS } from '../episode/team-tool.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import type { Site } from '../world/site.ts'
import { compileWorkflow } from './workflow.ts'

export type CompiledFramework = {
  readonly root: CompiledAgent
  readonly agents: ReadonlyMap<string, CompiledAgent>
  /** Tools of the world that some agent may call, or a workflow calls, sorted. */
  readonly tools: readonly string[]
  readonly storage: Readonly<Record<string, unknown>>
}

/** Compiles all agents that the root leads to; one that nobody calls is a mistake. */
export function compileFramework(spec: Framework, rules: string | undefined, world: CompiledWorld, site: Site): CompiledFramework {
  const names = new Set(Object.keys(spec.agents))
  const callable = [...world.tools.values()].filter((tool) => tool.spec.actor === 'agent').map((tool) => tool.name)
  const agents = new Map(Object.entries(spec.agents).map(([name, agent]) => [name, compileAgent(name, agent, { spec, names, callable, rules, world }, site.at('agents', name))]))
  let root = agents.get(spec.root)
  if (!root) {
    site.at('root').complain('name', `no agent '${spec.root}'`, { nearest: nearest(spec.root, names), expected: [...names].join(', ') })
    root = { ...compileAgent(spec.root, EMPTY, { spec, names, callable, rules, world }, site), name: spec.root }
  }
  const reached = reachedFrom(spec)
  for (const name of names) if (!reached.has(name) && agents.has(spec.root)) site.at('agents', name).complain('framework', `nobody calls '${name}'`, { key: true, expected: 'an agent that the root leads to, by sub_agents, hand_offs or a workflow' })
  return { root, agents, tools: [...new Set([...agents.values()].flatMap(({ tools }) => tools))].sort(), storage: spec.global_storage }
}

const EMPTY: Agent = { prompt: '', tools: [], sub_agents: [], hand_offs: [], delegation: 'named', stop_tools: [], skills: {}, as_skill: {}, deferred: [], storage: false, ask_user: false, approvals: {}, limits: {} }

/** Agents that an agent may cause to run. */
export function calledBy({ sub_agents, hand_offs, workflow }: Agent): string[] {
  const nodes = Object.values(workflow?.nodes ?? {}).flatMap((node) => ('loop' in node ? Object.values(node.loop.nodes) : [node]))
  return [...sub_agents.map((one) => (typeof one === 'string' ? one : one.agent)), ...hand_offs, ...nodes.flatMap((node) => ('agent' in node ? [node.agent] : 'map' in node ? [node.map.agent] : []))]
}

function reachedFrom({ root, agents }: Framework): Set<string> {
  const reached = new Set<string>()
  const visit = (name: string): void => {
    if (reached.has(name) || !Object.hasOwn(agents, name)) return
    reached.add(name)
    calledBy(agents[name]!).forEach(visit)
  }
  visit(root)
  return reached
}

function toolsOfNodes(nodes: NonNullable<CompiledAgent['workflow']>['nodes']): string[] {
  return nodes.flatMap((node) => (node.kind === 'tool' ? [node.tool] : node.kind === 'loop' ? toolsOfNodes(node.nodes) : []))
}

type Context = { readonly spec: Framework; readonly names: ReadonlySet<string>; readonly callable: readonly string[]; readonly rules: string | undefined; readonly world: CompiledWorld }

function compileAgent(name: string, agent: Agent, context: Context, at: Site): CompiledAgent {
  const { spec, names, callable, rules, world } = context
  if (name === USER_FRAME) at.complain('name', `'${USER_FRAME}' is the simulated user`, { key: true, expected: 'another name for the agent' })
  const own = (globs: readonly string[], place: string, of: readonly string[], what: string) => {
    globs.forEach((glob, i) => {
      if (!of.some((tool) => matchesGlob([glob], tool))) at.at(place, i).complain('name', `no tool${world.tools.has(glob) ? ` of ${what}` : ''} fits '${glob}'`, { nearest: nearest(glob, of) })
    })
    return of.filter((tool) => matchesGlob(globs, tool)).sort()
  }
  const workflow = agent.workflow && compileWorkflow(agent.workflow, world, names, at.at('workflow'))
  const tools = workflow ? [...new Set(toolsOfNodes(workflow.nodes))].sort() : own(agent.tools, 'tools', callable, 'the agent')
  const handed = new Set(agent.hand_offs.map((other) => `transfer_to_${other}`))
  for (const tool of tools) if (TEAM_TOOLS.has(tool) || handed.has(tool)) at.at('tools').complain('name', `'${tool}' is a tool of every team`, { expected: 'another name for the tool of the world' })
  const described = (other: string) => spec.agents[other]?.description ?? ''
  const known = (other: string, ...place: (string | number)[]) => {
    if (!names.has(other)) at.at(...place).complain('name', `no agent '${other}'`, { nearest: nearest(other, names), expected: [...names].join(', ') })
  }
  const subAgents = agent.sub_agents.map((one, i): SubAgent => {
    const { agent: other, send_back = Infinity } = typeof one === 'string' ? { agent: one } : one
    known(other, 'sub_agents', i)
    return { agent: other, description: described(other), sendBack: send_back }
  })
  agent.hand_offs.forEach((other, i) => known(other, 'hand_offs', i))
  for (const tool of Object.keys(agent.as_skill)) if (!tools.includes(tool)) at.at('as_skill', tool).complain('name', `the agent has no tool '${tool}'`, { key: true, nearest: nearest(tool, tools) })
  const approvals = Object.entries(agent.approvals)
  for (const [glob] of approvals) if (!tools.some((tool) => matchesGlob([glob], tool))) at.at('approvals', glob).complain('name', `the agent has no tool that fits '${glob}'`, { key: true, nearest: nearest(glob, tools) })
  if (agent.workflow) forbidModelParts(agent, at)
  else if (!agent.prompt.trim()) at.complain('framework', 'an agent needs a prompt', { expected: 'prompt: …, or workflow: …' })
  else if (!tools.length && !subAgents.length && !agent.hand_offs.length && name === spec.root) at.complain('framework', 'the root can do nothing', { expected: 'tools, sub_agents or hand_offs' })
  return {
    name, description: agent.description ?? '', prompt: rules ? `${agent.prompt.trimEnd()}\n\nRules:\n${rules.trimEnd()}` : agent.prompt.trimEnd(), tools, subAgents,
    handOffs: agent.hand_offs.map((other) => ({ agent: other, description: described(other) })),
    delegation: agent.delegation, stopTools: new Set(own(agent.stop_tools, 'stop_tools', tools, 'this agent')),
    skills: new Map(Object.entries(agent.skills)), asSkill: new Map(Object.entries(agent.as_skill)), deferred: new Set(own(agent.deferred, 'deferred', tools, 'this agent')),
    storage: agent.storage, asksUser: agent.ask_user,
    approvalOf: approvals.length ? (tool) => approvals.find(([glob]) => matchesGlob([glob], tool))?.[1] ?? 'allow' : undefined,
    limits: agent.limits, workflow, calls: [...new Set(calledBy(agent))],
  }
}

/** A workflow is no model: what only a model has is a mistake there. */
function forbidModelParts({ prompt, tools, sub_agents, hand_offs, stop_tools, skills, as_skill, deferred, storage, ask_user, limits }: Agent, at: Site): void {
  const stated = Object.entries({ prompt, tools, sub_agents, hand_offs, stop_tools, skills, as_skill, deferred, storage, ask_user, limits }).filter(([, value]) => value === true || (typeof value === 'object' || typeof value === 'string' ? Object.keys(value).length > 0 : false))
  for (const [field] of stated) at.at(field).complain('workflow', `a workflow has no ${field}`, { key: true, expected: 'workflow alone; what its agents have stands with them' })
}
