/** Slips that a single call or turn shows: tools and ids that do not exist, arguments that do not fit, what broke off. */
import type { CallEvent, Event } from '../../protocol/event.ts'
import type { EpisodeView } from '../episode/task.ts'
import { meantBy } from './agent-call.ts'
import { callsOfAgent } from './call-key.ts'
import { isGeneratedKey, wasKey } from './key-format.ts'
import { scalarsIn } from './leaf.ts'
import { wasShown } from './shown-text.ts'
import type { Slip } from './slip.ts'

/** Ids that are looked for in an episode. */
const MOST_IDS = 20

/** Finds them; a call that dynamics had a hand in is no slip. */
export function slipsOfCalls(view: EpisodeView): Slip[] {
  const { events, task } = view
  return [...rejectedCalls(view), ...madeUpIds(view), ...(task.template.user ? events.flatMap(emptyTurn) : [])]
}

function rejectedCalls({ events, base: { world } }: EpisodeView): Slip[] {
  const worked = new Set<string>()
  return callsOfAgent(events).flatMap((event): Slip[] => {
    const { rejected, tool, faults, content, index } = event
    if (!rejected) worked.add(tool)
    if (faults.length || !rejected) return []
    const slip = (category: Slip['category']): Slip[] => [{ category, events: [index], pointer: '/content', about: content.slice(0, 200) }]
    switch (rejected) {
      // One that is hidden now, or was there before, is no invention.
      case 'unknown_tool': return worked.has(tool) || world.tools.get(tool)?.spec.actor === 'agent' ? [] : slip('hallucinated_tool')
      case 'invalid_arguments': return slip('invalid_arguments')
      case 'malformed': return slip(brokeOff(event, events) ? 'truncation' : 'invalid_arguments')
      default: return []
    }
  })
}

/** Whether the arguments of a malformed call are JSON whose end is missing. */
function brokeOff({ turn, tool }: CallEvent, events: readonly Event[]): boolean {
  const action = events[turn]?.type === 'turn' ? events[turn].action : undefined
  return action?.tool_calls?.some((entry) => {
    const { name, arguments: text } = (entry ?? {}) as { name?: unknown; arguments?: unknown }
    return name === tool && typeof text === 'string' && isUnclosed(text)
  }) ?? false
}

/** Whether a text ends inside a string, an object or a list that it opened. */
function isUnclosed(text: string): boolean {
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (quoted) {
      if (char === '\\') i++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    if (depth < 0) return false
  }
  return quoted || depth > 0
}

/** A turn in which nothing was said and nothing called; without a user to wait for more it is an ending. */
function emptyTurn(event: Event): Slip[] {
  if (event.type !== 'turn' || event.to) return []
  const { tool_calls, content, text } = event.action
  const said = content ?? text ?? ''
  return tool_calls?.length || said !== '' ? [] : [{ category: 'truncation', events: [event.index], pointer: '/action', about: 'an empty message' }]
}

/** Ids in the format of the world's keys that no row has or had, and nothing showed. */
function madeUpIds(view: EpisodeView): Slip[] {
  const { world } = view.base
  const slips: Slip[] = []
  const looked = new Set<string>()
  for (const event of callsOfAgent(view.events)) {
    if (event.rejected) continue
    for (const text of scalarsIn(meantBy(event).arguments)) {
      if (looked.size >= MOST_IDS) return slips
      if (typeof text === 'number' || looked.has(text) || !isGeneratedKey(text, world)) continue
      looked.add(text)
      if (!wasKey(text, view) && !wasShown(text, view, event.turn)) slips.push({ category: 'hallucinated_argument', events: [event.index], pointer: '/arguments', about: text })
    }
  }
  return slips
}
