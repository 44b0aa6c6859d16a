/** One turn of an agent, asked of an OpenAI-compatible endpoint: its messages and tools go out, an action comes back. */
import { type Action, MAX_CALLS_PER_TURN, type ToolCall, Usage } from '../../protocol/action.ts'
import type { Message, ToolSchema } from '../../protocol/observation.ts'
import { askEndpoint, type Endpoint, type Outside } from './endpoint.ts'
import { WireNames } from './wire-names.ts'

/** What an agent has seen and said, each call followed by its answer, and the tools that it has now. */
export type AgentQuestion = { readonly messages: readonly Message[]; readonly tools: readonly ToolSchema[]; /** How the model is to draw its answer. */ readonly sampling?: Sampling }

export type Sampling = { readonly temperature?: number | undefined; readonly top_p?: number | undefined; readonly max_tokens?: number | undefined }

/** What endpoints take as the name of who speaks. */
const SPEAKER = /^[a-zA-Z0-9_-]{1,64}$/

/**
 * Asks what the agent does next. What the model did wrong is left as it is: the episode answers it by an observation.
 * @param gone aborted when nobody waits for the answer any more
 * @throws EndpointError when there is no answer in time
 */
export async function askAgentTurn(endpoint: Endpoint, { messages, tools, sampling }: AgentQuestion, outside: Outside, gone?: AbortSignal): Promise<Action> {
  const names = new WireNames(tools.map(({ name }) => name))
  const shown = tools.length ? { tools: tools.map((tool) => toolForm(tool, names)) } : {}
  const body = (named: boolean) => ({ messages: messages.map((message) => messageForm(message, names, named)), ...shown, ...sampling })
  const hasSpeakers = messages.some(({ role, name }) => role === 'user' && name !== undefined)
  const { answer } = await askEndpoint(endpoint, { bodies: hasSpeakers ? [body(true), body(false)] : [body(true)], read: (message, usage) => readTurn(message, usage, names) }, outside, gone)
  return answer
}

function toolForm({ name, description, input_schema }: ToolSchema, names: WireNames): Record<string, unknown> {
  return { type: 'function', function: { name: names.toWire(name), description, parameters: { type: 'object', properties: {}, ...input_schema } } }
}

/** @param named whether the endpoint takes names of those who speak; otherwise they stand before what is said */
function messageForm({ role, content, name, tool_calls, tool_call_id }: Message, names: WireNames, named: boolean): Record<string, unknown> {
  if (role === 'tool') return { role, tool_call_id, content }
  if (role === 'assistant') return tool_calls?.length ? { role, content: content || null, tool_calls: (tool_calls as ToolCall[]).map((call) => callForm(call, names)) } : { role, content }
  if (role === 'system' || name === undefined) return { role, content }
  return named && SPEAKER.test(name) ? { role, name, content } : { role, content: `[${name}]\n${content}` }
}

function callForm({ id, name, arguments: args }: ToolCall, names: WireNames): Record<string, unknown> {
  return { id, type: 'function', function: { name: names.toWire(name), arguments: typeof args === 'string' ? args : JSON.stringify(args ?? {}) } }
}

/** The action in a message of an endpoint. */
function readTurn(message: Record<string, unknown>, usage: unknown, names: WireNames): Action | undefined {
  const { role, content, refusal, tool_calls: calls } = message
  const reasoning = [message.reasoning_content, message.reasoning].find((one) => typeof one === 'string' && one !== '')
  // Some leave out what is empty; what is nothing of this is no message of an agent.
  if (role !== 'assistant' && content === undefined && refusal === undefined && calls === undefined) return undefined
  const said = readContent(content ?? refusal ?? '')
  const made = Array.isArray(calls) ? calls.slice(0, MAX_CALLS_PER_TURN).map((call: unknown) => readCall(call, names)) : calls === undefined || calls === null ? [] : [calls]
  const counted = readUsage(usage)
  return {
    ...((said !== '' || !made.length) && { content: said }),
    ...(reasoning !== undefined && { reasoning: (reasoning as string).toWellFormed() }),
    ...(made.length && { tool_calls: made }),
    ...(counted && { usage: counted }),
  }
}

/** Some endpoints send text in parts. */
function readContent(content: unknown): unknown {
  if (!Array.isArray(content)) return content
  const texts = content.flatMap((part: unknown) => {
    const { type, text } = (part ?? {}) as { type?: unknown; text?: unknown }
    return type === 'text' && typeof text === 'string' ? [text] : []
  })
  return texts.length ? texts.join('') : content.length ? content : ''
}

/** An entry as actions have it; what is no call stays what it is. */
function readCall(entry: unknown, names: WireNames): unknown {
  if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) return entry
  const { id, function: called } = entry as { id?: unknown; function?: unknown }
  const { name, arguments: args } = (called !== null && typeof called === 'object' ? called : {}) as { name?: unknown; arguments?: unknown }
  return {
    ...(typeof id === 'string' && id !== '' && { id }),
    ...(name !== undefined && { name: typeof name === 'string' ? names.fromWire(name) : name }),
    ...(args !== undefined && args !== null && { arguments: args }),
  }
}

/** The endpoint's own count, as far as it is one. */
function readUsage(usage: unknown): Action['usage'] {
  const { prompt_tokens, completion_tokens } = (usage ?? {}) as Record<string, unknown>
  const counted = Object.entries({ prompt_tokens, completion_tokens }).filter(([name, count]) => count !== undefined && Usage.safeParse({ [name]: count }).success)
  return counted.length ? Object.fromEntries(counted) : undefined
}
