/** Reading an action: what a model did wrong becomes a problem that the agent is told, never an exception. */
import { Buffer } from 'node:buffer'
import type { Action } from '../../protocol/action.ts'
import { canonicalJson, NotCanonical } from '../core/canonical-json.ts'
import { GymError } from '../core/gym-error.ts'
import { unsafePlace } from '../core/json-safe.ts'

/** One entry of `tool_calls`, read. */
export type ReadCall = {
  readonly id: string
  readonly name: string
  /** Parsed arguments, when there is no problem. */
  readonly arguments: unknown
  /** Why the call never reached a tool. */
  readonly problem?: string
}

export type ReadAction = {
  /** The action as it goes into the journal: JSON-safe, the same when it is read again. */
  readonly journal: Action
  readonly text: string
  readonly calls: readonly ReadCall[]
  /** A problem with `content` or `text` itself. */
  readonly problem: string | undefined
  readonly tokens: number
}

/** Reads an action of the wire or of a journal. */
export function readAction(action: Action, turn: number): ReadAction {
  const journal = journalForm(action)
  const said = journal.content ?? journal.text
  const problem = said === undefined || said === null || typeof said === 'string' ? undefined : 'content must be text'
  const ids = new Set<string>()
  const calls = (journal.tool_calls ?? []).map((entry, i) => readCall(entry, `call_${turn}_${i}`, ids))
  return { journal, text: typeof said === 'string' ? said : '', calls, problem, tokens: countTokens(journal) }
}

/** Replaces what JSON cannot hold by a note of it, so that live and replayed turns see the same. */
function journalForm(action: Action): Action {
  const calls = action.tool_calls
  if (!unsafePlace(action.content) && !unsafePlace(action.text) && !calls?.some((call) => unsafePlace(call))) return action
  const mend = (value: unknown) => {
    const problem = unsafePlace(value)
    return problem ? { unreadable: problem } : value
  }
  return {
    ...action,
    ...(action.content === undefined ? {} : { content: mend(action.content) }),
    ...(action.text === undefined ? {} : { text: mend(action.text) }),
    ...(calls ? { tool_calls: calls.map(mend) } : {}),
  }
}

function readCall(entry: unknown, fallbackId: string, ids: Set<string>): ReadCall {
  if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) return { id: fallbackId, name: '', arguments: undefined, problem: 'a tool call must be an object with name and arguments' }
  const { id, name, arguments: args, ...rest } = entry as Record<string, unknown>
  const callId = typeof id === 'string' && id.length > 0 && id.length <= 128 ? id : fallbackId
  const toolName = typeof name === 'string' ? name.slice(0, 128) : ''
  const fail = (problem: string): ReadCall => ({ id: callId, name: toolName, arguments: undefined, problem })
  if ('unreadable' in rest) return fail(`the call holds ${String(rest.unreadable)}`)
  if (id !== undefined && callId !== id) return fail('the id of a tool call must be text of 1 to 128 characters')
  if (ids.has(callId)) return fail(`two tool calls of one turn have the id '${callId}'`)
  ids.add(callId)
  if (typeof name !== 'string' || !name) return fail('a tool call must name its tool')
  if (name.length > 128) return fail('the name of a tool has at most 128 characters')
  const extra = Object.keys(rest).find((key) => key !== 'type' && key !== 'index')
  if (extra) return fail(`unknown field '${extra.slice(0, 64)}' in a tool call`)
  if (typeof args === 'string') return parseArguments(args, callId, toolName)
  if (args === undefined || args === null) return { id: callId, name, arguments: {} }
  if (typeof args !== 'object' || Array.isArray(args)) return fail('arguments must be an object or its JSON text')
  return { id: callId, name, arguments: args }
}

function parseArguments(text: string, id: string, name: string): ReadCall {
  let parsed: unknown
  try {
    parsed = text.trim() === '' ? {} : JSON.parse(text)
  } catch {
    // The engine's own message differs between versions: what an agent sees must not.
    return { id, name, arguments: undefined, problem: 'arguments are not valid JSON' }
  }
  const unsafe = unsafePlace(parsed)
  if (unsafe) return { id, name, arguments: undefined, problem: `arguments hold ${unsafe}` }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) return { id, name, arguments: undefined, problem: 'arguments must be a JSON object' }
  return { id, name, arguments: parsed }
}

/** The model's own count, or UTF-8 bytes / 4 of what it wrote. */
function countTokens(action: Action): number {
  const { usage } = action
  if (usage?.completion_tokens !== undefined) return usage.completion_tokens
  let bytes = 0
  if (typeof action.content === 'string') bytes += Buffer.byteLength(action.content)
  if (typeof action.text === 'string') bytes += Buffer.byteLength(action.text)
  if (action.reasoning) bytes += Buffer.byteLength(action.reasoning)
  if (action.tool_calls?.length) bytes += Buffer.byteLength(JSON.stringify(action.tool_calls))
  return Math.ceil(bytes / 4)
}

/** @throws GymError GYM_INVALID_PARAMS for a note to an action that JSON cannot hold */
export function requireJson(meta: unknown): void {
  try {
    canonicalJson(meta)
  } catch (error) {
    if (error instanceof NotCanonical) throw new GymError('GYM_INVALID_PARAMS', `meta: ${error.message}`, { path: 'action.meta' })
    throw error
  }
}
