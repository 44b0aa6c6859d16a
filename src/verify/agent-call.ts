/** The agent's calls as checks and rules see them. */
import { type Event, USER_FRAME } from '../../protocol/event.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import { wasRefused } from '../world/refusal.ts'

/** A call that succeeded, or that the tool refused; arguments and result as JSON. */
export type AgentCall = { readonly event: number; readonly tool: string; readonly args: unknown; readonly result: unknown }

/**
 * Calls of the world's tools that succeeded: writes that were committed, reads whose answer was seen.
 * @param refused whether calls count too that the tool itself answered with an error
 */
export function agentCalls(events: readonly Event[], world: CompiledWorld, refused = false): AgentCall[] {
  return events.flatMap((event): AgentCall[] => {
    if (event.type !== 'call' || event.frame === USER_FRAME) return []
    const succeeded = event.committed && !(event.is_error && world.tools.get(event.tool)?.spec.effect !== 'write')
    if (!succeeded && !(refused && wasRefused(event))) return []
    return [{ event: event.index, tool: event.tool, args: event.arguments, result: jsonOf(event.content) }]
  })
}

/** What the agent said to the user: messages without calls, in order. */
export function agentWords(events: readonly Event[]): { readonly event: number; readonly text: string }[] {
  return events.flatMap((event) => {
    if (event.type !== 'turn' || event.action.tool_calls?.length) return []
    const text = event.action.content ?? event.action.text
    return typeof text === 'string' ? [{ event: event.index, text }] : []
  })
}

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return content
  }
}
