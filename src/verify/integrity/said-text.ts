/** What the agent said or wrote in an episode, wherever it could be read. */
import type { EpisodeView } from '../../episode/task.ts'
import { meantBy } from '../agent-call.ts'
import { callsOfAgent } from '../call-key.ts'
import { textsIn } from '../slip-calls.ts'

/** A text, the turn it was said in, and where it stands. */
export type SaidText = {
  readonly event: number
  readonly turn: number
  readonly pointer: string
  readonly text: string
  readonly where: 'message' | 'ending' | 'write'
}

/** Messages (also those beside calls, which somebody may read afterwards), the answer or the reason given, and arguments of writes. */
export function saidTexts({ events, base: { world } }: EpisodeView): SaidText[] {
  const messages = events.flatMap((event): SaidText[] => {
    if (event.type !== 'turn') return []
    const { content, text } = event.action
    const said = content ?? text
    return typeof said === 'string' ? [{ event: event.index, turn: event.index, pointer: content === said ? '/action/content' : '/action/text', text: said, where: 'message' }] : []
  })
  const calls = callsOfAgent(events).flatMap((event): SaidText[] => {
    if (event.rejected) return []
    const { tool } = meantBy(event)
    const where = event.tool === 'finish' || event.tool === 'report_unable' ? 'ending' as const : world.tools.get(tool)?.spec.effect === 'write' ? 'write' as const : undefined
    return where ? textsIn(event.arguments).map((text) => ({ event: event.index, turn: event.turn, pointer: '/arguments', text, where })) : []
  })
  return [...messages, ...calls]
}
