/** The task's own deadline: what comes after it comes too late. */
import type { EpisodeState } from './episode-state.ts'
import { oddsOf } from './shown-tools.ts'

/** In virtual milliseconds; Infinity where there is none. */
export function deadlineOf(state: EpisodeState): number {
  const { deadlines } = state.dynamics
  if (!deadlines.length) return Infinity
  const odds = oddsOf(state)
  return Math.min(...deadlines.map(({ hooks }) => hooks.deadline!(odds) ?? Infinity))
}
