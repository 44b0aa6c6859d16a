/** NexGAP's framework_config: agents, tools and a graph in one file. */
import { nearest } from '../core/nearest.ts'
import { descriptionOf, readAgent } from './agent-file.ts'
import { type AgentDraft, type FrameworkDraft, withoutEmpty } from './draft.ts'
import { reachedFrom } from './graph.ts'
import { FRAMEWORK_ABOUT_KEYS, FRAMEWORK_AGENT_KEYS, FRAMEWORK_KEYS, FRAMEWORK_TOOL_KEYS } from './key-tables.ts'
import type { Loading } from './loading.ts'
import type { Mapping } from './mapping.ts'
import { freeName, slugOf } from '../core/foreign-name.ts'
import type { Place } from './remark.ts'
import { checkParallel, readToolFile } from './tool-file.ts'
import { remarkModel, remarkServers } from './unsupported.ts'
import { renderPromptFile } from './prompt.ts'
import { type ForeignGraph, isHierarchy, orderedWorkflow, readGraph } from './workflow.ts'

/** What edges are taken for: an order of nodes, who calls whom, or whichever the graph looks like. */
export const EDGE_MEANINGS = ['auto', 'order', 'calls'] as const
export type EdgeMeaning = (typeof EDGE_MEANINGS)[number]

type Member = { readonly id: string; readonly name: string; readonly draft: AgentDraft; readonly place: Place }

/** Whether a mapping is of this form, and not an agent. */
export function isFrameworkConfig(root: Mapping): boolean {
  return root.has('agents') || root.has('framework_entrance_agent') || root.has('framework_name')
}

/** Reads the mapping of a framework_config. */
export function readFrameworkConfig(stated: Mapping, meaning: EdgeMeaning, loading: Loading): FrameworkDraft | undefined {
  const { remarks } = loading
  const config = stated.checkKeys('a framework', FRAMEWORK_KEYS)
  const about = config.mapping('framework')?.checkKeys('the description of a framework', FRAMEWORK_ABOUT_KEYS)
  remarkServers(config)
  remarkModels(config)
  const tools = readTools(config, loading)
  const members = readMembers(config, tools, loading)
  const [first] = members.values()
  if (!first) {
    remarks.error('missing', 'a framework has no agents', config.place('agents'), { expected: 'agents: […]' })
    return undefined
  }
  const entrance = entranceOf(config, members, first)
  const foreign = config.text('framework_name') ?? about?.text('name') ?? entrance.id
  const name = slugOf(foreign, 100) ?? 'framework'
  if (name !== foreign) remarks.note('renamed', `the framework '${foreign}' is called '${name}' here`, config.place('framework_name'))
  const workflow = config.mapping('workflow')
  const graph = workflow && readGraph(workflow, loading)
  if (graph) for (const { id, type, place } of graph.nodes.values()) if (type === 'agent' && !members.has(id)) remarks.error('name', `no agent '${id}'`, place, { nearest: nearest(id, members.keys()), expected: [...members.keys()].join(', ') })
  const built = graph ? applyGraph(graph, meaning, entrance, members, tools, name, loading) : { root: entrance.name, extra: {} }
  const drafts = new Map([...members.values()].map((member) => [member.name, member.draft]))
  const agents = { ...built.extra, ...reachedDrafts(built.root, new Map([...Object.entries(built.extra), ...drafts])) }
  for (const member of members.values()) if (!Object.hasOwn(agents, member.name)) remarks.warn('orphan', `'${entrance.id}' does not lead to the agent '${member.id}'; it is left out`, member.place)
  return withoutEmpty<FrameworkDraft>({
    kind: 'Framework', name, description: about ? descriptionOf(about, about.has('description') ? 'description' : 'description_en') ?? '' : '', root: built.root, agents,
  })
}

function remarkModels(config: Mapping): void {
  for (const model of config.mappings('llm_configs')) {
    config.remarks.note('unsupported', `the model '${model.text('llm_name') ?? 'without a name'}' means nothing here, where a policy plays the agent`, model.place())
    if (model.has('api_key')) config.remarks.note('secret', "'api_key' is not taken over", model.placeOfKey('api_key'))
  }
}

type Tools = ReadonlyMap<string, { readonly name: string }>

