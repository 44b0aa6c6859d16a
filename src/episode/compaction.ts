/** Compaction: when the messages of a frame come to too many tokens, a new segment begins with what matters of them. */
import { Buffer } from 'node:buffer'
import type { Event } from '../../protocol/event.ts'
import type { Message } from '../../protocol/observation.ts'
import type { EpisodeState } from './episode-state.ts'
import type { Frame } from './frame.ts'
import { xmlHint } from './team-tool.ts'

/** Characters of an answer, and calls, that a summary holds. */
const MOST_CHARACTERS = 300
const MOST_CALLS = 40

function clip(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}

/** One line for each call of the frame that is left out, the latest ones. */
function summarise(events: readonly Event[], path: string, before: number): string {
  const lines = events.flatMap((event): string[] => {
    if (event.index >= before || !('frame' in event) || event.frame !== path) return []
    if (event.type === 'call') return [`${event.tool} ${clip(JSON.stringify(event.arguments))} -> ${clip(event.content)}`]
    return event.type === 'user' ? [`the user said: ${clip(event.said)}`] : []
  })
  const left = Math.max(0, lines.length - MOST_CALLS)
  return `Earlier messages were left out to save space. What was done and answered so far:\n${left ? `(${left} before these)\n` : ''}${lines.slice(left).join('\n')}`
}

/** What a frame was told first in its present run. */
function requestOf({ log, task }: EpisodeState, frame: Frame): Message[] {
  const begun = log.toArray().findLast((event) => event.type === 'frame' && event.frame === frame.path)
  if (begun?.type !== 'frame') return [{ role: 'user', content: task.instruction }]
  return frame.leads ? [{ role: 'user', content: task.instruction }, { role: 'user', name: 'hand_off', content: begun.message }] : [{ role: 'user', content: begun.message }]
}

/**
 * Begins a new segment where the frame's messages exceed what its agent may hold: its prompt, what it was asked, a
 * summary, its last turn and what came back. A segment of one turn stays as it is: nothing could be left out.
 */
export function compact(state: EpisodeState, frame: Frame): void {
  const agent = state.scenario.agents.get(frame.agent)!
  const { context_tokens: most } = agent.limits
  if (most === undefined || frame.context <= most) return
  const events = state.log.toArray()
  const turns = events.filter((event) => event.type === 'turn' && event.frame === frame.path && event.index >= frame.segmentSince)
  const last = turns.at(-1)
  if (turns.length < 2 || last?.type !== 'turn') return
  const { content, text, tool_calls } = last.action
  const said = content ?? text
  const messages: Message[] = [
    { role: 'system', content: agent.prompt + xmlHint(agent) },
    ...requestOf(state, frame),
    { role: 'user', name: 'summary', content: summarise(events, frame.path, last.index) },
    { role: 'assistant', content: typeof said === 'string' ? said : '', ...(tool_calls && { tool_calls: [...tool_calls] }) },
    ...frame.inbox,
  ]
  const tokens = frame.context
  frame.segment++
  frame.segmentSince = last.index
  frame.context = messages.reduce((sum, message) => sum + Math.ceil(Buffer.byteLength(message.content) / 4), 0)
  frame.inbox = messages
  frame.isFresh = true
  state.log.push({ type: 'compact', index: state.log.length, frame: frame.path, at: frame.clock, segment: frame.segment, tokens, messages })
}
