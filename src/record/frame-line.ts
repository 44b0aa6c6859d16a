/** What happens between frames, in one line: who begins, what comes back, which node is through. */
import type { PartialEvent } from './transcript.ts'

type FrameEvent = Extract<PartialEvent, { type: 'frame' | 'return' | 'node' | 'compact' }>

export function frameLine(event: FrameEvent): string {
  const { frame = '' } = event
  switch (event.type) {
    case 'frame': return `${frame} ${(event.run ?? 1) > 1 ? 'goes on' : 'begins'}: ${event.message ?? ''}`
    case 'return': return `${frame} gives${event.reason === 'done' ? '' : ` (${event.reason ?? ''})`}: ${event.content ?? ''}`
    case 'node': return `${frame} node ${event.node ?? ''}${event.round === undefined ? '' : `, round ${event.round}`}: ${event.skipped ? 'skipped' : JSON.stringify(event.output) ?? ''}`
    case 'compact': return `${frame}: messages compacted, segment ${event.segment ?? ''} begins`
  }
}