function readTools(config: Mapping, loading: Loading): Tools {
  const { remarks } = loading
  const tools = new Map<string, { name: string }>()
  for (const stated of config.mappings('tools')) {
    const entry = stated.checkKeys('a tool', FRAMEWORK_TOOL_KEYS)
    const foreign = entry.text('tool_name')
    const name = foreign === undefined ? undefined : loading.toolName(foreign, entry.place('tool_name'))
    if (foreign === undefined) remarks.error('missing', 'a tool has no name', entry.place(), { expected: 'tool_name: …' })
    if (foreign === undefined || name === undefined) continue
    if (tools.has(foreign)) remarks.error('duplicate', `a second tool '${foreign}'`, entry.place('tool_name'))
    tools.set(foreign, { name })
    const binding = entry.text('binding')
    if (binding !== undefined) remarks.note('binding', `'${binding}' is Python; '${foreign}' is bound to the tool '${name}' of the world`, entry.place('binding'))
    const path = entry.text('config_path')
    if (path !== undefined && path.endsWith('.py')) remarks.note('unsupported', `'${path}' is Python, which is not read`, entry.place('config_path'))
    else if (path !== undefined) {
      const found = loading.text(path, entry.place('config_path'), 'the tool file')
      checkParallel(name, found && readToolFile(found.path, found.text, loading), loading)
    }
  }
  return tools
}

function readMembers(config: Mapping, tools: Tools, loading: Loading): Map<string, Member> {
  const { remarks } = loading
  const members = new Map<string, Member>()
  const taken = new Set<string>()
  for (const stated of config.mappings('agents')) {
    const agent = stated.checkKeys('an agent', FRAMEWORK_AGENT_KEYS)
    const id = agent.text('agent_name')
    if (id === undefined) remarks.error('missing', 'an agent has no name', agent.place(), { expected: 'agent_name: …' })
    else if (members.has(id)) remarks.error('duplicate', `a second agent '${id}'`, agent.place('agent_name'))
    else {
      const slug = slugOf(id) ?? 'agent'
      const name = freeName(slug === 'user' ? 'user-agent' : slug, taken)
      taken.add(name)
      if (name !== id) remarks.note('renamed', `the agent '${id}' is called '${name}' here`, agent.place('agent_name'))
      members.set(id, { id, name, draft: readMember(agent, name, tools, loading), place: agent.place('agent_name') })
    }
  }
  const used = new Set([...members.values()].flatMap(({ draft }) => draft.tools ?? []))
  const nodes = config.mapping('workflow')?.mappings('nodes').map((node) => node.text('id')) ?? []
  for (const [foreign, { name }] of tools) if (!used.has(name) && !nodes.includes(foreign)) remarks.warn('orphan', `no agent has the tool '${foreign}'`, loading.toolPlaces.get(name) ?? config.place('tools'))
  return members
}

function readMember(agent: Mapping, name: string, tools: Tools, loading: Loading): AgentDraft {
  const { remarks } = loading
  remarkServers(agent)
  remarkModel(agent)
  const own = agent.texts('tools').flatMap((foreign, i) => {
    const tool = tools.get(foreign)
    if (!tool) remarks.error('name', `no tool '${foreign}'`, agent.place('tools', i), { nearest: nearest(foreign, tools.keys()), expected: [...tools.keys()].join(', ') || 'tools: […] of the framework' })
    return tool ? [tool.name] : []
  })
  const path = agent.text('sysprompt_path')
  const found = path === undefined ? undefined : loading.text(path, agent.place('sysprompt_path'), 'the prompt')
  const isAgentFile = found && /\.(ya?ml|json)$/.test(found.path)
  const mapping = isAgentFile ? loading.mapping(found.path, found.text) : undefined
  const inner = mapping ? readAgent(mapping, name, loading).draft : undefined
  const prompt = inner?.prompt ?? (found && !isAgentFile ? renderPromptFile(found, { agent_name: name }, loading) : undefined)
  if (prompt === undefined) remarks.warn('missing', `the agent '${name}' has no prompt; it is told 'You are ${name}.'`, agent.place(), { expected: 'sysprompt_path: …' })
  const { description, tools: inside = [], limits, prompt: _prompt, delegation: _delegation, ...rest } = inner ?? {}
  return withoutEmpty<AgentDraft>({
    description: descriptionOf(agent) ?? description,
    prompt: prompt ?? `You are ${name}.`,
    tools: [...new Set([...own, ...inside])],
    ...rest,
    limits: limits ?? {},
  })
}

