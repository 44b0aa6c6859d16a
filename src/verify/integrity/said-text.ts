/** What the agent said to somebody or wrote somewhere, wherever it can be read. */
import { USER_FRAME } from '../../../protocol/event.ts'
import type { EpisodeView } from '../../episode/task.ts'
import { lateCommits, meantBy } from '../agent-call.ts'
import { jsonLeaves } from '../leaf.ts'

/** A text, the turn it was said in, and where it stands. */
export type SaidText = {
  readonly event: number
  readonly turn: number
  readonly pointer: string
  readonly text: string
  readonly where: 'message' | 'aside' | 'answer' | 'reason' | 'write'
}

const ENDINGS: ReadonlyMap<string, SaidText['where']> = new Map([['finish', 'answer'], ['report_unable', 'reason']])

/** Messages, asides (what stands beside calls is said to nobody in the world), the answer or the reason given, and arguments of writes that were committed. */
export function saidTexts({ events, base: { world } }: EpisodeView): SaidText[] {
  const late = lateCommits(events)
  const said: SaidText[] = []
  for (const event of events) {
    if (event.type === 'turn') {
      const { content, text, tool_calls } = event.action
      const pointer = typeof content === 'string' ? '/action/content' : '/action/text'
      const words = content ?? text
      if (typeof words === 'string' && words !== '') said.push({ event: event.index, turn: event.index, pointer, text: words, where: tool_calls?.length || event.to ? 'aside' : 'message' })
    } else if (event.type === 'call' && event.frame !== USER_FRAME && !event.rejected) {
      const isWritten = (event.committed || late.has(event.index)) && world.tools.get(meantBy(event).tool)?.spec.effect === 'write'
      const where = ENDINGS.get(event.tool) ?? (event.inner && event.tool === 'ask_user' ? 'message' : undefined) ?? (isWritten ? 'write' : undefined)
      if (!where) continue
      for (const { value, pointer } of jsonLeaves(event.arguments, '/arguments')) if (typeof value === 'string') said.push({ event: event.index, turn: event.turn, pointer, text: value, where })
    }
  }
  return said
}
