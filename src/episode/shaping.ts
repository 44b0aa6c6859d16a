/** Shaping: steps before the end pay the change of a potential, which the last step takes back. */
import type { ResetInfo } from '../../protocol/methods.ts'
import type { EpisodeState } from './episode-state.ts'
import type { EpisodeView } from './task.ts'

/**
 * What a step is paid: the change of the potential, nothing without shaping.
 * @param since the event that the step began with
 */
export function payPotential(state: EpisodeState, look: () => EpisodeView, since: number): number {
  const { identity: { options: { shaping } }, task: { template } } = state
  if (shaping === 'none') return 0
  const view = look()
  const last = state.shaped ?? template.opening(view, shaping)
  const potential = template.potential(view, shaping, { potential: last, changed: changedSince(state, since) })
  const gained = potential.value - state.paid
  state.paid = potential.value
  state.shaped = potential
  return gained
}

/** What a reset tells about shaping, where there is something to tell. */
export function openingOf({ identity: { options: { shaping } }, task: { template } }: EpisodeState, look: () => EpisodeView): Pick<ResetInfo, 'shaping'> {
  if (shaping === 'none') return {}
  const { info } = template.opening(look(), shaping)
  return info ? { shaping: info } : {}
}

/** Whether the world may be another one than before an event: rows changed, or a write set a timer. */
function changedSince({ log, scenario: { world } }: EpisodeState, since: number): boolean {
  return log.since(since).some((event) => {
    if (event.type !== 'call' && event.type !== 'timer' && event.type !== 'effect') return false
    return event.changes.length > 0 || (event.type === 'call' && event.committed && world.tools.get(event.meant?.tool ?? event.tool)?.spec.effect === 'write')
  })
}