function entranceOf(config: Mapping, members: ReadonlyMap<string, Member>, first: Member): Member {
  const id = config.text('framework_entrance_agent')
  const found = id === undefined ? undefined : members.get(id)
  if (found) return found
  if (id === undefined) config.remarks.warn('missing', `no 'framework_entrance_agent'; the first agent, '${first.id}', is taken`, config.place('agents'), { expected: 'framework_entrance_agent: …' })
  else config.remarks.error('name', `no agent '${id}'`, config.place('framework_entrance_agent'), { nearest: nearest(id, members.keys()), expected: [...members.keys()].join(', ') })
  return first
}

function applyGraph(graph: ForeignGraph, meaning: EdgeMeaning, entrance: Member, members: ReadonlyMap<string, Member>, tools: Tools, name: string, loading: Loading): { root: string; extra: Record<string, AgentDraft> } {
  const { remarks } = loading
  const looksLikeCalls = isHierarchy(graph, entrance.id)
  const isCircular = graph.circles.length > 0
  if (isCircular && meaning === 'order') remarks.error('cycle', 'edges in a circle are no order', graph.place, { expected: '--edges calls' })
  if (meaning === 'calls' || isCircular || (meaning === 'auto' && looksLikeCalls)) {
    if (meaning === 'auto') remarks.note('edges', isCircular ? 'edges go in a circle: they are taken for who calls whom' : 'edges look like a hierarchy: they are taken for who calls whom', graph.place, ...(isCircular ? [] : [{ expected: '--edges order for an order' }]))
    applyCalls(graph, members, tools, loading)
    return { root: entrance.name, extra: {} }
  }
  const workflow = orderedWorkflow(graph, entrance.id, { agent: (id) => members.get(id)?.name, tool: (id, place) => tools.get(id)?.name ?? loading.toolName(id, place) }, loading)
  if (!workflow) return { root: entrance.name, extra: {} }
  const root = freeName(slugOf(`${name}-workflow`)!, { has: (one) => [...members.values()].some((member) => member.name === one) })
  remarks.note('edges', `edges are taken for an order: the root is '${root}', a workflow that begins with '${entrance.id}'`, graph.place, { expected: '--edges calls for who calls whom' })
  return { root, extra: { [root]: { workflow } } }
}

/** Edges as who calls whom: what an agent leads to becomes its sub-agents and tools. */
function applyCalls({ nodes, edges }: ForeignGraph, members: ReadonlyMap<string, Member>, tools: Tools, loading: Loading): void {
  for (const { from, to, condition, place } of edges) {
    const [caller, callee] = [members.get(from), members.get(to)]
    if (condition !== undefined) loading.remarks.warn('condition', `the condition '${condition}' is left out: agents call whom they choose`, place)
    if (!caller) continue
    if (callee) caller.draft.sub_agents = [...new Set([...(caller.draft.sub_agents ?? []), callee.name])]
    else if (nodes.get(to)?.type === 'tool') {
      const name = tools.get(to)?.name ?? loading.toolName(to, place)
      if (name !== undefined) caller.draft.tools = [...new Set([...(caller.draft.tools ?? []), name])]
    } else if (nodes.get(to)?.type === 'mcp') loading.remarks.warn('unsupported', `the node '${to}' asks an MCP server, which is not reached; it is left out`, place)
  }
}

function reachedDrafts(root: string, drafts: ReadonlyMap<string, AgentDraft>): Record<string, AgentDraft> {
  const graph = new Map([...drafts].map(([name, { sub_agents = [], workflow }]) => [name, [
    ...sub_agents.map((one) => (typeof one === 'string' ? one : one.agent)),
    ...Object.values(workflow?.nodes ?? {}).flatMap((node) => ('agent' in node ? [node.agent] : [])),
  ]]))
  const reached = reachedFrom(root, graph)
  return Object.fromEntries([...drafts].filter(([name]) => reached.has(name)))
}
