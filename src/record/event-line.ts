/** An event in one line, as explanations point at it. */
import { type Event, USER_FRAME } from '../../protocol/event.ts'
import { frameLine } from './frame-line.ts'
import { seconds, writeArguments } from './transcript.ts'

const MOST = 160

function clip(text: string): string {
  const line = text.replaceAll('\n', ' ⏎ ')
  return line.length > MOST ? `${line.slice(0, MOST - 1)}…` : line
}

/** The number of a turn, as trainers count them. */
function turnOf(turn: number, events: readonly Event[]): string {
  const event = events[turn]
  return event?.type === 'turn' ? `turn ${event.seq}, ` : ''
}

/** What happened, with the turn and the time. */
export function eventLine(event: Event, events: readonly Event[]): string {
  switch (event.type) {
    case 'reset': return clip(`the request: ${event.instruction}`)
    case 'frame': case 'return': case 'node': case 'compact': return clip(`${seconds(event.at)}: ${frameLine(event)}`)
    case 'turn': return clip(`turn ${event.seq}, ${seconds(event.at)}: ${typeof event.action.content === 'string' && event.action.content !== '' ? `says ${event.action.content}` : 'the agent\'s turn'}`)
    case 'call': return clip(`${turnOf(event.turn, events)}${seconds(event.at)}: ${event.frame === USER_FRAME ? 'the user calls ' : ''}${event.tool} ${writeArguments(event.arguments)} -> ${event.content}`)
    case 'user': return clip(`${turnOf(event.turn, events)}${seconds(event.at)}: the user says ${event.said}`)
    case 'timer': return `${seconds(event.at)}: ${event.timer.startsWith('event.') ? `another actor: ${event.timer.slice('event.'.length)}` : `timer ${event.timer}`}`
    case 'effect': return clip(`${seconds(event.at)}: the call of event ${event.call} ${event.cause === 'fault' ? 'is delivered once more' : 'takes effect'}`)
    case 'fork': return `fork ${event.child}`
    case 'end': return `${seconds(event.at)}: ended, ${event.reason}`
  }
}
