/** Slips: things that a careful agent does not do, whatever comes of them. */
import type { Issue } from '../../protocol/verdict.ts'
import type { EpisodeView } from '../episode/task.ts'
import { slipsOfCalls } from './slip-calls.ts'
import { slipsOfOutcomes } from './slip-outcomes.ts'
import { slipsOfRepetition } from './slip-repetition.ts'

/** One slip, and the events that show it: first the slip itself. */
export type Slip = { readonly category: Issue['category']; readonly events: readonly number[]; readonly pointer: string; readonly about: string }

const known = new WeakMap<EpisodeView['events'], readonly Slip[]>()

/** All slips of an episode, in the order in which they happened. */
export function slipsOf(view: EpisodeView): readonly Slip[] {
  let slips = known.get(view.events)
  if (!slips) {
    slips = [...slipsOfCalls(view), ...slipsOfRepetition(view), ...slipsOfOutcomes(view)].sort((a, b) => a.events[0]! - b.events[0]! || (a.category < b.category ? -1 : a.category > b.category ? 1 : 0))
    known.set(view.events, slips)
  }
  return slips
}
