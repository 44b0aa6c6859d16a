/** Where a policy sits: the frame that it plays. The episode may be exchanged for another one with the same past. */
import type { Episode } from '../episode/episode.ts'

export type Seat = { episode: Episode; readonly path: string; readonly agent: string }

/** The seat of the root. */
export function rootSeat(episode: Episode): Seat {
  const { name } = episode.scenario.root
  return { episode, path: name, agent: name }
}
