/** One agent file of NexAU, of either age: what of it has a place in our language. */
import { withoutEmpty, type AgentDraft } from './draft.ts'
import { AGENT_KEYS, SUB_AGENT_KEYS } from './key-tables.ts'
import type { Loading } from './loading.ts'
import type { Mapping } from './mapping.ts'
import { nearest } from '../core/nearest.ts'
import { readPrompt } from './prompt.ts'
import type { Place } from './remark.ts'
import { readSkills } from './skill-file.ts'
import { readTools, type ToolUse } from './tool-file.ts'
import { remarkUnsupported } from './unsupported.ts'

/** An agent that another one may call: the file that holds it, and what the caller calls it. */
export type Callee = { readonly name: string; readonly path: string; readonly text: string; readonly place: Place }

/** What an agent file comes to; whom it calls is told by file, since names are given later. */
export type AgentFile = { readonly name: string | undefined; readonly namePlace: Place; readonly draft: AgentDraft; readonly callees: readonly Callee[]; readonly storage: Readonly<Record<string, unknown>> }

const MODES = ['structured', 'xml', 'openai', 'anthropic']
/** What is only known since 0.4. */
const NEW_KEYS = ['system_prompt_suffix', 'plugins', 'type', 'initial_config', 'sandbox_config', 'variables']
const MOST_DESCRIPTION = 2000

/**
 * Reads the mapping of an agent file.
 * @param called what it is called by whoever asks for it
 */
export function readAgent(stated: Mapping, called: string | undefined, loading: Loading): AgentFile {
  const { remarks } = loading
  const agent = stated.checkKeys('an agent', AGENT_KEYS)
  const type = agent.text('type')
  if (type !== undefined && type !== 'agent') remarks.error('value', `a file of type '${type}' is no agent`, agent.place('type'), { expected: 'agent' })
  const name = agent.text('name')
  const variables = { ...mapOf(agent, 'initial_context'), ...mapOf(agent, 'context') }
  const prompt = readPrompt(agent, called ?? name ?? 'agent', variables, loading)
  const uses = readTools(agent, loading)
  const asks = uses.some(({ name: tool }) => tool === 'ask_user' && !loading.worldTool(tool))
  const tools = uses.filter(({ name: tool }) => tool !== 'ask_user' || !asks)
  if (asks) remarks.note('renamed', "'ask_user' is no tool of the world: the agent may ask the simulated user", agent.place('tools'))
  remarkUnsupported(agent)
  const draft = withoutEmpty<AgentDraft>({
    description: descriptionOf(agent),
    prompt,
    tools: tools.map((tool) => tool.name),
    delegation: delegationOf(agent),
    stop_tools: stopTools(agent, uses, loading),
    skills: readSkills(agent, loading),
    as_skill: Object.fromEntries(tools.flatMap((tool) => (tool.skill === undefined ? [] : [[tool.name, tool.skill]]))),
    deferred: tools.filter(({ deferred }) => deferred).map((tool) => tool.name),
    ...(asks && { ask_user: true }),
    limits: withoutEmpty({
      turns: agent.whole('max_iterations', 1, 10_000),
      concurrent: agent.whole('max_running_subagents', 1, 1024),
      context_tokens: agent.whole('max_context_tokens', 100, 10_000_000),
      ms: inMilliseconds(agent),
    }),
  })
  return { name, namePlace: agent.place(agent.has('name') ? 'name' : ''), draft, callees: calleesOf(agent, loading), storage: mapOf(agent, 'global_storage') }
}

function mapOf(agent: Mapping, key: string): Record<string, unknown> {
  const inside = agent.mapping(key)
  return inside ? Object.fromEntries(inside.keys.map((one) => [one, inside.raw(one) ?? null])) : {}
}

/** A description, cut where it is longer than the language allows. */
export function descriptionOf(holder: Mapping, key = 'description'): string | undefined {
  const text = holder.text(key)?.trim()
  if (text === undefined || text.length <= MOST_DESCRIPTION) return text
  holder.remarks.note('cut', `the description is cut at ${MOST_DESCRIPTION} characters`, holder.place(key))
  return text.slice(0, MOST_DESCRIPTION)
}

function inMilliseconds(agent: Mapping): number | undefined {
  const seconds = agent.raw('timeout')
  if (typeof seconds === 'number' && seconds > 0 && seconds <= 10_000_000) return Math.max(1, Math.round(seconds * 1000))
  const whole = agent.whole('timeout', 1, 10_000_000)
  return whole === undefined ? undefined : whole * 1000
}

/** How the agent sees the agents below it; the default depends on the age of the file. */
function delegationOf(agent: Mapping): AgentDraft['delegation'] {
  const mode = agent.text('tool_call_mode')?.toLowerCase()
  if (mode !== undefined && !MODES.includes(mode)) {
    // The original spells it so in some of its versions.
    const isOld = mode === 'anthorpic'
    agent.remarks.add(isOld ? 'warning' : 'error', isOld ? 'old_name' : 'value', `no way to call tools is called '${mode}'`, agent.place('tool_call_mode'), { expected: MODES.join(', '), nearest: nearest(mode, MODES) })
  }
  if (!agent.list('sub_agents').length) return undefined
  if (mode === 'xml') return 'xml'
  const isNew = mode === 'structured' || Array.isArray(agent.raw('system_prompt')) || NEW_KEYS.some((key) => agent.has(key))
    || agent.list('tools').some((tool) => tool !== null && typeof tool === 'object' && ('defer_loading' in tool || 'source_id' in tool || 'permissions' in tool))
  return isNew ? 'agent' : 'named'
}

function stopTools(agent: Mapping, uses: readonly ToolUse[], loading: Loading): string[] {
  return agent.texts('stop_tools', true).flatMap((foreign, i) => {
    const use = uses.find((one) => one.foreign === foreign || one.name === foreign)
    if (use) return [use.name]
    loading.remarks.warn('name', `the agent has no tool '${foreign}', which is to stop it`, agent.place('stop_tools', i), { nearest: nearest(foreign, uses.map((one) => one.foreign)) })
    return []
  })
}

function calleesOf(agent: Mapping, loading: Loading): Callee[] {
  const { remarks } = loading
  return agent.mappings('sub_agents').flatMap((stated) => {
    const entry = stated.checkKeys('an entry of a sub-agent', SUB_AGENT_KEYS)
    const path = entry.text('config_path')
    if (path === undefined) remarks.error('missing', 'a sub-agent has no file', entry.place(), { expected: 'config_path: …' })
    const found = path === undefined ? undefined : loading.text(path, entry.place('config_path'), 'the agent file')
    const name = entry.text('name') ?? path?.split('/').at(-1)?.replace(/\.\w+$/, '') ?? 'agent'
    return found ? [{ name, ...found, place: entry.place(entry.has('name') ? 'name' : 'config_path') }] : []
  })
}
