/** What a step brought, as the result of an MCP call. */
import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/server'
import type { StepResult } from '../../../protocol/methods.ts'
import type { Message } from '../../../protocol/observation.ts'
import { structured } from './episode-tools.ts'
import { resourceOf } from './resource-address.ts'

/** Who a message is from, in front of what it says. */
function spoken({ role, name, content, tool_call_id: call }: Message): string {
  switch (role) {
    case 'user': return name === 'notification' ? `Notification: ${content}` : `User: ${content}`
    case 'system': return `Instructions: ${content}`
    case 'tool': return `Result of ${name ?? call ?? 'a call'}: ${content}`
    default: return `${name ?? 'Assistant'}: ${content}`
  }
}

/** How it ended, for the model to read. */
function endText(episode: string, { info, reward }: StepResult): string {
  const { stop_reason: reason, verdict } = info
  const judged = reward === null ? 'The environment itself failed, so there is no reward.' : `Reward ${verdict?.reward ?? reward}, ${verdict?.success ? 'success' : 'no success'}.`
  return `The episode has ended (${reason ?? 'unknown'}). ${judged} The verdict is in ${resourceOf(episode, 'verdict')}.`
}

/**
 * The answer to one call: its own result first, then whatever else arrived, then how the episode ended if it did.
 * @param call name as it was called; undefined when something was said
 * @param blocks the content of the call's own result, where it is more than text
 */
export function answerOf(episode: string, result: StepResult, call: { readonly name: string; readonly isWorlds: boolean } | undefined, blocks?: readonly unknown[]): CallToolResult {
  const { observation: { messages, clock_ms: clockMs, agent, segment, budgets }, terminated, truncated, info, reward } = result
  // A call that could not be read has lost its name; messages that take the place of earlier ones may hold older calls.
  const own = call && messages.findLast(({ role, name }) => role === 'tool' && (name === call.name || name === ''))
  const rest = messages.filter((message) => message !== own)
  const ended = terminated || truncated
  const texts = [
    ...(own ? [own.content] : []),
    ...(segment === undefined ? [] : [`What follows takes the place of all earlier messages to ${agent}.`]),
    ...rest.map(spoken),
    // Only where there are several agents it is worth saying who acts.
    ...(budgets.depth === undefined || ended ? [] : [`You act as ${agent}.`]),
    ...(ended ? [endText(episode, result)] : []),
  ]
  // Of something said, the calls in it may all have failed.
  const made = call ? [own] : messages.filter(({ role }) => role === 'tool')
  const isError = made.length > 0 && made.every((message) => message?.is_error === true)
  const content = call && !isError ? structured(call.name, call.isWorlds, { clockMs, ended, reason: info.stop_reason, reward: info.verdict?.reward ?? reward, success: info.verdict?.success }) : undefined
  // Clients that know no structured results read them as text.
  if (content) texts.push(JSON.stringify(content))
  return {
    content: [...(blocks ?? []) as ContentBlock[], ...(texts.length ? texts : ['Nothing came back.']).slice(blocks ? 1 : 0).map((text) => ({ type: 'text' as const, text }))],
    ...(content && { structuredContent: content }),
    ...(isError && { isError: true }),
  }
}

/** An error that the model has to see. */
export function failed(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true }
}
