/** What an agent writes to call another one: three forms, one meaning. */
import { MAX_CALLS_PER_TURN } from '../../protocol/action.ts'
import { nearest } from '../core/nearest.ts'
import type { CompiledAgent, SubAgent } from './compiled-agent.ts'
import type { ReadCall } from './turn-action.ts'

/** A call of another agent; `child` is the path of one that goes on. */
export type Delegation = { readonly to: SubAgent; readonly message: string; readonly child: string | undefined }

/** Characters that another agent can be told at once. */
export const MOST_MESSAGE = 50_000

const NAMED = /^(?:sub-agent-|agent:)(.+)$/
const FIELDS = new Set(['message', 'sub_agent_id', 'sub_agent_name'])

/** Whether a call is meant for another agent, whoever that may be. */
export function isDelegation({ name }: ReadCall, agent: CompiledAgent): boolean {
  return agent.subAgents.length > 0 && (name === 'Agent' || NAMED.test(name))
}

/** Reads a call of another agent; a text says what is wrong with it. */
export function readDelegation({ name, arguments: args }: ReadCall, agent: CompiledAgent): Delegation | string {
  const given = args as Record<string, unknown>
  const strange = Object.keys(given).find((field) => !FIELDS.has(field))
  if (strange !== undefined) return `unknown argument '${strange.slice(0, 64)}'`
  const { message, sub_agent_id: child, sub_agent_name } = given
  const wanted = name === 'Agent' ? sub_agent_name : NAMED.exec(name)![1]!
  const names = agent.subAgents.map((one) => one.agent)
  if (typeof wanted !== 'string') return `sub_agent_name: expected one of ${names.join(', ')}`
  const to = agent.subAgents.find((one) => one.agent === wanted)
  if (!to) {
    const close = nearest(wanted, names)
    return `there is no agent '${wanted.slice(0, 64)}' to call${close ? `; did you mean '${close}'?` : ''} There are: ${names.join(', ')}`
  }
  if (typeof message !== 'string' || message === '') return 'message: expected text that says what it shall do'
  if (message.length > MOST_MESSAGE) return `message: expected at most ${MOST_MESSAGE} characters`
  if (child !== undefined && child !== null && typeof child !== 'string') return 'sub_agent_id: expected the id of an agent that was called before'
  return { to, message, child: child || undefined }
}

const BLOCK = '<sub-agent>'
const BLOCK_END = '</sub-agent>'

function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', '\'').replaceAll('&amp;', '&')
}

/** A part of a block; a message goes on to its last end, so that it may hold what looks like one. */
function element(block: string, name: 'agent_name' | 'message' | 'sub_agent_id'): string | undefined {
  const from = block.indexOf(`<${name}>`)
  const end = `</${name}>`
  const to = name === 'message' ? block.lastIndexOf(end) : block.indexOf(end, Math.max(0, from))
  return from >= 0 && to > from ? unescape(block.slice(from + name.length + 2, to).trim()) : undefined
}

/** The calls of other agents that stand in a text, in order; a block that misses its end or a part has a problem. `beside` is how many calls the turn has besides. */
export function delegationsIn(text: string, turn: number, beside = 0): ReadCall[] {
  const calls: ReadCall[] = []
  for (let at = text.indexOf(BLOCK), end = 0; at >= 0 && beside + calls.length < MAX_CALLS_PER_TURN; at = text.indexOf(BLOCK, Math.max(at + BLOCK.length, end))) {
    // What stands within a block is a part of its message.
    end = text.indexOf(BLOCK_END, at)
    const id = `call_${turn}_${beside + calls.length}`
    const block = end < 0 ? '' : text.slice(at + BLOCK.length, end)
    const [name, message, child] = (['agent_name', 'message', 'sub_agent_id'] as const).map((part) => element(block, part))
    if (name === undefined || message === undefined) calls.push({ id, name: 'Agent', arguments: undefined, problem: end < 0 ? `${BLOCK} without ${BLOCK_END}` : 'a sub-agent needs <agent_name> and <message>' })
    else calls.push({ id, name: `sub-agent-${name}`, arguments: { message, ...(child ? { sub_agent_id: child } : {}) } })
  }
  return calls
}
